// Renders one message, part by part, so that a refresh touches only the part that changed.
import { blockParts } from "./blocks.js";
import { hourOf, showTime, written } from "./clock.js";
import { h } from "./dom.js";
import { editor, isEditing } from "./edit.js";
import { fileCard } from "./files.js";
import { mrkdwn } from "./mrkdwn.js";
import { avatar } from "./people.js";
import { withSigns } from "./signs.js";
import { authorOf, channelHash, nameOf, outsideTeam, state } from "./state.js";
import { messageSurface } from "./surfaces.js";
import { sync } from "./sync.js";
import { telling } from "./toast.js";
import { dismissBar, readingBar, toolbar } from "./toolbar.js";
import { counted, local, t } from "./words.js";

/** The part (see sync.js) of `message` in `place`: `{channel, compact, inThread, canAct}`. */
export function messagePart(message, place) {
  const { compact, inThread, canAct } = place;
  const sig = JSON.stringify([
    message,
    compact,
    inThread,
    canAct,
    isPinned(message, place.channel),
    isEditing(message),
  ]);
  const patch = (node) => fill(node, message, place);
  return { key: `message-${message.ts}`, sig, patch, make: () => patch(shell(message, place)) };
}

function shell(message, place) {
  return h(
    "article.message",
    {
      tabindex: -1,
      "aria-label": t("said", {
        name: authorOf(message).name,
        text: written(Number(message.ts), "{date_short_pretty} {time}"),
      }),
      data: { ts: message.ts, channel: place.channel.id },
    },
    h("div.gutter"),
    h("div.message-body"),
    h("div.toolbar-place"),
  );
}

function fill(node, message, place) {
  const [gutter, body, tools] = node.children;
  node.classList.toggle("compact", place.compact);
  node.classList.toggle("ephemeral", Boolean(message.ephemeral));
  node.classList.toggle("pinned", isPinned(message, place.channel));
  sync(gutter, [gutterPart(message, place)]);
  sync(body, bodyParts(message, place));
  sync(tools, [toolbarPart(message, place)]);
  return node;
}

const isDeleted = (message) => message.subtype === "tombstone";
const isPinned = (message, channel) => channel.pins?.includes(message.ts) ?? false;

function part(key, data, make) {
  return { key, sig: JSON.stringify(data), make };
}

function gutterPart(message, { compact }) {
  const { id, name } = authorOf(message);
  if (isDeleted(message)) return part("gone", null, () => h("span.avatar.gone", { "aria-hidden": "true" }));
  if (!compact) return part("avatar", [id, name], () => avatar(id, "normal", name));
  return part("time", message.ts, () =>
    hourOf("time.hover-time", Number(message.ts), { "aria-hidden": "true" }),
  );
}

function toolbarPart(message, place) {
  const canAct = place.canAct && !isDeleted(message);
  const make = !canAct ? readingBar : message.ephemeral ? dismissBar : toolbar;
  return part("toolbar", [message.user, message.text, place.inThread, canAct], () => make(message, place));
}

function bodyParts(message, place) {
  if (isDeleted(message))
    return [part("deleted", "", () => h("p.tombstone", {}, t("deleted"))), ...replyParts(message, place)];
  const label = marks(message, place);
  return [
    ...(label ? [part("marks", label, () => h("p.marks", {}, label))] : []),
    ...(place.compact ? [] : [part("head", authorOf(message), () => head(message))]),
    ...(isEditing(message) ? [part("editor", "", () => editor(message, place.channel))] : contentParts(message, place)),
    ...(message.files ?? []).map((file) => part(`file-${file.id}`, file, () => fileCard(file))),
    ...reactionParts(message, place),
    ...replyParts(message, place),
  ];
}

function marks(message, { channel }) {
  if (message.ephemeral) return t("onlyYou");
  return isPinned(message, channel) ? t("pinnedMark") : "";
}

function head(message) {
  const { name, isApp, id } = authorOf(message);
  const outside = outsideTeam(id);
  return h(
    "div.message-head",
    {},
    h("span.author", {}, name),
    isApp && h("span.badge-app", {}, t("app")),
    outside && h("span.badge-app.of-outside", {}, local(outside.name)),
    hourOf("time.sent", Number(message.ts)),
  );
}

function contentParts(message, { channel }) {
  const edited = message.edited ? [part("edited", "", () => h("span.edited", {}, t("edited")))] : [];
  const isTyped = message.text && message.client_msg_id; // the text says more than the blocks made from it
  if (message.blocks?.length && !isTyped)
    return [...blockParts(message.blocks, messageSurface(channel.id, message.ts)), ...edited];
  if (!message.text) return edited;
  const text = () =>
    h("div.text.message-text", {}, mrkdwn(message.text), message.edited && [" ", h("span.edited", {}, t("edited"))]);
  return [part("text", [message.text, Boolean(message.edited)], text)];
}

function reactionParts(message, { channel, canAct }) {
  if (!message.reactions?.length) return [];
  return [
    part("reactions", [message.reactions, canAct], () =>
      h(
        "div.reactions",
        {},
        message.reactions.map((reaction) => pill(reaction, message, channel, canAct)),
      ),
    ),
  ];
}

function pill({ name, users, count }, message, channel, canAct) {
  const mine = users.includes(state.me.id);
  const label = t("reactedBy", { names: users.map(nameOf).join(t("listed")), emoji: `:${name}:` });
  return h(
    "button.pill",
    {
      type: "button",
      title: label,
      "aria-label": `${label} (${count})`,
      "aria-pressed": String(mine),
      "aria-disabled": canAct ? null : "true",
      data: { hold: `react-${name}` },
      onclick: () =>
        canAct && telling(() => state.api.react({ channel: channel.id, ts: message.ts, name, remove: mine })),
    },
    h("span", {}, withSigns(`:${name}:`)),
    h("span.count", {}, String(count)),
  );
}

function replyParts(message, { channel, inThread }) {
  if (!message.reply_count || inThread) return [];
  const { reply_count: count, latest_reply: latest, reply_users: users = [] } = message;
  return [
    part("replies", [count, latest, users], () =>
      h(
        "a.replies",
        { href: channelHash(channel.id, message.ts), data: { hold: "replies" } },
        users.slice(0, 3).map((user) => avatar(user, "tiny")),
        h("span.reply-count", {}, counted(count, "replyOne", "replies")),
        latest && lastReply(Number(latest)),
        h("span.chevron.right", { "aria-hidden": "true" }),
      ),
    ),
  ];
}

function lastReply(seconds) {
  const [lead, tail] = t("lastReply", { when: "|" }).split("|");
  return h("span.last-reply", {}, lead, showTime(h("span"), seconds, "{ago}"), tail);
}
