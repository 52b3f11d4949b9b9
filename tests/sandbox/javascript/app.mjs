// A client that nobody here wrote: an ordinary Bolt app, which knows the local Slack only by its address.

import bolt from "@slack/bolt";

const { SLACK_API_URL, SLACK_BOT_TOKEN, SLACK_APP_TOKEN, SLACK_SIGNING_SECRET, PORT } = process.env;

const app = new bolt.App({
  token: SLACK_BOT_TOKEN,
  clientOptions: { slackApiUrl: SLACK_API_URL },
  logLevel: bolt.LogLevel.WARN,
  ...(SLACK_APP_TOKEN
    ? { socketMode: true, appToken: SLACK_APP_TOKEN }
    : { signingSecret: SLACK_SIGNING_SECRET }),
});

const plain = (text) => ({ type: "plain_text", text });

const field = (id, label, more = {}) => ({
  type: "input",
  block_id: id,
  label: plain(label),
  element: { type: "plain_text_input", action_id: "text", ...more },
});

const FORM = {
  type: "modal",
  callback_id: "leak",
  title: plain("Report a leak"),
  submit: plain("Send"),
  blocks: [field("where", "Where"), field("what", "What happened", { multiline: true })],
};

const card = (text) => [
  { type: "header", text: plain("A leak") },
  { type: "section", text: { type: "mrkdwn", text } },
  { type: "actions", elements: [{ type: "button", action_id: "mine", text: plain("Mine"), style: "primary" }] },
];

app.command("/leak", async ({ ack, command, client }) => {
  if (command.text === "help") {
    await ack("Type /leak, and fill in the form.");
    return;
  }
  await ack();
  await client.views.open({ trigger_id: command.trigger_id, view: FORM });
});

app.view("leak", async ({ ack, body, view, client }) => {
  const { where, what } = view.state.values;
  if (where.text.value.length < 4) {
    await ack({ response_action: "errors", errors: { where: "Name the place." } });
    return;
  }
  await ack();
  const { channel } = await client.conversations.create({ name: "leak-1", is_private: true });
  await client.conversations.invite({ channel: channel.id, users: body.user.id });
  const text = `Water in ${where.text.value}`;
  await client.chat.postMessage({ channel: channel.id, text, blocks: card(text) });
  await client.files.uploadV2({
    channel_id: channel.id,
    filename: "report.txt",
    title: "The report",
    content: what.text.value,
  });
});

app.action("mine", async ({ ack, body, client, respond }) => {
  await ack();
  const text = `<@${body.user.id}> sees to it`;
  await client.chat.update({ channel: body.channel.id, ts: body.message.ts, text, blocks: card(text) });
  await respond({ response_type: "ephemeral", replace_original: false, text: "It is yours." });
});

app.message("who", async ({ message, say }) => {
  await say({ text: `you are <@${message.user}>`, thread_ts: message.ts });
});

app.message("too big", async ({ message, client, say }) => {
  try {
    await client.chat.postMessage({ channel: message.channel, text: "big", blocks: card("x".repeat(3001)) });
  } catch ({ data }) {
    await say(`${data.error}: ${data.response_metadata.messages}`);
  }
});

await app.start(SLACK_APP_TOKEN ? undefined : { host: "127.0.0.1", port: Number(PORT) });
console.log("ready");
