"""Practice cases of the demo: a library, people at every turn of them, and one before the committee."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from core.db import db
from core.people.models import LeadStaff, Person
from demo.agenda import Agenda
from demo.households import HOUSEHOLDS
from demo.world import Desk, Workplace
from training.practice import ending, library, reviewing, services, tracks
from training.practice.ending import Deed as Ending
from training.practice.ending import Held
from training.practice.models import PracticeAttempt, PracticeTrack
from training.practice.reviewing import Mark, Review
from training.practice.rules import Verdict
from training.practice.services import Giving, HandedIn

REMARKS = {
    "3.917": "A car or a tent is a place not meant for habitation: look for it in the list.",
    "4.02": "The amount is by the month, before taxes.",
    "3.12": "Read the last sentence of the sheet once more.",
}
KIND = "Thank you, this was careful work. Please look at the lines below once more."
WELL = "Everything is as it should be. Well done."


@dataclass
class PracticeDays:
    """An office's practice cases over the last fortnight."""

    agenda: Agenda
    desk: Desk
    now: datetime

    def plan(self) -> None:
        trainer = self.desk.trainer
        self._do(-14.6, trainer, self._library)
        turns = (self._begun, self._waits, self._returned, self._half, self._passed)
        for number, (place, turn) in enumerate(zip(self.desk.workplaces, turns, strict=False)):
            if place.users:
                person = place.users[-1]
                self._do(-9 + number / 3, trainer, self._give(person, place, "" if number != 1 else "es"))
                turn(person, -8 + number / 3)
        self._ladder()

    def _do(self, days: float, by: Person, deed: Callable[[datetime], None]) -> None:
        self.agenda.at(self.now + timedelta(days=days), by, deed)

    # ------------------------------------------------------------------ the library

    def _library(self, at: datetime) -> None:
        for number, household in enumerate(HOUSEHOLDS):
            draft = library.Draft(household.title, household.hud_type)
            row = library.make(self.desk.lead, draft, self.desk.trainer, at, f"demo-case-{self.desk.lead.id}-{number}")
            row.newest.stored = household.content(row.newest.content.parts).as_json()
            db.session.flush()
            library.publish(row, at)
        for element, text in REMARKS.items():
            reviewing.keep_remark(self.desk.lead.id, element, text, self.desk.trainer, at)
        rows = db.session.scalars(select(LeadStaff).where(LeadStaff.person_id == self.desk.trainer.id)).all()
        reviewing.speak(rows, ["es"])

    # ------------------------------------------------------------------ people at each turn

    def _give(self, person: Person, place: Workplace, language: str = "") -> Callable[[datetime], None]:
        def give(at: datetime) -> None:
            how = Giving(self.desk.trainer.id, "New to the HMIS.", language)
            services.assign(person, place.agency, 1, None, at=at, giving=how)

        return give

    def _begun(self, person: Person, days: float) -> None:
        """They have a case and have handed in nothing yet."""

    def _waits(self, person: Person, days: float) -> None:
        self._do(days + 4, person, self.hand_in(person, "Where does a car go?"))

    def _returned(self, person: Person, days: float) -> None:
        self._do(days, person, self.hand_in(person))
        self._do(days + 1.2, self.desk.trainer, self.review(person, 2))

    def _half(self, person: Person, days: float) -> None:
        self._returned(person, days)
        self._do(days + 2, person, self.hand_in(person))
        self._do(days + 2.4, self.desk.trainer, self.review(person))
        self._do(days + 3, person, self.hand_in(person))

    def _passed(self, person: Person, days: float) -> None:
        for number in range(3):
            self._do(days + number, person, self.hand_in(person))
            self._do(days + number + 0.5, self.desk.trainer, self.review(person))

    def _track(self, person: Person) -> PracticeTrack:
        query = select(PracticeTrack.id).where(PracticeTrack.person_id == person.id).order_by(PracticeTrack.id.desc())
        return tracks.hold(db.session.scalars(query.limit(1)).one())

    def hand_in(self, person: Person, note: str = "") -> Callable[[datetime], None]:
        def hand_in(at: datetime) -> None:
            track = self._track(person)
            if track.state == "working":
                services.hand_in(track, HandedIn(f"TS-{40_000 + track.id}", note, track.language), at)

        return hand_in

    def review(self, person: Person, wrong: int = 0) -> Callable[[datetime], None]:
        def review(at: datetime) -> None:
            query = select(PracticeAttempt).where(PracticeAttempt.track_id == self._track(person).id)
            row = db.session.scalar(query.where(PracticeAttempt.reviewed_at.is_(None)))
            if row is not None:
                reviewing.review(row, _marked(row, wrong), self.desk.trainer, at)

        return review

    # ------------------------------------------------------------------ the ladder of MO-TR-7

    def _ladder(self) -> None:
        """Where the Balance of State follows it, somebody came to its end a week ago."""
        places = [
            place for place in self.desk.workplaces[6:] if place.agency.coc.pack == "missouri-bos" and place.users
        ]
        if not places:
            return
        place, person = places[0], places[0].users[-1]
        self._do(-13, self.desk.trainer, self._give(person, place))
        told = "FFOAFOCFOFCF"
        for number, letter in enumerate(told):
            days = -12.8 + number * 0.6
            by = self.desk.trainer
            if letter in "FA":
                self._do(days, person, self.hand_in(person))
                self._do(days + 0.2, by, self.review(person, 2 if letter == "F" else 0))
            elif letter == "O":
                self._do(days, by, self._teach(person))
            else:
                self._do(days, by, self._next_case(person))

    def _teach(self, person: Person) -> Callable[[datetime], None]:
        def teach(at: datetime) -> None:
            held = Held(at - timedelta(hours=2), 45, "Went over the part that was failed, on the training site.")
            ending.hold_session(self._track(person), held, Ending(self.desk.trainer, at))

        return teach

    def _next_case(self, person: Person) -> Callable[[datetime], None]:
        return lambda at: services.give_next(self._track(person), self.desk.trainer.id, at, "")


def _marked(row: PracticeAttempt, wrong: int) -> Review:
    """The first lines that have a remark are wrong; with more to correct than there is, the first line is."""
    lines = reviewing.lines_of(row)
    bad = [line.place for line in lines if line.element.number in REMARKS][:wrong] or [lines[0].place][:wrong]
    marks = {
        line.place: Mark(Verdict.WRONG, REMARKS.get(line.element.number, "Look at the sheet again."))
        if line.place in bad
        else Mark(Verdict.RIGHT)
        for line in lines
    }
    return Review(marks, is_accepted=not wrong, summary=KIND if wrong else WELL)
