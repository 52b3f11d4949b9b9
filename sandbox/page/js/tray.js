// Holds the files that wait to be sent with a message.
import { h, icon, iconButton } from "./dom.js";
import { sizeOf } from "./files.js";
import { t } from "./words.js";

/** A tray: `node` shows the files, `chooser` asks for more, `take()` empties it, `put(files)` adds to it. */
export function fileTray() {
  const node = h("div.tray", { hidden: true });
  const chooser = h("input", { type: "file", multiple: true, hidden: true, "aria-label": t("attach") });
  let files = [];

  function show() {
    node.hidden = !files.length;
    node.replaceChildren(...files.map(row));
  }

  function row(file) {
    const drop = iconButton("close", t("unattach", { name: file.name }), () => {
      files = files.filter((one) => one !== file);
      show();
    });
    return h("span.tray-file", {}, icon("file"), `${file.name} · ${sizeOf(file.size)}`, drop);
  }

  function put(more) {
    files = [...files, ...more];
    show();
  }

  function take() {
    const taken = files;
    files = [];
    show();
    return taken;
  }

  chooser.addEventListener("change", () => {
    put(chooser.files);
    chooser.value = "";
  });
  return { node, chooser, put, take, isEmpty: () => !files.length };
}
