// Starts the page: reads who one is and where from the address, draws it, and keeps it fresh.
import { asPerson, world } from "./api.js";
import { setClock, startTicking } from "./clock.js";
import { closeDeveloper, developerNoticed, renewDeveloper } from "./developer.js";
import { h } from "./dom.js";
import { onEditing } from "./edit.js";
import { homeView } from "./homeview.js";
import { coalesced, listen } from "./live.js";
import { closeMenu } from "./menu.js";
import { loadModals, showModals } from "./modals.js";
import { startScreen } from "./people.js";
import { roomView } from "./roomview.js";
import { showSidebar, sidebarShell } from "./sidebar.js";
import { appById, channelById, channelHash, messageHash, personById, readRoute, state } from "./state.js";
import { sync } from "./sync.js";
import { threadView } from "./threadview.js";
import { telling } from "./toast.js";
import { tourParts } from "./tour.js";
import { speak, t, teach } from "./words.js";

const root = document.getElementById("app");
const frame = { shell: null, sidebar: null, place: null, thread: null, stop: () => {} };
// --- people: entering and leaving ---

async function enter(person) {
  frame.stop();
  showModals([]);
  Object.assign(state, { me: person, api: asPerson(person.id), channels: [], invites: [] });
  speak(person.locale);
  Object.assign(frame, { place: null, thread: null, sidebar: sidebarShell() });
  const banner = h("div.banner", { role: "status", hidden: true });
  frame.shell = h("div.shell", {}, frame.sidebar, h("div.stage"), banner);
  root.replaceChildren(frame.shell);
  renewDeveloper();
  frame.sidebar.addEventListener("click", (event) => event.target.closest("a") && toggleSidebar(false));
  frame.shell.addEventListener("keydown", (event) => event.key === "Escape" && toggleSidebar(false));
  await Promise.all([loadChannels(), loadInvites()]);
  frame.stop = listen(state.api.liveAddress(), {
    open: () => {
      banner.hidden = true;
      refreshAll();
    },
    lost: () => {
      banner.textContent = t("reconnecting");
      banner.hidden = false;
    },
    notice: noticed,
  });
}

function leave() {
  frame.stop();
  frame.stop = () => {};
  showModals([]);
  closeDeveloper();
  Object.assign(state, { me: null, api: null, channels: [] });
  speak(navigator.language);
  document.title = t("product");
  root.replaceChildren(startScreen());
}

// --- places: what the address names ---

async function follow() {
  closeMenu();
  const route = readRoute(location.hash);
  const person = personById(route.user);
  if (!person) return leave();
  if (state.me?.id !== person.id) await enter(person);
  if (!route.channel && !route.home) return location.replace(entrance());
  const moved = place(route);
  state.route = route;
  show();
  if (route.at) frame.place.goTo?.(route.at);
  else if (moved) frame.place.focus();
  return undefined;
}

/** Where a person's window begins: at the message whose own address was opened, or in their first channel. */
function entrance() {
  return messageHash(location.pathname) ?? channelHash(firstChannel());
}

function firstChannel() {
  const open = state.channels.filter((channel) => channel.is_member && !channel.is_archived);
  return (open.find((channel) => channel.kind !== "im") ?? open[0] ?? state.channels[0])?.id ?? "none";
}

/** Puts the named place on the stage; true when it was not there before. */
function place(route) {
  const earlier = state.route;
  const same =
    frame.place && earlier.channel === route.channel && earlier.home === route.home && earlier.user === route.user;
  if (!same) {
    frame.place = placeOf(route);
    frame.thread = null;
    frame.shell.querySelector(".stage").replaceChildren(frame.place.node);
    refresh(frame.place);
  }
  if (earlier.thread !== route.thread || !same) placeThread(route);
  return !same;
}

function placeOf(route) {
  if (route.home && appById(route.home)) return homeView(route.home, { toggleSidebar });
  const channel = channelById(route.channel);
  if (!channel) return nowhere();
  return roomView(channel, { toggleSidebar });
}

function nowhere() {
  const node = h("main.room.nowhere", {}, h("h1", {}, t("unknownPlace")), h("p", {}, t("unknownPlaceHint")));
  return { node, show: () => {}, load: async () => {}, focus: () => {}, isNowhere: true };
}

function placeThread({ channel, thread }) {
  const hadFocus = frame.thread?.node.contains(document.activeElement);
  frame.thread?.node.remove();
  frame.thread = thread && channelById(channel) ? threadView(channel, thread) : null;
  frame.shell.classList.toggle("with-thread", Boolean(frame.thread));
  if (!frame.thread) {
    if (hadFocus) frame.place.focus();
    return;
  }
  frame.shell.querySelector(".stage").append(frame.thread.node);
  refresh(frame.thread).then(() => frame.thread?.focus());
}

// --- keeping fresh ---

const refresh = (part) => telling(() => part.load());

async function loadChannels() {
  const answer = await telling(() => state.api.channels());
  if (answer) state.channels = answer.channels;
}

async function loadInvites() {
  const answer = await telling(() => state.api.invites());
  if (answer) state.invites = answer.invites;
}

const refreshChannels = coalesced(async () => {
  await Promise.all([loadChannels(), loadInvites()]);
  const { channel } = state.route;
  const isThere = Boolean(channelById(channel));
  if (channel && frame.place && isThere === Boolean(frame.place.isNowhere)) frame.place = null;
  if (!frame.place) place(state.route);
  show();
});
const refreshPlace = coalesced(async () => {
  await Promise.all([frame.place?.load(), frame.thread?.load()]);
  markRead();
});
const refreshModals = coalesced(loadModals);
const refreshClock = coalesced(async () => setClock(await world()));
const refreshWorld = coalesced(async () => {
  state.world = await world();
  if (state.route.home && !appById(state.route.home)) location.hash = channelHash(firstChannel());
  show();
});

function refreshAll() {
  refreshClock();
  refreshChannels();
  refreshPlace();
  refreshModals();
}

function noticed(notice) {
  const { type, channel } = notice;
  developerNoticed(notice);
  if (type === "views") return refreshModals();
  if (type === "apps") return refreshWorld();
  if (type === "home") return state.route.home && refreshPlace();
  if (type === "messages" && channel === state.route.channel) refreshPlace();
  return refreshChannels();
}

function markRead() {
  const channel = channelById(state.route.channel);
  if (channel?.unread && channel.is_member && document.visibilityState === "visible") {
    telling(() => state.api.read({ channel: channel.id }));
  }
}

// --- drawing ---

function show() {
  if (!state.me || !frame.place) return;
  showSidebar(frame.sidebar);
  frame.place.show();
  frame.thread?.show();
  showTour();
  const unread = state.channels.reduce((sum, channel) => sum + (channel.unread ?? 0), 0);
  const here = frame.place.node.getAttribute("aria-label") ?? "";
  document.title = `${unread ? `(${unread}) ` : ""}${[here, t("product")].filter(Boolean).join(" · ")}`;
  markRead();
}

function showTour() {
  let dock = frame.shell.querySelector(".tour-dock");
  if (!dock) frame.shell.append((dock = h("div.tour-dock")));
  sync(dock, tourParts(showTour));
  frame.shell.classList.toggle("with-tour", Boolean(dock.querySelector(".tour")));
}

function toggleSidebar(open) {
  frame.shell.classList.toggle("sidebar-open", typeof open === "boolean" ? open : undefined);
}

async function start() {
  speak(navigator.language);
  const answer = await telling(world);
  if (!answer) return setTimeout(start, 2000);
  state.world = answer;
  teach(answer.translations);
  setClock(answer);
  startTicking();
  onEditing(show);
  window.addEventListener("hashchange", follow);
  document.addEventListener("visibilitychange", () => state.me && refreshAll());
  return follow();
}

start();
