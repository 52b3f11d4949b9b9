// The emoji that apps and people write as :shortcodes:, so that text shows them without a table from elsewhere.

const TABLE = `
white_check_mark ✅|heavy_check_mark ✔️|ballot_box_with_check ☑️|x ❌|no_entry ⛔|no_entry_sign 🚫|warning ⚠️
rotating_light 🚨|bridge_at_night 🌉|globe_with_meridians 🌐|bell 🔔|no_bell 🔕|hourglass ⌛|hourglass_flowing_sand ⏳|alarm_clock ⏰|stopwatch ⏱️|timer_clock ⏲️
clock1 🕐|clock3 🕒|clock9 🕘|watch ⌚|calendar 📅|spiral_calendar_pad 🗓️|date 📅
red_circle 🔴|large_orange_circle 🟠|large_yellow_circle 🟡|large_green_circle 🟢|large_blue_circle 🔵
large_purple_circle 🟣|white_circle ⚪|black_circle ⚫|large_red_square 🟥|large_orange_square 🟧|large_yellow_square 🟨
large_green_square 🟩|large_blue_square 🟦|white_large_square ⬜|black_large_square ⬛|white_medium_square ◻️
small_blue_diamond 🔹|small_orange_diamond 🔸|radio_button 🔘|black_square_button 🔲|white_square_button 🔳|exclamation ❗|heavy_exclamation_mark ❗|question ❓
grey_question ❔|bangbang ‼️|information_source ℹ️|bulb 💡|memo 📝|pencil 📝|pencil2 ✏️|clipboard 📋|page_facing_up 📄
page_with_curl 📃|bookmark_tabs 📑|books 📚|book 📖|scroll 📜|ledger 📒|file_folder 📁|open_file_folder 📂|paperclip 📎
link 🔗|lock 🔒|unlock 🔓|closed_lock_with_key 🔐|key 🔑|shield 🛡️|mag 🔍|eyes 👀|eye 👁️|pushpin 📌|round_pushpin 📍
triangular_flag_on_post 🚩|checkered_flag 🏁|inbox_tray 📥|outbox_tray 📤|package 📦|email 📧|envelope ✉️|mailbox 📫
telephone_receiver 📞|phone ☎️|telephone ☎️|iphone 📱|loudspeaker 📢|mega 📣|speech_balloon 💬|left_speech_bubble 🗨️
newspaper 📰|camera 📷|bank 🏦|office 🏢|classical_building 🏛️|house 🏠|hospital 🏥|police_car 🚓|ambulance 🚑|fire 🔥
fire_engine 🚒|umbrella ☔|zap ⚡|boom 💥|sos 🆘|construction 🚧|repeat 🔁|arrows_counterclockwise 🔄
arrow_up ⬆️|arrow_down ⬇️|arrow_right ➡️|arrow_left ⬅️|arrow_upper_right ↗️|heavy_plus_sign ➕|heavy_minus_sign ➖
thumbsup 👍|+1 👍|thumbsdown 👎|-1 👎|ok_hand 👌|wave 👋|raised_hand ✋|hand ✋|raising_hand 🙋|clap 👏|pray 🙏|muscle 💪
point_right 👉|point_up ☝️|handshake 🤝|raised_hands 🙌|heart ❤️|green_heart 💚|blue_heart 💙|star ⭐|sparkles ✨|tada 🎉
smile 😄|smiley 😃|slightly_smiling_face 🙂|blush 😊|joy 😂|thinking_face 🤔|cry 😢|worried 😟|sweat_smile 😅|rocket 🚀
bust_in_silhouette 👤|busts_in_silhouette 👥|man-walking 🚶|walking 🚶|runner 🏃|family 👪|robot_face 🤖|gear ⚙️|wrench 🔧
hammer_and_wrench 🛠️|test_tube 🧪|performing_arts 🎭|chart_with_upwards_trend 📈|bar_chart 📊|moneybag 💰|scales ⚖️
balance_scale ⚖️|label 🏷️|ticket 🎫|receipt 🧾|printer 🖨️|floppy_disk 💾|card_index_dividers 🗂️|wastebasket 🗑️|seedling 🌱
one 1️⃣|two 2️⃣|three 3️⃣|four 4️⃣|five 5️⃣|six 6️⃣|seven 7️⃣|eight 8️⃣|nine 9️⃣|zero 0️⃣|100 💯|new 🆕|ok 🆗|end 🔚
double_vertical_bar ⏸️|arrow_forward ▶️|black_square_for_stop ⏹️|fast_forward ⏩|rewind ⏪|crescent_moon 🌙|sunny ☀️
skin-tone-2 🏻|skin-tone-3 🏼|skin-tone-4 🏽|skin-tone-5 🏾|skin-tone-6 🏿`;

const BY_NAME = new Map(
  TABLE.trim()
    .split(/[|\n]/)
    .map((entry) => entry.split(" "))
    .map(([name, sign]) => [name, sign]),
);

/** The reactions offered in a message's toolbar. */
export const REACTIONS = ["+1", "white_check_mark", "eyes", "pray", "tada", "heart", "raised_hands", "question", "x"];

/** The character of a shortcode, or the shortcode as typed when it is not in the table. */
export function emoji(name) {
  return BY_NAME.get(name) ?? `:${name}:`;
}

/** `text` with every known :shortcode: replaced by its character. */
export function withEmoji(text) {
  return text.replace(/:([a-z0-9_+-]+):/g, (typed, name) => BY_NAME.get(name) ?? typed);
}
