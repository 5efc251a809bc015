"""From an uploaded export, or what a trainer read in the training site, to what a review is filled in with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import Invalid
from core.typed import refuse_client_data
from training.practice import exports
from training.practice.compare import LONGEST, Finding, Found, compare, judged
from training.practice.content import Line
from training.practice.elements import Kind
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


@dataclass(frozen=True)
class ReadValue:
    """What a trainer read for one line: the value (empty: nothing is entered), or, of a name, number or birth date,
    only how it compares."""

    entered: str = ""
    found: Found | None = None


def as_read(segment: PracticeSegment, values: Mapping[str, ReadValue]) -> dict[str, Any]:
    """By the key's lines, as `findings` gives them, of the lines that were read.

    Raises Invalid for a place that is no line of the part, for what no list has, and for what looks like a client's.
    """
    lines = {one.place: one for one in segment.assignment.version.content.parts[segment.position - 1].lines}
    if unknown := set(values) - set(lines):
        raise Invalid(f"{min(unknown)} is no line of this part.", "Load the page again.", field="values")
    if not values:
        raise Invalid("Nothing was read yet.", "Give the value of one line at least.", field="values")
    return {place: _read(lines[place], value).as_json() for place, value in values.items()}


def _read(line: Line, value: ReadValue) -> Finding:
    field = f"e-{line.place}"
    if line.element.is_hidden:
        if value.found is None:
            raise Invalid(f"Say of {line.element.name} only how it compares.", "It could be somebody's.", field=field)
        return Finding(line.place, "", value.found)
    if len(value.entered) > LONGEST:
        raise Invalid(f"{line.element.name} has {LONGEST} characters at most.", field=field)
    if line.element.kind is Kind.LIST and value.entered and value.entered not in line.element.choices:
        raise Invalid(f"Choose the value of {line.element.name} from its list.", field=field)
    if line.element.kind is not Kind.LIST:
        refuse_client_data(value.entered, field)
    return judged(line, value.entered)
