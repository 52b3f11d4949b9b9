// The consent page: an app asks to be installed, and a person of a workspace allows it or not.
import { asPerson, consent, world } from "./api.js";
import { h } from "./dom.js";
import { local, refusal, speak, t, teach } from "./words.js";

const query = Object.fromEntries(new URLSearchParams(location.search));
const root = document.getElementById("app");

function told(error) {
  root.replaceChildren(h("main.consent", {}, h("p.consent-error", { role: "alert" }, refusal(error))));
}

/** People by workspace, admins first: whoever they are, the app comes into theirs. */
function whoSelect({ teams, people }) {
  const groups = teams.map((team) => {
    const theirs = people.filter((person) => person.team === team.id);
    const sorted = [...theirs].sort((one, other) => Number(other.admin) - Number(one.admin));
    const options = sorted.map((person) => h("option", { value: person.id }, person.real_name || person.name));
    return h("optgroup", { label: local(team.name) }, options);
  });
  return h("select.input.select", { id: "who" }, groups);
}

function page(app, there) {
  const select = whoSelect(there);
  const again = h("p.consent-note", { hidden: true }, t("consentAgain"));
  const marked = () => {
    const person = there.people.find((one) => one.id === select.value);
    again.hidden = !app.installed.includes(person?.team);
  };
  select.addEventListener("change", marked);
  marked();
  const answer = async (verb) => {
    try {
      location.assign((await asPerson(select.value)[verb]({ query })).location);
    } catch (error) {
      told(error);
    }
  };
  const button = (style, label, verb) =>
    h(`button.kit-button.style-${style}`, { type: "button", onclick: () => answer(verb) }, label);
  return h(
    "main.consent",
    {},
    h("p.product", {}, h("span.product-sign", { "aria-hidden": "true" }), t("product")),
    h("h1", {}, t("consentTitle", { app: app.name })),
    h("label", { for: "who" }, t("consentWho"), select),
    again,
    h("div", {}, t("consentScopes"), h("ul", {}, app.scopes.map((scope) => h("li", {}, scope)))),
    h("div.consent-actions", {}, button("primary", t("consentAllow"), "allow"), button("default", t("cancel"), "deny")),
  );
}

async function start() {
  speak(navigator.language);
  try {
    const [{ app }, there] = await Promise.all([consent(query), world()]);
    teach(there.translations);
    document.title = t("consentTitle", { app: app.name });
    root.replaceChildren(page(app, there));
  } catch (error) {
    told(error);
  }
}

start();
