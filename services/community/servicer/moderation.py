"""Serves `parley.community.v1.ModerationService`."""

from __future__ import annotations

from parley.community.v1 import moderation_pb2, moderation_pb2_grpc, topic_pb2

from kernel.rpc.gates import current_actor
from services.community.actions import flagging, messages, moderation
from services.community.actions.moderation import Whole
from services.community.actions.wiring import Wiring
from services.community.domain.moderation import Appeal, Decision, Flag, Statement
from services.community.servicer.accounts import author_message
from services.community.servicer.proofs import origin_of
from services.community.servicer.times import Context, stamp


def _flag(flag: Flag) -> moderation_pb2.Flag:
    return moderation_pb2.Flag(
        id=flag.id,
        kind=moderation_pb2.FlagKind.ValueType(flag.kind),
        text=flag.text,
        snapshot=flag.snapshot,
        revision=flag.revision,
        is_upheld=flag.is_upheld,
        create_time=stamp(flag.create_time),
    )


def _decision(decision: Decision) -> moderation_pb2.Decision:
    return moderation_pb2.Decision(
        id=decision.id,
        action=moderation_pb2.CaseAction.ValueType(decision.action),
        is_upheld=decision.is_upheld,
        clause_id=decision.clause_id,
        terms_id=decision.terms_id,
        facts=decision.facts,
        on_appeal=bool(decision.appeal_id),
        decided_by=decision.staff_id,
        create_time=stamp(decision.create_time),
    )


def _appeal(appeal: Appeal) -> moderation_pb2.Appeal:
    return moderation_pb2.Appeal(
        id=appeal.id,
        decision_id=appeal.decision_id,
        by_author=appeal.by_author,
        text=appeal.text,
        is_decided=appeal.is_decided,
        create_time=stamp(appeal.create_time),
    )


def case_message(whole: Whole) -> moderation_pb2.ModerationCase:
    """Writes a case with what belongs to it."""
    case = whole.case
    return moderation_pb2.ModerationCase(
        id=case.id,
        post_id=case.post_id,
        topic_id=case.topic_id,
        number=case.number,
        state=moderation_pb2.ModerationState.ValueType(case.state),
        post_state=topic_pb2.ContentState.ValueType(0 if case.is_suspension else case.post_state),
        author=author_message(case.author),
        is_escalated=case.is_escalated,
        flag_count=case.flag_count,
        flags=[_flag(each) for each in whole.flags],
        decisions=[_decision(each) for each in whole.decisions],
        appeals=[_appeal(each) for each in whole.appeals],
        create_time=stamp(case.create_time),
        is_message=case.is_message,
        terms_id=case.terms_id,
        hold_reason=moderation_pb2.HoldReason.ValueType(case.hold_reason),
        is_suspension=case.is_suspension,
        # What somebody named first; what is quoted of a hidden post follows from the post.
        masked_words=dict.fromkeys(
            words for each in whole.masked if each.post_id == case.post_id for words in each.words
        ),
        masked_count=len(whole.masked),
        kinds=[moderation_pb2.FlagKind.ValueType(each) for each in case.kinds],
    )


def _statement(statement: Statement) -> moderation_pb2.Statement:
    return moderation_pb2.Statement(
        id=statement.id,
        decision_id=statement.decision_id,
        topic_id=statement.topic_id,
        number=statement.number,
        decision_visibility=statement.decision_visibility,
        decision_account=statement.decision_account,
        decision_ground=statement.decision_ground,
        category=statement.category,
        source_type=statement.source_type,
        clause_id=statement.clause_id,
        facts=statement.facts,
        content=statement.content,
        is_reversed=statement.is_reversed,
        may_appeal=statement.may_appeal,
        create_time=stamp(statement.create_time),
        thread_id=statement.thread_id,
    )


class ModerationServicer(moderation_pb2_grpc.ModerationServiceServicer):
    """The RPCs of moderation."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def FlagPost(
        self, request: moderation_pb2.FlagPostRequest, context: Context
    ) -> moderation_pb2.FlagPostResponse:
        """Reports a post."""
        flag_id, masked = await flagging.flag_post(
            current_actor(),
            self._wiring,
            request.post_id,
            request.kind,
            request.text,
            request.selection,
            proof=request.proof,
            origin=origin_of(context),
        )
        return moderation_pb2.FlagPostResponse(flag_id=flag_id, is_masked=bool(masked), masked_count=masked)

    async def FlagMessage(
        self, request: moderation_pb2.FlagMessageRequest, context: Context
    ) -> moderation_pb2.FlagMessageResponse:
        """Reports a message."""
        flag_id = await messages.flag_message(
            current_actor(), self._wiring, request.thread_id, request.number, request.kind, request.text
        )
        return moderation_pb2.FlagMessageResponse(flag_id=flag_id)

    async def GetFlag(self, request: moderation_pb2.GetFlagRequest, context: Context) -> moderation_pb2.GetFlagResponse:
        """Says what became of a report."""
        flag, decision = await flagging.get_flag(current_actor(), self._wiring, request.flag_id)
        return moderation_pb2.GetFlagResponse(
            flag=_flag(flag),
            is_decided=decision is not None,
            decision_id=decision.id if decision else "",
            # Whoever was right learns that; what is said to whoever was restricted is said to them.
            facts=decision.facts if decision and not flag.is_upheld else "",
            decide_time=stamp(decision.create_time if decision else None),
        )

    async def ListModerationCases(
        self, request: moderation_pb2.ListModerationCasesRequest, context: Context
    ) -> moderation_pb2.ListModerationCasesResponse:
        """Lists cases."""
        page, following = await moderation.list_cases(
            current_actor(), self._wiring, request.state, request.page_size, request.page_token
        )
        return moderation_pb2.ListModerationCasesResponse(
            cases=[case_message(each) for each in page], next_page_token=following
        )

    async def GetModerationCase(
        self, request: moderation_pb2.GetModerationCaseRequest, context: Context
    ) -> moderation_pb2.GetModerationCaseResponse:
        """Returns a case."""
        found = await moderation.get_case(current_actor(), self._wiring, request.case_id)
        return moderation_pb2.GetModerationCaseResponse(case=case_message(found))

    async def DecideModerationCase(
        self, request: moderation_pb2.DecideModerationCaseRequest, context: Context
    ) -> moderation_pb2.DecideModerationCaseResponse:
        """Decides a case."""
        decided = await moderation.decide_case(
            current_actor(),
            self._wiring,
            request.case_id,
            is_upheld=request.is_upheld,
            action=request.action,
            clause_id=request.clause_id,
            facts=request.facts,
        )
        return moderation_pb2.DecideModerationCaseResponse(case=case_message(decided))

    async def ListStatements(
        self, request: moderation_pb2.ListStatementsRequest, context: Context
    ) -> moderation_pb2.ListStatementsResponse:
        """Lists statements."""
        page, following = await moderation.list_statements(
            current_actor(), self._wiring, request.page_size, request.page_token
        )
        return moderation_pb2.ListStatementsResponse(
            statements=[_statement(each) for each in page], next_page_token=following
        )

    async def AppealDecision(
        self, request: moderation_pb2.AppealDecisionRequest, context: Context
    ) -> moderation_pb2.AppealDecisionResponse:
        """Takes an appeal."""
        made = await moderation.appeal_decision(current_actor(), self._wiring, request.decision_id, request.text)
        return moderation_pb2.AppealDecisionResponse(appeal=_appeal(made))

    async def DecideAppeal(
        self, request: moderation_pb2.DecideAppealRequest, context: Context
    ) -> moderation_pb2.DecideAppealResponse:
        """Decides an appeal."""
        decided = await moderation.decide_appeal(
            current_actor(),
            self._wiring,
            request.appeal_id,
            action=request.action,
            clause_id=request.clause_id,
            facts=request.facts,
        )
        return moderation_pb2.DecideAppealResponse(case=case_message(decided))

    async def GetTransparency(
        self, request: moderation_pb2.GetTransparencyRequest, context: Context
    ) -> moderation_pb2.GetTransparencyResponse:
        """Counts."""
        flags, decisions, appeals, clauses = await moderation.get_transparency(current_actor(), self._wiring)
        return moderation_pb2.GetTransparencyResponse(
            flags=flags,
            decisions=decisions,
            appeals=appeals,
            clauses=[
                moderation_pb2.ClauseCount(clause_id=clause, decisions=made, reversed=reversed_)
                for clause, (made, reversed_) in clauses.items()
            ],
        )

    async def SuspendMember(
        self, request: moderation_pb2.SuspendMemberRequest, context: Context
    ) -> moderation_pb2.SuspendMemberResponse:
        """Suspends a member."""
        until = await moderation.suspend_member(
            current_actor(), self._wiring, request.handle, request.days, request.clause_id, request.facts
        )
        return moderation_pb2.SuspendMemberResponse(suspended_until_time=stamp(until))
