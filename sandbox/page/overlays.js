// What lies over the page for a moment: short toasts and alerts over a phone, notices, and dialogs that ask.

import { post, Refused } from "./api.js";
import { directLines } from "./direction.js";
import { button, isolated, make } from "./dom.js";

/** Does what a person asked for, and says kindly why it could not be done. Answers null then. */
export async function attempt(path, body = {}) {
  try {
    return await post(path, body);
  } catch (refusal) {
    if (!(refusal instanceof Refused)) throw refusal;
    notice(refusal.message, body.person);
    return null;
  }
}

/** A sentence of the page's own, read out at once: over the phone it is about, or else over the whole page. */
export function notice(text, person = null) {
  const phone = document.querySelector(`[data-phone="${person}"] .toasts`);
  const note = make("p", { class: "notice", role: phone && "alert", dir: "auto" }, text);
  (phone ?? document.querySelector("#notices")).append(note);
  setTimeout(() => note.remove(), 4_000 + 80 * text.length);
}

/** The bot's answer to a tap that passes by itself; long enough on the screen to be read. A newer one takes its place. */
export function toast(phone, text) {
  phone.querySelector("[data-toast=short]")?.remove();
  const element = make("p", { class: "toast", "data-toast": "short" }, text);
  phone.querySelector(".toasts").append(element);
  setTimeout(() => element.remove(), 3_000 + 60 * text.length);
}

/** The bot's answer to a tap that waits to be dismissed. It covers this phone only: the others stay usable. */
export function alertOver(phone, botName, text) {
  phone.querySelector(".alert-shade .button")?.click();   // a newer answer takes the older one's place
  const inside = phone.querySelector(".phone-inside");
  const mine = phone.contains(document.activeElement);
  const before = document.activeElement;
  const dismiss = () => {
    inside.inert = false;
    shade.remove();
    if (mine) (before.isConnected ? before : phone.querySelector("textarea"))?.focus({ preventScroll: true });
  };
  const ok = button({ class: "button primary", onclick: dismiss }, "OK");
  const title = `alert-${phone.dataset.phone}`;
  const names = { "aria-labelledby": `${title}-who`, "aria-describedby": title };
  const words = directLines(make("p", { id: title }, text));
  const box = make("div", { class: "alert", role: "alertdialog", "data-toast": "alert", dir: words.dir, ...names },
    make("h3", { id: `${title}-who` }, isolated(botName)), words, ok);
  const onkeydown = (event) => { if (event.key === "Escape") dismiss(); };
  const shade = make("div", { class: "alert-shade", onkeydown }, box);
  inside.inert = true;
  phone.append(shade);
  if (mine || before === document.body) ok.focus();
}

/** Opens one of index.html's dialogs and calls `done` with its fields when it is confirmed (Escape says no). */
export function askIn(dialog, done) {
  const form = dialog.querySelector("form");
  form.reset();
  form.onsubmit = (event) => {
    event.preventDefault();
    dialog.close();
    done(Object.fromEntries(new FormData(form)));
  };
  dialog.querySelector("[data-cancel]").onclick = () => dialog.close();
  dialog.showModal();
}

/** A button that shows and hides a panel: outside clicks and Escape close it, and focus goes back to the button. */
export function disclose(opener, panel, { onOpen = () => {} } = {}) {
  const toggle = (open) => {
    panel.hidden = !open;
    opener.setAttribute("aria-expanded", String(open));
    if (open) onOpen();
  };
  toggle(false);
  opener.addEventListener("click", () => toggle(panel.hidden));
  panel.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    toggle(false);
    opener.focus();
  });
  document.addEventListener("pointerdown", (event) => {
    if (!panel.hidden && !panel.contains(event.target) && !opener.contains(event.target)) toggle(false);
  });
  return () => toggle(false);
}
