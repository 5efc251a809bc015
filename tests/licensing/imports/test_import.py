"""`hearthdesk licenses import`: an office brings its records; again, or after a kill, the rows are the same."""

from __future__ import annotations

import csv
from io import StringIO

import pytest
from click.testing import CliRunner
from openpyxl import Workbook
from sqlalchemy import func, select, update

from core import clock
from core.db import db, unit_of_work
from core.outbox import OutboxMessage
from core.people.models import Agency, AgencyStatus, Designation, Membership, Person
from licensing.access.models import License
from licensing.access.services import end_license
from licensing.imports import cli
from licensing.imports.models import ImportChunk
from licensing.imports.rules import COLUMNS, Kind
from tests.conftest import NOON
from tests.support.dying import killed_and_done
from tests.support.factories import make_world
from tests.training.acting import make_course
from training.courses.models import Completion, OutsideProof

SEED = 20261120


@pytest.fixture
def world(app, at_noon):
    return make_world("vermont", "America/New_York")


@pytest.fixture
def course(world):
    return make_course(world.lead)


def office(world, course, number=3) -> dict[Kind, list[list[str]]]:
    """Two agencies, and people who work there."""
    emails = [f"p{n}@brought.test" for n in range(number)]
    place = [("North Inn", "South Inn")[n % 2] for n in range(number)]
    return {
        Kind.AGENCIES: [["North Inn", world.coc.code, "", ""], ["South Inn", world.coc.code, "America/Chicago", "no"]],
        Kind.PEOPLE: [
            [email, f"Person {n}", place[n], "Caseworker", "", "3/1/2024", "security-officer" if n == 0 else ""]
            for n, email in enumerate(emails)
        ],
        Kind.LICENSES: [[email, place[n], "case-manager-i", "2024-03-15", "", ""] for n, email in enumerate(emails)],
        Kind.TRAINING: [[email, course.code, "2026-01-20"] for email in emails],
    }


def written(folder, told, *, but=()) -> list[str]:
    paths = []
    for kind, rows in told.items():
        if kind in but:
            continue
        text = StringIO()
        csv.writer(text).writerows([[column.name for column in COLUMNS[kind]], *rows])
        path = folder / f"{kind}.csv"
        path.write_text(text.getvalue(), encoding="utf-8")
        paths.append(path)
    return paths


def run(paths, world, *, commit=True):
    return cli.bring(tuple(paths), world.admin.email, commit=commit)


def count(model) -> int:
    db.session.expire_all()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def everything() -> dict[str, int]:
    models = (Agency, Person, Membership, Designation, License, OutsideProof, Completion, ImportChunk)
    return {model.__name__: count(model) for model in models}


def test_a_dry_run_says_everything_and_changes_nothing(world, course, tmp_path):
    before, mails = everything(), count(OutboxMessage)
    told = run(written(tmp_path, office(world, course)), world, commit=False)
    assert told["counts"] == {
        "agencies": {"new": 2}, "people": {"new": 3}, "licenses": {"new": 3}, "training": {"new": 3}
    }  # fmt: skip
    assert (told["written"], told["problems"]) == (False, [])
    assert (everything(), count(OutboxMessage)) == (before, mails)


def test_it_is_brought_once_and_again_changes_nothing(world, course, tmp_path):
    paths = written(tmp_path, office(world, course))
    assert run(reversed(paths), world)["changed"], "in whatever order the files are named"
    first = everything()
    held = db.session.scalars(select(License).order_by(License.id)).all()
    assert [(one.level, one.since.date().isoformat()) for one in held] == [("case-manager-i", "2024-03-15")] * 3
    assert db.session.scalars(select(Completion.at)).first().date().isoformat() == "2026-01-20"
    again = run(paths, world)
    assert (again["changed"], everything()) == (False, first)
    assert "nothing was changed" in cli._words(again)
    more = office(world, course, 4)
    assert run(written(tmp_path, more), world)["counts"]["people"] == {"new": 1, "same": 3}
    assert count(License) == 4


def test_one_workbook_does_as_well(world, course, tmp_path):
    book = Workbook()
    book.remove(book.active)
    for kind, rows in office(world, course).items():
        sheet = book.create_sheet(kind.capitalize())
        for row in [[column.name for column in COLUMNS[kind]], *rows]:
            sheet.append(row)
    book.save(tmp_path / "office.xlsx")
    assert run([tmp_path / "office.xlsx"], world)["problems"] == []
    assert count(License) == 3


@pytest.mark.parametrize(
    ("kind", "row", "column", "words"),
    [
        (Kind.AGENCIES, ["Inn", "XX-000", "", ""], "coc", "is no CoC of"),
        (Kind.AGENCIES, ["Inn", "{coc}", "Mars/Base", ""], "time zone", "is no time zone"),
        (Kind.AGENCIES, ["", "{coc}", "", ""], "agency", "this is empty"),
        (Kind.PEOPLE, ["nobody", "A B", "North Inn", "", "", "", ""], "email", "is no e-mail address"),
        (Kind.PEOPLE, ["a@b.test", "A B", "East Inn", "", "", "", ""], "agency", "nor in this import"),
        (Kind.PEOPLE, ["a@b.test", "A B", "North Inn", "", "robot", "", ""], "employment", "is none of"),
        (Kind.PEOPLE, ["a@b.test", "A B", "North Inn", "", "", "31/31/2024", ""], "started on", "is no date"),
        (Kind.PEOPLE, ["a@b.test", "A B", "North Inn", "", "", "2027-01-01", ""], "started on", "still to come"),
        (Kind.PEOPLE, ["p0@brought.test", "Who Else", "North Inn", "", "", "", ""], "name", "another name here"),
        (Kind.LICENSES, ["p1@brought.test", "North Inn", "", "", "", ""], "email", "does not work at North Inn"),
        (Kind.LICENSES, ["p0@brought.test", "North Inn", "king", "", "", ""], "level", "is none of the levels"),
        (Kind.LICENSES, ["p0@brought.test", "North Inn", "volunteer", "", "", ""], "level", "has the level"),
        (Kind.LICENSES, ["p0@brought.test", "North Inn", "", "", "maybe", ""], "enters data", "neither yes nor no"),
        (Kind.TRAINING, ["p0@brought.test", "none-such", "2026-01-20"], "course", "is no course of"),
        (Kind.TRAINING, ["who@brought.test", "{course}", "2026-01-20"], "email", "Nobody here has"),
        (Kind.TRAINING, ["p0@brought.test", "{course}", "2027-01-20"], "done on", "still to come"),
    ],
)
def test_a_row_that_cannot_be_used_is_named_and_nothing_is_written(world, course, tmp_path, kind, row, column, words):
    told = office(world, course)
    told[kind].append([cell.format(coc=world.coc.code, course=course.code) for cell in row])
    before = everything()
    outcome = run(written(tmp_path, told), world)
    [problem] = outcome["problems"]
    assert problem.startswith(f"{kind}.csv, line {len(told[kind]) + 1}, column “{column}”: ")
    assert words in problem
    assert (outcome["written"], everything()) == (False, before)


def test_a_column_that_is_missing_or_unknown_is_named(world, tmp_path):
    (tmp_path / "people.csv").write_text("E-mail address,name,agency\na@b.test,A,B\n")
    problems = run([tmp_path / "people.csv"], world)["problems"]
    assert "column “email”: this column is missing. Found are: “E-mail address”, “name”, “agency”." in problems[0]
    assert "this column is not known for people" in problems[1]


def test_only_a_lead_s_administrator_brings_anything(world, course, tmp_path):
    paths = written(tmp_path, office(world, course))
    for person in (world.representative, world.manager):
        with pytest.raises(cli.click.ClickException, match="no administrator"):
            cli.bring(tuple(paths), person.email, commit=True)


def test_the_templates_are_read_as_they_are(world, course, tmp_path):
    done = CliRunner().invoke(cli.licenses, ["template", str(tmp_path / "t")])
    assert done.exit_code == 0, done.output
    assert "email (needed)" in (tmp_path / "t" / "COLUMNS.txt").read_text()
    again = CliRunner().invoke(cli.licenses, ["template", str(tmp_path / "t")])
    assert again.exit_code == 1
    problems = run(sorted((tmp_path / "t").glob("*.csv")), world, commit=False)["problems"]
    assert all("is no CoC" in one or "nor in this import" in one or "is no course" in one or "Nobody" in one
               for one in problems)  # fmt: skip


def test_killed_at_any_point_and_run_again_it_is_the_same_rows(app, world, course, tmp_path):
    told = office(world, course, 12)
    paths = [str(path) for path in written(tmp_path, told)]
    words = {"files": paths, "by": world.admin.email, "at": NOON.isoformat()}
    deed = "tests.support.deeds:bring_office"
    died = killed_and_done(app, deed, words, statements=700, kills=12, seed=SEED)
    assert died >= 4
    db.session.rollback()
    own = {"Agency": 2 + 2, "License": 12, "OutsideProof": 12, "Completion": 12}
    assert {name: number for name, number in everything().items() if name in own} == own
    brought = select(func.count()).where(Person.email.like("%@brought.test"))
    assert db.session.scalar(brought) == 12
    assert db.session.scalar(select(func.count()).select_from(Membership).join(Person).where(
        Person.email.like("%@brought.test"))) == 12  # fmt: skip
    assert run([tmp_path / "people.csv"], world)["changed"] is False


def test_what_has_ended_here_since_is_not_given_back_by_an_old_sheet(world, course, tmp_path):
    """Whoever has left keeps no access, license or duty, though the office's own sheet still names them."""
    run(written(tmp_path, office(world, course)), world)
    left = db.session.scalars(select(License).join(License.person).where(Person.email == "p0@brought.test")).one()
    with unit_of_work() as session:
        held = session.get_one(License, left.id)
        end_license(held, clock.now(), "left")
        for model in (Membership, Designation):
            session.execute(update(model).where(model.person_id == held.person_id).values(ended_at=clock.now()))
    told = run(written(tmp_path, office(world, course, 4)), world)
    assert (told["problems"], told["counts"]["people"]) == ([], {"new": 1, "same": 2, "over": 1})
    assert told["counts"]["licenses"] == {"new": 1, "same": 2, "over": 1}
    assert "1 ended here and stay so" in cli._words(told)
    for model in (Membership, Designation, License):
        theirs = select(func.count()).select_from(model).where(model.person_id == left.person_id)
        assert db.session.scalar(theirs.where(model.ended_at.is_(None))) == 0, model


def test_a_duty_that_ended_stays_with_whoever_has_it_now(world, course, tmp_path):
    run(written(tmp_path, office(world, course)), world)
    with unit_of_work() as session:
        session.execute(update(Designation).where(Designation.kind == "security-officer").values(ended_at=clock.now()))
    before = count(Designation)
    assert run(written(tmp_path, office(world, course, 4)), world)["problems"] == []
    assert count(Designation) == before


def test_an_agency_that_takes_no_part_any_more_gets_nobody(world, course, tmp_path):
    run(written(tmp_path, office(world, course)), world)
    with unit_of_work() as session:
        session.execute(update(Agency).where(Agency.name == "South Inn").values(status=AgencyStatus.ENDED))
    told = run(written(tmp_path, office(world, course, 4)), world)
    assert "South Inn takes no part any more." in told["problems"][0]
    assert (told["written"], count(License)) == (False, 3)
