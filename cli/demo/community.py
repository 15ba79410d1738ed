"""Seeds the demo's community, as its moderators and members would: terms, spaces, and what people said there.

A member's code is mailed; the demo, which is its own deployment, derives it as the service does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from parley.community.v1 import (
    account_pb2,
    account_pb2_grpc,
    post_pb2,
    post_pb2_grpc,
    space_pb2,
    space_pb2_grpc,
    terms_pb2,
    terms_pb2_grpc,
    topic_pb2,
    topic_pb2_grpc,
)
from parley.identity.v1 import token_pb2, token_pb2_grpc

from cli.demo import state
from kernel.config import Config
from kernel.errors import ParleyError
from kernel.identity import derive_key
from kernel.rpc.channels import Channels
from services.community.domain.accounts import make_code

WARNING = (
    "Whatever you post here may be read, collected and used by other people, and they may use it to send you messages "
    "that you did not ask for. Think before you post what leads to you or to somebody else."
)
RULES = (
    ("R1", "Be kind", "No harassment, no threats, no insults. Argue with what was said and not with who said it."),
    ("R2", "Other people's data stay theirs", "Do not post names, addresses, numbers or pictures of other people."),
    ("R3", "No spam", "No advertising, and no messages that nobody asked for."),
    ("R4", "Stay on topic", "Post where it belongs; moderators move what does not."),
    ("R5", "Nothing illegal", "Whatever the law forbids is forbidden here."),
)
SPACES = (
    ("questions", "Questions", "Ask, and be answered by people who know.", "Help", space_pb2.VISIBILITY_EVERYBODY),
    ("ideas", "Ideas", "What should be made, changed or dropped.", "Talk", space_pb2.VISIBILITY_EVERYBODY),
    ("regulars", "Regulars", "For those who come often.", "Talk", space_pb2.VISIBILITY_GROUP),
)
PEOPLE = (("mira", "Mira"), ("tom_b", ""), ("old-oak", "Oak"))
SAID = (
    (
        "questions",
        "question",
        "Why do the lower leaves turn yellow?",
        "Mine stands **two metres** from the window and I water it every other day. The lower leaves turn yellow, one "
        "after another. Too little light?",
        (
            ("tom_b", "Every other day is a lot. Push a finger into the soil: if it is wet, wait.", True),
            ("old-oak", "What @tom_b says. And lift the pot; a dry one is *much* lighter.", False),
        ),
    ),
    (
        "ideas",
        "discussion",
        "A list of what is easy to keep alive",
        "I would like a page with the ten that forgive everything:\n\n- little light\n- little water\n- no attention",
        (("mira", "> the ten that forgive everything\n\nMake it twenty.", False),),
    ),
)


async def seed_community(
    config: Config, channels: Channels, slug: str, tenant_id: str, token: str, request_id: Callable[[str], str]
) -> None:
    """Publishes terms, makes spaces, and lets people talk; what is there already stays as it is."""
    seed = _Seed(config, channels, slug, tenant_id, token, request_id)
    await seed.run()


class _Seed:
    def __init__(
        self,
        config: Config,
        channels: Channels,
        slug: str,
        tenant_id: str,
        token: str,
        request_id: Callable[[str], str],
    ) -> None:
        self._config = config
        self._channels = channels
        self._slug = slug
        self._tenant_id = tenant_id
        self._token = token
        self._request_id = request_id
        channel = channels.of("community")
        self._accounts: Any = account_pb2_grpc.AccountServiceStub(channel)
        self._terms: Any = terms_pb2_grpc.TermsServiceStub(channel)
        self._spaces: Any = space_pb2_grpc.SpaceServiceStub(channel)
        self._topics: Any = topic_pb2_grpc.TopicServiceStub(channel)
        self._posts: Any = post_pb2_grpc.PostServiceStub(channel)
        self._tokens: Any = token_pb2_grpc.TokenServiceStub(channels.of("identity"))

    async def run(self) -> None:
        call = self._channels.call
        published = await call(
            self._terms.PublishTerms,
            terms_pb2.PublishTermsRequest(
                clauses=[terms_pb2.Clause(id=id_, title=title, text=text) for id_, title, text in RULES],
                warning=WARNING,
                is_material=True,
                request_id=self._request_id("community-terms"),
            ),
            token=self._token,
        )
        spaces = {}
        for position, (name, title, about, category, visibility) in enumerate(SPACES):
            is_open = visibility == space_pb2.VISIBILITY_EVERYBODY
            made = await call(
                self._spaces.CreateSpace,
                space_pb2.CreateSpaceRequest(
                    slug=name,
                    display_name=title,
                    description=about,
                    category=category,
                    exposure=space_pb2.Exposure(
                        visibility=visibility, is_indexed=is_open, has_feed=is_open, is_exported=True
                    ),
                    joining=space_pb2.JOINING_REQUEST,
                    position=position,
                    request_id=self._request_id(f"community-space-{name}"),
                ),
                token=self._token,
            )
            spaces[name] = made.space.id
        members = {handle: await self._member(handle, name, published.terms.id) for handle, name in PEOPLE}
        for number, (space, kind, title, body, replies) in enumerate(SAID):
            author = members["mira" if number == 0 else "old-oak"]
            topic = await call(
                self._topics.CreateTopic,
                topic_pb2.CreateTopicRequest(
                    space_id=spaces[space],
                    kind=topic_pb2.TopicKind.Value(f"TOPIC_KIND_{kind.upper()}"),
                    title=title,
                    body=body,
                    request_id=self._request_id(f"community-topic-{number}"),
                ),
                token=author,
            )
            for at, (handle, said, is_answer) in enumerate(replies):
                post = await call(
                    self._posts.CreatePost,
                    post_pb2.CreatePostRequest(
                        topic_id=topic.topic.id,
                        body=said,
                        request_id=self._request_id(f"community-post-{number}-{at}"),
                    ),
                    token=members[handle],
                )
                if is_answer:
                    await call(
                        self._topics.AcceptAnswer,
                        topic_pb2.AcceptAnswerRequest(topic_id=topic.topic.id, post_id=post.post.id),
                        token=author,
                    )

    async def _member(self, handle: str, name: str, terms_id: str) -> str:
        """Makes a member, or signs in whom an interrupted run has made, and returns a token."""
        call = self._channels.call
        email, password = f"{handle}@people.example", state.password_of(self._config, self._slug, f"member-{handle}")
        issued = await call(
            self._tokens.ExchangeCredential, token_pb2.ExchangeCredentialRequest(tenant_slug=self._slug)
        )
        anonymous = issued.access_token
        try:
            opened = await call(
                self._accounts.SignIn, account_pb2.SignInRequest(email=email, password=password), token=anonymous
            )
        except ParleyError:
            begun = await call(
                self._accounts.SignUp,
                account_pb2.SignUpRequest(handle=handle, email=email, password=password, age=40),
                token=anonymous,
            )
            code = make_code(derive_key(self._config.secret_key, "community codes"), self._tenant_id, begun.sign_up_id)
            opened = await call(
                self._accounts.VerifyEmail,
                account_pb2.VerifyEmailRequest(sign_up_id=begun.sign_up_id, code=code),
                token=anonymous,
            )
        token = str(opened.opened.access_token)
        for answer in (terms_pb2.ANSWER_ACCEPTED, terms_pb2.ANSWER_WARNING_ACKNOWLEDGED):
            request = terms_pb2.AnswerTermsRequest(terms_id=terms_id, answer=answer)
            await call(self._terms.AnswerTerms, request, token=token)
        if name:
            await call(self._accounts.UpdateAccount, account_pb2.UpdateAccountRequest(display_name=name), token=token)
        return token
