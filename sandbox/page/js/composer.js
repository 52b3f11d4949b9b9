// Lets a person write: messages, slash commands and files, in a channel or in a thread.
import { h, icon, iconButton } from "./dom.js";
import { openMenu } from "./menu.js";
import { channelName, state } from "./state.js";
import { suggestions } from "./suggest.js";
import { shortcuts } from "./toolbar.js";
import { fileTray } from "./tray.js";
import { refusal, t } from "./words.js";

const TALLEST = 240; // pixels, before the box scrolls
const drafts = new Map();

/** A composer for `channel`, or for the thread `thread` in it; `onsent` runs when something went out. */
export function composer(channel, thread, onsent) {
  const box = writingBox(channel, thread);
  const tray = fileTray();
  const line = refusalLine();
  const list = suggestions(box.node, { members: channel.members ?? [], inThread: Boolean(thread) });
  const send = sender({ box, tray, line, onsent, channel, thread });

  box.node.addEventListener("input", () => line.say(""));
  box.node.addEventListener("keydown", (event) => pressed(event, list, send));
  box.node.addEventListener("paste", (event) => pasted(event, tray));
  tray.chooser.addEventListener("change", () => box.node.focus());

  const foot = h(
    "div.composer-foot",
    {},
    iconButton("clip", t("attach"), () => tray.chooser.click()),
    tray.chooser,
    !thread && shortcutButton(),
    h("span.composer-hint", { "aria-hidden": "true" }, t("composerHint")),
    h("button.send", { type: "button", "aria-label": t("send"), title: t("send"), onclick: send }, icon("send")),
  );
  return h("div.composer", {}, line.node, list.node, h("div.composer-frame", {}, tray.node, box.node, foot));
}

/** The box for the text; it grows with it and remembers a draft for each place. */
function writingBox(channel, thread) {
  const key = `${state.me.id}/${channel.id}/${thread ?? ""}`;
  const name = channel.kind === "im" ? channelName(channel.id) : `#${channelName(channel.id)}`;
  const label = thread ? t("reply") : t("messageTo", { name });
  const node = h("textarea.composer-box", {
    rows: 1,
    placeholder: label,
    "aria-label": label,
    title: t("composerHint"),
    value: drafts.get(key) ?? "",
    data: { hold: "composer" },
  });
  const fit = () => {
    node.style.height = "auto";
    node.style.height = `${Math.min(node.scrollHeight, TALLEST)}px`;
    drafts.set(key, node.value);
  };
  const write = (text) => {
    node.value = text;
    node.dispatchEvent(new Event("input"));
  };
  node.addEventListener("input", fit);
  requestAnimationFrame(fit);
  return { node, write };
}

function refusalLine() {
  const node = h("p.composer-error", { role: "alert", hidden: true });
  const say = (sentence) => {
    node.textContent = sentence;
    node.hidden = !sentence;
  };
  return { node, say };
}

/** A function that sends what is in the box and the tray, and puts it back when it is refused. */
function sender({ box, tray, line, onsent, channel, thread }) {
  let busy = false;
  return async () => {
    const typed = box.node.value;
    if (busy || (!typed.trim() && tray.isEmpty())) return;
    busy = true;
    line.say("");
    const files = tray.take();
    box.write("");
    try {
      await deliver(typed.trim(), { channel, thread, files });
      onsent();
    } catch (error) {
      box.write(box.node.value || typed);
      tray.put(files);
      line.say(refusal(error));
    } finally {
      busy = false;
    }
  };
}

const COMPOSING = 229; // the key code of a press that belongs to an input method

function pressed(event, list, send) {
  if (event.isComposing || event.keyCode === COMPOSING) return;
  const taken = list.takes(event);
  const sends = !taken && event.key === "Enter" && !event.shiftKey;
  if (taken || sends) event.preventDefault();
  if (sends) send();
}

function pasted(event, tray) {
  if (!event.clipboardData?.files.length) return;
  event.preventDefault();
  tray.put(event.clipboardData.files);
}

function shortcutButton() {
  const items = shortcuts("global");
  if (!items.length) return null;
  const open = () => openMenu(button, items, t("shortcuts"));
  const button = iconButton("bolt", t("shortcuts"), open, { "aria-haspopup": "menu" });
  return button;
}

async function deliver(text, { channel, thread, files }) {
  if (text.startsWith("/") && !files.length) return run(text, channel, thread);
  if (!files.length) return state.api.post({ channel: channel.id, text, ...(thread && { thread_ts: thread }) });
  for (const [index, file] of files.entries()) await state.api.upload(form(file, index ? "" : text, channel, thread));
  return undefined;
}

function run(text, channel, thread) {
  const [command] = text.split(/\s/, 1);
  if (thread) throw Object.assign(new Error(t("noThreadCommands", { command })), { code: "not_in_threads" });
  return state.api.command({ channel: channel.id, command, text: text.slice(command.length).trim() });
}

function form(file, text, channel, thread) {
  const body = new FormData();
  body.append("file", file);
  body.append("channel", channel.id);
  if (thread) body.append("thread_ts", thread);
  if (text) body.append("text", text);
  return body;
}
