// The clock one can move: the bot's own clock follows it, and what is due happens.

import { attempt, disclose, notice } from "./overlays.js";
import { now, store } from "./state.js";
import { momentAt, momentOf, morningAfter, wallTime } from "./times.js";

const HOUR = 3_600;
const WEEK = 7 * 24 * HOUR;

export function prepareClock() {
  const field = document.querySelector("#clock-field");
  const close = disclose(document.querySelector("#clock-now"), document.querySelector("#clock-panel"),
    { onOpen: () => { field.value = wallTime(now()); } });
  document.querySelector("#clock-hour").onclick = () => move({ advance_seconds: HOUR });
  document.querySelector("#clock-week").onclick = () => move({ advance_seconds: WEEK });
  document.querySelector("#clock-morning").onclick = () => move({ to: morningAfter(now()).toISOString() });
  document.querySelector("#clock-form").onsubmit = (event) => {
    event.preventDefault();
    if (!field.value) return;
    close();
    document.querySelector("#clock-now").focus();
    move({ to: momentAt(field.value).toISOString() });
  };
  setInterval(drawClock, 5_000);   // it shows minutes
}

async function move(how) {
  if (await attempt("/sandbox/clock", how)) notice("The clock has moved. Whatever is due happens now.");
}

export function drawClock() {
  if (store.state.revision < 0) return;   // nothing is known yet
  const text = document.querySelector("#clock-text");
  const written = momentOf(now());
  if (text.textContent !== written) text.textContent = written;
  text.dateTime = now().toISOString();
}
