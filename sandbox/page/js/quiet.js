// Tells of comings and goings in one line, so that a room that fills at once does not bury what is said in it.
import { written } from "./clock.js";
import { h } from "./dom.js";
import { inline, person } from "./mrkdwn.js";
import { t } from "./words.js";

const KINDS = [
  [/^(channel|group)_join$/, "joined"],
  [/^(channel|group)_leave$/, "left"],
];

const kindOf = (message) => KINDS.find(([subtype]) => subtype.test(message.subtype ?? ""))?.[1];

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
        h("time.hover-time", { "aria-hidden": "true" }, written(Number(first.ts), "{time}")),
        h("p", {}, sentence(messages)),
      ),
  };
}

function sentence(messages) {
  const kind = kindOf(messages[0]);
  if (!kind) return inline(messages[0].text);
  const [lead, tail] = t(kind, { names: "|" }).split("|");
  const names = messages.flatMap((message, index) => [index ? ", " : "", person(message.user)]);
  return [lead, ...names, tail];
}
