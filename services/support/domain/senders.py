"""Judges what a domain's owner published about its mail (SPF, DKIM, DMARC), and says what it should be instead.

It reads texts and asks nobody. What it says never holds up a mail: whoever keeps the domain decides.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from parley.support.v1 import sender_pb2

SPF, DKIM, DMARC = sender_pb2.SENDER_METHOD_SPF, sender_pb2.SENDER_METHOD_DKIM, sender_pb2.SENDER_METHOD_DMARC
AT_MAILBOX, AS_SENDER = sender_pb2.DOMAIN_USE_MAILBOX, sender_pb2.DOMAIN_USE_SENDER
AS_RETURN = sender_pb2.DOMAIN_USE_RETURN

GOOD, MISSING = sender_pb2.FINDING_GOOD, sender_pb2.FINDING_MISSING
NO_DOMAIN, SEVERAL = sender_pb2.FINDING_NO_DOMAIN, sender_pb2.FINDING_SEVERAL
MALFORMED, UNANSWERED = sender_pb2.FINDING_MALFORMED, sender_pb2.FINDING_UNANSWERED
UNASKED, RELAY_UNNAMED = sender_pb2.FINDING_UNASKED, sender_pb2.FINDING_RELAY_UNNAMED
OPEN, TOO_MANY = sender_pb2.FINDING_OPEN, sender_pb2.FINDING_TOO_MANY_LOOKUPS
OTHER_KEY, REVOKED = sender_pb2.FINDING_OTHER_KEY, sender_pb2.FINDING_REVOKED
WATCHING, SELECTOR_UNSET = sender_pb2.FINDING_WATCHING, sender_pb2.FINDING_SELECTOR_UNSET

#: More look-ups than this make an SPF record worthless (RFC 7208, 4.6.4).
MOST_LOOKUPS = 10
#: What of an SPF record needs a look-up.
_LOOKING = frozenset({"include", "a", "mx", "ptr", "exists"})
_MECHANISMS = _LOOKING | {"all", "ip4", "ip6"}
_MODIFIERS = frozenset({"redirect", "exp"})
_POLICIES = frozenset({"none", "quarantine", "reject"})
#: What is published for a domain in whose name nothing is sent.
NOBODY_SENDS = "v=spf1 -all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """What a deployment says of its own mail: how its relay is named, where it is, and how it signs."""

    #: What an SPF record holds so that it names the relay; empty where there is none.
    term: str
    #: The relay's addresses, by which it may be named as well.
    addresses: tuple[str, ...] = ()
    selector: str = ""
    public_key: str = ""

    def wanted_spf(self) -> str:
        """Returns the record of a domain from which mail is sent by the relay alone."""
        return f"v=spf1 {self.term} -all" if self.term else ""

    def wanted_dkim(self) -> str:
        """Returns the record of the key, as far as it is known."""
        return f"v=DKIM1; k=rsa; p={self.public_key}" if self.public_key else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What was found by one method, where, and what should stand there; empty where nothing has to change."""

    method: int
    finding: int
    name: str
    found: tuple[str, ...] = ()
    wanted: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spf:
    """An SPF record, taken apart."""

    #: Mechanisms with their qualifiers in front, in their order.
    terms: tuple[str, ...]
    redirect: str = ""
    is_malformed: bool = False

    @property
    def includes(self) -> tuple[str, ...]:
        """The domains whose records count as well."""
        named = [term.lstrip("+").partition(":")[2] for term in self.terms if term.lstrip("+").startswith("include:")]
        # A name with a macro in it depends on the mail.
        return tuple(each for each in [*named, *([self.redirect] if self.redirect else [])] if "%" not in each)

    @property
    def lookups(self) -> int:
        """How many look-ups it needs by itself."""
        return sum(_name_of(term) in _LOOKING for term in self.terms) + bool(self.redirect)

    @property
    def last(self) -> str:
        """What holds for everybody whom it does not name; empty where it does not say so."""
        return next((term for term in self.terms if _name_of(term) == "all"), "")


@dataclass(slots=True)
class Tree:
    """An SPF record with all that it takes in, as it is read."""

    terms: list[str] = field(default_factory=list)
    lookups: int = 0
    last: str = ""
    is_unanswered: bool = False


def spf_records(texts: Sequence[str]) -> list[str]:
    """Returns the SPF records among the texts of a name."""
    return [each for each in texts if each.lower() == "v=spf1" or each.lower().startswith("v=spf1 ")]


def dmarc_records(texts: Sequence[str]) -> list[str]:
    """Returns the DMARC records among the texts of a name."""
    return [each for each in texts if each.replace(" ", "").lower().partition(";")[0] == "v=dmarc1"]


def read_spf(record: str) -> Spf:
    """Takes an SPF record apart."""
    terms: list[str] = []
    redirect, is_malformed = "", False
    for word in record.split()[1:]:
        name, sign, value = word.partition("=")
        if sign and ":" not in name and name.lower() not in _MECHANISMS:
            # What nobody knows is passed over; it may be of a later day.
            redirect = value.rstrip(".") if name.lower() == "redirect" else redirect
            is_malformed = is_malformed or (name.lower() in _MODIFIERS and not value)
            continue
        term = word.lower()
        terms.append(term)
        is_malformed = is_malformed or not _is_term(term)
    return Spf(terms=tuple(terms), redirect=redirect, is_malformed=is_malformed)


def judge_spf(domain: str, found: Sequence[str], tree: Tree, ours: Ours, *, sends: bool) -> Check:
    """Judges the SPF records of a domain, of which one was read with all that it takes in."""

    def check(finding: int, wanted: str = "") -> Check:
        return Check(method=SPF, finding=finding, name=domain, found=tuple(found), wanted=wanted)

    wanted = ours.wanted_spf() if sends else NOBODY_SENDS
    if not found:
        return check(MISSING, wanted)
    if len(found) > 1:
        return check(SEVERAL, _joined(found))
    record = read_spf(found[0])
    if record.is_malformed:
        return check(MALFORMED, wanted)
    if tree.is_unanswered:
        return check(UNANSWERED)
    if tree.lookups > MOST_LOOKUPS:
        return check(TOO_MANY, wanted)
    if sends and ours.term and not _names(tree, ours):
        return check(RELAY_UNNAMED, _with(found[0], ours.term))
    if tree.last not in ("-all", "~all"):
        return check(OPEN, _closed(found[0]))
    return check(GOOD)


def judge_dkim(domain: str, texts: Sequence[str], ours: Ours) -> Check:
    """Judges what stands where our relay's key is looked for."""
    name = f"{ours.selector}._domainkey.{domain}"
    found = tuple(each for each in texts if "p=" in each.replace(" ", ""))

    def check(finding: int, wanted: str = ours.wanted_dkim()) -> Check:
        return Check(method=DKIM, finding=finding, name=name, found=found, wanted=wanted)

    if not found:
        return check(MISSING)
    if len(found) > 1:
        return check(SEVERAL)
    tags = read_tags(found[0])
    if tags.get("v", "DKIM1") != "DKIM1" or "p" not in tags:
        return check(MALFORMED)
    key = "".join(tags["p"].split())
    if not key:
        return check(REVOKED)
    if not _is_key(key):
        return check(MALFORMED)
    if ours.public_key and key != "".join(ours.public_key.split()):
        return check(OTHER_KEY)
    return check(GOOD, "")


def judge_dmarc(domain: str, at: str, found: Sequence[str]) -> Check:
    """Judges the DMARC record of a domain, which stands there or above it (`at`)."""

    def check(finding: int, wanted: str = "") -> Check:
        return Check(method=DMARC, finding=finding, name=f"_dmarc.{at}", found=tuple(found), wanted=wanted)

    if not found:
        return Check(method=DMARC, finding=MISSING, name=f"_dmarc.{domain}", wanted="v=DMARC1; p=quarantine")
    if len(found) > 1:
        return check(SEVERAL, found[0])
    tags = read_tags(found[0])
    own = tags.get("p", "").lower()
    policy = own if at == domain else tags.get("sp", own).lower()
    if own not in _POLICIES or policy not in _POLICIES:
        return check(MALFORMED, "v=DMARC1; p=quarantine")
    if policy == "none":
        return check(WATCHING, _stricter(tags, at == domain))
    return check(GOOD)


def read_tags(record: str) -> dict[str, str]:
    """Returns what a record says, by its tags, in their order."""
    pairs = (part.partition("=") for part in record.split(";"))
    return {name.strip().lower(): value.strip() for name, sign, value in pairs if sign}


def uses_of(mailbox: str, sender: str, returns: str) -> Mapping[str, frozenset[int]]:
    """Returns the domains that a company's mail shows, each with what it is used for."""
    found: dict[str, frozenset[int]] = {}
    for domain, use in ((mailbox, AT_MAILBOX), (sender, AS_SENDER), (returns, AS_RETURN)):
        if domain:
            found[domain.lower()] = found.get(domain.lower(), frozenset()) | {use}
    return found


def _name_of(term: str) -> str:
    return term.lstrip("+-~?").partition(":")[0].partition("/")[0]


def _is_term(term: str) -> bool:
    name, value = _name_of(term), term.partition(":")[2]
    if name in ("ip4", "ip6"):
        try:
            return ipaddress.ip_network(value, strict=False).version == int(name[2])
        except ValueError:
            return False
    if name in ("include", "exists"):
        return bool(value)
    return name in _MECHANISMS


def _names(tree: Tree, ours: Ours) -> bool:
    """Says whether the relay is named: by its term, or by an address of its."""
    passing = [each.lstrip("+") for each in tree.terms if not each.startswith(("-", "~", "?"))]
    if ours.term.lower() in passing:
        return True
    networks = [
        ipaddress.ip_network(each.partition(":")[2], strict=False)
        for each in passing
        if _name_of(each) in ("ip4", "ip6") and _is_term(each)
    ]
    return any(ipaddress.ip_address(each) in network for each in ours.addresses for network in networks)


def _with(record: str, term: str) -> str:
    """Returns a record that names the relay as well, before whatever holds for the rest."""
    words = record.split()
    at = next((at for at, word in enumerate(words) if _name_of(word.lower()) == "all"), len(words))
    return " ".join([*words[:at], term, *words[at:]])


def _closed(record: str) -> str:
    kept = [word for word in record.split() if _name_of(word.lower()) != "all"]
    return " ".join([*kept, "~all"])


def _joined(records: Sequence[str]) -> str:
    """Returns one record that names everybody whom several name; the strictest end of them holds."""
    words = [word for each in records for word in each.split()[1:]]
    ends = [word.lower() for word in words if _name_of(word.lower()) == "all"]
    kept = dict.fromkeys(word for word in words if _name_of(word.lower()) != "all")
    return " ".join(["v=spf1", *kept, "-all" if "-all" in ends else "~all"])


def _stricter(tags: Mapping[str, str], is_own: bool) -> str:
    changed = dict(tags) | {"p" if is_own or "sp" not in tags else "sp": "quarantine"}
    return "; ".join(f"{name}={value}" for name, value in changed.items())


def _is_key(key: str) -> bool:
    try:
        return bool(base64.b64decode(key, validate=True))
    except (binascii.Error, ValueError):
        return False
