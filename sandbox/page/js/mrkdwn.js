// Renders Slack's mrkdwn as DOM nodes: never through markup, so that what people type stays text.
import { showTime } from "./clock.js";
import { h } from "./dom.js";
import { withSigns } from "./signs.js";
import { channelHash, channelById, channelName, messageHash, nameOf, state } from "./state.js";
import { t } from "./words.js";

/** `&amp; &lt; &gt;` as the characters they stand for. */
export const unescaped = (text) => text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");

/** A fragment showing `text`; `verbatim` leaves bare addresses unlinked. */
export function mrkdwn(text, { verbatim = false } = {}) {
  const fragment = document.createDocumentFragment();
  const pieces = text.split(/```\n?([\s\S]+?)\n?```/);
  pieces.forEach((piece, index) => {
    if (index % 2) fragment.append(h("pre", {}, unescaped(piece)));
    else fragment.append(...paragraphs(trimmed(piece, index, pieces.length), verbatim));
  });
  return fragment;
}

/** A line break beside a block such as ``` is the block's own edge, not an empty line. */
function trimmed(piece, index, count) {
  const start = index > 0 ? piece.replace(/^\n/, "") : piece;
  return index < count - 1 ? start.replace(/\n$/, "") : start;
}

function paragraphs(text, verbatim) {
  const nodes = [];
  for (const [quoted, lines] of runs(text.split("\n"))) {
    const inside = inline(lines.join("\n"), verbatim);
    if (quoted) nodes.push(h("blockquote", {}, inside));
    else nodes.push(h("span", {}, inside));
  }
  return nodes;
}

/** Groups lines into [quoted, lines] runs; `&gt;&gt;&gt;` quotes all that follows. */
function runs(lines) {
  const found = [];
  let rest = false;
  for (const line of lines) {
    const all = line.startsWith("&gt;&gt;&gt;");
    rest = rest || all;
    const quoted = rest || line.startsWith("&gt;");
    const bare = line.replace(all ? /^&gt;&gt;&gt; ?/ : /^&gt; ?/, "");
    const shown = quoted ? bare : line;
    if (found.at(-1)?.[0] === quoted) found.at(-1)[1].push(shown);
    else found.push([quoted, [shown]]);
  }
  return found.filter(([, group]) => group.length > 1 || group[0] !== "" || found.length === 1);
}

const before = String.raw`(?<![\p{L}\p{N}\\])`;
const after = String.raw`(?![\p{L}\p{N}])`;
const span = (mark) => `${before}\\${mark}(?=\\S)([^${mark}\\n]*[^${mark}\\s])\\${mark}${after}`;
const MARKS = new RegExp(
  [
    String.raw`<([^<>\n]+)>`,
    "`([^`\\n]+)`",
    span("*"),
    span("_").replaceAll("\\_", "_"),
    span("~").replaceAll("\\~", "~"),
  ].join("|"),
  "gu",
);
const STYLES = ["b", "i", "s"];

/** Nodes for one run of text without blocks in it. */
export function inline(text, verbatim = false) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(MARKS)) {
    nodes.push(...plain(text.slice(end, match.index), verbatim), marked(match, verbatim));
    end = match.index + match[0].length;
  }
  return [...nodes, ...plain(text.slice(end), verbatim)];
}

function marked([, token, code, ...styled], verbatim) {
  if (token !== undefined) return reference(token);
  if (code !== undefined) return h("code", {}, unescaped(code));
  const style = styled.findIndex((content) => content !== undefined);
  return h(STYLES[style], {}, inline(styled[style], verbatim));
}

function plain(text, verbatim) {
  if (!text) return [];
  if (verbatim) return withSigns(unescaped(text));
  return text
    .split(/(https?:\/\/[^\s<>，。；、）】」]+[^\s<>，。；、）】」.,;:!?)])/)
    .flatMap((piece, index) => (index % 2 ? link(unescaped(piece), unescaped(piece)) : withSigns(unescaped(piece))));
}

/** What stands between angle brackets: a person, a channel, a date, a call for attention, or a link. */
function reference(token) {
  const [target, label] = splitOnce(token, "|");
  if (/^@[UWB]/.test(target)) return person(target.slice(1));
  if (/^#[CGD]/.test(target)) return channel(target.slice(1), label);
  if (target.startsWith("!date^")) return date(target, label);
  if (target.startsWith("!")) return h("span.mention.everyone", {}, special(target, label));
  return link(unescaped(target), unescaped(label ?? target));
}

function splitOnce(text, separator) {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

/** A person's name as a mention; one's own is set apart. */
export function person(id) {
  return h(id === state.me?.id ? "span.mention.me" : "span.mention", { data: { user: id } }, `@${nameOf(id)}`);
}

/** A channel's name as a link to it, or only its name when the reader cannot see it. */
export function channel(id, label) {
  if (!channelById(id)) return h("span.mention", {}, `#${label || t("privateChannel")}`);
  return h("a.mention", { href: channelHash(id) }, `#${channelName(id)}`);
}

function special(target, label) {
  if (/^!(channel|here|everyone)$/.test(target)) return `@${target.slice(1)}`;
  return unescaped(label ?? target.replace(/^!(subteam\^)?/, "@"));
}

function date(target, fallback) {
  const [, seconds, format, address] = target.split("^");
  if (!/^\d+$/.test(seconds) || !format) return document.createTextNode(unescaped(fallback ?? ""));
  const title = fallback && unescaped(fallback);
  const time = showTime(
    h("time", { title, datetime: new Date(seconds * 1000).toISOString() }),
    Number(seconds),
    unescaped(format),
  );
  return address ? link(unescaped(address), time) : time;
}

/** A link: to a message here, or outside in its own tab; anything but web and mail addresses stays text. */
export function link(address, content) {
  const inside = state.me && messageHash(address);
  if (inside) return h("a", { href: inside }, content);
  if (!/^(https?:\/\/|mailto:)/i.test(address)) return h("span", {}, content);
  return h("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, content);
}
