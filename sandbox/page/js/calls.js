// The call log in the drawer: what apps asked of the Web API, newest first.
import { CALLS_FILE, calls } from "./api.js";
import { written } from "./clock.js";
import { h } from "./dom.js";
import { jsonText } from "./json.js";
import { state, teamById } from "./state.js";
import { sync } from "./sync.js";
import { local, t } from "./words.js";

const KEPT = 1000; // calls that the page remembers; the file has all
const SHOWN = 200; // rows at a time
const BEYOND = 999_999_999_999; // no log is so long: answers with where it ends

export function callsView() {
  const search = h("input.input", { type: "search", placeholder: t("callFilter"), "aria-label": t("callFilter") });
  const refused = h("input", { type: "checkbox" });
  const told = h("span.drawer-note", { role: "status" });
  const rows = h("div.call-rows");
  const node = h(
    "div.calls",
    {},
    h(
      "div.drawer-bar",
      {},
      search,
      h("label.option", {}, refused, t("callsRefused")),
      told,
      h("a.kit-button.style-default", { href: CALLS_FILE, download: "calls.jsonl" }, t("callsExport")),
    ),
    rows,
  );
  let known = [];
  let next = null;
  search.addEventListener("input", show);
  refused.addEventListener("change", show);

  const fits = ({ method, ok }) => method.toLowerCase().includes(search.value.trim().toLowerCase()) && !(refused.checked && ok);

  function show() {
    const found = known.filter(fits);
    const shown = found.slice(0, SHOWN);
    told.textContent = t(shown.length < found.length ? "callsLatest" : "callsShown", { n: shown.length, all: next ?? 0 });
    sync(rows, shown.length ? [headPart, ...shown.map(rowPart)] : [emptyPart(known.length)]);
  }

  async function load() {
    const isFirst = next === null;
    if (isFirst) next = Math.max(0, (await calls(BEYOND)).next - KEPT);
    const answer = await calls(next);
    const hasBegunAnew = answer.next < next;
    if (hasBegunAnew) known = [];
    else known = [...answer.calls.reverse(), ...known].slice(0, KEPT);
    next = hasBegunAnew ? null : answer.next;
    if (hasBegunAnew) await load();
    else if (isFirst || answer.calls.length) show();
  }

  return { node, load, polls: true };
}

const emptyPart = (known) => {
  const sentence = t(known ? "callsNoMatch" : "callsNone");
  return { key: "empty", sig: sentence, make: () => h("p.empty-note", {}, sentence) };
};

const headPart = {
  key: "head",
  sig: "",
  make: () =>
    h(
      "div.call-line.call-head",
      { "aria-hidden": "true" },
      ["callTime", "callMethod", "callApp", "callAnswer", "callTook"].map((key) => h("span", {}, t(key))),
    ),
};

const rowPart = (call) => ({ key: `call-${call.n}`, sig: "", make: () => row(call) });

function row(call) {
  const node = h(
    call.ok ? "details.call" : "details.call.refused",
    {},
    h(
      "summary.call-line",
      {},
      h("time.raw", { title: written(call.at, "{date_short} {time_secs}") }, written(call.at, "{time_secs}")),
      h("code", {}, call.method),
      h("span.raw.call-app", { title: appOf(call) }, appOf(call)),
      call.ok ? h("span.call-ok", {}, t("callOk")) : h("code.call-error", {}, call.error),
      h("span.raw.call-ms", {}, call.ms.toFixed(1)),
    ),
  );
  node.addEventListener("toggle", () => node.open && node.children.length === 1 && node.append(jsonText(call)));
  return node;
}

function appOf({ app, team }) {
  const name = state.world.apps.find((one) => one.id === app)?.name ?? app ?? "–";
  const isOneOfSeveral = team && state.world.teams.length > 1;
  return isOneOfSeveral ? `${name} · ${local(teamById(team)?.name ?? team)}` : name;
}
