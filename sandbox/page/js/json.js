// Shows the JSON of a message, an open modal or a Home in the drawer, as apps and the control API get it.
import { h } from "./dom.js";
import { state } from "./state.js";
import { plainString } from "./text.js";
import { telling } from "./toast.js";
import { t } from "./words.js";

const SAID_FOR = 2000;

/** `value` as indented JSON. */
export const jsonText = (value) => h("pre.json", { tabindex: 0 }, JSON.stringify(value, null, 2));

/** Subjects are `{channel, thread, ts}`, `{view}` by its id, or `{home}` by its app. */
export function jsonView() {
  const title = h("span.drawer-note");
  const copy = h("button.kit-button.style-default", { type: "button", onclick: copied }, t("copy"));
  const bar = h("div.drawer-bar", { hidden: true }, title, copy);
  const place = h("div.json-place", {}, h("p.empty-note", {}, t("jsonNone")));
  const node = h("div.json-view", {}, bar, place);
  let subject = null;
  let text = "";

  function turnTo(chosen) {
    subject = chosen;
    return telling(load);
  }

  async function load() {
    if (subject) show(await found(subject));
  }

  /** What is gone stays on show, and is said to be gone. */
  function show(value) {
    title.textContent = value ? titleOf(subject, value) : t("jsonGone");
    const fresh = value ? JSON.stringify(value, null, 2) : text;
    if (fresh === text) return;
    text = fresh;
    bar.hidden = false;
    place.replaceChildren(jsonText(value));
  }

  async function copied() {
    getSelection().selectAllChildren(place); // where copying is not allowed, it is ready to be copied by hand
    const isCopied = await navigator.clipboard?.writeText(text).then(() => true, () => false);
    if (!isCopied) return;
    copy.textContent = t("copied");
    setTimeout(() => (copy.textContent = t("copy")), SAID_FOR);
  }

  const concerns = ({ type, channel }) =>
    subject && (subject.channel ? type === "messages" && channel === subject.channel : ["views", "home"].includes(type));

  return { node, load, turnTo, concerns };
}

async function found({ channel, thread, ts, view, home }) {
  if (home) return (await state.api.homeView(home)).view;
  if (view) return (await state.api.views()).views.find((one) => one.id === view);
  return (await state.api.messages(channel, thread)).messages.find((message) => message.ts === ts);
}

function titleOf({ ts, view }, { title }) {
  if (view) return t("jsonModal", { title: plainString(title) });
  return ts ? t("jsonMessage", { ts }) : t("jsonHome");
}
