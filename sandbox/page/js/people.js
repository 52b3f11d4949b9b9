// Shows people: their avatars, the start screen where one picks who to be, and the switcher.
import { h } from "./dom.js";
import { openPanel } from "./menu.js";
import { appOfBot, groups, isFramed, nameOf, personById, personHash, splitAddress, state } from "./state.js";
import { local, t } from "./words.js";

/** One hue for each id, the same in every window. */
function hueOf(id) {
  let hash = 0;
  for (const character of id) hash = (hash * 31 + character.codePointAt(0)) % 3600;
  return hash / 10;
}

/** Two Chinese characters, or the first letters of the first and the last word. */
function initials(name) {
  const han = name.match(/\p{Script=Han}+/u)?.[0];
  if (han) return [...han].slice(-2).join("");
  const words = name.split(/[\s._-]+/).filter(Boolean);
  return [words[0], words.length > 1 ? words.at(-1) : ""]
    .map((word) => [...(word ?? "")][0] ?? "")
    .join("")
    .toUpperCase();
}

/** A coloured square with initials; apps have a squarer, darker one. */
export function avatar(id, size = "normal", name = nameOf(id)) {
  const person = personById(id);
  const node = h(`span.avatar.size-${size}${person ? "" : ".of-app"}`, { "aria-hidden": "true" }, initials(name));
  node.style.setProperty("--hue", hueOf(id || name));
  if (/\p{Script=Han}/u.test(node.textContent)) node.classList.add("han");
  return node;
}

function personLink(person, current) {
  return h(
    "a.person",
    { href: personHash(person.id), "aria-current": current ? "true" : null, data: { user: person.id } },
    avatar(person.id),
    h(
      "span.person-words",
      {},
      h(
        "span.person-name",
        {},
        person.real_name || person.name,
        person.tour?.length > 0 && [" ", h("span.has-tour", {}, t("tourMark"))],
      ),
      h("span.person-title", {}, local(person.title) || `@${person.name}`),
    ),
  );
}

function groupList(people, onlyMatching = "") {
  const matches = (person) =>
    [person.real_name, person.name, local(person.title), local(person.group)].join(" ").toLowerCase().includes(onlyMatching);
  return people
    .map(([group, members]) => [group, members.filter(matches)])
    .filter(([, members]) => members.length)
    .map(([group, members]) =>
      h(
        "section.group",
        { "aria-label": local(group) },
        h("h2.group-name", {}, local(group)),
        h(
          "div.group-people",
          {},
          members.map((person) => personLink(person, person.id === state.me?.id)),
        ),
      ),
    );
}

/** The first screen: everybody, company by company. */
export function startScreen() {
  return h(
    "main.start",
    {},
    h(
      "header.start-head",
      {},
      h(
        "p.product",
        {},
        h("span.product-sign", { "aria-hidden": "true" }),
        t("product"),
        state.world.teams.map((team) => h("span.team", {}, local(team.name))),
      ),
      h("h1", {}, t("whoAreYou")),
      h("p.start-hint", {}, t("whoHint"), !isFramed && [" ", h("a", { href: splitAddress() }, t("splitView"))]),
    ),
    h("div.start-groups", {}, groupList(groups())),
    h("footer.start-foot", {}, t("productNote")),
  );
}

/** The button that says who one is, and opens the list of everybody else. */
export function switcher() {
  const { me } = state;
  const name = me.real_name || me.name;
  const node = h(
    "button.switcher",
    {
      type: "button",
      "aria-label": t("actingAs", { name }),
      title: t("switchPerson"),
      "aria-haspopup": "dialog",
      "aria-expanded": "false",
      data: { hold: "switcher" },
      onclick: () => openSwitcher(node),
    },
    avatar(me.id),
    h("span.person-words", {}, h("span.person-name", {}, name), h("span.person-title", {}, local(me.group || me.title))),
    h("span.chevron", { "aria-hidden": "true" }),
  );
  return node;
}

function openSwitcher(anchor) {
  const list = h("div.switch-list", {}, groupList(groups()));
  const search = h("input.input", { type: "search", placeholder: t("findPerson"), "aria-label": t("findPerson") });
  search.addEventListener("input", () => {
    const found = groupList(groups(), search.value.trim().toLowerCase());
    list.replaceChildren(...(found.length ? found : [h("p.empty-note", {}, t("noMatch"))]));
  });
  const all = h("a.switch-all", { href: "#/" }, t("allPeople"));
  openPanel(anchor, h("div.switch", {}, search, list, all), t("switchPerson"));
}

/** Somebody's name for a list, with their app badge if they are one. */
export function personRow(user, tail) {
  const person = personById(user);
  return h(
    "div.person",
    { data: { user } },
    avatar(user, "small"),
    h(
      "span.person-words",
      {},
      h("span.person-name", {}, nameOf(user), appOfBot(user) && h("span.badge-app", {}, t("app"))),
      person && h("span.person-title", {}, [person.title, person.group].filter(Boolean).map(local).join(" · ")),
    ),
    tail,
  );
}
