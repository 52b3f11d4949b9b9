// The developer's drawer: the call log, the JSON of what is on the page, and faults on purpose.
import { callsView } from "./calls.js";
import { h, icon, iconButton, uniqueId } from "./dom.js";
import { faultsView } from "./faults.js";
import { jsonView } from "./json.js";
import { coalesced } from "./live.js";
import { t } from "./words.js";

const VIEWS = { calls: callsView, message: jsonView, faults: faultsView };
const TABS = Object.keys(VIEWS);
const EVERY = 500; // milliseconds between two looks, for what the sandbox does not push

let drawer = null; // {node, body, tab, views, timer}: nothing of it is there while it is closed

const view = () => drawer.views[drawer.tab];
const refresh = coalesced(async () => drawer && document.visibilityState === "visible" && view().load());

/** The small button that opens and closes the drawer. */
export function developerButton() {
  return iconButton("code", t("developerHint"), toggle, {
    "aria-expanded": String(Boolean(drawer)),
    "aria-keyshortcuts": "Control+`",
    data: { developer: "" },
  });
}

/** Shows the JSON of `subject` (see json.js) in the drawer. */
export function showJson(subject) {
  if (!drawer) open();
  choose("message");
  view().turnTo(subject);
}

/** The page's notices concern what is on show, too. */
export function developerNoticed(notice) {
  if (drawer && view().concerns?.(notice)) refresh();
}

/** Puts the drawer into the topmost modal, as nothing outside of one can be clicked; and back. */
export function dockDeveloper() {
  if (!drawer) return;
  const place = [...document.querySelectorAll("dialog.modal[open]")].at(-1) ?? document.body;
  if (drawer.node.parentNode === place) return;
  const { scrollTop } = drawer.body;
  place.append(drawer.node);
  drawer.body.scrollTop = scrollTop;
}

/** The same drawer for another person, in their language. */
export function renewDeveloper() {
  if (!drawer) return;
  const { tab } = drawer;
  closeDeveloper();
  open();
  choose(tab);
}

export function closeDeveloper() {
  if (!drawer) return;
  clearInterval(drawer.timer);
  drawer.node.remove();
  drawer = null;
  mark();
}

function open() {
  const id = uniqueId("drawer");
  const body = h("div.drawer-body", { id, role: "tabpanel", tabindex: -1 });
  const node = h("aside.drawer", { "aria-label": t("developer") }, head(id), body);
  node.addEventListener("keydown", keyed);
  const views = Object.fromEntries(TABS.map((tab) => [tab, VIEWS[tab]()]));
  drawer = { node, body, tab: null, views, timer: setInterval(() => view().polls && refresh(), EVERY) };
  dockDeveloper();
  choose("calls");
  mark();
}

function head(panel) {
  const tabs = TABS.map((tab) =>
    h(
      "button.drawer-tab",
      { type: "button", role: "tab", id: `${panel}-${tab}`, "aria-controls": panel, data: { tab }, onclick: () => choose(tab) },
      t(`tab_${tab}`),
    ),
  );
  const list = h("div.drawer-tabs", { role: "tablist", "aria-label": t("developer") }, tabs);
  list.addEventListener("keydown", stepped);
  return h(
    "header.drawer-head",
    {},
    h("span.drawer-title", {}, icon("code"), t("developer")),
    list,
    iconButton("close", t("close"), closeAndReturn),
  );
}

/** Arrow keys go from tab to tab. */
function stepped({ key, currentTarget }) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
  if (!step) return;
  choose(TABS.at((TABS.indexOf(drawer.tab) + step) % TABS.length));
  currentTarget.querySelector("[aria-selected=true]").focus();
}

function choose(tab) {
  if (drawer.tab !== tab) drawer.body.replaceChildren(drawer.views[tab].node);
  drawer.tab = tab;
  for (const button of drawer.node.querySelectorAll("[role=tab]")) {
    button.setAttribute("aria-selected", String(button.dataset.tab === tab));
    button.tabIndex = button.dataset.tab === tab ? 0 : -1;
  }
  drawer.body.setAttribute("aria-labelledby", `${drawer.body.id}-${tab}`);
  refresh();
}

function toggle() {
  if (drawer) return closeAndReturn();
  open();
  return drawer.node.querySelector("[aria-selected=true]").focus();
}

function closeAndReturn() {
  closeDeveloper();
  document.querySelector("[data-developer]")?.focus();
}

/** Says on the page whether the drawer is there: the rest makes room for it. */
function mark() {
  document.documentElement.classList.toggle("with-drawer", Boolean(drawer));
  document.querySelector("[data-developer]")?.setAttribute("aria-expanded", String(Boolean(drawer)));
}

function keyed(event) {
  // A modal that the drawer stands in has keys of its own.
  event.stopPropagation();
  if (event.key !== "Escape" || event.defaultPrevented) return;
  event.preventDefault();
  closeAndReturn();
}

document.addEventListener(
  "keydown",
  (event) => {
    if (event.code !== "Backquote" || !event.ctrlKey || !document.querySelector("[data-developer]")) return;
    event.preventDefault();
    toggle();
  },
  true,
);
