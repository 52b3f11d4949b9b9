// Opens small menus and panels beside the control that asked for them, with the keyboard as well as the mouse.
import { h } from "./dom.js";

let open = null;

/** Closes what is open; `back` returns the focus to where it came from. */
export function closeMenu(back = false) {
  if (!open) return;
  const { node, anchor, scope, onclose } = open;
  open = null;
  node.remove();
  const home = standing(anchor, scope);
  // First the focus: a message's tools hide once they are neither open nor focused.
  if (back) home?.focus();
  home?.setAttribute("aria-expanded", "false");
  onclose?.();
}

/** The anchor, or the control that a refresh has put in its place. */
function standing(anchor, scope) {
  if (anchor.isConnected) return anchor;
  return [...scope.querySelectorAll("[data-hold]")].find((node) => node.dataset.hold === anchor.dataset.hold);
}

function show(node, anchor, onclose) {
  const again = open?.anchor === anchor;
  closeMenu(again);
  if (again) return false;
  (anchor.closest("dialog") ?? document.body).append(node);
  anchor.setAttribute("aria-expanded", "true");
  open = { node, anchor, onclose, scope: anchor.closest(".message, dialog, main") ?? document };
  place(node, anchor.getBoundingClientRect());
  return true;
}

function place(node, box) {
  const gap = 4;
  const { offsetWidth: width, offsetHeight: height } = node;
  const below = box.bottom + gap + height <= innerHeight;
  const top = below ? box.bottom + gap : Math.max(gap, box.top - gap - height);
  node.style.top = `${Math.min(top, Math.max(gap, innerHeight - height - gap))}px`;
  node.style.left = `${Math.max(gap, Math.min(box.left, innerWidth - width - gap))}px`;
}

/** A menu of `items` ({label, detail?, danger?, pick}); a string among them is a heading. */
export function openMenu(anchor, items, label) {
  const node = h("div.menu", { role: "menu", "aria-label": label });
  node.append(...items.map((item) => (typeof item === "string" ? h("div.menu-group", {}, item) : menuItem(item))));
  if (!show(node, anchor)) return;
  node.addEventListener("keydown", (event) => walk(event, [...node.querySelectorAll("[role=menuitem]")]));
  node.querySelector("[role=menuitem]")?.focus();
}

function menuItem({ label, detail, danger, pick }) {
  return h(
    danger ? "button.menu-item.danger" : "button.menu-item",
    {
      type: "button",
      role: "menuitem",
      tabindex: -1,
      onclick: () => {
        closeMenu(true);
        pick();
      },
    },
    h("span", {}, label),
    detail && h("span.menu-detail", {}, detail),
  );
}

const STEPS = { ArrowDown: 1, ArrowUp: -1 };

/** Moves the focus among `items` by arrow keys, Home, End or a first letter. */
export function walk(event, items) {
  const at = items.indexOf(document.activeElement);
  const target =
    {
      ArrowDown: items[(at + 1) % items.length],
      ArrowUp: items.at(at <= 0 ? -1 : at - 1),
      Home: items[0],
      End: items.at(-1),
    }[event.key] ?? byLetter(event.key, items, at);
  if (!target) return;
  event.preventDefault();
  target.focus();
}

function byLetter(key, items, at) {
  if (key.length !== 1 || key === " ") return undefined;
  const order = [...items.slice(at + 1), ...items.slice(0, at + 1)];
  return order.find((item) => item.textContent.toLowerCase().startsWith(key.toLowerCase()));
}

/** A panel with `content` under `anchor`; Escape or a press elsewhere closes it. */
export function openPanel(anchor, content, label, onclose) {
  const node = h("div.menu.panel", { role: "dialog", "aria-label": label }, content);
  if (!show(node, anchor, onclose)) return;
  const items = () =>
    [...node.querySelectorAll("input, a, button, select")].filter((item) => item.offsetParent && !item.disabled);
  node.addEventListener("keydown", (event) => {
    if (event.key in STEPS && event.target.localName !== "select") walk(event, items());
  });
  items()[0]?.focus();
}

document.addEventListener("pointerdown", (event) => {
  if (open && !open.node.contains(event.target) && !open.anchor.contains(event.target)) closeMenu();
});
document.addEventListener(
  "keydown",
  (event) => {
    if (!open) return;
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      closeMenu(true);
    } else if (event.key === "Tab" && open.node.getAttribute("role") === "menu") closeMenu(true);
  },
  true,
);
window.addEventListener("resize", () => closeMenu());
