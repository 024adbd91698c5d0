// The sandbox's JSON paths (docs/sandbox.md): the page uses the same ones as any script.

/** What the sandbox would not do, in its own sentence. */
export class Refused extends Error {}

const SILENT = "The sandbox does not answer. Is it still running?";

async function ask(path, options) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new Refused(SILENT);
  }
  const body = await answer.json().catch(() => null);
  if (!answer.ok) throw new Refused(body?.error ?? `The sandbox answered ${answer.status}.`);
  return body;
}

export const get = (path) => ask(path, { headers: { Accept: "application/json" } });

export const post = (path, body = {}) =>
  ask(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

/** Listens to what happens, for good: after a cut it tries again, more slowly each time, up to every eight seconds. */
export function listen({ onEvent, onUp, onDown }) {
  let pause = 500;
  const connect = () => {
    const source = new EventSource("/sandbox/events");
    source.onopen = () => { pause = 500; onUp(); };
    source.onmessage = (message) => onEvent(JSON.parse(message.data));
    source.onerror = () => {
      source.close();   // EventSource gives up by itself on some errors; one way of reconnecting is enough
      onDown();
      setTimeout(connect, pause);
      pause = Math.min(pause * 2, 8_000);
    };
  };
  connect();
}

/** Runs work at most once in `pause` milliseconds, and once more when it was asked for meanwhile. */
export function throttled(work, pause = 200) {
  let running = false;
  let again = false;
  return async function run() {
    if (running) { again = true; return; }
    running = true;
    const rest = new Promise((done) => { setTimeout(done, pause); });
    try {
      await work();
    } finally {
      await rest;
      running = false;
      if (again) { again = false; run(); }
    }
  };
}
