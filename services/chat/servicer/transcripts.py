"""Serves `parley.chat.v1.TranscriptService`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

import grpc.aio
from google.protobuf.timestamp_pb2 import Timestamp
from parley.chat.v1 import conversation_pb2, transcript_pb2, transcript_pb2_grpc
from sqlalchemy import Row

from kernel import ids
from kernel.rpc.gates import current_actor
from kernel.search import parts_of
from services.chat.actions import transcript_mails, transcripts
from services.chat.actions.messages import conversation_message, entry_messages, stamp
from services.chat.actions.transcripts import Asked
from services.chat.actions.wiring import Wiring

Context = grpc.aio.ServicerContext[Any, Any]


class TranscriptServicer(transcript_pb2_grpc.TranscriptServiceServicer):
    """The RPCs of transcripts."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def SearchTranscripts(
        self, request: transcript_pb2.SearchTranscriptsRequest, context: Context
    ) -> transcript_pb2.SearchTranscriptsResponse:
        """Finds lines by their words."""
        page, following = await transcripts.search_transcripts(
            current_actor(),
            self._wiring,
            asked_by(request.filter),
            request.purpose,
            request.page_size,
            request.page_token,
        )
        return transcript_pb2.SearchTranscriptsResponse(
            found=[_found(line) for line in page], next_page_token=following
        )

    async def GetTranscript(
        self, request: transcript_pb2.GetTranscriptRequest, context: Context
    ) -> transcript_pb2.GetTranscriptResponse:
        """Opens a transcript."""
        actor = current_actor()
        conversation, page = await transcripts.get_transcript(
            actor,
            self._wiring,
            ids.to_uuid(request.conversation_id, "cnv"),
            request.purpose,
            request.after_sequence,
            request.page_size,
        )
        kept = await self._wiring.kept_for(actor.tenant_id)
        return transcript_pb2.GetTranscriptResponse(
            conversation=conversation_message(conversation, kept), messages=entry_messages(page)
        )

    async def MailTranscript(
        self, request: transcript_pb2.MailTranscriptRequest, context: Context
    ) -> transcript_pb2.MailTranscriptResponse:
        """Mails a copy to its visitor."""
        mail = await transcript_mails.mail_transcript(
            current_actor(),
            self._wiring,
            ids.to_uuid(request.conversation_id, "cnv"),
            request.email,
            request.request_id,
            request,
        )
        return transcript_pb2.MailTranscriptResponse(
            mail=transcript_pb2.TranscriptMail(
                id=ids.from_uuid("tml", mail.id),
                conversation_id=request.conversation_id,
                state=cast("transcript_pb2.TranscriptMail.State.ValueType", mail.state),
                create_time=stamp(mail.create_time),
            )
        )


def asked_by(given: transcript_pb2.TranscriptFilter) -> Asked:
    """Reads what is looked for."""
    return Asked(
        query=given.query,
        operator_id=ids.to_uuid(given.operator_id, "stf") if given.operator_id else None,
        site_id=ids.to_uuid(given.site_id, "sit") if given.site_id else None,
        tag_id=ids.to_uuid(given.tag_id, "tag") if given.tag_id else None,
        since=_moment(given.since) if given.HasField("since") else None,
        until=_moment(given.until) if given.HasField("until") else None,
    )


def _moment(given: Timestamp) -> datetime:
    return given.ToDatetime(UTC)


def _found(line: Row[Any]) -> transcript_pb2.Found:
    return transcript_pb2.Found(
        conversation_id=ids.from_uuid("cnv", line.conversation_id),
        sequence=line.sequence,
        side=cast("conversation_pb2.Side.ValueType", line.side),
        parts=[transcript_pb2.Found.Part(text=text, marked=marked) for text, marked in parts_of(line.snippet)],
        create_time=stamp(line.create_time),
        display_name=line.display_name,
        operator_id=ids.from_uuid("stf", line.operator_id) if line.operator_id else "",
        operator_name=line.operator_name,
        site_id=ids.from_uuid("sit", line.site_id),
        close_time=stamp(line.close_time),
    )
