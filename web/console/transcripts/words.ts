/** The English words of the transcripts section, which are loaded with it. */
import { addEnglish, translate, type Values } from "../../shared/text.ts";

const PREFIX = "transcripts.";

const english = {
  lead: "What was said in conversations that are over. Everything you are shown stands in the ledger, with your purpose.",
  form: "Search the transcripts",
  query: "Words",
  "query.hint": 'All of them, "a phrase", or one -not the other',
  purpose: "Why you look",
  "purpose.none": "Choose…",
  "purpose.PURPOSE_ESSENTIAL_SERVICE": "To serve somebody who came back",
  "purpose.PURPOSE_ESSENTIAL_SERVICE_OPERATIONS_SUPPORT": "To solve a reported problem",
  "purpose.PURPOSE_FUNCTIONAL_SERVICE_MONITORING": "To look after quality",
  "purpose.PURPOSE_ESSENTIAL_LEGAL_OBLIGATION": "A duty of law",
  "purpose.needed": "Say why you look, and for which words.",
  more: "Narrow it down",
  operator: "Answered by",
  "operator.all": "Anybody",
  site: "Site",
  "site.all": "All sites",
  tag: "Tagged",
  "tag.all": "With any tag, or none",
  since: "From",
  until: "Until",
  search: "Search",
  results: "Found lines",
  "empty.title": "Nothing was found",
  "empty.text": "No conversation that is over and still kept holds these words. Try fewer, or a longer period.",
  "start.title": "Search for words",
  "start.text": "Choose why you look first. Conversations that are sealed, erased or still running are not found.",
  "pick.title": "No transcript is open",
  "pick.text": "Choose a line to read the whole conversation.",
  visitor: "Visitor",
  somebody: "Operator",
  nobody: "nobody",
  removed: "(removed)",
  back: "Back to the results",
  reading: "Loading…",
  "failed.title": "This could not be loaded",
  "failed.text": "Nothing was changed. Check the connection, then try again.",
  "gone.title": "Not here any more",
  "gone.text": "It has deleted itself, was erased, or never was.",
  again: "Try again",
  ended: "Ended",
  expires: "Deletes itself",
  answered: "Answered by",
  rated: "Rated",
  "rated.of": "{number} of 5",
  "rated.none": "Not rated",
  happened: "Happened",
  "event.KIND_STARTED": "The conversation started.",
  "event.KIND_JOINED": "An operator joined.",
  "event.KIND_CLOSED": "The conversation was closed.",
  "event.KIND_WATCHED": "Somebody who leads the team began to watch.",
  "event.KIND_TICKETED": "A ticket was made out of it.",
  "event.KIND_UNWATCHED": "The watching ended.",
  said: "What was said",
  copy: "Save a copy",
  "copy.text": "It is entered in the ledger as a copy. The file holds what is there when you save it.",
  "copy.all": "Copy all that is found…",
  "copy.all.title": "Copy every conversation that this search finds?",
  "copy.all.text":
    "Each is entered in the ledger as a copy for your purpose. You can save the file for a day; what is erased meanwhile is not in it.",
  "copy.all.yes": "Begin the copy",
  "copy.begun": "The copy was begun.",
  format: "Written as",
  "format.FORMAT_TEXT": "Text",
  "format.FORMAT_JSON": "JSON",
  "format.FORMAT_HTML": "A page to print",
  copies: "Copies",
  "copies.title": "Your copies",
  "copies.lead": "Each can be saved for a day. A copy holds nothing itself: what was erased is not in the file.",
  "copies.empty": "You have no copies.",
  "copies.count": "{count, plural, one {One conversation} other {# conversations}}",
  "copies.running": "{done} of {total} entered",
  "copies.finding": "Looking for the conversations…",
  "copies.until": "Can be saved until {time}",
  "copies.cut": "There were more; the newest are in it.",
  "copies.cancel": "Give it up",
  "copies.cancel.title": "Give this copy up?",
  "copies.cancel.text":
    "Its file cannot be had any more. That the copy was made for you stays in the ledger; you can begin another one.",
  "copies.cancelled": "The copy is gone.",
  "copies.everything": "Copy all transcripts…",
  "copies.everything.title": "Copy every transcript that is kept?",
  "copies.everything.text":
    "Each conversation that is over is entered in the ledger as a copy for your purpose; at most 20,000, the newest first. You can save the file for a day.",
  "copies.save": "Save the file",
  "file.broken": "The download broke off. Nothing was kept; start it again.",
} as const;

addEnglish(Object.fromEntries(Object.entries(english).map(([key, text]) => [PREFIX + key, text])));

/** Returns a message of the section. */
export function t(key: keyof typeof english | "title", values?: Values): string {
  return translate(PREFIX + key, values);
}

/** Returns the word for a name from the contract; nothing for one without. */
export function word(group: "event" | "format" | "purpose", name: string): string {
  const key = `${group}.${name}`;
  return key in english ? translate(PREFIX + key) : "";
}
