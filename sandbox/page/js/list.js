// Shows the messages of a channel or a thread: by day and by author, staying where the reader is.
import { written } from "./clock.js";
import { dayOf } from "./dates.js";
import { h } from "./dom.js";
import { messagePart } from "./message.js";
import { continues, isQuiet, quietPart } from "./quiet.js";
import { walk } from "./menu.js";
import { authorOf, state } from "./state.js";
import { sync } from "./sync.js";
import { counted, t } from "./words.js";

const SAME_BREATH = 300; // seconds within which one author's messages stand together
const NEAR_BOTTOM = 60; // pixels
const CONTEXT = 40; // pixels of what is read already, above the line where the new begins

/** A scrolling list. `show(messages, place)` draws; `place` is {channel, inThread, canAct, newFrom}. */
export function messageList(label) {
  const inner = h("div.list-inner");
  const node = h("div.list", { role: "log", "aria-label": label, "aria-live": "off", tabindex: 0 }, inner);
  const bar = h("button.jump", { type: "button", hidden: true, onclick: () => toBottom() });
  let shown = null;
  let atBottom = true;
  let waiting = 0; // messages that the reader has not been to the end of

  const toBottom = () => {
    node.scrollTop = node.scrollHeight;
    look();
  };
  const toNewLine = () => {
    node.scrollTop += inner.querySelector(".day.new").getBoundingClientRect().top - node.getBoundingClientRect().top;
    node.scrollTop -= CONTEXT;
  };
  const look = () => {
    atBottom = node.scrollHeight - node.scrollTop - node.clientHeight < NEAR_BOTTOM;
    if (atBottom) waiting = 0;
    bar.hidden = !waiting;
    bar.textContent = counted(waiting, "jumpOverOne", "jumpOver");
  };
  node.addEventListener("scroll", look);
  node.addEventListener("keydown", (event) => walkMessages(event, inner));
  inner.addEventListener("load", () => atBottom && toBottom(), true);
  new ResizeObserver(() => atBottom && toBottom()).observe(node);

  function show(messages, place) {
    if (shown) look();
    const isNew = ({ ts }) => (shown ? !shown.has(ts) : ts >= place.newFrom);
    const fresh = messages.filter((message) => message.user !== state.me.id && isNew(message));
    sync(inner, messages.length ? parts(messages, place) : [emptyPart()]);
    waiting += fresh.length;
    if (!shown && place.newFrom) toNewLine();
    else if (atBottom) toBottom();
    look();
    if (shown) announce(fresh);
    shown = new Set(messages.map((message) => message.ts));
  }

  return { node: h("div.list-frame", {}, node, bar), show, toBottom };
}

function emptyPart() {
  return { key: "empty", sig: t("noMessages"), make: () => h("p.empty-note", {}, t("noMessages")) };
}

function parts(messages, place) {
  let day = "";
  let last = null;
  return lines(messages, place.newFrom).flatMap((line) => {
    const [message] = line;
    const found = [];
    const today = dayOfMessage(message);
    if (today !== day) found.push(dividerPart(`day-${today}`, "div.day", dayWords(Number(message.ts))));
    if (message.ts === place.newFrom) found.push(dividerPart("new", "div.day.new", t("newMessages")));
    if (isQuiet(message)) found.push(quietPart(line, place.channel));
    else found.push(messagePart(message, { ...place, compact: !found.length && together(last, message) }));
    day = today;
    last = message;
    return found;
  });
}

const dayOfMessage = (message) => dayOf(Number(message.ts), state.me.tz || "Asia/Shanghai");

/** One line a message; but comings (or goings) in a row share one, up to the day's end or the first unread. */
function lines(messages, newFrom) {
  const found = [];
  for (const message of messages) {
    const last = found.at(-1)?.at(-1);
    const shares = continues(last, message) && message.ts !== newFrom && dayOfMessage(last) === dayOfMessage(message);
    if (shares) found.at(-1).push(message);
    else found.push([message]);
  }
  return found;
}

function dayWords(seconds) {
  const words = written(seconds, "{date_long_pretty}");
  return words[0].toUpperCase() + words.slice(1);
}

function dividerPart(key, spec, words) {
  return { key, sig: words, make: () => h(spec, { role: "separator", "aria-label": words }, h("span", {}, words)) };
}

/** A message laid out in several blocks stands by itself. */
const isCard = (message) => (message.blocks?.length ?? 0) > 1;

function together(last, message) {
  if (!last || last.subtype || message.subtype || last.ephemeral !== message.ephemeral) return false;
  if (isCard(last) || isCard(message)) return false;
  const [one, other] = [authorOf(last), authorOf(message)];
  return one.id === other.id && one.name === other.name && Number(message.ts) - Number(last.ts) < SAME_BREATH;
}

/** Arrow keys move from message to message while the list or a message itself has the focus. */
function walkMessages(event, inner) {
  const onMessage = document.activeElement.matches(".message, .list");
  if (!onMessage || !["ArrowDown", "ArrowUp", "Home", "End"].includes(event.key)) return;
  walk(event, [...inner.querySelectorAll(".message")]);
  document.activeElement.scrollIntoView({ block: "nearest" });
}

function announce(messages) {
  if (!messages.length) return;
  const names = [...new Set(messages.map((message) => authorOf(message).name))].join(t("listed"));
  document.getElementById("announcer").textContent = counted(messages.length, "announceOne", "announce").replace(
    "{names}",
    names,
  );
}

/** Takes the reader to a message and marks it for a moment; false when it is not in the list. */
export function jumpTo(ts) {
  const node = document.querySelector(`.message[data-ts="${ts}"]`);
  if (!node) return false;
  node.scrollIntoView({ block: "center" });
  node.focus({ preventScroll: true });
  node.classList.add("flash");
  setTimeout(() => node.classList.remove("flash"), 2000);
  return true;
}
