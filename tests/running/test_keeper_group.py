from __future__ import annotations

import signal
import sys
import time

import psutil

from core.running.keeper import Keeper
from core.running.process import spawn

PARENT = """
import subprocess, sys, time
print(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]).pid, flush=True)
time.sleep(60)
"""


def test_what_a_killed_child_leaves_behind_is_ended_too(tmp_path):
    out = tmp_path / "out"
    with out.open("wb") as stdout:
        keeper = Keeper("web", lambda: spawn([sys.executable, "-c", PARENT], stdout=stdout))
        keeper.start()
        until = time.monotonic() + 10
        while not out.read_text().strip() and time.monotonic() < until:
            time.sleep(0.05)
        grandchild = psutil.Process(int(out.read_text()))
        keeper.child.send_signal(signal.SIGKILL)
        keeper.child.wait(5)
        keeper.tend()
    psutil.wait_procs([grandchild], 5)
    assert not grandchild.is_running() or grandchild.status() == psutil.STATUS_ZOMBIE
    keeper.ask_to_stop()
    keeper.wait_or_kill(5)
