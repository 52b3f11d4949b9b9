// Shows where one can go: apps, channels and direct messages, with what is unread.
import { developerButton } from "./developer.js";
import { h, icon, iconButton } from "./dom.js";
import { closeMenu, openPanel } from "./menu.js";
import { avatar, switcher } from "./people.js";
import {
  channelHash,
  channelName,
  colleagues,
  homeHash,
  isAdmin,
  isFramed,
  myApps,
  nameOf,
  splitAddress,
  state,
  teamById,
} from "./state.js";
import { sync } from "./sync.js";
import { telling } from "./toast.js";
import { local, t } from "./words.js";

/** The side bar's node; `showSidebar` fills it. */
export function sidebarShell() {
  return h(
    "nav.sidebar",
    { id: "sidebar", "aria-label": t("sidebar") },
    h("div.sidebar-head"),
    h("div.sidebar-lists"),
    h(
      "div.sidebar-foot",
      {},
      h("span.product", {}, h("span.product-sign", { "aria-hidden": "true" }), t("product")),
      !isFramed && splitLink(),
      developerButton(),
    ),
  );
}

function splitLink() {
  const label = t("splitView");
  return h("a.icon-button", { href: splitAddress(state.me.id), "aria-label": label, title: label }, icon("split"));
}

const member = (channel) => channel.is_member && !channel.is_archived;
const isDirect = (channel) => channel.kind === "im" || channel.kind === "mpim";

export function showSidebar(node) {
  const [head, lists] = node.children;
  const rooms = state.channels.filter((channel) => !isDirect(channel));
  sync(head, [{ key: "switcher", sig: state.me.id, make: switcher }]);
  sync(
    lists,
    [
      section("apps", t("apps"), [
        ...myApps().filter((app) => app.home_tab !== false).map(appRow),
        ...(isAdmin(state.me) ? state.world.installable.filter((app) => app.team === state.me.team).map(installRow) : []),
      ]),
      section("invites", t("invites"), state.invites.map(inviteRow)),
      section("channels", t("channels"), rooms.filter(member).map(channelRow)),
      section("direct", t("directMessages"), state.channels.filter(isDirect).map(channelRow), newMessage),
      section("joinable", t("joinable"), rooms.filter((room) => !room.is_member && !room.is_archived).map(channelRow)),
      section("archived", t("archivedChannels"), rooms.filter((room) => room.is_archived).map(channelRow)),
    ].filter(Boolean),
  );
}

function section(key, title, rows, extra) {
  if (!rows.length && !extra) return null;
  const patch = (node) => {
    sync(node.lastChild, rows);
    return node;
  };
  return {
    key,
    sig: JSON.stringify([title, rows.map((row) => row.sig)]),
    patch,
    make: () =>
      patch(
        h(
          `section.side-section.of-${key}`,
          { "aria-label": title },
          h("div.side-title", {}, h("h2", {}, title), extra?.()),
          h("div.side-rows"),
        ),
      ),
  };
}

function appRow(app) {
  const current = state.route.home === app.id;
  return {
    key: app.id,
    sig: JSON.stringify([app.id, current]),
    make: () =>
      h(
        "a.side-row",
        { href: homeHash(app.id), "aria-current": current ? "page" : null, data: { app: app.id, hold: app.id } },
        avatar(app.bot_user_id, "tiny", app.name),
        h("span.side-name", {}, app.name),
      ),
  };
}

/** An app that this workspace does not have, with the way to its own page. */
function installRow(app) {
  return {
    key: `install-${app.id}`,
    sig: app.install_url,
    make: () =>
      h(
        "a.side-row",
        { href: app.install_url, target: "_blank", rel: "noopener", data: { install: app.id } },
        h("span.side-sign", { "aria-hidden": "true" }, "+"),
        h("span.side-name", {}, t("install", { name: app.name })),
      ),
  };
}

/** An invitation into another company's channel; an admin's is the request to agree. */
function inviteRow(invite) {
  const team = local(teamById(invite.team)?.name ?? invite.team);
  const what = invite.accepted_by
    ? t("inviteToApprove", { name: nameOf(invite.accepted_by), channel: invite.channel, team })
    : t("inviteFrom", { channel: invite.channel, team });
  const button = (style, label, act) =>
    h(`button.kit-button.style-${style}`, { type: "button", onclick: () => telling(() => act({ invite: invite.id })) }, label);
  const agree = invite.accepted_by
    ? button("primary", t("inviteApprove"), state.api.approve)
    : button("primary", t("inviteAccept"), state.api.accept);
  return {
    key: invite.id,
    sig: JSON.stringify([invite, what]),
    make: () =>
      h(
        "div.side-invite",
        { data: { invite: invite.id } },
        h("p", {}, what, invite.limited && !invite.accepted_by && ` ${t("inviteLimited")}`),
        h("div.side-invite-actions", {}, agree, button("default", t("inviteDecline"), state.api.decline)),
      ),
  };
}

function channelRow(channel) {
  const current = state.route.channel === channel.id;
  const { id, unread = 0, kind, is_member: joined } = channel;
  return {
    key: id,
    sig: JSON.stringify([id, channelName(id), current, unread, kind, joined, channel.teams]),
    make: () =>
      h(
        unread ? "a.side-row.unread" : "a.side-row",
        {
          href: channelHash(id),
          "aria-current": current ? "page" : null,
          data: { channel: id, hold: id },
        },
        sign(channel),
        h("span.side-name", {}, channelName(id)),
        kind === "group" && h("span.sr-only", {}, t("private")),
        channel.teams.length > 1 && h("span.shared-mark", { title: t("sharedChannel") }, icon("shared"), h("span.sr-only", {}, t("sharedChannel"))),
        unread > 0 &&
          h("span.count", { "aria-label": t("unread", { n: unread }) }, unread > 99 ? "99+" : String(unread)),
      ),
  };
}

function sign(channel) {
  if (isDirect(channel)) {
    const other = (channel.members ?? []).find((user) => user !== state.me.id) ?? state.me.id;
    return avatar(other, "tiny");
  }
  return h("span.side-sign", { "aria-hidden": "true" }, channel.kind === "group" ? icon("lock") : "#");
}

function newMessage() {
  const button = iconButton(
    "plus",
    t("newMessage"),
    () => {
      const others = colleagues().filter((person) => person.id !== state.me.id);
      openPanel(button, h("div.people-panel", {}, others.map(personChoice)), t("newMessage"));
    },
    { "aria-haspopup": "dialog" },
  );
  return button;
}

function personChoice(person) {
  return h(
    "button.person",
    { type: "button", onclick: () => startDirect(person.id) },
    avatar(person.id, "small"),
    h(
      "span.person-words",
      {},
      h("span.person-name", {}, person.real_name || person.name),
      h("span.person-title", {}, local(person.group)),
    ),
  );
}

async function startDirect(user) {
  closeMenu();
  const answer = await telling(() => state.api.open({ users: [user] }));
  if (answer) location.hash = channelHash(answer.channel.id ?? answer.channel);
}
