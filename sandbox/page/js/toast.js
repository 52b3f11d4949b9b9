// Says a sentence briefly, above whatever is open: what was refused, or what failed.
import { h } from "./dom.js";
import { refusal, t } from "./words.js";

const SHOWN_FOR = 8000;

/** Shows `sentence` for a few seconds; the reader can close it sooner. */
export function toast(sentence) {
  const node = h(
    "div.toast",
    { role: "alert" },
    h("span", {}, sentence),
    h("button.toast-close", { type: "button", "aria-label": t("close"), onclick: () => node.remove() }, "×"),
  );
  for (const old of document.querySelectorAll(".toast")) old.remove();
  const top = [...document.querySelectorAll("dialog[open]")].at(-1);
  (top ?? document.body).append(node);
  setTimeout(() => node.remove(), SHOWN_FOR);
}

/** Runs `work`; a refusal is shown as a toast, and the answer is then undefined. */
export async function telling(work) {
  try {
    return await work();
  } catch (error) {
    toast(refusal(error));
    return undefined;
  }
}
