"""Payments: taken whole, in parts, for several invoices, too much, ahead; put and taken back; a check that bounced."""

from __future__ import annotations

import re
from itertools import count

import pytest
from sqlalchemy import select

from core.db import db
from licensing.billing.payments.models import Payment, PaymentPart
from tests.licensing.acting import mails, read, words
from tests.licensing.billing.owing import again, credit, drafted, invoice, state, unbalanced
from tests.support.counting import queries
from tests.support.factories import make_world
from tests.support.signing_in import api_headers, sign_in

_n = count(1)


@pytest.fixture
def world(app, at_noon):
    return make_world("vermont", "America/New_York")


def form(amount, **values):
    told = {
        "amount": amount,
        "method": "check",
        "received_on": "2026-11-20",
        "reference": f"C{next(_n)}",
        "goes": "oldest",
    }
    return {"once": f"payment-{next(_n)}", **told, **values}


def pay(client, world, amount, by=None, agency=None, **values):
    path = f"/payments/new/{(agency or world.agency).id}"
    return sign_in(client, by or world.manager).post(path, data=form(amount, **values))


def taken(answer):
    assert answer.status_code == 302, words(answer)
    db.session.expire_all()
    return db.session.get_one(Payment, int(answer.location.rsplit("/", 1)[1]))


def post(client, world, path, **values):
    return sign_in(client, world.manager).post(path, data=values)


@pytest.mark.rule("HUD-LI-2")
def test_a_payment_goes_to_what_has_been_due_longest_and_has_its_receipt(client, world):
    first, second = invoice(world.agency, 10_000, world.admin), invoice(world.agency, 5_000, world.admin)
    row = taken(pay(client, world, "$120.00"))
    assert (state(first), state(second)) == ((10_000, 0, 0), (2_000, 0, 3_000))
    assert row.number == "R-2026-000001"
    page = read(client, world.representative, f"/payments/{row.id}")
    assert "Receipt R-2026-000001" in page
    assert f"{first.number} $100.00" in page
    pdf = sign_in(client, world.director).get(f"/payments/{row.id}/receipt.pdf")
    assert (pdf.status_code, pdf.data[:5]) == (200, b"%PDF-")
    assert {mail.address for mail in mails("payment-received")} == {world.representative.email, world.director.email}
    assert "$30.00 of it is still open" in mails("payment-received")[0].body_text
    assert unbalanced(world.agency) == []


def test_receipts_are_numbered_without_a_gap_whatever_was_refused(client, world):
    invoice(world.agency, 10_000, world.admin)
    for amount in ("10", "999", "20", "-1", "30"):
        pay(client, world, amount)
    assert [row.sequence for row in db.session.scalars(select(Payment).order_by(Payment.id))] == [1, 2, 3]


REFUSED = [
    ("1.234", {}, "at most two decimals"),
    ("-5", {}, "A payment is more than nothing."),
    ("0", {}, "A payment is more than nothing."),
    ("twelve", {}, "This is not an amount."),
    ("", {}, "Give the amount."),
    ("999999999999", {}, "more than a hundred million dollars"),
    ("100.01", {}, "$0.01 of it goes to no invoice: $100.00 is owed in all."),
    ("50", {"received_on": "2026-11-21"}, "That day has not come yet."),
    ("50", {"received_on": "1026-11-20"}, "too long ago"),
    ("50", {"received_on": "yesterday"}, "This is not a date."),
    ("50", {"method": "barter"}, "Not a valid choice"),
]


@pytest.mark.parametrize(("amount", "values", "said"), REFUSED)
def test_what_cannot_be_is_said_in_one_sentence_and_nothing_is_lost(client, world, amount, values, said):
    row = invoice(world.agency, 10_000, world.admin)
    answer = pay(client, world, amount, reference="check 77", **values)
    assert answer.status_code == 422
    assert said in words(answer)
    page = answer.get_data(as_text=True)
    assert 'value="check 77"' in page
    assert not amount or f'value="{amount}"' in page
    assert state(row) == (0, 0, 10_000)
    assert not db.session.scalars(select(Payment)).all()


def test_what_is_more_than_owed_is_kept_when_somebody_says_so(client, world):
    invoice(world.agency, 10_000, world.admin)
    row = taken(pay(client, world, "150", keeps_rest="y"))
    assert (row.left_cents, row.state) == (5_000, "prepaid")
    assert "$50.00 is kept as prepaid" in mails("payment-received")[0].body_text


def test_the_next_invoice_takes_what_was_paid_ahead_by_itself(client, world):
    row = taken(pay(client, world, "150", keeps_rest="y"))
    small, large = invoice(world.agency, 4_000, world.admin), invoice(world.agency, 20_000, world.admin)
    assert (state(small), state(large)) == ((4_000, 0, 0), (11_000, 0, 9_000))
    assert db.session.get_one(Payment, row.id).left_cents == 0
    assert "by itself" in read(client, world.manager, f"/payments/{row.id}")
    assert unbalanced(world.agency) == []


def test_parts_go_where_they_were_chosen_to_go(client, world):
    first, second = invoice(world.agency, 10_000, world.admin), invoice(world.agency, 5_000, world.admin)
    parts = {f"part_{first.id}": "10", f"part_{second.id}": "50.00"}
    taken(pay(client, world, "60", goes="chosen", **parts))
    assert (state(first), state(second)) == ((1_000, 0, 9_000), (5_000, 0, 0))


def chosen(client, world, amount, cents, row, **values):
    return sign_in(client, world.manager).post(
        "/api/v1/payments",
        headers=api_headers(world.manager),
        json={
            "agency_id": world.agency.id, "method": "check", "cents": amount, "received_on": "2026-11-20",
            "reference": "1", "parts": [{"invoice_id": row.id, "cents": cents}], **values,
        },
    )  # fmt: skip


def test_a_void_a_paid_a_draft_and_anothers_invoice_each_have_their_answer(client, world):
    void, paid = invoice(world.agency, 10_000, world.admin), invoice(world.agency, 5_000, world.admin)
    note = credit(void, 10_000, world.admin)
    taken(pay(client, world, "50"))
    draft, theirs = drafted(world.agency, 7_000, world.admin), invoice(world.other_agency, 100, world.admin)
    for row, status, said in (
        (void, 409, f"{void.number} is void: it was credited in full."),
        (paid, 409, f"{paid.number} is paid already."),
        (draft, 409, "This invoice is a draft, so nothing is owed for it yet."),
        (note, 409, f"{note.number} is a credit note; nothing is paid for it."),
        (theirs, 422, "Harbor House has no such invoice."),
    ):
        answer = chosen(client, world, 100, 100, row)
        assert (answer.status_code, answer.json["detail"]) == (status, said)
        assert answer.json["field"] == f"part_{row.id}"
    assert unbalanced(world.agency) == []


def test_a_part_is_never_more_than_is_open_of_its_invoice(client, world):
    row = invoice(world.agency, 10_000, world.admin)
    answer = chosen(client, world, 20_000, 10_001, row)
    assert answer.json["detail"] == f"$100.01 is more than what is open of {row.number}: $100.00."
    assert chosen(client, world, 5_000, 6_000, row).json["detail"] == "The parts come to $60.00, the payment to $50.00."


def test_the_same_form_twice_is_one_payment_and_its_key_serves_no_other(client, world):
    invoice(world.agency, 10_000, world.admin)
    sent = form("40")
    path = f"/payments/new/{world.agency.id}"
    first = sign_in(client, world.manager).post(path, data=sent)
    assert client.post(path, data=sent).location == first.location
    other = client.post(path, data=sent | {"amount": "41"})
    assert (other.status_code, "sent before, for something else" in words(other)) == (409, True)
    assert sent["once"] not in other.get_data(as_text=True)


def test_the_same_number_amount_and_day_is_asked_about(client, world):
    invoice(world.agency, 10_000, world.admin)
    first = taken(pay(client, world, "40", reference="4711"))
    again_ = pay(client, world, "40.00", reference="4711")
    assert again_.status_code == 409
    assert f"is on record already: {first.number}." in words(again_)
    assert taken(pay(client, world, "40", reference="4711", is_another="y")).number == "R-2026-000002"
    assert pay(client, world, "20", reference="4712").status_code == 302


@pytest.mark.rule("HUD-LI-2")
def test_a_check_that_bounced_opens_its_invoices_again_and_keeps_its_row(client, world):
    first, second = invoice(world.agency, 10_000, world.admin), invoice(world.agency, 5_000, world.admin)
    row = taken(pay(client, world, "160", keeps_rest="y"))
    path = f"/payments/{row.id}/reverse"
    assert post(client, world, path, **{"reverse-reason": ""}).status_code == 422
    assert post(client, world, path, **{"reverse-reason": "The bank sent it back."}).status_code == 302
    assert (state(first), state(second)) == ((0, 0, 10_000), (0, 0, 5_000))
    row = db.session.get_one(Payment, row.id)
    assert (row.left_cents, row.state, row.number) == (0, "reversed", "R-2026-000001")
    page = read(client, world.director, f"/payments/{row.id}")
    assert "The bank sent it back." in page
    assert "is open again: $100.00" in mails("payment-reversed")[0].body_text
    twice = post(client, world, path, **{"reverse-reason": "Again."})
    assert (twice.status_code, "was reversed" in words(twice)) == (409, True)
    assert unbalanced(world.agency) == []
    assert post(client, world, f"/payments/{row.id}/put", **{"put-invoice": str(first.id)}).status_code == 409


def test_a_part_is_taken_back_and_put_to_another_invoice(client, world):
    first, second = invoice(world.agency, 10_000, world.admin), invoice(world.agency, 5_000, world.admin)
    row = taken(pay(client, world, "100"))
    part = db.session.scalar(select(PaymentPart).where(PaymentPart.payment_id == row.id))
    path = f"/payments/{row.id}/parts/{part.id}/take-back"
    assert post(client, world, path).status_code == 302
    assert post(client, world, path).status_code == 409
    assert state(first) == (0, 0, 10_000)
    too_much = post(client, world, f"/payments/{row.id}/put", **{"put-invoice": str(second.id), "put-amount": "50.01"})
    assert "$50.01 is more than what is open" in words(too_much)
    assert post(client, world, f"/payments/{row.id}/put", **{"put-invoice": str(second.id)}).status_code == 302
    assert (state(second), db.session.get_one(Payment, row.id).left_cents) == ((5_000, 0, 0), 5_000)
    assert unbalanced(world.agency) == []


def test_an_agency_sees_its_own_payments_and_no_others(client, world):
    invoice(world.agency, 10_000, world.admin)
    row = taken(pay(client, world, "40"))
    assert row.number in read(client, world.representative, "/payments")
    assert row.number not in read(client, world.other_representative, "/payments")
    for path in (f"/payments/{row.id}", f"/payments/{row.id}/receipt.pdf", f"/books/payments/{row.id}"):
        assert sign_in(client, world.other_representative).get(path).status_code == 404
    assert sign_in(client, world.representative).post(f"/payments/{row.id}/reverse").status_code == 403


def test_the_api_does_what_the_pages_do(client, world):
    row = invoice(world.agency, 10_000, world.admin)
    headers = {**api_headers(world.manager), "Idempotency-Key": "payment-one"}
    body = {
        "agency_id": world.agency.id,
        "method": "ach",
        "cents": 12_000,
        "received_on": "2026-11-20",
        "keeps_rest": True,
    }
    made = client.post("/api/v1/payments", headers=headers, json=body)
    assert (made.status_code, made.json["left_cents"], made.json["parts"][0]["invoice_id"]) == (201, 2_000, row.id)
    assert client.post("/api/v1/payments", headers=headers, json=body).json["id"] == made.json["id"]
    number = made.json["id"]
    part = made.json["parts"][0]["id"]
    back = client.post(f"/api/v1/payments/{number}/parts/{part}/return", headers=headers)
    assert back.json["left_cents"] == 12_000
    put = client.post(f"/api/v1/payments/{number}/parts", headers=headers, json={"invoice_id": row.id, "cents": 500})
    assert (put.status_code, put.json["left_cents"]) == (201, 11_500)
    gone = client.post(f"/api/v1/payments/{number}/reversal", headers=headers, json={"reason": "Bounced."})
    assert gone.json["state"] == "reversed"
    listed = client.get("/api/v1/payments", headers=api_headers(world.representative)).json
    assert [one["number"] for one in listed["items"]] == ["R-2026-000001"]
    assert client.get(f"/api/v1/payments/{number}", headers=api_headers(world.other_representative)).status_code == 404


def test_the_list_asks_as_much_of_the_database_for_many_as_for_few(client, world):
    counts = []
    for many in (2, 20):
        for _ in range(many):
            taken(pay(client, world, "1", keeps_rest="y"))
        sign_in(client, world.manager)
        with queries() as told:
            assert client.get("/payments").status_code == 200
        counts.append(len(told))
    assert counts[0] == counts[1]


def test_a_payment_is_found_by_its_receipt_and_its_reference(client, world):
    row = taken(pay(client, world, "1", keeps_rest="y", reference="WIRE 99"))
    for text in (row.number, "wire"):
        assert row.number in read(client, world.representative, f"/search?q={text}")
    assert row.number in read(client, world.manager, f"/payments?q={row.number}")
    found = read(client, world.manager, f"/payments/new?q={invoice(world.agency, 100, world.admin).number}")
    assert "Harbor House" in found


def test_a_credit_on_what_was_paid_gives_the_money_back_as_prepaid(client, world):
    row = invoice(world.agency, 10_000, world.admin)
    one, two = taken(pay(client, world, "60")), taken(pay(client, world, "40"))
    credit(again(row), 5_000, world.admin)
    assert state(row) == (5_000, 5_000, 0)
    lefts = [db.session.get_one(Payment, number).left_cents for number in (one.id, two.id)]
    assert lefts == [1_000, 4_000]
    assert unbalanced(world.agency) == []


def test_what_is_left_is_put_once_however_often_that_is_pressed(client, world):
    row = invoice(world.agency, 10_000, world.admin)
    paid = taken(pay(client, world, "100.00"))
    post(client, world, f"/payments/{paid.id}/parts/{paid.parts[0].id}/take-back")
    page = sign_in(client, world.manager).get(f"/payments/{paid.id}").text
    left = re.search(r'name="put-left"[^>]*value="([0-9]+)"', page)[1]
    sent = {"put-invoice": str(row.id), "put-amount": "4.00", "put-left": left}
    assert post(client, world, f"/payments/{paid.id}/put", **sent).status_code == 302
    late = post(client, world, f"/payments/{paid.id}/put", **sent)
    assert (late.status_code, "$96.00 of this payment is left now" in words(late)) == (409, True)
    assert 'value="9600"' in late.text, "so that it can be sent again when it is right"
    assert state(row) == (400, 0, 9_600)
    assert unbalanced(world.agency) == []
