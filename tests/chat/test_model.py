"""Whatever people do in whatever order, a conversation stays what a simple model of it says."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from parley.chat.v1 import conversation_pb2

from kernel.errors import ParleyError
from tests.chat.lines import Line, Socket, a_line
from tests.chat.people import CLOSED, OPEN, QUEUED, claim, close, edit, get, mark, post, read, redact, retract
from tests.platform import SUPERVISOR, Member, Platform, Tenant, Visitor

T = TypeVar("T")
PEOPLE = st.sampled_from(["visitor", "ann", "bob", "lee"])
OPERATORS = st.sampled_from(["ann", "bob", "lee"])
Kind = conversation_pb2.Message
EDITED, RETRACTED = conversation_pb2.REVISION_EDITED, conversation_pb2.REVISION_RETRACTED
REMOVED = conversation_pb2.REVISION_REMOVED


@dataclass
class Model:
    """What a conversation should be."""

    state: int = QUEUED
    operator: str = ""
    head: int = 1
    said: dict[tuple[str, str], int] = field(default_factory=dict)
    bodies: dict[int, str] = field(default_factory=dict)
    marks: dict[str, int] = field(default_factory=lambda: {"visitor": 0, "operator": 0})
    revisions: dict[int, int] = field(default_factory=dict)
    #: The entries that tell of a change, and what each is about.
    targets: dict[int, int] = field(default_factory=dict)

    def author(self, sequence: int) -> str:
        """Returns who said what stands at a place; nobody where it is something else."""
        return next((person for (person, _), at in self.said.items() if at == sequence), "")

    def refusal_to_change(self, person: str, sequence: int, revision: int) -> str:
        """Returns why somebody may not change what stands at a place, or nothing."""
        if not self.reads(person):
            return "MONITORING_NEEDS_REASON" if self.sees(person) else "CONVERSATION_NOT_FOUND"
        author, known = self.author(sequence), self.revisions.get(sequence, 0)
        if not author:
            return "MESSAGE_NOT_SAID" if sequence <= self.head else "MESSAGE_NOT_FOUND"
        if revision == REMOVED:
            return "" if person in (author, self.operator, "lee") else "NOT_THE_AUTHOR"
        if person != author:
            return "NOT_THE_AUTHOR"
        if revision == known == RETRACTED:
            return ""
        if self.state == CLOSED:
            return "CONVERSATION_CLOSED"
        if person not in ("visitor", self.operator):
            return "NOT_THE_OPERATOR"
        return "MESSAGE_GONE" if known in (RETRACTED, REMOVED) else ""

    def change(self, sequence: int, revision: int, body: str) -> None:
        """Changes what stands at a place, if that changes anything."""
        if self.bodies[sequence] == body and (revision == EDITED or self.revisions.get(sequence) == revision):
            return
        self.bodies[sequence], self.revisions[sequence] = body, revision
        self.head += 1
        self.targets[self.head] = sequence

    def sees(self, person: str) -> bool:
        """Says whether somebody sees that it exists; Lee leads."""
        return person in ("visitor", "lee") or self.state == QUEUED or self.operator == person

    def reads(self, person: str) -> bool:
        """Says whether somebody may read what is said."""
        may_take = self.state == QUEUED and person != "lee"
        answers = self.state == OPEN and self.operator == person
        return self.sees(person) and (person == "visitor" or self.state == CLOSED or may_take or answers)

    def refusal(self, person: str) -> str:
        """Returns why somebody may not say anything, or nothing."""
        if not self.sees(person):
            return "CONVERSATION_NOT_FOUND"
        if self.state == CLOSED:
            return "CONVERSATION_CLOSED"
        return "" if person == "visitor" or (self.state, self.operator) == (OPEN, person) else "NOT_THE_OPERATOR"


@dataclass
class World:
    """The platform, and people for whom each run starts a conversation of its own."""

    loop: asyncio.AbstractEventLoop
    platform: Platform
    line: Line
    tenant: Tenant
    staff: dict[str, Member]

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Does something on the platform's loop, from the thread of the machine."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(30)


def machine_of(world: World) -> type[RuleBasedStateMachine]:
    """Returns the machine that plays in a world."""

    class Talk(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.model = Model()
            self.visitor: Visitor = world.run(world.tenant.visitor("Zoë"))
            self.id = self.visitor.conversation.id
            self.sockets: dict[str, Socket] = {}
            self.cursors: dict[str, int] = {}

        def token(self, person: str) -> str:
            return self.visitor.token if person == "visitor" else world.staff[person].token

        def attempt(self, work: Coroutine[Any, Any, T], refusal: str) -> T | None:
            try:
                done = world.run(work)
            except ParleyError as error:
                done, reason = None, error.reason
            else:
                reason = ""
            assert reason == refusal
            return done

        @rule(person=PEOPLE, number=st.integers(0, 3), times=st.integers(1, 3))
        def post(self, person: str, number: int, times: int) -> None:
            client_id, refusal = f"client-{person}-{number}", self.model.refusal(person)
            known = self.model.said.get((person, client_id))
            for _ in range(times):
                if known is not None and self.model.sees(person):
                    # A retry returns the first result, also when nothing new may be said any more.
                    refusal = ""
                said = self.attempt(
                    post(world.platform, self.token(person), self.id, f"{person} {number}", client_id), refusal
                )
                if said is None:
                    return
                if known is None:
                    self.model.head += 1
                    known = self.model.said[person, client_id] = self.model.head
                    self.model.bodies[known] = f"{person} {number}"
                assert said.sequence == known

        @rule(person=PEOPLE, sequence=st.integers(1, 9), words=st.sampled_from(["one", "two"]))
        def edit(self, person: str, sequence: int, words: str) -> None:
            refusal = self.model.refusal_to_change(person, sequence, EDITED)
            if self.attempt(edit(world.platform, self.token(person), self.id, sequence, words), refusal):
                self.model.change(sequence, EDITED, words)

        @rule(person=PEOPLE, sequence=st.integers(1, 9), is_for_good=st.booleans())
        def take_back(self, person: str, sequence: int, is_for_good: bool) -> None:
            revision = REMOVED if is_for_good else RETRACTED
            refusal = self.model.refusal_to_change(person, sequence, revision)
            call = redact if is_for_good else retract
            if self.attempt(call(world.platform, self.token(person), self.id, sequence), refusal):
                self.model.change(sequence, revision, "")

        @rule(person=OPERATORS)
        def claim(self, person: str) -> None:
            model = self.model
            if not model.sees(person):
                refusal = "CONVERSATION_NOT_FOUND"
            elif model.state == CLOSED:
                refusal = "CONVERSATION_CLOSED"
            else:
                refusal = "CONVERSATION_TAKEN" if model.state == OPEN and model.operator != person else ""
            if self.attempt(claim(world.platform, self.token(person), self.id), refusal) and model.state == QUEUED:
                model.state, model.operator = OPEN, person
                model.head += 1

        @precondition(lambda self: len(self.model.said) > 2)
        @rule(person=PEOPLE)
        def close(self, person: str) -> None:
            model = self.model
            refusal = "" if model.sees(person) else "CONVERSATION_NOT_FOUND"
            if model.state == OPEN and person not in ("visitor", model.operator) and not refusal:
                refusal = "NOT_THE_OPERATOR"
            if self.attempt(close(world.platform, self.token(person), self.id), refusal) and model.state != CLOSED:
                model.state = CLOSED
                model.head += 1

        @rule(person=PEOPLE, sequence=st.integers(0, 12))
        def mark(self, person: str, sequence: int) -> None:
            model = self.model
            refusal = "" if model.sees(person) else "CONVERSATION_NOT_FOUND"
            if not refusal and person not in ("visitor", model.operator):
                refusal = "NOT_THE_OPERATOR"
            self.attempt(mark(world.platform, self.token(person), self.id, sequence), refusal)
            if not refusal:
                side = "visitor" if person == "visitor" else "operator"
                model.marks[side] = max(model.marks[side], min(sequence, model.head))

        @rule(person=PEOPLE)
        def subscribe(self, person: str) -> None:
            answer = world.run(self.follow(person))
            if self.model.reads(person):
                assert answer == ""
            else:
                assert answer == ("MONITORING_NEEDS_REASON" if self.model.sees(person) else "CONVERSATION_NOT_FOUND")

        async def follow(self, person: str) -> str:
            left = self.sockets.pop(person, None)
            if left is not None:
                await left.leave()
                self.cursors[person] = max([self.cursors.get(person, 0), *left.sequences()])
            socket = await world.line.open(self.token(person))
            answer = await socket.subscribe(self.id, self.cursors.get(person, 0))
            if answer.HasField("subscribed"):
                self.sockets[person] = socket
            return answer.refused.reason

        @invariant()
        def everybody_sees_what_the_rules_say(self) -> None:
            world.run(self.look())

        async def look(self) -> None:
            model = self.model
            for person in ("visitor", "ann", "bob", "lee"):
                token = self.token(person)
                if model.sees(person):
                    seen = await get(world.platform, token, self.id)
                    assert (seen.state, seen.head_sequence) == (model.state, model.head)
                    assert seen.operator_id == (world.staff[model.operator].id if model.operator else "")
                else:
                    with pytest.raises(ParleyError, match="CONVERSATION_NOT_FOUND"):
                        await get(world.platform, token, self.id)
                if model.reads(person):
                    entries = await read(world.platform, token, self.id)
                    assert [each.sequence for each in entries] == list(range(1, model.head + 1))
                    said = {each.sequence: each for each in entries if each.kind == Kind.KIND_TEXT}
                    assert {sequence: each.body for sequence, each in said.items()} == model.bodies
                    assert {at: each.revision for at, each in said.items() if each.revision} == model.revisions
                    changes = {each.sequence: each for each in entries if each.target_sequence}
                    assert {at: each.target_sequence for at, each in changes.items()} == model.targets
                    for each in changes.values():
                        is_edit = each.kind == Kind.KIND_EDITED
                        assert each.body == (model.bodies[each.target_sequence] if is_edit else "")
                else:
                    with pytest.raises(ParleyError, match=r"CONVERSATION_NOT_FOUND|MONITORING_NEEDS_REASON"):
                        await read(world.platform, token, self.id)
            for person, socket in self.sockets.items():
                after = self.cursors.get(person, 0)
                if model.reads(person):
                    if model.head > after:
                        await socket.until_sequence(model.head)
                    assert socket.sequences() == list(range(after + 1, model.head + 1))
            marks: dict[str, int] = {}
            for _ in range(200):
                seen = await get(world.platform, self.visitor.token, self.id)
                marks = {"visitor": seen.visitor_read_sequence, "operator": seen.operator_read_sequence}
                if marks == model.marks:
                    break
            assert marks == model.marks

        def teardown(self) -> None:
            for socket in self.sockets.values():
                world.run(socket.leave())

    return Talk


@pytest.mark.timeout(110)
async def test_a_conversation_is_what_its_model_says(platform: Platform) -> None:
    tenant = await platform.tenant()
    staff = {"ann": await tenant.member(), "bob": await tenant.member(), "lee": await tenant.member(SUPERVISOR)}
    async with a_line(platform) as line:
        world = World(asyncio.get_running_loop(), platform, line, tenant, staff)
        rules = settings(
            max_examples=12,
            stateful_step_count=14,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        )
        await asyncio.to_thread(run_state_machine_as_test, machine_of(world), settings=rules)
