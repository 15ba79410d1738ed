"""Who is given what: no conversation is lost or held twice, nobody is given more than they can hold, and the least busy
comes first."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from parley.options.v1 import access_pb2

from kernel import ids
from services.chat import domain
from services.chat.actions.wiring import viewer_of
from services.chat.domain import CLOSED, OPEN, QUEUED, Conversation, Viewer, routing
from services.chat.domain.routing import AUTOMATIC, AWAY, MANUAL, OFFLINE, ONLINE, UNSET, Operator, Rule
from tests.chat.inside import staff_of

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
LEASE = timedelta(seconds=90)
TENANT = ids.new_id("ten")
PLANTS, BIKES = ids.new_uuid(), ids.new_uuid()


def waiting(**changes: Any) -> Conversation:
    """Returns a conversation that waits."""
    fresh = Conversation(
        tenant_id=ids.to_uuid(TENANT, "ten"),
        id=ids.new_uuid(),
        site_id=ids.new_uuid(),
        visitor_id=ids.random_uuid(),
        display_name="",
        language="",
        page_path="",
        notice_id=ids.new_uuid(),
        state=QUEUED,
        create_time=NOW,
    )
    return replace(fresh, **changes)


def an_operator(**changes: Any) -> Operator:
    """Returns somebody who is there."""
    return replace(Operator(staff_id=ids.new_uuid(), display_name="Robin", seen_time=NOW), **changes)


def test_the_least_busy_comes_first_and_turns_are_taken() -> None:
    busy, idle = an_operator(held=2), an_operator(held=0)
    given = routing.assign([waiting() for _ in range(4)], [busy, idle])
    assert [to.staff_id == idle.staff_id for _, to in given].count(True) == 3
    early, late = an_operator(given_time=NOW - timedelta(hours=1)), an_operator(given_time=NOW)
    assert [to.staff_id for _, to in routing.assign([waiting(), waiting()], [late, early])] == [
        early.staff_id,
        late.staff_id,
    ]


def test_a_team_is_served_by_its_own_and_nobody_gets_back_what_they_gave_away() -> None:
    gardener, mechanic = an_operator(team_ids=(PLANTS,)), an_operator(team_ids=(BIKES,))
    assert routing.assign([waiting(team_id=PLANTS)], [mechanic]) == []
    (first, second) = routing.assign([waiting(team_id=PLANTS), waiting()], [mechanic, gardener])
    assert (first[1].staff_id, second[1].staff_id) == (gardener.staff_id, mechanic.staff_id)
    assert routing.assign([waiting(team_id=PLANTS, left_id=gardener.staff_id)], [gardener]) == []


def test_a_language_binds_as_long_as_somebody_is_there_who_speaks_it() -> None:
    german, english = an_operator(languages=("de",), capacity=1), an_operator(languages=("en",))
    given = routing.assign([waiting(language="de-CH"), waiting(language="de")], [english, german])
    assert [to.staff_id for _, to in given] == [german.staff_id], "the second waits for the one who speaks it"
    assert [to.staff_id for _, to in routing.assign([waiting(language="fr")], [english])] == [english.staff_id]
    every = an_operator(held=3)
    assert [to.staff_id for _, to in routing.assign([waiting(language="fr")], [english, every])] == [every.staff_id]


def test_whoever_was_not_heard_of_for_as_long_as_a_lease_is_not_there() -> None:
    there = an_operator()
    assert routing.state_of(there, LEASE, NOW + LEASE - timedelta(seconds=1)) == ONLINE
    assert routing.state_of(there, LEASE, NOW + LEASE) == OFFLINE
    assert routing.state_of(replace(there, chosen=AWAY), LEASE, NOW) == AWAY
    assert routing.state_of(replace(there, seen_time=None), LEASE, NOW) == OFFLINE


def test_a_team_says_how_before_its_site_does() -> None:
    one = waiting(team_id=PLANTS)
    site, team = (
        Rule(scope_id=one.site_id, is_site=True, mode=AUTOMATIC),
        Rule(scope_id=PLANTS, is_site=False, mode=MANUAL),
    )
    assert routing.mode_of({}, one) == MANUAL
    assert routing.mode_of({site.scope_id: site}, one) == AUTOMATIC
    assert routing.mode_of({site.scope_id: site, PLANTS: team}, one) == MANUAL
    assert routing.mode_of({site.scope_id: site, PLANTS: replace(team, mode=UNSET)}, one) == AUTOMATIC


@pytest.mark.parametrize(
    ("place", "waits", "expected"),
    [
        (1, [], 0),
        (1, [(30.0, 1), (30.0, 1)], 0),
        (0, [(30.0, 1)] * 3, 0),
        (1, [(30.0, 1), (20.0, 1), (90.0, 1)], 30),
        (4, [(30.0, 1), (60.0, 2), (120.0, 4)], 120),
        (1, [(0.0, 1)] * 3, 1),
        (1, [(-5.0, 1)] * 3, 1),
    ],
)
def test_a_wait_is_what_a_place_took_lately_or_not_said(
    place: int, waits: list[tuple[float, int]], expected: int
) -> None:
    assert routing.expected_wait(place, waits) == expected


OPERATORS = st.integers(0, 3)


class Shift(RuleBasedStateMachine):
    """A shift: people come and go, take, hand on and end; routing looks whenever it likes."""

    def __init__(self) -> None:
        """Begins with four operators, of whom nobody is there."""
        super().__init__()
        self.now = NOW
        self.staff = [
            an_operator(chosen=OFFLINE, capacity=capacity, languages=languages, team_ids=teams)
            for capacity, languages, teams in (
                (1, (), (PLANTS,)),
                (2, ("de",), (BIKES,)),
                (3, ("en",), (PLANTS, BIKES)),
                (0, (), (PLANTS,)),
            )
        ]
        self.viewers: list[Viewer] = [
            viewer_of(replace(staff_of(TENANT), subject_id=ids.from_uuid("stf", each.staff_id))) for each in self.staff
        ]
        self.kept: dict[Any, Conversation] = {}
        self.started = self.ended = 0

    def held(self, at: int) -> list[Conversation]:
        return [
            each for each in self.kept.values() if each.state == OPEN and each.operator_id == self.staff[at].staff_id
        ]

    def keep(self, conversation: Conversation) -> None:
        self.kept[conversation.id] = conversation

    @rule(language=st.sampled_from(["", "de", "en-GB", "fr"]), team=st.sampled_from([None, PLANTS, BIKES]))
    def start(self, language: str, team: Any) -> None:
        self.started += 1
        self.keep(waiting(language=language, team_id=team))

    @rule(at=OPERATORS, chosen=st.sampled_from([ONLINE, ONLINE, AWAY]))
    def come(self, at: int, chosen: int) -> None:
        self.staff[at] = replace(self.staff[at], chosen=chosen, seen_time=self.now)

    @rule(at=OPERATORS)
    def go_silent(self, at: int) -> None:
        """A lease ends: all that somebody answers goes back."""
        self.staff[at] = replace(self.staff[at], seen_time=None)
        for each in self.held(at):
            self.keep(routing.requeue(each, 1, self.now))
        assert not self.held(at)

    @rule(at=OPERATORS, data=st.data())
    @precondition(lambda self: self.kept)
    def claim(self, at: int, data: st.DataObject) -> None:
        chosen = data.draw(st.sampled_from(list(self.kept.values())))
        if chosen.state == OPEN and chosen.operator_id != self.staff[at].staff_id:
            with pytest.raises(domain.ConversationTaken):
                domain.claim(chosen, self.viewers[at], self.now)
        elif chosen.state != CLOSED:
            self.keep(domain.claim(chosen, self.viewers[at], self.now))

    @rule(at=OPERATORS, to=OPERATORS)
    def offer(self, at: int, to: int) -> None:
        for each in self.held(at)[:1]:
            if at == to:
                with pytest.raises(routing.AlreadyThere):
                    routing.offer(each, self.viewers[at], self.staff[to], self.now)
                return
            offered = routing.offer(each, self.viewers[at], self.staff[to], self.now)
            assert offered.operator_id == each.operator_id, "its operator goes on to answer"
            self.keep(offered)

    @rule(at=OPERATORS, late=st.booleans())
    def accept(self, at: int, late: bool) -> None:
        moment = self.now + (routing.OFFER if late else timedelta())
        for each in list(self.kept.values()):
            if each.state != OPEN or each.operator_id == self.staff[at].staff_id:
                continue
            if each.offered_id != self.staff[at].staff_id or late:
                with pytest.raises(routing.OfferOver):
                    routing.accept(each, self.viewers[at], self.staff[at], moment)
            else:
                taken = routing.accept(each, self.viewers[at], self.staff[at], moment)
                assert (taken.operator_id, taken.offered_id) == (self.staff[at].staff_id, None)
                self.keep(taken)

    @rule(at=OPERATORS, team=st.sampled_from([PLANTS, BIKES]))
    def hand_to_team(self, at: int, team: Any) -> None:
        for each in self.held(at)[:1]:
            handed = routing.hand_to_team(each, self.viewers[at], team, 1, self.now)
            assert routing.hand_to_team(handed, self.viewers[at], team, 1, self.now) is handed
            assert not domain.may_see(self.viewers[at], replace(handed, state=OPEN, operator_id=ids.new_uuid()))
            self.keep(handed)

    @rule(at=OPERATORS)
    def end(self, at: int) -> None:
        for each in self.held(at)[:1]:
            self.ended += 1
            self.keep(domain.close(each, self.viewers[at], self.now))

    @rule()
    def route(self) -> None:
        there = [
            replace(each, held=len(self.held(at)))
            for at, each in enumerate(self.staff)
            if routing.state_of(each, LEASE, self.now) == ONLINE
        ]
        before = {each.staff_id: each for each in there}
        queue = sorted((each for each in self.kept.values() if each.state == QUEUED), key=lambda each: each.id)
        given = routing.assign(queue, there)
        assert len({conversation.id for conversation, _ in given}) == len(given), "nothing is given twice"
        now_held = Counter({key: each.held for key, each in before.items()})
        for conversation, to in given:
            assert now_held[to.staff_id] < to.capacity, "nobody is given more than they can hold"
            rivals = [
                each
                for each in there
                if now_held[each.staff_id] < each.capacity
                and (conversation.team_id is None or conversation.team_id in each.team_ids)
                and conversation.left_id != each.staff_id
                and (not each.languages or conversation.language[:2] in each.languages)
            ]
            assert not rivals or now_held[to.staff_id] <= min(now_held[each.staff_id] for each in rivals)
            now_held[to.staff_id] += 1
            self.keep(routing.give(conversation, to, self.now))
        left = [each for each in queue if each.id not in {conversation.id for conversation, _ in given}]
        for conversation in left:
            assert not [
                each
                for each in there
                if now_held[each.staff_id] < each.capacity
                and (conversation.team_id is None or conversation.team_id in each.team_ids)
                and conversation.left_id != each.staff_id
                and (not each.languages or not conversation.language or conversation.language[:2] in each.languages)
            ], "nobody waits while somebody has room"

    @invariant()
    def none_is_lost_and_none_is_held_twice(self) -> None:
        states = Counter(each.state for each in self.kept.values())
        assert sum(states.values()) == self.started
        assert states[CLOSED] == self.ended
        for each in self.kept.values():
            assert (each.operator_id is None) == (each.state == QUEUED)
            assert each.offered_id is None or (each.state == OPEN and each.offered_id != each.operator_id)


TestShift = Shift.TestCase
TestShift.settings = settings(max_examples=30, stateful_step_count=30, deadline=None)


def test_those_who_lead_read_what_waits_for_a_reason_only() -> None:
    lead = viewer_of(staff_of(TENANT, access_pb2.CALLER_OPERATOR, access_pb2.CALLER_SUPERVISOR))
    robin, one = viewer_of(staff_of(TENANT)), waiting()
    assert domain.may_read(robin, one, NOW)
    assert not domain.may_read(lead, one, NOW)
    watched = domain.watch(one, lead, NOW + timedelta(minutes=5), NOW)
    assert domain.may_read(lead, watched, NOW)
    assert domain.reader_of(lead, watched, NOW).purpose == access_pb2.PURPOSE_FUNCTIONAL_SERVICE_MONITORING
    assert not domain.may_read(lead, watched, NOW + timedelta(minutes=5))
