"""Serves `parley.community.v1.DraftService`."""

from __future__ import annotations

from parley.community.v1 import draft_pb2, draft_pb2_grpc, topic_pb2

from kernel.rpc.gates import current_actor
from services.community.actions import drafts
from services.community.actions.wiring import Wiring
from services.community.domain.drafts import Draft
from services.community.servicer.times import Context, stamp


def _draft_message(draft: Draft) -> draft_pb2.Draft:
    return draft_pb2.Draft(
        id=draft.id,
        space_id=draft.space_id,
        topic_id=draft.topic_id,
        kind=topic_pb2.TopicKind.ValueType(draft.kind),
        title=draft.title,
        body=draft.body,
        tags=draft.tags,
        reply_to=draft.reply_to,
        update_time=stamp(draft.update_time),
        etag=str(draft.revision),
    )


class DraftServicer(draft_pb2_grpc.DraftServiceServicer):
    """The RPCs of drafts."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def SaveDraft(self, request: draft_pb2.SaveDraftRequest, context: Context) -> draft_pb2.SaveDraftResponse:
        """Keeps a draft."""
        actor = current_actor()
        draft = Draft(
            id="",
            author_id=actor.subject_id,
            space_id=request.space_id,
            topic_id=request.topic_id,
            kind=request.kind,
            title=request.title,
            body=request.body,
            tags=request.tags,
            reply_to=request.reply_to,
            revision=0,
            update_time=self._wiring.clock.now(),
        )
        kept = await drafts.save_draft(actor, self._wiring, draft, request.etag)
        return draft_pb2.SaveDraftResponse(draft=_draft_message(kept))

    async def FindDraft(self, request: draft_pb2.FindDraftRequest, context: Context) -> draft_pb2.FindDraftResponse:
        """Returns the draft for a place."""
        found = await drafts.find_draft(current_actor(), self._wiring, request.space_id, request.topic_id)
        return draft_pb2.FindDraftResponse(draft=None if found is None else _draft_message(found))

    async def ListDrafts(self, request: draft_pb2.ListDraftsRequest, context: Context) -> draft_pb2.ListDraftsResponse:
        """Lists drafts."""
        page, following = await drafts.list_drafts(current_actor(), self._wiring, request.page_size, request.page_token)
        return draft_pb2.ListDraftsResponse(drafts=map(_draft_message, page), next_page_token=following)

    async def DeleteDraft(
        self, request: draft_pb2.DeleteDraftRequest, context: Context
    ) -> draft_pb2.DeleteDraftResponse:
        """Throws a draft away."""
        await drafts.delete_draft(current_actor(), self._wiring, request.draft_id)
        return draft_pb2.DeleteDraftResponse()

    async def ReviewDraft(
        self, request: draft_pb2.ReviewDraftRequest, context: Context
    ) -> draft_pb2.ReviewDraftResponse:
        """Marks what leads to a person."""
        review = await drafts.review_draft(
            current_actor(),
            self._wiring,
            request.title,
            request.body,
            list(request.attachment_ids),
            moves_to_ticket=request.moves_to_ticket,
        )
        return draft_pb2.ReviewDraftResponse(
            findings=[
                draft_pb2.Finding(
                    kind=draft_pb2.FindingKind.ValueType(each.kind),
                    place=draft_pb2.FindingPlace.ValueType(place),
                    start=each.start,
                    end=each.end,
                    attachment_id=attachment_id,
                )
                for place, each, attachment_id in review.found
            ],
            masked_title=review.title,
            masked_body=review.body,
        )
