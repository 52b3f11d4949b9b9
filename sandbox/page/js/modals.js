// Shows the stack of open modals, keeps what is typed in them, submits them and puts errors beside their inputs.
import { blockParts } from "./blocks.js";
import { dockDeveloper, showJson } from "./developer.js";
import { openDialog } from "./dialogs.js";
import { h, iconButton, uniqueId } from "./dom.js";
import { complaint, showErrors } from "./inputblock.js";
import { state } from "./state.js";
import { viewSurface } from "./surfaces.js";
import { sync } from "./sync.js";
import { plainString } from "./text.js";
import { telling, toast } from "./toast.js";
import { entries } from "./values.js";
import { t } from "./words.js";

const open = new Map(); // view id → modal, bottom first

/** Makes the dialogs on screen those of `views`, bottom first. */
export function showModals(views) {
  const wanted = new Set(views.map((view) => view.id));
  for (const [id, modal] of open) {
    if (wanted.has(id)) continue;
    modal.gone();
    open.delete(id);
  }
  for (const view of views) {
    if (!open.has(view.id)) open.set(view.id, newModal(view));
    open.get(view.id).show(view);
  }
  dockDeveloper();
}

/** Asks for the stack again. */
export async function loadModals() {
  showModals((await state.api.views()).views);
}

function newModal(first) {
  const titleId = uniqueId("modal");
  const head = h("h2.dialog-title", { id: titleId });
  const body = h("div.modal-body");
  const foot = h("div.dialog-foot");
  const surface = viewSurface();
  let view = first;
  let isNew = true;

  const close = () => telling(async () => showModals((await state.api.close({ view_id: view.id })).views));
  const submit = () => submitted(view, surface, node);
  const before = document.activeElement;
  const node = openDialog(
    "dialog.dialog.modal",
    titleId,
    close,
    h(
      "div.dialog-head",
      {},
      head,
      h(
        "div.dialog-tools",
        {},
        iconButton("braces", t("showJson"), () => showJson({ view: view.id })),
        iconButton("close", t("close"), close),
      ),
    ),
    body,
    foot,
  );
  node.dataset.view = view.id;
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || !view.submit) return;
    event.preventDefault();
    submit();
  });

  function show(next) {
    view = next;
    surface.follow(view);
    node.dataset.callback = view.callback_id;
    head.textContent = plainString(view.title);
    sync(body, blockParts(view.blocks, surface));
    sync(foot, [
      footButton("close", view.close ? plainString(view.close) : t("cancel"), "default", close),
      ...(view.submit ? [footButton("submit", plainString(view.submit), "primary", submit)] : []),
    ]);
    if (isNew) focusFirst(node);
    isNew = false;
  }

  const gone = () => {
    node.close();
    node.remove();
    if (before?.isConnected) before.focus();
  };
  return { show, gone };
}

function focusFirst(node) {
  const wished = node.querySelector("[autofocus]");
  const first = node.querySelector(".modal-body :is(input, textarea, select, button)");
  (wished ?? first ?? node.querySelector(".dialog-foot button:last-child")).focus();
}

function footButton(key, words, style, onclick) {
  return {
    key,
    sig: words,
    make: () =>
      h(
        `button.kit-button.style-${style}.${key}`,
        { type: "button", onclick, data: { hold: `foot-${key}` } },
        h("span", {}, words),
      ),
  };
}

/** What is wrong with the entries before the app is asked: {block_id: sentence}. */
function complaints(view, surface) {
  return Object.fromEntries(
    view.blocks
      .filter((block) => block.type === "input")
      .map((block) => [block.block_id, complaint(block, surface.valueOf(block, block.element))])
      .filter(([, sentence]) => sentence),
  );
}

async function submitted(view, surface, node) {
  const button = node.querySelector(".submit");
  if (button.getAttribute("aria-busy") === "true") return;
  const found = complaints(view, surface);
  showErrors(node, found);
  if (Object.keys(found).length) return;
  button.setAttribute("aria-busy", "true");
  const answer = await telling(() => state.api.submit({ view_id: view.id, values: entries(view.blocks, surface) }));
  button.removeAttribute("aria-busy");
  if (answer) settled(answer, node);
}

function settled({ response_action: action, errors, views }, node) {
  showModals(views);
  if (action !== "errors") return;
  showErrors(node, errors);
  if (!node.querySelector("[aria-invalid=true]")) toast(Object.values(errors).join(" "));
}
