// Faults on purpose in the drawer: those at work, and forms to add one, to be away, and to move the clock.
import { faults, goAway, moveClock, removeFault, world } from "./api.js";
import { setClock } from "./clock.js";
import { h } from "./dom.js";
import { COUNTS, faultForm, field, fieldName, numberOf, sending } from "./faultform.js";
import { sync } from "./sync.js";
import { telling } from "./toast.js";
import { t } from "./words.js";

const KINDS = ["call", "deliver", "sockets"];

export function faultsView() {
  const list = h("div.fault-list");
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
      h("div.world-forms", {}, secondsForm("away", "10", goAway), secondsForm("clock", "3600", jumped)),
    ),
  );

  async function load() {
    const at = (await faults()).faults;
    sync(list, at.length ? at.map((fault) => rowPart(fault, load)) : [emptyPart]);
  }

  return { node, load, polls: true };
}

const emptyPart = { key: "empty", sig: "", make: () => h("p.empty-note", {}, t("faultsNone")) };

const rowPart = (fault, load) => ({ key: fault.id, sig: JSON.stringify(fault), make: () => row(fault, load) });

function row(fault, load) {
  const kind = KINDS.find((one) => one in fault);
  const { id, do: what = fault.sockets, [kind]: named, ...more } = fault;
  const pattern = kind === "sockets" ? t("kind_sockets") : named;
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

/** One number of seconds, and what is done with it. */
function secondsForm(key, seconds, act) {
  const input = h("input.input", { name: "seconds", inputmode: "numeric", value: seconds });
  return sending("form.world-form", t(`${key}Do`), () => act(numberOf(input.value)), field(t(`${key}Seconds`), input));
}

async function jumped(seconds) {
  await moveClock(seconds);
  setClock(await world());
}
