// Knows what value an element starts with, and remembers what a reader has entered in a view.

const INITIAL = {
  checkboxes: (element) => (element.initial_options ?? []).map((option) => option.value),
  radio_buttons: (element) => element.initial_option?.value,
  datepicker: (element) => element.initial_date,
  timepicker: (element) => element.initial_time,
  datetimepicker: (element) => element.initial_date_time,
  static_select: (element) => element.initial_option?.value,
  external_select: (element) => element.initial_option?.value,
  users_select: (element) => element.initial_user,
  conversations_select: (element) => element.initial_conversation,
  channels_select: (element) => element.initial_channel,
  multi_static_select: (element) => (element.initial_options ?? []).map((option) => option.value),
  multi_external_select: (element) => (element.initial_options ?? []).map((option) => option.value),
  multi_users_select: (element) => element.initial_users ?? [],
  multi_conversations_select: (element) => element.initial_conversations ?? [],
  multi_channels_select: (element) => element.initial_channels ?? [],
};

/** The value an element has before anybody touches it. */
export function initialOf(element) {
  return INITIAL[element.type] ? INITIAL[element.type](element) : element.initial_value;
}

const HELD = [
  "value",
  "rich_text_value",
  "selected_date",
  "selected_time",
  "selected_date_time",
  "selected_user",
  "selected_users",
  "selected_conversation",
  "selected_conversations",
  "selected_channel",
  "selected_channels",
];

/** What the view itself says it holds: undefined where it says nothing of this element. */
function heldBy(view, block, element) {
  const entry = view.state?.values?.[block.block_id]?.[element.action_id];
  if (!entry) return undefined;
  if (entry.selected_options) return entry.selected_options.map((option) => option.value);
  if (entry.selected_option) return entry.selected_option.value;
  return entry[HELD.find((key) => key in entry)];
}

/** What is entered in a view, keyed by block and action, so that it outlives every redrawing. */
export function memory() {
  const entered = new Map();
  const key = (block, element) => `${block.block_id}/${element.action_id}`;
  let view = {};
  const before = (block, element) => heldBy(view, block, element) ?? initialOf(element);
  return {
    follow: (shown) => {
      view = shown;
    },
    keep: (block, element, value) => entered.set(key(block, element), value),
    before,
    valueOf: (block, element) =>
      entered.has(key(block, element)) ? entered.get(key(block, element)) : before(block, element),
  };
}

const isEmpty = (value) =>
  value === null || value === undefined || value === "" || (Array.isArray(value) && !value.length);

/** `{block_id: value}` of every input in `blocks`; one left empty is sent only where it held a value before. */
export function entries(blocks, held) {
  return Object.fromEntries(
    blocks
      .flatMap((block) => block.child_blocks ?? [block])
      .filter((block) => block.type === "input")
      .map((block) => [block, held.valueOf(block, block.element)])
      .filter(([block, value]) => !isEmpty(value) || !isEmpty(held.before(block, block.element)))
      .map(([block, value]) => [block.block_id, value ?? ""]),
  );
}
