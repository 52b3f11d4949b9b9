// Tells the time by the sandbox's clock, which may run faster than the wall's.
import { formatDate } from "./dates.js";
import { h } from "./dom.js";
import { state } from "./state.js";

let base = { now: Date.now() / 1000, at: performance.now(), speed: 1 };

/** Sets the clock from an answer of /control/world. */
export function setClock({ now, speed }) {
  base = { now: Number(now), at: performance.now(), speed: Number(speed) || 1 };
}

/** The sandbox's present moment, in seconds. */
function worldNow() {
  return base.now + ((performance.now() - base.at) / 1000) * base.speed;
}

const reader = () => ({ tz: state.me?.tz || "Asia/Shanghai", locale: state.me?.locale || "en-US" });

/** `seconds` written by `format` (Slack's date tokens) for the reader. */
export function written(seconds, format) {
  return formatDate(seconds, format, { ...reader(), now: worldNow() });
}

/** Makes `node` show `seconds` by `format` from now on; relative wording is kept fresh by the ticking below. */
export function showTime(node, seconds, format) {
  node.textContent = written(seconds, format);
  if (/\{(ago|[a-z_]*pretty)\}/.test(format)) Object.assign(node.dataset, { live: seconds, format });
  return node;
}

/** A node with the hour that something was said; the whole date comes up beside it under the pointer. */
export function hourOf(spec, seconds, props = {}) {
  const whole = h("span.whole-date", {}, written(seconds, "{date_short} {time_secs}"));
  const datetime = new Date(seconds * 1000).toISOString();
  return h(spec, { datetime, ...props }, written(seconds, "{time}"), whole);
}

function refresh() {
  for (const node of document.querySelectorAll("[data-live]")) {
    const text = written(Number(node.dataset.live), node.dataset.format);
    if (node.textContent !== text) node.textContent = text;
  }
}

export function startTicking() {
  setInterval(refresh, 1000);
}
