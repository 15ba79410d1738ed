"""What identity refuses, each with its stable reason."""

from __future__ import annotations

from kernel.errors import Aborted, AlreadyExists, FailedPrecondition, InvalidArgument, PermissionDenied, Unauthenticated


class SignInRefused(Unauthenticated):
    """The tenant, the address or the password is wrong; which one is never said."""

    def __init__(self) -> None:
        """Carries the one answer to every refused sign-in."""
        super().__init__("SIGN_IN_REFUSED", "The team, the e-mail address or the password is not right.")


class NameTaken(AlreadyExists):
    """Another record of the tenant has this name."""

    def __init__(self, field: str) -> None:
        """Names the field, not the value."""
        super().__init__("NAME_TAKEN", "That name is taken. Choose another one.", fields=[(field, "must be unique")])


class ChangedMeanwhile(Aborted):
    """Somebody else changed the record since the caller read it."""

    def __init__(self) -> None:
        """Says what to do next."""
        super().__init__("CHANGED_MEANWHILE", "Somebody else changed this meanwhile. Read it again, then save.")


class CodeRejected(PermissionDenied):
    """A code is wrong, too old, tried too often, or for nothing; which one is never said."""

    def __init__(self) -> None:
        """Carries the one answer to every code that is not good."""
        super().__init__("CODE_REJECTED", "The code is not right, or it is no longer good. Nothing was opened.")


class LinkRejected(PermissionDenied):
    """A link is used, too old, or none; which one is never said."""

    def __init__(self) -> None:
        """Carries the one answer to every link that is not good."""
        super().__init__("LINK_REJECTED", "The link was used, or it is no longer good. Ask for a new one.")


class PasswordWrong(PermissionDenied):
    """The password of the caller's own account is another one."""

    def __init__(self) -> None:
        """Says what is safe."""
        super().__init__("PASSWORD_WRONG", "That is not your password. Nothing was changed.")


class SupportNotGranted(PermissionDenied):
    """The tenant lets no platform staff in now, or there is no such tenant."""

    def __init__(self) -> None:
        """Carries the one answer to both."""
        super().__init__("SUPPORT_NOT_GRANTED", "This team has given no leave to come in, or it has run out.")


class ScopeUnknown(InvalidArgument):
    """A key is made for what calls ask for, and for nothing else."""

    def __init__(self) -> None:
        """Says what next."""
        super().__init__(
            "SCOPE_UNKNOWN",
            "No call asks for one of these scopes. The key was not made.",
            fields=[("scopes", "must be among those that are listed")],
        )


class KeyEnded(FailedPrecondition):
    """A key that was revoked or has run out stays so."""

    def __init__(self) -> None:
        """Says what next."""
        super().__init__("API_KEY_ENDED", "This key works no more. Nothing changed; make another one.")
