"""News between packages: in this process, in the same transaction as what it tells of.

A lower package publishes; a higher one subscribes when it is set up. A subscriber that raises
undoes the whole unit of work, so that what happened and what follows from it stand or fall together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

Event = TypeVar("Event")
_subscribers: dict[type[Any], list[Callable[[Any], None]]] = defaultdict(list)


def subscribe(kind: type[Event]) -> Callable[[Callable[[Event], None]], Callable[[Event], None]]:
    """Decorator: call the function with each event of this kind; registering twice is once."""

    def register(handler: Callable[[Event], None]) -> Callable[[Event], None]:
        if handler not in _subscribers[kind]:
            _subscribers[kind].append(handler)
        return handler

    return register


def publish(event: object) -> None:
    for handler in tuple(_subscribers[type(event)]):
        handler(event)
