// Renders the selects whose options an app is asked for while somebody types.
import { h, icon } from "./dom.js";
import { closeMenu, openPanel } from "./menu.js";
import { plainString } from "./text.js";
import { t } from "./words.js";

const PAUSE = 200;
const ASKED_FROM = 3;
/** What each option was called when it was offered, since a view holds no more than its value. */
const names = new Map();

export function searchedOne(element, { props, value, report, suggest }) {
  let chosen = value ?? null;
  const { node, show } = face(element, props);
  const pick = async (option) => {
    closeMenu(true);
    const earlier = chosen;
    chosen = option.value;
    show([chosen]);
    if (await report(chosen, node)) return;
    chosen = earlier;
    show(chosen ? [chosen] : []);
  };
  const choice = (option) =>
    h("button.menu-item", { type: "button", onclick: () => pick(option) }, h("span", {}, plainString(option.text)));
  node.addEventListener("click", () => openPanel(node, search(element, suggest, choice), prompt(element)));
  show(chosen ? [chosen] : []);
  return node;
}

export function searchedMany(element, { props, value, report, suggest }) {
  const chosen = new Set(value ?? []);
  const { node, show } = face(element, props);
  const choice = (option) => {
    const box = h("input", { type: "checkbox", checked: chosen.has(option.value) });
    box.addEventListener("change", () => {
      if (!box.checked) chosen.delete(option.value);
      else if (chosen.size < (element.max_selected_items ?? Infinity)) chosen.add(option.value);
      else box.checked = false;
      show([...chosen]);
      report([...chosen], node, { silent: true });
    });
    return h("label.multi-option", {}, box, h("span", {}, plainString(option.text)));
  };
  node.addEventListener("click", () => {
    const earlier = [...chosen].join();
    openPanel(node, search(element, suggest, choice, () => chosen), prompt(element), () => {
      if ([...chosen].join() !== earlier) report([...chosen], node);
    });
  });
  show([...chosen]);
  return node;
}

const prompt = (element) => plainString(element.placeholder) || t("choose");

/** The button that says what is chosen, and `show(values)` that changes what it says. */
function face(element, props) {
  remember([element.initial_option, ...(element.initial_options ?? [])].filter(Boolean));
  const words = h("span.multi-face");
  const node = h(
    "button.input.select.multi",
    { type: "button", "aria-haspopup": "dialog", "aria-expanded": "false", ...props },
    words,
    icon("down"),
  );
  const show = (values) => {
    node.classList.toggle("empty", !values.length);
    words.replaceChildren(
      ...(values.length ? values.map((value) => h("span.chip", {}, names.get(value) ?? value)) : [prompt(element)]),
    );
  };
  return { node, show };
}

function remember(options) {
  for (const option of options) names.set(option.value, plainString(option.text));
}

/** A field to type in, and below it `choice(option)` for each option that the app offers; before, those `kept`. */
function search(element, suggest, choice, kept = () => []) {
  const least = element.min_query_length ?? ASKED_FROM;
  const found = h("div.found", { "aria-live": "polite" });
  const field = h("input.input", { type: "search", autocomplete: "off", "aria-label": prompt(element) });
  let latest = 0;
  const ask = async () => {
    const asked = ++latest;
    if (field.value.length < least) {
      found.replaceChildren(h("p.hint", {}, t("typeMore", { n: least })), ...[...kept()].map(named).map(choice));
      return;
    }
    const answer = await suggest(field.value);
    if (asked === latest && answer) found.replaceChildren(...offered(answer, choice));
  };
  let waiting;
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, PAUSE);
  });
  ask();
  return h("div.multi-list", {}, field, found);
}

const named = (value) => ({ value, text: { type: "plain_text", text: names.get(value) ?? value } });

function offered(answer, choice) {
  const groups = answer.option_groups ?? [{ options: answer.options }];
  remember(groups.flatMap(({ options }) => options));
  const nodes = groups.flatMap(({ label, options }) => [
    ...(label ? [h("div.menu-group", {}, plainString(label))] : []),
    ...options.map(choice),
  ]);
  return nodes.length ? nodes : [h("p.hint", {}, t("nothingFound"))];
}
