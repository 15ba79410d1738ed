"""Seeds the demo through the contract, as a tenant's own clients would: nothing reaches the database but by an RPC."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from parley.chat.v1 import conversation_pb2, conversation_pb2_grpc
from parley.identity.v1 import (
    api_key_pb2,
    api_key_pb2_grpc,
    site_pb2,
    site_pb2_grpc,
    staff_pb2,
    staff_pb2_grpc,
    tenant_pb2,
    tenant_pb2_grpc,
    token_pb2,
    token_pb2_grpc,
)
from parley.options.v1 import access_pb2
from parley.privacy.v1 import notice_pb2, notice_pb2_grpc, policy_pb2, policy_pb2_grpc

from cli.demo import state
from cli.demo.community import seed_community
from cli.demo.desk import seed_desk
from cli.demo.people import ADMIN, COMPANIES, SUPPORT, Company, Person, Talk
from cli.demo.rights import Scene, Told, seed_rights
from cli.demo.state import Account, Seeded
from cli.demo.surveys import seed_answers, seed_survey
from cli.demo.texts import notice_of, policy_of
from cli.demo.tickets import seed_macro, seed_tickets
from kernel.config import Config
from kernel.errors import AlreadyExists
from kernel.rpc.channels import Channels


async def seed(config: Config, say: Callable[[str], None]) -> tuple[Seeded, ...]:
    """Makes the demo's companies, unless they are there already, and returns how to reach and sign in to them."""
    seeded = state.read(config)
    there = {each.slug for each in seeded}
    channels = Channels(config, "demo")
    try:
        for company in COMPANIES:
            if company.slug not in there:
                say(f"Seeding the demo: {company.name}")
                seeded = (*seeded, await _Seed(config, channels, company).run())
                state.write(config, seeded)
    finally:
        await channels.close()
    return seeded


class _Seed:
    """The seed of one company. Every step names a request id, so that one that was interrupted can be run again."""

    def __init__(self, config: Config, channels: Channels, company: Company) -> None:
        self._config = config
        self._channels = channels
        self._company = company
        self._tenant_id = ""
        #: Who is signed in, by login: a password is slow to check, on purpose.
        self._sessions: dict[str, str] = {}
        self._tokens = token_pb2_grpc.TokenServiceStub(channels.of("identity"))
        self._tenants = tenant_pb2_grpc.TenantServiceStub(channels.of("identity"))
        self._staff = staff_pb2_grpc.StaffServiceStub(channels.of("identity"))
        self._sites = site_pb2_grpc.SiteServiceStub(channels.of("identity"))
        self._keys = api_key_pb2_grpc.ApiKeyServiceStub(channels.of("identity"))
        self._notices = notice_pb2_grpc.NoticeServiceStub(channels.of("privacy"))
        self._policies = policy_pb2_grpc.PolicyServiceStub(channels.of("privacy"))
        self._chat = conversation_pb2_grpc.ConversationServiceStub(channels.of("chat"))

    async def run(self) -> Seeded:
        """Makes the company and returns how to reach it."""
        company = self._company
        admin = next(person for person in company.people if ADMIN in person.roles)
        self._tenant_id = await self._tenant(admin)
        teams = {
            name: (
                await self._call(self._staff.CreateTeam, staff_pb2.CreateTeamRequest(display_name=name), name)
            ).team.id
            for name in dict.fromkeys(person.team for person in company.people if person.team)
        }
        for person in company.people:
            if person is not admin:
                await self._person(person, teams)
        await self._complete_admin(admin)
        site: site_pb2.Site = (
            await self._call(
                self._sites.CreateSite,
                site_pb2.CreateSiteRequest(
                    display_name=company.name,
                    allowed_origins=[self._config.origin(company.host)],
                    language="en",
                    greeting=company.greeting,
                    colour=company.colour,
                ),
                "site",
            )
        ).site
        await self._call(
            self._notices.PublishNotice,
            notice_pb2.PublishNoticeRequest(
                site_id=site.id,
                language="en",
                text=notice_of(company).text,
                policy_url=f"{self._config.origin(company.host)}/privacy",
            ),
            "notice",
        )
        await self._call(
            self._policies.PublishPolicy,
            policy_pb2.PublishPolicyRequest(language="en", text=policy_of(company).text),
            "policy",
        )
        token, _ = await self._signed_in(admin)

        def request_id(name: str) -> str:
            return state.request_id_of(self._config, self._company.slug, name)

        await seed_desk(self._channels, token, request_id)
        survey_id = await seed_survey(self._channels, token, site.id, request_id)
        if company.has_community:
            await seed_community(self._config, self._channels, company.slug, self._tenant_id, token, request_id)
        visitors = [await self._talk(site, talk, f"demo-talk-{number}") for number, talk in enumerate(company.talks)]
        if company.has_requests:
            scene = self._scene(site, tuple(visitors))
            await seed_rights(scene)
            await seed_answers(self._channels, token, self._tenant_id, survey_id, scene.anonymous)
        agent = next((person for person in company.people if SUPPORT in person.roles), None)
        if agent is not None:
            scene = self._scene(site, tuple(visitors))
            shop = f"{self._config.origin(company.host)}/"
            await seed_tickets(self._channels, token, shop, scene.anonymous, request_id)
            await seed_macro(self._channels, (await self._signed_in(agent))[0], request_id)
        key = await self._channels.call(
            self._keys.CreateApiKey,
            api_key_pb2.CreateApiKeyRequest(display_name="Demo integration", scopes=["chat.read", "identity.read"]),
            tenant_id=self._tenant_id,
        )
        return Seeded(
            slug=company.slug,
            tenant_id=self._tenant_id,
            site_id=site.id,
            site_key=site.key,
            api_key=key.secret,
            accounts=tuple(self._account(person) for person in company.people),
        )

    async def _tenant(self, admin: Person) -> str:
        company = self._company
        try:
            made = await self._channels.call(
                self._tenants.CreateTenant,
                tenant_pb2.CreateTenantRequest(
                    slug=company.slug,
                    display_name=company.name,
                    regime=tenant_pb2.REGIME_HOUSE if company.is_house else tenant_pb2.REGIME_ASP,
                    admin_email=self._email(admin),
                    admin_display_name=admin.name,
                    admin_password=state.password_of(self._config, company.slug, admin.login),
                ),
            )
        except AlreadyExists:
            # An earlier seed was interrupted after this step; its administrator tells the tenant's id.
            return (await self._signed_in(admin))[1]
        return str(made.tenant.id)

    async def _person(self, person: Person, teams: dict[str, str]) -> None:
        await self._call(
            self._staff.CreateStaff,
            staff_pb2.CreateStaffRequest(
                email=self._email(person),
                display_name=person.name,
                roles=person.roles,
                team_ids=[teams[person.team]] if person.team else [],
                password=state.password_of(self._config, self._company.slug, person.login),
            ),
            person.login,
        )

    async def _complete_admin(self, admin: Person) -> None:
        # A tenant's first administrator starts with that role alone; the demo's may have more.
        if len(admin.roles) > 1:
            token, _ = await self._signed_in(admin)
            me = (await self._channels.call(self._staff.GetMe, staff_pb2.GetMeRequest(), token=token)).staff
            request = staff_pb2.UpdateStaffRequest(staff=staff_pb2.Staff(id=me.id, roles=admin.roles, etag=me.etag))
            request.update_mask.paths.append("roles")
            await self._channels.call(self._staff.UpdateStaff, request, tenant_id=self._tenant_id)

    def _scene(self, site: site_pb2.Site, visitors: tuple[Told, ...]) -> Scene:
        async def staff(login: str) -> str:
            if login not in tokens:
                tokens[login], _ = await self._signed_in(people[login])
            return tokens[login]

        async def anonymous() -> str:
            opened = await self._channels.call(
                self._tokens.ExchangeCredential, token_pb2.ExchangeCredentialRequest(site_key=site.key)
            )
            return str(opened.access_token)

        tokens: dict[str, str] = {}
        people = {person.login: person for person in self._company.people}
        return Scene(
            channels=self._channels,
            company=self._company,
            visitors=visitors,
            staff=staff,
            anonymous=anonymous,
            request_id=lambda name: state.request_id_of(self._config, self._company.slug, name),
        )

    async def _talk(self, site: site_pb2.Site, talk: Talk, name: str) -> Told:
        opened = await self._channels.call(
            self._tokens.ExchangeCredential, token_pb2.ExchangeCredentialRequest(site_key=site.key)
        )
        notice = await self._channels.call(
            self._notices.GetCurrentNotice,
            notice_pb2.GetCurrentNoticeRequest(site_id=site.id),
            token=opened.access_token,
        )
        started = await self._channels.call(
            self._chat.StartConversation,
            conversation_pb2.StartConversationRequest(
                display_name=talk.visitor,
                notice_id=notice.notice.id,
                language="en",
                page_path=talk.page,
                request_id=state.request_id_of(self._config, self._company.slug, name),
            ),
            token=opened.access_token,
        )
        conversation_id = started.conversation.id
        told = Told(
            token=started.access_token,
            visitor_id=started.conversation.visitor_id,
            conversation_id=conversation_id,
            notice_id=notice.notice.id,
        )
        if started.conversation.state == conversation_pb2.Conversation.STATE_CLOSED:
            return told
        operator = next(person for person in self._company.people if person.login == talk.operator)
        token, _ = await self._signed_in(operator)
        sides = (started.access_token, token)
        for number, line in enumerate(talk.lines):
            if number == 1:
                await self._channels.call(
                    self._chat.ClaimConversation,
                    conversation_pb2.ClaimConversationRequest(conversation_id=conversation_id),
                    token=token,
                )
            await self._channels.call(
                self._chat.PostMessage,
                conversation_pb2.PostMessageRequest(
                    conversation_id=conversation_id, client_message_id=f"demo-line-{number:04}", body=line
                ),
                token=sides[number % 2],
            )
        await self._channels.call(
            self._chat.CloseConversation,
            conversation_pb2.CloseConversationRequest(conversation_id=conversation_id),
            token=token,
        )
        return told

    async def _signed_in(self, person: Person) -> tuple[str, str]:
        if person.login not in self._sessions:
            signed_in = await self._channels.call(
                self._tokens.SignIn,
                token_pb2.SignInRequest(
                    tenant_slug=self._company.slug,
                    email=self._email(person),
                    password=state.password_of(self._config, self._company.slug, person.login),
                ),
            )
            self._sessions[person.login] = signed_in.session
        issued = await self._channels.call(
            self._tokens.ExchangeCredential,
            token_pb2.ExchangeCredentialRequest(session=self._sessions[person.login]),
        )
        return issued.access_token, issued.tenant_id

    async def _call(self, method: Callable[..., Any], request: Any, step: str) -> Any:
        request.request_id = f"demo-{step}"
        return await self._channels.call(method, request, tenant_id=self._tenant_id)

    def _email(self, person: Person) -> str:
        return f"{person.login}@{self._company.slug}.example"

    def _account(self, person: Person) -> Account:
        return Account(
            tenant=self._company.slug,
            name=person.name,
            email=self._email(person),
            password=state.password_of(self._config, self._company.slug, person.login),
            roles=tuple(
                access_pb2.Caller.Name(role).removeprefix("CALLER_").lower().replace("_", " ") for role in person.roles
            ),
        )
