"""Brings the database up to date before anything serves from it, and in demo mode fills an empty one.

Run as `python -m core.running.prepare`. Waits for a line that says that the database is there; prints one line once the
schema is current, so that the web can start while demo data is made, and at the end the demo sign-ins, for the
supervisor to show.
"""

from __future__ import annotations

import os
import sys

from config import Config
from core.running.problem import REFUSED, Problem
from core.running.start import starting

CURRENT = "current"


def main() -> None:
    """What a person can put right is one line and exit REFUSED."""
    try:
        prepare(Config.from_env(os.environ))
    except Problem as error:
        sys.stderr.write(f"hearthdesk: {error}\n")
        sys.exit(REFUSED)


def prepare(config: Config) -> None:
    with starting():
        from app import create_app
        from core import queues
        from core.running import schema

        queues.refuse_evicting(config.redis_url)
        app = create_app(config)
    if not sys.stdin.readline():
        return  # whoever started us gave up before the database was there
    schema.upgrade(app)
    print(CURRENT, flush=True)  # noqa: T201 - the supervisor waits for it
    if config.mode == "demo":
        from demo import ensure_small, sign_ins

        with app.app_context():
            ensure_small()
            print(as_table(sign_ins(with_codes=True)))  # noqa: T201 - this is what it is run for


def as_table(rows: list[dict[str, str]]) -> str:
    """Aligned columns, in the order of the first row's keys; empty for no rows."""
    if not rows:
        return ""
    widths = {name: max(len(row[name]) for row in rows) for name in rows[0]}
    lines = ("  ".join(row[name].ljust(width) for name, width in widths.items()) for row in rows)
    return "\n".join(f"  {line.rstrip()}" for line in lines)


if __name__ == "__main__":
    main()
