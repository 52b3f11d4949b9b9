// Decides what stands below the messages: the composer, or one sentence that says why there is none.
import { composer } from "./composer.js";
import { h } from "./dom.js";
import { titleOf } from "./header.js";
import { state } from "./state.js";
import { telling } from "./toast.js";
import { t } from "./words.js";

/** The part (see sync.js) below `channel`, or below the thread `thread` in it. */
export function footPart(channel, thread, onsent) {
  if (channel.is_archived) return note("archived", t("archivedNotice"));
  if (!channel.is_member) return { key: "join", sig: "", make: () => joinBar(channel) };
  const app = closedApp(channel);
  if (app) return note("closed", t("messagesOff", { name: app.name }));
  return { key: "composer", sig: "", make: () => composer(channel, thread, onsent) };
}

const note = (key, sentence) => ({ key, sig: sentence, make: () => h("p.foot-note", {}, sentence) });

/** The app that takes no messages in this direct message, if it is with one. */
function closedApp(channel) {
  if (channel.kind !== "im") return undefined;
  return state.world.apps.find((app) => !app.messages_tab && channel.members.includes(app.bot_user_id));
}

function joinBar(channel) {
  return h(
    "div.foot-note.join",
    {},
    h("span", {}, t("notMember", { name: titleOf(channel) })),
    channel.kind === "channel" &&
      h(
        "button.kit-button.style-primary",
        {
          type: "button",
          onclick: () => telling(() => state.api.join({ channel: channel.id })),
        },
        t("join"),
      ),
  );
}
