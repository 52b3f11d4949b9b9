// Shows a thread beside its channel: the message it hangs on, the replies, and a composer of its own.
import { h, iconButton } from "./dom.js";
import { footPart } from "./foot.js";
import { titleOf } from "./header.js";
import { messageList } from "./list.js";
import { channelById, channelHash, state } from "./state.js";
import { sync } from "./sync.js";
import { t } from "./words.js";

export function threadView(channelId, thread) {
  const label = t("threadIn", { name: titleOf(channelById(channelId)) });
  const list = messageList(label);
  const foot = h("div.room-foot");
  const close = () => {
    location.hash = channelHash(channelId);
  };
  const node = h(
    "aside.thread",
    { "aria-label": label, data: { thread } },
    h(
      "header.thread-head",
      {},
      h("h2", {}, t("thread"), h("span.thread-place", {}, titleOf(channelById(channelId)))),
      iconButton("close", t("close"), close),
    ),
    list.node,
    foot,
  );
  node.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.defaultPrevented) close();
  });
  let messages = null;

  function show() {
    const channel = channelById(channelId);
    const canAct = channel.is_member && !channel.is_archived;
    sync(foot, [footPart(channel, thread, list.toBottom)]);
    if (messages) list.show(messages, { channel, inThread: true, canAct });
  }

  async function load() {
    messages = (await state.api.messages(channelId, thread)).messages;
    show();
  }

  return { node, show, load, focus: () => node.querySelector(".composer-box")?.focus() };
}
