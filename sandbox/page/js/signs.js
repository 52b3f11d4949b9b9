// Draws the emoji that carry meaning in messages, so that they look alike on every machine, even one without such a font.
import { h } from "./dom.js";
import { emoji, withEmoji } from "./emoji.js";

const INKS = {
  r: "#d0392b",
  o: "#e07b1f",
  y: "#efb92c",
  g: "#2a9550",
  b: "#2c77c4",
  p: "#7d56bd",
  k: "#2b363b",
  w: "#fff",
  s: "#87979e",
  l: "#e4eaec",
  n: "#96683c",
  t: "#17616e",
};

const disc = (ink) => `${ink} M12 3a9 9 0 1 1 0 18a9 9 0 0 1 0-18`;
const block = (ink) => `${ink} M5 3h14a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2z`;
const page = "l M6 2h9l4 4v16H6z|-s M6 2h9l4 4v16H6z";
const lines = "-s M9 10h7M9 13.5h7M9 17h5";
const clock = (hands) =>
  `w M12 4a8.5 8.5 0 1 1 0 17a8.5 8.5 0 0 1 0-17|-k M12 4a8.5 8.5 0 1 1 0 17a8.5 8.5 0 0 1 0-17|-r ${hands}`;
const bubble = "M3 4h18v12h-9l-5 5v-5H3z";
const person = (x, ink) => `${ink} M${x} 4a3.8 3.8 0 1 1 0 7.6a3.8 3.8 0 0 1 0-7.6M${x - 7} 21c0-11 14-11 14 0z`;
const arrow = (path) => `${block("b")}|-w ${path}`;
const tick = "M7 12.5l3.5 3.5L17.5 8";
const cross = "M6 6l12 12M18 6L6 18";
const lock = "y M5 11h14v10H5z|-k M12 15v2.5";

/** Each drawing: `INK PATH` filled, or `-INK PATH` stroked, one after the other, on a field of 24 by 24. */
const DRAWINGS = {
  white_check_mark: `${block("g")}|-w ${tick}`,
  ballot_box_with_check: `${block("b")}|-w ${tick}`,
  heavy_check_mark: `-g M4 13l5 5L20 6`,
  x: `-r ${cross}`,
  no_entry: `${disc("r")}|-w M7.5 12h9`,
  no_entry_sign: "-r M12 3.5a8.5 8.5 0 1 1 0 17a8.5 8.5 0 0 1 0-17M6.2 6.2l11.6 11.6",
  warning: "y M12 2.5L23 21.5H1z|-k M12 9v6M12 18.2v.1",
  rotating_light: "r M7 18v-5a5 5 0 0 1 10 0v5z|k M5 18h14v3.5H5z|-o M12 2v3M3.5 6l2.2 2M20.5 6l-2.2 2M2 12h2M20 12h2",
  bridge_at_night: `${block("k")}|-o M3 16h18M6 16V9M18 16V9M3 12c2-1 3-2 3-3c3 6 9 6 12 0c0 1 1 2 3 3`,
  globe_with_meridians: `${disc("b")}|-w M3.5 12h17M12 3c-5 5-5 13 0 18M12 3c5 5 5 13 0 18`,
  bell: "y M12 3c5 0 6 4 6 8l2 6H4l2-6c0-4 1-8 6-8zM9.5 18.5h5a2.5 2.5 0 0 1-5 0z",
  hourglass:
    "l M6 3h12l-4.5 9L18 21H6l4.5-9z|y M8.5 19.5l3.5-3 3.5 3z|-n M5 3h14M5 21h14M6.5 3c0 5 4 6 4 9s-4 4-4 9M17.5 3c0 5-4 6-4 9s4 4 4 9",
  hourglass_flowing_sand:
    "l M6 3h12l-4.5 9L18 21H6l4.5-9z|y M8.5 7h7L12 12zM8 20l4-4 4 4z|-n M5 3h14M5 21h14M6.5 3c0 5 4 6 4 9s-4 4-4 9M17.5 3c0 5-4 6-4 9s4 4 4 9",
  alarm_clock: `${clock("M12 8v4.5l3 2")}|-k M3 5l3-2.5M21 5l-3-2.5`,
  stopwatch: `${clock("M12 12.5V8")}|-k M12 4V1.5M10 1.5h4`,
  timer_clock: `${clock("M12 12.5l3-3")}|-k M9.5 1.5h5`,
  clock1: clock("M12 12.5V7.5M12 12.5l2-3.5"),
  clock3: clock("M12 12.5V7.5M12 12.5h4"),
  clock9: clock("M12 12.5V7.5M12 12.5H8"),
  calendar: "l M3 5h18v16H3z|r M3 4h18v5H3z|-s M7 13h10M7 17h10",
  spiral_calendar_pad: "l M3 5h18v16H3z|s M3 4h18v5H3z|-k M7 13h10M7 17h10",
  red_circle: disc("r"),
  large_orange_circle: disc("o"),
  large_yellow_circle: disc("y"),
  large_green_circle: disc("g"),
  large_blue_circle: disc("b"),
  large_purple_circle: disc("p"),
  white_circle: `${disc("l")}|-s M12 3a9 9 0 1 1 0 18a9 9 0 0 1 0-18`,
  black_circle: disc("k"),
  radio_button: `-b M12 4a8 8 0 1 1 0 16a8 8 0 0 1 0-16|b M12 8a4 4 0 1 1 0 8a4 4 0 0 1 0-8`,
  large_red_square: block("r"),
  large_orange_square: block("o"),
  large_yellow_square: block("y"),
  large_green_square: block("g"),
  large_blue_square: block("b"),
  black_large_square: block("k"),
  white_large_square: "w M4 4h16v16H4z|-s M4 4h16v16H4z",
  white_medium_square: "w M6 6h12v12H6z|-s M6 6h12v12H6z",
  small_blue_diamond: "b M12 6l6 6-6 6-6-6z",
  small_orange_diamond: "o M12 6l6 6-6 6-6-6z",
  exclamation: "r M10 2h4l-1 13h-2zM10 18h4v4h-4z",
  bangbang: "r M5.5 2h4l-1 13h-2zM5.5 18h4v4h-4zM14.5 2h4l-1 13h-2zM14.5 18h4v4h-4z",
  question: "-r M8 8c0-6 9-5 8 0c-.5 3-4 3-4 6.5M12 19.5v.1",
  grey_question: "-s M8 8c0-6 9-5 8 0c-.5 3-4 3-4 6.5M12 19.5v.1",
  information_source: `${block("b")}|-w M12 11v6M12 7.2v.1`,
  bulb: "y M12 2a7 7 0 0 1 4 12.5V17H8v-2.5A7 7 0 0 1 12 2z|s M8.5 18h7v3.5h-7z",
  memo: `${page}|-s M8.5 8h4M8.5 11.5h4|o M20 9l2.5 2.5-8 8-3.5 1 1-3.5z`,
  pencil2: "o M17 2.5l4.5 4.5L8 20.5 2.5 21.5 3.5 16z",
  clipboard: `n M4 4h16v18H4z|w M6.5 7h11v12.5h-11z|s M9 2h6v4H9z|${lines}`,
  page_facing_up: `${page}|${lines}`,
  page_with_curl: `${page}|${lines}`,
  bookmark_tabs: `${page}|${lines}|r M17 9h5v3h-5z`,
  scroll: `y M5 3h13v18H8c-3 0-3-3-3-3z|-n M8.5 8h6M8.5 12h6M8.5 16h6`,
  ledger: "n M5 2h14v20H5z|l M9 5h7v4H9z|-y M7 2v20",
  books: "r M4 4h5v17H4z|g M9.5 3h5v18h-5z|b M15 5.5l4.5-1L22 20l-4.5 1z",
  book: "b M3 4h18v16H3z|w M5 5.5h6.2v13H5zM12.8 5.5H19v13h-6.2z",
  file_folder: "y M2 5h8l2 3h10v12H2z",
  open_file_folder: "y M2 5h8l2 3h8v3H6L2 20z|o M6 11h17l-4 9H2z",
  card_index_dividers: "b M3 5h8v15H3z|y M3 8h18v12H3z",
  paperclip: "-s M18 8l-8 8.5a3 3 0 0 1-4-4L14 4a4.5 4.5 0 0 1 6.5 6.5L12 19",
  link: "-s M10 14l4-4M11 7l2.5-2.5a4 4 0 0 1 6 6L17 13M13 17l-2.5 2.5a4 4 0 0 1-6-6L7 11",
  lock: `${lock}|-s M8 11V8a4 4 0 0 1 8 0v3`,
  unlock: `${lock}|-s M8 11V7a4 4 0 0 1 7.5-2`,
  closed_lock_with_key: `${lock}|-s M8 11V8a4 4 0 0 1 8 0v3`,
  key: "-y M8 11.5a4 4 0 1 1 0 .1M12 12h9M18 12v4",
  shield: "b M12 2l9 3c0 9-3 14-9 17C6 19 3 14 3 5z|-w M8 12l3 3 5-6",
  mag: "l M10 3a7 7 0 1 1 0 14a7 7 0 0 1 0-14|-k M10 3a7 7 0 1 1 0 14a7 7 0 0 1 0-14M15.5 15.5l6 6",
  eyes: "w M7 5c6 0 6 14 0 14S1 5 7 5M17 5c6 0 6 14 0 14s-6-14 0-14|-s M7 5c6 0 6 14 0 14S1 5 7 5M17 5c6 0 6 14 0 14s-6-14 0-14|k M5 11a2.5 2.5 0 1 1 0 3M15 11a2.5 2.5 0 1 1 0 3",
  pushpin: "r M9 2h7l-1 7 4 5H6l4-5z|-s M12.5 14v8",
  round_pushpin: "r M12 2a5 5 0 1 1 0 10a5 5 0 0 1 0-10|-s M12 12v10",
  triangular_flag_on_post: "r M6 3l14 6-14 6z|-k M6 2v20",
  checkered_flag: "l M6 3h15v10H6z|k M6 3h5v5H6zM16 3h5v5h-5zM11 8h5v5h-5z|-k M6 2v20",
  inbox_tray: "b M3 12h5l2 3h4l2-3h5v9H3z|-g M12 2v8M8.5 7l3.5 3.5L15.5 7",
  outbox_tray: "b M3 12h5l2 3h4l2-3h5v9H3z|-r M12 11V3M8.5 6L12 2.5 15.5 6",
  package: "n M3 7l9-4 9 4v10l-9 4-9-4z|-y M3 7l9 4 9-4M12 11v10",
  email: "l M2 5h20v14H2z|-b M2 5h20v14H2zM2 6l10 8 10-8",
  envelope: "l M2 5h20v14H2z|-s M2 5h20v14H2zM2 6l10 8 10-8",
  telephone_receiver: "k M5 3h4l2 5-3 2c1 3 3 5 6 6l2-3 5 2v4c-9 4-20-7-16-16z",
  phone: "r M3 8c0-5 18-5 18 0v3h-5V8H8v3H3zM6 12h12l2 9H4z|w M12 13a3 3 0 1 1 0 6a3 3 0 0 1 0-6",
  iphone: "k M7 2h10v20H7z|l M8.5 4.5h7v13.5h-7z",
  loudspeaker: "r M4 9h5l9-6v17l-9-5H4z|-o M21 8c1.5 2 1.5 5 0 7",
  mega: "r M4 9h5l9-6v17l-9-5H4z|s M6 15h4l1 6H8z",
  speech_balloon: `l ${bubble}|-s ${bubble}M7 8.5h10M7 12h7`,
  newspaper: `l M3 4h18v17H3z|-s M3 4h18v17H3z|k M6 7h12v2.5H6z|-s M6 13h5M6 17h5|s M13 12h5v6h-5z`,
  bank: "s M12 2l10 6H2zM2 19h20v3H2zM4 9h3v9H4zM10.5 9h3v9h-3zM17 9h3v9h-3z",
  classical_building: "s M12 2l10 6H2zM2 19h20v3H2zM4 9h3v9H4zM10.5 9h3v9h-3zM17 9h3v9h-3z",
  office: "s M5 2h14v20H5z|w M8 5h3v3H8zM13 5h3v3h-3zM8 10h3v3H8zM13 10h3v3h-3zM10 16h4v6h-4z",
  house: "o M12 2l10 9H2z|l M5 11h14v11H5z|n M10 15h4v7h-4z",
  fire: "o M12 1c1 5 7 7 7 13a7 7 0 0 1-14 0c0-3 2-4 3-7 1 1 2 2 2 3 2-2 2-6 2-9z|y M12 12c1 3 3 4 3 6a3 3 0 0 1-6 0c0-2 2-3 3-6z",
  zap: "y M14 1L4 14h6l-2 9 12-14h-7z",
  repeat: `${block("b")}|-w M7 11V9h9l-2-2M17 13v2H8l2 2`,
  arrows_counterclockwise: `${block("b")}|-w M7 11V9h9l-2-2M17 13v2H8l2 2`,
  arrow_up: arrow("M12 18V6M7 11l5-5 5 5"),
  arrow_down: arrow("M12 6v12M7 13l5 5 5-5"),
  arrow_right: arrow("M6 12h12M13 7l5 5-5 5"),
  arrow_left: arrow("M18 12H6M11 7l-5 5 5 5"),
  arrow_upper_right: arrow("M7 17L17 7M9 7h8v8"),
  arrow_forward: `${block("b")}|w M9 7l8 5-8 5z`,
  double_vertical_bar: `${block("b")}|w M8 7h3v10H8zM13 7h3v10h-3z`,
  black_square_for_stop: `${block("b")}|w M8 8h8v8H8z`,
  heavy_plus_sign: "-k M12 4v16M4 12h16",
  heavy_minus_sign: "-k M4 12h16",
  "+1": "y M2 11h5v10H2zM8 11l4-9c3 0 3 3 2 6h7c2 0 2 3 1 3 1 1 1 3-1 3 1 1 0 3-1 3 1 2 0 4-2 4H8z",
  "-1": "y M2 3h5v10H2zM8 13l4 9c3 0 3-3 2-6h7c2 0 2-3 1-3 1-1 1-3-1-3 1-1 0-3-1-3 1-2 0-4-2-4H8z",
  raised_hand:
    "y M6 21c-3-3-4-8-3-8s2 1 3 3V5c0-1.5 2-1.5 2 0v6-8c0-1.5 2.5-1.5 2.5 0v8-8c0-1.5 2.5-1.5 2.5 0v8l.5-6c0-1.5 2.5-1.5 2.5 0v9l2-3c1-1 2.5 0 2 1l-4 9z",
  pray: "y M11.5 3v18H5c-2-4 0-6 1.5-8L10 4c.5-1 1.5-1 1.5-1zM12.5 3v18H19c2-4 0-6-1.5-8L14 4c-.5-1-1.5-1-1.5-1z",
  raised_hands:
    "y M3 11c0-1.5 1.5-1.5 2 0l.5-7c0-1.3 1.5-1.3 1.5 0l.5-1c.3-1 1.8-1 1.8.2L10.5 11c1 3-.5 8-1.5 10H5c-2-4-2-7-2-10zM21 11c0-1.5-1.5-1.5-2 0l-.5-7c0-1.3-1.5-1.3-1.5 0l-.5-1c-.3-1-1.8-1-1.8.2L13.5 11c-1 3 .5 8 1.5 10h4c2-4 2-7 2-10z",
  handshake: "y M1 7h5l4-1 4 4 5-3h4v8l-8 6-5-1-9-7z|-n M9 13l4-3 5 6",
  heart: "r M12 21C-2 11 4 2 12 7c8-5 14 4 0 14z",
  star: "y M12 2l3 7h7l-5.5 4.5L18.5 21 12 16.5 5.5 21l2-7.5L2 9h7z",
  sparkles: "y M10 5l2 6 6 2-6 2-2 6-2-6-6-2 6-2zM19 2l1 3 3 1-3 1-1 3-1-3-3-1 3-1z",
  tada: "y M3 21l5-13 8 8z|-r M14 8c2-1 3-3 2-6M17 11c2-1 4-1 5 0|-b M12 3l.5 2M20 5l-2 2M20 15l-2-1",
  bust_in_silhouette: person(12, "s"),
  busts_in_silhouette: `${person(16, "l")}|${person(9, "s")}`,
  raising_hand: `${person(11, "p")}|-y M18 15l3-6V4`,
  wave: "y M6 21c-3-3-4-8-3-8s2 1 3 3V5c0-1.5 2-1.5 2 0v6-8c0-1.5 2.5-1.5 2.5 0v8-8c0-1.5 2.5-1.5 2.5 0v8l.5-6c0-1.5 2.5-1.5 2.5 0v9l2-3c1-1 2.5 0 2 1l-4 9z|-s M20 3c1.5 1 2 2.5 2 4",
  black_square_button: `${block("k")}|w M7 7h10v10H7z`,
  white_square_button: `${block("s")}|w M6 6h12v12H6z`,
  smile: `${disc("y")}|-k M8.5 9.5h.1M15.5 9.5h.1M7.5 13.5c1 4 8 4 9 0`,
  slightly_smiling_face: `${disc("y")}|-k M8.5 9.5h.1M15.5 9.5h.1M8 14c1 3 7 3 8 0`,
  test_tube: "l M9 2h6v16a3 3 0 0 1-6 0z|g M9 12h6v6a3 3 0 0 1-6 0z|-s M9 2v16a3 3 0 0 0 6 0V2M8 2h8",
  performing_arts: "y M3 4h11v8c0 8-11 8-11 0z|p M12 8h10v8c0 7-10 7-10 0z|-k M6 9h.1M10.5 9h.1M6 13c2 2 3 2 5 0",
  chart_with_upwards_trend: "l M3 3h18v18H3z|-r M5 18l5-6 4 3 6-9",
  bar_chart: "g M4 12h4v9H4z|b M10 5h4v16h-4z|r M16 9h4v12h-4z",
  scales: "-n M12 3v18M7 21h10M4 7h16M4 7l-2.5 7h5zM20 7l-2.5 7h5z",
  label: "y M2 7h13l7 5-7 5H2z|w M17 11a1 1 0 1 1 0 2",
  receipt: `l M5 2h14v20l-2.5-2-2 2-2.5-2-2.5 2-2-2L5 22z|-s M8.5 7h7M8.5 11h7M8.5 15h4`,
  floppy_disk: "b M3 3h15l3 3v15H3z|w M7 3h9v6H7zM6 13h12v8H6z",
  wastebasket: "s M5 7h14l-2 15H7z|-k M4 6h16M9 3h6",
  seedling: "g M11 22V12C5 13 3 9 3 5c6 0 8 3 9 6 1-4 4-6 9-6 0 6-4 8-8 8v9z",
  gear: "-s M12 6a6 6 0 1 1 0 12a6 6 0 0 1 0-12M12 2v4M12 18v4M2 12h4M18 12h4M5 5l3 3M16 16l3 3M19 5l-3 3M8 16l-3 3",
};

const SVG = "http://www.w3.org/2000/svg";
const VARIANT = "\uFE0F"; // asks for the coloured form; people type both
const bare = (character) => character.replace(VARIANT, "");
const BY_SIGN = new Map(Object.keys(DRAWINGS).map((name) => [bare(emoji(name)), name]));
const ANY = new RegExp(`((?:${[...BY_SIGN.keys()].join("|")})${VARIANT}?)`);

/** `text` as strings and drawings; its characters stay in the document, for readers, searches and copies. */
export function withSigns(text) {
  const shown = withEmoji(text);
  return shown
    .split(ANY)
    .filter(Boolean)
    .map((piece) => (BY_SIGN.has(bare(piece)) ? sign(piece) : piece));
}

function sign(character) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.append(...DRAWINGS[BY_SIGN.get(bare(character))].split("|").map(stroke));
  return h("span.sign", {}, svg, h("span.sign-text", {}, character));
}

function stroke(drawing) {
  const [ink, ...path] = drawing.split(" ");
  const node = document.createElementNS(SVG, "path");
  node.setAttribute("d", path.join(" "));
  if (ink.startsWith("-")) node.setAttribute("stroke", INKS[ink.slice(1)]);
  else node.setAttribute("fill", INKS[ink]);
  return node;
}
