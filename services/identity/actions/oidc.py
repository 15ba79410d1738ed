"""Signs staff in at the tenant's own OpenID provider: authorization code with PKCE, state and nonce.

It lets in whoever the tenant has an account for and makes none. The first time, an account is found by the address that
the provider has proved; from then on by the provider's own name for the person, whatever address it says. The secret of
the client is sealed, and nothing is asked of a host that the deployment does not name.
"""

from __future__ import annotations

import os
import secrets
from typing import Any

import httpx
import orjson

from kernel import egress, ids
from kernel.errors import Unauthenticated, Unavailable
from kernel.identity import Actor
from kernel.privacy.recipients import OIDC_PROVIDER
from kernel.telemetry import logs
from services.identity import store
from services.identity.actions import auditing
from services.identity.actions.second_factors import check_fresh
from services.identity.actions.signing_in import SignedIn, open_session
from services.identity.actions.wiring import Wiring
from services.identity.domain import ACTIVE, make_credential, read_credential
from services.identity.domain.oidc import (
    FLOW_LIFE,
    Endpoints,
    IssuerNotAllowed,
    OidcRejected,
    Provider,
    authorization_url,
    endpoints_of,
    hash_subject,
    is_state,
    read_id_token,
)

FLOW = "pof"
_KIND, _FLOW_KIND = "oidc client", "oidc flow"
_SECONDS = 5.0
_LARGEST = 256 * 1024

_log = logs.get("oidc")


def redirect_uri(wiring: Wiring) -> str:
    """Returns the address to which providers send people back."""
    return f"{wiring.console_origin}/oidc/callback"


async def get_oidc_provider(actor: Actor, wiring: Wiring) -> Provider | None:
    """Returns the caller's tenant's provider."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        return await store.find_oidc_provider(connection, ids.to_uuid(actor.tenant_id, "ten"))


async def set_oidc_provider(actor: Actor, wiring: Wiring, issuer: str, client_id: str, secret: str) -> Provider:
    """Sets the provider; raises IssuerNotAllowed for one that the deployment does not name."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await check_fresh(connection, wiring, actor)
        if issuer not in wiring.oidc_issuers:
            raise IssuerNotAllowed
        now = wiring.clock.now()
        sealed = wiring.seal.close(secret.encode(), _KIND, actor.tenant_id, issuer)
        provider = Provider(issuer=issuer, client_id=client_id, sealed_secret=sealed, update_time=now)
        await store.put_oidc_provider(connection, ids.to_uuid(actor.tenant_id, "ten"), provider)
        told = [auditing.made(provider, field) for field in ("issuer", "client_id")]
        await auditing.note(connection, actor, "oidc.set", actor.tenant_id, now, told)
    return provider


async def remove_oidc_provider(actor: Actor, wiring: Wiring) -> None:
    """Takes the provider away."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await check_fresh(connection, wiring, actor)
        if await store.delete_oidc_provider(connection, ids.to_uuid(actor.tenant_id, "ten")):
            await auditing.note(connection, actor, "oidc.removed", actor.tenant_id, wiring.clock.now())


async def start_oidc(wiring: Wiring, slug: str) -> tuple[str, str]:
    """Begins a sign-in; returns the provider's page and what binds it to the browser."""
    async with wiring.database.single() as connection:
        tenant_id = await store.find_tenant_id(connection, slug)
    if tenant_id is None:
        raise OidcRejected
    bound = ids.to_uuid(tenant_id, "ten")
    async with wiring.database.transaction(tenant_id) as connection:
        provider = await store.find_oidc_provider(connection, bound)
    if provider is None or provider.issuer not in wiring.oidc_issuers:
        raise OidcRejected
    endpoints = await _describe(provider.issuer)
    sent = {name: secrets.token_urlsafe(32) for name in ("state", "nonce", "verifier")}
    flow, flow_hash = make_credential(FLOW, tenant_id, os.urandom(32))
    sealed = wiring.seal.close(orjson.dumps(sent), _FLOW_KIND, tenant_id)
    now = wiring.clock.now()
    async with wiring.database.transaction(tenant_id) as connection:
        await store.add_oidc_flow(connection, bound, flow_hash, sealed, provider.issuer, (now, now + FLOW_LIFE))
    return authorization_url(endpoints, provider.client_id, redirect_uri(wiring), sent), flow


async def finish_oidc(wiring: Wiring, flow: str, code: str, state: str, device: str) -> SignedIn:
    """Goes on with a sign-in that came back; raises OidcRejected for whatever is not good."""
    try:
        credential = read_credential(FLOW, flow)
    except Unauthenticated:
        raise OidcRejected from None
    tenant_id, bound = credential.tenant_id, ids.to_uuid(credential.tenant_id, "ten")
    async with wiring.database.transaction(tenant_id) as connection:
        taken = await store.take_oidc_flow(connection, bound, credential.secret_hash, wiring.clock.now())
        provider = await store.find_oidc_provider(connection, bound)
    # What was taken is used up, whatever comes of it.
    if taken is None or provider is None or provider.issuer != taken[1] or provider.issuer not in wiring.oidc_issuers:
        raise OidcRejected
    sent: dict[str, str] = orjson.loads(wiring.seal.open(taken[0], _FLOW_KIND, tenant_id))
    if not is_state(sent["state"], state):
        raise OidcRejected
    endpoints = await _describe(provider.issuer)
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri(wiring),
        "client_id": provider.client_id,
        "client_secret": wiring.seal.open(provider.sealed_secret, _KIND, tenant_id, provider.issuer).decode(),
        "code_verifier": sent["verifier"],
    }
    answer, keys = await _ask(endpoints.token, form), await _ask(endpoints.keys)
    now = wiring.clock.now()
    subject, email = read_id_token(
        str(answer.get("id_token", "")), keys, provider=provider, nonce=sent["nonce"], now=now
    )
    hashed = hash_subject(wiring.codes.subjects, tenant_id, provider.issuer, subject)
    async with wiring.database.transaction(tenant_id) as connection:
        tenant = await store.get_tenant(connection, bound)
        staff_id = await store.find_oidc_link(connection, bound, hashed)
        if staff_id is None and email:
            found = await store.find_staff_by_email(connection, bound, email)
            staff_id = found[0].id if found is not None else None
        if staff_id is None or tenant.close_time is not None:
            raise OidcRejected
        member = await store.get_staff(connection, bound, staff_id, lock=True)
        if member.state != ACTIVE:
            raise OidcRejected
        await store.add_oidc_link(connection, bound, hashed, member.id, now)
        return await open_session(connection, wiring, tenant_id, member, device)


async def _describe(issuer: str) -> Endpoints:
    return endpoints_of(await _ask(f"{issuer.rstrip('/')}/.well-known/openid-configuration"), issuer)


async def _ask(url: str, form: dict[str, str] | None = None) -> dict[str, Any]:
    """Asks a provider, at a place that the deployment names, and follows no redirection."""
    place = httpx.URL(url)
    try:
        egress.check(OIDC_PROVIDER, place.host, place.port or 443)
        async with httpx.AsyncClient(timeout=_SECONDS, follow_redirects=False) as client:
            response = await (client.get(url) if form is None else client.post(url, data=form))
        document = orjson.loads(response.content) if len(response.content) <= _LARGEST else None
    except (httpx.HTTPError, OSError, orjson.JSONDecodeError) as error:
        _log.warning("an OpenID provider does not answer", error=type(error).__name__)
        raise Unavailable("OIDC_UNAVAILABLE", "The sign-in service of your organisation does not answer.") from None
    if response.status_code != 200 or not isinstance(document, dict):
        raise OidcRejected
    return document
