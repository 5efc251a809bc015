"""The data folder: who holds it, and where the service that holds it can be reached."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from core.running.account import Account
from core.running.problem import Problem


@dataclass(frozen=True)
class Endpoints:
    """Where a service is. `children` are its processes by id, with when each was created (seconds).

    Until it is `ready`, its database may be halfway to the newest schema: only the children are true then.
    """

    pid: int
    url: str
    database_url: str
    redis_url: str
    smtp_url: str
    ready: bool
    children: dict[int, float] = field(default_factory=dict)


class InUse(Problem):
    """Another process holds the data folder."""


@contextmanager
def held(data_dir: Path) -> Iterator[None]:
    """Only one process at a time runs servers on a data folder; the system frees it however that one ends.

    Raises InUse, or Problem when the folder cannot be written.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        lock = (data_dir / "lock").open("a+")
    except OSError as error:
        raise Problem(
            f"The data folder {data_dir} cannot be written ({error.strerror}); "
            "set HEARTHDESK_DATA to a folder that can."
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise InUse(
                f"The data folder {data_dir} is in use by process {lock.read().strip() or '(starting)'}; "
                "stop that one, or set HEARTHDESK_DATA to another folder."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def publish(data_dir: Path, endpoints: Endpoints) -> None:
    """In one step, so that nobody reads half of it."""
    unfinished = _state(data_dir).with_suffix(".new")
    unfinished.touch(mode=0o600)
    unfinished.write_text(json.dumps(asdict(endpoints)), encoding="utf-8")
    unfinished.replace(_state(data_dir))


def published(data_dir: Path) -> Endpoints | None:
    """None: no service has said where it is. What a killed one left is still there, so ask who holds the folder."""
    try:
        told = json.loads(_state(data_dir).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    children = {int(pid): created for pid, created in told.pop("children").items()}
    return Endpoints(**told, children=children)


def withdraw(data_dir: Path) -> None:
    _state(data_dir).unlink(missing_ok=True)


def _state(data_dir: Path) -> Path:
    return data_dir / "running.json"


def hand_over(data_dir: Path, account: Account) -> None:
    """What root has written here becomes the account's, so that the service can go on with it."""
    account.own(data_dir)
    for folder, names, files in os.walk(data_dir):
        if "embedded" in names:
            names.remove("embedded")  # has its own account
        for name in (*names, *files):
            path = Path(folder, name)
            if path.lstat().st_uid == 0:
                account.own(path)
