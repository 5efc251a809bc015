"""Practice cases for tests: an invented household, its export as HUD's files, and what trainees and trainers do."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Mapping
from itertools import count
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from core import clock
from core.db import db, unit_of_work
from core.people.models import Person
from tests.support.factories import World
from tests.support.signing_in import sign_in
from training.practice import library, services
from training.practice.content import Content, Line, Member, Part
from training.practice.models import PracticeAttempt, PracticeCase, PracticeTrack, PracticeVersion
from training.practice.reviewing import lines_of
from training.practice.services import Giving

_number = count(1)
STEPS = (("project-entry", "Project entry"), ("update", "Update"), ("project-exit", "Project exit"))
HEAD = Member("A", "Juniper", "Sample", "1988-04-12", "900450001", "1")
CHILD = Member("B", "Wren", "Sample", "2019-09-30", "", "2")
LINES = {
    "project-entry": (
        Line("A", "Client.FirstName", ("Juniper",)),
        Line("A", "Client.VeteranStatus", ("0",)),
        Line("A", "Enrollment.EntryDate", ("2026-11-02",)),
        Line("A", "Enrollment.LivingSituation", ("116",), "Slept in her car since August"),
        Line("A", "IncomeBenefits.EarnedAmount", ("840",)),
        Line("A", "Disabilities.DisabilityResponse:5", ("1",)),
        Line("B", "Enrollment.RelationshipToHoH", ("2",)),
    ),
    "update": (Line("A", "IncomeBenefits.EarnedAmount", ("910.50",)),),
    "project-exit": (Line("A", "Exit.Destination", ("410", "435")),),
}


def content_of(steps: Iterable[tuple[str, str]] = STEPS) -> Content:
    parts = tuple(
        Part(step, title, "She came on a Monday.", LINES.get(step, LINES["project-entry"])) for step, title in steps
    )
    return Content((HEAD, CHILD), parts)


def make_case(world: World, hud_type: int = 1, title: str = "", *, steps: Any = STEPS, coc: Any = None) -> PracticeCase:
    """A published case of the world's Lead."""
    with unit_of_work() as session:
        by = session.get_one(Person, world.trainer.id)
        number = next(_number)
        draft = library.Draft(title or f"Case {number}", hud_type, coc)
        row = library.make(session.merge(world.lead), draft, by, clock.now(), f"case-{number}")
        row.newest.stored = content_of(steps).as_json()
        session.flush()
        library.publish(row, clock.now())
    return row


def give(world: World, hud_type: int = 1, person: Person | None = None, enrollment_id: int | None = None):
    """The person is to practice."""
    with unit_of_work() as session:
        someone = session.get_one(Person, (person or world.end_user).id)
        agency = session.merge(world.agency)
        how = Giving(reason="New to the HMIS.")
        return services.assign(someone, agency, hud_type, enrollment_id, at=clock.now(), giving=how)


def track_of(track_id: int) -> PracticeTrack:
    db.session.expire_all()
    return db.session.get_one(PracticeTrack, track_id)


def newest() -> PracticeAttempt:
    db.session.expire_all()
    return db.session.scalars(select(PracticeAttempt).order_by(PracticeAttempt.id.desc()).limit(1)).one()


def key() -> str:
    return f"key-{next(_number)}"


def hand_in(
    client: FlaskClient, person: Person, track_id: int, files: Iterable[tuple[bytes, str]] = (), **values: Any
) -> TestResponse:
    data = {"once": key(), "client_number": "88412", "note": "", "language": "", **values}
    if files:
        data["export"] = [(io.BytesIO(raw), name) for raw, name in files]
    return sign_in(client, person).post(
        f"/training/practice/{track_id}/hand-in", data=data, content_type="multipart/form-data"
    )


def review(
    client: FlaskClient, person: Person, *, accept: bool, wrong: Iterable[str] = (), attempt_id: int = 0, **values: Any
) -> TestResponse:
    """Marks every line of the newest attempt (or the one given): right, but for the elements named."""
    row = db.session.get_one(PracticeAttempt, attempt_id) if attempt_id else newest()
    bad = set(wrong) if wrong or accept else {lines_of(row)[0].code}
    data = {f"v-{line.place}": "wrong" if line.code in bad else "right" for line in lines_of(row)}
    data |= {"once": key(), "outcome": "accept" if accept else "return", "summary": "", **values}
    return sign_in(client, person).post(f"/training/practice/reviews/{row.id}/finish", data=data)


def fails(client: FlaskClient, world: World, track_id: int, times: int = 1) -> None:
    for _ in range(times):
        assert hand_in(client, world.end_user, track_id).status_code == 302
        assert review(client, world.trainer, accept=False).status_code == 302


def passes(client: FlaskClient, world: World, track_id: int, times: int = 1) -> None:
    for _ in range(times):
        assert hand_in(client, world.end_user, track_id).status_code == 302
        assert review(client, world.trainer, accept=True).status_code == 302


def teach(client: FlaskClient, person: Person, track_id: int, **values: str) -> TestResponse:
    now = clock.now()
    told = {
        "once": key(), "day": f"{now:%Y-%m-%d}", "time": "00:01", "minutes": "45", "about": "Went over the entry.",
        **values,
    }  # fmt: skip
    data = {f"session-{name}": value for name, value in told.items()}
    return sign_in(client, person).post(f"/training/practice/{track_id}/session", data=data)


def act(client: FlaskClient, person: Person, track_id: int, name: str, **values: str) -> TestResponse:
    told = {"once": key(), "reason": "It did not get better.", **values}
    data = {f"{name}-{field}": value for field, value in told.items()}
    return sign_in(client, person).post(f"/training/practice/{track_id}/{name}", data=data)


def decide(client: FlaskClient, person: Person, track_id: int, name: str, **values: str) -> TestResponse:
    told = {"once": key(), "reason": "The report card says so.", **values}
    data = {f"{name}-{field}": value for field, value in told.items()}
    return sign_in(client, person).post(f"/training/practice/committee/{track_id}/{name}", data=data)


# ------------------------------------------------------------------ an export

RIGHT: dict[str, list[dict[str, str]]] = {
    "Client": [
        {"PersonalID": "88412", "FirstName": "Juniper", "LastName": "Sample", "SSN": "900450001", "DOB": "1988-04-12",
         "VeteranStatus": "0"},
        {"PersonalID": "88413", "FirstName": "Wren", "LastName": "Sample", "SSN": "", "DOB": "2019-09-30",
         "VeteranStatus": ""},
    ],
    "Enrollment": [
        {"EnrollmentID": "1", "PersonalID": "88412", "HouseholdID": "H", "EntryDate": "2026-11-02",
         "RelationshipToHoH": "1", "LivingSituation": "116"},
        {"EnrollmentID": "2", "PersonalID": "88413", "HouseholdID": "H", "EntryDate": "2026-11-02",
         "RelationshipToHoH": "2", "LivingSituation": ""},
    ],
    "IncomeBenefits": [
        {"EnrollmentID": "1", "PersonalID": "88412", "DataCollectionStage": "1", "InformationDate": "2026-11-02",
         "EarnedAmount": "840.00"},
        {"EnrollmentID": "1", "PersonalID": "88412", "DataCollectionStage": "2", "InformationDate": "2026-11-20",
         "EarnedAmount": "910.5"},
    ],
    "Disabilities": [
        {"EnrollmentID": "1", "PersonalID": "88412", "DataCollectionStage": "1", "DisabilityType": "5",
         "DisabilityResponse": "1", "InformationDate": "2026-11-02"},
    ],
    "Exit": [{"EnrollmentID": "1", "PersonalID": "88412", "ExitDate": "2026-11-25", "Destination": "410"}],
}  # fmt: skip


def tables(**changes: list[dict[str, str]]) -> dict[str, list[dict[str, str]]]:
    return {**{name: [dict(row) for row in rows] for name, rows in RIGHT.items()}, **changes}


def csv_of(rows: list[Mapping[str, str]], encoding: str = "utf-8") -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode(encoding)


def zip_of(files: Mapping[str, bytes], **values: Any) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in files.items():
            archive.writestr(name, raw)
    return out.getvalue()


def export(told: Mapping[str, list[dict[str, str]]] | None = None) -> tuple[bytes, str]:
    files = {f"{name}.csv": csv_of(rows) for name, rows in (told or tables()).items()}
    return zip_of(files), "export.zip"


def versions() -> list[PracticeVersion]:
    return list(db.session.scalars(select(PracticeVersion).order_by(PracticeVersion.id)))


def said(answer: TestResponse) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))
