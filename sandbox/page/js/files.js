// Shows the files of a message: pictures as pictures, the rest as cards with size and a download.
import { h, icon } from "./dom.js";
import { state } from "./state.js";
import { t } from "./words.js";

const UNITS = ["B", "KB", "MB", "GB"];
const SHOWN_TYPES = /^image\/(png|jpe?g|gif|webp)$/;

/** `1536` as `1.5 KB`. */
export function sizeOf(bytes = 0) {
  const step = bytes < 1024 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log(bytes) / Math.log(1024)));
  const amount = bytes / 1024 ** step;
  return `${step && amount < 10 ? amount.toFixed(1) : Math.round(amount)} ${UNITS[step]}`;
}

export function fileCard(file) {
  const name = file.title || file.name;
  const address = state.api.fileAddress(file.id);
  const kind = (file.filetype || file.name?.split(".").at(-1) || "").toUpperCase();
  const card = h(
    "a.file-card",
    { href: address, download: file.name, "aria-label": t("download", { name }), data: { file: file.id } },
    icon("file"),
    h(
      "span.file-words",
      {},
      h("span.file-name", {}, name),
      h("span.file-size", {}, [kind, sizeOf(file.size)].filter(Boolean).join(" · ")),
    ),
  );
  if (!SHOWN_TYPES.test(file.mimetype ?? "")) return card;
  return h("div.file-picture", {}, h("img", { src: address, alt: name, loading: "lazy" }), card);
}
