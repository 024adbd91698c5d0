// The neighbours on the left: who they are, what they speak, what waits for them.

import { button, follow, isolated, make, set } from "./dom.js";
import { askIn, attempt } from "./overlays.js";
import { badge } from "./phone.js";
import { phoneOf, store, unreadOf } from "./state.js";
import { LANGUAGES, autonym, initials, languageName, tone } from "./words.js";

const WORTH_A_SEARCH = 8;

export function drawPeople({ onOpen }) {
  const list = document.querySelector("#people");
  const field = document.querySelector("#find");
  field.hidden = store.state.people.length < WORTH_A_SEARCH;
  const sought = field.value.trim().toLocaleLowerCase();
  const people = store.state.people.filter((person) => describes(person).toLocaleLowerCase().includes(sought));
  follow(list, people.map((person) => {
    const waiting = unreadOf(person);
    const open = Boolean(phoneOf(person.id));
    return {
      key: person.id,
      create: () => make("li"),
      facts: [person.name, person.language, person.deleted, waiting, open],
      draw: () => personButton(person, { waiting, open, onOpen }),
    };
  }));
  document.querySelector("#no-people").hidden = store.state.people.length > 0 || Boolean(store.state.under_way);
  document.querySelector("#none-found").hidden = people.length > 0 || store.state.people.length === 0;
}

const describes = (person) => `${person.name} ${languageName(person.language)} ${autonym(person.language)}`;

function personButton(person, { waiting, open, onOpen }) {
  const english = languageName(person.language);
  const own = autonym(person.language);
  const languages = english === own ? [english] : [`${english} · `, isolated(own, person.language)];
  const element = button({ class: "person", "data-person": person.id, onclick: () => onOpen(person.id) },
    make("span", { class: `avatar tone-${tone(person.id)}`, "aria-hidden": "true" }, initials(person.name)),
    make("span", { class: "who" },
      make("span", { class: "name", dir: "auto" }, person.name),
      make("span", { class: "tongue" }, person.deleted ? "Account deleted" : languages)),
    badge(waiting));
  set(element, "aria-pressed", String(open));
  return element;
}

/** Wires the form for a new person; `onOpen(id)` opens the phone of whoever has just moved in. */
export function prepareNewPerson({ onOpen }) {
  const dialog = document.querySelector("#person-dialog");
  const choice = dialog.querySelector("select");
  document.querySelector("#new-person").onclick = () => {
    const known = new Set([...LANGUAGES, ...store.state.people.map((person) => person.language).filter(Boolean)]);
    choice.replaceChildren(...[...known].map((code) => {
      const [english, own] = [languageName(code), autonym(code)];
      return make("option", { value: code, dir: "ltr" }, english === own ? english : `${english} · ${own}`);
    }));
    askIn(dialog, async ({ name, language }) => {
      const made = await attempt("/sandbox/people", { name, language });
      if (made) onOpen(made.id ?? made.person?.id);
    });
  };
}
