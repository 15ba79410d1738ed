"""Serves `parley.community.v1.TopicService`."""

from __future__ import annotations

from parley.community.v1 import topic_pb2, topic_pb2_grpc

from kernel.rpc.gates import current_actor
from services.community.actions import topics
from services.community.actions.wiring import Wiring
from services.community.domain.posts import Topic
from services.community.servicer.accounts import author_message
from services.community.servicer.polls import poll_in
from services.community.servicer.times import Context, stamp


def topic_message(topic: Topic) -> topic_pb2.Topic:
    """Writes a topic."""
    return topic_pb2.Topic(
        id=topic.id,
        space_id=topic.space_id,
        space_slug=topic.space_slug,
        kind=topic_pb2.TopicKind.ValueType(topic.kind),
        title=topic.title,
        state=topic_pb2.ContentState.ValueType(topic.state),
        author=author_message(topic.author),
        tags=topic.tags,
        is_locked=topic.is_locked,
        is_pinned=topic.is_pinned,
        accepted_post_id=topic.accepted_post_id,
        accepted_number=topic.accepted_number,
        post_count=topic.post_count,
        last_number=topic.last_number,
        create_time=stamp(topic.create_time),
        last_post_time=stamp(topic.last_post_time),
        version=topic.version,
        read_number=topic.read_number,
        slow_seconds=topic.slow_seconds,
    )


class TopicServicer(topic_pb2_grpc.TopicServiceServicer):
    """The RPCs of topics."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def CreateTopic(
        self, request: topic_pb2.CreateTopicRequest, context: Context
    ) -> topic_pb2.CreateTopicResponse:
        """Begins a topic."""
        made = await topics.create_topic(
            current_actor(),
            self._wiring,
            space_id=request.space_id,
            kind=request.kind,
            title=request.title,
            body=request.body,
            tags=list(request.tags),
            request_id=request.request_id,
            request=request,
            attachment_ids=list(request.attachment_ids),
            choice=request.exposure_choice,
            form_token=request.form_token,
            poll=poll_in(request.poll, self._wiring.clock.now()) if request.HasField("poll") else None,
        )
        return topic_pb2.CreateTopicResponse(topic=topic_message(made))

    async def GetTopic(self, request: topic_pb2.GetTopicRequest, context: Context) -> topic_pb2.GetTopicResponse:
        """Returns a topic."""
        found = await topics.get_topic(current_actor(), self._wiring, request.topic_id)
        return topic_pb2.GetTopicResponse(topic=topic_message(found))

    async def ListTopics(self, request: topic_pb2.ListTopicsRequest, context: Context) -> topic_pb2.ListTopicsResponse:
        """Lists topics."""
        page, following = await topics.list_topics(
            current_actor(), self._wiring, request.space_id, request.tag, request.page_size, request.page_token
        )
        return topic_pb2.ListTopicsResponse(topics=[topic_message(each) for each in page], next_page_token=following)

    async def FindSimilarTopics(
        self, request: topic_pb2.FindSimilarTopicsRequest, context: Context
    ) -> topic_pb2.FindSimilarTopicsResponse:
        """Finds topics that are like a title."""
        found = await topics.find_similar(current_actor(), self._wiring, request.title)
        return topic_pb2.FindSimilarTopicsResponse(topics=[topic_message(each) for each in found])

    async def ListIndexedTopics(
        self, request: topic_pb2.ListIndexedTopicsRequest, context: Context
    ) -> topic_pb2.ListIndexedTopicsResponse:
        """Lists what search engines may know."""
        page, following = await topics.list_indexed(
            current_actor(), self._wiring, request.page_size, request.page_token
        )
        return topic_pb2.ListIndexedTopicsResponse(
            topics=[topic_pb2.IndexedTopic(topic_id=each, last_post_time=stamp(last)) for each, last in page],
            next_page_token=following,
        )

    async def ListIndexedPages(
        self, request: topic_pb2.ListIndexedPagesRequest, context: Context
    ) -> topic_pb2.ListIndexedPagesResponse:
        """Says where the pages of that list begin."""
        tokens = await topics.list_indexed_pages(current_actor(), self._wiring, request.page_size)
        return topic_pb2.ListIndexedPagesResponse(page_tokens=tokens)

    async def AcceptAnswer(
        self, request: topic_pb2.AcceptAnswerRequest, context: Context
    ) -> topic_pb2.AcceptAnswerResponse:
        """Marks the answer."""
        changed = await topics.accept_answer(current_actor(), self._wiring, request.topic_id, request.post_id)
        return topic_pb2.AcceptAnswerResponse(topic=topic_message(changed))

    async def ArrangeTopic(
        self, request: topic_pb2.ArrangeTopicRequest, context: Context
    ) -> topic_pb2.ArrangeTopicResponse:
        """Pins, locks or moves a topic."""
        changed = await topics.arrange_topic(
            current_actor(),
            self._wiring,
            request.topic_id,
            request.space_id,
            is_pinned=request.is_pinned,
            is_locked=request.is_locked,
            slow_seconds=request.slow_seconds,
        )
        return topic_pb2.ArrangeTopicResponse(topic=topic_message(changed))
