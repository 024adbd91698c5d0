// How times are written: in the time zone of the sandbox's place, where it has one, else in this browser's.

const PARTS = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" };
const FORMATS = {
  hour: { hour: "2-digit", minute: "2-digit" },
  second: { hour: "2-digit", minute: "2-digit", second: "2-digit" },
  day: { weekday: "long", day: "numeric", month: "long" },
  moment: { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" },
  wall: { ...PARTS, hourCycle: "h23" },
};
let zone = null;
let formats = formatsIn(undefined);

function formatsIn(timeZone) {
  const format = (options) => new Intl.DateTimeFormat("en-GB", { ...options, timeZone });
  return Object.fromEntries(Object.entries(FORMATS).map(([name, options]) => [name, format(options)]));
}

/** From now on times are those of this zone, such as "Europe/London". */
export function keepTimeIn(wanted) {
  if (wanted === zone) return;
  zone = wanted;
  try {
    formats = formatsIn(wanted ?? undefined);
  } catch {
    formats = formatsIn(undefined);   // a zone this browser does not know: its own is shown
  }
}

export const hourOf = (iso) => formats.hour.format(new Date(iso));
export const secondOf = (iso) => formats.second.format(new Date(iso));
export const dayOf = (iso) => formats.day.format(new Date(iso));
export const momentOf = (date) => formats.moment.format(date);

/** What a clock on the wall shows, as <input type="datetime-local"> wants it: 2026-12-01T09:00. */
export function wallTime(date) {
  const part = Object.fromEntries(formats.wall.formatToParts(date).map(({ type, value }) => [type, value]));
  return `${part.year}-${part.month}-${part.day}T${part.hour}:${part.minute}`;
}

/** The moment at which a clock on the wall shows this. */
export function momentAt(wall) {
  const meant = Date.parse(`${wall}Z`);
  const ahead = (moment) => Date.parse(`${wallTime(new Date(moment))}Z`) - moment;
  return new Date(meant - ahead(meant - ahead(meant)));   // twice: the clocks may change between the two
}

/** Nine in the morning of the day after. */
export function morningAfter(date) {
  const noon = new Date(`${wallTime(date).slice(0, 10)}T12:00Z`);   // noon: no day is so short that it misses tomorrow
  noon.setUTCDate(noon.getUTCDate() + 1);
  return momentAt(`${noon.toISOString().slice(0, 10)}T09:00`);
}
