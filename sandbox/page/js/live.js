// Keeps one WebSocket open for the chosen person, so that the page learns of changes without reloading.

const FIRST_WAIT = 500;
const LONGEST_WAIT = 8000;

/**
 * Connects to `address` and again whenever it drops. `on.notice(message)` gets each notice, `on.open()` runs at every
 * (re)connection, `on.lost()` when it drops. The answer stops it.
 */
export function listen(address, on) {
  let wait = FIRST_WAIT;
  let stopped = false;
  let socket = null;
  let timer = 0;

  function connect() {
    socket = new WebSocket(address);
    socket.onopen = () => {
      wait = FIRST_WAIT;
      on.open();
    };
    socket.onmessage = (event) => on.notice(JSON.parse(event.data));
    socket.onclose = again;
  }

  function again() {
    if (stopped) return;
    on.lost();
    timer = setTimeout(connect, wait);
    wait = Math.min(wait * 2, LONGEST_WAIT);
  }

  connect();
  return () => {
    stopped = true;
    clearTimeout(timer);
    socket.close();
  };
}

/** Runs `task` soon, once for many calls, and never twice at a time; a call during a run leads to one more. */
export function coalesced(task, delay = 25) {
  let timer = 0;
  let running = null;
  let again = false;
  async function run() {
    timer = 0;
    running = task();
    await running.catch((error) => console.warn(error));
    running = null;
    if (again) start();
  }
  function start() {
    again = Boolean(running);
    if (!running && !timer) timer = setTimeout(run, delay);
  }
  return start;
}
