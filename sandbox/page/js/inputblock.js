// Renders an input block: label, control, hint and the place where its error appears.
import { h, uniqueId } from "./dom.js";
import { renderElement } from "./elements.js";
import { textNodes } from "./text.js";
import { t } from "./words.js";

const GROUPS = ["checkboxes", "radio_buttons"];

export function inputBlock(block, surface) {
  const ids = {
    control: uniqueId("field"),
    label: uniqueId("label"),
    hint: uniqueId("hint"),
    error: uniqueId("error"),
  };
  const describedby = [block.hint && ids.hint, ids.error].filter(Boolean).join(" ");
  const control = renderElement(block.element, block, surface, {
    id: ids.control,
    labelledby: ids.label,
    describedby,
    required: !block.optional,
  });
  const isGroup = GROUPS.includes(block.element.type);
  return h(
    "div.field",
    {},
    h(
      "div.field-label",
      {},
      h(isGroup ? "span.label" : "label", { id: ids.label, for: isGroup ? null : ids.control }, textNodes(block.label)),
      block.optional && h("span.optional", {}, t("optional")),
    ),
    control,
    block.hint && h("p.hint", { id: ids.hint }, textNodes(block.hint)),
    h("p.field-error", { id: ids.error, role: "alert", hidden: true }),
  );
}

const FORMATS = {
  email_text_input: [/^[^@\s]+@[^@\s]+\.[^@\s]+$/, "badEmail"],
  url_text_input: [/^https?:\/\/\S+$/i, "badUrl"],
};

/** What the client itself refuses about `value` before it asks the app: a sentence, or nothing. */
export function complaint(block, value) {
  const { element } = block;
  const empty =
    value === null || value === undefined || String(value).trim() === "" || (Array.isArray(value) && !value.length);
  if (empty) return block.optional ? undefined : t("required");
  if (typeof value === "string" && value.length < (element.min_length ?? 0))
    return t("tooShort", { n: element.min_length });
  if (typeof value === "string" && value.length > (element.max_length ?? Infinity))
    return t("tooLong", { n: element.max_length });
  if (element.type === "number_input" && !withinRange(element, Number(value))) return t("badNumber");
  const [pattern, key] = FORMATS[element.type] ?? [];
  return pattern && !pattern.test(value) ? t(key) : undefined;
}

function withinRange(element, number) {
  const whole = element.is_decimal_allowed || Number.isInteger(number);
  return whole && number >= (element.min_value ?? -Infinity) && number <= (element.max_value ?? Infinity);
}

/** Shows `errors` ({block_id: sentence}) inside `root`, clears the rest, and takes the reader to the first. */
export function showErrors(root, errors) {
  for (const block of root.querySelectorAll(".block")) {
    const place = block.querySelector(".field-error");
    if (place) markField(block, place, errors[block.dataset.blockId]);
  }
  root.querySelector("[aria-invalid=true]")?.focus();
}

function markField(block, place, sentence) {
  place.textContent = sentence ?? "";
  place.hidden = !sentence;
  block.classList.toggle("has-error", Boolean(sentence));
  const control = block.querySelector("[data-action-id]");
  if (sentence) control?.setAttribute("aria-invalid", "true");
  else control?.removeAttribute("aria-invalid");
}
