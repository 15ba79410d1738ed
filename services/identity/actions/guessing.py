"""Says how often what may be guessed may be tried in identity, without letting anybody lock another person out.

Failures to sign in are counted for the pair of account and network, for the network alone, and for the account from
everywhere. The last one could lock its owner out, so that it bounds only browsers that never were signed in to the
account: one that was is counted for itself. A receipt's code belongs to nobody who could be locked out, so it is
counted for the network and for the tenant. The counting itself, which keeps neither addresses nor names, is the
kernel's.
"""

from __future__ import annotations

from datetime import timedelta

from kernel.limits import Guesses, Tries, network_of

_WHILE = timedelta(minutes=15)
OF_ACCOUNT = Tries(name="sign_in_account", most=10, window=_WHILE)
#: One account from all browsers that are new to it, and one browser that is not.
OF_ACCOUNT_ANYWHERE = Tries(name="sign_in_anywhere", most=60, window=_WHILE)
OF_DEVICE = Tries(name="sign_in_device", most=10, window=_WHILE)
OF_NETWORK = Tries(name="sign_in_network", most=100, window=_WHILE)
CODES_OF_STAFF = Tries(name="second_factor", most=15, window=_WHILE)
CODES_OF_NETWORK = Tries(name="receipt_code_network", most=20, window=_WHILE)
CODES_OF_TENANT = Tries(name="receipt_code_tenant", most=1000, window=_WHILE)
#: How often mail is sent to one address, whoever asks, and from one tenant.
PROOFS_OF_ADDRESS = Tries(name="email_proof_address", most=5, window=timedelta(hours=1))
PROOFS_OF_TENANT = Tries(name="email_proof_tenant", most=500, window=timedelta(hours=1))

#: How often a link for a forgotten password is mailed: to one account, from one network, and by one tenant.
RESETS_OF_ACCOUNT = Tries(name="reset_account", most=5, window=timedelta(hours=1))
RESETS_OF_NETWORK = Tries(name="reset_network", most=20, window=timedelta(hours=1))
RESETS_OF_TENANT = Tries(name="reset_tenant", most=500, window=timedelta(hours=1))
#: How often somebody who is signed in may mistake their own password.
OWN_PASSWORD = Tries(name="own_password", most=10, window=_WHILE)


async def try_sign_in(guesses: Guesses, account: str, address: str, known: str = "") -> None:
    """Counts a try to sign in; raises ResourceExhausted where there were too many.

    What others try from elsewhere bounds browsers that are new to the account. One that is `known` to it counts for
    itself, so that nobody locks its owner out.
    """
    await guesses.attempt(
        *_sign_in(account, address, known),
        reason="SIGN_IN_LIMITED",
        detail="Too many tries from here. Wait a few minutes, then try again.",
    )


async def signed_in(guesses: Guesses, account: str, address: str, known: str = "") -> None:
    """Takes back a try that was right, and forgets the account's failures from that network or browser."""
    of_account, *others = _sign_in(account, address, known)
    await guesses.right(*others, forget=of_account)


async def try_second_factor(guesses: Guesses, staff_id: str) -> None:
    """Counts a code of a second factor; raises ResourceExhausted where there were too many.

    Only whoever has the password gets so far, which is why nobody else can use an account's tries up.
    """
    await guesses.attempt(
        (CODES_OF_STAFF, staff_id),
        reason="CODE_LIMITED",
        detail="Too many codes were tried. Wait a few minutes, then try again.",
    )


async def second_factor_was_right(guesses: Guesses, staff_id: str) -> None:
    """Forgets an account's wrong codes."""
    await guesses.right(forget=(CODES_OF_STAFF, staff_id))


async def try_receipt_code(guesses: Guesses, tenant: str, address: str) -> None:
    """Counts a try of a receipt's code; raises ResourceExhausted where there were too many."""
    await guesses.attempt(
        (CODES_OF_NETWORK, network_of(address)),
        (CODES_OF_TENANT, tenant),
        reason="CODE_LIMITED",
        detail="Too many codes were tried. Wait a few minutes, then try again.",
    )


async def receipt_code_was_right(guesses: Guesses, tenant: str, address: str) -> None:
    """Takes back a try that was right."""
    await guesses.right((CODES_OF_NETWORK, network_of(address)), (CODES_OF_TENANT, tenant))


async def try_email_proof(guesses: Guesses, tenant: str, email: str) -> None:
    """Counts a mail with a code; raises ResourceExhausted where there were too many."""
    await guesses.attempt(
        (PROOFS_OF_ADDRESS, f"{tenant}\x00{email}"),
        (PROOFS_OF_TENANT, tenant),
        reason="MAIL_LIMITED",
        detail="Too many codes were sent to that address. Nothing was sent now; wait an hour, then try again.",
    )


async def try_reset(guesses: Guesses, account: str, tenant: str, address: str) -> None:
    """Counts a link that is mailed to an account's owner; raises ResourceExhausted where there were too many."""
    of_network = [(RESETS_OF_NETWORK, network_of(address))] if address else []
    await guesses.attempt(
        (RESETS_OF_ACCOUNT, account),
        (RESETS_OF_TENANT, tenant),
        *of_network,
        reason="MAIL_LIMITED",
        detail="Too many links were asked for. Nothing was sent now; wait an hour, then try again.",
    )


async def try_own_password(guesses: Guesses, staff_id: str) -> None:
    """Counts a password that somebody who is signed in typed; raises ResourceExhausted where there were too many."""
    await guesses.attempt(
        (OWN_PASSWORD, staff_id),
        reason="PASSWORD_LIMITED",
        detail="Too many wrong passwords. Wait a few minutes, then try again.",
    )


async def own_password_was_right(guesses: Guesses, staff_id: str) -> None:
    """Takes back a try that was right."""
    await guesses.right((OWN_PASSWORD, staff_id))


def _sign_in(account: str, address: str, known: str) -> list[tuple[Tries, str]]:
    network = network_of(address)
    if known:
        return [(OF_DEVICE, known), (OF_NETWORK, network)]
    return [(OF_ACCOUNT, f"{network}\x00{account}"), (OF_NETWORK, network), (OF_ACCOUNT_ANYWHERE, account)]
