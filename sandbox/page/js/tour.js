// Shows the guided tour that the configuration wrote for a person: steps to tick through, kept for this tab.
import { h, icon, iconButton, uniqueId } from "./dom.js";
import { inline } from "./mrkdwn.js";
import { state } from "./state.js";
import { t } from "./words.js";

const storeKey = () => `tour/${state.me.team}/${state.me.id}`;

function read() {
  return JSON.parse(sessionStorage.getItem(storeKey()) ?? "{}");
}

/** The part (see sync.js) of the person's tour; none when they have no tour. `redraw` runs when it is hidden or shown. */
export function tourParts(redraw) {
  const steps = state.me.tour ?? [];
  if (!steps.length) return [];
  const { hidden = false, done = [] } = read();
  const keep = (change) => sessionStorage.setItem(storeKey(), JSON.stringify({ hidden, done, ...read(), ...change }));
  const toggle = () => {
    keep({ hidden: !hidden });
    redraw();
  };
  return [
    {
      key: `tour-${state.me.id}`,
      sig: JSON.stringify([steps, hidden]),
      make: () => (hidden ? shutTour(steps, done, toggle) : openTour(steps, done, keep, toggle)),
    },
  ];
}

function shutTour(steps, done, toggle) {
  return h(
    "button.tour-pill",
    { type: "button", "aria-label": t("showTour"), data: { hold: "tour" }, onclick: toggle },
    icon("check"),
    h("span", {}, t("tour")),
    h("span.tour-count", {}, `${done.length}/${steps.length}`),
  );
}

function openTour(steps, done, keep, toggle) {
  const progress = h("p.tour-progress", { "aria-live": "polite" });
  const list = h("ol.tour-steps");
  const count = () => {
    progress.textContent = t("tourProgress", { done: done.length, all: steps.length });
    const next = [...list.children].find((row) => !row.querySelector("input").checked);
    for (const row of list.children) row.classList.toggle("next", row === next);
  };
  list.append(
    ...steps.map((step, index) =>
      stepRow(step, done.includes(index), (on) => {
        const at = done.indexOf(index);
        if (on && at < 0) done.push(index);
        if (!on && at >= 0) done.splice(at, 1);
        keep({ done });
        count();
      }),
    ),
  );
  count();
  return h(
    "aside.tour",
    { "aria-label": t("tour") },
    h(
      "div.tour-head",
      {},
      h("h2", {}, t("tour")),
      iconButton("close", t("hideTour"), toggle, { data: { hold: "tour" } }),
    ),
    progress,
    list,
  );
}

function stepRow(step, isDone, tick) {
  const id = uniqueId("step");
  const box = h("input", { type: "checkbox", id, checked: isDone, onchange: () => tick(box.checked) });
  return h("li", {}, box, h("label", { for: id }, inline(step)));
}
