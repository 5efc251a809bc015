"""Many requests from one list: what is wrong is said by line and column, the rest is asked for, each once."""

from __future__ import annotations

from io import BytesIO
from itertools import count

import pytest
from sqlalchemy import func, select

from core.audit import verify
from core.db import db
from core.errors import Invalid
from licensing.access.models import AccessRequest
from licensing.bulk import sheet
from licensing.bulk.models import Batch, BatchState
from tests.licensing.acting import ask, asked, give_license, read, words
from tests.support.counting import queries
from tests.support.factories import make_world, member
from tests.support.signing_in import api_headers, sign_in

_once = count(1)
HEAD = "name,email,job_title,employment,level,projects,enters_data,is_of_age,kind"
pytestmark = pytest.mark.usefixtures("app", "at_noon")


@pytest.fixture
def world(app, at_noon):
    return make_world("missouri")


def bring(client, person, raw, once=""):
    raw = raw.encode() if isinstance(raw, str) else raw
    data = {"once": once or f"list-{next(_once)}", "file": (BytesIO(raw), "people.csv")}
    return sign_in(client, person).post("/access/lists/new", data=data, content_type="multipart/form-data")


def batch():
    row = db.session.scalars(select(Batch).order_by(Batch.id.desc()).limit(1)).one()
    db.session.refresh(row)
    return row


def requests():
    return db.session.scalar(select(func.count()).select_from(AccessRequest))


def mixed(world):
    return "\n".join(
        [
            HEAD,
            f"Lena Chen,l.chen@agency.test,Caseworker,paid-staff,,{world.project.name},yes,yes,new",
            f"Carl Contract,carl@agency.test,,contractor,,{world.project.name},,,",
            f"Nora Noaddress,not an address,,paid-staff,,{world.project.name},,,",
            "Paul Project,paul@agency.test,,paid-staff,,Somewhere Else,,,",
            f"Twice Chen,L.Chen@agency.test,,paid-staff,,{world.project.name},,,",
            f"Tom Trans,tom@agency.test,,intern,,{world.project.name},maybe,,",
            f"Ida Intern,ida@agency.test,,Intern,,{world.project.name},no,,",
        ]
    )


@pytest.mark.rule("MO-LI-2")
def test_each_row_is_answered_by_line_and_column_before_anything_is_asked(client, world):
    assert bring(client, world.representative, mixed(world)).status_code == 302
    row = batch()
    told = {one["line"]: [(said["column"], said["rule"]) for said in one["problems"]] for one in row.rows}
    assert told == {
        2: [], 3: [("employment", "MO-LI-2")], 4: [("email", "")], 5: [("projects", "")], 6: [("email", "")],
        7: [("enters_data", "")], 8: [],
    }  # fmt: skip
    assert requests() == 0
    page = read(client, world.representative, f"/access/lists/{row.id}")
    assert "Your agency has no project “Somewhere Else”." in page
    assert "The address is that of line 2 too." in page
    assert "Somebody with this kind of work cannot have a license." in page


def test_what_is_good_is_asked_for_once_and_what_is_not_stays_to_be_mended(client, world):
    bring(client, world.representative, mixed(world))
    number = batch().id
    path = f"/access/lists/{number}"
    assert sign_in(client, world.representative).post(f"{path}/send").status_code == 302
    row = batch()
    assert (row.state, requests()) == (BatchState.SENT, 2)
    assert [bool(one["request"]) for one in row.rows] == [True, False, False, False, False, False, True]
    again = sign_in(client, world.representative).post(f"{path}/send")
    assert (again.status_code, requests()) == (409, 2)
    left = sign_in(client, world.representative).get(f"{path}/left.csv").get_data(as_text=True).splitlines()
    assert len(left) == 6
    assert "Carl Contract" in left[1]
    assert list(verify()) == []


def test_the_same_list_with_the_same_key_is_one_and_another_list_with_it_is_refused(client, world):
    first = bring(client, world.representative, mixed(world), once="one-key")
    assert bring(client, world.representative, mixed(world), once="one-key").location == first.location
    other = bring(client, world.representative, f"{HEAD}\nA B,a@agency.test,,intern,,x,,,", once="one-key")
    assert other.status_code == 409
    assert db.session.scalar(select(func.count()).select_from(Batch)) == 1


def test_who_was_asked_for_meanwhile_is_left_with_the_reason(client, world):
    bring(client, world.representative, mixed(world))
    number = batch().id
    assert ask(client, world.representative, asked(world.project)).status_code == 302
    sign_in(client, world.representative).post(f"/access/lists/{number}/send")
    one = batch().rows[0]
    assert one["request"] is None
    assert "There is a request for Lena Chen already" in one["problems"][0]["says"]
    assert requests() == 2


def test_a_long_list_is_looked_over_in_as_many_questions_as_a_short_one(client, world):
    """People who are known, who have a license, who were asked for, and who are new."""

    def looked_over(count):
        rows = [HEAD]
        for number in range(count):
            person = member(world.agency, name=f"Known {number}", email=f"known{count}-{number}@agency.test")
            give_license(person, world.agency) if number % 2 else None
            for name, address in ((person.name, person.email), (f"New {number}", f"new{count}-{number}@agency.test")):
                rows.append(f"{name},{address},,paid-staff,,{world.project.name},yes,yes,new")
        bring(client, world.representative, HEAD + "\n" + rows[1])
        with queries() as told:
            assert bring(client, world.representative, "\n".join(rows)).status_code == 302
        return len(told), len(batch().good)

    few, good = looked_over(2)
    many, more = looked_over(40)
    assert (many, good, more) == (few, 3, 60)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_what_excel_saves_is_read(client, world, encoding):
    raw = f"{HEAD}\nZoë Núñez,zoe@agency.test,,intern,,{world.project.name},,,".encode(encoding)
    assert bring(client, world.representative, raw).status_code == 302
    assert batch().rows[0]["values"]["name"] == "Zoë Núñez"


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"", "The first line has no column name."),
        (b"name,mail\nA,b", "The first line has no column email. It has: name, mail."),
        (HEAD.encode(), "There are no rows under the first line."),
        (b"PK\x03\x04\x00\x00\x08\x00\x81\x00", "This is not a CSV file."),
        (HEAD.encode() + b"\nA,a@agency.test,,intern,,x,,," * 501, "These are 501 rows; 500 are taken at once."),
    ],
)
def test_a_file_that_cannot_be_read_is_answered_with_what_was_found(client, world, raw, sentence):
    answer = bring(client, world.representative, raw)
    assert answer.status_code == 422
    assert sentence in words(answer)
    assert db.session.scalar(select(Batch)) is None


@pytest.mark.parametrize(("size", "is_refused"), [(sheet.MOST_BYTES, False), (sheet.MOST_BYTES + 1, True)])
def test_a_file_of_more_than_a_megabyte_is_refused_before_it_is_read(size, is_refused):
    with pytest.raises(Invalid) as refused:
        sheet.read(b"x" * size)
    assert (refused.value.message == "This file is larger than 1 MB.") is is_refused


def test_a_list_is_discarded_and_another_agency_does_not_see_it(client, world):
    bring(client, world.representative, mixed(world))
    path = f"/access/lists/{batch().id}"
    assert sign_in(client, world.other_representative).get(path).status_code == 404
    assert sign_in(client, world.representative).post(f"{path}/discard").status_code == 302
    assert (batch().state, requests()) == (BatchState.DISCARDED, 0)


def test_the_api_looks_over_and_sends(client, world):
    headers = api_headers(world.representative)
    row = {"name": "Lena Chen", "email": "l@agency.test", "employment": "intern", "projects": world.project.name}
    body = {"agency_id": world.agency.id, "rows": [row, {"name": "Nobody"}]}
    made = client.post("/api/v1/access-lists", json=body, headers=headers)
    assert made.status_code == 201, made.json
    assert [bool(one["problems"]) for one in made.json["rows"]] == [False, True]
    sent = client.post(f"/api/v1/access-lists/{made.json['id']}/sending", headers=headers)
    assert (sent.json["state"], requests()) == ("sent", 1)
