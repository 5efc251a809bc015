"""From an uploaded export to what a review is filled in with: read, compared, and gone again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from training.practice import exports
from training.practice.compare import compare
from training.practice.exports import Upload
from training.practice.models import PracticeSegment


def findings(segment: PracticeSegment, uploads: Iterable[Upload], client_number: str) -> dict[str, Any]:
    """By the key's lines, what was entered and how it compares. Raises Invalid; whatever it raises, nothing is kept."""
    content = segment.assignment.version.content
    part = content.parts[segment.position - 1]
    tables = exports.read(uploads, content)
    try:
        found = compare(part, content, tables, client_number)
    except ValueError as error:
        raise exports.refusal(error) from None
    return {one.place: one.as_json() for one in found}
