"""The words of the survey's own pages. What a tenant wrote is not among them."""

from __future__ import annotations

WORDS = {
    "age.title": "First, your age",
    "age.label": "Age in full years",
    "age.hint": "Your age itself is not kept, only a range. Leave it blank to answer only what says nothing about you.",
    "next": "Continue",
    "send": "Send",
    "optional": "optional",
    "required": "needs an answer",
    "none": "No answer",
    "voluntary": "Taking part is voluntary. Nothing is kept until you press Send; close this page to keep it so.",
    "kept": "Answers are kept for {days} days; texts and addresses for {texts} days.",
    "visitor": "Your answers are kept with your chat's data, and you find them in the privacy centre.",
    "follow": "You may contact me about these answers. Only then is my address kept with them.",
    "more": "What you answered opened further questions. Nothing was sent yet.",
    "thanks": "Thank you. Your answers are kept.",
    "withdraw": "Take my answers back",
    "withdrawn": "Your answers are deleted, and this invitation is used up.",
    "SURVEY_REFUSED": "This survey is for people of 18 and over. Nothing you sent is kept.",
    "SURVEY_CLOSED": "This survey is closed. Nothing was kept.",
    "INVITATION_USED": "This was answered before, and can be changed no more. Nothing changed.",
    "INVITATION_NOT_FOUND": "This invitation does not exist, or its time is over.",
    "AGE_PASS_WRONG": "The age check has run out. Nothing was kept; please begin again.",
    "AGE_NEEDED": "Nothing was kept. Give your age first, or leave the personal questions blank.",
    "ANSWER_WRONG": "An answer does not fit its question. Nothing was sent; your text is still here.",
    "AGE_WRONG": "Give your age as a whole number, or leave it blank. Nothing was sent.",
    "title": "Survey",
    "skip": "Skip to the survey",
}
