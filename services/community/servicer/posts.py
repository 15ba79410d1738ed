"""Serves `parley.community.v1.PostService`."""

from __future__ import annotations

from parley.community.v1 import post_pb2, post_pb2_grpc, topic_pb2

from kernel.identity import Actor
from kernel.rpc.gates import current_actor
from services.community.actions import posting
from services.community.actions.wiring import Wiring, member_of
from services.community.domain.posts import Moved, Post
from services.community.servicer.accounts import author_message
from services.community.servicer.attachments import attachment_message
from services.community.servicer.polls import poll_in, poll_message
from services.community.servicer.spaces import space_message
from services.community.servicer.times import Context, stamp
from services.community.servicer.topics import topic_message


def post_message(post: Post, actor: Actor) -> post_pb2.Post:
    """Writes a post for whoever reads it."""
    return post_pb2.Post(
        id=post.id,
        topic_id=post.topic_id,
        number=post.number,
        author=author_message(post.author),
        html=post.html,
        body=post.body,
        renderer=post.renderer,
        state=topic_pb2.ContentState.ValueType(post.state),
        revision=post.revision,
        reply_to=post.reply_to,
        votes=post.votes,
        reactions=[
            post_pb2.ReactionCount(reaction=post_pb2.Reaction.ValueType(each), count=count)
            for each, count in post.reactions.items()
        ],
        is_own=bool(post.author_id) and post.author_id == member_of(actor),
        has_voted=post.has_voted,
        terms_id=post.terms_id,
        create_time=stamp(post.create_time),
        edit_time=stamp(post.edit_time),
        etag=str(post.revision),
        attachments=map(attachment_message, post.attachments),
        is_ignored=post.is_ignored,
        poll=None if post.poll is None else poll_message(post.poll),
        topic_title=post.topic_title,
    )


def topic_page_message(page: posting.Page, actor: Actor) -> post_pb2.GetTopicPageResponse:
    """Writes a page of a topic for whoever reads it."""
    return post_pb2.GetTopicPageResponse(
        topic=topic_message(page.topic),
        space=space_message(page.space),
        after_number=page.after,
        posts=[post_message(each, actor) for each in page.posts],
        next_after_number=page.following,
        moved=map(_moved_message, page.moved),
    )


def _moved_message(moved: Moved) -> post_pb2.MovedPost:
    return post_pb2.MovedPost(
        number=moved.number, post_id=moved.post_id, topic_id=moved.topic_id, to_number=moved.to_number
    )


class PostServicer(post_pb2_grpc.PostServiceServicer):
    """The RPCs of posts."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def CreatePost(self, request: post_pb2.CreatePostRequest, context: Context) -> post_pb2.CreatePostResponse:
        """Posts a reply."""
        actor = current_actor()
        made = await posting.create_post(
            actor,
            self._wiring,
            request.topic_id,
            request.body,
            request.reply_to,
            request.request_id,
            request,
            attachment_ids=list(request.attachment_ids),
            choice=request.exposure_choice,
            form_token=request.form_token,
            poll=poll_in(request.poll, self._wiring.clock.now()) if request.HasField("poll") else None,
        )
        return post_pb2.CreatePostResponse(post=post_message(made, actor))

    async def ListPosts(self, request: post_pb2.ListPostsRequest, context: Context) -> post_pb2.ListPostsResponse:
        """Lists posts."""
        actor = current_actor()
        page, following, moved = await posting.list_posts(
            actor, self._wiring, request.topic_id, request.after_number, request.page_size
        )
        return post_pb2.ListPostsResponse(
            posts=[post_message(each, actor) for each in page],
            next_after_number=following,
            moved=map(_moved_message, moved),
        )

    async def GetTopicPage(
        self, request: post_pb2.GetTopicPageRequest, context: Context
    ) -> post_pb2.GetTopicPageResponse:
        """Returns a page of a topic."""
        actor = current_actor()
        page = await posting.get_topic_page(
            actor, self._wiring, request.topic_id, request.after_number, request.page_size
        )
        return topic_page_message(page, actor)

    async def GetPost(self, request: post_pb2.GetPostRequest, context: Context) -> post_pb2.GetPostResponse:
        """Returns a post."""
        actor = current_actor()
        found = await posting.get_post(actor, self._wiring, request.post_id)
        return post_pb2.GetPostResponse(post=post_message(found, actor))

    async def SearchPosts(self, request: post_pb2.SearchPostsRequest, context: Context) -> post_pb2.SearchPostsResponse:
        """Finds posts."""
        actor = current_actor()
        found = await posting.search_posts(actor, self._wiring, request.words, request.space_id, request.page_size)
        return post_pb2.SearchPostsResponse(posts=[post_message(each, actor) for each in found])

    async def UpdatePost(self, request: post_pb2.UpdatePostRequest, context: Context) -> post_pb2.UpdatePostResponse:
        """Changes a post."""
        actor = current_actor()
        changed = await posting.update_post(
            actor,
            self._wiring,
            request.post_id,
            request.body,
            request.etag,
            attachment_ids=list(request.attachment_ids),
            removed_ids=list(request.removed_attachment_ids),
            choice=request.exposure_choice,
        )
        return post_pb2.UpdatePostResponse(post=post_message(changed, actor))

    async def DeletePost(self, request: post_pb2.DeletePostRequest, context: Context) -> post_pb2.DeletePostResponse:
        """Takes a post away."""
        actor = current_actor()
        gone = await posting.delete_post(actor, self._wiring, request.post_id)
        return post_pb2.DeletePostResponse(post=post_message(gone, actor))

    async def ListRevisions(
        self, request: post_pb2.ListRevisionsRequest, context: Context
    ) -> post_pb2.ListRevisionsResponse:
        """Lists what stood there before."""
        found = await posting.list_revisions(current_actor(), self._wiring, request.post_id)
        return post_pb2.ListRevisionsResponse(
            revisions=[
                post_pb2.Revision(
                    number=each.number,
                    html=each.html,
                    write_time=stamp(each.write_time),
                    files_added=each.files_added,
                    files_removed=each.files_removed,
                )
                for each in found
            ]
        )

    async def React(self, request: post_pb2.ReactRequest, context: Context) -> post_pb2.ReactResponse:
        """Puts a reaction on a post."""
        actor = current_actor()
        changed = await posting.react(actor, self._wiring, request.post_id, request.reaction, remove=request.remove)
        return post_pb2.ReactResponse(post=post_message(changed, actor))
