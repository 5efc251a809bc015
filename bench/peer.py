"""The help desk that ours is measured beside, where a script that runs it is given.

`PEER` names the script; without it, one in `../shared/bench` is taken if it is there. It takes the number of tickets
as N and a folder, and prints a line for each work: its name, `p50=... ms` and `p95=... ms`.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import click

SHARED = Path(__file__).resolve().parents[2] / "shared" / "bench" / "peer_django_helpdesk.sh"
TICKETS = 100_000
LINE = re.compile(r"^(?P<work>.+?)\s+n=\d+ p50=(?P<p50>[\d.]+) ms p95=(?P<p95>[\d.]+) ms$", re.MULTILINE)

# How the peer calls each work.
LIST = "list page = HTML + data"
RARE = "search rare word"
PHRASE = "search common word"
PAGE = "single ticket page"
CREATE = "create ticket, public form"


def peer(work: str) -> tuple[float, float]:
    """p50 and p95 of that work in milliseconds, with 100,000 tickets. Raises UsageError without a peer."""
    return next(figures for name, figures in _figures().items() if name.startswith(work))


@cache
def _figures() -> dict[str, tuple[float, float]]:
    script = Path(os.environ.get("PEER") or SHARED)
    if not script.exists():
        raise click.UsageError("There is no peer to measure beside; set PEER to a script that runs one.")
    with tempfile.TemporaryDirectory(prefix="hearthdesk-peer-") as folder:
        Path(folder).chmod(0o755)  # when we are root, its server's account must come through
        told = {**os.environ, "N": str(TICKETS)}
        done = subprocess.run(["bash", script, folder], env=told, capture_output=True, text=True, check=True)
    return {m["work"]: (float(m["p50"]), float(m["p95"])) for m in LINE.finditer(done.stdout)}
