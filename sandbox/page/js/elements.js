// Renders the interactive elements of Block Kit, and reports to the surface what was chosen in them.
import { choiceElements } from "./choices.js";
import { confirmed } from "./dialogs.js";
import { h, icon } from "./dom.js";
import { openMenu } from "./menu.js";
import { textElements } from "./inputs.js";
import { messageHash, state } from "./state.js";
import { plainString, textNodes } from "./text.js";
import { t } from "./words.js";

const RENDER = {
  button,
  workflow_button: button,
  icon_button: iconButton,
  feedback_buttons: feedback,
  overflow,
  image,
  ...choiceElements,
  ...textElements,
};

/**
 * A node for `element`. `aria` names it: `{id, labelledby, describedby, required}`. The surface is asked for its value with
 * `valueOf(block, element)`, told of every change with `keep(block, element, value)`, and asked to `act(block,
 * element, value)` when the app is to hear of it.
 */
export function renderElement(element, block, surface, aria) {
  const render = RENDER[element.type];
  if (!render) return h("p.unsupported", {}, t("noSuchBlock", { type: element.type }));
  const hold = element.action_id ?? element.type;
  const props = {
    id: aria.id,
    "aria-describedby": aria.describedby || null,
    "aria-required": aria.required ? "true" : null,
    data: { blockId: block.block_id ?? "", actionId: element.action_id ?? "", hold },
    ...named(element, aria),
  };
  const value = surface.valueOf(block, element);
  return render(element, {
    props,
    hold,
    value,
    labelledby: aria.labelledby,
    suggest: (text) => surface.suggest(block, element, text),
    report: reporter(element, block, surface),
  });
}

function named(element, aria) {
  if (aria.id) return {};
  const own = element.accessibility_label ?? (element.type === "button" ? null : plainString(element.placeholder));
  if (own) return { "aria-label": own };
  return element.type === "button" ? {} : { "aria-labelledby": aria.labelledby || null };
}

/** `report(value, origin)`: keeps the value and, where the app listens, asks for confirmation and acts. */
function reporter(element, block, surface) {
  const heard = block.type !== "input" || block.dispatch_action;
  return async (value, origin, { silent = false } = {}) => {
    const earlier = surface.valueOf(block, element);
    surface.keep(block, element, value);
    if (!heard || silent) return true;
    if (element.confirm && !(await confirmed(element.confirm))) {
      surface.keep(block, element, earlier);
      return false;
    }
    return pending(origin, () => surface.act(block, element, value));
  };
}

/** Shows `node` as waiting while `work` runs, and takes no second press meanwhile. */
async function pending(node, work) {
  if (node.getAttribute("aria-busy") === "true") return false;
  node.setAttribute("aria-busy", "true");
  try {
    return await work();
  } finally {
    node.removeAttribute("aria-busy");
  }
}

function button(element, { props, report }) {
  const style = element.style ?? "default";
  const node = h(
    `button.kit-button.style-${style}`,
    { type: "button", ...props },
    h("span", {}, textNodes(element.text)),
  );
  node.addEventListener("click", async () => {
    const accepted = await report(undefined, node);
    if (element.url && accepted) follow(element.url);
  });
  return node;
}

/** Only for those whom it names, where it names anybody. */
function iconButton(element, context) {
  const { visible_to_user_ids: viewers } = element;
  return !viewers || viewers.includes(state.me?.id) ? button(element, context) : null;
}

function feedback(element, { props, hold, report }) {
  return ["positive_button", "negative_button"].map((name) => {
    const { text, value, accessibility_label: label } = element[name];
    const data = { ...props.data, hold: `${hold}/${name}` };
    const node = h(
      "button.kit-button.style-default",
      { type: "button", ...props, data, "aria-label": label },
      h("span", {}, textNodes(text)),
    );
    node.addEventListener("click", () => report(value, node));
    return node;
  });
}

function follow(address) {
  const inside = messageHash(address);
  if (inside) location.hash = inside;
  else if (/^https?:/i.test(address)) window.open(address, "_blank", "noopener");
}

function overflow(element, { props, report }) {
  const label = props["aria-label"] || t("moreOptions");
  const node = h(
    "button.kit-button.overflow",
    {
      type: "button",
      ...props,
      "aria-labelledby": null,
      "aria-label": label,
      "aria-haspopup": "menu",
      "aria-expanded": "false",
    },
    icon("dots"),
  );
  node.addEventListener("click", () =>
    openMenu(
      node,
      element.options.map((option) => ({
        label: plainString(option.text),
        detail: plainString(option.description),
        pick: () => report(option.value, node),
      })),
      label,
    ),
  );
  return node;
}

function image(element) {
  return h("img.accessory-image", { src: element.image_url, alt: element.alt_text ?? "", loading: "lazy" });
}
