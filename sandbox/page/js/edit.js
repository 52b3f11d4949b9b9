// Lets people change their own message where it stands.
import { h } from "./dom.js";
import { typedText } from "./mentions.js";
import { state } from "./state.js";
import { telling } from "./toast.js";
import { t } from "./words.js";

let editing = null;
let changed = () => {};

/** `redraw` runs whenever editing begins or ends. */
export function onEditing(redraw) {
  changed = redraw;
}

export const isEditing = (message) => editing === message.ts;

export function beginEditing(message) {
  editing = message.ts;
  changed();
  document.querySelector(".edit-box textarea")?.focus();
}

function endEditing() {
  const ts = editing;
  editing = null;
  changed();
  document.querySelector(`[data-ts="${ts}"]`)?.focus({ preventScroll: true });
}

/** The box that stands in the message's place. */
export function editor(message, channel) {
  const box = h("textarea.input", {
    "aria-label": t("edit"),
    rows: 2,
    value: typedText(message.text),
    data: { hold: "editor" },
  });
  const save = async () => {
    const text = box.value.trim();
    if (text && (await telling(() => state.api.edit({ channel: channel.id, ts: message.ts, text })))) endEditing();
  };
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape") endEditing();
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    save();
  });
  return h(
    "div.edit-box",
    {},
    box,
    h(
      "div.edit-foot",
      {},
      h("button.kit-button.style-default", { type: "button", onclick: endEditing }, t("cancel")),
      h("button.kit-button.style-primary", { type: "button", onclick: save }, t("save")),
    ),
  );
}
