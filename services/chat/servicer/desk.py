"""Serves what the desk has beside the talk: tags, notes and canned replies."""

from __future__ import annotations

from typing import Any

import grpc.aio
from parley.chat.v1 import (
    canned_reply_pb2,
    canned_reply_pb2_grpc,
    note_pb2,
    note_pb2_grpc,
    tag_pb2,
    tag_pb2_grpc,
)

from kernel import ids
from kernel.rpc.gates import current_actor
from services.chat.actions import canned_replies, notes, tags
from services.chat.actions.messages import conversation_message, stamp
from services.chat.actions.wiring import Wiring
from services.chat.domain.desk import CannedReply, Note, Tag

Context = grpc.aio.ServicerContext[Any, Any]


def _tag(tag: Tag) -> tag_pb2.Tag:
    return tag_pb2.Tag(
        id=ids.from_uuid("tag", tag.id),
        word=tag.word,
        colour=tag.colour,
        retired=tag.retired,
        etag=str(tag.revision),
        create_time=stamp(tag.create_time),
    )


def _note(note: Note) -> note_pb2.Note:
    return note_pb2.Note(
        id=ids.from_uuid("nte", note.id),
        conversation_id=ids.from_uuid("cnv", note.conversation_id),
        staff_id=ids.from_uuid("stf", note.staff_id),
        staff_name=note.staff_name,
        body=note.body,
        create_time=stamp(note.create_time),
    )


def _reply(reply: CannedReply) -> canned_reply_pb2.CannedReply:
    return canned_reply_pb2.CannedReply(
        id=ids.from_uuid("cnd", reply.id),
        owner_id=ids.from_uuid("stf", reply.owner_id) if reply.owner_id else "",
        shortcut=reply.shortcut,
        language=reply.language,
        template=reply.template,
        etag=str(reply.revision),
        create_time=stamp(reply.create_time),
    )


class TagServicer(tag_pb2_grpc.TagServiceServicer):
    """The RPCs of tags."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def CreateTag(self, request: tag_pb2.CreateTagRequest, context: Context) -> tag_pb2.CreateTagResponse:
        """Adds a tag."""
        made = await tags.create_tag(
            current_actor(), self._wiring, request.word, request.colour, request.request_id, request
        )
        return tag_pb2.CreateTagResponse(tag=_tag(made))

    async def ListTags(self, request: tag_pb2.ListTagsRequest, context: Context) -> tag_pb2.ListTagsResponse:
        """Lists the tags."""
        found = await tags.list_tags(current_actor(), self._wiring)
        return tag_pb2.ListTagsResponse(tags=[_tag(each) for each in found])

    async def UpdateTag(self, request: tag_pb2.UpdateTagRequest, context: Context) -> tag_pb2.UpdateTagResponse:
        """Changes a tag."""
        changed = await tags.update_tag(
            current_actor(),
            self._wiring,
            ids.to_uuid(request.tag_id, "tag"),
            request.word,
            request.colour,
            request.etag,
            retired=request.retired,
        )
        return tag_pb2.UpdateTagResponse(tag=_tag(changed))

    async def SetConversationTags(
        self, request: tag_pb2.SetConversationTagsRequest, context: Context
    ) -> tag_pb2.SetConversationTagsResponse:
        """Says which tags a conversation has."""
        actor = current_actor()
        changed = await tags.set_conversation_tags(
            actor,
            self._wiring,
            ids.to_uuid(request.conversation_id, "cnv"),
            [ids.to_uuid(each, "tag") for each in request.tag_ids],
        )
        kept = await self._wiring.kept_for(actor.tenant_id)
        return tag_pb2.SetConversationTagsResponse(conversation=conversation_message(changed, kept))


class NoteServicer(note_pb2_grpc.NoteServiceServicer):
    """The RPCs of notes."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def AddNote(self, request: note_pb2.AddNoteRequest, context: Context) -> note_pb2.AddNoteResponse:
        """Adds a note."""
        note = await notes.add_note(
            current_actor(),
            self._wiring,
            ids.to_uuid(request.conversation_id, "cnv"),
            request.body,
            request.request_id,
            request,
        )
        return note_pb2.AddNoteResponse(note=_note(note))

    async def ListNotes(self, request: note_pb2.ListNotesRequest, context: Context) -> note_pb2.ListNotesResponse:
        """Lists a conversation's notes."""
        found = await notes.list_notes(current_actor(), self._wiring, ids.to_uuid(request.conversation_id, "cnv"))
        return note_pb2.ListNotesResponse(notes=[_note(each) for each in found])

    async def DeleteNote(self, request: note_pb2.DeleteNoteRequest, context: Context) -> note_pb2.DeleteNoteResponse:
        """Deletes a note."""
        await notes.delete_note(
            current_actor(),
            self._wiring,
            ids.to_uuid(request.conversation_id, "cnv"),
            ids.to_uuid(request.note_id, "nte"),
        )
        return note_pb2.DeleteNoteResponse()


class CannedReplyServicer(canned_reply_pb2_grpc.CannedReplyServiceServicer):
    """The RPCs of canned replies."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def CreateCannedReply(
        self, request: canned_reply_pb2.CreateCannedReplyRequest, context: Context
    ) -> canned_reply_pb2.CreateCannedReplyResponse:
        """Adds a text."""
        made = await canned_replies.create_canned_reply(
            current_actor(),
            self._wiring,
            request.shortcut,
            request.language,
            request.template,
            request.request_id,
            request,
            personal=request.personal,
        )
        return canned_reply_pb2.CreateCannedReplyResponse(canned_reply=_reply(made))

    async def ListCannedReplies(
        self, request: canned_reply_pb2.ListCannedRepliesRequest, context: Context
    ) -> canned_reply_pb2.ListCannedRepliesResponse:
        """Lists the tenant's texts and the caller's own."""
        found, following = await canned_replies.list_canned_replies(
            current_actor(), self._wiring, request.page_size, request.page_token
        )
        return canned_reply_pb2.ListCannedRepliesResponse(
            canned_replies=[_reply(each) for each in found], next_page_token=following
        )

    async def UpdateCannedReply(
        self, request: canned_reply_pb2.UpdateCannedReplyRequest, context: Context
    ) -> canned_reply_pb2.UpdateCannedReplyResponse:
        """Changes a text."""
        changed = await canned_replies.update_canned_reply(
            current_actor(),
            self._wiring,
            ids.to_uuid(request.canned_reply_id, "cnd"),
            request.shortcut,
            request.language,
            request.template,
            request.etag,
        )
        return canned_reply_pb2.UpdateCannedReplyResponse(canned_reply=_reply(changed))

    async def DeleteCannedReply(
        self, request: canned_reply_pb2.DeleteCannedReplyRequest, context: Context
    ) -> canned_reply_pb2.DeleteCannedReplyResponse:
        """Deletes a text."""
        await canned_replies.delete_canned_reply(
            current_actor(), self._wiring, ids.to_uuid(request.canned_reply_id, "cnd")
        )
        return canned_reply_pb2.DeleteCannedReplyResponse()
