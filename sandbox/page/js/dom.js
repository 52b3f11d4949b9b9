// Builds DOM nodes from plain values, so that text from outside never becomes markup.

/** `h("button.primary", {type: "button", onclick: f}, "Send")`: a node with classes, properties and children. */
export function h(spec, props = {}, ...children) {
  const [tag, ...classes] = spec.split(".");
  const node = document.createElement(tag);
  if (classes.length) node.className = classes.join(" ");
  for (const [name, value] of Object.entries(props)) assign(node, name, value);
  node.append(...kept(children));
  return node;
}

function assign(node, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
  else if (name === "data") Object.assign(node.dataset, value);
  else if (name === "value") node.value = value;
  else node.setAttribute(name, value === true ? "" : value);
}

function kept(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}

let count = 0;

/** An id that no other node on this page has, for labels and descriptions. */
export function uniqueId(prefix = "n") {
  count += 1;
  return `${prefix}${count}`;
}

const ICONS = {
  lock: "M5 8V6a3 3 0 0 1 6 0v2M4 8h8v6H4z",
  close: "M4 4l8 8M12 4l-8 8",
  down: "M4 6l4 4 4-4",
  dots: "M3.5 8h.01M8 8h.01M12.5 8h.01",
  clip: "M12.5 7.5l-5 5a3 3 0 0 1-4.2-4.2l5.5-5.5a2 2 0 0 1 2.9 2.9l-5.4 5.4a1 1 0 0 1-1.5-1.5l4.8-4.8",
  send: "M2.5 8l11-5-4 11-2.5-4.5zM7 9.5l6.5-6.5",
  reply: "M2.5 3h11v8H8l-3 2.5V11H2.5z",
  smile: "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM5.5 9.5c1 2 4 2 5 0M6 6.5h.01M10 6.5h.01",
  pin: "M6 2.5h4l-.5 4 2.5 2.5H4L6.5 6.5zM8 9v4.5",
  people:
    "M6 7.5a2 2 0 1 0 0-4.01 2 2 0 0 0 0 4zM2 13c0-4 8-4 8 0M11 7.5a1.7 1.7 0 1 0 0-3.4M11.5 9.5c1.6.3 2.5 1.5 2.5 3.5",
  shared: "M2 2.5h7.5V10H2zM6.5 12v1.5H14V6h-2",
  home: "M2.5 8L8 3l5.5 5M4 7v6.5h8V7",
  menu: "M2.5 4h11M2.5 8h11M2.5 12h11",
  bolt: "M9 2L4 9h4l-1 5 5-7H8z",
  file: "M4 2h5l3 3v9H4zM9 2v3h3",
  plus: "M8 3v10M3 8h10",
  check: "M3 8.5l3.5 3.5L13 5",
  code: "M5 5L2 8l3 3M11 5l3 3-3 3M9.2 3.5l-2.4 9",
  braces: "M6 2.5c-3.5 0-.5 5-3 5.5 2.5.5-.5 5.5 3 5.5M10 2.5c3.5 0 .5 5 3 5.5-2.5.5.5 5.5-3 5.5",
  split: "M2 3h12v10H2zM8 3v10",
};

/** A small line drawing in the colour of the text beside it; decoration only. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** A button that shows only a drawing; its name is for screen readers and the tooltip. */
export function iconButton(name, label, onclick, props = {}) {
  return h("button.icon-button", { type: "button", "aria-label": label, title: label, onclick, ...props }, icon(name));
}
