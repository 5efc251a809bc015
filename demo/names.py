"""Invented names. Places and agencies are made-up words; addresses end in .example, which nobody can own."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random


def listed(text: str) -> list[str]:
    return text.split()


FIRST = listed(
    """
    Ada Alma Amos Anika Anton Aria Asher Beatriz Boris Bram Caleb Carmen Cleo Cora Dalia Dario Delia Edda Eli
    Elsa Emeka Esther Ewan Farah Felix Fiona Gideon Greta Hana Hector Hugo Ida Ilse Imani Ines Iris Ivo Jada
    Jonas Josefa Juno Kai Kamal Keiko Lana Lars Leila Linus Lou Lucia Magnus Mara Marek Mateo Mei Milo Mina
    Nadia Naomi Nico Noor Olga Omar Orla Otto Paula Pilar Quinn Rafael Ramona Rhea Rosa Ruben Sami Selma Silas
    Simone Sofia Sven Tamar Tariq Tessa Theo Thuy Tomas Uma Vera Viktor Wanda Wren Xenia Yara Yusuf Zora
    """
)
LAST = listed(
    """
    Abelard Alder Amberley Arkwell Ashdown Barrow Bellweather Birchall Blackwood Bramley Brightwell Calloway
    Carrow Castell Chandler Coldwell Coppersmith Crane Dairyman Darrow Delacourt Draycott Dunmore Eastlake
    Elderkin Ellery Fairbrook Farrow Fennick Fieldhouse Finch Foxley Garrick Glass Goldring Graywell Greenhalgh
    Hale Hallowell Harrowgate Hathersage Hawthorne Hollis Ironwood Islington Jessop Juniper Kestrel Kirkwood
    Lark Larkspur Lindgren Lockhart Longfield Maddock Marlowe Marsh Merriweather Millbrook Moss Nightingale
    Northcott Oakden Oakley Orchard Ortega Pemberly Penhallow Perrow Pinecroft Quill Ravenhill Redfern Ridgeway
    Rivers Rookwood Rowan Sandoval Sedgewick Shaw Silverton Sparrow Stillwater Stonebridge Tanager Tarrant
    Thackeray Thornbury Tidewell Underhill Vale Vasquez Wainwright Waverly Westmoor Whitlock Wildgoose
    Windermere Winterbourne Woodruff Yarrow Yellowley
    """
)
WORDS = listed(
    """
    Wren Copper Alder Lark Thistle Quill Marl Fenn Oak Brindle Hazel Cinder Juniper Kestrel Linden Maple Otter
    Pebble Rowan Saffron Tansy Umber Willow Yarrow Amber Barley Clover Dapple Elder Falcon
    """
)
ENDINGS = listed(
    """
    field leaf wick moor brook haven stone bridge hallow mere crest ridge well gate combe
    """
)
KINDS = (
    "House", "Shelter", "Family Services", "Housing Partners", "Outreach", "Night Shelter", "Youth Center",
    "Recovery Homes", "Community Action", "Veterans Home", "Street Medicine", "Women's Center",
    "Rapid Rehousing", "Day Center", "Neighbors",
)  # fmt: skip

# HUD's project type codes (HMIS Data Standards 2.02.6) with names that agencies give to such projects.
PROJECTS = (
    (1, "Emergency shelter, night by night"),
    (0, "Emergency shelter, entry and exit"),
    (2, "Transitional housing"),
    (3, "Permanent supportive housing"),
    (4, "Street outreach"),
    (6, "Support services"),
    (11, "Day shelter"),
    (12, "Homelessness prevention"),
    (13, "Rapid re-housing"),
    (14, "Coordinated entry"),
)
JOBS = (
    "Case manager", "Intake worker", "Housing navigator", "Outreach worker", "Program manager", "Data specialist",
    "Shelter coordinator", "Peer advocate", "Receptionist", "Family advocate",
)  # fmt: skip


class Namer:
    """Hands out names, none of them twice; the same generator gives the same ones."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.used: set[str] = set()

    def person(self) -> str:
        return self._new(lambda: f"{self.rng.choice(FIRST)} {self.rng.choice(LAST)}")

    def agency(self) -> str:
        return self._new(lambda: f"{self._place()} {self.rng.choice(KINDS)}")

    def _place(self) -> str:
        return self._new(lambda: self.rng.choice(WORDS) + self.rng.choice(ENDINGS))

    def _new(self, make: Callable[[], str]) -> str:
        name = make()
        while name in self.used:
            name = make()
        self.used.add(name)
        return name


def slug(name: str) -> str:
    """A name as it stands in a host name."""
    return re.sub(r"[^a-z0-9]+", "", name.lower().removesuffix(" office"))


def address(person: str, organisation: str) -> str:
    return f"{'.'.join(person.lower().split())}@{slug(organisation)}.example"
