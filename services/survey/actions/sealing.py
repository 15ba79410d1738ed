"""Seals invitations and passes into texts that nobody can read or change, and names people and invitations by hashes.

Nothing is kept of an invitation until it is answered, and of a pass never anything.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kernel.identity.tokens import derive_key
from services.survey.domain.invitations import AgePass, Invitation, no_such_invitation

_NONCE = 12


class Sealing:
    """The keys, each for one use."""

    def __init__(self, secret_key: str) -> None:
        """Derives them from the deployment's secret."""
        self._invitations = AESGCM(derive_key(secret_key, "survey invitations"))
        self._passes = AESGCM(derive_key(secret_key, "survey age passes"))
        self._names = derive_key(secret_key, "survey names")

    def seal(self, invitation: Invitation) -> str:
        """Returns the text of an invitation."""
        i = invitation
        body = [i.survey_id, i.version_id, i.nonce, i.channel, i.language, _minute(i.expire_time)]
        body += [i.site_id, i.team_id, list(i.tags), i.visitor_id]
        return _sealed(self._invitations, i.tenant_id, body)

    def open(self, tenant_id: str, text: str, now: datetime) -> Invitation:
        """Reads an invitation of a tenant; raises NotFound for whatever is none, or none any more."""
        body = _opened(self._invitations, tenant_id, text)
        if body is None:
            raise no_such_invitation()
        survey_id, version_id, nonce, channel, language, expires, site_id, team_id, tags, visitor_id = body
        invitation = Invitation(
            tenant_id=tenant_id,
            survey_id=survey_id,
            version_id=version_id,
            nonce=nonce,
            channel=channel,
            language=language,
            expire_time=_moment(expires),
            site_id=site_id,
            team_id=team_id,
            tags=tuple(tags),
            visitor_id=visitor_id,
        )
        if invitation.expire_time <= now:
            raise no_such_invitation()
        return invitation

    def seal_pass(self, tenant_id: str, age_pass: AgePass) -> str:
        """Returns the text of a pass."""
        return _sealed(self._passes, tenant_id, [age_pass.nonce, age_pass.band, _minute(age_pass.expire_time)])

    def open_pass(self, tenant_id: str, text: str) -> AgePass | None:
        """Reads a pass of a tenant, or None for whatever is none."""
        body = _opened(self._passes, tenant_id, text)
        if body is None:
            return None
        return AgePass(nonce=body[0], band=body[1], expire_time=_moment(body[2]))

    def nonce_of(self, tenant_id: str, key: str, survey_id: str) -> str:
        """Returns what tells the invitation of a chat, or of another key, apart: the same each time it is offered."""
        return self._mac("nonce", tenant_id, key, survey_id)[:16].hex()

    def draw(self, tenant_id: str, key: str, survey_id: str) -> int:
        """Returns a number from 0 to 999 that is the same for the same chat and survey."""
        return int.from_bytes(self._mac("draw", tenant_id, key, survey_id)[:8], "big") % 1000

    def mac_of(self, invitation: Invitation) -> bytes:
        """Returns the name under which an invitation is known once it was used."""
        return self.mac_of_nonce(invitation.tenant_id, invitation.nonce)

    def mac_of_nonce(self, tenant_id: str, nonce: str) -> bytes:
        """Returns that name by what tells the invitation apart."""
        return self._mac("invitation", tenant_id, nonce)

    def rating_mac(self, tenant_id: str, conversation_id: str) -> bytes:
        """Returns the name under which the rating of a chat is known."""
        return self._mac("rating", tenant_id, conversation_id)

    def mac_of_person(self, tenant_id: str, visitor_id: str) -> bytes:
        """Returns the name under which a session is known that was refused."""
        return self._mac("visitor", tenant_id, visitor_id)

    def contact_mac(self, tenant_id: str, survey_id: str, visitor_id: str, invitation_mac: bytes) -> bytes:
        """Returns the name under which contact details go with their author, or else with the invitation."""
        return self._mac("contact", tenant_id, survey_id, visitor_id or invitation_mac.hex())

    def _mac(self, *parts: str) -> bytes:
        return hmac.new(self._names, "\x00".join(parts).encode(), sha256).digest()


def fresh_nonce() -> str:
    """Returns what tells an invitation apart that belongs to no chat."""
    return os.urandom(16).hex()


def _minute(moment: datetime) -> int:
    return int(moment.timestamp())


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _sealed(key: AESGCM, tenant_id: str, body: list[Any]) -> str:
    nonce = os.urandom(_NONCE)
    raw = nonce + key.encrypt(nonce, orjson.dumps(body), tenant_id.encode())
    return base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=")


def _opened(key: AESGCM, tenant_id: str, text: str) -> Any:
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        return orjson.loads(key.decrypt(raw[:_NONCE], raw[_NONCE:], tenant_id.encode()))
    except (binascii.Error, ValueError, InvalidTag):
        return None
