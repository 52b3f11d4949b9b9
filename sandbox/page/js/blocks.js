// Renders Block Kit blocks for any surface (message, modal, App Home), one part a block, so that each can change alone.
import { cardBlocks } from "./cards.js";
import { h, uniqueId } from "./dom.js";
import { renderElement } from "./elements.js";
import { inputBlock } from "./inputblock.js";
import { markdown } from "./markdown.js";
import { picture } from "./pictures.js";
import { richText } from "./richtext.js";
import { tableBlocks } from "./tables.js";
import { textNodes } from "./text.js";
import { t } from "./words.js";

const RENDER = {
  header: (block) => h("h3.block-header", {}, textNodes(block.text)),
  divider: () => h("hr.block-divider"),
  section,
  context,
  actions,
  image,
  input: inputBlock,
  rich_text: richText,
  markdown: (block) => markdown(block.text),
  alert,
  container,
  ...cardBlocks,
  ...tableBlocks,
};

/** The parts (see sync.js) that show `blocks` on `surface`. */
export function blockParts(blocks, surface) {
  const times = new Map();
  return blocks.map((block) => {
    const kin = kinOf(block);
    times.set(kin, (times.get(kin) ?? 0) + 1);
    return {
      key: `${kin}/${times.get(kin)}`,
      sig: JSON.stringify({ ...block, block_id: "" }),
      make: () => blockNode({ ...block }, surface),
      keep: (node) => renamed(node, block.block_id),
    };
  });
}

/**
 * What makes a block the same one after an update: an input's own id; for the rest its kind and actions, since Slack
 * gives blocks without an id a new one at every update.
 */
function kinOf(block) {
  if (block.type === "input") return `input/${block.block_id}`;
  const row = ["actions", "context_actions"].includes(block.type) ? block.elements : (block.actions ?? []);
  const elements = [block.accessory, ...row];
  return [block.type, ...elements.map((element) => element?.action_id ?? "")].join("/");
}

function blockNode(live, surface) {
  const render = RENDER[live.type];
  const inside = render ? render(live, surface) : h("p.unsupported", {}, t("noSuchBlock", { type: live.type }));
  const node = h(`div.block.block-kind-${live.type}`, { data: { blockId: live.block_id ?? "" } }, inside);
  node.live = live;
  return node;
}

/** Gives a block its new id; blocks inside it keep theirs. */
function renamed(node, id = "") {
  const earlier = node.dataset.blockId;
  if (earlier === id) return;
  node.live.block_id = id;
  for (const named of [node, ...node.querySelectorAll("[data-block-id]")])
    if (named.dataset.blockId === earlier) named.dataset.blockId = id;
}

function section(block, surface) {
  const id = uniqueId("section");
  const body = h(
    "div.section-body",
    { id },
    block.text && h("div.text", {}, textNodes(block.text)),
    block.fields &&
      h(
        "div.section-fields",
        {},
        block.fields.map((field) => h("div.text", {}, textNodes(field))),
      ),
  );
  if (!block.accessory) return h("div.section", {}, body);
  const accessory = renderElement(block.accessory, block, surface, { labelledby: id });
  return h(`div.section.has-${block.accessory.type}`, {}, body, h("div.accessory", {}, accessory));
}

function context(block) {
  return h(
    "div.context",
    {},
    block.elements.map((element) =>
      element.type === "image" ? picture(element, "img.context-image") : h("div.text", {}, textNodes(element)),
    ),
  );
}

function actions(block, surface) {
  return h(
    "div.actions",
    {},
    block.elements.map((element) => renderElement(element, block, surface, {})),
  );
}

function image(block) {
  return h("figure.block-image", {}, block.title && h("figcaption", {}, textNodes(block.title)), picture(block, "img"));
}

function alert(block) {
  const level = block.level ?? "default";
  return h(
    `div.alert.alert-${level}`,
    { role: "note", "aria-label": t(`alert_${level}`) },
    h("span.alert-sign", { "aria-hidden": "true" }),
    h("div.text", {}, textNodes(block.text)),
  );
}

function container(block, surface) {
  const head = [
    block.icon && picture(block.icon, "img.card-icon"),
    h(
      "div.card-titles",
      {},
      h("div.card-title", {}, block.rich_text_title ? richText(block.rich_text_title) : textNodes(block.title)),
      block.subtitle && h("div.card-subtitle", {}, textNodes(block.subtitle)),
    ),
  ];
  const body = h(
    "div.container-body",
    {},
    block.child_blocks.map((child) => blockNode({ ...child }, surface)),
  );
  if (!block.is_collapsible) return h("div.container", {}, h("div.container-head", {}, head), body);
  return h("details.container", { open: !block.default_collapsed }, h("summary.container-head", {}, head), body);
}
