"""The pages of joining: signing up and in, the terms, the account, groups, and the border to the help desk."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping

from parley.community.v1 import account_pb2, draft_pb2, group_pb2, relation_pb2, space_pb2, terms_pb2
from starlette.responses import Response

from gateway import problems
from gateway.community import proving, visits
from gateway.community.proving import Proving
from gateway.community.upstream import Upstream
from gateway.community.view import View
from gateway.community.visits import Visit
from gateway.community.words import WORDS
from gateway.problems import Problem
from gateway.refusals import fields_of
from kernel import ids
from kernel.errors import ParleyError

#: Where a code can arrive; whether it does, the mail says.
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
_ANSWERS = {
    "accept": (terms_pb2.ANSWER_ACCEPTED, terms_pb2.ANSWER_WARNING_ACKNOWLEDGED),
    "refuse": (terms_pb2.ANSWER_REFUSED,),
    "withdraw": (terms_pb2.ANSWER_WITHDRAWN,),
}


class Joining:
    """The pages."""

    def __init__(self, upstream: Upstream, view: View, proving: Proving) -> None:
        """Takes the services, the templates, and what whoever has no account calculates."""
        self._upstream = upstream
        self._view = view
        self._proving = proving

    async def join_page(self, visit: Visit) -> Response:
        """Asks for what an account needs."""
        return await self._proving.page(visit, "join", proving.SIGN_UP, handle="", email="", trouble="")

    async def join(self, visit: Visit) -> Response:
        """Begins an account and asks for the code."""
        form = await visit.form()
        handle, email = form.get("handle", "").strip().lower(), form.get("email", "").strip()
        age, proof = form.get("age", "").strip(), form.get(proving.FIELD, "")
        # What is no age and no address is refused with whatever else is wrong, so that people hear of all at once.
        years = int(age) if age.isascii() and age.isdigit() and len(age) <= 3 else -1
        address = email if _ADDRESS.fullmatch(email) else ""
        try:
            request = account_pb2.SignUpRequest(
                handle=handle, email=address, password=form.get("password", ""), age=years, proof=proof
            )
            begun = await self._upstream.call_from(
                visit.address, self._upstream.accounts.SignUp, request, visit.anonymous
            )
        except Problem as problem:
            if problem.status >= 500:
                raise
            return await self._proving.page(
                visit,
                "join",
                proving.SIGN_UP,
                sent=proof,
                problem=problem,
                status=problem.status,
                handle=handle,
                email=email,
                trouble=visit.said(problem),
                wrong=fields_of(problem),
            )
        return self._view.page(visit, "verify", sign_up_id=begun.sign_up_id, trouble="")

    async def verify(self, visit: Visit) -> Response:
        """Takes the code and signs in."""
        form = await visit.form()
        sign_up_id = _id(form.get("sign_up_id", ""))
        try:
            made = await self._upstream.call(
                self._upstream.accounts.VerifyEmail,
                account_pb2.VerifyEmailRequest(sign_up_id=sign_up_id, code=form.get("code", "").strip()),
                visit.anonymous,
            )
        except Problem as problem:
            return self._view.again(visit, "verify", problem, sign_up_id=sign_up_id)
        return self._signed_in(visit, made.opened, "/terms")

    async def sign_in_page(self, visit: Visit) -> Response:
        """Asks for the address and the password."""
        return self._view.page(visit, "sign_in", email="", trouble="", is_set=bool(visit.query("set")))

    async def sign_in(self, visit: Visit) -> Response:
        """Signs a member in."""
        form = await visit.form()
        email = form.get("email", "").strip()
        try:
            made = await self._upstream.call(
                self._upstream.accounts.SignIn,
                account_pb2.SignInRequest(email=email, password=form.get("password", "")),
                visit.anonymous,
            )
        except Problem as problem:
            return self._view.again(visit, "sign_in", problem, email=email, is_set=False)
        return self._signed_in(visit, made.opened, "")

    async def sign_out(self, visit: Visit) -> Response:
        """Ends the session."""
        if visit.member is not None:
            secret = visit.member.secret
            request = account_pb2.SignOutRequest(session=secret)
            await self._upstream.call(self._upstream.accounts.SignOut, request, visit.anonymous)
            self._upstream.forget(secret)
        response = visit.go("")
        visits.drop(response)
        return response

    async def reset_page(self, visit: Visit) -> Response:
        """Asks for the address whose password is forgotten."""
        return self._view.page(visit, "reset", reset_id="", email="", trouble="")

    async def ask_reset(self, visit: Visit) -> Response:
        """Has a code mailed, if the address has an account; the page is the same if not."""
        email = (await visit.form()).get("email", "").strip()
        try:
            request = account_pb2.RequestResetRequest(email=email)
            asked = await self._upstream.call(self._upstream.accounts.RequestReset, request, visit.anonymous)
        except Problem as problem:
            return self._view.again(visit, "reset", problem, reset_id="", email=email)
        return self._view.page(visit, "reset", reset_id=asked.reset_id, email="", trouble="")

    async def reset(self, visit: Visit) -> Response:
        """Takes the code and the new password."""
        form = await visit.form()
        reset_id = _id(form.get("reset_id", ""))
        try:
            request = account_pb2.ResetPasswordRequest(
                reset_id=reset_id, code=form.get("code", "").strip(), password=form.get("password", "")
            )
            await self._upstream.call(self._upstream.accounts.ResetPassword, request, visit.anonymous)
        except Problem as problem:
            return self._view.again(visit, "reset", problem, reset_id=reset_id, email="")
        return visit.go("/sign-in?set=1")

    def _signed_in(self, visit: Visit, opened: account_pb2.MemberSession, path: str) -> Response:
        response = visit.go(path)
        seconds = int(opened.expire_time.seconds - time.time())
        visits.keep(response, visit.tenant.slug, opened.session, seconds)
        return response

    async def terms(self, visit: Visit) -> Response:
        """Shows the terms in force, what was before, and to a member what they said."""
        call, up = self._upstream.call, self._upstream
        current = await call(up.terms.GetCurrentTerms, terms_pb2.GetCurrentTermsRequest(), visit.token)
        listed = await call(up.terms.ListTerms, terms_pb2.ListTermsRequest(), visit.token)
        standing = None
        if visit.member is not None:
            standing = (await call(up.terms.GetStanding, terms_pb2.GetStandingRequest(), visit.token)).standing
        return self._view.page(
            visit,
            "terms",
            terms=current.terms if current.HasField("terms") else None,
            versions=listed.terms,
            standing=standing,
        )

    async def version(self, visit: Visit) -> Response:
        """Shows a version of the terms."""
        request = terms_pb2.GetTermsRequest(terms_id=visit.id_in_path("terms_id", "trm"))
        found = await self._upstream.call(self._upstream.terms.GetTerms, request, visit.token)
        return self._view.page(visit, "terms", terms=found.terms, versions=(), standing=None)

    async def answer(self, visit: Visit) -> Response:
        """Notes what a member says to the terms; whoever refuses reads on."""
        form = await visit.form()
        for answer in _ANSWERS.get(form.get("answer", ""), ()):
            request = terms_pb2.AnswerTermsRequest(terms_id=_id(form.get("terms_id", ""), "trm"), answer=answer)
            await self._upstream.call(self._upstream.terms.AnswerTerms, request, visit.token)
        return visit.go("/terms")

    async def crossing_in(self, visit: Visit) -> Response:
        """Says what changes for somebody who comes from the help desk."""
        return self._view.page(visit, "crossing", text=WORDS["crossing.in"], where="community", desks=())

    async def crossing_out(self, visit: Visit) -> Response:
        """Says what changes for somebody who goes to the help desk."""
        desks = await self._view.desks(self._upstream, visit)
        return self._view.page(visit, "crossing", text=WORDS["crossing.out"], where="desk", desks=desks)

    async def account(self, visit: Visit) -> Response:
        """Shows a member their own account."""
        return await self._account(visit, {})

    async def _account(self, visit: Visit, form: Mapping[str, str], problem: Problem | None = None) -> Response:
        found = await self._upstream.call(
            self._upstream.accounts.GetAccount, account_pb2.GetAccountRequest(), visit.token
        )
        call, up = self._upstream.call, self._upstream
        drafts = await call(up.drafts.ListDrafts, draft_pb2.ListDraftsRequest(page_size=100), visit.token)
        people = await call(up.relations.ListRelations, relation_pb2.ListRelationsRequest(page_size=100), visit.token)
        spaces = await call(up.spaces.ListSpaces, space_pb2.ListSpacesRequest(page_size=200), visit.token)
        return self._view.page(
            visit,
            "account",
            status=200 if problem is None else problem.status,
            trouble="" if problem is None else visit.said(problem),
            wrong=frozenset() if problem is None else fields_of(problem),
            account=found.account,
            display_name=form.get("display_name", found.account.display_name),
            about=form.get("about", found.account.about),
            saved=bool(visit.query("saved")),
            drafts=drafts.drafts,
            people=people.relations,
            slugs={space.id: space.slug for space in spaces.spaces},
            RELATION=relation_pb2.RelationKind,
        )

    async def save_account(self, visit: Visit) -> Response:
        """Changes what a member shows of themselves."""
        form = await visit.form()
        request = account_pb2.UpdateAccountRequest(
            display_name=form.get("display_name", ""), about=form.get("about", "")
        )
        try:
            await self._upstream.call(self._upstream.accounts.UpdateAccount, request, visit.token)
        except Problem as problem:
            if problem.status >= 500 or problem.status == 401:
                raise
            return await self._account(visit, form, problem)
        return visit.go("/account?saved=1")

    async def join_space(self, visit: Visit) -> Response:
        """Asks to be let into a group."""
        form = await visit.form()
        request = group_pb2.JoinSpaceRequest(space_id=_id(form.get("space_id", ""), "spc"))
        await self._upstream.call(self._upstream.groups.JoinSpace, request, visit.token)
        return visit.go(f"/s/{visit.fields['space']}?asked=1")

    async def leave_space(self, visit: Visit) -> Response:
        """Leaves a group."""
        form = await visit.form()
        request = group_pb2.LeaveSpaceRequest(space_id=_id(form.get("space_id", ""), "spc"))
        await self._upstream.call(self._upstream.groups.LeaveSpace, request, visit.token)
        return visit.go("")


def _id(text: str, prefix: str = "sgn") -> str:
    try:
        ids.to_uuid(text, prefix)
    except ParleyError:
        raise problems.not_found() from None
    return text
