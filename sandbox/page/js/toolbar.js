// Offers what can be done with a message: react, reply, edit, delete, and the apps' message shortcuts.
import { showJson } from "./developer.js";
import { confirmed } from "./dialogs.js";
import { h, iconButton } from "./dom.js";
import { beginEditing } from "./edit.js";
import { REACTIONS } from "./emoji.js";
import { closeMenu, openMenu, openPanel } from "./menu.js";
import { withSigns } from "./signs.js";
import { channelHash, isAdmin, myApps, state } from "./state.js";
import { telling } from "./toast.js";
import { local, t } from "./words.js";

export function toolbar(message, place) {
  const node = bar();
  const add = (name, label, onclick, props = {}) => {
    const button = iconButton(name, label, () => onclick(button), {
      data: { hold: `tool-${name}-${message.ts}` },
      ...props,
    });
    node.append(button);
  };
  add("smile", t("react"), (button) => pickReaction(button, message, place), { "aria-haspopup": "dialog" });
  if (!place.inThread) add("reply", t("replyInThread"), () => reply(message, place));
  node.append(jsonButton(message, place));
  const items = actions(message, place);
  if (items.length) add("dots", t("more"), (button) => openMenu(button, items, t("more")), { "aria-haspopup": "menu" });
  return node;
}

const bar = (...buttons) => h("div.toolbar", { role: "toolbar", "aria-label": t("more") }, buttons);

/** An ephemeral message can only be put out of sight. */
export function dismissBar(message, place) {
  const { channel } = place;
  const dismiss = () => telling(() => state.api.remove({ channel: channel.id, ts: message.ts }));
  return bar(jsonButton(message, place), iconButton("close", t("dismiss"), dismiss));
}

/** What can be read can be looked at closely, too. */
export const readingBar = (message, place) => bar(jsonButton(message, place));

function jsonButton({ ts, thread_ts: thread }, { channel, inThread }) {
  const subject = { channel: channel.id, thread: inThread ? thread : undefined, ts };
  return iconButton("braces", t("showJson"), () => showJson(subject), { data: { hold: `tool-json-${ts}` } });
}

function reply(message, { channel }) {
  location.hash = channelHash(channel.id, message.thread_ts ?? message.ts);
}

function pickReaction(button, message, { channel }) {
  const choices = REACTIONS.map((name) =>
    h(
      "button.reaction-choice",
      {
        type: "button",
        "aria-label": `:${name}:`,
        title: `:${name}:`,
        onclick: () => {
          closeMenu(true);
          telling(() => state.api.react({ channel: channel.id, ts: message.ts, name }));
        },
      },
      withSigns(`:${name}:`),
    ),
  );
  openPanel(button, h("div.reaction-choices", {}, choices), t("react"));
}

function actions(message, place) {
  const mine = message.user === state.me.id && !message.bot_id;
  return [
    ...(mine ? [{ label: t("edit"), pick: () => beginEditing(message) }] : []),
    ...shortcuts("message", { channel: place.channel.id, ts: message.ts }),
    ...(mine || isAdmin(state.me) ? [{ label: t("remove"), danger: true, pick: () => remove(message, place) }] : []),
  ];
}

/** Menu items for the apps' shortcuts of `type`, run on `target`. */
export function shortcuts(type, target = {}) {
  return myApps().flatMap((app) =>
    (app.shortcuts ?? [])
      .filter((shortcut) => shortcut.type === type)
      .map(({ name, callback_id }) => ({
        label: local(name),
        detail: app.name,
        pick: () => telling(() => state.api.shortcut({ callback_id, ...target })),
      })),
  );
}

async function remove(message, { channel }) {
  const words = (key) => ({ type: "plain_text", text: t(key) });
  const agreed = await confirmed({
    title: words("removeTitle"),
    text: words("removeText"),
    confirm: words("removeYes"),
    style: "danger",
  });
  if (agreed) await telling(() => state.api.remove({ channel: channel.id, ts: message.ts }));
}
