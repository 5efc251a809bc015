"""Through the pages: prices entered and told of, an agency billed, credited, and what each person sees of it."""

from __future__ import annotations

import re
from datetime import date
from itertools import count

import pytest
from sqlalchemy import select

from core import clock
from core.db import db, unit_of_work
from licensing.access.models import License
from licensing.billing.fees import agencies as debtors
from licensing.billing.fees.agencies import Figures, NewRelief, put_figures
from licensing.billing.fees.models import AgencyFigures, Basis, FeeRelief, FeeSchedule, Payer, ReliefKind
from licensing.billing.fees.services import NewItem
from licensing.billing.fees.years import year_of
from licensing.billing.invoices import crediting, printing
from licensing.billing.invoices.models import Invoice, InvoiceKind, InvoiceRun, InvoiceState, RunState
from licensing.billing.payments.models import Method, Payment, PaymentPart
from tests.licensing.acting import read, words
from tests.licensing.billing.making import (
    FLAT,
    as_principal,
    counted,
    invoices,
    licensed,
    must_balance,
    run_issued,
    schedule,
)
from tests.support.factories import make_agency, make_world
from tests.support.signing_in import sign_in

_n = count(1)


@pytest.fixture
def world(app, at_noon):
    return make_world("vermont", "America/New_York")


@pytest.fixture
def sacramento(app, at_noon):
    return make_world("sacramento", "America/Los_Angeles")


def prices(world, **values):
    form = {
        "coc": str(world.coc.id), "name": "Fees 2026-2027", "first_day": "2026-07-01", "last_day": "2027-06-30",
        "proration": "months", "once": f"f{next(_n)}", "items-0-basis": "licenses", "items-0-name": "HMIS license",
        "items-0-cost": "150.00",
    }  # fmt: skip
    return {key: value for key, value in (form | values).items() if value is not None}


def enter(client, world, **values):
    return sign_in(client, world.manager).post("/fees/new", data=prices(world, **values))


# ------------------------------------------------------------------ prices


@pytest.mark.rule("VT-LI-8")
def test_prices_are_entered_and_the_committee_has_not_been_told_until_it_is_entered(client, world):
    answer = enter(client, world)
    assert answer.status_code == 302, words(answer)
    path = answer.location
    assert "The committee has not been told" in read(client, world.manager, path)
    told = {"notice-noticed_on": "2026-11-19", "notice-notice": "At its meeting."}
    assert sign_in(client, world.manager).post(f"{path}/notice", data=told).status_code == 302
    page = read(client, world.manager, path)
    assert "has not been told" not in page
    assert "At its meeting." in page
    later = told | {"notice-noticed_on": "2026-11-21"}
    answer = sign_in(client, world.manager).post(f"{path}/notice", data=later)
    assert answer.status_code == 422
    assert "That day has not come yet." in words(answer)


@pytest.mark.parametrize(
    ("first", "last", "says"),
    [
        ("2027-07-02", "2028-06-30", "leaves a gap after “Fees 2026-2027”, which ends on Wed, Jun 30, 2027. "
                                     "Choose Thu, Jul 1, 2027 as the first day."),
        ("2027-06-30", "2028-06-30", "lies over “Fees 2026-2027”, which ends on Wed, Jun 30, 2027. "
                                     "Choose Thu, Jul 1, 2027 as the first day."),
        ("2025-07-01", "2026-06-29", "leaves a gap before “Fees 2026-2027”, which begins on Wed, Jul 1, 2026. "
                                     "Choose Tue, Jun 30, 2026 as the last day."),
        ("2025-07-01", "2026-07-01", "lies over “Fees 2026-2027”, which begins on Wed, Jul 1, 2026. "
                                     "Choose Tue, Jun 30, 2026 as the last day."),
        ("2025-07-01", "", "lies over “Fees 2026-2027”"),
        ("2027-07-01", "2028-06-30", ""),
        ("2025-07-01", "2026-06-30", ""),
    ],
)  # fmt: skip
def test_a_gap_or_an_overlap_is_refused_and_names_the_other_and_the_day_to_choose(client, world, first, last, says):
    assert enter(client, world).status_code == 302
    answer = enter(client, world, name="Others", first_day=first, last_day=last)
    assert answer.status_code == (422 if says else 302)
    if says:
        assert says in words(answer)
        assert 'value="Others"' in answer.get_data(as_text=True), "what was typed stays"


def test_one_without_a_last_day_gets_one_before_the_next_begins(client, world):
    path = enter(client, world, last_day="").location
    answer = enter(client, world, name="Next", first_day="2027-07-01", last_day="")
    assert "Give that one Wed, Jun 30, 2027 as its last day first." in words(answer)
    sign_in(client, world.manager).post(f"{path}/end", data={"end-last_day": "2027-06-30"})
    assert enter(client, world, name="Next", first_day="2027-07-01", last_day="").status_code == 302


def test_the_same_form_twice_is_one_schedule(client, world):
    form = {"once": "twice"}
    assert enter(client, world, **form).location == enter(client, world, **form).location
    assert len(db.session.scalars(select(FeeSchedule)).all()) == 1


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"items-0-cost": "-5"}, "That amount cannot be meant."),
        ({"items-0-cost": "a lot"}, "This is not an amount."),
        ({"items-0-basis": "budget", "items-0-bands": "much: little"}, "Write one band a line"),
        ({"items-0-basis": "budget", "items-0-bands": ""}, "is priced in bands and has none"),
        ({"items-0-basis": ""}, "Choose what this line is counted by"),
        ({"last_day": "2026-06-30"}, "The last day lies before the first."),
        ({"last_day": "9999-12-31"}, "That day cannot be meant."),
        ({"least": "10", "most": "5"}, "The maximum is less than the minimum."),
    ],
)
def test_prices_that_cannot_be_meant_are_refused_at_their_field(client, world, values, says):
    answer = enter(client, world, **values)
    assert answer.status_code == 422
    assert says in words(answer)
    assert not db.session.scalars(select(FeeSchedule)).all()


def test_one_that_was_billed_by_cannot_be_withdrawn(client, world):
    path = enter(client, world).location
    licensed(world.end_user, world.agency)
    counted(world.coc, world.admin)
    assert sign_in(client, world.manager).post(f"{path}/withdraw").status_code == 409


@pytest.mark.rule("SON-LI-9")
def test_the_page_says_which_factors_of_the_manual_a_schedule_counts(client, app, at_noon):
    world = make_world("sonoma", "America/Los_Angeles")
    path = enter(client, world).location
    page = read(client, world.manager, path)
    assert "The number of licenses: counted" in page
    assert "The bed capacity: not counted" in page


def test_figures_payers_and_reliefs_of_an_agency(client, world):
    path = f"/fees/agencies/{world.agency.id}"
    signed = sign_in(client, world.manager)
    figures = {
        "figures-beds": "40",
        "figures-clients": "1,200",
        "figures-data_quality": "97",
        "figures-budget": "250000",
    }
    assert signed.post(f"{path}/figures", data=figures).status_code == 302
    row = db.session.scalars(select(AgencyFigures)).one()
    assert (row.beds, row.clients, row.budget_cents, row.first_day) == (40, 1200, 250000_00, date(2026, 7, 1))
    assert signed.post(f"{path}/figures", data={"figures-beds": "41"}).status_code == 302
    assert [one.beds for one in db.session.scalars(select(AgencyFigures))] == [41]
    payer = {"payer-name": "County", "payer-email": "pay@county.test", "payer-once": "p1"}
    assert signed.post(f"{path}/payers", data=payer).status_code == 302
    again = signed.post(f"{path}/payers", data=payer | {"payer-once": "p2"})
    assert again.status_code == 409
    assert "County pays already." in words(again)
    number = db.session.scalars(select(Payer.id)).one()
    assert signed.post(f"{path}/payers/{number}/end").status_code == 302
    relief = {
        "relief-kind": "subsidized", "relief-percent": "50", "relief-first_day": "2026-07-01",
        "relief-last_day": "2026-12-31", "relief-reason": "First year.", "relief-once": "r1",
    }  # fmt: skip
    assert "A subsidy has a funder." in words(signed.post(f"{path}/reliefs", data=relief))
    assert signed.post(f"{path}/reliefs", data=relief | {"relief-funder": "State"}).status_code == 302
    assert db.session.scalars(select(FeeRelief.funder)).one() == "State"
    assert "State" in read(client, world.manager, path)


# ------------------------------------------------------------------ invoices


def test_a_year_is_counted_looked_over_and_issued(client, world):
    enter(client, world)
    licensed(world.end_user, world.agency)
    answer = sign_in(client, world.manager).post("/invoices/runs", data={"coc": str(world.coc.id), "year": "2026"})
    assert answer.status_code == 302, words(answer)
    assert "1 invoices of" in read(client, world.manager, "/")
    page = read(client, world.manager, answer.location)
    assert "$150.00" in page
    assert sign_in(client, world.manager).post(f"{answer.location}/issue").status_code == 302
    assert db.session.scalars(select(InvoiceRun)).one().state in (RunState.ISSUING, RunState.DONE)
    [row] = invoices()
    assert row.state is InvoiceState.ISSUED
    for person in (world.representative, world.director):
        assert f"Invoice {row.number} to pay: $150.00" in read(client, person, "/")
        assert "1 license × $150.00 a year = $150.00." in read(client, person, f"/invoices/{row.id}")
        assert row.number in read(client, person, "/invoices")
    assert row.number in read(client, world.manager, f"/search?q={row.number}")
    assert "60 days" in read(client, world.manager, f"/invoices/{row.id}")


def test_nobody_of_another_agency_sees_it_and_a_draft_is_the_leads(client, world):
    schedule(world.coc, world.admin, FLAT)
    counted(world.coc, world.admin)
    other = next(row for row in invoices() if row.debtor_id == world.other_agency.id)
    mine = next(row for row in invoices() if row.debtor_id == world.agency.id)
    for row in (other, mine):
        assert sign_in(client, world.representative).get(f"/invoices/{row.id}").status_code == 404
    assert sign_in(client, world.end_user).get("/invoices").status_code == 403
    assert sign_in(client, world.agent).get(f"/invoices/{mine.id}").status_code == 200


def bill(client, world, kind="licenses", **values):
    form = {f"{kind}-once": f"b{next(_n)}"} | {f"{kind}-{key}": value for key, value in values.items()}
    return sign_in(client, world.manager).post(f"/invoices/agencies/{world.agency.id}/{kind}", data=form)


@pytest.mark.rule("VT-LI-8")
def test_a_license_bought_within_the_year_is_billed_once_and_for_what_is_left(client, world):
    enter(client, world)
    licensed(world.end_user, world.agency)
    run_issued(world.coc, world.admin)
    licensed(world.administrator, world.agency, date(2026, 11, 20))
    assert "8 of 12 months are left" in read(client, world.manager, f"/invoices/agencies/{world.agency.id}/new")
    answer = bill(client, world)
    assert answer.status_code == 302, words(answer)
    again = bill(client, world)
    assert again.status_code == 409
    assert "Every license of" in words(again)
    assert sign_in(client, world.manager).post(f"{answer.location}/issue").status_code == 302
    row = invoices()[-1]
    assert (row.kind, row.total_cents, row.sequence) == (InvoiceKind.LICENSES, 100_00, 2)
    must_balance()


@pytest.mark.rule("SAC-LI-7")
def test_a_custom_report_is_billed_from_the_manuals_list_and_a_negative_quantity_is_refused(client, sacramento):
    line = {"lines-0-kind": "custom-report", "lines-0-quantity": "-1", "lines-0-cost": "400"}
    answer = bill(client, sacramento, "services", **line)
    assert answer.status_code == 422
    assert "The quantity of line 1 is -1." in words(answer)
    answer = bill(client, sacramento, "services", **line | {"lines-0-quantity": "2"})
    assert answer.status_code == 302, words(answer)
    assert "Custom reports" in read(client, sacramento.manager, answer.location)
    [row] = invoices()
    assert (row.total_cents, row.lines[0].rule) == (800_00, "SAC-LI-7")
    assert sign_in(client, sacramento.manager).post(f"{answer.location}/drop").status_code == 302
    assert sign_in(client, sacramento.manager).post(f"{answer.location}/issue").status_code == 409


def issued(client, world, *people):
    enter(client, world)
    for person in people or (world.end_user, world.administrator):
        licensed(person, world.agency)
    run_issued(world.coc, world.admin)
    return invoices()[0]


def credit(client, world, row, dollars, cause="error", **values):
    form = {f"line-{row.lines[0].id}": dollars, "credit-cause": cause, "credit-reason": "Counted twice."}
    form |= {"credit-once": f"c{next(_n)}"} | values
    return sign_in(client, world.manager).post(f"/invoices/{row.id}/credit", data=form)


def test_a_credit_never_takes_more_than_is_left_of_a_line(client, world):
    row = issued(client, world)
    for dollars, says in (("300.01", "$300.00 is left of"), ("-1", "not less than nothing"), ("", "Nothing would be"),
                          ("much", "is not an amount")):  # fmt: skip
        answer = credit(client, world, row, dollars)
        assert answer.status_code == 422
        assert says in words(answer)
    once = {"credit-once": "same"}
    assert credit(client, world, row, "100", **once).status_code == 302
    assert credit(client, world, row, "100", **once).status_code == 302, "the same form is the same note"
    assert "$200.00 is left of" in words(credit(client, world, invoices()[0], "200.01"))
    row, note = invoices()
    assert (row.open_cents, row.credited_cents, note.total_cents, note.sequence) == (200_00, 100_00, -100_00, 2)
    assert note.lines[0].credits_line_id == row.lines[0].id
    must_balance()


def test_void_is_credited_in_full_and_what_was_paid_is_free_again(client, world):
    row = issued(client, world)
    paid(row, 120_00)
    must_balance()
    answer = sign_in(client, world.manager).post(f"/invoices/{row.id}/void", data={"void-reason": "Wrong agency."})
    assert answer.status_code == 302
    row = invoices()[0]
    assert (row.open_cents, row.paid_cents, row.credited_cents) == (0, 0, 300_00)
    assert db.session.scalars(select(Payment.left_cents)).one() == 120_00
    must_balance()
    assert bill(client, world).status_code == 302, "what was credited whole can be billed again"


def test_a_part_of_what_was_paid_stays_paid(client, world):
    row = issued(client, world)
    paid(row, 250_00)
    assert credit(client, world, row, "100").status_code == 302
    row = invoices()[0]
    assert (row.open_cents, row.paid_cents) == (0, 200_00)
    assert db.session.scalars(select(PaymentPart.cents).where(PaymentPart.undone_at.is_(None))).one() == 200_00
    must_balance()


def paid(row, cents):
    from licensing.billing.books.ledger import post_payment

    with unit_of_work() as session:
        held = session.get_one(Invoice, row.id)
        money = Payment(
            lead_id=row.lead_id, coc_id=row.coc_id, debtor_id=row.debtor_id, method=Method.CHECK, cents=cents,
            received_on=clock.now().date(), left_cents=0, series="R", year=2026, sequence=1, by_id=row.by_id,
            at=clock.now(), once="pay",
        )  # fmt: skip
        session.add(money)
        session.flush()
        session.add(PaymentPart(payment_id=money.id, invoice_id=row.id, cents=cents, at=clock.now()))
        held.paid_cents += cents
        held.open_cents -= cents
        post_payment(money)


@pytest.mark.rule("VT-LI-10")
def test_access_that_was_revoked_returns_no_fee_but_an_error_is_put_right(client, world):
    row = issued(client, world)
    answer = credit(client, world, row, "150", "revoked")
    assert answer.status_code == 409
    assert "Fees already paid are not returned when a user's or an agency's access is revoked." in words(answer)
    assert "VT-LI-10" in words(answer)
    assert credit(client, world, row, "150", "error").status_code == 302
    assert crediting.left_of(invoices()[0]) == {row.lines[0].id: 150_00}


def test_the_difference_to_the_year_before_stands_beside_each_agency(client, world, travel):
    schedule(world.coc, world.admin, NewItem(Basis.LICENSES, "License", 100_00), first_day=date(2025, 7, 1),
             last_day=date(2026, 6, 30))  # fmt: skip
    licensed(world.end_user, world.agency, date(2025, 1, 1))
    run_issued(world.coc, world.admin, 2025)
    enter(client, world)
    row = counted(world.coc, world.admin)
    page = read(client, world.manager, f"/invoices/runs/{row.id}")
    assert "$150.00 $150.00 $100.00 $50.00" in page
    assert as_principal(world.manager).can("billing.invoice")
    assert db.session.scalars(select(License)).one()


def test_an_invoice_is_printed_once_and_stays_as_it_is(client, world):
    row = issued(client, world)
    with sign_in(client, world.representative).get(f"/invoices/{row.id}.pdf") as answer:
        assert answer.status_code == 200
        made = answer.data
    assert made.startswith(b"%PDF")
    with sign_in(client, world.representative).get(f"/invoices/{row.id}.pdf") as again:
        assert again.data == made
    assert invoices()[0].file_id is not None


def test_what_a_run_issued_is_printed_in_the_background_a_few_at_a_time(client, world):
    schedule(world.coc, world.admin, FLAT)
    run = run_issued(world.coc, world.admin)
    assert "0 of 2" in read(client, world.manager, f"/invoices/runs/{run.id}")
    assert (printing.look(), printing.look()) == (2, 0)
    assert all(row.file_id for row in invoices())
    assert "of 2" not in read(client, world.manager, f"/invoices/runs/{run.id}")


def test_a_run_says_for_how_many_a_figure_is_missing_and_shows_only_those(client, world):
    schedule(world.coc, world.admin, NewItem(Basis.FLAT, "Participation", 100_00), NewItem(Basis.BEDS, "Beds", 5_00))
    with unit_of_work():
        put_figures(
            world.agency, year_of(world.coc, clock.now()), Figures(beds=10), as_principal(world.admin), clock.now()
        )
    run = counted(world.coc, world.admin)
    assert (run.drafts, run.lacking) == (2, 1)
    page = read(client, world.manager, f"/invoices/runs/{run.id}")
    assert "A figure is missing for 1 draft" in page
    assert world.agency.name in page
    only = read(client, world.manager, f"/invoices/runs/{run.id}?figures=missing")
    assert world.agency.name not in only
    assert world.other_agency.name in only


def test_what_was_eased_can_be_billed_again_once_its_invoice_is_void(client, world):
    told = NewRelief(ReliefKind.WAIVED, 50, date(2026, 7, 1), date(2027, 6, 30), "Its first year.", "relief")
    with unit_of_work():
        debtors.grant_relief(world.agency, told, as_principal(world.admin), clock.now())
    row = issued(client, world)
    assert row.total_cents == 150_00
    assert credit(client, world, row, "149").status_code == 302
    assert bill(client, world).status_code == 409, "a dollar of it is billed still"
    sign_in(client, world.manager).post(f"/invoices/{row.id}/void", data={"void-reason": "The wrong payer."})
    assert bill(client, world).status_code == 302
    must_balance()


def test_an_invoice_that_cannot_be_printed_holds_up_no_other(client, world, monkeypatch, caplog):
    schedule(world.coc, world.admin, FLAT)
    run_issued(world.coc, world.admin)
    bad, made = invoices()[0].id, printing.keep

    def keep(row):
        if row.id == bad:
            raise ValueError("no such letter")
        made(row)

    monkeypatch.setattr(printing, "keep", keep)
    assert printing.look() == 1
    assert [row.file_id is None for row in invoices()] == [True, False]
    assert f"invoice {bad} is not printed" in caplog.text


def test_a_credit_that_was_changed_and_sent_again_is_asked_about_and_then_counts(client, world):
    row = issued(client, world)
    once = {"credit-once": "same"}
    assert credit(client, world, row, "100", **once).status_code == 302
    answer = credit(client, world, row, "120", **once)
    assert (answer.status_code, "This form was sent before, for something else." in words(answer)) == (409, True)
    key = re.search(r'name="credit-once"[^>]*value="([^"]+)"', answer.text)[1]
    assert key != "same", "so that it can be sent as something new"
    assert credit(client, world, row, "120", **{"credit-once": key}).status_code == 302
    assert invoices()[0].credited_cents == 220_00
    void = {"void-reason": "The wrong agency.", "void-once": "void"}
    for _ in range(2):
        assert sign_in(client, world.manager).post(f"/invoices/{row.id}/void", data=void).status_code == 302
    must_balance()


def test_the_sweep_prints_for_some_seconds_and_then_others_have_their_turn(client, world, monkeypatch):
    schedule(world.coc, world.admin, FLAT)
    run_issued(world.coc, world.admin)
    monkeypatch.setattr(printing, "LONGEST", 0.0)
    assert printing.look() == 0
    monkeypatch.setattr(printing, "LONGEST", 10.0)
    assert printing.look() == 2


def test_one_agency_of_many_is_found_by_a_word_of_its_name_and_from_its_own_page(client, world):
    for number in range(51):
        make_agency(world.coc, f"Shelter {number}")
    page = read(client, world.manager, "/fees")
    assert "There are more: find one by a word of its name." in page
    found = read(client, world.manager, "/fees?q=shelter+50")
    assert "Shelter 50" in found
    assert "Shelter 49" not in found
    assert "No agency has such a name." in read(client, world.manager, "/fees?q=nowhere")
    assert "Fees of this agency" in read(client, world.manager, f"/agencies/{world.agency.id}")
    assert "Fees of this agency" not in read(client, world.director, f"/agencies/{world.agency.id}")
