"""Becomes one server process: leaves root, agrees to end with its parent, then executes the server.

Run as a script of its own (`python -I -S launch.py ACCOUNT PARENT SIGNAL PLACE -- COMMAND…`), because Python code
between fork and exec is not safe in a process that has threads. It imports nothing but the standard library, starts no
second process, and never changes the permissions of a file.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import sys

OWN, NAMESPACE, NOBODY = "own", "namespace", "nobody"
REFUSED = 125
_CLONE_NEWUSER = 0x10000000
_PR_SET_PDEATHSIG = 1


def leave_root_by_namespace() -> None:
    """Enters a user namespace in which this user is `daemon` (1): the same files, and no powers of root after exec."""
    user, group = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    for name, line in (("setgroups", "deny"), ("uid_map", f"1 {user} 1\n"), ("gid_map", f"1 {group} 1\n")):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(line)


def leave_root_by_account() -> None:
    """Becomes `nobody` for good."""
    account = pwd.getpwnam("nobody")
    os.setgroups([])
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)


def end_with_parent(parent: int, farewell: int) -> None:
    """Asks the kernel for a signal when the parent dies, and ends at once if it is dead already. Linux only."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, farewell, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(REFUSED)


def main(arguments: list[str]) -> None:
    """Does what the arguments say and does not return; exits with REFUSED where the machine does not allow it."""
    account, parent, farewell, place, separator, *command = arguments
    if separator != "--":
        raise SystemExit(REFUSED)
    os.umask(0o077)
    try:
        if account == NAMESPACE:
            leave_root_by_namespace()
        elif account == NOBODY:
            leave_root_by_account()
        # A changed account clears the wish to end with the parent, so that it comes after.
        if sys.platform == "linux":
            end_with_parent(int(parent), int(farewell))
        os.chdir(place)
        # Python ignores these two; a server wants them as they are by default.
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.execv(command[0], command)
    except (OSError, KeyError) as error:
        os.write(2, f"cannot become the server: {type(error).__name__} {getattr(error, 'errno', '')}\n".encode())
        raise SystemExit(REFUSED) from None


if __name__ == "__main__":
    main(sys.argv[1:])
