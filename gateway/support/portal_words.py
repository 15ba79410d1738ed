"""The words of the requester's own pages. What somebody wrote is not among them."""

from __future__ import annotations

STATES = {
    "STATE_UNSPECIFIED": "",
    "STATE_TRIAGE": "We look at it",
    "STATE_OPEN": "We work on it",
    "STATE_WAITING_ON_REQUESTER": "It waits for your answer",
    "STATE_WAITING_ON_US": "We work on it",
    "STATE_RESOLVED": "Solved",
    "STATE_CLOSED": "Closed",
}

FILES = {
    "STATE_UNSPECIFIED": "",
    "STATE_PENDING": "being examined",
    "STATE_READY": "",
    "STATE_REFUSED": "not taken: it is of a kind that is not passed on",
}

WORDS = {
    "community": "The community, under its own terms",
    "languages": "Language",
    "skip": "To the request",
    "you": "You",
    "thread": "What was written",
    "site": "About",
    "site.asked": "Please answer with the address of the site that it is about.",
    "reading": "Whoever has the address of this page can read it. To answer, a code by e-mail is needed.",
    "code.title": "Answer, close or open again",
    "code.lead": "We send a code to the address from which the request came. It is good for ten minutes.",
    "code.send": "Send me a code",
    "code.sent": "A code is on its way to that address. It is good for ten minutes and five tries.",
    "code.label": "Code",
    "code.enter": "Go on",
    "code.wrong": "That code is not right, or it is over. Nothing was changed; try again, or have a new one sent.",
    "code.limited": "Several codes were sent to this address within the hour. Use one of them, or come back later.",
    "proof.over": "Your half hour is over. Nothing was sent; your text is still here. Have a code sent to go on.",
    "reply.title": "Answer",
    "reply.label": "Your answer",
    "reply.send": "Send",
    "reply.empty": "There is nothing to send. Say something, in 20,000 letters at most.",
    "files": "Files",
    "optional": "optional",
    "files.hint": "Pictures, PDF and the like, ten at most, each of at most {megabytes} MB.",
    "files.kept": "These came in already:",
    "files.refused": "A file is too large, empty, or one too many. Nothing was sent; your text and the other files are "
    "still here.",
    "files.gone": "The files of your first try are not there any more. Nothing was sent; please choose them again.",
    "reply.reopens": "Your answer opens it again.",
    "close": "Close it: it is solved",
    "reopen": "Open it again",
    "leave": "Forget this browser",
    "leave.hint": "You can answer from this browser for half an hour.",
    "survey.title": "How it went",
    "survey.lead": "It is up to you, and your answers are kept apart from your request.",
    "survey.go": "Say how it went",
    "own.title": "All your requests",
    "own.here": "this one",
    "held.title": "What is held, and until when",
    "held.count": "Your address, your name where you gave one, your language where it is known, and what was sent: "
    "texts {entries}, files {files}.",
    "kept": "It deletes itself {days} days after it is closed.",
    "kept.until": "It deletes itself on {date}.",
    "held.use": "It is read to solve your problem, and for nothing else.",
    "held.more": "Ask for a copy, put something right, or have it deleted",
}
