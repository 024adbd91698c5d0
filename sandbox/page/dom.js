// Making and redrawing elements. Text always goes in as text nodes; nothing here parses HTML (see safe.js for that).

/** Makes an element: make("p", {class: "hint"}, "Press ", key). Empty attributes and children are left out. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else set(element, name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Sets an attribute, or takes it away when there is nothing to say. */
export function set(element, name, value) {
  if (value === null || value === undefined || value === false) element.removeAttribute(name);
  else element.setAttribute(name, value === true ? "" : value);
}

/** One of the drawings in index.html's sprite; always decoration, the button beside it carries the name. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

export const button = (attributes, ...children) => make("button", { type: "button", ...attributes }, ...children);

/** A button that shows only a drawing, with its name for those who cannot see it. */
export const iconButton = (name, label, onclick) =>
  button({ class: "icon-button", "aria-label": label, title: label, onclick }, icon(name));

/** Words for those who listen instead of looking. */
export const unseen = (words) => make("span", { class: "visually-hidden" }, words);

/** A name inside other words: its direction does not touch theirs. */
export const isolated = (name, lang = null) => make("bdi", { lang }, name);

const drawn = new WeakMap();
const FOCUSABLE = "button, a[href], input, textarea, select, summary, audio, [tabindex]";

/** Redraws an element only when the facts it shows have changed, so that focus and scroll survive a fresh state. */
export function redraw(element, facts, draw) {
  const signature = JSON.stringify(facts);
  if (drawn.get(element) === signature) return;
  drawn.set(element, signature);
  const place = [...element.querySelectorAll(FOCUSABLE)].indexOf(document.activeElement);
  element.replaceChildren(...[draw(element)].flat().filter(Boolean));
  if (place < 0) return;
  // The focused button was replaced (the bot edited its message): stay at the same place, or at least in the message.
  const heir = element.querySelectorAll(FOCUSABLE)[place] ?? element;
  heir.focus({ preventScroll: true });
}

/** Makes a parent's children follow rows of {key, create, facts, draw}; elements that stay are not moved. */
export function follow(parent, rows) {
  const present = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  const wanted = new Set(rows.map((row) => String(row.key)));
  for (const [key, child] of present) if (!wanted.has(key)) child.remove();
  rows.forEach((row, index) => {
    const element = present.get(String(row.key)) ?? row.create();
    element.dataset.key = row.key;
    redraw(element, row.facts, row.draw);
    if (parent.children[index] !== element) parent.insertBefore(element, parent.children[index] ?? null);
  });
}
