// Brings the page together: fetches the state, listens to what happens, and redraws what has changed.

import { get, listen, throttled } from "./api.js";
import { drawClock, prepareClock } from "./clock.js";
import { addCall, fetchCalls, prepareCalls } from "./calls.js";
import { askIn, attempt, notice } from "./overlays.js";
import { drawPeople, prepareNewPerson } from "./people.js";
import { Phone } from "./phone.js";
import { keepTimeIn } from "./times.js";
import { AT_MOST, botOf, closePhone, lastUsed, openPhone, personOf, store, take } from "./state.js";

const phones = new Map();   // person id -> Phone
let awaited = null;   // whose phone opens as soon as the state knows them
const narrow = matchMedia("(max-width: 46rem)");
const drawer = document.querySelector("#drawer");
const drawerButton = document.querySelector("#drawer-button");
const row = document.querySelector("#phones");

const refresh = throttled(async () => {
  try {
    take(await get("/sandbox/state"));
  } catch {
    return;   // the banner says so already, and reconnecting asks again
  }
  keepTimeIn(store.state.zone);
  draw();
  if (personOf(awaited)) open(awaited);
});

function draw() {
  const active = lastUsed()?.person;
  for (const [id, phone] of phones) {
    if (store.kept.phones.some((kept) => kept.person === id)) continue;
    phone.element.remove();
    phones.delete(id);
  }
  store.kept.phones.forEach(({ person }, index) => {
    if (!phones.has(person)) phones.set(person, new Phone(person, { onClose: () => close(person), onChange: draw }));
    const phone = phones.get(person);
    phone.element.classList.toggle("active", person === active);
    if (row.children[index] !== phone.element) row.insertBefore(phone.element, row.children[index] ?? null);
    phone.update({ visible: !narrow.matches || person === active });
  });
  drawPeople({ onOpen: open });
  drawClock();
  drawUnderWay();
  document.querySelector("#welcome").hidden = store.kept.phones.length > 0 || store.state.revision < 0;
  document.querySelector("#open-three").hidden = store.state.people.length < AT_MOST;
}

/** What the sandbox is busy with, such as people moving in: whoever is too early should know. */
function drawUnderWay() {
  const said = document.querySelector("#under-way");
  const words = store.state.under_way ?? "";
  if (said.textContent !== words) said.textContent = words;
  said.hidden = !words;
}

function open(personId) {
  awaited = personOf(personId) ? null : personId;
  if (awaited) return;   // has just moved in: the next state knows them
  openPhone(personId);
  draw();
  showDrawer(false);
  const { element } = phones.get(personId);
  element.scrollIntoView({ block: "nearest", inline: "nearest" });
  element.querySelector(".start, textarea")?.focus({ preventScroll: true });
}

function close(personId) {
  closePhone(personId);
  draw();
  document.querySelector(`[data-person="${personId}"]`)?.focus();
}

/** Three neighbours, of as many languages as there are: a first look needs one click. */
function openThree() {
  const first = new Map();
  for (const person of store.state.people) if (!first.has(person.language)) first.set(person.language, person.id);
  const ids = new Set([...first.values(), ...store.state.people.map((person) => person.id)]);
  for (const id of [...ids].slice(0, AT_MOST)) openPhone(id);
  draw();
}

function showDrawer(shown) {
  drawer.classList.toggle("shown", shown);
  drawerButton.setAttribute("aria-expanded", String(shown));
  if (shown) drawer.querySelector(".person, button")?.focus();
}

function happened(event) {
  if (event.type === "call") return addCall(event.call);
  if (event.type === "toast") phones.get(event.person)?.answered(event);
  if (event.type === "typing") return showTyping(event);
  if (event.type === "reset") fetchCalls();
  return void refresh();
}

function showTyping({ bot, chat, action }) {
  for (const phone of phones.values()) if (phone.chat?.key === chat) phone.showTyping(botOf(bot), action);
}

async function reset() {
  if (!await attempt("/sandbox/reset")) return;
  store.kept.seen = {};
  notice("All chats are empty again.");
}

const offline = document.querySelector("#offline");
listen({
  onEvent: happened,
  onUp: () => { offline.hidden = true; refresh(); fetchCalls(); },
  onDown: () => { offline.hidden = false; },
});

prepareClock();
prepareCalls();
prepareNewPerson({ onOpen: open });
document.querySelector("#find").oninput = () => drawPeople({ onOpen: open });
document.querySelector("#open-three").onclick = openThree;
document.querySelector("#reset").onclick = () => askIn(document.querySelector("#reset-dialog"), reset);
drawerButton.onclick = () => showDrawer(!drawer.classList.contains("shown"));
document.querySelector("#choose").onclick = () => showDrawer(true);
document.querySelector("#drawer-shade").onclick = () => showDrawer(false);
// On the whole page: a list that was drawn anew has lost the focus it had.
document.onkeydown = (event) => {
  if (event.key !== "Escape" || !drawer.classList.contains("shown")) return;
  if (document.querySelector("dialog[open]") || event.target.closest(".alert-shade")) return;   // they close first
  showDrawer(false);
  drawerButton.focus();
};
narrow.onchange = draw;
document.onvisibilitychange = draw;   // what came while nobody looked counts as seen now
