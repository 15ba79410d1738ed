"""What the communities' pages ask of the services, each call with the token of whoever is in front of the page."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from google.protobuf.message import Message
from parley.community.v1 import (
    account_pb2,
    account_pb2_grpc,
    attachment_pb2_grpc,
    direct_pb2_grpc,
    draft_pb2_grpc,
    group_pb2_grpc,
    leaving_pb2_grpc,
    moderation_pb2_grpc,
    poll_pb2_grpc,
    post_pb2_grpc,
    proof_pb2_grpc,
    relation_pb2_grpc,
    space_pb2_grpc,
    subscription_pb2_grpc,
    terms_pb2_grpc,
    topic_pb2_grpc,
)

from gateway.community.visits import Member
from gateway.privacy.upstream import Upstream as Tenants
from gateway.privacy.upstream import metadata
from gateway.problems import Problem
from gateway.sessions import ChannelSource, Sessions
from kernel.limits import METADATA_ORIGIN, DailyHashes, network_of

#: For how long a member's token is used again; what a session may do is asked anew with every post.
_KEPT_SECONDS = 30.0
_KEPT = 5_000


class Upstream(Tenants):
    """The services, as a community's pages speak to them."""

    def __init__(self, channels: ChannelSource, sessions: Sessions, origins: DailyHashes) -> None:
        """Takes the channels, the exchange of credentials for tokens, and what hashes where somebody is."""
        super().__init__(channels, sessions)
        channel = channels.of("community")
        self.accounts: Any = account_pb2_grpc.AccountServiceStub(channel)
        self.terms: Any = terms_pb2_grpc.TermsServiceStub(channel)
        self.spaces: Any = space_pb2_grpc.SpaceServiceStub(channel)
        self.groups: Any = group_pb2_grpc.GroupServiceStub(channel)
        self.topics: Any = topic_pb2_grpc.TopicServiceStub(channel)
        self.posts: Any = post_pb2_grpc.PostServiceStub(channel)
        self.polls: Any = poll_pb2_grpc.PollServiceStub(channel)
        self.proofs: Any = proof_pb2_grpc.ProofServiceStub(channel)
        self.moderation: Any = moderation_pb2_grpc.ModerationServiceStub(channel)
        self.leaving: Any = leaving_pb2_grpc.LeavingServiceStub(channel)
        self.subscriptions: Any = subscription_pb2_grpc.SubscriptionServiceStub(channel)
        self.attachments: Any = attachment_pb2_grpc.AttachmentServiceStub(channel)
        self.drafts: Any = draft_pb2_grpc.DraftServiceStub(channel)
        self.relations: Any = relation_pb2_grpc.RelationServiceStub(channel)
        self.direct: Any = direct_pb2_grpc.DirectMessageServiceStub(channel)
        self._origins = origins
        self._members: OrderedDict[bytes, tuple[float, Member]] = OrderedDict()

    async def call_from(self, address: str, method: Callable[..., Any], request: Message, token: str) -> Any:
        """Calls as `call` does, and tells the service from where: as a hash that is another one tomorrow."""
        placed = (METADATA_ORIGIN, self._origins.of(network_of(address)))
        return await self._call(method, request, (*metadata(token), placed))

    async def member(self, anonymous: str, secret: str) -> Member | None:
        """Returns who has a session, or None where it is over."""
        key = hashlib.sha256(secret.encode()).digest()
        until, kept = self._members.get(key, (0.0, None))
        if kept is not None and time.monotonic() < until:
            return kept
        try:
            request = account_pb2.RefreshSessionRequest(session=secret)
            grant = await self.call(self.accounts.RefreshSession, request, anonymous)
        except Problem as problem:
            if problem.status == 401:
                return None
            raise
        member = Member(grant.access_token, secret, grant.handle, grant.member_id, grant.unread_count)
        self._members[key] = (time.monotonic() + _KEPT_SECONDS, member)
        self._members.move_to_end(key)
        while len(self._members) > _KEPT:
            self._members.popitem(last=False)
        return member

    def forget(self, secret: str) -> None:
        """Forgets a session that is over."""
        self._members.pop(hashlib.sha256(secret.encode()).digest(), None)
