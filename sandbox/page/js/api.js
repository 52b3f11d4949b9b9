// Speaks the sandbox's control API, so that no other module knows an address.

/** What the sandbox refused, with the sentence to show. */
class Refused extends Error {
  constructor(answer) {
    super(answer.message || answer.error);
    this.code = answer.error;
  }
}

async function request(path, options = {}) {
  const response = await fetch(`/control/${path}`, options);
  const answer = await response.json();
  if (!answer.ok) throw new Refused(answer);
  return answer;
}

function posted(path, body) {
  return request(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
}

export const world = () => request("world");

/** What an app asks for in the query of its authorize address. */
export const consent = (query) => request(`consent?${new URLSearchParams(query)}`);

/** The call log from number `since` on, and all of it as a file. */
export const calls = (since) => request(`calls?since=${since}`);
export const CALLS_FILE = "/control/calls.jsonl";

export const faults = () => request("faults");
export const addFault = (rule) => posted("faults", rule);
export const removeFault = (id) => request(`faults?id=${id}`, { method: "DELETE" });
export const limitRates = (on) => posted("rate-limits", { on });
export const moveClock = (seconds) => posted("clock", { seconds });

/** Everything that can be asked and done as one person. */
export function asPerson(user) {
  const base = `as/${encodeURIComponent(user)}`;
  const act = (verb) => (body) => posted(`${base}/${verb}`, body);
  return {
    user,
    channels: () => request(`${base}/channels`),
    messages: (channel, thread) =>
      request(`${base}/channels/${channel}/messages${thread ? `?thread_ts=${thread}` : ""}`),
    invites: () => request(`${base}/invites`),
    accept: act("accept"),
    decline: act("decline"),
    approve: act("approve"),
    disconnect: act("disconnect"),
    allow: act("allow"),
    deny: act("deny"),
    uninstall: act("uninstall"),
    views: () => request(`${base}/views`),
    homeView: (app) => request(`${base}/home?app=${app}`),
    post: act("post"),
    edit: act("edit"),
    remove: act("delete"),
    react: act("react"),
    command: act("command"),
    click: act("click"),
    suggestions: act("suggestions"),
    submit: act("submit"),
    close: act("close"),
    home: act("home"),
    shortcut: act("shortcut"),
    join: act("join"),
    leave: act("leave"),
    invite: act("invite"),
    kick: act("kick"),
    archive: act("archive"),
    open: act("open"),
    read: act("read"),
    upload: (form) => request(`${base}/upload`, { method: "POST", body: form }),
    fileAddress: (file) => `/control/${base}/files/${file}`,
    liveAddress: () => `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/control/${base}/live`,
  };
}
