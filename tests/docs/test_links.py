"""What the repository's own pages point to is there: files, pictures, and headings; and no picture is left over."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\(([^)\s]+)\)|<img[^>]+src=\"([^\"]+)\"")
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
HEADING = re.compile(r"^#+ +(.+?)\s*$", re.MULTILINE)


def links(page: Path) -> list[str]:
    """As written, without those that leave the repository."""
    found = (one or other for one, other in LINK.findall(CODE.sub("", page.read_text())))
    return [link for link in found if not re.match(r"[a-z]+:", link)]


def anchors(page: Path) -> set[str]:
    """What a heading is called in an address: small letters and digits, hyphens for blanks."""
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in HEADING.findall(text)}


def missing(page: Path) -> list[str]:
    return [link for link in links(page) if not _is_there(page, link)]


def _is_there(page: Path, link: str) -> bool:
    path, _, anchor = unquote(link).partition("#")
    target = (page.parent / path).resolve() if path else page
    if not target.exists() or not target.is_relative_to(ROOT):
        return False
    return not anchor or (target.suffix == ".md" and anchor in anchors(target))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    assert missing(page) == []


def test_a_link_to_nothing_is_found() -> None:
    page = ROOT / "docs" / "guide" / "README.md"
    assert _is_there(page, "end-user.md#ask-for-help")
    for link in ("end-user.md#nowhere", "nowhere.md", "pictures/nowhere.png", "../../../elsewhere.md"):
        assert not _is_there(page, link)


def test_every_picture_of_the_guide_is_shown() -> None:
    folder = ROOT / "docs" / "guide"
    shown = {(page.parent / link).resolve() for page in folder.glob("*.md") for link in links(page)}
    assert {picture for picture in (folder / "pictures").iterdir() if picture not in shown} == set()


def test_the_map_of_the_house_has_every_room() -> None:
    rooms = [
        f"{path.parent.name}/"
        for area in ("helpdesk", "licensing", "training")
        for path in (ROOT / area).glob("*/__init__.py")
    ]
    drawn = (ROOT / "README.md").read_text().partition("## The house")[2]
    assert [room for room in rooms if not re.search(rf"(?<!\w){room}", drawn)] == []
