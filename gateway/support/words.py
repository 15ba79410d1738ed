"""The words of the support desk's own pages. What somebody wrote is not among them."""

from __future__ import annotations

WORDS = {
    "title": "Ask for help",
    "skip": "To the form",
    "lead": "Tell us what is the matter. The answer comes by e-mail.",
    "kept": "What you write here is read to solve your problem, and for nothing else. It deletes itself {days} days "
    "after it is closed.",
    "needed": "needed",
    "optional": "optional",
    "email": "Your e-mail address",
    "email.hint": "The answer goes there.",
    "site_url": "Address of your site",
    "site_url.hint": "For instance https://www.example.org/shop. No password in it, please.",
    "description": "What is the matter?",
    "description.hint": "What did you do, what happened, and what should have happened?",
    "display_name": "Your name",
    "subject": "In one line",
    "send": "Send",
    "trouble": "Nothing was sent. Your text is still here; please look at:",
    "wrong.email": "Give an e-mail address to which the answer can go, such as pat@example.org.",
    "wrong.site_url": "Give the address of your site, beginning with https:// or http://, without a password.",
    "wrong.description": "Say what is the matter, in 20,000 letters at most.",
    "wrong.display_name": "A name has 200 letters at most.",
    "wrong.subject": "One line has 200 letters at most.",
    "wrong.value": "An answer does not fit its question.",
    "wrong.other": "Something in the form does not fit.",
    "busy": "Nothing was sent: too much came from your network at once. Your text is still here; try again soon.",
    "sent.title": "We have it: {reference}",
    "sent": "A confirmation is on its way to your address, with a link under which you can read what is answered.",
    "sent.kept": "It deletes itself {days} days after it is closed.",
    "sent.none": "No mail after some minutes? Look among the unwanted ones, or ask again with another address.",
    "yes": "Yes",
    "no": "No",
    "choose": "Please choose",
}
