// Shows dialogs on the browser's own <dialog>, which keeps the focus inside; and asks for confirmation.
import { h, uniqueId } from "./dom.js";
import { plainString, textNodes } from "./text.js";
import { t } from "./words.js";

/** Opens `content` as a modal dialog named by the heading with `labelledby`; `oncancel` runs at Escape. */
export function openDialog(spec, labelledby, oncancel, ...content) {
  const node = h(spec, { "aria-labelledby": labelledby }, ...content);
  node.addEventListener("cancel", (event) => {
    event.preventDefault();
    if (event.target === node) oncancel();
  });
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    oncancel();
  });
  document.body.append(node);
  node.showModal();
  return node;
}

/** Asks a Block Kit confirmation; true when the reader agrees. */
export function confirmed({ title, text, confirm, deny, style }) {
  const id = uniqueId("confirm");
  return new Promise((resolve) => {
    const answer = (agreed) => {
      node.close();
      node.remove();
      resolve(agreed);
    };
    const button = (kind, label, agreed) =>
      h(`button.kit-button.style-${kind}`, { type: "button", onclick: () => answer(agreed) }, label);
    const node = openDialog(
      "dialog.dialog.confirm",
      id,
      () => answer(false),
      h("h2.dialog-title", { id }, plainString(title)),
      h("div.text.dialog-text", {}, textNodes(text)),
      h(
        "div.dialog-foot",
        {},
        button("default", deny ? plainString(deny) : t("cancel"), false),
        button(style === "danger" ? "danger" : "primary", confirm ? plainString(confirm) : t("yes"), true),
      ),
    );
    node.querySelector(".dialog-foot button:last-child").focus();
  });
}
