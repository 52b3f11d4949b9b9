// Gives blocks a place to report to: a message of a channel, or a view.
import { state } from "./state.js";
import { telling } from "./toast.js";
import { entries, initialOf, memory } from "./values.js";

async function clicked(target, block, element, value) {
  const answer = await telling(() =>
    state.api.click({ ...target, block_id: block.block_id, action_id: element.action_id, value }),
  );
  return Boolean(answer);
}

/** What the app offers for `text` in an external select: options, or option_groups. */
function suggested(target, block, element, text) {
  return telling(() =>
    state.api.suggestions({ ...target, block_id: block.block_id, action_id: element.action_id, text }),
  );
}

/** Blocks of a message: every choice goes to the app at once. */
export function messageSurface(channel, ts) {
  return {
    valueOf: (block, element) => initialOf(element),
    keep: () => {},
    act: (block, element, value) => clicked({ channel, ts }, block, element, value),
    suggest: (block, element, text) => suggested({ channel, ts }, block, element, text),
  };
}

/** Blocks of a modal or a Home: what is entered stays until it is submitted. `follow(view)` names the view. */
export function viewSurface() {
  const held = memory();
  let view = {};
  return {
    ...held,
    follow: (shown) => {
      view = shown;
      held.follow(shown);
    },
    act: (block, element, value) =>
      clicked({ view_id: view.id, values: entries(view.blocks, held) }, block, element, value),
    suggest: (block, element, text) => suggested({ view_id: view.id }, block, element, text),
  };
}
