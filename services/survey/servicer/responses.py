"""Serves `parley.survey.v1.ResponseService`."""

from __future__ import annotations

from collections.abc import AsyncIterator

from parley.survey.v1 import answering_pb2, response_pb2, response_pb2_grpc

from kernel import ids
from kernel.rpc.gates import current_actor
from services.survey.actions import contacts, rows
from services.survey.actions.wiring import Wiring
from services.survey.servicer.times import Context
from services.survey.store.rows import Whole, Words


def _response(whole: Whole, *, is_sealed: bool = False) -> response_pb2.Response:
    row = whole.response
    if is_sealed:
        return response_pb2.Response(id=ids.from_uuid("rsp", row.id), is_sealed=True)
    message = response_pb2.Response(
        id=ids.from_uuid("rsp", row.id),
        survey_id=ids.from_uuid("srv", row.survey_id),
        version_id=ids.from_uuid("svv", row.version_id),
        day=f"{row.day:%Y-%m-%d}",
        site_id=ids.from_uuid("sit", row.site_id) if row.site_id else "",
        team_id=ids.from_uuid("tea", row.team_id) if row.team_id else "",
        tags=row.tags,
        language=row.language,
        channel=answering_pb2.Channel.ValueType(row.channel),
        age_band=answering_pb2.AgeBand.ValueType(row.age_band),
        wants_follow_up=row.wants_follow_up,
    )
    for question, values in whole.values.items():
        answer = message.answers.add(question_id=question)
        if values[0].startswith("c_"):
            answer.choice_ids.extend(values)
        else:
            answer.number = int(values[0])
    for question, said in whole.words.items():
        message.answers.add(question_id=question, text=said)
    return message


def _text(words: Words) -> response_pb2.Text:
    return response_pb2.Text(
        id=ids.from_uuid("stx", words.id),
        response_id=ids.from_uuid("rsp", words.response_id),
        question_id=words.question_id,
        text=words.text,
        tags=words.tags,
    )


class ResponseServicer(response_pb2_grpc.ResponseServiceServicer):
    """The RPCs of single responses."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def ListResponses(
        self, request: response_pb2.ListResponsesRequest, context: Context
    ) -> response_pb2.ListResponsesResponse:
        """Lists responses."""
        page, following = await rows.list_responses(
            current_actor(), self._wiring, request.survey_id, request.page_size, request.page_token
        )
        return response_pb2.ListResponsesResponse(
            responses=[_response(each, is_sealed=is_sealed) for each, is_sealed in page], next_page_token=following
        )

    async def GetResponse(
        self, request: response_pb2.GetResponseRequest, context: Context
    ) -> response_pb2.GetResponseResponse:
        """Returns a response."""
        found = await rows.get_response(current_actor(), self._wiring, request.response_id)
        return response_pb2.GetResponseResponse(response=_response(found))

    async def SearchTexts(
        self, request: response_pb2.SearchTextsRequest, context: Context
    ) -> response_pb2.SearchTextsResponse:
        """Finds texts."""
        page, following = await rows.search_texts(
            current_actor(),
            self._wiring,
            request.survey_id,
            request.words,
            request.tag,
            request.page_size,
            request.page_token,
        )
        return response_pb2.SearchTextsResponse(texts=[_text(each) for each in page], next_page_token=following)

    async def TagText(self, request: response_pb2.TagTextRequest, context: Context) -> response_pb2.TagTextResponse:
        """Tags a text."""
        tagged = await rows.tag_text(current_actor(), self._wiring, request.text_id, request.tags)
        return response_pb2.TagTextResponse(text=_text(tagged))

    async def ListContacts(
        self, request: response_pb2.ListContactsRequest, context: Context
    ) -> response_pb2.ListContactsResponse:
        """Lists contact details."""
        page, following = await contacts.list_contacts(
            current_actor(), self._wiring, request.survey_id, request.page_size, request.page_token
        )
        return response_pb2.ListContactsResponse(
            contacts=[
                response_pb2.Contact(
                    id=ids.from_uuid("sct", each.id),
                    survey_id=ids.from_uuid("srv", each.survey_id),
                    email=each.email,
                    week=f"{each.week:%Y-%m-%d}",
                    response_id=ids.from_uuid("rsp", each.response_id) if each.response_id else "",
                )
                for each in page
            ],
            next_page_token=following,
        )

    async def ExportResponses(
        self, request: response_pb2.ExportResponsesRequest, context: Context
    ) -> AsyncIterator[response_pb2.ExportResponsesResponse]:
        """Hands out all responses."""
        pieces = rows.export_responses(current_actor(), self._wiring, request.survey_id)
        first = True
        async for piece in pieces:
            if first:
                yield response_pb2.ExportResponsesResponse(
                    data=piece, content_type="text/csv; charset=utf-8", filename="survey-responses.csv"
                )
            else:
                yield response_pb2.ExportResponsesResponse(data=piece)
            first = False
