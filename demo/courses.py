"""What can be learned in the demo: a catalogue with a gap, a draft, a video, tests, an agreement, and who took what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from io import BytesIO
from random import Random

from sqlalchemy import select

from core.authz import Principal, principal_for
from core.db import db
from core.people.models import Person
from demo.agenda import Agenda, Deed
from demo.lessons import CLAUSES, FILM, LESSONS, UNFINISHED, WORDS, Lesson
from demo.world import Desk
from training.courses import bank, queries, questions, recording, services, taking
from training.courses.models import Course, CourseQuestion, TestAttempt
from training.courses.questions import Answer, Kind
from training.courses.recording import Elsewhere
from training.courses.services import Upload
from training.courses.taking import Signing


@dataclass
class CourseDays:
    """An office's courses, made a fortnight ago by its trainer, and what people have done with them since."""

    agenda: Agenda
    desk: Desk
    now: datetime

    def plan(self) -> None:
        self._do(-14.8, self.desk.trainer, self._make)
        for number, place in enumerate(self.desk.workplaces[:6]):
            for who, person in enumerate(place.users[:2]):
                self._do(-12 + number + who / 10, person, self._taking(person, number + who))
        self._do(-3, self.desk.trainer, self._elsewhere)

    def _do(self, days: float, by: Person, deed: Deed) -> None:
        self.agenda.at(self.now + timedelta(days=days), by, deed)

    # ------------------------------------------------------------------ the catalogue

    def _make(self, at: datetime) -> None:
        for lesson in LESSONS:
            services.publish(self._written(lesson, at), "First version.", at)
        self._written(UNFINISHED, at)

    def _trainer(self, at: datetime) -> Principal:
        return principal_for(self.desk.trainer, at)

    def _written(self, lesson: Lesson, at: datetime) -> Course:
        """The course with its draft."""
        by, key = self._trainer(at), f"demo-{lesson.about.code}-{self.desk.lead.id}"
        row = services.make(self.desk.lead, lesson.about, by, at, key)
        for number, written in enumerate(lesson.asked):
            bank.add(row, written, by, at, f"{key}-{number}")
        services.write(row, lesson.content, by, at)
        if lesson.has_film:
            film, words = BytesIO(FILM.read_bytes()), BytesIO(WORDS)
            names = (FILM.name, FILM.with_suffix(".vtt").name)
            services.put_video(row, Upload(film, names[0]), Upload(words, names[1]), by, at)
        return row

    # ------------------------------------------------------------------ who took what

    def _course(self, code: str) -> Course:
        wanted = select(Course).where(Course.lead_id == self.desk.lead.id, Course.code == code)
        return db.session.scalars(wanted).one()

    def _taking(self, person: Person, number: int) -> Deed:
        """Most sign and pass; the third is in the middle of the video, the fifth has no try left."""

        def take(at: datetime) -> None:
            self._sign(person, at)
            if number == 2:
                self._watch_half(person, at)
            else:
                self._test(person, number, at)

        return take

    def _sign(self, person: Person, at: datetime) -> None:
        row = taking.begin(self._course("AGR-101"), principal_for(person, at), at)
        ticked = [str(place) for place in range(len(CLAUSES))]
        taking.sign(row, Signing(ticked, person.name, "192.0.2.10"), at)

    def _watch_half(self, person: Person, at: datetime) -> None:
        row = taking.begin(self._course("SEC-101"), principal_for(person, at), at)
        taking.watch(row, [], 0, at)
        taking.watch(row, [[0, 5_000]], 5_000, at + timedelta(seconds=5))

    def _test(self, person: Person, number: int, at: datetime) -> None:
        row = taking.begin(self._course("SEC-101"), principal_for(person, at), at)
        taking.watch(row, [], 0, at)
        taking.watch(row, [[0, row.version.video_ms]], row.version.video_ms, at + timedelta(seconds=15))
        for number_of_try in range(3 if number == 4 else 1):
            drawn_by = Random(number * 10 + number_of_try)  # noqa: S311 - the demo is the same each time
            attempt = taking.begin_attempt(row, at, drawn_by)
            form = answers(attempt, queries.questions_of(attempt), wrong=3 if number == 4 else number % 2)
            taking.submit(attempt, partial(given, form), at)

    def _elsewhere(self, at: datetime) -> None:
        person = self.desk.workplaces[0].director
        told = Elsewhere((at - timedelta(days=20)).date(), "The vendor's certificate, seen by us.")
        key = f"demo-elsewhere-{self.desk.lead.id}"
        recording.record_elsewhere(self._course("SW-101"), person, told, self._trainer(at), at, key)


def given(form: Mapping[str, list[str]], name: str) -> list[str]:
    return form.get(name, [])


def answers(attempt: TestAttempt, asked: Sequence[CourseQuestion], wrong: int) -> dict[str, list[str]]:
    """What a form sends: everything right but the first `wrong`."""
    form: dict[str, list[str]] = {}
    for place, row in enumerate(asked):
        answer = _answer(row, attempt.drawn[place]["order"], is_wrong=place < wrong)
        if isinstance(answer, str):
            form[f"q{place}"] = [answer]
        elif row.kind in questions.CHOICES:
            form[f"q{place}"] = [str(one) for one in answer]
        else:
            form |= {f"q{place}-{part}": [str(one)] for part, one in enumerate(answer)}
    return form


def _answer(row: CourseQuestion, order: Sequence[int], *, is_wrong: bool) -> Answer:
    asked, many = row.asked, len(order)
    if asked.kind is Kind.NUMBER:
        return str(asked.value + is_wrong)
    if asked.kind in questions.CHOICES:
        right = [order.index(one) for one in asked.right]
        return [next(place for place in range(many) if place not in right)] if is_wrong else right
    if asked.kind is Kind.ORDER:
        return [(one + is_wrong) % many for one in order]
    return [order.index((left + is_wrong) % many) for left in range(many)]
