"""Names, where the words beside them say that they are a client's."""

from __future__ import annotations

import re
from collections.abc import Iterator

from core.ppi.findings import Finding, Kind
from core.ppi.text import Text
from core.ppi.vocabulary import CLIENT, CLIENT_HINTS, NOT_NAMES, PARTICLES, TITLES

NAME_SAID = re.compile(
    rf"(?:{CLIENT}(?:[ ](?:full |legal |first |last |real |preferred )?names?\b(?:[ ]?(?:is|was|are|:|=|-))?"
    r"|[ ]?,?[ ](?:named|called|by the name of|is called))"
    r"|\bnames? of (?:the |my |our |this )?client(?:[ ]?(?:is|was|:|=|-))?)"
    r"[ \t]{0,2}[:\u2013\u2014\"'(-]?[ \t]{0,2}(?=[^\W\d_])"
)
NAME_BESIDE = re.compile(
    rf"{CLIENT}[ \t]{{0,2}}(?:[:,\u2013\u2014\"'(#/-][ \t]{{0,2}}|is |was |[ \t]|\r?\n)(?=[^\W\d_])"
)
NAME_LABEL = re.compile(
    r"(?m:^[ \t>*]{0,4}(?:client|participant|guest|hoh)(?:'s|\u2019s)?[ ]names?[ \t]{0,3}[:=][ \t]{0,3})(?=[^\W\d_])"
)
WORD = r"[^\W\d_](?:[^\W\d_]|['\u2019.-](?=[^\W\d_])){0,30}\.?"
WORDS = re.compile(rf"({WORD})(?:(,)?[ \t]({WORD}))?(?:[ \t]({WORD}))?(?:[ \t]({WORD}))?")
AND_NAME = re.compile(r"(?:[ ]?,|[ ]?&|[ ]and|[ ]or|[ ]y)[ ](?=[^\W\d_])")


def client_names(text: Text) -> Iterator[Finding]:
    if not text.has_any(CLIENT_HINTS):
        return
    given = text.given
    for pattern, told in ((NAME_SAID, True), (NAME_BESIDE, False), (NAME_LABEL, True)):
        for match in pattern.finditer(text.lowered):
            at = match.end()
            if told or given[at].isupper():
                yield from _names_from(given, at, told, given[at - 2 : at].strip(" \t(\"'") == ":")


def _names_from(text: str, at: int, told: bool, colon: bool) -> Iterator[Finding]:
    """The name that begins here, and those joined to it: "client Ann Lee and Bo Diaz"."""
    for _ in range(6):
        end = _name_end(text, at, told, colon)
        if end is None:
            return
        yield Finding(at, end, Kind.NAME)
        joined = AND_NAME.match(text, end)
        if joined is None:
            return
        at, colon = joined.end(), False


def _name_end(text: str, at: int, told: bool, colon: bool) -> int | None:
    """Where the name ends that begins at `at`; None when these are other words.

    `told` is after "client's name is", where one capitalised word is enough; `colon` after
    "client name:", where people write without capitals.
    """
    match = WORDS.match(text, at)
    if match is None:
        return None
    first, comma, *rest = match.groups()
    parts = [(first, match.end(1))] + [(word, match.end(n)) for n, word in zip((3, 4, 5), rest, strict=True) if word]
    taken = _leading_names(parts, anycase=told and colon)
    bare = [word for word, _ in parts[:taken] if word.rstrip(".").casefold() not in TITLES]
    enough = 1 if told or len(bare) < taken else 2
    if comma and taken >= 2 and not told and not colon and len(bare) < 2:
        return None
    if len(bare) < enough or (len(bare) == 1 and len(bare[0].rstrip(".")) == 1 and not told):
        return None
    return parts[taken - 1][1] - (1 if _ends_sentence(parts[taken - 1][0]) else 0)


def _leading_names(parts: list[tuple[str, int]], *, anycase: bool) -> int:
    """How many words from the start can be parts of a name; a particle counts only before another part."""
    taken = 0
    for position, (word, _) in enumerate(parts):
        bare = word.rstrip(".").casefold()
        if bare in PARTICLES and position:
            continue
        if bare in NOT_NAMES or not (anycase or word[0].isupper()):
            break
        taken = position + 1
        if position and word.endswith(".") and len(bare) > 2:
            break
    return taken


def _ends_sentence(word: str) -> bool:
    return word.endswith(".") and len(word) > 2 and word.rstrip(".").casefold() not in TITLES


NAME_BEFORE = re.compile(
    rf"(?:^|(?<=[\s:(>*]))({WORD}[ ](?:{WORD}[ ])??{WORD})[ ,;:(*-]{{1,3}}"
    r"(?i:(?:is |was )?(?:d\.?o\.?b\.?|date of birth|born|ssn|ss#|social security(?: number)?|birth ?date)"
    r"[ :=#]{0,3}(?:on |is |was )?)?\Z"
)
REACH = 90


def names_before(text: Text, numbers: list[Finding]) -> Iterator[Finding]:
    """A name directly before a birth date or an SSN: "Jane Doe, DOB 1/2/1980"."""
    last = 0
    for number in sorted(numbers):
        line, last = max(last, text.line_before(number.start, REACH)), number.end
        match = NAME_BEFORE.search(text.given, line, number.start)
        if match:
            words = match.group(1).split(" ")
            keep = _trailing_names(words)
            if keep >= 2:
                start = match.end(1) - len(" ".join(words[-keep:]))
                yield Finding(start, match.end(1), Kind.NAME)


def _trailing_names(words: list[str]) -> int:
    keep = 0
    for word in reversed(words):
        if word.rstrip(".").casefold() in NOT_NAMES or not word[0].isupper():
            break
        keep += 1
    return keep
