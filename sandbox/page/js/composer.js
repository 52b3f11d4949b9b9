// Lets a person write: messages, slash commands and files, in a channel or in a thread.
import { h, icon, iconButton } from "./dom.js";
import { sizeOf } from "./files.js";
import { openMenu } from "./menu.js";
import { channelName, state } from "./state.js";
import { suggestions } from "./suggest.js";
import { shortcuts } from "./toolbar.js";
import { t } from "./words.js";

const drafts = new Map();
const draftKey = (channel, thread) => `${state.me.id}/${channel.id}/${thread ?? ""}`;

/** A composer for `channel`, or for the thread `thread` in it; `onsent` runs when something went out. */
export function composer(channel, thread, onsent) {
  const key = draftKey(channel, thread);
  const name = channel.kind === "im" ? channelName(channel.id) : `#${channelName(channel.id)}`;
  const label = thread ? t("reply") : t("messageTo", { name });
  const box = h("textarea.composer-box", {
    rows: 1,
    placeholder: label,
    "aria-label": label,
    value: drafts.get(key) ?? "",
    title: t("composerHint"),
    data: { hold: `composer-${key}` },
  });
  const refusal = h("p.composer-error", { role: "alert", hidden: true });
  const tray = h("div.tray", { hidden: true });
  const chooser = h("input", { type: "file", multiple: true, hidden: true, "aria-label": t("attach") });
  const list = suggestions(box, { members: channel.members ?? [], inThread: Boolean(thread) });
  let files = [];
  let busy = false;

  const say = (sentence) => {
    refusal.textContent = sentence;
    refusal.hidden = !sentence;
  };
  const fit = () => {
    box.style.height = "auto";
    box.style.height = `${Math.min(box.scrollHeight, 240)}px`;
    drafts.set(key, box.value);
  };
  const showTray = () => {
    tray.hidden = !files.length;
    tray.replaceChildren(
      ...files.map((file) =>
        h(
          "span.tray-file",
          {},
          icon("file"),
          `${file.name} · ${sizeOf(file.size)}`,
          iconButton("close", t("unattach", { name: file.name }), () => {
            files = files.filter((one) => one !== file);
            showTray();
          }),
        ),
      ),
    );
  };

  async function send() {
    const text = box.value.trim();
    if (busy || (!text && !files.length)) return;
    const [sentText, sentFiles] = [box.value, files];
    busy = true;
    say("");
    [box.value, files] = ["", []];
    fit();
    showTray();
    try {
      await deliver(text, { channel, thread, files: sentFiles });
      onsent();
    } catch (error) {
      [box.value, files] = [box.value || sentText, sentFiles];
      fit();
      showTray();
      say(error.code ? error.message : t("unreachable"));
    } finally {
      busy = false;
    }
  }

  box.addEventListener("input", () => {
    say("");
    fit();
  });
  box.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    const sends = event.key === "Enter" && !event.shiftKey;
    if (list.takes(event)) event.preventDefault();
    else if (sends) {
      event.preventDefault();
      send();
    }
  });
  box.addEventListener("paste", (event) => {
    if (!event.clipboardData?.files.length) return;
    event.preventDefault();
    files = [...files, ...event.clipboardData.files];
    showTray();
  });
  chooser.addEventListener("change", () => {
    files = [...files, ...chooser.files];
    chooser.value = "";
    showTray();
    box.focus();
  });
  requestAnimationFrame(fit);

  return h(
    "div.composer",
    {},
    refusal,
    list.node,
    h(
      "div.composer-frame",
      {},
      tray,
      box,
      h(
        "div.composer-foot",
        {},
        iconButton("clip", t("attach"), () => chooser.click()),
        chooser,
        !thread && shortcutButton(),
        h("span.composer-hint", { "aria-hidden": "true" }, t("composerHint")),
        h("button.send", { type: "button", "aria-label": t("send"), title: t("send"), onclick: send }, icon("send")),
      ),
    ),
  );
}

function shortcutButton() {
  const items = shortcuts("global");
  if (!items.length) return null;
  const button = iconButton("bolt", t("shortcuts"), () => openMenu(button, items, t("shortcuts")), {
    "aria-haspopup": "menu",
  });
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
