"""A deployment with a second place for its journal, and what people in it do."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio
from parley.chat.v1 import conversation_pb2
from parley.subject.v1 import subject_pb2, subject_pb2_grpc

from cli.backup import back_up
from kernel.config import SERVICES, Config
from kernel.embedded import EngineUrls
from tests.platform import Platform, Tenant, Visitor, a_config, migrated_database, running_platform

VISITOR, STAFF = subject_pb2.SUBJECT_KIND_VISITOR, subject_pb2.SUBJECT_KIND_STAFF


@dataclass(slots=True)
class Deployment:
    """A running platform, where it keeps things, and what its commands said."""

    platform: Platform
    folder: Path
    said: list[str] = field(default_factory=list)

    @property
    def config(self) -> Config:
        """The settings with which it runs."""
        return self.platform.config

    @property
    def copy(self) -> Path:
        """The second place of its journal."""
        return Path(self.config.journal_copy_dir)

    async def back_up(self, name: str = "backup") -> Path:
        """Backs it up into a new folder while it runs."""
        archive = self.folder / name
        await asyncio.to_thread(back_up, self.config, archive, self.said.append)
        return archive


@asynccontextmanager
async def a_deployment(engines: EngineUrls, folder: Path) -> AsyncIterator[Deployment]:
    """Runs a platform on a database of its own, with a journal in two places."""
    async with migrated_database(engines) as url:
        config = a_config(url, engines.redis_url, folder / "data", journal_copy_dir=str(folder / "journal copy"))
        async with running_platform(config) as platform:
            yield Deployment(platform, folder)


@pytest_asyncio.fixture(scope="session")
async def deployment(engines: EngineUrls, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Deployment]:
    """One deployment for all tests that leave it as it is."""
    async with a_deployment(engines, tmp_path_factory.mktemp("deployment")) as running:
        yield running


@pytest_asyncio.fixture(scope="session")
async def backup(deployment: Deployment) -> Path:
    """A backup of it with something in it."""
    tenant = await deployment.platform.tenant()
    await tenant.visitor("Somebody")
    return await deployment.back_up()


async def say(tenant: Tenant, visitor: Visitor, body: str) -> None:
    """Lets a visitor say something."""
    await tenant.platform.call(
        tenant.platform.chat.PostMessage,
        conversation_pb2.PostMessageRequest(
            conversation_id=visitor.conversation.id, client_message_id=f"message-{secrets.token_hex(8)}", body=body
        ),
        token=visitor.token,
    )


async def heard(platform: Platform, visitor: Visitor, token: str = "") -> list[str]:
    """Returns what a visitor reads of the own conversation."""
    listed = await platform.call(
        platform.chat.ListMessages,
        conversation_pb2.ListMessagesRequest(conversation_id=visitor.conversation.id),
        token=token or visitor.token,
    )
    return [each.body for each in listed.messages if each.body]


def subjects(platform: Platform) -> list[subject_pb2_grpc.SubjectServiceStub]:
    """Returns stubs to what every service owes a person."""
    return [subject_pb2_grpc.SubjectServiceStub(platform.channels.of(service)) for service in SERVICES]


async def erase(tenant: Tenant, visitor_id: str) -> None:
    """Forgets a visitor everywhere."""
    who = subject_pb2.Subject(kind=VISITOR, id=visitor_id)
    for stub in subjects(tenant.platform):
        await tenant.platform.call(stub.EraseSubject, subject_pb2.EraseSubjectRequest(subject=who), tenant_id=tenant.id)


async def held(platform: Platform, tenant_id: str, who: subject_pb2.Subject) -> dict[str, list[str]]:
    """Returns all that is held about somebody, as values by the record's name."""
    found: dict[str, list[str]] = {}
    for stub in subjects(platform):
        token = ""
        while True:
            page = await platform.call(
                stub.ExportSubject,
                subject_pb2.ExportSubjectRequest(subject=who, page_token=token),
                tenant_id=tenant_id,
            )
            for record in page.records:
                found.setdefault(f"{record.record} {record.record_id}", []).extend(
                    f"{value.field}={value.value}" for value in record.values
                )
            token = page.next_page_token
            if not token:
                break
    return found
