"""The invented households of the demo's practice cases: who they are, what they say, and what is right."""

from __future__ import annotations

from dataclasses import dataclass

from training.practice.content import Content, Line, Member, Part
from training.practice.elements import STAGES

ENTRY, UPDATE, EXIT = STAGES


@dataclass(frozen=True)
class Household:
    """A case: `told` has for each part what happened and the key, as (whose, element, right, how the form says it)."""

    title: str
    hud_type: int
    members: tuple[Member, ...]
    told: dict[str, tuple[str, tuple[tuple[str, str, str, str], ...]]]

    def content(self, parts: tuple[Part, ...]) -> Content:
        """In the parts of a community's manual; one that knows homework only gets everything of the entry."""
        return Content(
            self.members,
            tuple(Part(part.step, part.title, self._story(part.step), self._lines(part.step)) for part in parts),
        )

    def _story(self, step: str) -> str:
        return self.told.get(step, self.told[ENTRY])[0]

    def _lines(self, step: str) -> tuple[Line, ...]:
        key = self.told.get(step, self.told[ENTRY])[1]
        return tuple(Line(ref, code, (right,), says) for ref, code, right, says in key)


Told = tuple[str, str, str, str]


def _entry(name: str, living: str, says: str, income: str, *more: Told) -> tuple[Told, ...]:
    return (
        ("A", "Client.FirstName", name, ""),
        ("A", "Client.VeteranStatus", "0", "Never served"),
        ("A", "Enrollment.EntryDate", "2026-11-02", ""),
        ("A", "Enrollment.LivingSituation", living, says),
        ("A", "Enrollment.LengthOfStay", "4", "Since the middle of July"),
        ("A", "Enrollment.DisablingCondition", "1", ""),
        ("A", "IncomeBenefits.IncomeFromAnySource", "1", ""),
        ("A", "IncomeBenefits.EarnedAmount", income, ""),
        ("A", "IncomeBenefits.SNAP", "1", "Gets SNAP"),
        ("A", "HealthAndDV.DomesticViolenceSurvivor", "0", ""),
        *more,
    )


CAR = "Slept in her car behind the market"
HOUSEHOLDS = (
    Household(
        "The Samples: a mother and her son", 1,
        (
            Member("A", "Juniper", "Sample", "1988-04-12", "900450001"),
            Member("B", "Wren", "Sample", "2019-09-30", "", "2"),
        ),
        {
            ENTRY: (
                "Ms. Sample and her son come to the shelter on a Monday evening.",
                _entry(
                    "Juniper", "116", CAR, "840", ("B", "Enrollment.RelationshipToHoH", "2", "Her son"),
                    ("A", "Disabilities.DisabilityResponse:7", "1", "Asthma, under care for ten years"),
                ),
            ),
            UPDATE: (
                "Three weeks later she has more hours at work.",
                (("A", "IncomeBenefits.EarnedAmount", "910.50", ""), ("A", "IncomeBenefits.SNAP", "0", "SNAP ended")),
            ),
            EXIT: (
                "They move into a flat with a voucher of their own.",
                (("A", "Exit.ExitDate", "2026-12-14", ""), ("A", "Exit.Destination", "435", "Rents, with a voucher")),
            ),
        },
    ),
    Household(
        "Mr. Practice: a man by himself", 1,
        (Member("A", "Marlow", "Practice", "1971-01-23", "666120044"),),
        {
            ENTRY: ("He is brought by the outreach team.", _entry("Marlow", "116", "A tent by the river", "0")),
            UPDATE: ("He was granted SSI.", (("A", "IncomeBenefits.SSIAmount", "943", ""),)),
            EXIT: (
                "He moves in with his sister for good.",
                (("A", "Exit.ExitDate", "2026-12-01", ""), ("A", "Exit.Destination", "422", "With a sister, to stay")),
            ),
        },
    ),
    Household(
        "The Examples: two sisters", 1,
        (
            Member("A", "Delia", "Example", "1995-07-02", "900770103"),
            Member("B", "Orla", "Example", "1998-11-19", "900770104", "4"),
        ),
        {
            ENTRY: ("Two sisters lost their lease.", _entry("Delia", "313", "On a friend's couch", "1200")),
            UPDATE: ("The older one changed her job.", (("A", "IncomeBenefits.EarnedAmount", "1480", ""),)),
            EXIT: (
                "They did not come back for an exit interview.",
                (("A", "Exit.ExitDate", "2026-11-30", ""), ("A", "Exit.Destination", "30", "Nobody could ask")),
            ),
        },
    ),
    Household(
        "Ms. Training: rapid re-housing", 13,
        (Member("A", "Petra", "Training", "1983-03-15", "900610077"),),
        {
            ENTRY: ("She comes from the night shelter.", _entry("Petra", "101", "The night shelter", "610")),
            UPDATE: ("She moved into her own flat.", (("A", "Enrollment.MoveInDate", "2026-11-20", ""),)),
            EXIT: (
                "Her help ended; she pays the rent herself.",
                (("A", "Exit.ExitDate", "2026-12-20", ""), ("A", "Exit.Destination", "410", "Rents, no subsidy")),
            ),
        },
    ),
)  # fmt: skip
