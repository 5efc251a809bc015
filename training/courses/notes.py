"""What other rooms have to say beside the result of a test, such as that a time had run out meanwhile."""

from __future__ import annotations

from collections.abc import Callable

from training.courses.models import TestAttempt

Note = Callable[[TestAttempt], str]
_notes: list[Note] = []


def note(maker: Note) -> Note:
    """Decorator: this function says a sentence about a finished try, or nothing."""
    if maker not in _notes:
        _notes.append(maker)
    return maker


def notes_on(attempt: TestAttempt) -> list[str]:
    return [said for maker in _notes if (said := maker(attempt))]
