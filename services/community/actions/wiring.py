"""What every action of communities is handed, and the checks that nobody may forget."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from parley.options.v1 import access_pb2
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.challenges import Challenges
from kernel.clock import Clock
from kernel.community import FormTimes
from kernel.events import Outbox
from kernel.files import Files
from kernel.files.removals import Removals
from kernel.files.tickets import Tickets
from kernel.hints import Hints
from kernel.identity import Actor
from kernel.identity.passwords import Passwords
from kernel.jobs import Jobs
from kernel.journal import Journal
from kernel.limits import Guesses
from kernel.mail import Mailer, Templates
from kernel.privacy.retention import Retention
from kernel.settings import PeerSettings
from kernel.storage import Database
from kernel.storage.idempotency import Idempotency
from kernel.storage.paging import Pages
from services.community.actions.peers import Peers
from services.community.actions.stamping import PageStamps, note
from services.community.actions.turns import Turns
from services.community.domain.accounts import session_ended
from services.community.domain.posts import Post, Topic, no_such_post, no_such_topic
from services.community.domain.spaces import Space, no_such_space
from services.community.domain.terms import Standing
from services.community.store import posts as post_store
from services.community.store import spaces as space_store
from services.community.store import terms as terms_store
from services.community.store import topics as topic_store


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """The parts that the actions work with."""

    database: Database
    clock: Clock
    hints: Hints
    outbox: Outbox
    pages: Pages
    idempotency: Idempotency
    settings: PeerSettings
    retention: Retention
    jobs: Jobs
    #: Who tells members of posts.
    turns: Turns
    stamps: PageStamps
    journal: Journal
    peers: Peers
    passwords: Passwords
    guesses: Guesses
    mailer: Mailer
    templates: Templates
    files: Files
    removals: Removals
    tickets: Tickets
    #: Says since when a form was in front of somebody.
    forms: FormTimes
    #: Has whoever has no account calculate, where the community asks for it.
    challenges: Challenges
    #: Where files are read.
    content_origin: str
    #: Where the community's pages stand, for links in mails.
    origin: str
    #: The key from which mailed codes are derived.
    codes: bytes
    #: The key under which links that end mails are sealed.
    links: bytes

    def changed(self, connection: AsyncConnection, tenant_id: str) -> None:
        """Tells whoever keeps pages of the community that they are not as they were, once this is committed."""
        note(connection).whole = True

    def grew(self, connection: AsyncConnection, topic_id: str) -> None:
        """Tells whoever keeps pages that this transaction only adds to a topic, and takes nothing away anywhere."""
        note(connection).topics.add(topic_id)


def tenant_of(actor: Actor) -> UUID:
    """Returns the key of an actor's tenant."""
    return ids.to_uuid(actor.tenant_id, "ten")


def member_of(actor: Actor) -> str:
    """Returns the id of the member who reads; empty for everybody else."""
    return actor.subject_id if actor.has(access_pb2.CALLER_MEMBER) else ""


async def standing_of(connection: AsyncConnection, actor: Actor, wiring: Wiring) -> Standing:
    """Returns where a member stands; raises Unauthenticated where the account or the session is gone."""
    standing = await terms_store.find_standing(
        connection, tenant_of(actor), actor.subject_id, actor.session_id, wiring.clock.now()
    )
    if standing is None:
        raise session_ended()
    return standing


async def require_standing(connection: AsyncConnection, actor: Actor, wiring: Wiring) -> Standing:
    """Returns where a member stands who may post; raises FailedPrecondition for everybody else.

    Whatever puts words before other members calls this first.
    """
    standing = await standing_of(connection, actor, wiring)
    standing.require()
    return standing


async def access_space(connection: AsyncConnection, actor: Actor, space_id: str) -> Space:
    """Returns a space in which somebody reads; raises NotFound as for one that is not there."""
    space = await space_store.get_space(connection, tenant_of(actor), space_id, member_of(actor))
    if not reads(actor, space):
        raise no_such_space()
    return space


async def access_topic(connection: AsyncConnection, actor: Actor, topic_id: str) -> tuple[Topic, Space]:
    """Returns a topic that somebody may read, and its space; raises NotFound as for one that is not there."""
    topic = await topic_store.get_topic(connection, tenant_of(actor), topic_id, member_of(actor))
    space = await space_store.get_space(connection, tenant_of(actor), topic.space_id, member_of(actor))
    if not reads(actor, space):
        raise no_such_topic()
    return topic, space


async def access_post(
    connection: AsyncConnection, actor: Actor, post_id: str, *, lock: bool = False
) -> tuple[Post, Space]:
    """Returns a post in a space that somebody may read; raises NotFound as for one that is not there."""
    post = await post_store.get_post(connection, tenant_of(actor), post_id, lock=lock)
    space = await space_store.get_space(connection, tenant_of(actor), post.space_id, member_of(actor))
    if not reads(actor, space):
        raise no_such_post()
    return post, space


def reads(actor: Actor, space: Space) -> bool:
    """Says whether somebody reads a space."""
    return space.is_readable(is_member=bool(member_of(actor)), is_staff=actor.is_staff)
