"""An account of the community is one of its own: made with a code, linked to nothing, and told of by no answer."""

from __future__ import annotations

import pytest
from parley.community.v1 import account_pb2, post_pb2

from kernel.errors import FailedPrecondition, NotFound, PermissionDenied, ResourceExhausted, Unauthenticated
from tests.community.forum import PASSWORD, forum
from tests.platform import Platform


async def test_the_code_comes_by_mail_and_another_one_makes_no_account(platform: Platform) -> None:
    shop = await forum(platform)
    request = account_pb2.SignUpRequest(handle="ann", email="Ann@People.example", password=PASSWORD, age=18)
    begun = await shop.call(shop.accounts.SignUp, request)
    # A call that took too long is tried again, and then each of two mails has its own code.
    await shop.mail_to("ann@people.example", holding=shop.code(begun.sign_up_id))
    wrong = account_pb2.VerifyEmailRequest(sign_up_id=begun.sign_up_id, code="0000-0000")
    with pytest.raises(PermissionDenied, match="CODE_REJECTED"):
        await shop.call(shop.accounts.VerifyEmail, wrong)
    right = account_pb2.VerifyEmailRequest(sign_up_id=begun.sign_up_id, code=shop.code(begun.sign_up_id).lower())
    made = await shop.call(shop.accounts.VerifyEmail, right)
    account = await shop.call(shop.accounts.GetAccount, account_pb2.GetAccountRequest(), made.opened.access_token)
    assert (account.account.handle, account.account.email) == ("ann", "ann@people.example")
    with pytest.raises(PermissionDenied, match="CODE_REJECTED"):
        await shop.call(shop.accounts.VerifyEmail, right)


async def test_under_the_age_limit_nothing_is_begun(platform: Platform) -> None:
    shop = await forum(platform)
    request = account_pb2.SignUpRequest(handle="kim", email="kim@people.example", password=PASSWORD, age=17)
    with pytest.raises(FailedPrecondition, match="AGE_REFUSED"):
        await shop.call(shop.accounts.SignUp, request)
    request.age = 18
    await shop.call(shop.accounts.SignUp, request)


async def test_whether_an_address_has_an_account_is_told_by_a_mail_alone(platform: Platform) -> None:
    shop = await forum(platform)
    ann = await shop.join(email="known@people.example")
    again = account_pb2.SignUpRequest(handle="other", email=ann.email, password=PASSWORD, age=30)
    begun = await shop.call(shop.accounts.SignUp, again)
    assert begun.sign_up_id, "the answer is that of every sign-up"
    code = account_pb2.VerifyEmailRequest(sign_up_id=begun.sign_up_id, code=shop.code(begun.sign_up_id))
    with pytest.raises(PermissionDenied, match="CODE_REJECTED"):
        await shop.call(shop.accounts.VerifyEmail, code)
    unknown = await shop.call(
        shop.accounts.RequestReset, account_pb2.RequestResetRequest(email="nobody@people.example")
    )
    assert unknown.reset_id.startswith("sgn_")
    for email, password in ((ann.email, "a wrong password"), ("nobody@people.example", PASSWORD)):
        with pytest.raises(Unauthenticated, match="SIGN_IN_REJECTED"):
            await shop.call(shop.accounts.SignIn, account_pb2.SignInRequest(email=email, password=password))


async def test_a_session_that_was_ended_posts_nothing_with_the_token_it_left(platform: Platform) -> None:
    shop = await forum(platform)
    space = await shop.space()
    ann = await shop.poster()
    topic = await shop.topic(ann, space.id)
    await shop.call(shop.accounts.SignOut, account_pb2.SignOutRequest(session=ann.session))
    with pytest.raises(Unauthenticated, match="SESSION_ENDED"):
        await shop.call(shop.posts.CreatePost, post_pb2.CreatePostRequest(topic_id=topic.id, body="More"), ann.token)
    with pytest.raises(Unauthenticated, match="SESSION_ENDED"):
        await shop.call(shop.accounts.RefreshSession, account_pb2.RefreshSessionRequest(session=ann.session))


async def test_a_new_password_ends_every_session(platform: Platform) -> None:
    shop = await forum(platform)
    ann = await shop.join()
    asked = await shop.call(shop.accounts.RequestReset, account_pb2.RequestResetRequest(email=ann.email))
    request = account_pb2.ResetPasswordRequest(
        reset_id=asked.reset_id, code=shop.code(asked.reset_id), password="another password"
    )
    await shop.call(shop.accounts.ResetPassword, request)
    with pytest.raises(Unauthenticated):
        await shop.call(shop.accounts.RefreshSession, account_pb2.RefreshSessionRequest(session=ann.session))
    signed_in = await shop.call(
        shop.accounts.SignIn, account_pb2.SignInRequest(email=ann.email, password="another password")
    )
    assert signed_in.opened.member_id == ann.id


async def test_two_who_want_one_name_do_not_both_get_it(platform: Platform) -> None:
    shop = await forum(platform)
    first, second = [
        await shop.call(
            shop.accounts.SignUp,
            account_pb2.SignUpRequest(handle="wanted", email=f"{who}@people.example", password=PASSWORD, age=30),
        )
        for who in ("one", "two")
    ]
    await shop.call(
        shop.accounts.VerifyEmail,
        account_pb2.VerifyEmailRequest(sign_up_id=first.sign_up_id, code=shop.code(first.sign_up_id)),
    )
    with pytest.raises(FailedPrecondition, match="HANDLE_TAKEN"):
        await shop.call(
            shop.accounts.VerifyEmail,
            account_pb2.VerifyEmailRequest(sign_up_id=second.sign_up_id, code=shop.code(second.sign_up_id)),
        )


async def test_another_companys_community_knows_nobody_of_this_one(platform: Platform) -> None:
    shop, other = await forum(platform), await forum(platform)
    ann = await shop.poster("ann_here")
    with pytest.raises(NotFound):
        await other.call(other.accounts.GetMember, account_pb2.GetMemberRequest(handle="ann_here"))
    with pytest.raises(Unauthenticated):
        await other.call(other.accounts.SignIn, account_pb2.SignInRequest(email=ann.email, password=PASSWORD))
    with pytest.raises(Unauthenticated):
        await other.call(other.accounts.RefreshSession, account_pb2.RefreshSessionRequest(session=ann.session))


async def test_mails_to_one_address_come_to_an_end(platform: Platform) -> None:
    shop = await forum(platform)
    for _ in range(5):
        await shop.call(shop.accounts.RequestReset, account_pb2.RequestResetRequest(email="often@people.example"))
    with pytest.raises(ResourceExhausted, match="MAIL_LIMITED"):
        await shop.call(shop.accounts.RequestReset, account_pb2.RequestResetRequest(email="often@people.example"))
