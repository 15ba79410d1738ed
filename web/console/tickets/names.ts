/** The words of tickets that the console needs before the section is opened: its name, and what its keys do. */
import { addEnglish, translate } from "../../shared/text.ts";

const PREFIX = "tickets.";

const english = {
  title: "Tickets",
  go: "Go to tickets",
  "key.next": "Next ticket",
  "key.previous": "Previous ticket",
  "key.open": "Open the ticket",
  "key.back": "Back to the list",
  "key.select": "Select or deselect",
  "key.selectAll": "Select all that is shown",
  "key.accept": "Accept",
  "key.decline": "Decline",
  "key.duplicate": "Merge into another ticket",
  "key.take": "Take it myself",
  "key.assign": "Assign",
  "key.answer": "Answer",
  "key.note": "Write a note",
  "key.attach": "Attach files",
  "key.resolve": "Resolve",
  "key.close": "Close",
  "key.snooze": "Snooze",
  "key.priority": "Set the priority",
  "key.tag": "Tag",
  "key.move": "Move to another queue",
  "key.macro": "Run a macro",
  "key.spam": "Mark as unwanted, or not",
  "key.undo": "Undo the last change",
  "key.search": "Search tickets",
  "key.viewNext": "Next view",
  "key.viewPrevious": "Previous view",
  "key.view": "Change what the view shows, or save it",
  "key.make": "Open a ticket for somebody",
} as const;

addEnglish(Object.fromEntries(Object.entries(english).map(([key, words]) => [PREFIX + key, words])));

/** Returns one of these words. */
export function t(key: keyof typeof english): string {
  return translate(PREFIX + key);
}
