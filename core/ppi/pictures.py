"""Pictures of IDs, by their file names."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator

from core.ppi.findings import Finding, Kind
from core.ppi.text import Text

KINDS = r"(?:jpe?g|png|gif|heic|webp|tiff?|bmp|pdf|docx?)\b"
ENDING = re.compile(rf"\.{KINDS}(?!\.{KINDS})")
CAMEL = r"(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=\d)"
AT_CAMEL = re.compile(CAMEL)
ID_WORDS = re.compile(
    rf"(?:\b|{CAMEL})"
    r"(?i:ssn|ss ?card|ssc|soc(?:ial)? ?sec(?:urity)?(?: ?card)?|birth ?cert(?:ificate)?"
    r"|driver'?s? ?lic(?:en[sc]e)?|drv ?lic|dl|state ?id|photo ?id|picture ?id"
    r"|client ?id ?(?:card|photo|pic|picture|scan|front|back)|id ?card|id ?(?:front|back|scan|copy|photo)"
    r"|passport|green ?card|(?:permanent ?)?resident ?card|tribal ?id|military ?id|dd ?214|medicaid ?card"
    r"|medicare ?card|dob)"
    rf"(?:\b|{CAMEL})"
)
HINTS = ("ss", "soc", "birth", "lic", "dl", "id", "passport", "card", "214", "dob")
JOINTS = str.maketrans("_+.-", "    ")
LONGEST_ID_NAME = 40


def as_words(name: str) -> str:
    """ "ClientJaneDoe.pdf" as one would say it: "Client Jane Doe pdf"."""
    return AT_CAMEL.sub(" ", re.sub(r"[_+.()\[\]-]+", " ", name))


def tells_of_id(name: str) -> bool:
    return ID_WORDS.search(as_words(name)) is not None


def id_images(text: Text) -> Iterator[Finding]:
    """File names of ID pictures that are mentioned in the text."""
    if not text.has_any(HINTS) or not ENDING.search(text.lowered):
        return
    given = text.given
    words = [match.span() for match in ID_WORDS.finditer(given.translate(JOINTS))]
    for match in ENDING.finditer(text.lowered):
        line = text.line_before(match.start(), LONGEST_ID_NAME)
        near = bisect_left(words, (line, 0))
        if near < len(words) and words[near][1] <= match.end():
            yield Finding(max(line, given.rfind(" ", line, match.start()) + 1), match.end(), Kind.ID_IMAGE)
