"""An export from the training site: what it fills in, and what is refused unread and kept nowhere."""

from __future__ import annotations

import io
import logging
import struct
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from core.db import db
from tests.licensing.acting import read
from tests.support.factories import make_world
from tests.support.signing_in import sign_in
from tests.training.practice.acting import (
    RIGHT,
    csv_of,
    export,
    give,
    hand_in,
    make_case,
    newest,
    review,
    said,
    tables,
    zip_of,
)
from training.practice import exports

START = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
REAL = {
    "PersonalID": "51177", "FirstName": "Marisol", "LastName": "Quintanilla", "SSN": "412559012", "DOB": "1991-03-08",
    "VeteranStatus": "1",
}  # fmt: skip
CANARIES = ("Marisol", "Quintanilla", "412559012", "412-55-9012", "1991-03-08", "51177")


@pytest.fixture
def handed(client, app, travel):
    """A part that waits for its review."""
    travel(START)
    world = make_world("missouri")
    make_case(world)
    track = give(world)
    hand_in(client, world.end_user, track.id)
    world.track = track
    return world


def check(client, world, *files):
    data = {"export": [(io.BytesIO(raw), name) for raw, name in files]}
    path = f"/training/practice/reviews/{newest().id}/check"
    return sign_in(client, world.trainer).post(path, data=data, content_type="multipart/form-data")


def found():
    return {place: one["found"] for place, one in newest().found.items()}


def test_an_export_fills_in_the_review_and_the_trainer_confirms_it(client, handed):
    told = tables()
    told["Enrollment"][0]["LivingSituation"] = "101"
    told["Disabilities"] = []
    files = {f"{name}.csv": csv_of(rows) for name, rows in told.items() if rows}
    assert check(client, handed, (zip_of(files), "export.zip")).status_code == 302
    assert found() == {
        "A.Client.FirstName": "right",
        "A.Client.VeteranStatus": "right",
        "A.Enrollment.EntryDate": "right",
        "A.Enrollment.LivingSituation": "wrong",
        "A.IncomeBenefits.EarnedAmount": "right",
        "A.Disabilities.DisabilityResponse:5": "missing",
        "B.Enrollment.RelationshipToHoH": "right",
    }
    page = sign_in(client, handed.trainer).get(f"/training/practice/reviews/{newest().id}").get_data(as_text=True)
    assert "Emergency shelter, including hotel or motel paid for" in page
    assert "nothing entered" in page
    assert 'id="v-A.Enrollment.LivingSituation-wrong" name="v-A.Enrollment.LivingSituation" value="wrong"' in page
    assert page.count(" checked") == 7
    assert newest().reviewed_at is None
    assert review(client, handed.trainer, accept=True).status_code == 302


def test_the_trainee_may_send_it_along(client, handed):
    review(client, handed.trainer, accept=False)
    assert hand_in(client, handed.end_user, handed.track.id, [export()]).status_code == 302
    assert set(found().values()) == {"right"}
    assert "Emergency shelter" not in read(client, handed.end_user, f"/training/practice/{handed.track.id}")


def test_each_part_looks_at_its_own_stage(client, handed):
    review(client, handed.trainer, accept=True)
    hand_in(client, handed.end_user, handed.track.id, [export()])
    assert found() == {"A.IncomeBenefits.EarnedAmount": "right"}
    review(client, handed.trainer, accept=True)
    hand_in(client, handed.end_user, handed.track.id, [export()])
    assert found() == {"A.Exit.Destination": "right"}


def test_files_by_themselves_are_read_as_well(client, handed):
    files = [(csv_of(rows), f"{name}.csv") for name, rows in RIGHT.items()]
    assert check(client, handed, *files, (b"%PDF-1.7 ...", "notes.pdf")).status_code == 302
    assert set(found().values()) == {"right"}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_encodings_and_line_breaks_inside_quotes(client, handed, encoding):
    told = tables()
    told["Enrollment"][0]["Note"] = told["Enrollment"][1]["Note"] = 'Said: "a car,\nand no’ shelter"'
    files = {f"{name}.csv": csv_of(rows, encoding) for name, rows in told.items()}
    assert check(client, handed, (zip_of(files), "export.zip")).status_code == 302
    assert set(found().values()) == {"right"}


def test_of_the_same_household_entered_twice_the_one_handed_in_counts(client, handed):
    told = tables()
    told["Client"].append({**told["Client"][0], "PersonalID": "90001", "VeteranStatus": "1"})
    other = {**told["Enrollment"][0], "EnrollmentID": "9", "PersonalID": "90001", "HouseholdID": "X"}
    told["Enrollment"].append({**other, "LivingSituation": "101"})
    assert check(client, handed, export(told)).status_code == 302
    assert set(found().values()) == {"right"}
    told["Client"][0]["PersonalID"] = "90002"
    for rows in (told["Enrollment"], told["IncomeBenefits"], told["Disabilities"], told["Exit"]):
        for row in rows:
            row["PersonalID"] = row["PersonalID"].replace("88412", "90002")
    answer = check(client, handed, export(told))
    assert (answer.status_code, "more than once" in said(answer)) == (422, True)


def test_one_mistyped_birth_date_is_a_mistake_and_is_not_repeated(client, handed):
    told = tables()
    told["Client"][0]["DOB"] = "1988-12-04"
    assert check(client, handed, export(told)).status_code == 302
    told["Client"][0]["SSN"] = "412559012"
    assert check(client, handed, export(told)).status_code == 422
    assert "412559012" not in everything()


# ------------------------------------------------------------------ somebody real


def everything() -> str:
    """Every row of every table, as text."""
    db.session.rollback()
    names = db.session.scalars(text("select tablename from pg_tables where schemaname = 'public'")).all()
    rows = [db.session.execute(text(f'select t::text from "{name}" t')).scalars().all() for name in names]
    return "\n".join(row for some in rows for row in some)


def kept_files(app) -> list[bytes]:
    folder = Path(app.config["HEARTHDESK"].data_dir)
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file() and "files" in path.parts]


def strangers():
    among = tables()
    among["Client"].append(REAL)
    alone = {"Client": [REAL]}
    behind = tables()
    behind["IncomeBenefits"].append({**behind["IncomeBenefits"][0], "PersonalID": REAL["PersonalID"]})
    same_birth = tables()
    same_birth["Client"].append({**REAL, "DOB": "1988-04-12"})
    return [among, alone, behind, same_birth]


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("by", ["trainee", "trainer"])
def test_a_file_with_anybody_else_is_refused_unread_and_kept_nowhere(client, app, handed, caplog, place, by):
    caplog.set_level(logging.DEBUG)
    told = strangers()[place]
    if by == "trainee":
        review(client, handed.trainer, accept=False)
        answer = hand_in(client, handed.end_user, handed.track.id, [export(told)])
    else:
        answer = check(client, handed, export(told))
    words = said(answer)
    assert answer.status_code == 422
    assert "somebody who is not of the practice household" in words
    assert "nothing of it was kept" in words
    assert newest().found == {}
    assert newest().number == 1
    for canary in CANARIES:
        assert canary not in words
        assert canary not in caplog.text
        assert canary not in everything()
        assert not any(canary.encode() in raw for raw in kept_files(app))


def test_nothing_after_the_stranger_is_read(monkeypatch, client, handed):
    """Client.csv comes first, whatever the order in the ZIP, and at the stranger the others stay unopened."""
    opened = []
    real = exports._decoded
    monkeypatch.setattr(exports, "_decoded", lambda raw, name: opened.append(name) or real(raw, name))
    told = {"Exit": RIGHT["Exit"], "Enrollment": RIGHT["Enrollment"], "Client": [REAL]}
    assert check(client, handed, export(told)).status_code == 422
    assert opened == ["Client"]


# ------------------------------------------------------------------ bad files


def bomb() -> bytes:
    return zip_of({"Client.csv": b"PersonalID,FirstName,LastName\r\n" + b"0" * (exports.LARGEST + 1)})


def slip() -> bytes:
    return zip_of({"../../Client.csv": csv_of(RIGHT["Client"])})


def locked() -> bytes:
    raw = bytearray(zip_of({"Client.csv": csv_of(RIGHT["Client"])}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = raw.index(signature) + offset
        struct.pack_into("<H", raw, at, 1)
    return bytes(raw)


def packed_otherwise() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("Client.csv", csv_of(RIGHT["Client"]))
    return out.getvalue()


def twice() -> bytes:
    return zip_of({"Client.csv": csv_of(RIGHT["Client"]), "again/client.csv": csv_of(RIGHT["Client"])})


def rows(count: int) -> bytes:
    return zip_of({"Client.csv": csv_of([RIGHT["Client"][0]] * count)})


BAD = {
    "bomb": (bomb, "larger than a practice household's"),
    "slip": (slip, "leads out of it"),
    "locked": (locked, "locked with a password"),
    "packed otherwise": (packed_otherwise, "not read here"),
    "twice": (twice, "in it twice"),
    "cut off": (lambda: export()[0][:-40], "cannot be opened"),
    "no clients": (lambda: zip_of({"Exit.csv": csv_of(RIGHT["Exit"])}), "no Client.csv"),
    "no column": (lambda: zip_of({"Client.csv": b"PersonalID,DOB\r\n1,2\r\n"}), "has no column FirstName"),
    "one row too many": (lambda: rows(exports.MOST_ROWS + 1), "more than 5,000 rows"),
    "a long cell": (
        lambda: zip_of({"Client.csv": csv_of([{**RIGHT["Client"][0], "Note": "x" * 4001}])}),
        "longer than an export's",
    ),
    "no text": (lambda: zip_of({"Client.csv": b"PersonalID\0,FirstName,LastName\r\n"}), "is not text"),
    "half of UTF-16": (lambda: zip_of({"Client.csv": b"\xff\xfeP\0e"}), "is not text"),
    "a line broken in its quotes": (
        lambda: zip_of({"Client.csv": b'PersonalID,FirstName,LastName\r\n1,"' + b"y" * 200_000}),
        "not a table that can be read",
    ),
    "two columns of a name": (
        lambda: zip_of({"Client.csv": b"PersonalID,FirstName,LastName,LastName\r\n"}),
        "does not name its columns",
    ),
    "nobody in it": (
        lambda: zip_of({"Client.csv": b"PersonalID,FirstName,LastName\r\n"}),
        "Nobody in this export is Juniper Sample",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_gets_a_clear_answer_and_changes_nothing(client, handed, name):
    make, sentence = BAD[name]
    answer = check(client, handed, (make(), "export.zip"))
    assert answer.status_code == 422
    assert sentence in said(answer).replace("&#39;", "'")
    assert newest().found == {}


def test_as_many_rows_as_are_allowed_are_read(client, handed):
    assert check(client, handed, (rows(exports.MOST_ROWS), "export.zip")).status_code == 302


def test_no_file_at_all_is_said_so(client, handed):
    answer = check(client, handed)
    assert (answer.status_code, "Choose the export" in said(answer)) == (422, True)
