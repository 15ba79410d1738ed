/** The words of the live section. They are loaded with it, and stand under a prefix of their own. */
import { addEnglish, translate, type Values } from "../../shared/text.ts";

const PREFIX = "live.";

const english = {
  places: "Pages of the live section",
  now: "Now",
  routing: "Who is given what",
  "now.lead": "Everything that waits or runs, the oldest first. What is said in it is not shown here.",
  "now.empty": "Nobody waits, and nobody is being answered.",
  visitor: "Visitor",
  anonymous: "Anonymous visitor",
  site: "Site",
  state: "State",
  "state.queued": "In the queue",
  "state.queued.place": "In the queue, number {position}",
  "state.open": "Running",
  holder: "Answered by",
  nobody: "Nobody",
  age: "Started",
  waits: "Waits since",
  "waits.not": "Does not wait",
  open: "Open",
  "open.name": "Open the conversation with {name}",
  watched: "Watched",
  people: "Who is there",
  "people.empty": "Nobody has been there yet.",
  person: "Operator",
  "person.state": "State",
  "person.load": "Answers",
  "person.load.of": "{count} of {capacity}",
  "person.languages": "Languages",
  "person.languages.all": "Every language",
  "person.change": "Change",
  "person.change.name": "Change what {name} is given",
  "person.over": "Hand work over",
  "person.over.name": "Hand over what {name} answers",
  OPERATOR_STATE_ONLINE: "Online",
  OPERATOR_STATE_AWAY: "Away",
  OPERATOR_STATE_OFFLINE: "Offline",
  "change.title": "What {name} is given",
  "change.capacity": "At most so many conversations at once",
  "change.capacity.hint": "0 for none. Whoever takes one by hand may go beyond.",
  "change.languages": "Languages",
  "change.languages.hint": "Two or three letters each, such as: en, de. Empty means every language.",
  "change.do": "Save",
  "change.done": "Saved.",
  "over.title": "Hand over what {name} answers",
  "over.text":
    "{count, plural, one {# conversation goes over at once.} other {# conversations go over at once.}} The visitors see who joins.",
  "over.to": "To",
  "over.queue": "The queue",
  "over.do": "Hand over",
  "over.done":
    "{count, plural, =0 {There was nothing to hand over.} one {# conversation was handed over.} other {# conversations were handed over.}}",
  cancel: "Cancel",
  "rules.lead":
    "By hand, operators take conversations from the queue. Automatically, they are given to whoever is there and has the fewest.",
  "rules.site": "Site",
  "rules.team": "Team",
  "rules.sites": "Sites",
  "rules.teams": "Teams",
  "rules.teams.empty": "There are no teams yet.",
  "rules.mode": "Conversations are given out",
  "rules.serves": "Answered by",
  "rules.everybody": "Everybody",
  ROUTING_MODE_UNSPECIFIED: "As the site says",
  ROUTING_MODE_MANUAL: "By hand",
  ROUTING_MODE_AUTOMATIC: "Automatically",
  "rules.saved": "Saved. It holds from now on, also for those who wait.",
  failed: "This could not be loaded.",
  again: "Try again",
  "done.not": "Not done. Nothing was changed; try again in a moment.",
  "done.changed": "Not done: somebody else changed it meanwhile. It is shown as it is now.",
  "done.absent": "Not done: this colleague is not there now. Choose somebody else.",
} as const;

addEnglish(Object.fromEntries(Object.entries(english).map(([key, words]) => [PREFIX + key, words])));

/** Returns a message of the live section. */
export function t(key: keyof typeof english, values?: Values): string {
  return translate(PREFIX + key, values);
}
