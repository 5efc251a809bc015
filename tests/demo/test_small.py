from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from apiflask import APIFlask
from sqlalchemy import func, select, text

import demo
from core import clock
from core.audit import verify
from core.authz import Role
from core.db import db
from core.deadlines import Deadline, State, fire_due
from core.errors import Conflict
from core.outbox import OutboxMessage, SendState
from core.people.models import Agency, AgencyStatus, Person
from demo.signins import NAMES, NO_CODE, TOTP_SECRET
from demo.small import load_small
from helpdesk.tickets import rules as ticket_rules
from helpdesk.tickets.models import Ticket, TicketMessage
from licensing.access.models import AccessRequest, License, LicenseState
from licensing.access.rules import RequestState
from licensing.agreements.standing import agencies_with_agreement
from licensing.departures.rules import DepartureState
from licensing.seats import queries as seat_queries
from licensing.seats.models import SeatType
from tests.demo.conftest import NOW, counts, emptied, fingerprints
from tests.licensing.billing.owing import unbalanced
from tests.support.signing_in import sign_in
from training.courses.models import TestAnswer
from training.recertification.models import Campaign, Obligation
from training.recertification.rules import Audience, Owes
from training.series.models import Enrollment
from training.series.rules import EnrollmentState

ODD_SEED = 7
LICENSING = {
    "license_change": {"requested", "approved", "done", "denied"},
    "license_leave": {"running"},
    "reconciliation": {"committed"},
    "account_finding": {"open", "settled", "gone"},
    "access_review": {"open", "done"},
}


as_loaded: dict[str, str] = {}


@pytest.fixture(scope="module")
def loaded(the_app: APIFlask) -> Iterator[APIFlask]:
    """The small world of another seed than the demo's, loaded once."""
    with emptied(the_app):
        with the_app.app_context():
            load_small(ODD_SEED, NOW)
            as_loaded.update(fingerprints())
        yield the_app


@pytest.fixture
def small(loaded: APIFlask) -> Iterator[APIFlask]:
    with clock.frozen(NOW), loaded.app_context():
        yield loaded
        db.session.rollback()


@pytest.fixture
def served(loaded: APIFlask) -> Iterator[APIFlask]:
    """Without a context of the test's own, so that each request has its own, as in the service."""
    with clock.frozen(NOW):
        yield loaded


def test_its_size_is_what_was_promised(small):
    assert counts("select status = 'onboarding', count(*) from agency group by 1") == {"False": 40, "True": 3}
    coming = "select 1 from membership join agency on agency.id = agency_id where status = 'onboarding'"
    people = (
        "select created_at > '2026-11-05', count(*) from person "
        f"where not exists ({coming} and person_id = person.id) group by 1"
    )
    assert counts(people) == {"False": 396, "True": 16}, "the new ones came with an approved request"
    packs = counts("select pack, count(*) from coc group by 1")
    assert packs == {"sonoma": 1, "vermont": 1, "missouri": 1, "missouri-bos": 1}
    first = db.session.scalar(select(Ticket.opened_at).order_by(Ticket.opened_at).limit(1))
    assert NOW - timedelta(days=366) < first < NOW - timedelta(days=340)


def test_who_takes_part_has_an_agreement_in_force_and_some_are_still_to_sign_the_next(small):
    agencies = set(db.session.scalars(select(Agency.id).where(Agency.status != AgencyStatus.ONBOARDING)))
    assert agencies_with_agreement(agencies, NOW) == agencies
    states = counts("select state, count(*) from agreement group by 1")
    assert {"sent", "signed", "countersigned", "superseded"} <= states.keys()


def test_every_state_is_there(small):
    assert set(counts("select state, count(*) from ticket group by 1")) == {str(s) for s in ticket_rules.State}
    assert set(counts("select state, count(*) from access_request group by 1")) == {str(s) for s in RequestState}
    assert set(counts("select state, count(*) from departure_notice group by 1")) == {str(s) for s in DepartureState}
    assert set(counts("select tier, count(*) from ticket where closed_at is null group by 1")) == {
        "agency-administrator",
        "hmis-lead",
        "vendor",
    }


def test_deadlines_stand_in_every_way(small):
    rows = db.session.scalars(select(Deadline)).all()
    today = [row for row in rows if row.state is State.PENDING and NOW < row.due_at < NOW + timedelta(hours=15)]
    later = [row for row in rows if row.state is State.PENDING and row.due_at > NOW + timedelta(days=2)]
    overdue = [row for row in rows if row.state is State.PENDING and row.is_late(NOW)]
    met = [row for row in rows if row.state is State.MET]
    assert today
    assert later
    assert overdue
    assert {row.was_late for row in met} == {True, False}
    assert {State.FIRED, State.CANCELLED, State.PAUSED} <= {row.state for row in rows}


def test_what_is_owed_again_and_again_is_done_late_excused_and_to_do(small):
    """One office is past its first deadline; the cycle of the Lead's own staff still waits to be started."""
    assert set(db.session.scalars(select(Obligation.state))) >= {Owes.OWED, Owes.MET, Owes.LAPSED, Owes.EXEMPT}
    suspended = list(db.session.scalars(select(License).where(License.state == LicenseState.SUSPENDED)))
    assert suspended
    assert all(row.open_holds for row in suspended)
    assert Audience.STAFF not in set(db.session.scalars(select(Campaign.audience)))


def test_new_users_stand_at_every_turn_of_a_series_and_one_of_each_office_has_a_license_by_it(small):
    rows = list(db.session.scalars(select(Enrollment)))
    assert {row.state for row in rows} >= {
        EnrollmentState.ASSIGNED, EnrollmentState.RUNNING, EnrollmentState.COMPLETE,
    }  # fmt: skip
    done = [row for row in rows if row.state is EnrollmentState.COMPLETE]
    assert len({row.lead_id for row in done}) == 3
    for row in done:
        request = db.session.get_one(AccessRequest, row.ground_id)
        assert (request.state, all(step.met_at for step in row.steps)) == (RequestState.ACTIVATED, True)
    assert db.session.scalar(select(func.count()).select_from(TestAnswer))


def test_every_deadline_says_why(small):
    for row in db.session.scalars(select(Deadline)):
        assert row.explanation["because"]
        assert row.explanation["rule"] == row.rule
        assert row.explanation["section"]


def test_the_audit_trail_holds_and_is_in_order(small):
    assert list(verify()) == []
    disorder = text(
        "select count(*) from audit_event a join audit_event b on b.chain = a.chain and b.seq = a.seq + 1 "
        "where b.at < a.at - interval '10 seconds'"
    )
    assert db.session.scalar(disorder) == 0
    assert db.session.scalar(text("select max(at) from audit_event")) <= NOW


def test_nobodys_address_is_real(small):
    addresses = db.session.scalars(select(Person.email).union(select(OutboxMessage.address)))
    assert all(re.search(r"\.example$", address) for address in addresses)


def test_only_the_last_hours_mail_is_left_to_send(small):
    queued = db.session.scalars(select(OutboxMessage).where(OutboxMessage.state == SendState.QUEUED)).all()
    assert queued
    assert min(row.created_at for row in queued) >= NOW - timedelta(hours=6)
    assert db.session.scalar(text("select count(*) from outbox_message where state = 'sent'")) > 100


def page_of(app: APIFlask, role: str, path: str, lead: int = 1) -> tuple[int, str]:
    """The status and text of a page as somebody of a Lead sees it."""
    who = text("select person_id from lead_staff where role = :role and lead_id = :lead order by id limit 1")
    with app.test_client() as client:
        with app.app_context():
            sign_in(client, db.session.get_one(Person, db.session.scalar(who, {"role": role, "lead": lead})))
        page = client.get(path)
        return page.status_code, page.text


def test_a_mail_with_a_number_in_it_is_masked_on_the_page(served):
    with served.app_context():
        said = db.session.scalars(select(TicketMessage).where(TicketMessage.has_ppi).order_by(TicketMessage.id)).first()
        lead, path = said.ticket.lead_id, f"/tickets/{said.ticket_id}"
    status, page = page_of(served, "agent", path, lead)
    assert status == 200
    assert "000-12-3456" not in page
    assert "666-45-1234" not in page
    assert "SSN hidden" in page


@pytest.mark.parametrize(
    "path",
    [
        "/license-seats",
        "/contracts",
        "/report-calendar",
        "/license-changes",
        "/leaves",
        "/reconciliation",
        "/reviews",
        "/roster",
        "/",
        "/tickets",
        "/access",
        "/access/licenses",
        "/departures",
        "/deadlines",
        "/agencies",
        "/audit",
        "/outbox",
    ],
)
def test_the_pages_of_the_lead_show_it(served, path):
    status, _ = page_of(served, "admin", path)
    assert status == 200


def test_one_sign_in_for_each_role(small):
    rows = demo.sign_ins()
    assert [row["role"] for row in rows] == list(NAMES.values())
    assert len(NAMES) == len(Role)
    assert len({row["email"] for row in rows}) == len(rows)
    agencies = {row["email"].rpartition("@")[2] for row in rows[:5]}
    assert len(agencies) == 1, "those of an agency are of the same one"


def offered(app: APIFlask, role: str) -> dict[str, str]:
    with app.app_context():
        return next(row for row in demo.sign_ins(with_codes=True) if row["role"] == role)


@pytest.mark.parametrize("role", ["End user", "Help desk staff", "Technical administrator"])
def test_the_sign_ins_work(served, role):
    row = offered(served, role)
    with served.test_client() as client:
        form = {"csrf_token": _token(client.get("/sign-in").text), "email": row["email"], "password": row["password"]}
        assert client.post("/sign-in", data=form).status_code == 302
        if row["code"] != NO_CODE:
            form = {"csrf_token": _token(client.get("/sign-in/code").text), "code": row["code"]}
            assert client.post("/sign-in/code", data=form).status_code == 302
            assert offered(served, role)["code"] != row["code"], "the one that was used is not offered again"
        home = client.get("/")
        assert home.status_code == 200
        assert row["name"] in home.text


def _token(page: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found
    return found[1]


def test_codes_are_shown_in_a_demo_only(small):
    assert demo.current_codes()
    before = small.config["HEARTHDESK"]
    small.config["HEARTHDESK"] = replace(before, mode="development")
    try:
        assert demo.current_codes() == {}
        assert TOTP_SECRET not in str(demo.sign_ins())
    finally:
        small.config["HEARTHDESK"] = before


def test_people_said_how_it_was(small):
    """Marks on closed requests, some to look into; a survey that is over and one that is open."""
    assert len(counts("select mark, count(*) from satisfaction where mark is not null group by 1")) >= 3
    assert counts("select 'left', count(*) from satisfaction where needs_look")["left"] > 0
    states = counts("select state, count(*) from survey group by 1")
    assert states == {"closed": 3, "open": 3}
    over = "select s.id, count(*) from survey s join survey_sheet t on t.survey_id = s.id group by 1"
    assert min(counts(over).values()) >= 5


def test_each_office_has_addresses_and_questions_of_its_own(small):
    per_lead = counts("select lead_id, count(*) from support_address group by 1")
    assert set(per_lead.values()) == {4}
    assert min(counts("select lead_id, count(*) from custom_field where retired_at is null group by 1").values()) >= 4
    answered = counts("select category, count(*) from ticket where jsonb_array_length(answers) > 0 group by 1")
    assert {"problem", "training", "duplicate-merge", "locked-record"} <= set(answered)


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/surveys", "How we helped you in 2026"),
        ("/satisfaction?view=all", "Very good"),
        ("/mail/addresses", "Training desk"),
        ("/request-fields", "Your browser"),
    ],
)
def test_the_pages_of_opinions_show_them(served, path, shown):
    status, page = page_of(served, "admin", path)
    assert status == 200
    assert shown in page


def test_the_rooms_of_licensing_have_something_in_every_state(small):
    states = {name: set(counts(f"select state, count(*) from {name} group by 1")) for name in LICENSING}
    assert states == LICENSING
    assert counts(
        "select kind, count(*) from license_hold where lifted_at is not null and kind = 'suspicion' group by 1"
    )
    locked = counts("select locked_at is null, count(*) from license_leave group by 1")
    assert locked["True"] > locked["False"] == 1, "of the first office one, since its manual locks for a long leave"
    assert set(counts("select over_at is null, count(*) from contract group by 1")) == {"True", "False"}
    assert set(counts("select done_at is null, count(*) from report_date group by 1")) == {"True", "False"}


def test_a_request_waits_for_a_seat_where_all_are_used(small):
    kinds = list(db.session.scalars(select(SeatType).where(~SeatType.is_add_on)))
    assert len(kinds) == 4
    standings = seat_queries.standings(kinds, NOW)
    assert any(one.waiting for one in standings)
    assert all(one.stock.total for one in standings)
    assert counts("select arrived_at is null, count(*) from seat_order group by 1").keys() == {"True", "False"}


def test_it_does_not_go_into_a_database_with_data(small):
    assert demo.ensure_small(NOW) is False
    with pytest.raises(Conflict):
        load_small(1, NOW)


def test_the_service_goes_on_from_there(small):
    """The sweep that comes after fires what is overdue, and nothing breaks."""
    later = NOW + timedelta(minutes=1)
    with clock.frozen(later):
        assert fire_due() > 0
    left = select(Deadline).where(Deadline.state == State.PENDING, Deadline.wake_at <= later)
    assert db.session.scalars(left).all() == []
    assert db.session.scalars(select(Deadline).where(Deadline.state == State.DEAD)).all() == []
    assert list(verify()) == []


def test_a_community_that_bills_licenses_has_two_years_of_it(small):
    issued = counts("select kind, count(*) from invoice where state = 'issued' group by 1")
    assert issued.keys() >= {"yearly", "service", "credit"}
    assert counts("select state, count(*) from invoice_run group by 1") == {"done": 2}
    paid = "select open_cents = 0, count(*) from invoice where kind = 'yearly' group by 1"
    assert counts(paid).keys() == {"True", "False"}
    held = "select lifted_at is null, count(distinct source) from license_hold where kind = 'unpaid' group by 1"
    assert counts(held).keys() == {"True", "False"}, "one agency paid when its licenses were gone, one has not yet"
    assert all(unbalanced(agency) == [] for agency in db.session.scalars(select(Agency)))


# The last two empty the database that the others share.


def test_the_same_seed_gives_the_same_rows(loaded, nothing):
    load_small(ODD_SEED, NOW)
    assert fingerprints() == as_loaded


def test_an_empty_database_is_filled(loaded, nothing):
    assert demo.sign_ins() == []
    assert demo.ensure_small(NOW + timedelta(days=45, hours=9)) is True
    assert len(demo.sign_ins()) == len(NAMES)
    assert list(verify()) == []
    other = fingerprints()
    assert other["person"] != as_loaded["person"], "another seed, other people"
    assert other["ticket"] != as_loaded["ticket"]
