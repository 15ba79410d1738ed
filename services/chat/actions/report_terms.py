"""Defines every figure of the reports, once: the page in `docs/`, the console and the files say what stands here."""

from __future__ import annotations

from dataclasses import dataclass

#: What holds of all figures.
BASIS = (
    "A conversation counts once it is over, in the day and hour in which it began, in the tenant's time zone; what "
    "still runs or waits is not counted yet. One whose visitor was forgotten counts as before: nothing in the figures "
    "leads to anybody who asked. Means are over the conversations that have the figure, rounded to whole seconds. By "
    "operator and by team, a conversation belongs to who had it last."
)


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure: its name in the contract, what it is called, and what it is."""

    key: str
    title: str
    definition: str


METRICS = (
    Metric("volume", "Conversations", "How many conversations began in the period and are over."),
    Metric("missed", "Missed", "How many of them ended before anybody took them."),
    Metric("answered", "Answered", "How many of them had at least one message of an operator."),
    Metric(
        "first_wait_seconds",
        "First wait",
        "From the beginning of a conversation until an operator first took it; the mean of those that somebody took.",
    ),
    Metric(
        "first_response_seconds",
        "First response",
        "From the beginning of a conversation until an operator's first message; the mean of those that were answered.",
    ),
    Metric(
        "handling_seconds",
        "Handling time",
        "From when an operator first took a conversation until its end; the mean of those that somebody took.",
    ),
)
