"""What is published about the domains of a company's mail is told apart, and never holds anything up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from parley.support.v1 import sender_pb2, sender_pb2_grpc

from kernel.config import Config
from kernel.embedded import EngineUrls
from kernel.names import Names, Outcome
from kernel.privacy.recipients import NAME_SERVER
from services.support.domain import senders
from services.support.domain.senders import Ours, Tree
from tests.nameserver import Zone, a_nameserver
from tests.platform import a_config, migrated_database, running_platform
from tests.support.desk import Desk, a_desk

KEY = "TUlHZk1BMEdDU3FHU0liM0RRRUJBUVVBQTRHTkFEQ0JpUUtCZ1FE"
SENDER, RETURN = "fern.example", "mail.fern.example"
SPF = "v=spf1 include:relay.example -all"


@pytest_asyncio.fixture(scope="module")
async def zone() -> AsyncIterator[Zone]:
    """A server of names."""
    async with a_nameserver(Zone()) as served:
        yield served


@pytest_asyncio.fixture(scope="module")
async def desk(engines: EngineUrls, zone: Zone, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """A company on a platform that sends by a relay, in the name of a domain of its own."""
    async with migrated_database(engines) as url:
        config = a_config(
            url,
            engines.redis_url,
            tmp_path_factory.mktemp("senders"),
            mail_host=RETURN,
            smtp_url=f"smtp://out.relay.example:587?from=Fern <help@{SENDER}>",
            dns_server=f"127.0.0.1:{zone.port}",
            mail_spf="include:relay.example",
            dkim_selector="parley",
            dkim_public_key=KEY,
        )
        async with running_platform(config, services=("identity", "privacy", "support")) as platform:
            yield await a_desk(platform)


@pytest.fixture(autouse=True)
def published(zone: Zone) -> Zone:
    """Everything as it should be; each test spoils one thing."""
    zone.texts = {
        "example": ["The names of all."],
        SENDER: ["something else", SPF],
        RETURN: [SPF],
        "relay.example": ["v=spf1 ip4:192.0.2.0/24 -all"],
        f"_dmarc.{SENDER}": ["v=DMARC1; p=reject"],
        f"parley._domainkey.{SENDER}": [f"v=DKIM1; k=rsa; p={KEY}"],
    }
    zone.addresses = {"out.relay.example": ["192.0.2.7"]}
    zone.silent, zone.broken, zone.asked = set(), set(), []
    return zone


async def looked_up(desk: Desk) -> dict[str, sender_pb2.SenderDomain]:
    stub = sender_pb2_grpc.SenderDomainServiceStub(desk.platform.support)
    found = await desk.call(stub.ListSenderDomains, sender_pb2.ListSenderDomainsRequest())
    return {each.domain: each for each in found.domains}


async def check_of(desk: Desk, method: str, domain: str = SENDER) -> tuple[str, sender_pb2.SenderCheck]:
    """Returns what was found by a method about a domain, its name first."""
    checks = (await looked_up(desk))[domain].checks
    found = next(each for each in checks if each.method == sender_pb2.SenderMethod.Value(f"SENDER_METHOD_{method}"))
    return sender_pb2.Finding.Name(found.finding).removeprefix("FINDING_"), found


async def test_what_is_as_it_should_be_needs_nothing(desk: Desk, zone: Zone) -> None:
    mailbox = f"{desk.tenant.slug}.{RETURN}"
    zone.texts[mailbox] = ["v=spf1 -all"]
    found = await looked_up(desk)
    assert {name: list(each.uses) for name, each in found.items()} == {
        mailbox: [sender_pb2.DOMAIN_USE_MAILBOX],
        SENDER: [sender_pb2.DOMAIN_USE_SENDER],
        RETURN: [sender_pb2.DOMAIN_USE_RETURN],
    }
    checks = [check for each in found.values() for check in each.checks]
    assert {check.finding for check in checks} == {sender_pb2.FINDING_GOOD}
    assert [check.wanted for check in checks if check.wanted] == []
    # The domains below have the policy of the one above.
    assert (await check_of(desk, "DMARC", mailbox))[1].stands_at == f"_dmarc.{SENDER}"
    # Nothing is sent in a mailbox's name, so no key is looked for there.
    assert len(found[mailbox].checks) == 2


@pytest.mark.parametrize(
    ("texts", "finding", "wanted"),
    [
        ([], "MISSING", SPF),
        (["v=spf1 a ~all", SPF], "SEVERAL", "v=spf1 a include:relay.example -all"),
        (["v=spf1 ip4:300.0.0.1 -all"], "MALFORMED", SPF),
        (["v=spf1 include: -all"], "MALFORMED", SPF),
        (["v=spf1 mx -all"], "RELAY_UNNAMED", "v=spf1 mx include:relay.example -all"),
        (["v=spf1 -include:relay.example ~all"], "RELAY_UNNAMED", ""),
        (["v=spf1 include:relay.example +all"], "OPEN", "v=spf1 include:relay.example ~all"),
        (["v=spf1 include:relay.example"], "OPEN", "v=spf1 include:relay.example ~all"),
        (["v=spf1 include:between.example -all"], "GOOD", ""),
        (["v=spf1 redirect=between.example"], "GOOD", ""),
        (["v=spf1 include:relay.example " + " ".join(f"a:a{n}.example" for n in range(10)) + " -all"], "TOO_MANY", SPF),
        (["v=spf1 include:circle.example -all"], "RELAY_UNNAMED", ""),
        (["v=spf1 include:relay.example exp=why.example x-later=1 -all"], "GOOD", ""),
    ],
)
async def test_each_fault_of_an_spf_record_has_a_name_and_a_mending(
    desk: Desk, zone: Zone, texts: list[str], finding: str, wanted: str
) -> None:
    zone.texts[SENDER] = ["something else", *texts]
    zone.texts["between.example"] = ["v=spf1 include:relay.example -all"]
    zone.texts["circle.example"] = ["v=spf1 include:circle.example include:fern.example ?all"]
    found, check = await check_of(desk, "SPF")
    assert found.startswith(finding)
    assert list(check.found) == texts
    assert check.wanted == wanted or not wanted
    assert bool(check.wanted) is (finding != "GOOD")


@pytest.mark.parametrize(
    ("texts", "finding"),
    [
        ([], "MISSING"),
        ([f"v=DKIM1; p={KEY}", "v=DKIM1; p=AAAA"], "SEVERAL"),
        (["v=DKIM1; p="], "REVOKED"),
        (["v=DKIM1; p=AAAA"], "OTHER_KEY"),
        (["v=DKIM1; p=not a key!"], "MALFORMED"),
        (["v=DKIM2; p=AAAA"], "MALFORMED"),
        ([f"k=rsa; p={KEY[:20]} {KEY[20:]}"], "GOOD"),
    ],
)
async def test_a_key_of_ours_is_there_or_is_not(desk: Desk, zone: Zone, texts: list[str], finding: str) -> None:
    zone.texts[f"parley._domainkey.{SENDER}"] = texts
    found, check = await check_of(desk, "DKIM")
    assert found == finding
    assert check.stands_at == f"parley._domainkey.{SENDER}"
    assert check.wanted == ("" if finding == "GOOD" else f"v=DKIM1; k=rsa; p={KEY}")


@pytest.mark.parametrize(
    ("text", "finding", "wanted"),
    [
        (
            "v=DMARC1; p=none; rua=mailto:a@fern.example",
            "WATCHING",
            "v=DMARC1; p=quarantine; rua=mailto:a@fern.example",
        ),
        ("v=DMARC1; p=quarantine", "GOOD", ""),
        ("v=DMARC1; p=later", "MALFORMED", "v=DMARC1; p=quarantine"),
        ("v=DMARC1", "MALFORMED", "v=DMARC1; p=quarantine"),
        ("v=spf1 -all", "MISSING", "v=DMARC1; p=quarantine"),
    ],
)
async def test_a_policy_that_only_watches_is_told_from_none(
    desk: Desk, zone: Zone, text: str, finding: str, wanted: str
) -> None:
    zone.texts[f"_dmarc.{SENDER}"] = [text]
    found, check = await check_of(desk, "DMARC")
    assert (found, check.wanted) == (finding, wanted)


async def test_a_policy_says_something_else_for_the_domains_below(desk: Desk, zone: Zone) -> None:
    zone.texts[f"_dmarc.{SENDER}"] = ["v=DMARC1; p=reject; sp=none"]
    assert (await check_of(desk, "DMARC"))[0] == "GOOD"
    found, check = await check_of(desk, "DMARC", RETURN)
    assert (found, check.wanted) == ("WATCHING", "v=DMARC1; p=reject; sp=quarantine")
    zone.texts[f"_dmarc.{SENDER}"] = ["v=DMARC1; p=reject", "v=DMARC1; p=none"]
    assert (await check_of(desk, "DMARC"))[0] == "SEVERAL"


async def test_no_domain_no_answer_and_no_record_are_three_things(desk: Desk, zone: Zone) -> None:
    del zone.texts[RETURN]
    zone.silent = {SENDER}
    started = asyncio.get_running_loop().time()
    found = await looked_up(desk)
    assert asyncio.get_running_loop().time() - started < 8
    findings = {name: each.checks[0].finding for name, each in found.items()}
    assert findings[SENDER] == sender_pb2.FINDING_UNANSWERED
    assert findings[RETURN] == sender_pb2.FINDING_NO_DOMAIN
    # One that is silent says nothing about the others.
    assert found[SENDER].checks[1].finding == sender_pb2.FINDING_GOOD
    zone.silent, zone.broken = set(), {f"parley._domainkey.{SENDER}", f"_dmarc.{SENDER}", "relay.example"}
    found = await looked_up(desk)
    assert {each.finding for each in found[SENDER].checks} == {sender_pb2.FINDING_UNANSWERED}


async def test_a_record_that_is_too_long_for_a_datagram_is_fetched_whole(desk: Desk, zone: Zone) -> None:
    zone.texts[SENDER] = [f"{'x' * 900}", SPF]
    assert (await check_of(desk, "SPF"))[0] == "GOOD"
    assert zone.asked.count(SENDER) >= 2


async def test_local_names_are_asked_of_nobody(zone: Zone) -> None:
    names = Names(Config(dns_server=f"127.0.0.1:{zone.port}"))
    for name in ("mail.localhost", "fern.test", "printer.local", "localhost."):
        assert (await names.texts(name)).outcome is Outcome.UNASKED
    assert zone.asked == []
    assert (await Names(Config(dns_server="none")).texts(SENDER)).outcome is Outcome.UNASKED
    assert (await names.texts("with..dots.example")).outcome is Outcome.UNANSWERED


def test_the_server_of_names_is_one_of_the_recipients(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places = NAME_SERVER.places
    assert places is not None
    assert places(Config(dns_server="192.0.2.1")) == (("192.0.2.1", 53),)
    assert places(Config(dns_server="[2001:db8::1]:5353")) == (("2001:db8::1", 5353),)
    assert places(Config(dns_server="none")) == ()
    listed = tmp_path / "resolv.conf"
    monkeypatch.setattr("kernel.privacy.recipients._RESOLVERS", listed)
    assert places(Config()) == ()
    listed.write_text("search people.example\nnameserver 192.0.2.9\nnameserver fe80::1%eth0\nnameserver\n")
    assert places(Config()) == (("192.0.2.9", 53), ("fe80::1", 53))


def test_a_relay_is_named_by_its_address_as_well() -> None:
    ours = Ours(term="a:out.relay.example", addresses=("192.0.2.7",))
    tree = Tree(terms=["ip4:192.0.2.0/24", "-all"], last="-all")
    record = "v=spf1 ip4:192.0.2.0/24 -all"
    assert senders.judge_spf(SENDER, [record], tree, ours, sends=True).finding == senders.GOOD
    elsewhere = Ours(term="a:out.relay.example", addresses=("198.51.100.7",))
    assert senders.judge_spf(SENDER, [record], tree, elsewhere, sends=True).finding == senders.RELAY_UNNAMED


def test_without_a_relay_nobody_has_to_be_named() -> None:
    tree = Tree(terms=["mx", "-all"], last="-all")
    assert senders.judge_spf(SENDER, ["v=spf1 mx -all"], tree, Ours(term=""), sends=True).finding == senders.GOOD
    assert Ours(term="").wanted_spf() == Ours(term="").wanted_dkim() == ""
