// Suggests slash commands and people while one types, as a list that arrow keys walk.
import { h, uniqueId } from "./dom.js";
import { peopleLike } from "./mentions.js";
import { avatar } from "./people.js";
import { myApps } from "./state.js";
import { local, t } from "./words.js";

/** Every command that an app offers, with the app's name. */
export function commands() {
  return myApps().flatMap((app) => (app.commands ?? []).map((command) => ({ ...command, app: app.name })));
}

function forCommand(text) {
  const [typed] = text.split(/\s/, 1);
  if (!text.startsWith("/")) return [];
  const written = /\s/.test(text);
  const found = commands().filter(({ command }) => (written ? command === typed : command.startsWith(typed)));
  return found.map((command) => ({
    insert: `${command.command} `,
    from: 0,
    hintOnly: written || (found.length === 1 && command.command === text),
    row: () => [
      h("span.suggest-name", {}, command.command),
      command.usage_hint && h("span.suggest-usage", {}, command.usage_hint),
      h("span.suggest-detail", {}, local(command.description)),
      h("span.suggest-app", {}, command.app),
    ],
  }));
}

function forPeople(text, members) {
  const match = text.match(/(?:^|\s)@([^\s@]*)$/);
  if (!match) return [];
  return peopleLike(match[1], members).map((person) => ({
    insert: `@${person.name} `,
    from: text.length - match[1].length - 1,
    row: () => [
      avatar(person.id, "tiny"),
      h("span.suggest-name", {}, person.real_name || person.name),
      h("span.suggest-usage", {}, `@${person.name}`),
      h("span.suggest-detail", {}, [person.title, person.group].filter(Boolean).map(local).join(" · ")),
    ],
  }));
}

/** A list for `box`; `inThread` offers no commands. `takes(event)` says whether a key press was for the list. */
export function suggestions(box, { members, inThread }) {
  const id = uniqueId("suggest");
  const node = h("div.suggest", { id, role: "listbox", "aria-label": t("suggestions"), hidden: true });
  let found = [];
  let at = 0;
  for (const [name, value] of Object.entries({
    role: "combobox",
    "aria-autocomplete": "list",
    "aria-controls": id,
    "aria-expanded": "false",
  })) {
    box.setAttribute(name, value);
  }

  const isChoice = () => found.length > 0 && !found[at].hintOnly;

  function show() {
    node.hidden = !found.length;
    box.setAttribute("aria-expanded", String(!node.hidden));
    node.replaceChildren(
      ...found.map((entry, index) =>
        h(
          "div.suggest-row",
          {
            id: `${id}-${index}`,
            role: "option",
            "aria-selected": String(index === at && isChoice()),
            onpointerdown: (event) => event.preventDefault(),
            onclick: () => pick(index),
          },
          entry.row(),
        ),
      ),
    );
    if (isChoice()) box.setAttribute("aria-activedescendant", `${id}-${at}`);
    else box.removeAttribute("aria-activedescendant");
    node.children[at]?.scrollIntoView({ block: "nearest" });
  }

  function pick(index) {
    const { insert, from } = found[index];
    const rest = box.value.slice(box.selectionEnd);
    box.value = box.value.slice(0, from) + insert + rest;
    box.selectionStart = box.selectionEnd = from + insert.length;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    box.focus();
  }

  function update() {
    const typed = box.value.slice(0, box.selectionEnd);
    const wanted = document.activeElement === box;
    found = wanted ? [...(inThread ? [] : forCommand(typed)), ...forPeople(typed, members)] : [];
    at = 0;
    show();
  }

  function move(step) {
    at = (at + step + found.length) % found.length;
    show();
  }

  function takes(event) {
    if (event.key === "Escape" && found.length) {
      found = [];
      show();
      return true;
    }
    if (!isChoice() || event.isComposing) return false;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") move(event.key === "ArrowDown" ? 1 : -1);
    else if (event.key === "Tab" || (event.key === "Enter" && !event.shiftKey)) pick(at);
    else return false;
    return true;
  }

  box.addEventListener("input", update);
  box.addEventListener("blur", () => {
    node.hidden = true;
  });
  box.addEventListener("focus", update);
  return { node, takes };
}
