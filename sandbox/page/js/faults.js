// Faults on purpose in the drawer: those at work, a form to add one, the clock, and Slack's rate limits.
import { faults, limitRates, moveClock, removeFault, world } from "./api.js";
import { setClock } from "./clock.js";
import { h } from "./dom.js";
import { COUNTS, faultForm, field, fieldName, numberOf, sending } from "./faultform.js";
import { sync } from "./sync.js";
import { telling } from "./toast.js";
import { t } from "./words.js";

const KINDS = ["call", "deliver", "sockets", "connections"];

export function faultsView() {
  const list = h("div.fault-list");
  const limits = rateLimits();
  const node = h(
    "div.faults",
    {},
    h("section.fault-side", {}, h("h3", {}, t("faultsAtWork")), list),
    h(
      "section.fault-side",
      {},
      h("h3", {}, t("faultAdd")),
      faultForm(load),
      h("h3", {}, t("faultWorld")),
      h("div.world-forms", {}, clockForm(), limits.node),
    ),
  );

  async function load() {
    const at = (await faults()).faults;
    limits.show((await world()).rate_limits);
    sync(list, at.length ? at.map((fault) => rowPart(fault, load)) : [emptyPart]);
  }

  return { node, load, polls: true };
}

const emptyPart = { key: "empty", sig: "", make: () => h("p.empty-note", {}, t("faultsNone")) };

const rowPart = (fault, load) => ({ key: fault.id, sig: JSON.stringify(fault), make: () => row(fault, load) });

function row(fault, load) {
  const kind = KINDS.find((one) => one in fault);
  const { id, do: what = fault[kind], [kind]: named, ...more } = fault;
  const pattern = fault.do ? named : t(`kind_${kind}`);
  const details = Object.entries(more).filter(([name]) => !COUNTS.includes(name));
  const remove = () => telling(async () => (await removeFault(id), load()));
  return h(
    "div.fault",
    { data: { fault: id } },
    h(
      "div.fault-words",
      {},
      h("code", {}, pattern),
      h("span.fault-do", {}, t(`do_${what}`)),
      details.map(([name, value]) => h("span.fault-detail", {}, `${fieldName(name)} `, h("code", {}, said(value)))),
    ),
    h("span.fault-counts", {}, COUNTS.map((name) => h("span", {}, `${t(`fault_${name}`)} `, h("b", {}, String(fault[name]))))),
    h("button.kit-button.style-default", { type: "button", onclick: remove, data: { hold: `fault-${id}` } }, t("faultRemove")),
  );
}

const said = (value) => (value === true ? "✓" : Array.isArray(value) ? value.join("–") : String(value));

function clockForm() {
  const input = h("input.input", { name: "seconds", inputmode: "numeric", value: "3600" });
  return sending("form.world-form", t("clockDo"), () => jumped(numberOf(input.value)), field(t("clockSeconds"), input));
}

/** A switch; `show` says how it stands. */
function rateLimits() {
  const box = h("input", { type: "checkbox", name: "rate_limits" });
  box.addEventListener("change", () => telling(() => limitRates(box.checked)));
  return { node: h("label.option.fault-flag", {}, box, t("rateLimits")), show: (on) => (box.checked = on) };
}

async function jumped(seconds) {
  await moveClock(seconds);
  setClock(await world());
}
