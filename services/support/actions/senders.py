"""Looks up what is published about the domains that a company's mail shows, and has it judged. It changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace

from kernel.config import Config
from kernel.identity import Actor
from kernel.mail.mailers import sender_and_relay
from kernel.names import Answer, Names, Outcome
from services.support.actions.wiring import Wiring
from services.support.domain import senders
from services.support.domain.senders import Check, Ours, Tree

_FINDINGS = {
    Outcome.UNANSWERED: senders.UNANSWERED,
    Outcome.UNASKED: senders.UNASKED,
    Outcome.NO_SUCH_NAME: senders.NO_DOMAIN,
}
#: How far up the names a DMARC record is looked for.
_MOST_STEPS = 6
#: How many records an SPF record may take in before its reading ends; it is worthless long before.
_MOST_RECORDS = 2 * senders.MOST_LOOKUPS


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """A domain that a company's mail shows: what for, and what was found."""

    domain: str
    uses: tuple[int, ...]
    checks: tuple[Check, ...]


class Senders:
    """What a deployment's mail shows of itself, and whom to ask about it."""

    def __init__(self, config: Config) -> None:
        """Reads from the settings who sends, by which relay, and under which key."""
        sender, relay = sender_and_relay(config)
        self.names = Names(config)
        self.sender, self.returns = sender.domain.lower(), config.mail_domain.lower()
        self._relay = relay.host if relay is not None else ""
        derived = f"a:{self._relay}" if self._relay else ""
        self._ours = Ours(
            term=config.mail_spf or derived, selector=config.dkim_selector, public_key=config.dkim_public_key
        )
        self._is_derived = not config.mail_spf

    async def ours(self) -> Ours:
        """Returns what an owner of a domain should publish about the relay."""
        if not self._is_derived or not self._relay:
            return self._ours
        return replace(self._ours, addresses=(await self.names.addresses(self._relay)).values)


async def list_sender_domains(actor: Actor, wiring: Wiring, known: Senders) -> list[Domain]:
    """Returns the domains that a company's mail shows, each as it stands in the DNS now."""
    slug = (await wiring.peers.tenant(actor.tenant_id)).slug
    uses = senders.uses_of(f"{slug}.{known.returns}", known.sender, known.returns)
    ours = await known.ours()
    return list(await asyncio.gather(*(_look_at(known.names, ours, domain, of) for domain, of in uses.items())))


async def _look_at(names: Names, ours: Ours, domain: str, uses: frozenset[int]) -> Domain:
    sends = bool(uses & {senders.AS_SENDER, senders.AS_RETURN})
    asked = [_spf(names, ours, domain, sends=sends), _dmarc(names, domain)]
    if senders.AS_SENDER in uses:
        asked.insert(1, _dkim(names, ours, domain))
    return Domain(domain=domain, uses=tuple(sorted(uses)), checks=tuple(await asyncio.gather(*asked)))


async def _spf(names: Names, ours: Ours, domain: str, *, sends: bool) -> Check:
    answer = await names.texts(domain)
    if answer.outcome in _FINDINGS:
        wanted = ours.wanted_spf() if sends else senders.NOBODY_SENDS
        return _unfound(senders.SPF, domain, answer, wanted)
    found = senders.spf_records(answer.values)
    tree = await _tree(names, domain, found[0]) if len(found) == 1 else Tree()
    return senders.judge_spf(domain, found, tree, ours, sends=sends)


async def _tree(names: Names, domain: str, record: str) -> Tree:
    """Reads a record and what it takes in, as far as it counts."""
    tree, seen, waiting = Tree(), {domain}, [(record, True)]
    while waiting and len(seen) <= _MOST_RECORDS and tree.lookups <= senders.MOST_LOOKUPS:
        text, is_own = waiting.pop(0)
        read = senders.read_spf(text)
        tree.terms += read.terms
        tree.lookups += read.lookups
        if is_own:
            tree.last = read.last
        for each in read.includes:
            if each in seen:
                continue
            seen.add(each)
            answer = await names.texts(each)
            tree.is_unanswered = tree.is_unanswered or answer.outcome is Outcome.UNANSWERED
            # A redirection stands in for the record itself, where that does not say what holds for the rest.
            leads = is_own and each == read.redirect and not read.last
            waiting += [(found, leads) for found in senders.spf_records(answer.values)[:1]]
    return tree


async def _dkim(names: Names, ours: Ours, domain: str) -> Check:
    if not ours.selector:
        return Check(method=senders.DKIM, finding=senders.SELECTOR_UNSET, name=f"_domainkey.{domain}")
    name = f"{ours.selector}._domainkey.{domain}"
    answer = await names.texts(name)
    if answer.outcome in (Outcome.UNANSWERED, Outcome.UNASKED):
        return _unfound(senders.DKIM, name, answer, ours.wanted_dkim())
    return senders.judge_dkim(domain, answer.values, ours)


async def _dmarc(names: Names, domain: str) -> Check:
    for at in _upwards(domain):
        answer = await names.texts(f"_dmarc.{at}")
        if answer.outcome in (Outcome.UNANSWERED, Outcome.UNASKED):
            return _unfound(senders.DMARC, f"_dmarc.{at}", answer, "")
        if found := senders.dmarc_records(answer.values):
            return senders.judge_dmarc(domain, at, found)
    return senders.judge_dmarc(domain, domain, ())


def _upwards(domain: str) -> Iterable[str]:
    """Returns a domain and those above it, whose records hold for it as well; never a top level alone."""
    labels = domain.split(".")
    return [".".join(labels[at:]) for at in range(max(len(labels) - 1, 1))][:_MOST_STEPS]


def _unfound(method: int, name: str, answer: Answer, wanted: str) -> Check:
    return Check(method=method, finding=_FINDINGS[answer.outcome], name=name, wanted=wanted)
