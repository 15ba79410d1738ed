"""Says what API keys may be allowed: for each service, what it shows and what it changes.

A call's scope follows from its service and its verb (`protos/rules.py`), and a test of the contract holds this list to
the scopes that calls have, so that a key is never made for something that no call asks for.
"""

from __future__ import annotations

from collections.abc import Mapping

SCOPES: Mapping[str, str] = {
    "chat.read": "Read conversations that are over, what was said in them and who read them. Each reading is recorded.",
    "identity.read": "Read the company's own details and its sites.",
    "survey.read": "Read counts and single responses of surveys. Each reading of a response is recorded.",
    "support.read": "Read tickets of queues that are not private. Each reading of what was written is recorded.",
    "support.write": "Open tickets for people who ask for help.",
    "privacy.read": "Read webhooks, what was delivered to them and what was not.",
    "privacy.write": "Deliver again what a webhook did not take.",
}
