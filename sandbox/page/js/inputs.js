// Renders the elements in which something is typed: texts, numbers, dates and times.
import { localMinute, momentOf } from "./dates.js";
import { h } from "./dom.js";
import { state } from "./state.js";
import { plainString } from "./text.js";
import { t } from "./words.js";

const FIRST_SENSIBLE_YEAR = "1900";
const zone = () => state.me?.tz || "Asia/Shanghai";

export const textElements = {
  plain_text_input: text,
  rich_text_input: richTextInput,
  email_text_input: typed("email"),
  url_text_input: typed("url"),
  number_input: number,
  datepicker: picker("date", (value) => value >= FIRST_SENSIBLE_YEAR),
  timepicker: picker("time", Boolean),
  datetimepicker: moment,
};

/** Keeps what is typed, and reports it by the element's dispatch_action_config. */
function watch(node, element, report) {
  const triggers = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  node.addEventListener("input", () =>
    report(node.value, node, { silent: !triggers.includes("on_character_entered") }),
  );
  node.addEventListener("keydown", (event) => {
    const enter = event.key === "Enter" && !event.shiftKey && !event.isComposing && !event.ctrlKey && !event.metaKey;
    if (enter && node.localName === "input" && triggers.includes("on_enter_pressed")) report(node.value, node);
  });
  return node;
}

function shared(element, { props, value }) {
  return {
    ...props,
    value: value ?? "",
    placeholder: plainString(element.placeholder) || null,
    autofocus: element.focus_on_load,
  };
}

function text(element, context) {
  const spec = element.multiline ? "textarea.input.multiline" : "input.input";
  const props = {
    ...shared(element, context),
    autocomplete: "off",
    type: element.multiline ? null : "text",
    rows: element.multiline ? 4 : null,
  };
  const node = watch(h(spec, props), element, context.report);
  return element.max_length ? withCounter(node, element.max_length) : node;
}

/** What is formatted stays so until somebody types over it; what is typed here is plain. */
function richTextInput(element, context) {
  const props = shared(element, { ...context, value: charactersOf(context.value) });
  return watch(h("textarea.input.multiline", { ...props, rows: 4 }), element, context.report);
}

function charactersOf(value) {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(charactersOf).join("");
  return value?.text ?? charactersOf(value?.elements ?? []);
}

/** Tells how many characters are left once few are; nothing is cut off, so a paste is never lost. */
function withCounter(node, limit) {
  const counter = h("p.counter", { "aria-live": "polite", hidden: true });
  const count = () => {
    const left = limit - node.value.length;
    counter.hidden = left > Math.min(50, limit / 5);
    counter.classList.toggle("over", left < 0);
    counter.textContent = counter.hidden ? "" : t("charactersLeft", { n: left });
  };
  node.addEventListener("input", count);
  count();
  return h("div.counted", {}, node, counter);
}

function typed(type) {
  return (element, context) =>
    watch(h("input.input", { ...shared(element, context), type, autocomplete: "off" }), element, context.report);
}

function number(element, context) {
  const props = {
    type: "number",
    step: element.is_decimal_allowed ? "any" : "1",
    min: element.min_value,
    max: element.max_value,
  };
  return watch(h("input.input.number", { ...shared(element, context), ...props }), element, context.report);
}

function picker(type, complete) {
  return (element, { props, value, report }) => {
    const node = h("input.input.picker", { ...props, type, value: value ?? "" });
    let told = node.value;
    node.addEventListener("change", async () => {
      if (node.value === told || (node.value && !complete(node.value))) return;
      const earlier = told;
      told = node.value;
      if (!(await report(node.value || null, node))) node.value = told = earlier;
    });
    return node;
  };
}

function moment(element, { props, value, report }) {
  const node = h("input.input.picker", {
    ...props,
    type: "datetime-local",
    value: value ? localMinute(value, zone()) : "",
  });
  node.addEventListener("change", () => {
    if (node.value && node.value < FIRST_SENSIBLE_YEAR) return;
    report(node.value ? momentOf(node.value, zone()) : null, node);
  });
  return node;
}
