from __future__ import annotations

import signal
import subprocess
import sys
import time

from core.running.keeper import FIRST_PAUSE, Keeper

SLEEPS = [sys.executable, "-I", "-S", "-c", "import time; time.sleep(600)"]
DEAF = [sys.executable, "-I", "-S", "-c", "import signal; signal.signal(15, signal.SIG_IGN); signal.pause()"]


def tend_until_started(keeper: Keeper) -> float:
    """How long it took, in seconds."""
    begun = time.monotonic()
    while not keeper.tend():
        time.sleep(0.01)
    return time.monotonic() - begun


def end(keeper: Keeper) -> None:
    assert keeper.child is not None
    keeper.child.kill()
    keeper.child.wait()


def test_what_ends_starts_again_after_a_pause_that_doubles() -> None:
    keeper = Keeper("sleeper", lambda: subprocess.Popen(SLEEPS))
    keeper.start()
    assert not keeper.tend()
    for pause in (FIRST_PAUSE, 2 * FIRST_PAUSE):
        end(keeper)
        assert tend_until_started(keeper) >= pause
    keeper.ask_to_stop()
    keeper.wait_or_kill(10)
    assert keeper.child is None


def test_what_ran_steadily_starts_again_at_once() -> None:
    keeper = Keeper("sleeper", lambda: subprocess.Popen(SLEEPS), steady_after=0.0)
    keeper.start()
    end(keeper)
    assert keeper.tend()
    assert keeper.child is not None
    assert keeper.child.poll() is None
    keeper.ask_to_stop()
    keeper.wait_or_kill(10)


def test_what_does_not_listen_is_killed() -> None:
    keeper = Keeper("deaf", lambda: subprocess.Popen(DEAF), signal.SIGTERM)
    keeper.start()
    child = keeper.child
    assert child is not None
    time.sleep(0.3)  # it has to have closed its ears
    keeper.ask_to_stop()
    keeper.wait_or_kill(0.2)
    assert child.poll() == -signal.SIGKILL
