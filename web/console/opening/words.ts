/** The English words of hours and invitations. They are loaded with the section, and stand under a prefix of its own. */
import { addEnglish, translate, type Values } from "../../shared/text.ts";

const PREFIX = "opening.";

const english = {
  lead: "When somebody is there to answer. Outside these hours the chat takes messages, and nobody is invited.",
  site: "Site",
  "site.all": "All sites without hours of their own",
  inherited: "This site keeps the hours of all sites until it has its own.",
  never: "No hours are set: the chat is always open.",
  zone: "Time zone",
  days: "Opening hours",
  "days.hint": "Times such as 09:00-12:30, 13:30-18:00; leave a day empty to be closed.",
  "day.0": "Monday",
  "day.1": "Tuesday",
  "day.2": "Wednesday",
  "day.3": "Thursday",
  "day.4": "Friday",
  "day.5": "Saturday",
  "day.6": "Sunday",
  country: "Public holidays of (country, such as DE)",
  part: "Part of the country, such as BY",
  special: "Days with hours of their own",
  "special.hint": "One a line: 2026-12-24 09:00-12:00, or 2026-12-31 closed.",
  save: "Save hours",
  reset: "Remove these hours",
  "reset.text": "Then the hours of all sites hold here; without any, the chat is always open.",
  saved: "Saved. It holds at once.",
  unreadable: "Not saved: {what} cannot be read as times. What you wrote is still here.",
  failed: "Not saved. What you wrote is still here; try again in a moment.",
  "failed.HOURS_INVALID": "Not saved: times overlap, or the zone, the country or a day does not exist.",
  "failed.CHANGED_MEANWHILE": "Not saved: a colleague changed this meanwhile. Reload to see how it is now.",
  loading: "Loading…",
  "load.failed": "This could not be loaded. Nothing was changed.",
  again: "Try again",
  rules: "Invitations",
  "rules.lead":
    "On these pages visitors are offered a chat, once on a page. Nobody is who refused it, by a choice or by the browser's signal; the launcher stores nothing for it.",
  "rules.none": "Nobody is invited.",
  "rules.site": "Choose a site to see its invitations.",
  page: "Page, such as /checkout*",
  seconds: "After seconds",
  visits: "From which visit on",
  "visits.hint":
    "1 is everybody. From 2 on only visitors who chose to be recognised: nobody else's visits are counted.",
  text: "What is said",
  add: "Add an invitation",
  remove: "Remove the invitation for {page}",
  "rules.save": "Save invitations",
} as const;

addEnglish(Object.fromEntries(Object.entries(english).map(([key, words]) => [PREFIX + key, words])));

/** Returns a message of this section. */
export function t(key: keyof typeof english, values?: Values): string {
  return translate(PREFIX + key, values);
}

/** Returns the words for a refusal. */
export function refusal(reason: string): string {
  const key = `failed.${reason}`;
  return t((key in english ? key : "failed") as keyof typeof english);
}
