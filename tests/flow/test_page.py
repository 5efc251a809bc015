"""What a ticket's page and Today say of its clocks."""

from __future__ import annotations

from tests.flow.conftest import on
from tests.tickets.acting import ask, do, read, words


def test_the_page_shows_each_promise_with_what_is_left_and_for_whom_it_is_paused(client, world, go):
    go(on(19))
    ticket = ask(client, world.end_user)
    page = words(read(client, world.administrator, f"/tickets/{ticket.id}"))
    assert "What is promised" in page
    assert "First answer, agency" in page
    assert "of opening time left" in page
    assert "No manual sets this time; it is the HMIS Lead's own practice." in page.replace("&#39;", "'")
    assert "Next tier, agency" in page
    asked = words(read(client, world.end_user, f"/tickets/{ticket.id}"))
    assert ("First answer, agency" in asked, "Next tier, agency" in asked) == (True, False)
    do(client, world.administrator, ticket, "answer")
    assert "Paused for the requester" in words(read(client, world.administrator, f"/tickets/{ticket.id}"))


def test_today_says_that_another_attempt_is_owed(client, world, go):
    go(on(19))
    ticket = ask(client, world.end_user)
    do(client, world.administrator, ticket, "answer")
    assert f"Another attempt to reach the requester: request #{ticket.id}" in words(
        read(client, world.administrator, "/")
    )
