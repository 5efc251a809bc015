"""How a process begins: reading everything makes no garbage, so nobody looks for any until it is done."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def starting() -> Iterator[None]:
    """Around importing the packages and making the application, which takes half as long then.

    What was made inside stays for as long as the process does: it is never looked through again, and processes that
    are forked afterwards share it.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
