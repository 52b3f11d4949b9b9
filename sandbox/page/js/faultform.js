// The form that adds a fault: it asks only for what concerns the chosen kind, and leaves all judgement to the sandbox.
import { addFault } from "./api.js";
import { h, uniqueId } from "./dom.js";
import { channelName, state } from "./state.js";
import { sync } from "./sync.js";
import { local, refusal, t } from "./words.js";

export const COUNTS = ["seen", "struck", "holding"];

/** What can befall each kind, and what is to be said of it. */
const DOES = {
  call: {
    refused: ["error"],
    limited: ["retry_after"],
    status: ["status"],
    dropped: [],
    slow: ["seconds"],
    garbled: [],
    held: [],
  },
  deliver: { twice: [], late: ["seconds"], held: [], lost: [] },
  sockets: { closed: ["every", "reason"], deaf: ["seconds"] },
  connections: { refused: ["seconds"] },
};
const EVERY = ["share", "count", "after"];
const LIMITS = {
  call: ["team", "channel", ...EVERY],
  deliver: ["team", "channel", ...EVERY],
  sockets: EVERY,
  connections: [],
};
const FLAGS = { call: ["applied", "once"], deliver: ["once"], sockets: [], connections: [] };
const PATTERNS = {
  call: ["chat.*", "chat.postMessage", "chat.update", "conversations.*", "views.*", "*"],
  deliver: ["events_api", "slash_commands", "interactive", "*"],
};
const REASONS = ["warning", "refresh_requested", "link_disabled", "too_many_websockets"];
const EXAMPLES = { error: "internal_error", retry_after: "1, 1-5", status: "503", seconds: "0", share: "0–1", after: "0" };
const NUMBERS = ["retry_after", "status", "seconds", "every", "share", "count", "after"];

export const fieldName = (name) => t(`field_${name}`);

/** What was typed, as a number where it is one; the sandbox says what is wrong with anything else. */
export function numberOf(typed) {
  const number = Number(typed);
  return typed.trim() && Number.isFinite(number) ? number : typed;
}

/** A labelled control. */
export const field = (label, control) => h("label.fault-field", {}, h("span.field-name", {}, label), control);

/** A form with one button; what the sandbox refuses stands below it, in its own words. */
export function sending(spec, label, send, ...fields) {
  const told = h("p.field-error", { role: "alert", hidden: true });
  const form = h(spec, {}, fields, h("button.kit-button.style-primary", {}, label), told);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const error = await send(form).then(() => null, (refused) => refused);
    told.hidden = !error;
    told.textContent = error ? refusal(error) : "";
  });
  return form;
}

/** `onadded` runs after each. */
export function faultForm(onadded) {
  const fields = h("div.fault-fields");
  const add = async (form) => {
    await addFault(ruleIn(form));
    // Which may fail while connections are refused; the list is read again and again.
    await onadded().catch(() => null);
  };
  fields.addEventListener("change", (event) => ["kind", "do"].includes(event.target.name) && show());

  function show() {
    const chosen = (name) => fields.querySelector(`[name=${name}]`)?.value;
    const kind = chosen("kind") ?? "call";
    const whats = Object.keys(DOES[kind]);
    const what = whats.includes(chosen("do")) ? chosen("do") : whats[0];
    sync(fields, parts(kind, whats, what));
  }

  show();
  return h("div", {}, sending("form.fault-form", t("faultAdd"), add, fields));
}

function parts(kind, whats, what) {
  return [
    part("kind", "", () => select("kind", Object.keys(DOES), (one) => t(`kind_${one}`))),
    ...(kind in PATTERNS ? [part("pattern", kind, () => listed("pattern", PATTERNS[kind], PATTERNS[kind][0]))] : []),
    part("do", kind, () => select("do", whats, (one) => t(`do_${one}`))),
    ...DOES[kind][what].map((name) => part(name, `${kind} ${what}`, () => control(name, kind))),
    ...LIMITS[kind].map((name) => part(name, "", () => control(name, kind))),
    ...FLAGS[kind].map((name) => ({ key: name, sig: "", make: () => flag(name) })),
  ];
}

const part = (name, sig, make) => ({ key: name, sig, make: () => field(fieldName(name), make()) });

const flag = (name) => h("label.option.fault-flag", {}, h("input", { type: "checkbox", name }), fieldName(name));

function control(name, kind) {
  if (name === "team") return select(name, ["", ...state.world.teams.map(({ id }) => id)], teamWords);
  if (name === "channel") return listed(name, state.channels.map(({ id }) => [id, channelName(id)]), "", t("fieldAny"));
  if (name === "reason") return select(name, ["", ...REASONS], (one) => one || t("fieldNone"));
  const example = kind === "connections" ? "60" : EXAMPLES[name];
  return h("input.input", { name, placeholder: example ?? t("fieldAny") });
}

const teamWords = (id) => (id ? local(state.world.teams.find((team) => team.id === id).name) : t("fieldAny"));

function select(name, values, words) {
  return h("select.input.select", { name }, values.map((value) => h("option", { value }, words(value))));
}

/** A line of text with suggestions: values, or [value, label]. */
function listed(name, choices, value, placeholder) {
  const list = uniqueId("list");
  const options = choices.map((one) => [one].flat()).map(([id, label]) => h("option", { value: id, label }));
  return [
    h("input.input", { name, value, placeholder, list, spellcheck: "false", autocomplete: "off" }),
    h("datalist", { id: list }, options),
  ];
}

/** The fault as the control API takes it; what is left empty is left out. */
function ruleIn(form) {
  const { kind, pattern, do: what, ...more } = Object.fromEntries(new FormData(form));
  const given = Object.entries(more).filter(([, typed]) => typed !== "");
  const rest = Object.fromEntries(given.map(([name, typed]) => [name, read(name, typed)]));
  return kind in PATTERNS ? { [kind]: pattern, do: what, ...rest } : { [kind]: what, ...rest };
}

function read(name, typed) {
  if (["applied", "once"].includes(name)) return true;
  const span = name === "retry_after" && typed.match(/^\s*(\d+)\s*[-–]\s*(\d+)\s*$/);
  if (span) return [Number(span[1]), Number(span[2])];
  return NUMBERS.includes(name) ? numberOf(typed) : typed;
}
