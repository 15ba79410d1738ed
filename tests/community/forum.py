"""A community of a test: its tenant, its members, and what they say there."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from parley.community.v1 import (
    account_pb2,
    account_pb2_grpc,
    group_pb2_grpc,
    leaving_pb2_grpc,
    moderation_pb2,
    moderation_pb2_grpc,
    post_pb2,
    post_pb2_grpc,
    space_pb2,
    space_pb2_grpc,
    terms_pb2,
    terms_pb2_grpc,
    topic_pb2,
    topic_pb2_grpc,
)
from parley.identity.v1 import token_pb2

from kernel.identity import derive_key
from services.community.domain.accounts import make_code
from tests.platform import Platform, Tenant

PASSWORD = "a password of a member"
WARNING = "Whatever you post may be read, collected and used by others, and they may write to you because of it."
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

    async def join(self, handle: str = "", email: str = "") -> Poster:
        """Makes an account and signs in, and answers nothing yet."""
        handle = handle or f"m{secrets.token_hex(5)}"
        email = email or f"{handle}@people.example"
        begun = await self.call(
            self.accounts.SignUp,
            account_pb2.SignUpRequest(handle=handle, email=email, password=PASSWORD, age=30),
        )
        made = await self.call(
            self.accounts.VerifyEmail,
            account_pb2.VerifyEmailRequest(sign_up_id=begun.sign_up_id, code=self.code(begun.sign_up_id)),
        )
        return Poster(made.opened.member_id, handle, email, made.opened.session, made.opened.access_token)

    async def poster(self, handle: str = "", email: str = "") -> Poster:
        """Makes a member who may post."""
        member = await self.join(handle, email)
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
    ) -> topic_pb2.Topic:
        """Begins a topic."""
        made = await self.call(
            self.topics.CreateTopic,
            topic_pb2.CreateTopicRequest(space_id=space_id, kind=kind, title=title, body=body, tags=tags),
            member.token,
        )
        return made.topic  # type: ignore[no-any-return]  # The stubs carry no types.

    async def reply(self, member: Poster, topic_id: str, body: str, *, reply_to: int = 0) -> post_pb2.Post:
        """Posts a reply."""
        made = await self.call(
            self.posts.CreatePost,
            post_pb2.CreatePostRequest(topic_id=topic_id, body=body, reply_to=reply_to),
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

    async def mail_to(self, address: str) -> str:
        """Waits for a mail to somebody and returns it as it was written."""
        folder = Path(self.platform.config.data_dir) / "mail"
        for _ in range(200):
            for path in folder.glob("[!.]*.eml"):
                text = path.read_text()
                if f"To: {address}" in text:
                    return text
            await asyncio.sleep(0.05)
        raise AssertionError("no mail came")


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
