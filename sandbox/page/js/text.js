// Turns a Block Kit text object into nodes or into a plain string, by its own rules for each kind.
import { withEmoji } from "./emoji.js";
import { mrkdwn, unescaped } from "./mrkdwn.js";
import { withSigns } from "./signs.js";
import { channelName, nameOf } from "./state.js";

/** Nodes for a text object: formatted for mrkdwn, as typed for plain_text. */
export function textNodes(text) {
  if (!text) return "";
  if (text.type === "mrkdwn") return mrkdwn(text.text, { verbatim: text.verbatim });
  return text.emoji === false ? text.text : withSigns(text.text);
}

/** The characters of a plain_text object; of mrkdwn, the same without its marks. */
export function plainString(text) {
  if (!text) return "";
  if (text.type === "mrkdwn") return withoutMarks(text.text);
  return text.emoji === false ? text.text : withEmoji(text.text);
}

/** mrkdwn as one would read it aloud: names for ids, labels for links, no marks. */
export function withoutMarks(text) {
  const spoken = text
    .replace(/<@(\w+)(\|[^>]*)?>/g, (_, id) => `@${nameOf(id)}`)
    .replace(/<#(\w+)(\|[^>]*)?>/g, (_, id) => `#${channelName(id)}`)
    .replace(/<([^<>|]+)(?:\|([^<>]*))?>/g, (_, target, label) => label ?? target)
    .replace(/(?<![\p{L}\p{N}])[*_~`]+|[*_~`]+(?![\p{L}\p{N}])/gu, "");
  return withEmoji(unescaped(spoken)).trim();
}
