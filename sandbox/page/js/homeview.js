// Shows an app's Home as the app published it for this person.
import { blockParts } from "./blocks.js";
import { confirmed } from "./dialogs.js";
import { showJson } from "./developer.js";
import { h, icon, iconButton } from "./dom.js";
import { avatar } from "./people.js";
import { appById, channelHash, isAdmin, state } from "./state.js";
import { viewSurface } from "./surfaces.js";
import { sync } from "./sync.js";
import { telling } from "./toast.js";
import { t } from "./words.js";

export function homeView(appId, { toggleSidebar }) {
  const app = appById(appId);
  const inner = h("div.home-inner");
  const surface = viewSurface();
  const node = h(
    "main.room.home",
    { "aria-label": t("said", { name: app.name, text: t("home") }), data: { app: appId } },
    h(
      "header.room-head",
      {},
      iconButton("menu", t("openSidebar"), toggleSidebar, { class: "icon-button only-narrow" }),
      h(
        "div.room-head-parts",
        {},
        h("div.room-title", {}, h("h1", {}, avatar(app.bot_user_id, "small", app.name), app.name)),
        h("div.room-tools", {}, messagesTab(app), jsonButton(app), isAdmin(state.me) && uninstallButton(app)),
      ),
    ),
    h("div.home-scroll", { tabindex: 0, "aria-label": t("home"), role: "region" }, inner),
  );
  let view;

  function show() {
    if (view === undefined) return;
    if (view) surface.follow(view);
    sync(inner, view ? blockParts(view.blocks, surface) : [emptyPart()]);
  }

  async function load() {
    const ask = view === undefined ? () => state.api.home({ app: appId }) : () => state.api.homeView(appId);
    const answer = await telling(ask);
    if (answer) view = answer.view;
    show();
  }

  return { node, show, load, focus: () => {} };
}

const emptyPart = () => ({ key: "empty", sig: "", make: () => h("p.empty-note", {}, t("homeEmpty")) });

const jsonButton = (app) => iconButton("braces", t("showJson"), () => showJson({ home: app.id }));

function uninstallButton(app) {
  const label = t("uninstall", { name: app.name });
  const remove = async () => {
    const agreed = await confirmed({
      title: { type: "plain_text", text: label },
      text: { type: "plain_text", text: t("uninstallText") },
      style: "danger",
    });
    if (agreed) await telling(() => state.api.uninstall({ app: app.id }));
  };
  return iconButton("close", label, remove);
}

function messagesTab(app) {
  const open = async () => {
    const answer = await telling(() => state.api.open({ users: [app.bot_user_id] }));
    if (answer) location.hash = channelHash(answer.channel.id);
  };
  return h("button.tool", { type: "button", onclick: open }, icon("reply"), h("span", {}, t("messages")));
}
