"""The account that services run as: our own, or an unprivileged one when we are root (PostgreSQL refuses root)."""

from __future__ import annotations

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

from core.running.problem import Problem

CANDIDATES = ("hearthdesk", "postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """An unprivileged account that root hands services to."""

    name: str
    uid: int
    gid: int

    def reaches(self, path: Path) -> bool:
        """Whether this account can enter the folder or read the file, going by the permission bits on the way."""
        folders_open = all(self._has(parent, stat.S_IXOTH) for parent in path.absolute().parents)
        return folders_open and self._has(path, stat.S_IXOTH if path.is_dir() else stat.S_IROTH)

    def _has(self, path: Path, bits: int) -> bool:
        """`bits` are those of others; the owner's and the group's are the same three further left."""
        about = path.stat()
        shift = 6 if about.st_uid == self.uid else 3 if about.st_gid == self.gid else 0
        return (about.st_mode >> shift) & bits == bits

    def own(self, path: Path) -> None:
        """Gives the account `path`, a folder or file of ours; what lies inside keeps its owner."""
        os.chown(path, self.uid, self.gid, follow_symlinks=False)


def service_account() -> Account | None:
    """None: services run as whoever started them.

    Raises Problem when we are root and the machine has no unprivileged account at all.
    """
    if os.geteuid() != 0:
        return None
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise Problem(f"PostgreSQL does not run as root; add one of the accounts {', '.join(CANDIDATES)}.")


def owner_of(path: Path) -> Account:
    about = path.stat()
    return Account(pwd.getpwuid(about.st_uid).pw_name, about.st_uid, about.st_gid)
