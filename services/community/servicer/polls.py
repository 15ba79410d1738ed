"""Serves `parley.community.v1.PollService`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from parley.community.v1 import poll_pb2, poll_pb2_grpc

from kernel.rpc.gates import current_actor
from services.community.actions import polls
from services.community.actions.wiring import Wiring
from services.community.domain.polls import Poll, new_poll
from services.community.servicer.times import Context, stamp


def poll_message(poll: Poll) -> poll_pb2.Poll:
    """Writes a poll."""
    return poll_pb2.Poll(
        question=poll.question,
        options=[poll_pb2.PollOption(number=each.number, text=each.text, votes=each.votes) for each in poll.options],
        allows_several=poll.allows_several,
        results=poll_pb2.PollResults.ValueType(poll.results),
        close_time=stamp(poll.close_time),
        is_closed=poll.is_closed,
        has_results=poll.has_results,
        voter_count=poll.voter_count,
        own_choices=poll.own_choices,
        etag=poll.etag,
    )


def poll_in(request: poll_pb2.NewPoll, now: datetime) -> Poll:
    """Reads a new poll."""
    if request.HasField("close_time"):
        closes: datetime | None = request.close_time.ToDatetime(UTC)
    else:
        closes = now + timedelta(days=request.open_days) if request.open_days else None
    return new_poll(
        request.question,
        list(request.options),
        allows_several=request.allows_several,
        results=request.results,
        close_time=closes,
        now=now,
    )


class PollServicer(poll_pb2_grpc.PollServiceServicer):
    """The RPCs of polls."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def VotePoll(self, request: poll_pb2.VotePollRequest, context: Context) -> poll_pb2.VotePollResponse:
        """Votes in a poll."""
        choices = list(request.choices)
        poll = await polls.vote(current_actor(), self._wiring, request.post_id, choices, request.etag)
        return poll_pb2.VotePollResponse(poll=poll_message(poll))

    async def SetPoll(self, request: poll_pb2.SetPollRequest, context: Context) -> poll_pb2.SetPollResponse:
        """Puts another poll on a post."""
        wanted = poll_in(request.poll, self._wiring.clock.now()) if request.HasField("poll") else None
        poll = await polls.set_poll(current_actor(), self._wiring, request.post_id, wanted, request.exposure_choice)
        return poll_pb2.SetPollResponse(poll=None if poll is None else poll_message(poll))

    async def ClosePoll(self, request: poll_pb2.ClosePollRequest, context: Context) -> poll_pb2.ClosePollResponse:
        """Closes a poll."""
        poll = await polls.close_poll(current_actor(), self._wiring, request.post_id)
        return poll_pb2.ClosePollResponse(poll=poll_message(poll))
