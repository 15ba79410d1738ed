"""A community of a test: its tenant, its members, and what they say there."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import grpc.aio
from parley.community.v1 import (
    account_pb2,
    account_pb2_grpc,
    arrangement_pb2_grpc,
    attachment_pb2,
    attachment_pb2_grpc,
    direct_pb2_grpc,
    draft_pb2_grpc,
    exposure_pb2,
    group_pb2,
    group_pb2_grpc,
    leaving_pb2_grpc,
    moderation_pb2,
    moderation_pb2_grpc,
    post_pb2,
    post_pb2_grpc,
    relation_pb2_grpc,
    space_pb2,
    space_pb2_grpc,
    subscription_pb2_grpc,
    terms_pb2,
    terms_pb2_grpc,
    topic_pb2,
    topic_pb2_grpc,
)
from parley.identity.v1 import tenant_pb2, token_pb2
from sqlalchemy import text

from kernel import ids
from kernel.clock import Clock, SystemClock
from kernel.errors import from_rpc_error
from kernel.identity import derive_key
from kernel.rpc.process import Process
from kernel.storage import Database, runtime_url
from services.community.__main__ import wire
from services.community.actions.wiring import Wiring
from services.community.domain.accounts import make_code
from tests.platform import Platform, Tenant

PASSWORD = "a password of a member"
WARNING = "Whatever you post may be read, collected and used by others, and they may write to you because of it."
#: The member has looked, and posts what leads to a person.
ANYWAY, MASK = exposure_pb2.EXPOSURE_CHOICE_POST_ANYWAY, exposure_pb2.EXPOSURE_CHOICE_MASK
RULES = (("R1", "Be kind", "No harassment."), ("R2", "Stay on topic", "Post where it belongs."))


@dataclass(slots=True)
class Poster:
    """Somebody with an account in the community."""

    id: str
    handle: str
    email: str
    session: str
    token: str


@dataclass(slots=True)
class Forum:
    """A tenant's community, and stubs to it."""

    platform: Platform
    tenant: Tenant
    anonymous: str
    accounts: Any = field(init=False)
    terms: Any = field(init=False)
    spaces: Any = field(init=False)
    groups: Any = field(init=False)
    topics: Any = field(init=False)
    posts: Any = field(init=False)
    moderation: Any = field(init=False)
    leaving: Any = field(init=False)
    attachments: Any = field(init=False)
    drafts: Any = field(init=False)
    subscriptions: Any = field(init=False)
    relations: Any = field(init=False)
    direct: Any = field(init=False)
    arrangement: Any = field(init=False)

    def __post_init__(self) -> None:
        """Makes the stubs."""
        channel = self.platform.community
        self.accounts = account_pb2_grpc.AccountServiceStub(channel)
        self.terms = terms_pb2_grpc.TermsServiceStub(channel)
        self.spaces = space_pb2_grpc.SpaceServiceStub(channel)
        self.groups = group_pb2_grpc.GroupServiceStub(channel)
        self.topics = topic_pb2_grpc.TopicServiceStub(channel)
        self.posts = post_pb2_grpc.PostServiceStub(channel)
        self.moderation = moderation_pb2_grpc.ModerationServiceStub(channel)
        self.leaving = leaving_pb2_grpc.LeavingServiceStub(channel)
        self.attachments = attachment_pb2_grpc.AttachmentServiceStub(channel)
        self.drafts = draft_pb2_grpc.DraftServiceStub(channel)
        self.subscriptions = subscription_pb2_grpc.SubscriptionServiceStub(channel)
        self.relations = relation_pb2_grpc.RelationServiceStub(channel)
        self.direct = direct_pb2_grpc.DirectMessageServiceStub(channel)
        self.arrangement = arrangement_pb2_grpc.ArrangementServiceStub(channel)

    @property
    def admin(self) -> str:
        """The administrator's token."""
        return self.tenant.admin.token

    async def call(self, method: Any, request: Any, token: str = "") -> Any:
        """Calls as somebody; without a token, as somebody on the page who said nothing yet."""
        return await self.platform.call(method, request, token=token or self.anonymous)

    def code(self, pending_id: str) -> str:
        """Returns the code that is mailed."""
        key = derive_key(self.platform.config.secret_key, "community codes")
        return make_code(key, self.tenant.id, pending_id)

    async def join(self, handle: str = "", email: str = "", *, proof: str = "") -> Poster:
        """Makes an account and signs in, and answers nothing yet."""
        handle = handle or f"m{secrets.token_hex(5)}"
        email = email or f"{handle}@people.example"
        begun = await self.call(
            self.accounts.SignUp,
            account_pb2.SignUpRequest(handle=handle, email=email, password=PASSWORD, age=30, proof=proof),
        )
        made = await self.call(
            self.accounts.VerifyEmail,
            account_pb2.VerifyEmailRequest(sign_up_id=begun.sign_up_id, code=self.code(begun.sign_up_id)),
        )
        return Poster(made.opened.member_id, handle, email, made.opened.session, made.opened.access_token)

    async def poster(self, handle: str = "", email: str = "", *, proof: str = "") -> Poster:
        """Makes a member who may post."""
        member = await self.join(handle, email, proof=proof)
        await self.accept(member)
        return member

    async def accept(self, member: Poster) -> None:
        """Accepts the terms in force, and acknowledges the warning."""
        current = await self.call(self.terms.GetCurrentTerms, terms_pb2.GetCurrentTermsRequest())
        for answer in (terms_pb2.ANSWER_ACCEPTED, terms_pb2.ANSWER_WARNING_ACKNOWLEDGED):
            await self.answer(member, current.terms.id, answer)

    async def answer(self, member: Poster, terms_id: str, answer: Any) -> terms_pb2.Standing:
        """Says something to a version."""
        said = await self.call(
            self.terms.AnswerTerms, terms_pb2.AnswerTermsRequest(terms_id=terms_id, answer=answer), member.token
        )
        return said.standing  # type: ignore[no-any-return]  # The stubs carry no types.

    async def publish(self, *, is_material: bool = True, warning: str = WARNING, text: str = "") -> terms_pb2.Terms:
        """Publishes a version of the terms."""
        clauses = [terms_pb2.Clause(id=id_, title=title, text=f"{said} {text}") for id_, title, said in RULES]
        made = await self.call(
            self.terms.PublishTerms,
            terms_pb2.PublishTermsRequest(clauses=clauses, warning=warning, is_material=is_material),
            self.admin,
        )
        return made.terms  # type: ignore[no-any-return]  # The stubs carry no types.

    async def space(
        self,
        slug: str = "",
        *,
        visibility: Any = space_pb2.VISIBILITY_EVERYBODY,
        joining: Any = space_pb2.JOINING_REQUEST,
        **exposure: bool,
    ) -> space_pb2.Space:
        """Makes a space."""
        slug = slug or f"s{secrets.token_hex(5)}"
        told = {"is_indexed": True, "has_feed": True, "is_exported": True} | exposure
        made = await self.call(
            self.spaces.CreateSpace,
            space_pb2.CreateSpaceRequest(
                slug=slug,
                display_name=slug.title(),
                exposure=space_pb2.Exposure(visibility=visibility, **told),
                joining=joining,
            ),
            self.admin,
        )
        return made.space  # type: ignore[no-any-return]  # The stubs carry no types.

    async def topic(
        self,
        member: Poster,
        space_id: str,
        title: str = "A topic",
        body: str = "What do you think?",
        *,
        kind: Any = topic_pb2.TOPIC_KIND_DISCUSSION,
        tags: tuple[str, ...] = (),
        **more: Any,
    ) -> topic_pb2.Topic:
        """Begins a topic."""
        made = await self.call(
            self.topics.CreateTopic,
            topic_pb2.CreateTopicRequest(space_id=space_id, kind=kind, title=title, body=body, tags=tags, **more),
            member.token,
        )
        return made.topic  # type: ignore[no-any-return]  # The stubs carry no types.

    async def reply(self, member: Poster, topic_id: str, body: str, *, reply_to: int = 0, **more: Any) -> post_pb2.Post:
        """Posts a reply."""
        made = await self.call(
            self.posts.CreatePost,
            post_pb2.CreatePostRequest(topic_id=topic_id, body=body, reply_to=reply_to, **more),
            member.token,
        )
        return made.post  # type: ignore[no-any-return]  # The stubs carry no types.

    async def read(self, topic_id: str, token: str = "", *, after: int = 0, size: int = 0) -> list[post_pb2.Post]:
        """Reads posts."""
        page = await self.call(
            self.posts.ListPosts,
            post_pb2.ListPostsRequest(topic_id=topic_id, after_number=after, page_size=size),
            token,
        )
        return list(page.posts)

    async def upload(self, member: Poster, content: bytes, name: str = "a.pdf") -> attachment_pb2.Attachment:
        """Sends a file for a post, in two pieces."""

        async def pieces() -> AsyncIterator[attachment_pb2.UploadAttachmentRequest]:
            yield attachment_pb2.UploadAttachmentRequest(filename=name, request_id=secrets.token_hex(8))
            yield attachment_pb2.UploadAttachmentRequest(data=content)

        try:
            sent = await self.attachments.UploadAttachment(
                pieces(), metadata=(("authorization", f"Bearer {member.token}"),)
            )
        except grpc.aio.AioRpcError as error:
            raise from_rpc_error(error) from None
        return sent.attachment  # type: ignore[no-any-return]  # The stubs carry no types.

    async def examined(self, member: Poster) -> list[attachment_pb2.Attachment]:
        """Returns the files of a member that wait, once all of them were examined."""
        for _ in range(200):
            listed = await self.call(
                self.attachments.ListAttachments, attachment_pb2.ListAttachmentsRequest(), member.token
            )
            if all(each.state != attachment_pb2.ATTACHMENT_STATE_PENDING for each in listed.attachments):
                return list(listed.attachments)
            await self.pause()
        raise AssertionError("nothing was examined")

    async def set(self, name: str, value: int) -> None:
        """Changes a setting of the tenant's, before the community has read it."""
        request = tenant_pb2.UpdateSettingRequest(name=name, value_json=str(value))
        await self.call(self.platform.tenants.UpdateSetting, request, self.admin)

    async def age(self, member: Poster, days: int, posts: int = 0) -> None:
        """Has a member be there for longer, and have posted more, than is so."""
        await self.rows(
            "UPDATE community.members SET create_time = create_time - make_interval(days => CAST(:days AS integer)), "
            "post_count = post_count + CAST(:posts AS integer) WHERE id = :id RETURNING 1",
            id=member.id,
            days=days,
            posts=posts,
        )

    async def settled(self, topic_id: str, member: Poster) -> list[post_pb2.Post]:
        """Returns the posts of a topic once the files in them were examined."""
        pending = attachment_pb2.ATTACHMENT_STATE_PENDING
        for _ in range(200):
            posts = await self.read(topic_id, member.token)
            if all(each.state != pending for post in posts for each in post.attachments):
                return posts
            await self.pause()
        raise AssertionError("nothing was examined")

    async def enter(self, space_id: str, *entering: Poster) -> None:
        """Lets members into a group."""
        for member in entering:
            await self.call(self.groups.JoinSpace, group_pb2.JoinSpaceRequest(space_id=space_id), member.token)
            request = group_pb2.InviteMemberRequest(space_id=space_id, handle=member.handle)
            await self.call(self.groups.InviteMember, request, self.admin)

    async def rows(self, query: str, **values: str | int) -> Sequence[Any]:
        """Returns what stands in the tenant's tables; ids are written as keys."""
        keys = {
            name: ids.to_uuid(value, value[:3]) if isinstance(value, str) else value for name, value in values.items()
        }
        database = Database(
            runtime_url(self.platform.config.database_url, self.platform.config.secret_key, "community")
        )
        try:
            async with database.transaction(self.tenant.id) as connection:
                return (await connection.execute(text(query), keys)).all()
        finally:
            await database.close()

    async def marks(self, *tables: str) -> int:
        """Counts how often something was taken away for good, in tables of which the next rewrite clears the bytes."""
        owner = await asyncpg.connect(self.platform.config.database_url)
        try:
            query = "SELECT count(*) FROM community.leftovers WHERE table_name = ANY ($1)"
            return int(await owner.fetchval(query, tables))
        finally:
            await owner.close()

    async def until(self, is_so: Callable[[], bool]) -> bool:
        """Waits a while for what is done in the background."""
        for _ in range(200):
            if is_so():
                return True
            await self.pause()
        return False

    async def flag(self, token: str, post_id: str, kind: Any, *, selection: str = "") -> Any:
        """Reports a post."""
        request = moderation_pb2.FlagPostRequest(post_id=post_id, kind=kind, selection=selection)
        return await self.call(self.moderation.FlagPost, request, token)

    async def cases(self) -> list[moderation_pb2.ModerationCase]:
        """Returns the cases that wait."""
        listed = await self.call(
            self.moderation.ListModerationCases, moderation_pb2.ListModerationCasesRequest(), self.admin
        )
        return list(listed.cases)

    async def decide(
        self, token: str, case_id: str, action: Any, *, is_upheld: bool = True
    ) -> moderation_pb2.ModerationCase:
        """Decides a case, by the first rule."""
        request = moderation_pb2.DecideModerationCaseRequest(
            case_id=case_id, is_upheld=is_upheld, action=action, clause_id="R1", facts="It says so."
        )
        return (await self.call(self.moderation.DecideModerationCase, request, token)).case  # type: ignore[no-any-return]

    async def mail_to(self, address: str, subject: str = "", *, holding: str = "") -> str:
        """Waits for a mail to somebody, with some words in it, and returns it as it was written."""
        for _ in range(200):
            if mails := [mail for mail in self.mails_to(address, subject) if holding in mail]:
                return mails[0]
            await self.pause()
        raise AssertionError("no mail came")

    def mails_to(self, address: str, subject: str = "") -> list[str]:
        """Returns the mails to somebody as they were written."""
        folder = Path(self.platform.config.data_dir) / "mail"
        texts = [path.read_text() for path in folder.glob("[!.]*.eml")]
        return [text for text in texts if f"To: {address}" in text and f"Subject: {subject}" in text]

    async def pause(self) -> None:
        """Lets a moment pass between two looks at what is done in the background."""
        await asyncio.sleep(0.05)

    @asynccontextmanager
    async def inside(self, clock: Clock | None = None) -> AsyncIterator[Wiring]:
        """Yields what the service's actions work with, on the platform's own database, without a server between."""
        process = Process(self.platform.config, clock=clock or SystemClock())
        try:
            yield wire(process)
        finally:
            await process.close()

    def job_values(self) -> dict[str, Any]:
        """Returns what every job has besides its tenant and its arguments."""
        return {"id": ids.new_uuid(), "kind": "test", "key": None, "attempt": 1}


async def forum(platform: Platform, *, terms: bool = True) -> Forum:
    """Makes a tenant with a community, under its first terms."""
    tenant = await platform.tenant()
    issued = await platform.call(
        platform.tokens.ExchangeCredential, token_pb2.ExchangeCredentialRequest(tenant_slug=tenant.slug)
    )
    made = Forum(platform, tenant, issued.access_token)
    if terms:
        await made.publish()
    return made
