"""An application on a PostgreSQL of its own, as safe against a power cut as the service's."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask

from config import Config
from core.db import db
from core.running import schema
from core.running.embedded import EmbeddedPostgres
from core.running.place import place_in

SCALE, CLIENTS, SECONDS = 10, 4, 10
SECRET = "of no use to anybody, but long enough"


@contextmanager
def database() -> Iterator[EmbeddedPostgres]:
    """Started, empty, and gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix="hearthdesk-bench-"))
    folder.chmod(0o711)  # when we are root, the server's account must come through
    server = EmbeddedPostgres(folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


@contextmanager
def application(server: EmbeddedPostgres) -> Iterator[Flask]:
    """In its context, with the newest schema and no Redis: nothing else works on the rows."""
    from app import create_app

    config = Config(mode="test", secret_key=SECRET, data_dir=server.data_dir, database_url=server.url)
    app = create_app(config)
    schema.upgrade(app)
    with app.app_context():
        try:
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()


def pgbench(server: EmbeddedPostgres) -> float:
    """Transactions a second of PostgreSQL's own benchmark, in the same cluster."""
    place = place_in(server.data_dir)
    who = ["-h", str(place.sockets), "-U", "hearthdesk"]
    program = str(place.postgres_programs / "pgbench")
    subprocess.run([program, *who, "-i", "-q", "-s", str(SCALE), "hearthdesk"], capture_output=True, check=True)
    run = [program, *who, "-c", str(CLIENTS), "-j", "2", "-T", str(SECONDS), "hearthdesk"]
    told = subprocess.run(run, capture_output=True, text=True, check=True).stdout
    found = re.search(r"^tps = ([\d.]+)", told, re.MULTILINE)
    if found is None:
        raise RuntimeError(f"pgbench said no rate: {told}")
    return float(found[1])
