/** The panel's English words. Other languages carry the same keys. */
import { addEnglish, type Translate, translate, translateOr } from "../../shared/text.ts";

export const english = {
  "panel.title": "Chat",
  "panel.titled": "Chat with {site}",
  "panel.launcher.open": "Chat with {site}",
  "panel.launcher.minimise": "Minimise chat",
  "panel.unread": "{count, plural, one {# unread message} other {# unread messages}}",
  "panel.alert": "New message from {site}",
  "panel.opening": "Opening the chat…",
  "panel.minimise": "Minimise",
  "panel.menu": "More",
  "panel.operator": "The team",
  "failed.title": "The chat cannot be opened now",
  "failed.text": "Nothing was sent or stored. Try again in a moment.",
  "failed.unknown": "This site's chat is not set up correctly. Nothing was sent or stored.",
  "failed.piece": "This page could not be loaded",
  "failed.piece.text": "Nothing was lost. Check the connection, then try again.",
  "failed.retry": "Try again",
  "lost.title": "This chat is no longer open here",
  "lost.text": "Its access ended, and nothing more was sent. You can start a new one.",
  "welcome.greeting": "Hello. How can we help?",
  "welcome.notice": "Before you start",
  "welcome.policy": "Read the whole policy",
  "welcome.changed": "The notice has changed since it was shown. Nothing was sent; please read the new one.",
  "welcome.name": "Your name, if you like",
  "welcome.hint": "In any form. Leave it empty to chat anonymously.",
  "welcome.start": "Agree and start the chat",
  "welcome.starting": "Starting…",
  "welcome.rights": "See, correct or delete what is held",
  "welcome.blocked":
    "The team does not open this chat to you for now, because of {reason} earlier. Nothing was sent or stored.",
  "welcome.blocked.ABUSE": "insults",
  "welcome.blocked.THREATS": "threats",
  "welcome.blocked.SPAM": "advertising or repetition",
  "welcome.required": "needed",
  "welcome.remember": "Remember me on this site",
  "welcome.remember.hint": "One cookie, for 90 days at most, so that your next chat is known to be yours.",
  "welcome.recognised":
    "You are remembered here, as you wished. You can change that in the chat, under “Your privacy”.",
  "welcome.unfollowed": "Your browser asks sites not to follow you, so you are not remembered here.",
  "welcome.change": "What has changed since you last agreed",
  "welcome.change.difference": "See every word that changed",
  "welcome.failed": "The chat was not started, and nothing was stored. Try again in a moment.",
  "welcome.limited": "Too many chats were started from here. Nothing was stored; try again in a few minutes.",
  "left.send": "Agree and leave the message",
  "event.left": "Left while nobody was there. It is answered when we are back.",
  "back.strip": "Your browser keeps nothing of this chat. To come back to it on another page, use the code",
  "back.tab": "Open the chat in a tab that stays",
  "back.have": "I have a code from an earlier chat",
  "state.queued": "{position, plural, =1 {You are next} other {You are number # in the queue}}",
  "state.queued.long":
    "{position, plural, =1 {You are next. Write your question now, so that whoever takes it can answer at once.} other {You are number # in the queue. Write your question now, so that whoever takes it can answer at once.}}",
  "state.expected":
    "{minutes, plural, one {By how long others waited lately, it will be your turn in about a minute.} other {By how long others waited lately, it will be your turn in about # minutes.}}",
  "state.open": "{name} is here",
  "state.ended": "Ended",
  "state.waiting": "No connection. Trying again…",
  "event.started": "You started the chat",
  "event.joined": "{name} joined",
  "event.requeued": "The one who answered is not there any more. You are back in the queue, in your old place.",
  "event.transferred": "You were handed to colleagues, and wait for one of them. What was said goes along.",
  "event.file": "A file was sent",
  "event.watched": "Somebody who leads the team began to watch this chat. Reason: {reason}",
  "event.ticketed": "Ticket {reference} was made out of this chat. What was said here stays here.",
  "event.unwatched": "Nobody watches this chat any more",
  "state.watched": "Watched by somebody who leads the team, until {time}",
  "event.blocked": "The team keeps this chat closed to you for a while, because of what was written",
  "event.closed.you": "You ended the chat",
  "event.closed.operator": "{name} ended the chat",
  "event.closed.other": "The chat ended",
  "menu.sound": "Sound",
  "menu.on": "On",
  "menu.off": "Off",
  "menu.notify": "Desktop notifications",
  "menu.notify.denied": "Blocked by the browser",
  "menu.held": "Your privacy",
  "menu.reply": "Answers by mail",
  "menu.end": "End the chat",
  "end.title": "End this chat?",
  "end.text": "Nothing more can be said in it. You can still read, copy and save it here.",
  "end.yes": "End the chat",
  "end.failed": "The chat was not ended. Try again in a moment.",
  "ended.new": "Start a new chat",
  "ended.unsent": "What was not sent is still here:",
} as const;

export type PanelWords = typeof english;

addEnglish(english);

/** Returns a message of the panel in the active language. */
export const t: Translate<PanelWords> = translate;

/** Returns the message of a key that is put together at run time, or that of another key where there is none. */
export const tOr: (key: string, other: keyof PanelWords) => string = translateOr;
