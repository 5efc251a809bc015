"""Deeds that are killed -9 half way, in processes of their own, and done again until one gets through.

`python -m tests.support.dying MODULE:DEED JSON` reads the deed's words; for each number of statement that JSON's
`deaths` names, a fork of it does the deed and dies just before that statement (or commit) reaches the database.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, NoReturn

from flask import Flask
from jinja2 import ChoiceLoader, FileSystemLoader
from sqlalchemy import event

import models
from app import create_app
from config import Config
from core.db import db

LONGEST = 120
ROOT = Path(__file__).resolve().parents[2]


def killed_and_done(app: Flask, deed: str, words: dict[str, Any], *, statements: int, kills: int, seed: int) -> int:
    """Kill the deed at `kills` random places among its first `statements`, then let it finish. How often it died.

    Raises AssertionError with what was printed where the last one did not get through.
    """
    deaths = sorted(Random(seed).sample(range(1, statements + 1), kills))
    command = _command(app, deed, words, deaths=deaths)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LONGEST, check=False)
    assert done.returncode == 0, f"seed {seed}: {done.stderr[-3000:]}"
    return int(done.stdout.split()[-1])


def started(app: Flask, deed: str, words: dict[str, Any]) -> subprocess.Popen[bytes]:
    """The deed in a process of its own, which begins once its standard input is closed; for somebody else to kill."""
    return subprocess.Popen(_command(app, deed, words, waits=True), cwd=ROOT, stdin=subprocess.PIPE)


def _command(app: Flask, deed: str, words: dict[str, Any], **how: Any) -> list[str]:
    config = app.config["HEARTHDESK"]
    told = {"database": config.database_url, "data": str(config.data_dir), "smtp": config.smtp_url}
    told |= {"secret": config.secret_key, "url": config.base_url, "words": words, "deaths": [], "waits": False, **how}
    return [sys.executable, "-m", "tests.support.dying", deed, json.dumps(told)]


def _main(deed: str, told: dict[str, Any]) -> None:
    """One application for all forks, made before any of them has a connection."""
    module, _, name = deed.partition(":")
    verb = getattr(importlib.import_module(module), name)
    models.import_all()
    app = create_app(
        Config(
            mode="test",
            secret_key=told["secret"],
            data_dir=Path(told["data"]),
            database_url=told["database"],
            smtp_url=told["smtp"],
            base_url=told["url"],
            mail_from="help@hearthdesk.test",
            clock_skew_limit=0,
        )
    )
    app.jinja_loader = ChoiceLoader([app.jinja_loader, FileSystemLoader(ROOT / "tests" / "templates")])
    if told["waits"]:
        sys.stdin.read()
        with app.app_context():
            verb(told["words"])
        return
    died = [death for death in [*told["deaths"], 0] if _dies(app, verb, told["words"], death)]
    sys.stdout.write(str(len(died)))


def _dies(app: Flask, verb: Callable[[dict[str, Any]], None], words: dict[str, Any], death: int) -> bool:
    """Whether the deed was killed; False where it got through. Leaves the process where it failed instead."""
    child = os.fork()
    if not child:
        _do(app, verb, words, death)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return True
    if status:
        sys.exit(f"to be killed at {death}, it ended with {status}")
    return False


def _do(app: Flask, verb: Callable[[dict[str, Any]], None], words: dict[str, Any], death: int) -> NoReturn:
    counted = count(1)

    def maybe(*_: Any) -> None:
        if next(counted) == death:
            os.kill(os.getpid(), signal.SIGKILL)

    code = 1
    try:
        with app.app_context():
            event.listen(db.engine, "before_cursor_execute", maybe)
            event.listen(db.engine, "commit", maybe)
            verb(words)
        code = 0
    finally:
        if code:
            traceback.print_exc()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    _main(sys.argv[1], json.loads(sys.argv[2]))
