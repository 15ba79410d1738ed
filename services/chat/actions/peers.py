"""Asks the other services: which notice is in force, for a visitor's credential, and to refuse who is too young."""

from __future__ import annotations

from typing import cast

import orjson
from parley.identity.v1 import tenant_pb2, tenant_pb2_grpc, token_pb2, token_pb2_grpc
from parley.privacy.v1 import notice_pb2, notice_pb2_grpc
from parley.subject.v1 import subject_pb2

from kernel.identity import Subject
from kernel.privacy.age import refuse_minor
from kernel.rpc.channels import Channels


class Peers:
    """The other services, as chat needs them."""

    def __init__(self, channels: Channels) -> None:
        """Takes the process's channels."""
        self._channels = channels
        self._tenants = tenant_pb2_grpc.TenantServiceStub(channels.of("identity"))
        self._tokens = token_pb2_grpc.TokenServiceStub(channels.of("identity"))
        self._notices = notice_pb2_grpc.NoticeServiceStub(channels.of("privacy"))

    async def current_notice(self, tenant_id: str, site_id: str) -> notice_pb2.Notice:
        """Returns the notice that is in force on a site, with the questions that stand behind it."""
        answer = cast(
            notice_pb2.GetCurrentNoticeResponse,
            await self._channels.call(
                self._notices.GetCurrentNotice,
                notice_pb2.GetCurrentNoticeRequest(site_id=site_id),
                tenant_id=tenant_id,
            ),
        )
        return answer.notice

    async def visitor_credential(
        self, tenant_id: str, visitor_id: str, conversation_id: str, site_id: str
    ) -> token_pb2.IssueVisitorCredentialResponse:
        """Returns a credential for a visitor, bound to the conversation."""
        return cast(
            token_pb2.IssueVisitorCredentialResponse,
            await self._channels.call(
                self._tokens.IssueVisitorCredential,
                token_pb2.IssueVisitorCredentialRequest(
                    visitor_id=visitor_id, conversation_id=conversation_id, site_id=site_id
                ),
                tenant_id=tenant_id,
            ),
        )

    async def refuse_minor(self, tenant_id: str, visitor_id: str, site_id: str) -> None:
        """Has everything removed that a visitor submitted who is too young; a service that is away does it later."""
        subject = Subject(tenant_id=tenant_id, kind=subject_pb2.SUBJECT_KIND_VISITOR, id=visitor_id)
        await refuse_minor(self._channels, subject, site_id=site_id)

    async def settings_of(self, tenant_id: str) -> dict[str, object]:
        """Returns the values of a tenant's settings, by name."""
        answer: tenant_pb2.GetSettingsResponse = await self._channels.call(
            self._tenants.GetSettings, tenant_pb2.GetSettingsRequest(), tenant_id=tenant_id
        )
        return {setting.name: orjson.loads(setting.value_json) for setting in answer.settings}

    async def signing_keys(self) -> dict[str, bytes]:
        """Returns the public keys with which access tokens are verified."""
        answer: token_pb2.ListSigningKeysResponse = await self._channels.call(
            self._tokens.ListSigningKeys, token_pb2.ListSigningKeysRequest()
        )
        return {key.id: key.public_key for key in answer.keys}
