"""What is not paid in time: reminders, licenses suspended at the due instant and given back with the payment."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from core import clock
from core.authz import principal_for
from core.db import db, unit_of_work
from core.deadlines import Deadline, fire_due
from licensing.access import services as access
from licensing.access.holds import hold, lift
from licensing.access.models import HoldKind, License, LicenseState
from licensing.billing.fees.models import FeeItem, FeeSchedule
from licensing.billing.invoices.models import InvoiceKind
from licensing.billing.overdue import standing
from licensing.billing.payments import services as payments
from licensing.billing.payments.models import Method
from licensing.billing.payments.services import Received
from licensing.endings.models import Ending
from tests.licensing.acting import give_license, mails, read, request_again, request_made, words
from tests.licensing.billing.owing import again, credit, invoice, pays_for, state, unbalanced
from tests.support.counting import queries
from tests.support.factories import make_person, make_world, member
from tests.support.signing_in import api_headers, sign_in

EAST = ZoneInfo("America/New_York")
DUE = datetime(2027, 1, 19, 23, 59, 59, tzinfo=EAST)  # the end of day 60 after November 20
SECOND = timedelta(seconds=1)


@pytest.fixture
def world(app, at_noon):
    return make_world("vermont", "America/New_York")


def states(*rows):
    db.session.expire_all()
    return [db.session.get_one(License, row.id).state.value for row in rows]


def pay(world, cents, once="p", debtor=None):
    debtor = debtor or world.agency
    day = clock.now().astimezone(EAST).date()
    told = Received(Method.ACH, cents, day, f"{once}-{debtor.id}", once, keeps_rest=True)
    with unit_of_work():
        return payments.take(debtor, told, principal_for(world.admin, clock.now()), clock.now())


def give(client, world, row, kind, last_day, **values):
    form = {
        "kind": kind,
        "last_day": last_day,
        "reason": "The grant comes in February.",
        "once": f"r-{kind}-{last_day}",
    }
    told = {f"respite-{name}": value for name, value in (form | values).items()}
    return sign_in(client, world.manager).post(f"/overdue/{row.id}/respites", data=told)


@pytest.mark.rule("VT-LI-8")
def test_licenses_are_suspended_when_the_due_instant_is_over_and_not_before(client, world, travel):
    mine, theirs = give_license(world.end_user, world.agency), give_license(world.other_end_user, world.other_agency)
    row = invoice(world.agency, 12_345, world.admin)
    travel(DUE)
    fire_due()
    assert states(mine) == ["active"]
    travel(DUE + SECOND)
    fire_due()
    assert states(mine, theirs) == ["suspended", "active"]
    page = read(client, world.representative, f"/access/licenses/{mine.id}")
    assert f"Invoice {row.number} of Harbor House was due on Tue, Jan 19, 2027 and $123.45 of it is not paid." in page
    assert f"Invoice {row.number} was due on" in read(client, world.director, f"/agencies/{world.agency.id}")
    told = {mail.address for mail in mails("invoice-overdue")}
    assert {world.representative.email, world.director.email, world.manager.email} <= told
    assert (
        "1 license is suspended until the HMIS Lead has received the payment (VT-LI-8)"
        in mails("invoice-overdue")[0].body_text
    )
    assert [mail.address for mail in mails("licensing-news")] == [world.end_user.email]


@pytest.mark.rule("VT-LI-8")
def test_the_payment_gives_access_back_in_its_own_transaction(client, world, travel):
    mine = give_license(world.end_user, world.agency)
    row = invoice(world.agency, 10_000, world.admin)
    travel(DUE + SECOND)
    fire_due()
    pay(world, 9_999, "some")
    assert states(mine) == ["suspended"], "what is paid in part is not paid"
    pay(world, 1, "rest")
    assert states(mine) == ["active"]
    assert "They are" not in mails("invoice-restored")[0].body_text
    assert "1 license was suspended for it. It is active again" in mails("invoice-restored")[0].body_text
    assert "is settled" in read(client, world.manager, f"/overdue/{row.id}")
    fire_due()
    assert states(mine) == ["active"]


@pytest.mark.rule("VT-LI-8")
def test_paid_on_the_last_day_is_paid_in_time(world, travel):
    mine = give_license(world.end_user, world.agency)
    invoice(world.agency, 10_000, world.admin)
    travel(DUE)
    pay(world, 10_000)
    travel(DUE + timedelta(days=40))
    fire_due()
    assert states(mine) == ["active"]
    assert not mails("invoice-overdue")


@pytest.mark.rule("VT-LI-8")
@pytest.mark.parametrize(
    ("issued", "due"),
    [
        (datetime(2027, 12, 31, 15, tzinfo=EAST), datetime(2028, 2, 29, 23, 59, 59, tzinfo=EAST)),
        (datetime(2028, 1, 1, 0, 0, 1, tzinfo=EAST), datetime(2028, 3, 1, 23, 59, 59, tzinfo=EAST)),
        (datetime(2027, 9, 8, 23, 59, 59, tzinfo=EAST), datetime(2027, 11, 7, 23, 59, 59, tzinfo=EAST)),
        (datetime(2027, 1, 13, 12, tzinfo=EAST), datetime(2027, 3, 14, 23, 59, 59, tzinfo=EAST)),
    ],
    ids=["leap day", "day after", "clocks go back", "clocks go forward"],
)
def test_the_sixtieth_day_is_whole_whatever_day_it_is(app, travel, issued, due):
    travel(issued)
    world = make_world("vermont", "America/New_York")
    mine = give_license(world.end_user, world.agency)
    invoice(world.agency, 10_000, world.admin)
    travel(due)
    fire_due()
    assert states(mine) == ["active"]
    travel(due + SECOND)
    fire_due()
    assert states(mine) == ["suspended"]


@pytest.mark.rule("VT-LI-8")
def test_another_unpaid_invoice_still_holds(world, travel):
    mine = give_license(world.end_user, world.agency)
    first = invoice(world.agency, 10_000, world.admin)
    invoice(world.agency, 5_000, world.admin)
    travel(DUE + SECOND)
    fire_due()
    pay(world, 10_000, "one")
    assert (state(first)[2], states(mine)) == (0, ["suspended"])
    pay(world, 5_000, "two")
    assert states(mine) == ["active"]


@pytest.mark.rule("VT-LI-8")
def test_what_another_agency_pays_for_stays_and_what_is_paid_for_elsewhere_goes(world, travel):
    own, paid_for = give_license(world.end_user, world.agency), give_license(world.administrator, world.agency)
    elsewhere, beside = (
        give_license(world.other_end_user, world.other_agency),
        give_license(world.other_representative, world.other_agency),
    )
    pays_for(world.other_agency, world.agency, world.admin, paid_for)
    pays_for(world.agency, world.other_agency, world.admin, elsewhere)
    invoice(world.agency, 10_000, world.admin, licenses=[own, elsewhere])
    travel(DUE + SECOND)
    fire_due()
    assert states(own, paid_for, elsewhere, beside) == ["suspended", "active", "suspended", "active"]
    pay(world, 10_000)
    assert states(own, paid_for, elsewhere, beside) == ["active"] * 4


def test_an_agency_that_another_pays_for_as_a_whole_is_not_suspended_for_its_own_debts(world, travel):
    mine, own = give_license(world.end_user, world.agency), give_license(world.administrator, world.agency)
    pays_for(world.other_agency, world.agency, world.admin)
    pays_for(world.agency, world.agency, world.admin, own)
    invoice(world.agency, 10_000, world.admin)
    travel(DUE + SECOND)
    fire_due()
    assert states(mine, own) == ["active", "suspended"]


@pytest.mark.rule("VT-LI-8")
def test_a_report_that_was_not_paid_locks_nobody_out(client, world, travel):
    mine = give_license(world.end_user, world.agency)
    row = invoice(world.agency, 10_000, world.admin, kind=InvoiceKind.SERVICE)
    travel(DUE + SECOND)
    fire_due()
    assert states(mine) == ["active"]
    assert "is overdue" in mails("invoice-overdue")[0].subject
    assert "No license is suspended for it." in read(client, world.manager, f"/overdue/{row.id}")


def test_reminders_come_before_and_after_and_end_with_the_payment(world, travel):
    invoice(world.agency, 10_000, world.admin)
    for days, before, after in ((-31, 0, 0), (-30, 2, 0), (-7, 4, 0), (-1, 6, 0), (0, 6, 0), (7, 6, 2), (30, 6, 5)):
        travel(DUE + timedelta(days=days) + SECOND)
        fire_due()
        assert (len(mails("invoice-reminder")), len(mails("invoice-arrears"))) == (before, after), days
    assert world.manager.email in {mail.address for mail in mails("invoice-arrears")}
    pay(world, 10_000)
    open_ones = db.session.scalars(select(Deadline).where(Deadline.subject_type == "invoice")).all()
    assert {row.state.value for row in open_ones} == {"met", "cancelled"}


@pytest.mark.rule("VT-LI-8")
def test_a_pause_holds_the_suspension_off_and_its_end_brings_it(client, world, travel):
    mine = give_license(world.end_user, world.agency)
    row = invoice(world.agency, 10_000, world.admin)
    assert give(client, world, row, "pause", "2027-02-10").status_code == 302
    travel(DUE + SECOND)
    fire_due()
    assert states(mine) == ["active"]
    assert "No license is suspended until Wed, Feb 10, 2027" in mails("invoice-overdue")[0].body_text
    assert "The suspension is paused until" in read(client, world.representative, f"/overdue/{row.id}")
    travel(datetime(2027, 2, 10, 23, 59, 58, tzinfo=EAST))
    fire_due()
    assert states(mine) == ["active"]
    travel(datetime(2027, 2, 10, 23, 59, 59, tzinfo=EAST))
    fire_due()
    assert states(mine) == ["suspended"]


@pytest.mark.rule("VT-LI-8")
def test_a_pause_frees_what_is_suspended_until_it_is_ended(client, world, travel):
    mine = give_license(world.end_user, world.agency)
    row = invoice(world.agency, 10_000, world.admin)
    travel(DUE + SECOND)
    fire_due()
    assert give(client, world, row, "pause", "2027-03-01").status_code == 302
    assert states(mine) == ["active"]
    second = give(client, world, row, "pause", "2027-04-01")
    assert (second.status_code, "paused already, until" in words(second)) == (409, True)
    from licensing.billing.payments.models import Respite

    number = db.session.scalar(select(Respite.id))
    assert sign_in(client, world.manager).post(f"/overdue/{row.id}/respites/{number}/end").status_code == 302
    assert states(mine) == ["suspended"]
    assert client.post(f"/overdue/{row.id}/respites/{number}/end").status_code == 409


@pytest.mark.rule("VT-LI-8")
def test_more_time_moves_the_due_date_with_its_reminders(client, world, travel):
    mine = give_license(world.end_user, world.agency)
    row = invoice(world.agency, 10_000, world.admin)
    assert give(client, world, row, "extension", "2027-03-14").status_code == 302
    travel(DUE + SECOND)
    fire_due()
    assert states(mine) == ["active"]
    assert not mails("invoice-overdue")
    assert "Nothing is overdue." in read(client, world.manager, "/overdue")
    assert "overdue since" not in read(client, world.manager, "/roster")
    # The clocks change on that day, which is 23 hours long: its end is its end.
    travel(datetime(2027, 3, 14, 23, 59, 59, tzinfo=EAST))
    fire_due()
    assert states(mine) == ["active"]
    travel(datetime(2027, 3, 15, 0, 0, 0, tzinfo=EAST))
    fire_due()
    assert states(mine) == ["suspended"]
    assert "The grant comes in February. Until Sun, Mar 14, 2027." in read(client, world.director, f"/overdue/{row.id}")


@pytest.mark.rule("VT-LI-8")
def test_more_time_is_over_with_its_day_and_is_told_again(client, world, travel):
    mine = give_license(world.end_user, world.agency)
    row = invoice(world.agency, 10_000, world.admin)
    travel(DUE + SECOND)
    fire_due()
    for day in ("2027-02-01", "2027-03-01"):
        assert give(client, world, row, "extension", day).status_code == 302
    assert states(mine) == ["active"]
    travel(datetime(2027, 3, 2, 0, 0, 0, tzinfo=EAST))
    fire_due()
    assert states(mine) == ["suspended"]
    assert len(mails("invoice-overdue")) == 6, "once when it was due first, once now"
    page = sign_in(client, world.manager).get(f"/overdue/{row.id}").get_data(as_text=True)
    assert "End it" not in page


@pytest.mark.parametrize(
    ("kind", "last_day", "said"),
    [
        ("extension", "2027-01-19", "It is due on Tue, Jan 19, 2027 as it is."),
        ("pause", "2026-11-19", "That day has passed."),
        ("pause", "2028-11-20", "more than a year ahead"),
        ("gift", "2027-03-01", "Not a valid choice"),
    ],
)
def test_time_that_is_none_is_refused_and_what_was_typed_stays(client, world, kind, last_day, said):
    row = invoice(world.agency, 10_000, world.admin)
    answer = give(client, world, row, kind, last_day)
    assert answer.status_code == 422
    assert said in words(answer)
    assert "The grant comes in February." in words(answer)


@pytest.mark.rule("VT-LI-8")
def test_a_check_that_bounces_after_the_due_date_suspends_again(world, travel):
    mine = give_license(world.end_user, world.agency)
    invoice(world.agency, 10_000, world.admin)
    paid = pay(world, 10_000)
    travel(DUE + timedelta(days=2))
    fire_due()
    with unit_of_work():
        payments.reverse(db.session.merge(paid), "It bounced.", principal_for(world.admin, clock.now()), clock.now())
    fire_due()
    assert states(mine) == ["suspended"]
    assert len(mails("invoice-overdue")) == 3, "whoever speaks for the agency, and the manager"
    pay(world, 10_000, "again")
    assert states(mine) == ["active"]
    assert unbalanced(world.agency) == []


def test_a_bounced_check_before_the_due_date_only_opens_the_invoice_again(world, travel):
    mine = give_license(world.end_user, world.agency)
    invoice(world.agency, 10_000, world.admin)
    paid = pay(world, 10_000)
    with unit_of_work():
        payments.reverse(db.session.merge(paid), "It bounced.", principal_for(world.admin, clock.now()), clock.now())
    fire_due()
    assert states(mine) == ["active"]
    travel(DUE + SECOND)
    fire_due()
    assert states(mine) == ["suspended"]


def test_a_credit_in_full_gives_access_back_too(world, travel):
    mine = give_license(world.end_user, world.agency)
    row = invoice(world.agency, 10_000, world.admin)
    travel(DUE + SECOND)
    fire_due()
    credit(again(row), 10_000, world.admin)
    assert states(mine) == ["active"]


@pytest.mark.rule("VT-LI-8")
def test_a_new_license_of_an_agency_in_arrears_begins_suspended(client, world, travel):
    invoice(world.agency, 10_000, world.admin)
    travel(DUE + SECOND)
    fire_due()
    from core.events import publish
    from licensing.events import LicenseActivated

    person = member(world.agency)
    held = give_license(person, world.agency)
    with unit_of_work():
        publish(LicenseActivated(held.id, held.agency_id, held.person_id, clock.now()))
    assert states(held) == ["suspended"]
    pay(world, 10_000)
    assert states(held) == ["active"]


def test_what_else_suspends_a_license_goes_on(world, travel):
    mine = give_license(world.end_user, world.agency)
    invoice(world.agency, 10_000, world.admin)
    travel(DUE + SECOND)
    fire_due()
    with unit_of_work() as session:
        hold(session.get_one(License, mine.id), HoldKind.TRAINING, "t", "The training is late.", clock.now())
    pay(world, 10_000)
    assert states(mine) == ["suspended"]
    with unit_of_work() as session:
        lift(session.get_one(License, mine.id), HoldKind.TRAINING, clock.now())
    assert states(mine) == ["active"]


def test_a_manual_without_the_duty_reminds_and_suspends_nobody(app, at_noon, travel):
    world = make_world("sacramento", "America/Los_Angeles")
    mine = give_license(world.end_user, world.agency)
    row = invoice(world.agency, 10_000, world.admin)
    assert row.due is None, "its manual sets no term"
    travel(DUE + timedelta(days=100))
    fire_due()
    assert states(mine) == ["active"]


@pytest.mark.rule("VT-LI-8")
def test_five_hundred_licenses_are_suspended_and_freed_by_few_statements(world, travel):
    counts = {}
    for many in (10, 100):
        agency = world.other_agency if many == 100 else world.agency
        with unit_of_work() as session:
            for _ in range(many):
                person = make_person()
                values = {"lead_id": agency.lead_id, "coc_id": agency.coc_id, "agency_id": agency.id}
                session.add(License(person_id=person.id, since=clock.now(), **values))
        row = invoice(agency, 10_000, world.admin)
        with queries() as told, unit_of_work():
            from licensing.billing.overdue import services

            owed = again(row)
            assert services.suspend(owed, services.clock_of(owed), clock.now()) == many
        suspended = len(told)
        with queries() as told:
            pay(world, 10_000, debtor=agency)
        counts[many] = suspended, len(told)
        assert set(db.session.scalars(select(License.state).where(License.agency_id == agency.id))) == {
            LicenseState.ACTIVE
        }
    grown = [counts[100][side] - counts[10][side] for side in (0, 1)]
    assert grown[0] == 0, counts
    assert grown[1] <= 90, "one each: a change that waited for the license may come now"


# ------------------------------------------------------------------ what other rooms ask


def schedule(world, *, is_free):
    with unit_of_work() as session:
        row = FeeSchedule(
            lead_id=world.lead.id, coc_id=world.coc.id, name="Fees", first_day=date(2026, 7, 1), by_id=world.admin.id,
            at=clock.now(), once="schedule",
        )  # fmt: skip
        session.add(row)
        session.flush()
        if not is_free:
            session.add(FeeItem(schedule_id=row.id, position=1, basis="flat-rate", name="Fee", cents=100))


def fee_line(row):
    [line] = [one for one in access.eligibility(request_again(row.id), clock.now()) if one.key == "fee-paid"]
    return line.state.value, line.sentence, line.confirmable


@pytest.mark.rule("SAC-LI-1")
def test_the_fee_line_of_a_request_is_answered_by_the_books(client, app, at_noon):
    world = make_world("sacramento", "America/Los_Angeles")
    asked = request_made(client, world)
    assert fee_line(asked)[2], "without fees in the books somebody of the Lead confirms it"
    row = invoice(world.agency, 10_000, world.admin)
    assert fee_line(asked) == ("missing", f"This year's fee is not paid: {row.number}, $100.00 open.", False)
    pay_it = pay(world, 10_000)
    assert fee_line(asked) == ("met", f"This year's fee is paid: {row.number}.", False)
    assert pay_it.left_cents == 0


@pytest.mark.rule("SAC-LI-1")
def test_a_fee_that_was_billed_in_error_and_credited_is_not_paid(client, app, at_noon):
    world = make_world("sacramento", "America/Los_Angeles")
    asked = request_made(client, world)
    row = invoice(world.agency, 10_000, world.admin)
    credit(row, 4_000, world.admin)
    pay(world, 6_000)
    assert fee_line(asked)[0] == "met"
    credit(row, 6_000, world.admin)
    assert fee_line(asked)[2], "the books do not know it, so somebody of the Lead confirms it"


@pytest.mark.rule("SAC-LI-7")
def test_the_fee_line_is_met_where_taking_part_is_free(client, app, at_noon):
    world = make_world("sacramento", "America/Los_Angeles")
    asked = request_made(client, world)
    schedule(world, is_free=True)
    assert fee_line(asked) == ("met", "There is no fee: taking part is free.", False)


def test_a_schedule_with_prices_and_no_invoice_yet_leaves_the_line_to_the_lead(client, app, at_noon):
    world = make_world("sacramento", "America/Los_Angeles")
    asked = request_made(client, world)
    schedule(world, is_free=False)
    assert fee_line(asked)[2]


@pytest.mark.rule("SON-LI-11")
@pytest.mark.parametrize("basis", ["data-transfer", "other"])
def test_the_data_is_delivered_only_once_its_invoice_is_paid(client, app, at_noon, basis):
    world = make_world("sonoma", "America/Los_Angeles")
    headers = api_headers(world.director)
    given = {"last_day": "2026-12-31", "reason": "They merge."}
    made = client.post(f"/api/v1/agencies/{world.agency.id}/ending", headers=headers, json=given)
    assert made.status_code == 201, made.json
    void = invoice(world.agency, 1_000, world.admin, kind=InvoiceKind.SERVICE, basis=basis, words="Transfer of data")
    credit(void, 1_000, world.admin)
    assert standing.transfer_bills(db.session.scalars(select(Ending)).one()) is None, "nothing was paid for it"
    row = invoice(world.agency, 50_000, world.admin, kind=InvoiceKind.SERVICE, basis=basis, words="Transfer of data")
    from core.errors import Conflict
    from licensing.agencies.models import How
    from licensing.agencies.papers import Evidence
    from licensing.endings import services as endings
    from licensing.endings.rules import Transfer

    by = principal_for(world.manager, clock.now())
    today = clock.now().date()

    def move(step):
        with unit_of_work():
            ending = endings.running(world.agency)
            endings.move_data(ending, step, Evidence(today, How.LETTER, "By letter."), by, clock.now())

    move(Transfer.ASKED)
    for step in (Transfer.PAID, Transfer.DELIVERED):
        with pytest.raises(Conflict, match="is open") as refused:
            move(step)
        assert row.number in refused.value.message
    pay(world, 50_000)
    move(Transfer.DELIVERED)
    assert endings.running(world.agency).paid_on is not None


def test_the_roster_says_how_an_agencys_fees_stand(client, world, travel):
    invoice(world.agency, 10_000, world.admin)
    page = read(client, world.manager, "/roster")
    assert "$100.00 open" in page
    assert "Nothing invoiced" in page
    travel(datetime(2027, 1, 21, 12, 0, tzinfo=UTC))
    late = read(client, world.manager, "/roster?shown=fees")
    assert "$100.00 overdue since Tue, Jan 19, 2027" in late
    assert "Casa Sol" not in late.split("Fees")[-1]


def test_the_overdue_list_keeps_to_ones_own_agency(client, world, travel):
    mine, theirs = invoice(world.agency, 100, world.admin), invoice(world.other_agency, 100, world.admin)
    travel(DUE + timedelta(days=1))
    page = read(client, world.representative, "/overdue")
    assert (mine.number in page, theirs.number in page) == (True, False)
    assert sign_in(client, world.representative).get(f"/overdue/{theirs.id}").status_code == 404
    both = read(client, world.manager, "/overdue")
    assert (mine.number in both, theirs.number in both) == (True, True)


def test_every_page_knows_of_the_time_that_was_given(client, world, travel):
    row = invoice(world.agency, 10_000, world.admin)
    travel(datetime(2027, 1, 10, 17, tzinfo=UTC))
    assert give(client, world, row, "extension", "2027-03-01").status_code == 302
    travel(datetime(2027, 2, 1, 17, tzinfo=UTC))
    assert row.number not in read(client, world.representative, "/invoices?shown=overdue")
    assert "Mon, Mar 1, 2027 $100.00 $100.00 To pay" in read(client, world.representative, "/invoices")
    page = read(client, world.representative, f"/invoices/{row.id}")
    assert "More time was given: it is due on Mon, Mar 1, 2027." in page
    assert "Overdue" not in page.split("Lines")[0].split(row.number)[-1]
    travel(datetime(2027, 3, 2, 17, tzinfo=UTC))
    fire_due()
    assert row.number in read(client, world.representative, "/invoices?shown=overdue")
