// Renders cards, rows of them, what is asked about an answer, and tasks in a plan.
import { h } from "./dom.js";
import { renderElement } from "./elements.js";
import { link } from "./mrkdwn.js";
import { picture } from "./pictures.js";
import { richText } from "./richtext.js";
import { withSigns } from "./signs.js";
import { textNodes } from "./text.js";
import { t } from "./words.js";

export const cardBlocks = { card, carousel, context_actions: contextActions, task_card: task, plan };

function card(block, surface) {
  const line = (name) => block[name] && h(`div.card-${name}`, {}, textNodes(block[name]));
  return h(
    "div.card",
    {},
    block.hero_image && picture(block.hero_image, "img.card-hero"),
    h(
      "div.card-head",
      {},
      block.icon && picture(block.icon, "img.card-icon"),
      h("div.card-titles", {}, line("title"), line("subtitle")),
    ),
    line("body"),
    block.actions?.length && row(block.actions, block, surface),
  );
}

function row(elements, block, surface) {
  return h(
    "div.actions",
    {},
    elements.map((element) => renderElement(element, block, surface, {})),
  );
}

function carousel(block, surface) {
  return h(
    "div.carousel",
    { role: "list" },
    block.elements.map((one) =>
      h("div.carousel-item", { role: "listitem", data: { blockId: one.block_id ?? "" } }, card(one, surface)),
    ),
  );
}

function contextActions(block, surface) {
  return h("div.context", {}, row(block.elements, block, surface));
}

function task(block) {
  return h(
    `div.task.task-${block.status}`,
    {},
    h("div.task-title", {}, withSigns(block.title), h("span.task-status", {}, t(`task_${block.status}`))),
    block.details && richText(block.details),
    block.output && richText(block.output),
    block.sources && h("div.task-sources", {}, block.sources.map((source) => h("span", {}, link(source.url, source.text)))),
  );
}

function plan(block) {
  return h("div.plan", {}, h("div.card-title", {}, withSigns(block.title)), (block.tasks ?? []).map(task));
}
