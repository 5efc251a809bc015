"""How often the part that a person wrote is told from what they quoted, against a collection of real replies."""

from __future__ import annotations

from helpdesk.mail import quotes
from tests.conftest import SHARED

REPLIES = SHARED / "data" / "replies"
MOST_WRONG = 1


def _plain(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").strip().split("\n"))


def test_the_visible_part_is_what_people_marked_as_such():
    files = sorted((REPLIES / "emails").glob("*"))
    wrong = [
        file.name
        for file in files
        if _plain(quotes.split(file.read_text()).visible) != _plain((REPLIES / "trimmed" / file.name).read_text())
    ]
    print(f"{len(files) - len(wrong)} of {len(files)} agree; not {', '.join(wrong) or 'any'}")  # noqa: T201
    assert len(wrong) <= MOST_WRONG
