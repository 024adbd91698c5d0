// For developers: every Bot API call as it went over the wire, newest first.

import { get, throttled } from "./api.js";
import { follow, make, redraw, set } from "./dom.js";
import { botOf, remember, store } from "./state.js";
import { secondOf } from "./times.js";

const KEPT = 300;   // more than anybody reads; the sandbox keeps its own list
const calls = [];
const filter = () => document.querySelector("#calls-filter").value.trim().toLowerCase();

export function prepareCalls() {
  document.querySelector("#calls-toggle").onclick = () => showCalls(!store.kept.calls);
  document.querySelector("#calls-close").onclick = () => {
    showCalls(false);
    document.querySelector("#calls-toggle").focus();
  };
  document.querySelector("#calls-filter").oninput = drawCalls;
  document.querySelector("#calls-polls").onchange = drawCalls;
  document.querySelector("#calls").onkeydown = (event) => {
    if (event.key === "Escape") document.querySelector("#calls-close").click();
  };
  showCalls(store.kept.calls);
}

function showCalls(open) {
  store.kept.calls = open;
  remember();
  document.querySelector("#calls").hidden = !open;
  set(document.querySelector("#calls-toggle"), "aria-expanded", String(open));
  if (open) fetchCalls();
}

/** Fetches what there is: when the panel opens, and when the sandbox has begun anew. */
export async function fetchCalls() {
  if (!store.kept.calls) return;
  const answer = await get("/sandbox/calls").catch(() => ({ calls: [] }));
  // A call that still waits (a long poll) comes as an event when it is done.
  calls.splice(0, calls.length, ...answer.calls.filter((call) => call.outcome !== "open").slice(-KEPT));
  drawCalls();
}

/** One more call is done. */
export function addCall(call) {
  if (!store.kept.calls || calls.some((known) => known.number === call.number)) return;
  calls.push(call);
  calls.splice(0, Math.max(0, calls.length - KEPT));
  drawSoon();
}

function drawCalls() {
  const sought = filter();
  const polls = document.querySelector("#calls-polls").checked;
  const shown = calls.filter((call) => (polls || call.method !== "getUpdates")
    && (!sought || JSON.stringify(call).toLowerCase().includes(sought)));
  follow(document.querySelector("#calls-list"), shown.toReversed().map((call) => ({
    key: call.number,
    create: () => make("details", { class: "call" }),
    facts: [call.outcome, call.code],
    draw: (element) => drawCall(element, call),
  })));
  const empty = document.querySelector("#calls-empty");
  const why = calls.length ? "No call matches. Clear the filter to see them all."
    : "No calls yet. They appear here as soon as a bot speaks to the sandbox.";
  redraw(empty, [shown.length, why], () => (shown.length ? null : why));
}

const drawSoon = throttled(async () => drawCalls());

function drawCall(element, call) {
  const chat = call.parameters?.chat_id;
  const body = make("pre", { dir: "ltr" });
  // Written only when opened: three hundred pretty-printed calls would slow every redraw.
  element.ontoggle = () => { body.textContent = written(call); };
  return [
    make("summary", {},
      make("time", { datetime: call.at }, secondOf(call.at)),
      make("span", { class: "call-method" }, call.method),
      make("span", { class: "call-chat" }, chat === undefined ? "" : `chat ${chat}`),
      make("span", { class: `call-outcome${call.code === 200 ? "" : " refused"}`, dir: "auto" }, outcome(call)),
      make("span", { class: "call-bot", dir: "auto" }, botOf(call.bot)?.username ?? "")),
    body,
  ];
}

/** "ok", Telegram's refusal, or, without a code, what was done to the connection. */
const outcome = (call) => (call.code && call.code !== 200 ? `${call.code} ${call.outcome}` : call.outcome);

/** What the row does not show already; fields Telegram does not know are worth a look, so they are named. */
function written({ parameters, unknown, ms }) {
  const more = unknown?.length ? { "fields Telegram does not know": unknown } : {};
  return JSON.stringify({ parameters, ...more, ms }, null, 2);
}
