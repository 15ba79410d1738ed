"""Decides which replica serves whom, by rendezvous hashing.

Everybody who hashes the same names gets the same answer, and a replica that comes or goes moves only its own share.
It is a matter of speed: whoever is served elsewhere gets the same answers.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import Protocol, TypeVar

from kernel.identity import Actor


class Addressed(Protocol):
    """Something with an address to be chosen by."""

    @property
    def address(self) -> str:
        """The address."""
        ...


Candidate = TypeVar("Candidate", bound=Addressed)


def weight(key: str, address: str) -> bytes:
    """Returns how well an address suits a key; the largest wins."""
    return blake2b(key.encode(), key=address.encode()[:64], digest_size=8).digest()


def choose(key: str, candidates: Iterable[Candidate]) -> Candidate | None:
    """Returns the candidate that serves a key, or None where there is no candidate."""
    return max(candidates, key=lambda each: weight(key, each.address), default=None)


def key_of(actor: Actor) -> str:
    """Returns what somebody is routed by: the conversation of a visitor, and themselves for everybody else."""
    return f"{actor.tenant_id}/{actor.conversation_id or actor.subject_id}"
