// Renders the markdown block: headings, lists, quotes, code, rules and inline styles of ordinary Markdown.
import { h } from "./dom.js";
import { link } from "./mrkdwn.js";
import { withSigns } from "./signs.js";

const INLINE =
  /`([^`]+)`|!?\[([^\]]*)\]\(([^)\s]+)\)|\*\*(?=\S)(.+?)\*\*|__(?=\S)(.+?)__|~~(?=\S)(.+?)~~|(?<!\w)[*_](?=\S)([^*_]+)[*_](?!\w)/g;

function inline(text) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    nodes.push(withSigns(text.slice(end, match.index)), styled(match));
    end = match.index + match[0].length;
  }
  return [...nodes, withSigns(text.slice(end))];
}

function styled([, code, label, address, bold, strong, strike, italic]) {
  if (code !== undefined) return h("code", {}, code);
  if (address !== undefined) return link(address, label || address);
  if (strike !== undefined) return h("s", {}, inline(strike));
  if (italic !== undefined) return h("i", {}, inline(italic));
  return h("b", {}, inline(bold ?? strong));
}

const KINDS = [
  { kind: "rule", test: /^\s*([-*_])(\s*\1){2,}\s*$/ },
  { kind: "heading", test: /^(#{1,6})\s+(.*)$/ },
  { kind: "quote", test: /^>\s?(.*)$/ },
  { kind: "ul", test: /^\s*[-*+]\s+(.*)$/ },
  { kind: "ol", test: /^\s*\d+[.)]\s+(.*)$/ },
  { kind: "blank", test: /^\s*$/ },
];

function lineOf(text) {
  for (const { kind, test } of KINDS) {
    const match = text.match(test);
    if (match) return { kind, level: match[1]?.length, text: match.at(-1) ?? "" };
  }
  return { kind: "text", text };
}

function grouped(lines) {
  const found = [];
  for (const line of lines.map(lineOf)) {
    const last = found.at(-1);
    if (last && last.kind === line.kind && !["heading", "rule", "blank"].includes(line.kind))
      last.lines.push(line.text);
    else found.push({ ...line, lines: [line.text] });
  }
  return found;
}

const RENDER = {
  rule: () => h("hr"),
  blank: () => null,
  heading: ({ level, text }) =>
    h("div", { class: `md-heading level-${level}`, role: "heading", "aria-level": level + 2 }, inline(text)),
  quote: ({ lines }) => h("blockquote", {}, inline(lines.join("\n"))),
  ul: ({ lines }) =>
    h(
      "ul.rich-list",
      {},
      lines.map((line) => h("li", {}, inline(line))),
    ),
  ol: ({ lines }) =>
    h(
      "ol.rich-list",
      {},
      lines.map((line) => h("li", {}, inline(line))),
    ),
  text: ({ lines }) => h("p", {}, inline(lines.join("\n"))),
};

/** A node showing `source`, ordinary Markdown. */
export function markdown(source) {
  const pieces = source.split(/^```[^\n]*\n([\s\S]*?)\n?```$/m);
  return h(
    "div.markdown",
    {},
    pieces.map((piece, index) =>
      index % 2 ? h("pre", {}, piece) : grouped(piece.split("\n")).map((group) => RENDER[group.kind](group)),
    ),
  );
}
