"""Serves `parley.community.v1.AccountService`."""

from __future__ import annotations

from parley.community.v1 import account_pb2, account_pb2_grpc

from kernel.rpc.gates import current_actor
from services.community.actions import accounts
from services.community.actions.accounts import Opened
from services.community.actions.wiring import Wiring
from services.community.domain.accounts import Member
from services.community.domain.posts import Author
from services.community.servicer.proofs import origin_of
from services.community.servicer.times import Context, stamp


def author_message(author: Author) -> account_pb2.Author:
    """Writes an author."""
    return account_pb2.Author(member_id=author.member_id, handle=author.handle, display_name=author.display_name)


def _account(member: Member) -> account_pb2.Account:
    return account_pb2.Account(
        id=member.id,
        handle=member.handle,
        email=member.email,
        display_name=member.display_name,
        about=member.about,
        create_time=stamp(member.create_time),
        suspended_until_time=stamp(member.suspended_until),
        post_count=member.post_count,
        trust=account_pb2.TrustLevel.ValueType(member.trust),
    )


def _opened(opened: Opened) -> account_pb2.MemberSession:
    return account_pb2.MemberSession(
        session=opened.secret,
        expire_time=stamp(opened.expire_time),
        access_token=opened.token,
        access_token_expire_time=stamp(opened.token_expire_time),
        member_id=opened.member_id,
    )


class AccountServicer(account_pb2_grpc.AccountServiceServicer):
    """The RPCs of accounts."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def SignUp(self, request: account_pb2.SignUpRequest, context: Context) -> account_pb2.SignUpResponse:
        """Begins an account."""
        sign_up_id, until = await accounts.sign_up(
            current_actor(),
            self._wiring,
            handle=request.handle,
            email=request.email,
            password=request.password,
            age=request.age,
            proof=request.proof,
            origin=origin_of(context),
        )
        return account_pb2.SignUpResponse(sign_up_id=sign_up_id, expire_time=stamp(until))

    async def VerifyEmail(
        self, request: account_pb2.VerifyEmailRequest, context: Context
    ) -> account_pb2.VerifyEmailResponse:
        """Makes the account."""
        opened = await accounts.verify_email(current_actor(), self._wiring, request.sign_up_id, request.code)
        return account_pb2.VerifyEmailResponse(opened=_opened(opened))

    async def SignIn(self, request: account_pb2.SignInRequest, context: Context) -> account_pb2.SignInResponse:
        """Signs a member in."""
        opened = await accounts.sign_in(current_actor(), self._wiring, request.email, request.password)
        return account_pb2.SignInResponse(opened=_opened(opened))

    async def RefreshSession(
        self, request: account_pb2.RefreshSessionRequest, context: Context
    ) -> account_pb2.RefreshSessionResponse:
        """Returns a token of a session."""
        made = await accounts.refresh_session(current_actor(), self._wiring, request.session)
        return account_pb2.RefreshSessionResponse(
            access_token=made.token,
            expire_time=stamp(made.until),
            member_id=made.member_id,
            handle=made.handle,
            unread_count=made.unread,
        )

    async def SignOut(self, request: account_pb2.SignOutRequest, context: Context) -> account_pb2.SignOutResponse:
        """Ends the session."""
        await accounts.sign_out(current_actor(), self._wiring, request.session)
        return account_pb2.SignOutResponse()

    async def RequestReset(
        self, request: account_pb2.RequestResetRequest, context: Context
    ) -> account_pb2.RequestResetResponse:
        """Mails a code for a new password."""
        reset_id = await accounts.request_reset(current_actor(), self._wiring, request.email)
        return account_pb2.RequestResetResponse(reset_id=reset_id)

    async def ResetPassword(
        self, request: account_pb2.ResetPasswordRequest, context: Context
    ) -> account_pb2.ResetPasswordResponse:
        """Sets a new password."""
        await accounts.reset_password(current_actor(), self._wiring, request.reset_id, request.code, request.password)
        return account_pb2.ResetPasswordResponse()

    async def GetAccount(
        self, request: account_pb2.GetAccountRequest, context: Context
    ) -> account_pb2.GetAccountResponse:
        """Returns the caller's account."""
        return account_pb2.GetAccountResponse(
            account=_account(await accounts.get_account(current_actor(), self._wiring))
        )

    async def UpdateAccount(
        self, request: account_pb2.UpdateAccountRequest, context: Context
    ) -> account_pb2.UpdateAccountResponse:
        """Changes the caller's account."""
        changed = await accounts.update_account(current_actor(), self._wiring, request.display_name, request.about)
        return account_pb2.UpdateAccountResponse(account=_account(changed))

    async def GetMember(self, request: account_pb2.GetMemberRequest, context: Context) -> account_pb2.GetMemberResponse:
        """Returns a member."""
        member = await accounts.get_member(current_actor(), self._wiring, request.handle)
        author = Author(member_id=member.id, handle=member.handle, display_name=member.display_name)
        return account_pb2.GetMemberResponse(
            member=author_message(author),
            about=member.about,
            create_time=stamp(member.create_time),
            post_count=member.post_count,
            trust=account_pb2.TrustLevel.ValueType(member.trust),
            suspended_until_time=stamp(member.suspended_until),
            removal_count=member.removals,
            fast_count=member.fast,
        )
