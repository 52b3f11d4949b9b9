// Renders rich_text blocks: sections, lists, quotes and preformatted text of styled elements.
import { showTime } from "./clock.js";
import { h } from "./dom.js";
import { channel, link, person } from "./mrkdwn.js";
import { withSigns } from "./signs.js";

const STYLE_TAGS = { bold: "b", italic: "i", strike: "s", underline: "u", code: "code", highlight: "mark" };

function styled(node, style = {}) {
  return Object.entries(STYLE_TAGS).reduce((inner, [name, tag]) => (style[name] ? h(tag, {}, inner) : inner), node);
}

const LEAVES = {
  text: (leaf) => withSigns(leaf.text),
  emoji: (leaf) => withSigns(`:${leaf.name}:`),
  user: (leaf) => person(leaf.user_id),
  channel: (leaf) => channel(leaf.channel_id),
  link: (leaf) => link(leaf.url, leaf.text || leaf.url),
  broadcast: (leaf) => h("span.mention.everyone", {}, `@${leaf.range}`),
  usergroup: (leaf) => h("span.mention", {}, `@${leaf.usergroup_id}`),
  date: (leaf) => showTime(h("time", { title: leaf.fallback }), leaf.timestamp, leaf.format),
  color: (leaf) => h("code", {}, leaf.value),
};

function leaves(elements = []) {
  return elements.map((leaf) => styled(LEAVES[leaf.type]?.(leaf) ?? leaf.text ?? "", leaf.style));
}

function list(element) {
  const tag = element.style === "ordered" ? "ol" : "ul";
  const props = { class: `rich-list indent-${element.indent ?? 0}`, start: element.offset ? element.offset + 1 : null };
  return h(
    tag,
    props,
    element.elements.map((item) => h("li", {}, leaves(item.elements))),
  );
}

const GROUPS = {
  rich_text_section: (element) => h("div.rich-section", {}, leaves(element.elements)),
  rich_text_list: list,
  rich_text_quote: (element) => h("blockquote", {}, leaves(element.elements)),
  rich_text_preformatted: (element) => h("pre", {}, leaves(element.elements)),
};

export function richText(block) {
  return h(
    "div.rich-text",
    {},
    block.elements.map((element) => GROUPS[element.type]?.(element)),
  );
}
