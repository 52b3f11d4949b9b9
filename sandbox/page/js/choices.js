// Renders the elements in which something is chosen: selects of every source, checkboxes and radio buttons.
import { h, icon, uniqueId } from "./dom.js";
import { openPanel } from "./menu.js";
import { searchedMany, searchedOne } from "./searched.js";
import { groups, nameOf, state } from "./state.js";
import { plainString, textNodes } from "./text.js";
import { local, t } from "./words.js";

/** Every source as groups of {value, label}: [[group, options], …]. */
const SOURCES = {
  static: (element) =>
    element.option_groups
      ? element.option_groups.map((group) => [plainString(group.label), group.options.map(fromOption)])
      : [["", (element.options ?? []).map(fromOption)]],
  users: () => groups().map(([group, people]) => [local(group), people.map(({ id }) => ({ value: id, label: nameOf(id) }))]),
  conversations: () => [["", conversations(() => true)]],
  channels: () => [["", conversations((channel) => channel.kind === "channel")]],
};

const PROMPTS = { users: "choosePeople", conversations: "chooseChannel", channels: "chooseChannel" };

const fromOption = (option) => ({ value: option.value, label: plainString(option.text), detail: option.description });

function conversations(wanted) {
  return state.channels
    .filter((channel) => !channel.is_archived && wanted(channel))
    .map(({ id, kind, name, display_name: shown }) => ({
      value: id,
      label: kind === "im" ? shown : `#${shown || name}`,
    }));
}

export const choiceElements = {
  checkboxes,
  radio_buttons: radios,
  external_select: searchedOne,
  multi_external_select: searchedMany,
};
for (const source of Object.keys(SOURCES)) {
  choiceElements[`${source}_select`] = (element, context) => single(source, element, context);
  choiceElements[`multi_${source}_select`] = (element, context) => multiple(source, element, context);
}

const prompt = (source, element) => plainString(element.placeholder) || t(PROMPTS[source] ?? "choose");

function optionNodes(found) {
  return found.flatMap(([group, options]) => {
    const nodes = options.map(({ value, label }) => h("option", { value }, label));
    return group ? [h("optgroup", { label: group }, nodes)] : nodes;
  });
}

function single(source, element, { props, value, report }) {
  const node = h(
    "select.input.select",
    props,
    h("option", { value: "" }, prompt(source, element)),
    optionNodes(SOURCES[source](element)),
  );
  node.value = value ?? "";
  let told = node.value;
  const tint = () => node.classList.toggle("empty", !node.value);
  tint();
  node.addEventListener("change", async () => {
    const accepted = await report(node.value || null, node);
    if (accepted) told = node.value;
    else node.value = told;
    tint();
  });
  return node;
}

/** A button that says what is chosen and opens a list of checkboxes; the app hears of it when the list closes. */
function multiple(source, element, { props, value, report }) {
  const found = SOURCES[source](element);
  const chosen = new Set(value ?? []);
  const face = h("span.multi-face");
  const node = h(
    "button.input.select.multi",
    { type: "button", "aria-haspopup": "dialog", "aria-expanded": "false", ...props },
    face,
    icon("down"),
  );
  const show = () => {
    const labels = found.flatMap(([, options]) => options).filter((option) => chosen.has(option.value));
    node.classList.toggle("empty", !labels.length);
    face.replaceChildren(
      ...(labels.length ? labels.map(({ label }) => h("span.chip", {}, label)) : [prompt(source, element)]),
    );
  };
  const change = (option, on) => {
    if (on) chosen.add(option.value);
    else chosen.delete(option.value);
    show();
    report([...chosen], node, { silent: true });
  };
  node.addEventListener("click", () => {
    const earlier = [...chosen].join();
    const full = () => chosen.size >= (element.max_selected_items ?? Infinity);
    openPanel(node, multiList(found, chosen, change, full), prompt(source, element), () => {
      if ([...chosen].join() !== earlier) report([...chosen], node);
    });
  });
  show();
  return node;
}

function multiList(found, chosen, change, full) {
  const list = h("div.multi-list");
  const update = () => {
    for (const box of list.querySelectorAll("input")) box.disabled = !box.checked && full();
  };
  for (const [group, options] of found) {
    if (group) list.append(h("div.menu-group", {}, group));
    list.append(
      ...options.map((option) => {
        const box = h("input", { type: "checkbox", checked: chosen.has(option.value) });
        box.addEventListener("change", () => {
          change(option, box.checked);
          update();
        });
        return h("label.multi-option", {}, box, h("span", {}, option.label));
      }),
    );
  }
  update();
  return list;
}

function optionLabel(option, control, id) {
  return h(
    "div.option",
    {},
    control,
    h(
      "div",
      {},
      h("label", { for: id }, textNodes(option.text)),
      option.description && h("p.option-detail", { id: `${id}d` }, textNodes(option.description)),
    ),
  );
}

function group(role, element, { props, hold, labelledby }, type, isChosen, onchange) {
  const name = uniqueId("choice");
  const node = h("div.options", { ...props, role, "aria-labelledby": labelledby, tabindex: -1 });
  node.append(
    ...element.options.map((option, index) => {
      const id = uniqueId("option");
      const control = h("input", {
        type,
        name,
        id,
        checked: isChosen(option.value),
        "aria-describedby": option.description ? `${id}d` : null,
        data: { hold: `${hold}/${index}`, value: option.value },
      });
      control.addEventListener("change", () => onchange(node, option.value));
      return optionLabel(option, control, id);
    }),
  );
  return node;
}

const boxes = (node) => [...node.querySelectorAll("input")];

function checkboxes(element, context) {
  const told = { values: context.value ?? [] };
  return group(
    "group",
    element,
    context,
    "checkbox",
    (value) => told.values.includes(value),
    async (node) => {
      const values = boxes(node)
        .filter((box) => box.checked)
        .map((box) => box.dataset.value);
      if (await context.report(values, node)) told.values = values;
      else for (const box of boxes(node)) box.checked = told.values.includes(box.dataset.value);
    },
  );
}

function radios(element, context) {
  const told = { value: context.value };
  return group(
    "radiogroup",
    element,
    context,
    "radio",
    (value) => value === told.value,
    async (node, value) => {
      if (await context.report(value, node)) told.value = value;
      else for (const box of boxes(node)) box.checked = box.dataset.value === told.value;
    },
  );
}
