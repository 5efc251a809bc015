"""A bank's list: read whatever it is, matched with reasons, looked over, and each line a payment once."""

from __future__ import annotations

import io
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from sqlalchemy import func, select

from core import clock
from core.authz import principal_for
from core.db import db, unit_of_work
from core.people.models import LeadStaff
from licensing.billing.banking import rules, services
from licensing.billing.payments.models import BankImport, BankLine, Payment
from tests.licensing.acting import read, words
from tests.licensing.billing.owing import invoice, state, unbalanced
from tests.support.counting import queries
from tests.support.factories import make_agency, make_world
from tests.support.signing_in import api_headers, sign_in

_n = count(1)
HEAD = "Posting Date,Description,Amount,Check Number\n"


@pytest.fixture
def world(app, at_noon):
    return make_world("vermont", "America/New_York")


def bring(client, world, data, name="bank.csv", by=None, **values):
    raw = data if isinstance(data, bytes) else data.encode()
    form = {"once": f"list-{next(_n)}", "file": (io.BytesIO(raw), name), **values}
    return sign_in(client, by or world.manager).post("/payments/bank-lists/new", data=form)


def brought(client, world, data, **values):
    answer = bring(client, world, data, **values)
    assert answer.status_code == 302, words(answer)
    return int(answer.location.rsplit("/", 1)[1])


def lines(number):
    db.session.expire_all()
    return list(db.session.scalars(select(BankLine).where(BankLine.import_id == number).order_by(BankLine.position)))


def act(client, world, path, **form):
    return sign_in(client, world.manager).post(f"/payments/bank-lists/{path}", data=form)


@pytest.mark.rule("HUD-LI-2")
def test_lines_are_matched_by_number_then_by_amount_and_name_and_say_why(client, world):
    first, second = invoice(world.agency, 12_000, world.admin), invoice(world.other_agency, 7_550, world.admin)
    data = (
        f"{HEAD}11/18/2026,ACH CREDIT {first.number} THANK YOU,120.00,881\n"
        "11/18/2026,CASA SOL INC DEPOSIT,75.50,\n"
        "11/19/2026,MOBILE DEPOSIT,75.50,\n"
        "11/19/2026,SOMEBODY,1.00,\n"
        "11/19/2026,BANK FEE,-12.00,\n"
    )
    number = brought(client, world, data)
    assert [(line.debtor_id, line.invoice_id) for line in lines(number)] == [
        (world.agency.id, first.id), (world.other_agency.id, second.id), (None, None), (None, None),
    ]  # fmt: skip
    page = read(client, world.manager, f"/payments/bank-lists/{number}")
    assert f"The text names {first.number}." in page
    assert f"Casa Sol is named, and {second.number} is open for exactly this." in page
    assert f"Only {second.number} of Casa Sol is open for this, but the text does not name it." in page
    assert "2 lines can be taken, $195.50 in all. 2 lines to choose whose it is. 1 line of money that went out" in page
    assert not db.session.scalars(select(Payment)).all(), "nothing is a payment yet"


def test_taking_it_makes_a_payment_of_each_ready_line_and_of_none_twice(client, world):
    row = invoice(world.agency, 12_000, world.admin)
    data = f"{HEAD}11/18/2026,{row.number},60.00,1\n11/18/2026,{row.number},90.00,2\n11/18/2026,WHO,5.00,\n"
    number = brought(client, world, data)
    assert act(client, world, f"{number}/apply").status_code == 302
    assert act(client, world, f"{number}/apply").status_code == 302
    assert state(row) == (12_000, 0, 0)
    payments = db.session.scalars(select(Payment).order_by(Payment.id)).all()
    assert [(one.cents, one.left_cents, one.reference, str(one.method)) for one in payments] == [
        (6_000, 0, "1", "ach"), (9_000, 3_000, "2", "ach"),
    ]  # fmt: skip
    assert unbalanced(world.agency) == []
    again = brought(client, world, data)
    assert [line.is_skipped for line in lines(again)] == [True, True, False]
    assert "Taken before, from an earlier list: R-2026-000001." in read(
        client, world.manager, f"/payments/bank-lists/{again}"
    )
    act(client, world, f"{again}/apply")
    assert db.session.scalar(select(func.count()).select_from(Payment)) == 2


def test_two_lines_that_are_the_same_are_two_payments_once_each(client, world):
    invoice(world.agency, 100_000, world.admin)
    line = "11/18/2026,HARBOR HOUSE VT-2026-000001,50.00,\n"
    number = brought(client, world, HEAD + line + line)
    act(client, world, f"{number}/apply")
    # It looks just like the first to whoever reads it, so it is asked about instead of taken.
    told = lines(number)
    assert [one.payment_id is not None for one in told] == [True, False]
    assert "is on record already" in told[1].why


def test_somebody_chooses_whose_a_line_is_or_leaves_it_out(client, world):
    row = invoice(world.agency, 12_000, world.admin)
    theirs = invoice(world.other_agency, 500, world.admin)
    number = brought(client, world, f"{HEAD}11/18/2026,WHO,5.00,\n11/18/2026,REFUND,6.00,\n")
    first, second = lines(number)
    path = f"{number}/lines/{first.id}"
    assert "Harbor House" in words(sign_in(client, world.manager).get(f"/payments/bank-lists/{path}?q=harbor"))
    wrong = act(client, world, path, agency=world.agency.id, invoice=theirs.id)
    assert (wrong.status_code, "not open for that agency" in words(wrong)) == (422, True)
    assert act(client, world, path, agency="", q="x").status_code == 422
    assert act(client, world, path, agency=world.agency.id, invoice=row.id).status_code == 302
    assert act(client, world, f"{number}/lines/{second.id}/leave-out").status_code == 302
    act(client, world, f"{number}/apply")
    assert state(row) == (500, 0, 11_500)
    assert db.session.get_one(BankImport, number).state == "taken"
    assert act(client, world, path, agency=world.agency.id).status_code == 409


def test_columns_that_nobody_could_guess_are_asked_for_and_kept(client, world):
    row = invoice(world.agency, 12_000, world.admin)
    number = brought(client, world, f"When,How much,What\n2026-11-18,$10.00,{row.number}\n")
    page = read(client, world.manager, f"/payments/bank-lists/{number}")
    assert "The titles do not say which column is the day and which the amount." in page
    wrong = act(client, world, f"{number}/columns", day="0")
    assert (wrong.status_code, "No column says the amount that came in." in words(wrong)) == (422, True)
    same = act(client, world, f"{number}/columns", day="0", amount="0")
    assert "One column cannot be two things." in words(same)
    assert act(client, world, f"{number}/columns", day="0", amount="99").status_code == 422
    assert act(client, world, f"{number}/columns", day="0", amount="1", words="2").status_code == 302
    assert [(line.cents, line.invoice_id) for line in lines(number)] == [(1_000, row.id)]


def test_a_line_that_cannot_be_read_says_why_and_the_others_are_read(client, world):
    data = (
        f"{HEAD}yesterday,A,5.00,\n11/18/2026,B,five,\n12/24/2026,C,5.00,\n11/18/2026,D,5.001,\n11/18/2026,E,5.00,\n"
        "11/18/2026,SSN 536-22-1234,6.00,\n"
    )
    number = brought(client, world, data)
    page = read(client, world.manager, f"/payments/bank-lists/{number}")
    for said in (
        "“yesterday” is no day.",
        "“five” is no amount",
        "“12/24/2026” has not come yet.",
        "“5.001” is no amount",
    ):
        assert said in page
    assert "536-22-1234" not in page
    assert "536-22-1234" not in str(db.session.get_one(BankImport, number).table)
    assert [line.cents for line in lines(number)] == [500, 600]


def excel(rows):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_an_excel_file_is_read_too(client, world):
    row = invoice(world.agency, 12_000, world.admin)
    number = brought(
        client, world, excel([["Date", "Details", "Credit"], ["11/18/2026", row.number, 12.5]]), name="b.xlsx"
    )
    assert [(line.cents, line.invoice_id) for line in lines(number)] == [(1_250, row.id)]


HOSTILE = [
    (b"", "This file is empty."),
    (b"%PDF-1.4 nothing", "This is a PDF, not a table."),
    (b"\x00\x01\x02\x03" * 50, "not text"),
    (b"PK\x03\x04 not a zip", "damaged, or no workbook at all"),
    (b"Date,Amount\n", "There are no lines under the titles."),
    (b"Date,Amount\n" + b"2026-11-18,1\n" * 1_001, "1,000 are taken at once"),
]


@pytest.mark.parametrize(("raw", "said"), HOSTILE, ids=["empty", "pdf", "zeros", "zip", "bare", "long"])
def test_a_file_that_is_no_list_is_answered_kindly(client, world, raw, said):
    answer = bring(client, world, raw)
    assert answer.status_code == 422
    assert said in words(answer)
    assert not db.session.scalars(select(BankImport)).all()


def test_no_file_at_all(client, world):
    answer = sign_in(client, world.manager).post("/payments/bank-lists/new", data={"once": "x"})
    assert (answer.status_code, "Choose the file." in words(answer)) == (422, True)


def test_a_formula_in_a_list_is_text(client, world):
    number = brought(client, world, f'{HEAD}11/18/2026,"=cmd|calc",5.00,\n')
    assert lines(number)[0].words == "=cmd|calc"
    assert "=cmd|calc" in read(client, world.manager, f"/payments/bank-lists/{number}")


def test_a_list_is_discarded_until_something_of_it_was_taken(client, world):
    row = invoice(world.agency, 12_000, world.admin)
    data = f"{HEAD}11/18/2026,{row.number},5.00,\n11/18/2026,WHO,5.00,\n"
    number = brought(client, world, data)
    act(client, world, f"{number}/apply")
    assert act(client, world, f"{number}/discard").status_code == 409
    other = brought(client, world, f"{HEAD}11/18/2026,WHO,8.00,\n")
    assert act(client, world, f"{other}/discard").status_code == 302
    assert act(client, world, f"{other}/discard").status_code == 409


def test_only_who_receives_money_sees_them(client, world):
    number = brought(client, world, f"{HEAD}11/18/2026,WHO,5.00,\n")
    for person in (world.representative, world.agent):
        assert sign_in(client, person).get(f"/payments/bank-lists/{number}").status_code == 403
    assert sign_in(client, world.admin).get(f"/payments/bank-lists/{number}").status_code == 200
    far = make_world("vermont", "America/New_York")
    for person in (far.admin, far.manager):
        assert sign_in(client, person).get(f"/payments/bank-lists/{number}").status_code == 404


def test_what_is_outside_of_ones_reach_is_not_matched(client, world):
    far = make_world("vermont", "America/New_York")
    row = invoice(far.agency, 12_000, far.admin)
    number = brought(client, world, f"{HEAD}11/18/2026,{row.number},120.00,\n")
    assert lines(number)[0].debtor_id is None


def test_matching_takes_as_many_statements_for_many_lines_as_for_few(client, world):
    for _ in range(30):
        invoice(make_agency(world.coc), 1_000, world.admin)
    counts = []
    for many in (2, 30):
        text = "".join(f"11/18/2026,VT-2026-{n:06},10.00,{many}\n" for n in range(1, many + 1))
        sign_in(client, world.manager)
        with queries() as told:
            brought(client, world, HEAD + text)
        counts.append(len([one for one in told if one.startswith("SELECT")]))
    assert counts[0] == counts[1]


def test_the_api_brings_a_list_chooses_and_takes_it(client, world):
    row = invoice(world.agency, 12_000, world.admin)
    headers = api_headers(world.manager)
    body = {"name": "November", "header": ["Date", "Sum", "Memo"], "rows": [["2026-11-18", "12.00", "?"]]}
    made = client.post("/api/v1/bank-lists", headers=headers, json=body)
    assert (made.status_code, made.json["lines"]) == (201, [])
    at = f"/api/v1/bank-lists/{made.json['id']}"
    told = client.post(f"{at}/columns", headers=headers, json={"day": 0, "amount": 1, "words": 2}).json
    [line] = told["lines"]
    choice = {"agency_id": world.agency.id, "invoice_id": row.id}
    assert client.post(f"{at}/lines/{line['id']}/choice", headers=headers, json=choice).status_code == 200
    done = client.post(f"{at}/payments", headers=headers).json
    assert (done["state"], done["lines"][0]["payment_id"] is not None) == ("taken", True)
    assert state(row) == (1_200, 0, 10_800)


@given(st.text(max_size=80))
def test_any_text_is_looked_through_for_numbers(said):
    line = rules.Line(1, None, 1, said, "", "")
    for series, year, sequence in rules.numbers_in(line):
        assert (series, year) == (series.upper(), int(f"{year:04}"))
        assert sequence >= 0


def test_a_list_of_which_something_was_taken_is_not_read_by_other_columns(client, world):
    row = invoice(world.agency, 100_000, world.admin)
    head = "Posting Date,Value Date,Description,Amount\n"
    number = brought(client, world, f"{head}11/18/2026,11/17/2026,{row.number},50.00\n11/18/2026,11/17/2026,WHO,5.00\n")
    act(client, world, f"{number}/apply")
    again = act(client, world, f"{number}/columns", day="1", amount="3", words="2")
    assert (again.status_code, "Some of its lines are payments already." in words(again)) == (409, True)
    act(client, world, f"{number}/apply")
    assert db.session.scalar(select(func.count()).select_from(Payment)) == 1
    assert "Which column is what" not in read(client, world.manager, f"/payments/bank-lists/{number}")


def test_nothing_of_a_list_that_somebody_discarded_meanwhile_is_taken(client, world):
    row = invoice(world.agency, 12_000, world.admin)
    number = brought(client, world, f"{HEAD}11/18/2026,{row.number},5.00,\n")
    assert act(client, world, f"{number}/discard").status_code == 302
    late = act(client, world, f"{number}/apply")
    assert (late.status_code, "This list was discarded before." in words(late)) == (409, True)
    by_api = client.post(f"/api/v1/bank-lists/{number}/payments", headers=api_headers(world.manager))
    assert by_api.status_code == 409
    assert not db.session.scalars(select(Payment)).all()


def test_a_line_is_left_out_however_often_that_is_pressed_and_taken_in_again_when_that_is_said(client, world):
    row = invoice(world.agency, 12_000, world.admin)
    number = brought(client, world, f"{HEAD}11/18/2026,{row.number},5.00,\n11/18/2026,WHO,5.00,\n")
    path = f"{number}/lines/{lines(number)[0].id}"
    for _ in range(2):
        assert act(client, world, f"{path}/leave-out").status_code == 302
    act(client, world, f"{number}/apply")
    assert (lines(number)[0].is_skipped, state(row)[0]) == (True, 0)
    assert "leave-out?again=in" in sign_in(client, world.manager).get(f"/payments/bank-lists/{number}").text
    at = f"/api/v1/bank-lists/{path}/exclusion"
    for _ in range(2):
        assert client.post(at, headers=api_headers(world.manager), json={"is_out": False}).status_code == 200
    act(client, world, f"{number}/apply")
    assert state(row)[0] == 500


@pytest.mark.parametrize("was_wrong_agency", [False, True])
def test_a_line_whose_payment_was_reversed_is_taken_from_a_new_list(client, world, was_wrong_agency):
    row = invoice(world.agency, 12_000, world.admin)
    data = f"{HEAD}11/18/2026,WHO,50.00,\n"
    first = brought(client, world, data)
    theirs = world.other_agency if was_wrong_agency else world.agency
    act(client, world, f"{first}/lines/{lines(first)[0].id}", agency=theirs.id)
    act(client, world, f"{first}/apply")
    sign_in(client, world.manager).post("/payments/1/reverse", data={"reverse-reason": "It was not theirs."})
    second = brought(client, world, data)
    act(client, world, f"{second}/lines/{lines(second)[0].id}", agency=world.agency.id)
    act(client, world, f"{second}/apply")
    assert (lines(second)[0].payment_id, state(row)) == (2, (5_000, 0, 7_000)), lines(second)[0].why
    act(client, world, f"{second}/apply")
    assert [unbalanced(one) for one in (world.agency, world.other_agency)] == [[], []]
    assert db.session.scalar(select(func.count()).select_from(Payment)) == 2


def test_the_first_line_of_a_list_without_titles_is_money_as_all_others(client, world):
    row = invoice(world.agency, 12_000, world.admin)
    data = f'"11/18/2026","50.00","*","","{row.number}"\n"11/18/2026","7.00","*","","WHO","more"\n'
    number = brought(client, world, data)
    assert "Column 6" in read(client, world.manager, f"/payments/bank-lists/{number}")
    act(client, world, f"{number}/columns", day="0", amount="1", words="4")
    assert [(one.position, one.cents, one.invoice_id) for one in lines(number)] == [(1, 5_000, row.id), (2, 700, None)]


def test_who_went_to_another_lead_leaves_their_lists_behind(client, world):
    number = brought(client, world, f"{HEAD}11/18/2026,WHO,5.00,\n")
    far = make_world("vermont", "America/New_York")
    with unit_of_work() as session:
        of_both = session.scalars(select(LeadStaff).where(LeadStaff.person_id.in_([world.manager.id, far.manager.id])))
        mine, theirs = sorted(of_both, key=lambda one: one.person_id != world.manager.id)
        session.delete(mine)
        theirs.person_id = world.manager.id
    assert sign_in(client, world.manager).get("/payments/bank-lists").status_code == 200
    assert sign_in(client, world.manager).get(f"/payments/bank-lists/{number}").status_code == 404


def test_a_line_of_an_agency_beyond_ones_reach_by_now_is_not_taken_and_says_so(client, world):
    row = invoice(world.agency, 10_000, world.admin)
    number = brought(client, world, f"{HEAD}11/18/2026,{row.number},100.00,\n")
    [line] = lines(number)
    elsewhere = make_world("sonoma", "America/Los_Angeles")
    with unit_of_work() as session:
        line = session.get_one(BankLine, line.id)
        by = principal_for(elsewhere.admin, clock.now())
        assert services.apply_line(line, by, clock.now()) is False
    assert lines(number)[0].why.startswith(f"Not taken: {world.agency.name} is beyond your reach by now.")
    assert state(row) == (0, 0, 10_000)
    with unit_of_work() as session:
        by = principal_for(world.admin, clock.now())
        assert services.apply_line(session.get_one(BankLine, line.id), by, clock.now()) is True
    assert state(row) == (10_000, 0, 0)
