// Holds what the page knows: the world, the chosen person, and what they look at.

export const state = {
  world: { teams: [], people: [], apps: [], installable: [] }, // an app stands there once for each workspace that has it
  me: null, // the chosen person, from world.people
  api: null, // the control API as that person
  channels: [],
  invites: [], // Slack Connect: what the chosen person is asked
  route: {}, // {user, channel, thread, at, home}
};

export const personById = (id) => state.world.people.find((person) => person.id === id);
export const teamById = (id) => state.world.teams.find((team) => team.id === id);
export const teamOf = (person) => teamById(person?.team);

/** The workspace of a person or bot from outside; nothing for one's own. */
export function outsideTeam(user) {
  const team = (personById(user) ?? appOfBot(user))?.team;
  return team && team !== state.me?.team ? teamById(team) : undefined;
}
/** What the chosen person's own workspace has: commands, shortcuts and Homes of others do not exist for them. */
export const myApps = () => state.world.apps.filter((app) => app.team === state.me?.team);
export const colleagues = () => state.world.people.filter((person) => person.team === state.me?.team);
export const appById = (id) => myApps().find((app) => app.id === id);
export const appOfBot = (user) => state.world.apps.find((app) => app.bot_user_id === user);
export const channelById = (id) => state.channels.find((channel) => channel.id === id);

/** The name of a person or a bot; an id that nobody has is shown as it is. */
export function nameOf(user) {
  const person = personById(user);
  if (person) return person.real_name || person.name;
  return appOfBot(user)?.name ?? user;
}

/** The name of a channel as a person sees it, without the number sign. */
export function channelName(id) {
  const channel = channelById(id);
  return channel ? channel.display_name || channel.name || id : id;
}

/** People in the order of the configuration, as [group, people] pairs. */
export function groups() {
  const byGroup = new Map();
  for (const person of state.world.people) {
    const group = person.group || teamOf(person)?.name || "";
    byGroup.set(group, [...(byGroup.get(group) ?? []), person]);
  }
  return [...byGroup];
}

/** Who wrote `message`: `{name, isApp, id}`. */
export function authorOf(message) {
  const isApp = Boolean(message.bot_id);
  const name = message.username || (isApp && message.bot_profile?.name) || nameOf(message.user ?? message.bot_id);
  return { name, isApp, id: message.user ?? message.bot_id ?? "" };
}

export const isAdmin = (person) => Boolean(person?.admin || person?.is_admin);

// --- addresses: everything a window shows stands in its hash, so that it can be linked to ---

export const personHash = (user) => `#/${user}`;
/** Two people side by side; in a frame of that view there is no way further in. */
export const splitAddress = (user = "") => `/split#/${user}`;
export const isFramed = window.top !== window;
export const channelHash = (channel, thread) => `#/${state.me.id}/${channel}${thread ? `/thread/${thread}` : ""}`;
export const homeHash = (app) => `#/${state.me.id}/home/${app}`;

/** The hash of a message's own address (`/mill-street/archives/C0ROOM/p1764000000000100`) here; nothing for any other address. */
export function messageHash(address) {
  const match = address.replace(location.origin, "").match(/^\/[a-z0-9-]+\/archives\/(\w+)(?:\/p(\d+)(\d{6}))?(\?.*)?$/);
  if (!match) return undefined;
  const [, channel, seconds, micros, query] = match;
  const thread = new URLSearchParams(query ?? "").get("thread_ts");
  const place = channelHash(channel, thread);
  return seconds && !thread ? `${place}/at/${seconds}.${micros}` : place;
}

export function readRoute(hash) {
  const [user, second, third, fourth] = hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
  if (second === "home") return { user, home: third };
  const only = (name) => (third === name ? fourth : undefined);
  return { user, channel: second, thread: only("thread"), at: only("at") };
}
