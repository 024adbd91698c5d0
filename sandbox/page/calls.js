// For developers: every Bot API call as it went over the wire, newest first.

import { get, throttled } from "./api.js";
import { follow, make, redraw, set } from "./dom.js";
import { botOf, remember, store } from "./state.js";
import { secondOf } from "./words.js";

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

/** Fetches what is new, when anybody looks. */
export const fetchCalls = throttled(async () => {
  if (!store.kept.calls) return;
  const answer = await get(`/sandbox/calls?after=${calls.at(-1)?.n ?? 0}`).catch(() => ({ calls: [] }));
  calls.push(...answer.calls);
  calls.splice(0, calls.length - KEPT);
  drawCalls();
}, 300);

/** After a reset or a restart the numbers begin again. */
export function forgetCalls() {
  calls.length = 0;
  fetchCalls();
}

function drawCalls() {
  const sought = filter();
  const polls = document.querySelector("#calls-polls").checked;
  const shown = calls.filter((call) => (polls || call.method !== "getUpdates") && (!sought || JSON.stringify(call).toLowerCase().includes(sought)));
  follow(document.querySelector("#calls-list"), shown.toReversed().map((call) => ({
    key: call.n,
    create: () => make("details", { class: "call" }),
    facts: call.outcome,
    draw: (element) => drawCall(element, call),
  })));
  const empty = document.querySelector("#calls-empty");
  redraw(empty, [shown.length, calls.length], () => (shown.length ? null
    : calls.length ? "No call matches. Clear the filter to see them all." : "No calls yet. They appear here as soon as a bot speaks to the sandbox."));
}

function drawCall(element, call) {
  const chat = call.parameters?.chat_id;
  const body = make("pre", { dir: "ltr" });
  // Written only when opened: three hundred pretty-printed calls would slow every redraw.
  element.ontoggle = () => { body.textContent = JSON.stringify({ parameters: call.parameters, outcome: call.outcome }, null, 2); };
  return [
    make("summary", {},
      make("time", { datetime: call.at }, secondOf(call.at)),
      make("span", { class: "call-method" }, call.method),
      make("span", { class: "call-chat" }, chat === undefined ? "" : `chat ${chat}`),
      make("span", { class: `call-outcome${refused(call.outcome) ? " refused" : ""}`, dir: "auto" }, inShort(call.outcome)),
      make("span", { class: "call-bot", dir: "auto" }, botOf(call.bot)?.username ?? "")),
    body,
  ];
}

const refused = (outcome) => outcome?.ok === false || (typeof outcome === "string" && outcome !== "ok");

function inShort(outcome) {
  if (typeof outcome === "string") return outcome;
  if (outcome?.ok === false) return `${outcome.error_code ?? ""} ${outcome.description ?? "refused"}`.trim();
  return "ok";
}
