// Translates between what people type (@handle) and what Slack stores (<@U…>, escaped).
import { unescaped } from "./mrkdwn.js";
import { appOfBot, channelName, personById, state } from "./state.js";

const handleOf = (id) => personById(id)?.name ?? appOfBot(id)?.bot_name ?? id;

/** People whose name or handle has `typed` in it, those whose handle begins so and members first. */
export function peopleLike(typed, members) {
  const wanted = typed.toLowerCase();
  const rank = (person) => Number(members.includes(person.id)) + 2 * Number(person.name.startsWith(wanted));
  return state.world.people
    .filter((person) => [person.real_name, person.name].join(" ").toLowerCase().includes(wanted))
    .sort((one, other) => rank(other) - rank(one))
    .slice(0, 8);
}

/** Stored text as one would type it, for editing. */
export function typedText(stored = "") {
  const typed = stored
    .replace(/<@(\w+)(\|[^>]*)?>/g, (_, id) => `@${handleOf(id)}`)
    .replace(/<#(\w+)(\|[^>]*)?>/g, (_, id) => `#${channelName(id)}`)
    .replace(/<!(channel|here|everyone)>/g, "@$1")
    .replace(/<((?:https?|mailto):[^|>]+)(\|[^>]*)?>/g, "$1");
  return unescaped(typed);
}
