// Tells of comings and goings in one line, so that a room that fills at once does not bury what is said in it.
import { hourOf } from "./clock.js";
import { h } from "./dom.js";
import { inline, person } from "./mrkdwn.js";
import { t } from "./words.js";

const KINDS = { join: "joined", leave: "left" };
const CHANGES = {
  topic: "topicSet",
  purpose: "purposeSet",
  name: "renamed",
  archive: "archivedBy",
  unarchive: "unarchivedBy",
};

/** The subtype without what says whether the channel is private. */
const whatOf = (message) => message.subtype?.replace(/^(channel|group)_/, "");
const kindOf = (message) => KINDS[whatOf(message)];

/** Whether `message` is the workspace's own note rather than something that somebody said. */
export const isQuiet = (message) => /^(channel|group)_/.test(message.subtype ?? "");

/** Whether `message` goes on the line that ends with `last`. */
export function continues(last, message) {
  return Boolean(last && kindOf(message) && kindOf(message) === kindOf(last));
}

/** The part (see sync.js) that tells of `messages`: several of one kind, or one of any. */
export function quietPart(messages, channel) {
  const [first] = messages;
  return {
    key: `message-${first.ts}`,
    sig: JSON.stringify(messages),
    make: () =>
      h(
        "div.quiet-line",
        { data: { ts: first.ts, channel: channel.id } },
        hourOf("time.hover-time", Number(first.ts), { "aria-hidden": "true" }),
        h("p", {}, sentence(messages)),
      ),
  };
}

function sentence(messages) {
  const [message] = messages;
  const key = kindOf(message) ?? CHANGES[whatOf(message)];
  const names = messages.flatMap(({ user }, index) => [index ? t("listed") : "", person(user)]);
  const said = { names, text: inline(message.topic ?? message.purpose ?? message.name ?? "") };
  return t(key)
    .split(/\{(\w+)\}/)
    .map((piece, index) => (index % 2 ? said[piece] : piece));
}
