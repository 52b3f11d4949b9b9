// Holds every sentence of the page in English and Chinese, and gives the one that the chosen person reads.

const WORDS = {
  product: ["Local Slack", "本地 Slack"],
  productNote: ["A sandbox. Nothing leaves this machine.", "沙盒环境，内容不会离开本机。"],
  whoAreYou: ["Who are you?", "您是哪一位？"],
  whoHint: [
    "Pick a person and act as them. Open another window to be somebody else at the same time.",
    "选择一个人物，以其身份操作。另开一个窗口，可以同时扮演另一位。",
  ],
  switchPerson: ["Switch person", "切换人物"],
  actingAs: ["Acting as {name}. Switch person", "当前身份：{name}。切换人物"],
  findPerson: ["Find a person", "查找人物"],
  allPeople: ["All people", "所有人物"],
  noMatch: ["Nobody by that name", "没有符合的人"],
  sidebar: ["Channels and messages", "频道与私信"],
  openSidebar: ["Show channels", "显示频道列表"],
  apps: ["Apps", "应用"],
  channels: ["Channels", "频道"],
  invites: ["Invitations", "邀请"],
  inviteFrom: ["{team} invites you into #{channel}.", "{team}邀请您加入 #{channel}。"],
  inviteLimited: ["You may post there, and do nothing else.", "您只能在其中发言，不能做其他操作。"],
  inviteToApprove: [
    "{name} accepted an invitation into #{channel} of {team}. An admin has to agree.",
    "{name} 接受了加入 {team} 的 #{channel} 的邀请，需要管理员同意。",
  ],
  inviteAccept: ["Accept", "接受"],
  inviteApprove: ["Agree", "同意"],
  inviteDecline: ["Decline", "谢绝"],
  sharedChannel: ["shared with another company", "与另一家公司共享"],
  sharedWith: ["Shared with {teams}", "与 {teams} 共享"],
  disconnect: ["Disconnect the other company", "断开与另一家公司的连接"],
  disconnectText: [
    "Everybody of the guest leaves the channel, and keeps a copy of what was said so far.",
    "来宾方的所有人将离开此频道，并保留一份此前内容的副本。",
  ],
  uninstall: ["Remove {name} from this workspace", "从本工作区移除 {name}"],
  uninstallText: [
    "Its commands, buttons and messages stop working here at once.",
    "它在本工作区的命令、按钮与消息将立即失效。",
  ],
  consentTitle: ["{app} asks to be installed", "{app} 请求安装"],
  consentWho: ["Install as", "安装人"],
  consentScopes: ["In this person's workspace it would be able to:", "它将能够在此人的工作区中："],
  consentAgain: ["Installed there already: its scopes are added to.", "该工作区已经安装，权限将会追加。"],
  consentAllow: ["Allow", "允许"],
  joinable: ["Channels you could join", "可加入的频道"],
  archivedChannels: ["Archived", "已归档"],
  directMessages: ["Direct messages", "私信"],
  newMessage: ["New message", "发起私信"],
  unread: ["{n} unread", "{n} 条未读"],
  private: [" (private)", "（私密）"],
  privateChannel: ["private channel", "私密频道"],
  members: ["{n} members", "{n} 位成员"],
  memberOne: ["1 member", "1 位成员"],
  membersTitle: ["Members of {name}", "{name} 的成员"],
  pinned: ["{n} pinned", "{n} 条置顶"],
  pinnedTitle: ["Pinned messages", "置顶消息"],
  bookmarks: ["Bookmarks", "书签"],
  channelMenu: ["Channel actions", "频道操作"],
  leave: ["Leave channel", "退出频道"],
  archive: ["Archive channel", "归档频道"],
  addPeople: ["Add people", "添加成员"],
  removeMember: ["Remove {name}", "移除 {name}"],
  home: ["Home", "主页"],
  messages: ["Messages", "消息"],
  messagesIn: ["Messages in {name}", "{name} 中的消息"],
  noMessages: ["No messages yet. Say the first word.", "还没有消息，来说第一句吧。"],
  newMessages: ["New", "新消息"],
  jumpOver: ["{n} new messages – jump to the latest", "{n} 条新消息，跳到最新"],
  jumpOverOne: ["1 new message – jump to the latest", "1 条新消息，跳到最新"],
  app: ["APP", "应用"],
  edited: ["(edited)", "（已编辑）"],
  deleted: ["This message was deleted.", "此消息已删除。"],
  onlyYou: ["Only visible to you", "仅您可见"],
  pinnedMark: ["Pinned", "已置顶"],
  replyInThread: ["Reply in thread", "在消息列中回复"],
  react: ["Add reaction", "添加表情回应"],
  edit: ["Edit message", "编辑消息"],
  remove: ["Delete message", "删除消息"],
  removeTitle: ["Delete message?", "删除这条消息？"],
  removeText: ["It disappears for everyone in the channel.", "频道内所有人都将无法再看到它。"],
  removeYes: ["Delete", "删除"],
  cancel: ["Cancel", "取消"],
  dismiss: ["Dismiss this message", "隐藏此消息"],
  save: ["Save", "保存"],
  more: ["More actions", "更多操作"],
  replies: ["{n} replies", "{n} 条回复"],
  replyOne: ["1 reply", "1 条回复"],
  lastReply: ["Last reply {when}", "最后回复于 {when}"],
  reactedBy: ["{names} reacted with {emoji}", "{names} 用 {emoji} 回应"],
  thread: ["Thread", "消息列"],
  threadIn: ["Thread in {name}", "{name} 中的消息列"],
  close: ["Close", "关闭"],
  messageTo: ["Message {name}", "发消息到 {name}"],
  reply: ["Reply…", "回复…"],
  send: ["Send", "发送"],
  attach: ["Attach a file", "添加附件"],
  unattach: ["Remove {name}", "移除 {name}"],
  shortcuts: ["Shortcuts", "快捷方式"],
  composerHint: [
    "Enter sends, Shift+Enter starts a new line, / lists commands",
    "Enter 发送，Shift+Enter 换行，输入 / 查看命令",
  ],
  suggestions: ["Suggestions", "建议"],
  noThreadCommands: ["{command} is not supported in threads. Sorry!", "抱歉，消息列中不支持 {command}。"],
  archivedNotice: [
    "This channel is archived. It can be read, and no longer written to.",
    "此频道已归档，只能查看，不能再发言。",
  ],
  messagesOff: [
    "{name} takes no messages here. Use its buttons or its Home, or type a command in a channel.",
    "{name} 不接收私信，请使用消息中的按钮、应用主页，或在频道里输入命令。",
  ],
  notMember: ["You are looking at {name}.", "您正在浏览 {name}。"],
  join: ["Join channel", "加入频道"],
  download: ["Download {name}", "下载 {name}"],
  reconnecting: ["Reconnecting…", "正在重新连接…"],
  unreachable: ["The sandbox does not answer. Try again in a moment.", "沙盒没有响应，请稍后再试。"],
  unknownPlace: ["There is nothing here that you can see.", "这里没有您可以查看的内容。"],
  unknownPlaceHint: [
    "The channel may be private, or not exist yet. Choose another on the left.",
    "该频道可能是私密频道，或尚未创建。请在左侧选择其他频道。",
  ],
  homeEmpty: ["This app has not published a home yet.", "该应用尚未发布主页。"],
  optional: [" (optional)", "（选填）"],
  choose: ["Choose an option", "请选择"],
  choosePeople: ["Choose a person", "请选择人员"],
  chooseChannel: ["Choose a channel", "请选择频道"],
  moreOptions: ["More options", "更多选项"],
  charactersLeft: ["{n} characters left", "还可输入 {n} 字"],
  required: ["Please complete this required field.", "请填写此必填项。"],
  tooShort: ["Please enter at least {n} characters.", "请至少输入 {n} 个字符。"],
  tooLong: ["Please enter no more than {n} characters.", "请勿超过 {n} 个字符。"],
  badNumber: ["Please enter a number within the range.", "请输入范围内的数字。"],
  badEmail: ["Please enter a valid email address.", "请输入有效的电子邮箱。"],
  badUrl: ["Please enter a valid web address.", "请输入有效的网址。"],
  noSuchBlock: ["This kind of content is not shown here: {type}", "此处不显示该类内容：{type}"],
  imageAbsent: ["Image: {alt}", "图片：{alt}"],
  yes: ["Yes", "是"],
  submit: ["Submit", "提交"],
  tourMark: ["Tour", "导览"],
  tour: ["Guided tour", "导览"],
  tourProgress: ["{done} of {all} done", "已完成 {done}/{all}"],
  hideTour: ["Hide the tour", "收起导览"],
  showTour: ["Show the tour", "显示导览"],
  alert_default: ["Note", "提示"],
  alert_info: ["Information", "信息"],
  alert_success: ["Success", "成功"],
  alert_warning: ["Warning", "警告"],
  alert_error: ["Error", "错误"],
  topicSet: ["{names} set the topic: {text}", "{names} 将话题设为：{text}"],
  purposeSet: ["{names} set the description: {text}", "{names} 将说明设为：{text}"],
  renamed: ["{names} renamed the channel to {text}", "{names} 将频道改名为 {text}"],
  archivedBy: ["{names} archived the channel", "{names} 归档了频道"],
  unarchivedBy: ["{names} brought the channel back from the archive", "{names} 恢复了频道"],
  listed: [", ", "、"],
  joined: ["{names} joined", "{names} 加入了频道"],
  left: ["{names} left", "{names} 离开了频道"],
  announceOne: ["New message from {names}", "{names} 发来新消息"],
  announce: ["{n} new messages from {names}", "{names} 发来 {n} 条新消息"],
  said: ["{name}: {text}", "{name}：{text}"],
};

/** What the sandbox refuses, for readers of Chinese; its own sentence is English. */
const REFUSALS = {
  action_not_found: "这个按钮已经失效，请刷新后再试。",
  already_in_channel: "对方已在此频道中。",
  cant_archive_general: "此频道不能归档。",
  cant_delete_message: "只能删除自己的消息。",
  cant_leave_general: "此频道不能退出。",
  cant_update_message: "只能编辑自己的消息。",
  channel_not_found: "这里没有您可以查看的内容。",
  bad_redirect_uri: "该应用没有登记这个返回地址。",
  dispatch_failed: "操作失败：未能连接到应用（dispatch_failed）。",
  file_is_empty: "不能上传空文件。",
  file_not_found: "您看不到这个文件，或文件已不存在。",
  interactivity_disabled: "该应用未启用按钮与表单。",
  invalid_response_action: "连接出现问题，请再试一次。",
  invalid_value: "此处不能填写该内容。",
  invalid_client_id: "这里没有这个应用。",
  invalid_scope: "该应用请求了它没有声明的权限。",
  invite_not_found: "该邀请已失效。",
  is_archived: "此频道已归档，不能再操作。",
  message_not_found: "该消息已不存在。",
  messages_tab_disabled: "该应用不接收私信。",
  msg_too_long: "消息太长，最多 12000 个字符。",
  no_text: "请先输入内容。",
  not_in_channel: "您或对方不在此频道中。",
  operation_timeout: "操作失败：应用未及时应答（operation_timeout）。",
  name_taken: "此名称已有频道使用。",
  no_scopes: "该应用没有请求任何权限。",
  restricted_action: "您没有权限进行此操作。",
  thread_not_found: "该消息列已不存在。",
  unknown_command: "没有这个命令。",
  view_is_covered: "上面还有一个打开的窗口，请先完成。",
  view_not_found: "该窗口已关闭。",
};

let column = 0;
let translations = {};

/** Knows the workspace's own words from now on, by language. */
export function teach(known) {
  translations = known;
}

/** The workspace's own word (a title, a group, a topic) in the reader's language, where it has one. */
export const local = (word) => translations[document.documentElement.lang]?.[word] ?? word;

/** Reads for `locale` from now on: Chinese for any zh, English for the rest. */
export function speak(locale) {
  column = /^zh/i.test(locale || "") ? 1 : 0;
  document.documentElement.lang = column ? "zh-CN" : "en";
}

/** The sentence of `key`, with `{names}` filled in. */
export function t(key, values = {}) {
  return WORDS[key][column].replace(/\{(\w+)\}/g, (typed, name) => values[name] ?? typed);
}

/** `one` for a single thing, `many` with its number for the rest. */
export function counted(n, one, many) {
  return n === 1 ? t(one) : t(many, { n });
}

/** The sentence for a request that failed: one that says what was refused, or that nothing answered. */
export function refusal({ code, message }) {
  if (!code) return t("unreachable");
  return (column && REFUSALS[code]) || message;
}
