"""Serves `parley.community.v1.TermsService`."""

from __future__ import annotations

from datetime import UTC

from parley.community.v1 import terms_pb2, terms_pb2_grpc

from kernel.rpc.gates import current_actor
from services.community.actions import terms
from services.community.actions.wiring import Wiring
from services.community.domain.terms import Clause, Standing, Terms
from services.community.servicer.times import Context, stamp


def clause_message(clause: Clause) -> terms_pb2.Clause:
    """Writes a rule."""
    return terms_pb2.Clause(id=clause.id, title=clause.title, text=clause.text)


def _terms(version: Terms, *, whole: bool = True) -> terms_pb2.Terms:
    clauses = version.clauses if whole else ()
    return terms_pb2.Terms(
        id=version.id,
        number=version.number,
        clauses=[clause_message(each) for each in clauses],
        warning=version.warning,
        change_log=version.change_log,
        is_material=version.is_material,
        content_hash=version.content_hash,
        warning_hash=version.warning_hash,
        effective_time=stamp(version.effective_time),
        publish_time=stamp(version.publish_time),
    )


def _standing(standing: Standing) -> terms_pb2.Standing:
    return terms_pb2.Standing(
        may_post=standing.may_post,
        terms_accepted=standing.accepted,
        warning_acknowledged=standing.acknowledged,
        terms_id=standing.terms_id,
        suspended_until_time=stamp(standing.suspended_until),
    )


class TermsServicer(terms_pb2_grpc.TermsServiceServicer):
    """The RPCs of the terms."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def PublishTerms(
        self, request: terms_pb2.PublishTermsRequest, context: Context
    ) -> terms_pb2.PublishTermsResponse:
        """Publishes a version."""
        published = await terms.publish_terms(
            current_actor(),
            self._wiring,
            clauses=[Clause(id=each.id, title=each.title, text=each.text) for each in request.clauses],
            warning=request.warning,
            change_log=request.change_log,
            is_material=request.is_material,
            effective_time=request.effective_time.ToDatetime(UTC) if request.HasField("effective_time") else None,
            request_id=request.request_id,
            request=request,
        )
        return terms_pb2.PublishTermsResponse(terms=_terms(published))

    async def GetTerms(self, request: terms_pb2.GetTermsRequest, context: Context) -> terms_pb2.GetTermsResponse:
        """Returns a version."""
        return terms_pb2.GetTermsResponse(
            terms=_terms(await terms.get_terms(current_actor(), self._wiring, request.terms_id))
        )

    async def GetCurrentTerms(
        self, request: terms_pb2.GetCurrentTermsRequest, context: Context
    ) -> terms_pb2.GetCurrentTermsResponse:
        """Returns the version in force."""
        found = await terms.current_terms(current_actor(), self._wiring)
        return terms_pb2.GetCurrentTermsResponse(terms=None if found is None else _terms(found))

    async def ListTerms(self, request: terms_pb2.ListTermsRequest, context: Context) -> terms_pb2.ListTermsResponse:
        """Lists the versions."""
        page, following = await terms.list_terms(current_actor(), self._wiring, request.page_size, request.page_token)
        return terms_pb2.ListTermsResponse(
            terms=[_terms(each, whole=False) for each in page], next_page_token=following
        )

    async def AnswerTerms(
        self, request: terms_pb2.AnswerTermsRequest, context: Context
    ) -> terms_pb2.AnswerTermsResponse:
        """Notes an answer."""
        standing = await terms.answer_terms(current_actor(), self._wiring, request.terms_id, request.answer)
        return terms_pb2.AnswerTermsResponse(standing=_standing(standing))

    async def GetStanding(
        self, request: terms_pb2.GetStandingRequest, context: Context
    ) -> terms_pb2.GetStandingResponse:
        """Says where the caller stands."""
        return terms_pb2.GetStandingResponse(
            standing=_standing(await terms.get_standing(current_actor(), self._wiring))
        )
