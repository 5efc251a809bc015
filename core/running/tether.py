"""Starts a program that dies with its parent, optionally as another account.

Run as `python -I -S tether.py PARENT SIGNAL UID GID PROGRAM ARGUMENT...`: a script with no imports of ours, so that it
is quick and works for any account. A program and not a `preexec_fn`, because code between fork and exec is unsafe in a
process with threads. UID -1 keeps the account.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main(parent: int, deadly: int, uid: int, gid: int, command: list[str]) -> None:
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    die_with_parent(parent, deadly)
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted


def die_with_parent(parent: int, deadly: int) -> None:
    """Must come after a change of account, which clears the request; a parent already gone counts as well."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, deadly, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
    if os.getppid() != parent:
        sys.exit(f"{sys.argv[0]}: the process that asked for this one is gone")


if __name__ == "__main__":
    parent, deadly, uid, gid = (int(value) for value in sys.argv[1:5])
    main(parent, deadly, uid, gid, sys.argv[5:])
