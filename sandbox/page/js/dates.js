// Writes dates as Slack's <!date> tokens ask, in the reader's zone and language; and reads them back for pickers.

const DAY = 86400;

function parts(seconds, tz) {
  const format = new Intl.DateTimeFormat("en-CA", {
    timeZone: tz,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
  return Object.fromEntries(format.formatToParts(seconds * 1000).map(({ type, value }) => [type, value]));
}

/** `2026-05-01`, the day in `tz`. */
export function dayOf(seconds, tz) {
  const { year, month, day } = parts(seconds, tz);
  return `${year}-${month}-${day}`;
}

/** `2026-05-01T09:30`, as a datetime-local input wants it. */
export function localMinute(seconds, tz) {
  const { hour, minute } = parts(seconds, tz);
  return `${dayOf(seconds, tz)}T${hour}:${minute}`;
}

/** The moment, in seconds, that a wall clock in `tz` shows as `local` (`2026-05-01T09:30`). */
export function momentOf(local, tz) {
  const wanted = Date.parse(`${local}Z`) / 1000;
  let guess = wanted;
  for (let round = 0; round < 2; round += 1) {
    guess += wanted - Date.parse(`${localMinute(guess, tz)}Z`) / 1000;
  }
  return guess;
}

function ordinal(day) {
  const tail = ["th", "st", "nd", "rd"];
  const rest = day % 100;
  return `${day}${tail[(rest - 20) % 10] || tail[rest] || tail[0]}`;
}

const isEnglish = (locale) => locale.toLowerCase().startsWith("en");

function plainDate(seconds, { tz, locale }, options) {
  const format = new Intl.DateTimeFormat(locale, { timeZone: tz, year: "numeric", day: "numeric", ...options });
  if (!isEnglish(locale) || options.month === "short") return format.format(seconds * 1000);
  return format
    .formatToParts(seconds * 1000)
    .map(({ type, value }) => (type === "day" ? ordinal(Number(value)) : value))
    .join("");
}

function prettyDate(seconds, reader, options) {
  const day = (at) => Date.parse(dayOf(at, reader.tz)) / 1000 / DAY;
  const distance = day(seconds) - day(reader.now);
  if (Math.abs(distance) > 1) return plainDate(seconds, reader, options);
  return new Intl.RelativeTimeFormat(reader.locale, { numeric: "auto" }).format(distance, "day");
}

function timeOf(seconds, { tz, locale }, options = {}) {
  return new Intl.DateTimeFormat(locale, {
    timeZone: tz,
    hour: isEnglish(locale) ? "numeric" : "2-digit",
    minute: "2-digit",
    ...options,
  }).format(seconds * 1000);
}

const SPANS = [
  ["year", 365 * DAY],
  ["month", 30 * DAY],
  ["day", DAY],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];

function ago(seconds, { locale, now }) {
  const distance = seconds - now;
  const [unit, length] = SPANS.find(([, span]) => Math.abs(distance) >= span) ?? SPANS.at(-1);
  const count = Math.trunc(distance / length);
  const words = new Intl.RelativeTimeFormat(locale, { numeric: "always" }).format(
    count || (distance < 0 ? -0 : 0),
    unit,
  );
  return words.replace(/(\d)(\p{Script=Han})/gu, "$1 $2");
}

const LONG = { month: "long" };
const SHORT = { month: "short" };
const FULL = { month: "long", weekday: "long" };
const TOKENS = {
  date_num: (at, reader) => dayOf(at, reader.tz),
  date: (at, reader) => plainDate(at, reader, LONG),
  date_short: (at, reader) => plainDate(at, reader, SHORT),
  date_long: (at, reader) => plainDate(at, reader, FULL),
  date_pretty: (at, reader) => prettyDate(at, reader, LONG),
  date_short_pretty: (at, reader) => prettyDate(at, reader, SHORT),
  date_long_pretty: (at, reader) => prettyDate(at, reader, FULL),
  time: (at, reader) => timeOf(at, reader),
  time_secs: (at, reader) => timeOf(at, reader, { second: "2-digit" }),
  ago,
};

/** `format` with its tokens written out for `reader`: `{tz, locale, now}`. Unknown tokens stay as typed. */
export function formatDate(seconds, format, reader) {
  return format.replace(/\{([a-z_]+)\}/g, (typed, token) => TOKENS[token]?.(seconds, reader) ?? typed);
}
