"""Finds a client's personal data in text and in file names, and masks it (MO-HD-5). Pure.

It works by context, because the mails of an HMIS office are full of dates, numbers and names that
belong to nobody's record. What counts:

- an SSN: three, two and four digits with separators; nine bare digits, digits one by one, digits parted
  by what also parts dates and amounts, or the last four only beside a word that says so;
- a birth date: a date beside a word of birth; a deadline or a service date is not one;
- a client's name: beside "client", "participant", "head of household" and the like, or directly before
  a birth date or an SSN; any other name is a colleague's. HMIS client IDs are how a client may be named;
- a phone number: only one said to be the client's; a caseworker's signature is theirs to send;
- a picture of an ID, by its file name.

What nobody sees is left out before a pattern is tried, so that it hides nothing; places are those of the
text as it came. Each pattern begins with a fixed word or a digit and has bounded repeats, so that reading is linear in
the length of the text, whatever somebody sends. They are written in small letters and read the text in
small letters, which is several times faster than patterns that heed both.
"""

from __future__ import annotations

from collections.abc import Iterable

from core.ppi.findings import LABELS, Finding, Kind, Segment, apart
from core.ppi.names import client_names, names_before
from core.ppi.numbers import birth_dates, phones, ssns
from core.ppi.pictures import as_words, id_images, tells_of_id
from core.ppi.text import Text

__all__ = [
    "LABELS",
    "Finding",
    "Kind",
    "Segment",
    "find",
    "find_in_names",
    "find_numbers",
    "mask",
    "mask_numbers",
    "segments",
]

LONGEST_NAME = 300


def find(text: str) -> list[Finding]:
    """What looks like a client's personal data, in order, without overlaps."""
    read = Text(text)
    numbers = [*ssns(read), *birth_dates(read)]
    found = apart([*numbers, *client_names(read), *names_before(read, numbers), *phones(read), *id_images(read)])
    return _in_place(read, found)


def _in_place(read: Text, found: list[Finding]) -> list[Finding]:
    return [Finding(read.place(f.start), read.place(f.end - 1) + 1, f.kind) for f in found]


def find_numbers(text: str) -> list[Finding]:
    """Only SSNs, birth dates and telephone numbers: a name may be there, or there is too much to look for one."""
    read = Text(text)
    return _in_place(read, apart([*ssns(read), *birth_dates(read), *phones(read)]))


def mask_numbers(text: str) -> str:
    """For a line that names a person who is nobody's client."""
    return _masked(text, find_numbers(text))


def mask(text: str) -> str:
    """The text with "[SSN hidden]" and the like in place of each finding."""
    return _masked(text, find(text))


def _masked(text: str, found: list[Finding]) -> str:
    return "".join(f"[{s.finding.label} hidden]" if s.finding else s.text for s in _cut(text, found))


def segments(text: str) -> list[Segment]:
    """The text cut at its findings, for a page that shows each as a chip."""
    return _cut(text, find(text))


def _cut(text: str, found: list[Finding]) -> list[Segment]:
    pieces, at = [], 0
    for finding in found:
        if finding.start > at:
            pieces.append(Segment(text[at : finding.start]))
        pieces.append(Segment(text[finding.start : finding.end], finding))
        at = finding.end
    if at < len(text):
        pieces.append(Segment(text[at:]))
    return pieces


def find_in_names(filenames: Iterable[str]) -> dict[str, list[Finding]]:
    """File names that give a client away: "ssn card.jpg", "client Jane Doe roi.pdf"; only those."""
    found = {name: _in_name(name) for name in filenames}
    return {name: findings for name, findings in found.items() if findings}


def _in_name(name: str) -> list[Finding]:
    """A name is read as words; offsets are then the whole name's, because the words moved."""
    shown = name[:LONGEST_NAME]
    kinds = [Kind.ID_IMAGE] if tells_of_id(shown) else []
    for read in (Text(as_words(shown)), Text(shown.replace("_", " ").replace("+", " "))):
        kinds += [f.kind for f in (*ssns(read), *birth_dates(read), *client_names(read))]
    return [Finding(0, len(name), kind) for kind in dict.fromkeys(kinds)]
