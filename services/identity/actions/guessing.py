"""Says how often what may be guessed may be tried in identity, without letting anybody lock another person out.

Failures to sign in are counted for the pair of account and network, and for the network alone: an attacker elsewhere
never uses up the owner's tries. A receipt's code belongs to nobody who could be locked out, so it is counted for the
network and for the tenant. The counting itself, which keeps neither addresses nor names, is the kernel's.
"""

from __future__ import annotations

from datetime import timedelta

from kernel.limits import Guesses, Tries, network_of

_WHILE = timedelta(minutes=15)
OF_ACCOUNT = Tries(name="sign_in_account", most=10, window=_WHILE)
OF_NETWORK = Tries(name="sign_in_network", most=100, window=_WHILE)
CODES_OF_NETWORK = Tries(name="receipt_code_network", most=20, window=_WHILE)
CODES_OF_TENANT = Tries(name="receipt_code_tenant", most=1000, window=_WHILE)
#: How often mail is sent to one address, whoever asks, and from one tenant.
PROOFS_OF_ADDRESS = Tries(name="email_proof_address", most=5, window=timedelta(hours=1))
PROOFS_OF_TENANT = Tries(name="email_proof_tenant", most=500, window=timedelta(hours=1))


async def try_sign_in(guesses: Guesses, account: str, address: str) -> None:
    """Counts a try to sign in; raises ResourceExhausted where there were too many."""
    await guesses.attempt(
        *_sign_in(account, address),
        reason="SIGN_IN_LIMITED",
        detail="Too many tries from here. Wait a few minutes, then try again.",
    )


async def signed_in(guesses: Guesses, account: str, address: str) -> None:
    """Takes back a try that was right, and forgets the account's failures from that network."""
    of_account, of_network = _sign_in(account, address)
    await guesses.right(of_network, forget=of_account)


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


def _sign_in(account: str, address: str) -> tuple[tuple[Tries, str], tuple[Tries, str]]:
    network = network_of(address)
    return (OF_ACCOUNT, f"{network}\x00{account}"), (OF_NETWORK, network)
