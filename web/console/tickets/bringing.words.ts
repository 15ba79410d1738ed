/** The words of making a ticket out of a chat or a topic, loaded with it. */
import { addEnglish, type Translate, translate } from "../../shared/text.ts";

const english = {
  "bring.topic": "Make a ticket",
  "bring.chat.title": "Make a ticket out of this chat?",
  "bring.topic.title": "Make a ticket out of this topic?",
  "bring.chat.text":
    "Nothing that was said goes along: say below what is to be done. The chat itself says, before both of you, that a ticket was made, and the person is written to at the address.",
  "bring.topic.text":
    "Nothing that was posted goes along, and no name: a community's accounts lead to nobody at the desk. Whoever began the topic is told that there is a ticket.",
  "bring.email": "E-mail address of whoever gets the answer",
  "bring.email.chat": "As the person gives it to you here.",
  "bring.email.topic": "Yours, if you take the answer back into the topic yourself.",
  "bring.site": "Address of the page that it is about",
  "bring.description": "What is to be done",
  "bring.name": "Their name, if they want to be called so",
  "bring.go": "Make the ticket",
  "bring.busy": "One moment…",
  "bring.cancel": "Cancel",
  "bring.done": "Ticket {reference} was made.",
  "bring.wrong": "Something is missing or not of its form: {fields}. Nothing was made; what you wrote is still here.",
  "bring.field.email": "the e-mail address",
  "bring.field.site_url": "the address of the page",
  "bring.field.description": "what is to be done",
  "bring.field.display_name": "the name",
  "bring.CROSSING_REFUSED":
    "Only whoever answers the chat, a moderator of the topic, or the desk makes a ticket of it. Nothing was made.",
  "bring.CONVERSATION_NOT_FOUND": "The chat is not here any more. Nothing was made.",
  "bring.TOPIC_NOT_FOUND": "The topic is not here any more. Nothing was made.",
  "bring.failed": "Not made. What you wrote is still here; try again.",
} as const;

addEnglish(english);

/** Returns a message of this part. */
export const t: Translate<typeof english> = translate;

/** Returns a message by a name that another part gives, or nothing. */
export function named(key: string): string {
  return key in english ? translate(key) : "";
}
