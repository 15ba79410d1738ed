"""Decides which chats may be rated in the chat itself, and for how long a rating may be changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from kernel.errors import FailedPrecondition
from services.chat.domain import CLOSED, Conversation


class NotToBeRated(FailedPrecondition):
    """Only what somebody answered and what is over is rated, where the company asks for it."""

    def __init__(self) -> None:
        """Says what is safe."""
        super().__init__("RATING_NOT_ASKED", "This chat cannot be rated, or not yet. Nothing was kept.")


class RatingSettled(FailedPrecondition):
    """A rating that was counted stays what it is."""

    def __init__(self) -> None:
        """Says what is safe."""
        super().__init__("RATING_SETTLED", "The time in which this could be changed is over. Nothing changed.")


def asks_rating(conversation: Conversation, changeable: timedelta, now: datetime) -> bool:
    """Says whether a visitor may rate a chat now: somebody answered, it is over, and no rating has settled."""
    return (
        conversation.state == CLOSED
        and conversation.claim_time is not None
        and conversation.erase_time is None
        and (conversation.rate_time is None or now < conversation.rate_time + changeable)
    )


def rate(conversation: Conversation, rating: int, changeable: timedelta, now: datetime) -> Conversation:
    """Returns a chat with a rating in the place of the one before; 0 takes it back. The time runs from the first."""
    if conversation.rate_time is None and not rating:
        # There is nothing to take back.
        return conversation
    if not asks_rating(conversation, changeable, now):
        raise NotToBeRated if conversation.rate_time is None else RatingSettled
    return replace(conversation, rating=rating, rate_time=conversation.rate_time or now)
