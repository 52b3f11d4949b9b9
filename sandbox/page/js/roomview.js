// Shows one channel: head, messages, and below them the composer or why there is none.
import { h, iconButton } from "./dom.js";
import { footPart } from "./foot.js";
import { showHeader, titleOf } from "./header.js";
import { jumpTo, messageList } from "./list.js";
import { state } from "./state.js";
import { sync } from "./sync.js";
import { t } from "./words.js";

/** The view of `channel`: `show()` redraws it from the state; `load()` asks for its messages again. */
export function roomView(first, { toggleSidebar }) {
  const { id } = first;
  const head = h("div.room-head-parts");
  const list = messageList(t("messagesIn", { name: titleOf(first) }));
  const foot = h("div.room-foot");
  const node = h(
    "main.room",
    { data: { channel: id }, "aria-label": titleOf(first) },
    h(
      "header.room-head",
      {},
      iconButton("menu", t("openSidebar"), toggleSidebar, { class: "icon-button only-narrow" }),
      head,
    ),
    list.node,
    foot,
  );
  let messages = null;
  let newFrom = first.unread ? null : undefined; // null: to be found at the first load
  let target = null; // a message to take the reader to, once it is there

  function show() {
    const channel = state.channels.find((one) => one.id === id) ?? first;
    showHeader(head, channel, messages ?? []);
    sync(foot, [footPart(channel, null, list.toBottom)]);
    if (!messages) return;
    if (newFrom === null) newFrom = firstUnread(messages, first.unread);
    list.show(messages, { channel, inThread: false, canAct: channel.is_member && !channel.is_archived, newFrom });
    if (target && jumpTo(target)) target = null;
  }

  async function load() {
    messages = (await state.api.messages(id)).messages;
    show();
  }

  function goTo(ts) {
    target = ts;
    show();
  }

  return { node, show, load, goTo, focus: () => node.querySelector(".composer-box")?.focus() };
}

/** The oldest of the last `count` messages that others wrote. */
function firstUnread(messages, count) {
  const others = messages.filter((message) => !message.ephemeral && message.user !== state.me.id);
  return others.at(-count)?.ts;
}
