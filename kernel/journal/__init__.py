"""Remembers, apart from the data and before the data change, what a restored backup must not bring back.

An erasure, a refusal for age, a revocation, a withdrawn choice, feedback that was taken back, a seal, a correction and
a removed message are each written here, on disk and on the second place where there is one, before they are carried
out. `parley restore` replays them over a backup from before, so that yesterday's copy brings nobody back. The journal
holds ids and values from closed lists; the one thing a person said that it may hold, a corrected value, is sealed under
a key of that person's own, which the person's erasure destroys.
"""

from kernel.journal.entries import (
    Account,
    BackedUp,
    Corrected,
    Entry,
    Erased,
    LedgerHead,
    Minor,
    Redacted,
    Restored,
    Revoked,
    Sealed,
    TakenBack,
    Withdrawn,
)
from kernel.journal.journal import KEPT, Journal, journal_folders, open_journal
from kernel.journal.reading import JournalDamaged, Noted, Reading, read

__all__ = [
    "KEPT",
    "Account",
    "BackedUp",
    "Corrected",
    "Entry",
    "Erased",
    "Journal",
    "JournalDamaged",
    "LedgerHead",
    "Minor",
    "Noted",
    "Reading",
    "Redacted",
    "Restored",
    "Revoked",
    "Sealed",
    "TakenBack",
    "Withdrawn",
    "journal_folders",
    "open_journal",
    "read",
]
