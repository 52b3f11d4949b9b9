// Two people side by side: each frame is the ordinary page, and its own address says whose it is.
import { world } from "./api.js";
import { h, icon } from "./dom.js";
import { avatar } from "./people.js";
import { personById, personHash, readRoute, state, teamOf } from "./state.js";
import { local, refusal, speak, t, teach } from "./words.js";

const root = document.getElementById("app");

/** Somebody of another company than `person`, or at least of another group. */
function acrossFrom(person) {
  const others = state.world.people.filter((one) => one !== person);
  const toured = [...others].sort((one, other) => Number(other.tour.length > 0) - Number(one.tour.length > 0));
  const elsewhere = (name) => toured.find((one) => one[name] !== person[name]);
  return elsewhere("team") ?? elsewhere("group") ?? others[0] ?? person;
}

/** The two whom the address names; who is missing there is chosen. */
function chosen() {
  const [left, right] = location.hash.replace(/^#\/?/, "").split("/").map(personById);
  const first = left ?? state.world.people.find((one) => one.tour.length) ?? state.world.people[0];
  return [first, right ?? acrossFrom(first)];
}

function side(person) {
  const head = h("header.split-head");
  const frame = h("iframe", { src: `/${personHash(person.id)}` });
  const whose = () => personById(readRoute(frame.contentWindow.location.hash).user);

  function follow() {
    show(whose());
    history.replaceState(null, "", `#/${sides.map((one) => one.whose()?.id ?? "").join("/")}`);
  }

  function show(one) {
    frame.title = one ? one.real_name || one.name : t("whoAreYou");
    head.replaceChildren(...(one ? named(one) : [h("span.split-name", {}, t("whoAreYou"))]));
  }

  frame.addEventListener("load", () => {
    frame.contentWindow.addEventListener("hashchange", follow);
    follow();
  });
  show(person);
  return { node: h("section.split-side", {}, head, frame), whose };
}

function named(person) {
  const label = t("splitAlone");
  return [
    avatar(person.id, "tiny"),
    h("span.split-name", {}, person.real_name || person.name),
    h("span.split-team", {}, local(teamOf(person).name)),
    h("a.icon-button", { href: `/${personHash(person.id)}`, "aria-label": label, title: label }, icon("shared")),
  ];
}

let sides = [];

function place() {
  sides = chosen().map(side);
  root.replaceChildren(h("main.split", { "aria-label": t("splitView") }, sides.map((one) => one.node)));
}

async function start() {
  speak(navigator.language);
  try {
    state.world = await world();
  } catch (error) {
    root.replaceChildren(h("p.empty-note", { role: "alert" }, refusal(error)));
    return setTimeout(start, 2000);
  }
  teach(state.world.translations);
  document.title = `${t("splitView")} · ${t("product")}`;
  window.addEventListener("hashchange", place);
  return place();
}

start();
