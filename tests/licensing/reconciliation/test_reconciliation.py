"""The HMIS's list of users against the licenses, through pages, API and mails. Rule: HUD-LI-5."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from sqlalchemy import func, insert, select, text, update

from core.audit import AuditEvent
from core.db import db, unit_of_work
from core.deadlines import Deadline, State, fire_due
from core.people.models import Membership, Person
from licensing.access.models import License, LicenseState
from licensing.reconciliation.models import Finding, HmisAccount, Reconciliation
from licensing.reconciliation.rules import FindingState, Kind
from tests.conftest import NOON
from tests.licensing.acting import give_license, mails, read, words
from tests.support.counting import queries as counted_queries
from tests.support.factories import LONG_AGO, make_world, member
from tests.support.signing_in import api_headers, sign_in

SECOND = timedelta(seconds=1)
HEADER = "Email,User Name,Name,Agency,Access Level,Status,Last Login"
pytestmark = pytest.mark.rule("HUD-LI-5")


@pytest.fixture
def world(app, at_noon):
    return make_world("missouri")


def line(person=None, agency="Harbor House", level="", status="Active", login="", email="", account=""):
    email = person.email if person else email
    name, account = person.name if person else "Who", account or email.partition("@")[0]
    return f"{email},{account},{name},{agency},{level},{status},{login}"


def file(*lines) -> bytes:
    return "\n".join([HEADER, *lines, ""]).encode()


def bring(client, by, data, once, name="users.csv"):
    form = {"once": once, "file": (BytesIO(data), name)}
    return sign_in(client, by).post("/reconciliation/new", data=form)


def compared(client, world, *lines, once="once-1") -> Reconciliation:
    answer = bring(client, world.admin, file(*lines), once)
    assert answer.status_code == 302, words(answer)
    number = int(answer.location.rsplit("/", 1)[1])
    assert client.post(f"/reconciliation/{number}/commit").status_code == 302
    return again(number)


def again(number) -> Reconciliation:
    db.session.expire_all()
    return db.session.get_one(Reconciliation, number)


def found(**which) -> list[Finding]:
    db.session.expire_all()
    return list(db.session.scalars(select(Finding).filter_by(**which).order_by(Finding.id)))


def clock_of(row) -> Deadline:
    query = select(Deadline).where(Deadline.subject_type == "account_finding", Deadline.subject_id == row.id)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def end(held, at=None):
    with unit_of_work() as session:
        values = {"state": LicenseState.ENDED, "ended_at": at or NOON}
        session.execute(update(License).where(License.id == held.id).values(values))


def kinds() -> dict[Kind, list[str]]:
    told = {}
    for row in found(state=FindingState.OPEN):
        told.setdefault(row.kind, []).append(row.email or row.account)
    return told


def test_each_difference_is_found_and_nothing_else(client, world):
    fine, ended, suspended, other = (
        member(world.agency, name=name) for name in ("Fine A", "Ended B", "Held C", "Level D")
    )
    held = {one: give_license(one, world.agency) for one in (fine, ended, suspended, other)}
    end(held[ended])
    with unit_of_work() as session:
        session.execute(update(License).where(License.id == held[suspended].id).values(state=LicenseState.SUSPENDED))
        session.execute(update(License).where(License.id == held[other].id).values(level="case-manager-i"))
    sign_in(client, world.admin).post(
        "/reconciliation/columns", data={"vendor": "other", "levels": "Chief = agency-staff"}
    )
    row = compared(
        client,
        world,
        line(fine, login="11/19/2026 4:30 PM"),
        line(ended),
        line(suspended),
        line(other, level="Chief"),
        line(world.end_user),
        line(email="nobody@else.test"),
        line(fine, account="second", login="1/2/2026"),
        line(world.admin),
        line(email="off@else.test", status="Inactive"),
    )
    assert kinds() == {
        Kind.ALIVE: [ended.email, suspended.email],
        Kind.LEVEL: [other.email],
        Kind.UNLICENSED: [world.end_user.email],
        Kind.UNKNOWN: ["nobody@else.test"],
        Kind.DUPLICATE: [fine.email],
    }
    assert found(kind=Kind.DUPLICATE)[0].account == "second", "the account that signed in last is the one to keep"
    assert row.counts == {"new": 6, "known": 0, "gone": 0, "seen": 1}
    used = db.session.get_one(License, held[fine].id, populate_existing=True)
    assert used.last_seen_at == datetime(2026, 11, 19, 22, 30, tzinfo=UTC)


def test_nothing_follows_from_a_preview_and_the_same_again_is_once(client, world):
    data = file(line(email="nobody@else.test"), ",,,,,,")
    first, second = (bring(client, world.admin, data, "once-1") for _ in range(2))
    assert first.location == second.location
    page = words(client.get(first.location))
    assert "Account of somebody unknown: 1" in page
    assert found() == []
    assert client.post(f"{first.location}/commit").status_code == 302
    assert client.post(f"{first.location}/commit").status_code == 409
    third = bring(client, world.admin, data, "once-2")
    assert third.location == first.location, "the same file is the same list, whatever form brings it"
    assert len(found()) == 1
    assert len(mails("reconciliation-found")) == 2, "the administrator and the manager"


def test_a_finding_that_is_gone_closes_by_itself_and_one_that_stays_is_one(client, world):
    compared(client, world, line(email="a@else.test"), line(email="b@else.test"))
    row = compared(client, world, line(email="b@else.test"), line(email="c@else.test"), once="once-2")
    assert row.counts == {"new": 1, "known": 1, "gone": 1, "seen": 0}
    a, b, c = found()
    assert (a.state, b.state, c.state) == (FindingState.GONE, FindingState.OPEN, FindingState.OPEN)
    assert (b.found_in, b.seen_in) == (row.id - 1, row.id)
    assert "does not show it any more" in a.evidence
    assert clock_of(a).state is State.MET
    assert "by itself" in read(client, world.admin, f"/reconciliation/findings/{a.id}")
    answer = client.post(f"/reconciliation/findings/{a.id}/settle", data={"evidence": "Seen."})
    assert answer.status_code == 409


def test_an_older_list_cannot_undo_a_newer_one(client, world):
    old = bring(client, world.admin, file(line(email="a@else.test")), "once-1")
    compared(client, world, line(email="b@else.test"), once="once-2")
    assert client.post(f"{old.location}/commit").status_code == 409
    assert client.post(f"{old.location}/discard").status_code == 302
    compared(client, world, line(email="c@else.test"), once="once-3")
    answer = bring(client, world.admin, file(line(email="b@else.test")), "once-4")
    assert answer.status_code == 409
    assert "a later list since" in words(answer)
    assert [row.email for row in found(state=FindingState.OPEN)] == ["c@else.test"]


@pytest.mark.parametrize(("kind", "due"), [(Kind.ALIVE, (2026, 11, 24)), (Kind.UNKNOWN, (2026, 12, 1))])
def test_each_finding_has_its_clock_to_the_second(client, world, travel, kind, due):
    """Friday noon: one business day for what works without a right, five for the rest; Thanksgiving is none."""
    end(give_license(world.end_user, world.agency))
    compared(client, world, line(world.end_user), line(email="x@else.test"))
    [row] = found(kind=kind)
    clock = clock_of(row)
    last = datetime(*due, 5, 59, 59, tzinfo=UTC)
    assert (clock.due_at, clock.rule, clock.agency_id) == (last, "HUD-LI-5", row.agency_id)
    travel(last)
    fire_due()
    assert clock_of(row).state is State.PENDING
    travel(last + SECOND)
    fire_due()
    assert clock_of(row).state is State.FIRED
    answer = sign_in(client, world.admin).post(
        f"/reconciliation/findings/{row.id}/settle", data={"evidence": "Inactive."}
    )
    assert answer.status_code == 302
    assert clock_of(row).was_late


def test_settling_wants_evidence_once_and_comes_back_if_it_is_still_there(client, world):
    compared(client, world, line(email="a@else.test"))
    [row] = found()
    path = f"/reconciliation/findings/{row.id}/settle"
    sign_in(client, world.admin)
    assert "Say what you saw." in words(client.post(path, data={"evidence": " "}))
    assert client.post(path, data={"evidence": "The account shows as inactive."}).status_code == 302
    answer = client.post(path, data={"evidence": "Me too."})
    assert answer.status_code == 409
    assert "Ada Boone settled this" in words(answer)
    compared(client, world, line(email="a@else.test"), line(email="b@else.test"), once="once-2")
    assert [one.state for one in found(email="a@else.test")] == [FindingState.SETTLED, FindingState.OPEN]


def test_the_same_file_read_with_other_columns_is_another_list(client, world):
    held = give_license(world.end_user, world.agency)
    with unit_of_work() as session:
        session.execute(update(License).where(License.id == held.id).values(level="case-manager-i"))
    lines = (line(world.end_user, level="Chief"), line(email="a@else.test"))
    compared(client, world, *lines)
    assert kinds() == {Kind.UNKNOWN: ["a@else.test"]}
    sign_in(client, world.admin).post(
        "/reconciliation/columns", data={"vendor": "other", "levels": "Chief = volunteer"}
    )
    row = compared(client, world, *lines, once="once-2")
    assert (row.counts["new"], row.counts["known"]) == (1, 1)
    assert kinds() == {Kind.UNKNOWN: ["a@else.test"], Kind.LEVEL: [world.end_user.email]}


def test_a_license_that_ends_later_is_no_finding_before(client, world, travel):
    held = give_license(world.end_user, world.agency)
    with unit_of_work() as session:
        session.execute(update(License).where(License.id == held.id).values(ended_at=NOON + SECOND))
    compared(client, world, line(world.end_user))
    assert kinds() == {}
    travel(NOON + SECOND)
    compared(client, world, line(world.end_user), ",,,,,,", once="once-2")
    assert kinds() == {Kind.ALIVE: [world.end_user.email]}


def test_a_license_elsewhere_is_none_here_and_a_name_that_is_unknown_counts_for_any(client, world):
    give_license(world.end_user, world.other_agency)
    compared(client, world, line(world.end_user))
    assert kinds() == {Kind.UNLICENSED: [world.end_user.email]}
    compared(client, world, line(world.end_user, agency="Provider 17"), once="once-2")
    assert kinds() == {}


def test_another_lead_s_people_are_unknown_here(client, world):
    far = make_world("missouri")
    give_license(far.end_user, far.agency)
    compared(client, world, line(far.end_user))
    assert kinds() == {Kind.UNKNOWN: [far.end_user.email]}
    assert found()[0].person_id is None
    number = found()[0].id
    assert sign_in(client, far.admin).get(f"/reconciliation/findings/{number}").status_code == 404
    assert client.get("/reconciliation/1").status_code == 404


def test_last_seen_is_never_moved_back(client, world):
    held = give_license(world.end_user, world.agency)
    compared(client, world, line(world.end_user, login="11/19/2026"))
    compared(client, world, line(world.end_user, login="11/1/2026"), once="once-2")
    db.session.expire_all()
    assert db.session.get_one(License, held.id).last_seen_at.date().isoformat() == "2026-11-19"


def test_a_missing_column_comes_back_on_the_form_and_keeps_nothing(client, world):
    answer = bring(client, world.admin, b"Login,Provider\nx,y\n", "once-1")
    assert answer.status_code == 422
    page = words(answer)
    assert "There is no column" in page
    assert "“Login”, “Provider”" in page
    assert db.session.scalar(select(func.count()).select_from(Reconciliation)) == 0


def test_the_lead_s_own_titles_and_levels(client, world):
    give_license(world.end_user, world.agency)
    form = {"vendor": "clarity", "email": "Adresse", "levels": "no sign here"}
    sign_in(client, world.admin)
    assert "Line 1 has no" in words(client.post("/reconciliation/columns", data=form))
    assert client.post("/reconciliation/columns", data=form | {"levels": "A = b"}).status_code == 302
    page = client.get("/reconciliation/columns").get_data(as_text=True)
    assert 'value="Adresse"' in page
    assert "A = b" in page
    answer = bring(client, world.admin, f"Adresse,Agency\n{world.end_user.email},Harbor House\n".encode(), "once-1")
    assert answer.status_code == 302


def test_by_api(client, world):
    headers = api_headers(world.admin)
    content = base64.b64encode(file(line(email="a@else.test"))).decode()
    made = client.post("/api/v1/reconciliations", json={"name": "u.csv", "content": content}, headers=headers)
    assert (made.status_code, made.json["counts"]) == (201, {"unknown-person": 1})
    done = client.post(f"/api/v1/reconciliations/{made.json['id']}/commit", headers=headers)
    assert (done.json["state"], done.json["counts"]["new"]) == ("committed", 1)
    [one] = client.get("/api/v1/account-findings?kind=unknown-person", headers=headers).json["items"]
    assert (one["rule"], one["state"]) == ("HUD-LI-5", "open")
    path = f"/api/v1/account-findings/{one['id']}"
    settled = client.post(f"{path}/settlement", json={"evidence": "Inactive."}, headers=headers)
    assert settled.json["state"] == "settled"
    assert client.get(path, headers=headers).json["evidence"] == "Inactive."
    told = {"vendor": "eto", "titles": {"email": "Mail"}, "levels": {"A": "b"}}
    assert client.put("/api/v1/account-columns", json=told, headers=headers).json == told
    bad = client.post("/api/v1/reconciliations", json={"name": "u.csv", "content": "%%"}, headers=headers)
    assert (bad.status_code, bad.json["field"]) == (422, "content")
    assert client.get("/api/v1/reconciliations", headers=headers).json["items"][0]["id"] == made.json["id"]


def test_today_and_the_lists_ask_as_much_for_many_as_for_few(client, world):
    asked = {}
    for number in (3, 60):
        compared(client, world, *(line(email=f"u{n}@else.test") for n in range(number)), once=f"once-{number}")
        sign_in(client, world.admin)
        for path in ("/", "/reconciliation/findings", "/reconciliation", "/api/v1/account-findings"):
            client.get(path)
            with counted_queries() as told:
                assert client.get(path, headers=None).status_code in (200, 401)
            asked.setdefault(path, []).append(len(told))
    assert all(few == many for few, many in asked.values()), asked
    assert asked["/reconciliation/findings"][0] <= 8
    assert "Account of somebody unknown" in read(client, world.admin, "/")


def many_licensed(world, number):
    with unit_of_work() as session:
        people = [
            {"name": f"P {n}", "email": f"p{n}@many.test", "phone": "", "tz": "", "created_at": NOON}
            for n in range(number)
        ]
        ids = list(session.scalars(insert(Person).returning(Person.id), people))
        place = {"agency_id": world.agency.id}
        session.execute(insert(Membership), [{"person_id": one, "started_on": LONG_AGO, **place} for one in ids])
        owner = {"lead_id": world.lead.id, "coc_id": world.coc.id, **place, "since": NOON}
        session.execute(insert(License), [{"person_id": one, **owner} for one in ids])
        session.execute(text("analyze person, membership, license"))


def compared_by_api(client, headers, *lines) -> dict:
    content = base64.b64encode(file(*lines)).decode()
    made = client.post("/api/v1/reconciliations", json={"name": "u.csv", "content": content}, headers=headers)
    assert made.status_code == 201, made.json
    return client.post(f"/api/v1/reconciliations/{made.json['id']}/commit", headers=headers).json


def test_thousands_of_accounts_are_compared_by_a_few_statements(client, world):
    many_licensed(world, 4_000)
    headers = api_headers(world.admin)
    lines = [f"p{n}@many.test,p{n},P {n},Harbor House,,Active,11/{n % 19 + 1}/2026 8:00 AM" for n in range(5_000)]
    with counted_queries() as asked:
        row = compared_by_api(client, headers, *lines)
    assert row["counts"] == {"new": 1_000, "known": 0, "gone": 0, "seen": 4_000}
    row = compared_by_api(client, headers, *lines[:4_500])
    assert row["counts"] == {"new": 0, "known": 500, "gone": 500, "seen": 0}
    assert db.session.scalar(select(func.count()).select_from(HmisAccount)) == 9_500
    assert db.session.scalar(select(func.count()).where(AuditEvent.action == "reconciliation.committed")) == 2
    assert len(asked) < 100, len(asked)


@pytest.mark.parametrize("column", ["email", "account"])
def test_the_search_for_an_account_has_an_index(app, column):
    asked = "explain select id from account_finding where lower({0}) like 'abc%'"
    db.session.execute(text("set local enable_seqscan = off"))
    plan = "\n".join(db.session.scalars(text(asked.format(column))))
    assert f"ix_account_finding_{column}" in plan
    assert "Index Cond" in plan


def test_a_filter_with_strange_numbers_shows_a_list(client, world):
    for query in ("kind=%00&shown=%00", "agency=" + "9" * 40, "agency=%D9%A3"):
        assert sign_in(client, world.admin).get(f"/reconciliation/findings?{query}").status_code == 200
