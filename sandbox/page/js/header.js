// Shows a channel's head: its name, topic, members, pins and bookmarks, and what one can do with it.
import { h, icon, iconButton } from "./dom.js";
import { jumpTo } from "./list.js";
import { confirmed } from "./dialogs.js";
import { closeMenu, openMenu, openPanel } from "./menu.js";
import { inline, link } from "./mrkdwn.js";
import { personRow } from "./people.js";
import { withSigns } from "./signs.js";
import { authorOf, channelName, colleagues, homeHash, isAdmin, myApps, nameOf, state, teamById } from "./state.js";
import { sync } from "./sync.js";
import { withoutMarks } from "./text.js";
import { telling } from "./toast.js";
import { counted, local, t } from "./words.js";

export const titleOf = (channel) => (channel.kind === "im" ? channelName(channel.id) : `#${channelName(channel.id)}`);

/** Fills `node` for `channel`; `messages` are those on show, for the pins. */
export function showHeader(node, channel, messages) {
  const pins = (channel.pins ?? []).map((ts) => messages.find((message) => message.ts === ts)).filter(Boolean);
  sync(node, [
    part("title", [channel.id, channelName(channel.id), channel.topic, channel.kind, channel.teams], () => title(channel)),
    part("tools", [channel, pins.map(({ ts, text }) => [ts, text])], () => tools(channel, pins)),
    ...(channel.bookmarks?.length ? [part("bookmarks", channel.bookmarks, () => bookmarks(channel))] : []),
  ]);
}

const part = (key, data, make) => ({ key, sig: JSON.stringify(data), make });

function title(channel) {
  const topic = local(channel.topic);
  const sign = { group: icon("lock"), channel: "#" }[channel.kind];
  return h(
    "div.room-title",
    {},
    h(
      "h1",
      {},
      sign && h("span.room-sign", { "aria-hidden": "true" }, sign),
      channelName(channel.id),
      channel.kind === "group" && h("span.sr-only", {}, t("private")),
    ),
    sharedWith(channel),
    topic && h("p.topic", { title: withoutMarks(topic) }, inline(topic)),
  );
}

function sharedWith(channel) {
  const others = channel.teams.filter((team) => team !== state.me.team).map((team) => local(teamById(team)?.name ?? team));
  return others.length > 0 && h("p.shared-with", {}, t("sharedWith", { teams: others.join(", ") }));
}

async function disconnect(channel) {
  const agreed = await confirmed({
    title: { type: "plain_text", text: t("disconnect") },
    text: { type: "plain_text", text: t("disconnectText") },
    style: "danger",
  });
  if (agreed) await telling(() => state.api.disconnect({ channel: channel.id }));
}

function tools(channel, pins) {
  const direct = channel.kind === "im";
  return h(
    "div.room-tools",
    {},
    direct && homeTab(channel),
    pins.length > 0 && panelButton("pin", t("pinned", { n: pins.length }), t("pinnedTitle"), () => pinList(pins)),
    !direct &&
      panelButton(
        "people",
        counted(channel.members.length, "memberOne", "members"),
        t("membersTitle", { name: titleOf(channel) }),
        () => memberList(channel),
      ),
    !direct && channel.is_member && !channel.is_archived && channelMenu(channel),
  );
}

function homeTab(channel) {
  const app = myApps().find((one) => one.home_tab !== false && channel.members?.includes(one.bot_user_id));
  return app && h("a.tool", { href: homeHash(app.id) }, icon("home"), h("span", {}, t("home")));
}

function panelButton(sign, words, label, content) {
  const button = h(
    "button.tool",
    {
      type: "button",
      "aria-haspopup": "dialog",
      "aria-expanded": "false",
      data: { hold: `tool-${sign}` },
      onclick: () => openPanel(button, content(), label),
    },
    icon(sign),
    h("span", {}, words),
  );
  return button;
}

function pinList(pins) {
  return h(
    "div.pin-list",
    {},
    h("h2.panel-title", {}, t("pinnedTitle")),
    pins.map((message) =>
      h(
        "button.pin",
        {
          type: "button",
          onclick: () => {
            closeMenu();
            jumpTo(message.ts);
          },
        },
        h("span.author", {}, authorOf(message).name),
        h("span.pin-text", {}, withoutMarks(message.text ?? "")),
      ),
    ),
  );
}

function memberList(channel) {
  const mayChange = channel.is_member && !channel.is_archived;
  const remove = (user) =>
    mayChange &&
    user !== state.me.id &&
    iconButton("close", t("removeMember", { name: nameOf(user) }), () => {
      closeMenu(true);
      telling(() => state.api.kick({ channel: channel.id, user }));
    });
  return h(
    "div.people-panel",
    {},
    h("h2.panel-title", {}, t("membersTitle", { name: titleOf(channel) })),
    mayChange && inviteSelect(channel),
    channel.members.map((user) => personRow(user, remove(user))),
  );
}

function inviteSelect(channel) {
  const apps = myApps().map((app) => ({ id: app.bot_user_id, name: app.name }));
  const absent = [...colleagues(), ...apps].filter((one) => !channel.members.includes(one.id));
  if (!absent.length) return null;
  const select = h(
    "select.input.select",
    { "aria-label": t("addPeople") },
    h("option", { value: "" }, t("addPeople")),
    absent.map((one) => h("option", { value: one.id }, one.real_name || one.name)),
  );
  select.addEventListener("change", () => {
    closeMenu(true);
    telling(() => state.api.invite({ channel: channel.id, user: select.value }));
  });
  return select;
}

function channelMenu(channel) {
  const target = { channel: channel.id };
  const items = [
    { label: t("leave"), pick: () => telling(() => state.api.leave(target)) },
    ...(isAdmin(state.me) && channel.teams.length > 1
      ? [{ label: t("disconnect"), danger: true, pick: () => disconnect(channel) }]
      : []),
    ...(isAdmin(state.me)
      ? [{ label: t("archive"), danger: true, pick: () => telling(() => state.api.archive(target)) }]
      : []),
  ];
  const button = iconButton("dots", t("channelMenu"), () => openMenu(button, items, t("channelMenu")), {
    "aria-haspopup": "menu",
    "aria-expanded": "false",
    data: { hold: "tool-menu" },
  });
  return button;
}

function bookmarks(channel) {
  return h(
    "div.bookmarks",
    { role: "navigation", "aria-label": t("bookmarks") },
    channel.bookmarks.map(({ title: words, link: address, emoji }) => {
      const sign = h("span.bookmark-sign", { "aria-hidden": "true" }, emoji ? withSigns(emoji) : "↗");
      return h("span.bookmark", {}, sign, link(address, words));
    }),
  );
}
