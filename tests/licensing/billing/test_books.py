"""The books: statements, ages, figures by fund and month, budget, expenses, files, and what moved each cent."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from sqlalchemy import select

from core import clock
from core.authz import principal_for
from core.db import db, unit_of_work
from licensing.billing.books import exports
from licensing.billing.books import queries as books_queries
from licensing.billing.books.models import Expense
from licensing.billing.books.rules import AGES, BUCKETS, OLDEST, Books, against, bucket_of
from licensing.billing.invoices.models import InvoiceKind
from licensing.billing.payments import services as payments
from licensing.billing.payments.models import Method, Payment
from licensing.billing.payments.services import Received
from licensing.contracts import services as contracts
from licensing.contracts.services import Filed
from licensing.seats.models import SeatOrder, SeatType
from tests.licensing.acting import read, words
from tests.licensing.billing.owing import again, credit, invoice
from tests.support.counting import queries
from tests.support.factories import make_agency, make_world
from tests.support.signing_in import api_headers, sign_in

_n = count(1)


@pytest.fixture
def world(app, at_noon):
    return make_world("vermont", "America/New_York")


def pay(world, cents, day="2026-11-20", debtor=None, **values):
    told = Received(
        Method.CHECK, cents, date.fromisoformat(day), f"p{next(_n)}", values.pop("reference", f"C{next(_n)}"),
        keeps_rest=True, **values,
    )  # fmt: skip
    with unit_of_work():
        return payments.take(debtor or world.agency, told, principal_for(world.admin, clock.now()), clock.now())


def reverse(world, row, why="It bounced."):
    with unit_of_work():
        by = principal_for(world.admin, clock.now())
        payments.reverse(db.session.get_one(Payment, row.id), why, by, clock.now())


def file_of(client, person, path):
    answer = sign_in(client, person).get(path)
    assert answer.status_code == 200, words(answer)
    return answer


def rows_of(client, person, path):
    return list(csv.reader(io.StringIO(file_of(client, person, path).get_data(as_text=True))))


def post(client, world, path, **form):
    return sign_in(client, world.manager).post(path, data=form)


# ------------------------------------------------------------------ statements


@pytest.mark.rule("HUD-LI-2")
def test_contracts_invoices_and_payment_histories_are_retrievable_and_money_is_tracked(client, world):
    """Each of the manual's list: contracts, invoices, payment histories, revenue, expenditure, balance."""
    with unit_of_work():
        filed = Filed("vendor", "Cedar Systems", date(2026, 7, 1), None, "contract-1")
        contracts.put_on_file(world.coc, filed, principal_for(world.admin, clock.now()), clock.now())
    row = invoice(world.agency, 120_000, world.admin)
    paid = pay(world, 50_000)
    spent = {"on": "2026-11-10", "amount": "200", "words": "Vendor, November", "line": "Software", "once": "e1"}
    assert post(client, world, "/books/expenses/new", **spent).status_code == 302
    assert "Cedar Systems" in read(client, world.manager, "/contracts")
    statement = read(client, world.director, f"/books/statements/{world.agency.id}")
    assert f"Invoice {row.number} $1,200.00 $1,200.00" in statement
    assert f"Payment {paid.number} -$500.00 $700.00" in statement
    page = read(client, world.manager, "/books")
    assert "Invoiced, less credit notes $1,200.00 Received $500.00 Spent $200.00" in page
    assert "Balance: received less spent $300.00 Owed by all agencies today $700.00" in page


def test_a_statement_runs_from_one_day_to_another_with_the_balance_before(client, world, travel, at_noon):
    first = invoice(world.agency, 10_000, world.admin)
    travel(at_noon + timedelta(days=10))
    pay(world, 4_000, "2026-11-29")
    second = invoice(world.agency, 5_000, world.admin)
    path = f"/books/statements/{world.agency.id}"
    page = read(client, world.representative, f"{path}?from=2026-11-21")
    assert "Balance before: $100.00" in page
    assert first.number not in page
    assert f"Invoice {second.number} $50.00 $110.00" in page
    rows = rows_of(client, world.representative, f"{path}/file/csv")
    assert [row[2:] for row in rows[1:]] == [["100.00", "100.00"], ["-40.00", "60.00"], ["50.00", "110.00"]]
    assert file_of(client, world.representative, f"{path}/file/pdf").data[:5] == b"%PDF-"
    assert "is owed at the end of Sat, Nov 21, 2026" in read(client, world.representative, f"{path}?to=2026-11-21")
    for other in (path, f"{path}/file/csv"):
        assert sign_in(client, world.other_representative).get(other).status_code == 404
    assert sign_in(client, world.representative).get(f"{path}/file/exe").status_code == 404
    assert sign_in(client, world.representative).get(f"{path}?from=nonsense&to=0001-01-01").status_code == 200


def test_a_statement_goes_on_from_page_to_page_with_its_balance(client, world):
    for _ in range(30):
        invoice(world.agency, 100, world.admin)
    page = sign_in(client, world.manager).get(f"/books/statements/{world.agency.id}").get_data(as_text=True)
    onward = page.split('href="')[1:]
    after = next(one.split('"')[0] for one in onward if "after=" in one.split('"')[0]).replace("&amp;", "&")
    second = read(client, world.manager, after)
    assert "Balance before: $25.00" in second
    assert "$30.00" in second


# ------------------------------------------------------------------ ages


@pytest.mark.parametrize(
    ("days", "bucket"),
    [(-1, 0), (0, 0), (1, 1), (30, 1), (31, 2), (60, 2), (61, 3), (90, 3), (91, 4), (4_000, 4)],
)
def test_the_age_of_a_debt_is_counted_from_its_due_date(days, bucket):
    due = date(2028, 2, 29)
    assert bucket_of(due, due + timedelta(days=days)) == BUCKETS[bucket]


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(0, 500))
def test_a_debt_never_grows_younger(due, days):
    order = [name for _, name in AGES] + [OLDEST]
    now, later = (bucket_of(due, due + timedelta(days=one)) for one in (days, days + 1))
    assert order.index(later) >= order.index(now)


def test_ages_of_any_day_tie_to_the_ledger(client, world, travel, at_noon):
    first = invoice(world.agency, 10_000, world.admin)
    other = invoice(world.other_agency, 7_000, world.admin)
    travel(at_noon + timedelta(days=70))
    bounced = pay(world, 10_000, "2027-01-20")
    pay(world, 9_000, "2027-01-25", world.other_agency)
    travel(at_noon + timedelta(days=71))
    credit(again(other), 1_000, world.admin)
    travel(at_noon + timedelta(days=100))
    reverse(world, bounced)
    invoice(world.agency, 300, world.admin)
    for day in (
        "2026-11-19",
        "2026-11-20",
        "2027-01-19",
        "2027-01-20",
        "2027-01-28",
        "2027-02-27",
        "2027-02-28",
        "2027-06-01",
    ):
        on = date.fromisoformat(day)
        owed = sum(sum(row.values()) for row in books_queries.aged(world.coc, on).values())
        prepaid = owed - books_queries.ledger_total(world.coc, on)
        assert prepaid >= 0, day
    assert books_queries.aged(world.coc, date(2027, 1, 19)) == {
        world.agency.id: dict.fromkeys(BUCKETS, 0) | {BUCKETS[0]: 10_000},
        world.other_agency.id: dict.fromkeys(BUCKETS, 0) | {BUCKETS[0]: 7_000},
    }
    assert books_queries.aged(world.coc, date(2027, 1, 20)) == {
        world.other_agency.id: dict.fromkeys(BUCKETS, 0) | {BUCKETS[1]: 7_000},
    }
    page = read(client, world.manager, "/books/ageing?on=2027-04-21")
    assert "Harbor House $3.00 $100.00 $103.00" in page, first.number
    assert "Owed in all $103.00 Paid ahead, of no invoice yet $30.00 Balance of the ledger $73.00" in page
    assert rows_of(client, world.manager, "/books/ageing/file/csv?on=2027-04-21")[1][0] == "Harbor House"
    assert "Nobody owed anything" in read(client, world.manager, "/books/ageing?on=2026-01-01")


def test_ages_take_as_many_statements_for_many_agencies_as_for_few(client, world):
    counts = []
    for many in (2, 20):
        for _ in range(many):
            invoice(make_agency(world.coc), 1_000, world.admin)
        sign_in(client, world.manager)
        with queries() as told:
            assert client.get("/books/ageing").status_code == 200
        counts.append(len(told))
    assert counts[0] == counts[1]


# ------------------------------------------------------------------ figures and budget


def seats(world, count_, cents, day):
    with unit_of_work() as session:
        kind = SeatType(
            lead_id=world.lead.id, coc_id=world.coc.id, name=f"S{next(_n)}", created_at=clock.now(), once=f"t{next(_n)}"
        )
        session.add(kind)
        session.flush()
        whose = {
            "type_id": kind.id,
            "lead_id": world.lead.id,
            "by_id": world.admin.id,
            "at": clock.now(),
            "cents": cents,
        }
        on = date.fromisoformat(day)
        session.add(SeatOrder(count=count_, ordered_on=on, once=f"o{next(_n)}", **whose))
        session.add(SeatOrder(count=99, ordered_on=on, cancelled_at=clock.now(), once=f"o{next(_n)}", **whose))


@pytest.mark.rule("HUD-LI-2")
def test_the_fiscal_year_is_the_manuals_and_its_money_is_told_by_fund(client, world):
    row = invoice(world.agency, 100_000, world.admin, fund="CoC grant")
    invoice(world.agency, 30_000, world.admin, kind=InvoiceKind.SERVICE, fund="State")
    credit(again(row), 20_000, world.admin)
    pay(world, 90_000)
    reverse(world, pay(world, 1_000))
    seats(world, 10, 2_500, "2026-09-01")
    seats(world, 10, 2_500, "2026-06-30")
    page = read(client, world.manager, "/books")
    assert "fiscal year 2026-27." in page
    assert "Wed, Jul 1, 2026 to Wed, Jun 30, 2027" in page
    assert "Spent $250.00" in page, "an order of the year before is not of this one"
    told = books_queries.books(world.coc, books_queries.year_at(world.coc, None, clock.now()))
    assert {fund: (one.invoiced, one.received, one.spent) for fund, one in told.by_fund.items()} == {
        "CoC grant": (80_000, 80_000, 0), "State": (30_000, 10_000, 0), "": (0, 0, 25_000),
    }  # fmt: skip
    assert told.whole.received - told.whole.spent == told.whole.balance == 65_000
    assert told.income == {
        ("License fees", "CoC grant"): 80_000,
        ("Services", "State"): 30_000,
    }
    last = read(client, world.manager, "/books?year=2026-06-30")
    assert "fiscal year 2025-26." in last


def test_without_a_billing_year_of_its_own_the_calendars_counts(client, app, at_noon):
    world = make_world("sacramento", "America/Los_Angeles")
    assert "fiscal year 2026." in read(client, world.manager, "/books")


def test_a_budget_stands_beside_what_came_of_it(client, world):
    invoice(world.agency, 100_000, world.admin)
    path = "/books/budget?year=2026-07-01"
    line = {"plan-side": "income", "plan-line": "License fees", "plan-amount": "1,500.00"}
    assert post(client, world, path, **line).status_code == 302
    spend = {"plan-side": "spending", "plan-line": "Training", "plan-amount": "300"}
    assert post(client, world, path, **spend).status_code == 302
    refused = post(client, world, path, **line | {"plan-amount": "-3"})
    assert (refused.status_code, "not below nothing" in words(refused)) == (422, True)
    page = read(client, world.manager, "/books")
    assert "License fees Income $1,500.00 $1,000.00 -$500.00" in page
    assert "Training Spending $300.00 $0.00 $300.00" in page
    assert post(client, world, path, **spend | {"plan-amount": "0"}).status_code == 302
    assert "Training Spending" not in read(client, world.manager, "/books")


def test_what_nobody_planned_stands_in_the_budget_too():
    told = Books()
    told.add("spent", 500, "", date(2026, 7, 1), "Travel")
    told.add("invoiced", 900, "F", date(2026, 7, 1), "License fees")
    lines = against([(1, False, "Seats", "", 100)], told)
    assert [(one.line, one.planned, one.actual, one.difference) for one in lines] == [
        ("License fees", 0, 900, 900), ("Seats", 100, 0, 100), ("Travel", 0, 500, -500),
    ]  # fmt: skip


EXPENSE = {"on": "2026-11-10", "amount": "20.50", "words": "Trainer", "line": "Training", "fund": "State"}


def test_an_expense_is_entered_once_and_taken_out_with_a_reason(client, world):
    form = EXPENSE | {"once": "one"}
    for _ in range(2):
        assert post(client, world, "/books/expenses/new", **form).status_code == 302
    [row] = db.session.scalars(select(Expense)).all()
    assert post(client, world, "/books/expenses/new", **form | {"amount": "21"}).status_code == 409
    path = f"/books/expenses/{row.id}/take-out"
    assert post(client, world, path, **{"out-reason": ""}).status_code == 422
    assert post(client, world, path, **{"out-reason": "Entered twice."}).status_code == 302
    assert post(client, world, path, **{"out-reason": "Entered twice."}).status_code == 409
    assert "Trainer" not in read(client, world.manager, "/books/expenses")
    assert "Entered twice." in read(client, world.manager, "/books/expenses?shown=all")
    assert "Spent $0.00" in read(client, world.manager, "/books")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"amount": "0"}, "more than nothing"),
        ({"amount": "1.005"}, "at most two decimals"),
        ({"on": "2026-11-21"}, "has not come yet"),
        ({"on": "1026-11-21"}, "too long ago"),
        ({"words": ""}, "Say what for."),
        ({"contract": "999"}, "no such contract"),
    ],
)
def test_an_expense_that_cannot_be_is_refused_and_kept_on_the_page(client, world, change, said):
    answer = post(client, world, "/books/expenses/new", **EXPENSE | {"once": "x"} | change)
    assert answer.status_code == 422
    assert said in words(answer)
    assert 'value="Training"' in answer.get_data(as_text=True)
    assert not db.session.scalars(select(Expense)).all()


def test_the_books_are_the_leads_alone_and_each_sees_its_own_communities(client, world):
    far = make_world("vermont", "America/New_York")
    for person in (world.director, world.agent):
        assert sign_in(client, person).get("/books").status_code == 403
    assert sign_in(client, far.manager).get(f"/books?coc={world.coc.id}").status_code == 404
    assert sign_in(client, far.manager).get(f"/books/files/invoices/csv?coc={world.coc.id}").status_code == 404


# ------------------------------------------------------------------ files


def test_files_have_the_periods_invoices_and_payments(client, world):
    row = invoice(world.agency, 10_000, world.admin, purchase_order="PO 7")
    note = credit(again(row), 1_000, world.admin)
    paid = pay(world, 9_500)
    rows = rows_of(client, world.manager, "/books/files/invoices/csv")
    assert [one[0] for one in rows] == ["Number", row.number, note.number]
    assert rows[1][-4:] == ["100.00", "90.00", "10.00", "0.00"]
    assert rows_of(client, world.manager, "/books/files/payments/csv")[1][0] == paid.number
    assert rows_of(client, world.manager, "/books/files/payments/csv?from=2026-11-21")[1:] == []
    answer = file_of(client, world.manager, "/books/files/invoices/xlsx")
    book = load_workbook(io.BytesIO(answer.data))
    answer.close()
    assert book.active["I2"].value == 100
    assert sign_in(client, world.manager).get("/books/files/secrets/csv").status_code == 404


def test_quickbooks_online_gets_lines_credits_and_what_each_payment_paid(client, world):
    row = invoice(world.agency, 10_000, world.admin)
    note = credit(again(row), 1_000, world.admin)
    paid = pay(world, 9_500)
    reverse(world, pay(world, 100))
    lines = rows_of(client, world.manager, "/books/files/quickbooks-invoices/csv")
    assert lines[0][:4] == ["InvoiceNo", "Customer", "InvoiceDate", "DueDate"]
    assert lines[1:] == [
        [
            row.number,
            "Harbor House",
            "11/20/2026",
            "01/19/2027",
            "",
            "",
            "HMIS fees",
            "License fee",
            "1",
            "100.00",
            "100.00",
        ]
    ]
    assert rows_of(client, world.manager, "/books/files/quickbooks-credits/csv")[1][0] == note.number
    told = rows_of(client, world.manager, "/books/files/quickbooks-payments/csv")[1:]
    assert [(one[0], one[4], one[5]) for one in told] == [(paid.number, row.number, "90.00"), (paid.number, "", "5.00")]


def iif_of(client, world):
    text = file_of(client, world.manager, "/books/files/quickbooks.iif").get_data(as_text=True)
    return [line.split("\t") for line in text.split("\r\n") if line]


def test_quickbooks_desktop_gets_transactions_that_sum_to_nothing(client, world):
    row = invoice(world.agency, 10_000, world.admin)
    credit(again(row), 1_000, world.admin)
    reverse(world, pay(world, 9_000))
    told = [line for line in iif_of(client, world) if not line[0].startswith("!")]
    sums, kinds = 0, []
    for line in told:
        if line[0] == "ENDTRNS":
            assert sums == 0
            continue
        assert len(line) == 8
        if line[0] == "TRNS":
            kinds.append(line[1])
        sums += round(float(line[5]) * 100)
    assert kinds == ["INVOICE", "CREDIT MEMO", "PAYMENT", "GENERAL JOURNAL"]


def test_nothing_in_a_file_runs_and_no_name_breaks_its_cell(client, world):
    agency = make_agency(world.coc, '=HYPERLINK("http://x") Shelter')
    invoice(agency, 10_000, world.admin, words="+1\tNew\nline")
    pay(world, 5_000, debtor=agency, reference="@SUM(A1)")
    for what in exports.WHAT:
        for line in rows_of(client, world.manager, f"/books/files/{what}/csv")[1:]:
            assert not [cell for cell in line if cell.startswith(("=", "+", "@", "\t"))], what
    for line in iif_of(client, world):
        assert len(line) in (1, 8)
        assert not [cell for cell in line if cell.startswith(("=", "+", "@"))]
        assert '"' not in "".join(line)


# ------------------------------------------------------------------ each cent


@pytest.mark.rule("HUD-LI-2")
def test_every_cent_of_an_invoice_and_of_a_payment_is_told_with_who_moved_it(client, world, travel, at_noon):
    row = invoice(world.agency, 10_000, world.admin)
    credit(again(row), 1_000, world.admin)
    travel(at_noon + timedelta(hours=1))
    bounced = pay(world, 4_000)
    reverse(world, bounced, "The bank sent it back.")
    pay(world, 10_000)
    page = read(client, world.director, f"/books/invoices/{row.id}")
    for said in (
        "Issued: $100.00 Ada Boone $100.00 $100.00", "Credited by VT-2026-000002 Ada Boone -$10.00 $90.00",
        f"Paid from {bounced.number}", f"Taken back to {bounced.number}: The bank sent it back.",
    ):  # fmt: skip
        assert said in page
    assert books_queries.of_invoice(again(row))[-1].after == 0
    told = books_queries.of_payment(db.session.get_one(Payment, bounced.id))
    assert [(move.cents, move.after) for move in told] == [(4_000, 4_000), (-4_000, 0), (4_000, 4_000), (-4_000, 0)]
    assert "Reversed: The bank sent it back." in read(client, world.director, f"/books/payments/{bounced.id}")
    assert sign_in(client, world.other_representative).get(f"/books/invoices/{row.id}").status_code == 404


def test_the_api_gives_the_books(client, world):
    row = invoice(world.agency, 10_000, world.admin)
    paid = pay(world, 4_000)
    headers = api_headers(world.manager)
    told = client.get("/api/v1/books", headers=headers, query_string={"coc_id": world.coc.id}).json
    assert (told["first_day"], told["invoiced_cents"], told["received_cents"]) == ("2026-07-01", 10_000, 4_000)
    body = {"coc_id": world.coc.id, "on": "2026-11-10", "cents": 500, "words": "Trainer", "line": "Training"}
    made = client.post("/api/v1/expenses", headers=headers, json=body)
    assert made.status_code == 201
    out = client.post(f"/api/v1/expenses/{made.json['id']}/removal", headers=headers, json={"reason": "Twice."})
    assert out.json["void_why"] == "Twice."
    plan = {"coc_id": world.coc.id, "side": "income", "line": "License fees", "cents": 20_000}
    assert client.post("/api/v1/budget-lines", headers=headers, json=plan).json["budget"][0]["planned_cents"] == 20_000
    mine = api_headers(world.representative)
    statement = client.get(f"/api/v1/statements/{world.agency.id}", headers=mine).json
    assert [one["balance_cents"] for one in statement["items"]] == [10_000, 6_000]
    ages = client.get("/api/v1/ageing", headers=headers, query_string={"coc_id": world.coc.id}).json
    assert (ages["owed_cents"], ages["items"][0]["agency_id"]) == (6_000, world.agency.id)
    trail = client.get(f"/api/v1/overdue/{row.id}/moves", headers=mine).json
    assert [one["after_cents"] for one in trail["items"]] == [10_000, 6_000]
    assert client.get(f"/api/v1/payments/{paid.id}/moves", headers=mine).json["items"][-1]["after_cents"] == 0
    assert client.get(f"/api/v1/statements/{world.other_agency.id}", headers=mine).status_code == 404


def test_a_statement_by_api_of_days_on_which_nothing_moved_begins_with_what_was_owed_then(client, world):
    invoice(world.agency, 10_000, world.admin)
    days = "since=2020-01-01&through=2020-12-31"
    told = client.get(f"/api/v1/statements/{world.agency.id}?{days}", headers=api_headers(world.manager)).json
    assert (told["before_cents"], told["items"]) == (0, [])
