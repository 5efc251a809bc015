"""One request becomes part of another: what is read where, who is told, what is refused, and how it is undone."""

from __future__ import annotations

from io import BytesIO

import pytest
from sqlalchemy import select

from core.audit import AuditEvent
from core.db import db
from helpdesk.bonds.models import TicketMerge
from helpdesk.desk.models import Draft
from helpdesk.reports.models import Spell
from helpdesk.reports.rules import Outcome
from helpdesk.tickets.rules import Category, Priority, State
from tests.bonds.acting import WHY, act, merge, merged, taken_out
from tests.desk.acting import posted
from tests.support.factories import make_world, member
from tests.support.signing_in import api_headers, sign_in
from tests.tickets.acting import do, fresh, mails, messages_of, nonce, opened, read, words


@pytest.fixture
def world(app, at_noon):
    return make_world("missouri")


@pytest.fixture
def two(world):
    """The same person asked twice."""
    return opened(world, subject="Cannot save"), opened(world, subject="Cannot save, still")


@pytest.fixture
def colleague(world):
    return member(world.agency, name="Paula Quist", email="paula@agency.test")


@pytest.fixture
def of_two(world, colleague):
    """Two people of one agency asked."""
    theirs = opened(world, colleague, subject="Saving is broken", text="Paula's own words.")
    return theirs, opened(world, subject="Cannot save", text="Erin's own words.")


def test_a_merged_request_is_over_says_why_and_leads_to_the_one_that_goes_on(client, world, two):
    source, target = two
    merged(client, world.agent, source, target)
    one = fresh(source.id)
    assert (one.state, one.merged_into_id, one.closed_at is not None) == (State.MERGED, target.id, True)
    assert fresh(target.id).state is State.NEW
    sign_in(client, world.agent)
    led = client.get(f"/tickets/{source.id}")
    assert (led.status_code, led.location) == (302, f"/tickets/{target.id}?part={source.id}")
    page = words(client.get(led.location).get_data(as_text=True))
    assert f"Request #{source.id} was merged; it goes on here" in page
    assert f"Part of this: #{source.id} Cannot save" in page
    assert WHY in page
    alone = words(read(client, world.agent, f"/tickets/{source.id}?alone=1"))
    assert "This request was merged" in alone
    assert "Merged by Ana Petrov" in alone


def test_who_asked_both_reads_both_on_one_page_and_is_told_once(client, world, two):
    source, target = two
    do(client, world.end_user, source, "reply", text="On the first one.")
    merged(client, world.agent, source, target)
    page = words(read(client, world.end_user, f"/tickets/{target.id}"))
    assert "On the first one." in page
    assert WHY not in page
    told = mails("ticket-merged")
    assert [mail.person_id for mail in told] == [world.end_user.id]
    assert f"goes on as part of your request {target.id}" in told[0].body_text


def test_colleagues_each_get_the_answers_and_neither_reads_the_other(client, world, colleague, of_two):
    theirs, target = of_two
    merged(client, world.agent, theirs, target)
    do(client, world.agent, target, "answer", text="Please load the page again.")
    answers = mails("ticket-answer")
    assert {mail.person_id for mail in answers} == {colleague.id, world.end_user.id}
    hers = next(mail for mail in answers if mail.person_id == colleague.id)
    for name in (world.end_user.name, f"#{target.id}", f"/tickets/{target.id}", "Erin"):
        assert name not in hers.subject + hers.body_text + hers.body_html
    page = words(read(client, colleague, f"/tickets/{theirs.id}"))
    assert "Somebody at your agency asked about the same matter" in page
    assert "Please load the page again." in page
    assert "Paula's own words." in page.replace("&#39;", "'")
    assert "Erin" not in page
    assert read(client, colleague, f"/tickets/{target.id}", status=404)
    own = words(read(client, world.end_user, f"/tickets/{target.id}")).replace("&#39;", "'")
    assert "Paula" not in own
    assert "Erin's own words." in own
    staff = words(read(client, world.agent, f"/tickets/{target.id}")).replace("&#39;", "'")
    assert "Paula's own words." in staff
    assert f"From request #{theirs.id}" in staff
    assert f"Answers go to Paula Quist (#{theirs.id}) too." in staff
    closing = do(client, world.agent, target, "close", reason="The release was mended.")
    assert closing.status_code == 302
    assert {mail.person_id for mail in mails("ticket-closed")} == {colleague.id, world.end_user.id}
    assert "The release was mended." in words(read(client, colleague, f"/tickets/{theirs.id}"))


def test_a_reply_of_either_lands_on_the_one_that_goes_on_and_opens_it_again(client, world, colleague, of_two):
    theirs, target = of_two
    merged(client, world.agent, theirs, target)
    do(client, world.agent, target, "close")
    assert do(client, colleague, theirs, "reply", text="It is back for me.").status_code == 302
    assert (fresh(target.id).state, fresh(target.id).closed_at) == (State.OPEN, None)
    assert fresh(theirs.id).state is State.MERGED
    assert "It is back for me." in read(client, world.agent, f"/tickets/{target.id}")
    assert "It is back for me." not in read(client, world.end_user, f"/tickets/{target.id}")
    news = mails("ticket-news")[-1]
    assert news.subject_id == target.id


def test_over_the_api_a_merged_one_says_where_and_takes_replies(client, world, colleague, of_two):
    theirs, target = of_two
    sent = {"into": target.id, "reason": WHY}
    once = {**api_headers(world.agent), "Idempotency-Key": "merge-once-1"}
    first = client.post(f"/api/v1/tickets/{theirs.id}/merge-into", json=sent, headers=once)
    again = client.post(f"/api/v1/tickets/{theirs.id}/merge-into", json=sent, headers=once)
    assert (first.status_code, first.json["id"]) == (again.status_code, again.json["id"]) == (201, target.id)
    staff = client.get(f"/api/v1/tickets/{theirs.id}", headers=api_headers(world.agent)).json
    assert (staff["state"], staff["merged_into"]) == ("merged", target.id)
    hers = client.get(f"/api/v1/tickets/{theirs.id}", headers=api_headers(colleague)).json
    assert (hers["state"], hers["merged_into"]) == ("merged", None)
    do(client, world.agent, target, "close")
    url = f"/api/v1/tickets/{theirs.id}/replies"
    said = client.post(url, json={"text": "It is back for me."}, headers=api_headers(colleague))
    assert said.status_code == 201
    assert fresh(target.id).state is State.OPEN
    bonds = client.get(f"/api/v1/tickets/{target.id}/bonds", headers=api_headers(world.agent)).json
    assert [part["source"]["id"] for part in bonds["parts"]] == [theirs.id]
    body = {"reason": "Not the same."}
    undone = client.post(f"/api/v1/tickets/{theirs.id}/unmerge", json=body, headers=api_headers(world.agent))
    assert (undone.status_code, undone.json["merged_into"]) == (201, None)


@pytest.mark.parametrize("end", ["close", "decline"])
@pytest.mark.parametrize("way", ["page", "api"])
def test_a_reply_opens_what_is_closed_or_declined(client, world, end, way):
    ticket = opened(world)
    do(client, world.agent, ticket, end)
    if way == "page":
        assert do(client, world.end_user, ticket, "reply").status_code == 302
    else:
        url = f"/api/v1/tickets/{ticket.id}/replies"
        client.post(url, json={"text": "It is back."}, headers=api_headers(world.end_user))
    assert (fresh(ticket.id).state, fresh(ticket.id).closed_at) == (State.OPEN, None)


def test_an_answer_from_a_page_that_was_open_during_the_merge_reaches_the_other(client, world, two):
    source, target = two
    merged(client, world.agent, source, target)
    assert do(client, world.manager, source, "answer", text="Typed before the merge.").status_code == 302
    assert messages_of(target)[-1].text == "Typed before the merge."
    assert fresh(target.id).state is State.ANSWERED


def test_nothing_else_is_done_on_a_merged_one(client, world, two):
    source, target = two
    merged(client, world.agent, source, target)
    answer = do(client, world.agent, source, "close", reason="Typed with care.")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert f"This request was merged into #{target.id}. Do it there." in words(page)


# --- what is refused -----------------------------------------------------------------------------


def refusal(answer) -> str:
    assert answer.status_code in (409, 422), answer.status_code
    return words(answer.get_data(as_text=True))


def test_into_itself(client, world, two):
    assert f"Request #{two[0].id} cannot be merged into itself." in refusal(merge(client, world.agent, two[0], two[0]))


def test_in_a_ring_also_through_others(client, world, two):
    a, b = two
    c = opened(world, subject="A third time")
    merged(client, world.agent, a, b)
    said = refusal(merge(client, world.agent, b, a))
    assert f"Request #{a.id} is part of #{b.id} already." in said
    merged(client, world.agent, b, c)
    assert f"Request #{a.id} is part of #{c.id} already." in refusal(merge(client, world.agent, c, a))
    assert f"Request #{a.id} is part of #{b.id} already." in refusal(merge(client, world.agent, a, c))


def test_a_chain_is_followed_to_the_one_that_goes_on(client, world, two):
    a, b = two
    c, d = opened(world, subject="A third time"), opened(world, subject="And a fourth")
    merged(client, world.agent, a, b)
    merged(client, world.agent, b, c)
    merged(client, world.agent, d, a)
    assert fresh(d.id).merged_into_id == c.id
    sign_in(client, world.end_user)
    assert client.get(f"/tickets/{a.id}").location == f"/tickets/{c.id}?part={a.id}"
    page = read(client, world.end_user, f"/tickets/{c.id}")
    assert page.count("It says the date is out of range.") == 4


def test_of_two_agencies_they_are_linked_instead(client, world):
    ours, theirs = opened(world), opened(world, world.other_end_user, agency=world.other_agency)
    assert "These came from different agencies" in refusal(merge(client, world.agent, ours, theirs))
    assert fresh(ours.id).merged_into_id is None


def test_of_two_people_whom_nobody_knows_to_work_together(client, world):
    known, stranger = opened(world), opened(world, subject="From outside")
    one = fresh(stranger.id)
    one.requester_id, one.agency_id, one.requester_address = None, None, "who@elsewhere.test"
    db.session.commit()
    assert "These were asked by different people" in refusal(merge(client, world.agent, stranger, known))
    one = fresh(stranger.id)
    one.requester_address = known.requester_address.upper()
    db.session.commit()
    merged(client, world.agent, stranger, known)


def test_into_what_is_closed(client, world, two):
    source, target = two
    do(client, world.agent, target, "close")
    said = refusal(merge(client, world.agent, source, target))
    assert f"Request #{target.id} is closed." in said
    assert f"Merge #{target.id} into #{source.id} instead." in said
    assert WHY in said
    merged(client, world.agent, target, source)


def test_a_security_lapse_into_something_less_urgent_and_what_the_vendor_has(client, world, two):
    source, target = two
    lapse = opened(world, category=Category.SECURITY)
    assert "A possible security lapse" in refusal(merge(client, world.agent, lapse, target))
    merged(client, world.agent, target, lapse)
    do(client, world.agent, source, "ask-vendor")
    other = opened(world)
    assert "waits for the vendor" in refusal(merge(client, world.agent, source, other))
    merged(client, world.agent, other, source)
    assert fresh(source.id).state is State.WITH_VENDOR


def test_a_number_that_is_not_theirs_to_see_is_as_good_as_none(client, world, two):
    far = make_world("missouri")
    foreign = opened(far)
    for number in (foreign.id, 999_999):
        answer = act(client, world.agent, two[0], "merge-into", into=str(number), reason=WHY)
        assert "There is no request of that number." in refusal(answer)
    assert "Give the number of a request" in refusal(
        act(client, world.agent, two[0], "merge-into", into="x", reason=WHY)
    )


def test_client_data_in_the_reason_is_refused(client, world, two):
    said = refusal(merge(client, world.agent, *two, reason="SSN 123-45-6789"))
    assert "looks like a client" in said


# --- undone --------------------------------------------------------------------------------------


def test_undone_everything_is_back_with_what_came_meanwhile(client, world, colleague, of_two):
    theirs, target = of_two
    merged(client, world.agent, theirs, target)
    do(client, colleague, theirs, "reply", text="Said by the old thread.")
    do(client, world.agent, target, "answer", text="An answer to both.")
    do(client, world.end_user, target, "reply", text="Erin again.")
    taken_out(client, world.manager, theirs)
    alone, other = fresh(theirs.id), fresh(target.id)
    assert (alone.state, alone.closed_at, alone.merged_into_id) == (State.ANSWERED, None, None)
    assert (other.state, other.merged_into_id) == (State.OPEN, None)
    assert alone.first_answered_at is not None
    hers = words(read(client, colleague, f"/tickets/{theirs.id}"))
    assert "Said by the old thread." in hers
    assert "An answer to both." in hers
    assert "Erin again." not in hers
    staff = read(client, world.agent, f"/tickets/{target.id}")
    assert "Said by the old thread." not in staff
    assert "An answer to both." in staff
    row = db.session.scalars(select(TicketMerge)).one()
    assert (row.by_id, row.undone_by_id, row.undone_reason) == (world.agent.id, world.manager.id, "Not the same.")
    told = db.session.scalars(select(AuditEvent.action).where(AuditEvent.subject_type == "ticket")).all()
    assert {"ticket.merged", "ticket.took_in", "ticket.unmerged", "ticket.gave_back"} <= set(told)
    assert [mail.person_id for mail in mails("ticket-unmerged")] == [colleague.id]


def test_what_a_reply_had_opened_is_closed_again_without_it(client, world, two):
    source, target = two
    merged(client, world.agent, source, target)
    do(client, world.agent, target, "close")
    closed_at = fresh(target.id).closed_at
    sign_in(client, world.end_user)
    do(client, world.end_user, source, "reply", text="Not solved.")
    assert fresh(target.id).state is State.OPEN
    taken_out(client, world.agent, source)
    assert (fresh(target.id).state, fresh(target.id).closed_at) == (State.CLOSED, closed_at)
    assert fresh(source.id).state is State.NEW


def test_what_was_closed_before_it_was_merged_is_closed_again(client, world, two):
    source, target = two
    do(client, world.agent, source, "close", reason="Solved by itself.")
    merged(client, world.agent, source, target)
    taken_out(client, world.agent, source)
    one = fresh(source.id)
    assert (one.state, one.resolution) == (State.CLOSED, "Solved by itself.")


def test_undone_twice_says_so_and_it_can_be_merged_again(client, world, two):
    source, target = two
    merged(client, world.agent, source, target)
    taken_out(client, world.agent, source)
    again = act(client, world.agent, source, "unmerge", reason="Not the same.")
    assert again.status_code == 409
    assert "There is nothing to undo." in words(again.get_data(as_text=True))
    merged(client, world.agent, source, target)
    assert fresh(source.id).state is State.MERGED


def test_out_of_the_middle_of_a_chain(client, world, two):
    a, b = two
    c = opened(world, subject="A third time")
    merged(client, world.agent, a, b)
    merged(client, world.agent, b, c)
    do(client, world.end_user, a, "reply", text="Through the first.")
    assert "Through the first." in read(client, world.agent, f"/tickets/{c.id}")
    taken_out(client, world.agent, b)
    assert fresh(a.id).merged_into_id == b.id
    assert "Through the first." in read(client, world.agent, f"/tickets/{b.id}")
    assert "Through the first." not in read(client, world.agent, f"/tickets/{c.id}")


def test_out_of_a_whole_that_was_merged_on_takes_what_it_brought_from_both(client, world, two):
    """Its tag and its priority went along to the second and on to the third; what those had themselves stays."""
    a, b = two
    c = opened(world, subject="A third time")
    posted(client, world.agent, f"/desk/tickets/{a.id}/tags", tag="printers")
    posted(client, world.agent, f"/desk/tickets/{b.id}/tags", tag="exits")
    do(client, world.agent, a, "prioritize", to="high")
    merged(client, world.agent, a, b)
    merged(client, world.agent, b, c)
    page = read(client, world.agent, f"/tickets/{c.id}")
    assert ("printers" in page, "exits" in page, fresh(c.id).priority) == (True, True, Priority.HIGH)
    taken_out(client, world.agent, a)
    page = read(client, world.agent, f"/tickets/{c.id}")
    assert ("printers" in page, "exits" in page, fresh(c.id).priority) == (False, True, Priority.NORMAL)
    assert (fresh(a.id).merged_into_id, fresh(b.id).merged_into_id) == (None, c.id)
    assert (fresh(a.id).state, fresh(a.id).priority) == (State.NEW, Priority.HIGH)
    taken_out(client, world.agent, b)
    page = read(client, world.agent, f"/tickets/{b.id}")
    assert ("printers" in page, "exits" in page, fresh(b.id).priority) == (False, True, Priority.NORMAL)
    assert "exits" not in read(client, world.agent, f"/tickets/{c.id}")


# --- what goes along -----------------------------------------------------------------------------


def test_tags_watchers_priority_time_and_drafts_go_along_and_come_off_again(client, world, two):
    source, target = two
    desk = f"/desk/tickets/{source.id}"
    posted(client, world.agent, f"{desk}/tags", tag="printers")
    posted(client, world.agent, f"{desk}/watchers", person=world.manager.id)
    posted(client, world.agent, f"{desk}/time", minutes="20")
    do(client, world.agent, source, "prioritize", to="high")
    sign_in(client, world.agent)
    client.post(f"{desk}/draft?box=answer", data={"answer-text": "Half an answer"})
    merged(client, world.manager, source, target)
    page = words(read(client, world.agent, f"/tickets/{target.id}"))
    assert "Half an answer" in page
    assert "Together 20 min" in page
    assert "printers" in page
    assert "Mina Cole Take off" in page
    assert fresh(target.id).priority is Priority.HIGH
    do(client, world.end_user, source, "reply")
    assert world.manager.id in {mail.person_id for mail in mails("desk-news")}
    taken_out(client, world.agent, source)
    page = words(read(client, world.agent, f"/tickets/{target.id}"))
    assert "printers" not in page
    assert "Mina Cole Take off" not in page
    assert "Together 20 min" not in page
    assert fresh(target.id).priority is Priority.NORMAL
    assert db.session.scalars(select(Draft.text)).all() == ["Half an answer"]
    back = words(read(client, world.agent, f"/tickets/{source.id}"))
    assert "printers" in back
    assert "Together 20 min" in back


def test_files_and_masked_words_of_a_part_are_shown_through_the_whole(client, world, two):
    source, target = two
    do(client, world.end_user, source, "reply", files=(BytesIO(b"plain words"), "screen.txt"))
    merged(client, world.agent, source, target)
    file = messages_of(source)[1].files[0]
    sign_in(client, world.end_user)
    with client.get(f"/tickets/{target.id}/files/{file.id}") as sent:
        assert sent.data == b"plain words"
    sign_in(client, world.other_end_user)
    assert client.get(f"/tickets/{target.id}/files/{file.id}").status_code == 404


def test_lists_and_the_search_box_lead_to_the_one_that_goes_on(client, world, two):
    source, target = two
    merged(client, world.agent, source, target)
    for view in ("open", "needs-action", "closed"):
        assert f"/tickets/{source.id}" not in read(client, world.agent, f"/tickets?view={view}")
    assert f"#{source.id}" in read(client, world.agent, "/tickets?view=all&state=merged")
    found = words(read(client, world.agent, "/search?q=cannot+save"))
    assert f"merged into #{target.id}" in found


def test_many_are_merged_from_the_queue_into_one_of_them(client, world, two):
    a, b = two
    c = opened(world, subject="A third time")
    sign_in(client, world.agent)
    form = {"nonce": nonce(), "ticket": [a.id, b.id, c.id], "verb": "merge", "words": f"#{c.id}"}
    done = client.post("/desk/bulk", data=form)
    assert "3 requests done, 0 refused." in read(client, world.agent, done.location)
    assert {fresh(one.id).merged_into_id for one in (a, b)} == {c.id}
    assert fresh(c.id).state is State.NEW
    odd = client.post("/desk/bulk", data={**form, "nonce": nonce(), "words": "the other"})
    assert "Give the number of the request" in odd.get_data(as_text=True)


def test_figures_count_a_merged_one_as_neither_solved_nor_open_nor_opened_again(client, world, two):
    source, target = two
    merged(client, world.agent, source, target)
    do(client, world.end_user, source, "reply", text="Through the old number.")
    spells = {row.ticket_id: row.outcome for row in db.session.scalars(select(Spell).order_by(Spell.number))}
    assert spells == {source.id: Outcome.MERGED, target.id: None}
    taken_out(client, world.agent, source)
    again = db.session.scalars(select(Spell).where(Spell.ticket_id == source.id)).all()
    assert [(row.number, row.outcome) for row in again] == [(1, None)]
    do(client, world.agent, target, "close")
    assert db.session.scalar(select(Spell.outcome).where(Spell.ticket_id == target.id)) is Outcome.SETTLED


def test_who_asked_does_not_learn_of_a_colleagues_number_by_guessing_it(client, world, of_two):
    theirs, mine = of_two
    merged(client, world.agent, theirs, mine)
    assert f"#{theirs.id}" in read(client, world.agent, f"/tickets/{mine.id}")
    guessed = words(read(client, world.end_user, f"/tickets/{mine.id}?part={theirs.id}"))
    assert "it goes on here" not in guessed
    assert f"#{theirs.id}" not in guessed
