"""What a tenant has published: the versions of its notices and of its policy, what changed, and who may receive."""

from __future__ import annotations

from dataclasses import dataclass

from google.protobuf.timestamp_pb2 import Timestamp
from parley.privacy.v1 import notice_pb2, policy_pb2, recipient_pb2
from starlette.responses import Response

from gateway.privacy.held import why
from gateway.privacy.upstream import Upstream
from gateway.privacy.view import View
from gateway.privacy.visits import Visit
from gateway.problems import Problem
from kernel.rpc.values import named

MOST_VERSIONS = 100
_HEADING = "# "
ChangeKind = notice_pb2.TextChange.Kind
_CHANGES = {ChangeKind.KIND_ADDED: "ins", ChangeKind.KIND_REMOVED: "del"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version, as a list shows it."""

    id: str
    number: int
    since: Timestamp
    material: bool
    summary: str
    language: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed: stretches of text with the element that marks each, or nothing where the text is the same."""

    number: int
    stretches: list[tuple[str, str]]

    @property
    def is_same(self) -> bool:
        """True where no word differs."""
        return all(not element for element, _ in self.stretches)


def paragraphs(text: str) -> list[tuple[bool, str]]:
    """Splits a text into paragraphs; True where one is a heading."""
    parts = [part.strip() for part in text.split("\n\n")]
    return [(part.startswith(_HEADING), part.removeprefix(_HEADING)) for part in parts if part]


class Publications:
    """Notices, policies and recipients."""

    def __init__(self, upstream: Upstream, view: View) -> None:
        """Takes the services and the templates."""
        self._upstream = upstream
        self._view = view

    async def notices(self, visit: Visit) -> Response:
        """Lists the versions of a site's notice: the one asked for, that of whoever is inside, or the first."""
        sites = await self._upstream.sites(visit.tenant)
        own = visit.person.grant.site_id if visit.person is not None else ""
        by_id = {site.id: site for site in sites}
        site = by_id.get(visit.query("site")) or by_id.get(own) or next(iter(sites), None)
        found = await self._notices_of(site.id, await self._token(visit)) if site is not None else []
        return self._view.page(
            visit, "notices", here="notices", sites=sites, site=site, versions=[_version(each) for each in found]
        )

    async def notice(self, visit: Visit) -> Response:
        """Shows a version of a notice, and what it changed."""
        token = await self._token(visit)
        notice_id = visit.id_in_path("notice_id", "ntc")
        answer = await self._upstream.call(
            self._upstream.notices.GetNotice, notice_pb2.GetNoticeRequest(notice_id=notice_id), token
        )
        notice = answer.notice
        versions = await self._notices_of(notice.site_id, token)
        earlier = next((each for each in versions if each.version < notice.version), None)
        difference, policy_changed = None, False
        if earlier is not None:
            compared = await self._upstream.call(
                self._upstream.notices.DiffNotices,
                notice_pb2.DiffNoticesRequest(from_notice_id=earlier.id, to_notice_id=notice.id),
                token,
            )
            difference = Difference(earlier.version, _stretches(compared.changes))
            policy_changed = compared.policy_url_changed
        return self._view.page(
            visit,
            "version",
            here="notices",
            title=visit.words("notices.title"),
            all=f"{visit.base}/notices",
            version=_version(notice),
            current=bool(versions) and versions[0].id == notice.id,
            text=paragraphs(notice.text),
            difference=difference,
            policy_changed=policy_changed,
            questions=notice.questions,
            policy_url=notice.policy_url,
        )

    async def policy(self, visit: Visit) -> Response:
        """Shows the policy in force in the reader's language, and lists its versions."""
        token = await self._token(visit)
        try:
            answer = await self._upstream.call(
                self._upstream.policies.GetCurrentPolicy,
                policy_pb2.GetCurrentPolicyRequest(language=visit.words.tag),
                token,
            )
        except Problem as problem:
            if problem.status != 404:
                raise
            return self._view.page(visit, "no_policy", here="policy", elsewhere=await self._elsewhere(visit, token))
        return await self._policy(visit, answer.policy, token)

    async def policy_version(self, visit: Visit) -> Response:
        """Shows a version of the policy, and what it changed."""
        token = await self._token(visit)
        policy_id = visit.id_in_path("policy_id", "pol")
        answer = await self._upstream.call(
            self._upstream.policies.GetPolicy, policy_pb2.GetPolicyRequest(policy_id=policy_id), token
        )
        return await self._policy(visit, answer.policy, token)

    async def recipients(self, visit: Visit) -> Response:
        """Lists who may receive anything."""
        answer = await self._upstream.call(
            self._upstream.recipients.ListRecipients, recipient_pb2.ListRecipientsRequest(), await self._token(visit)
        )
        words = visit.words
        rows = [
            (
                each.title,
                words.first(f"recipients.{named(recipient_pb2.RecipientKind, each.kind)}", "recipients.other"),
                each.receives,
                why(words, [each.purpose]) if each.purpose else "",
                each.in_use,
            )
            for each in answer.recipients
        ]
        rows.sort(key=lambda row: not row[4])
        return self._view.page(visit, "recipients", here="recipients", rows=rows)

    async def _policy(self, visit: Visit, policy: policy_pb2.Policy, token: str) -> Response:
        listed = await self._upstream.call(
            self._upstream.policies.ListPolicies, policy_pb2.ListPoliciesRequest(page_size=MOST_VERSIONS), token
        )
        versions = [each for each in listed.policies if each.language == policy.language]
        earlier = next((each for each in versions if each.version < policy.version), None)
        difference = None
        if earlier is not None:
            compared = await self._upstream.call(
                self._upstream.policies.DiffPolicies,
                policy_pb2.DiffPoliciesRequest(from_policy_id=earlier.id, to_policy_id=policy.id),
                token,
            )
            difference = Difference(earlier.version, _stretches(compared.changes))
        return self._view.page(
            visit,
            "policy",
            here="policy",
            version=_version(policy),
            current=bool(versions) and versions[0].id == policy.id,
            text=paragraphs(policy.text),
            difference=difference,
            versions=[_version(each) for each in versions],
        )

    async def _elsewhere(self, visit: Visit, token: str) -> str:
        """Returns the address at which the tenant's notice says that its policy stands, or nothing."""
        sites = await self._upstream.sites(visit.tenant)
        own = visit.person.grant.site_id if visit.person is not None else ""
        site = next((each for each in sites if each.id == own), next(iter(sites), None))
        notices = await self._notices_of(site.id, token, size=1) if site is not None else []
        return notices[0].policy_url if notices else ""

    async def _notices_of(self, site_id: str, token: str, size: int = MOST_VERSIONS) -> list[notice_pb2.Notice]:
        answer = await self._upstream.call(
            self._upstream.notices.ListNotices,
            notice_pb2.ListNoticesRequest(site_id=site_id, page_size=size),
            token,
        )
        return list(answer.notices)

    async def _token(self, visit: Visit) -> str:
        return visit.person.token if visit.person is not None else await self._upstream.anonymous(visit.tenant)


def _version(of: notice_pb2.Notice | policy_pb2.Policy) -> Version:
    return Version(
        id=of.id,
        number=of.version,
        since=of.effective_time,
        material=of.material,
        summary=of.change_summary,
        language=of.language,
    )


def _stretches(changes: object) -> list[tuple[str, str]]:
    return [(_CHANGES.get(each.kind, ""), each.text) for each in changes]  # type: ignore[attr-defined]  # Repeated.
