"""What the tests of requests do over and over, through the pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from core.db import db
from core.people.models import Agency, CoC, Person, StaffRole
from helpdesk.requests.clients.models import ClientRequest
from helpdesk.requests.data.models import DataRequest
from helpdesk.requests.demands.models import OutsideDemand
from tests.licensing.acting import words
from tests.support.factories import World, make_staff
from tests.support.signing_in import sign_in

CHICAGO = ZoneInfo("America/Chicago")
LOS_ANGELES = ZoneInfo("America/Los_Angeles")
NEW_YORK = ZoneInfo("America/New_York")
ZONES = {"missouri": CHICAGO, "sonoma": LOS_ANGELES, "vermont": NEW_YORK}
_once = count(1)


def once() -> str:
    return f"once-{next(_once)}"


def post(client: FlaskClient, person: Person, path: str, **form: Any) -> TestResponse:
    return sign_in(client, person).post(path, data=form)


def again(row: Any) -> Any:
    db.session.expire_all()
    return db.session.get_one(type(row), row.id)


def number_of(answer: TestResponse) -> int:
    assert answer.status_code == 302, words(answer)
    return int(answer.location.rsplit("/", 1)[1])


def instant(*parts: int, zone: ZoneInfo = CHICAGO, plus: timedelta = timedelta()) -> datetime:
    return datetime(*parts, tzinfo=zone).astimezone(UTC) + plus


# ------------------------------------------------------------------ data requests


def asking(**values: Any) -> dict[str, Any]:
    """The form for data, filled in: an agency about its own clients."""
    form = {
        "once": once(),
        "title": "Exits to housing",
        "requester": "agency",
        "level": "project",
        "about": "own",
        "elements": "Exits by destination",
        "period": "October 2025 to September 2026",
        "reason": "For our yearly report",
        "recipient": "Our board",
        "type": "new",
        "regions": "one",
        "purpose": "quality",
    }
    return {key: value for key, value in (form | values).items() if value is not None}


def ask(client: FlaskClient, person: Person, place: Agency | CoC, **values: Any) -> TestResponse:
    named = f"agency={place.id}" if isinstance(place, Agency) else f"coc={place.id}"
    return post(client, person, f"/data-requests/new?{named}", **asking(**values))


def asked(client: FlaskClient, person: Person, place: Agency | CoC, **values: Any) -> DataRequest:
    return db.session.get_one(DataRequest, number_of(ask(client, person, place, **values)))


def outside(client: FlaskClient, world: World, **values: Any) -> DataRequest:
    """A request from outside the CoC, which in Missouri needs approval."""
    return asked(client, world.admin, world.coc, requester="outside", about="others", level="coc", **values)


def seats(world: World, *roles: StaffRole) -> list[Person]:
    return [make_staff(world.lead, role, world.coc) for role in roles]


def vote(client: FlaskClient, person: Person, row: DataRequest, how: str = "for") -> TestResponse:
    return post(client, person, f"/data-requests/{row.id}/vote", **{"vote-vote": how, "vote-reason": "Said."})


def work(client: FlaskClient, person: Person, row: DataRequest, act: str, reason: str = "Looked at.") -> TestResponse:
    return post(client, person, f"/data-requests/{row.id}/{act}", **{"work-reason": reason})


# ------------------------------------------------------------------ clients


def client_asks(client: FlaskClient, person: Person, agency: Agency, **values: Any) -> TestResponse:
    form = {"once": once(), "client_id": "104877", "kind": "record", "how": "written"}
    return post(client, person, f"/client-requests/new?agency={agency.id}", **(form | values))


def client_asked(client: FlaskClient, person: Person, agency: Agency, **values: Any) -> ClientRequest:
    return db.session.get_one(ClientRequest, number_of(client_asks(client, person, agency, **values)))


def answer(
    client: FlaskClient, person: Person, row: ClientRequest, act: str = "answer", reason: str = "Shown to them."
):
    return post(client, person, f"/client-requests/{row.id}/{act}", reason=reason)


# ------------------------------------------------------------------ outside demands


def demand(client: FlaskClient, person: Person, agency: Agency, **values: Any) -> TestResponse:
    form = {
        "once": once(),
        "kind": "law-enforcement",
        "who": "County sheriff",
        "what": "Nights at the shelter",
        "client_id": "104877",
    }
    return post(client, person, f"/demands/new?agency={agency.id}", **(form | values))


def demanded(client: FlaskClient, person: Person, agency: Agency, **values: Any) -> OutsideDemand:
    return db.session.get_one(OutsideDemand, number_of(demand(client, person, agency, **values)))


def confirm(client: FlaskClient, person: Person, row: OutsideDemand, line: str) -> TestResponse:
    return post(client, person, f"/demands/{row.id}/confirm/{line}", **{f"{line}-reason": "Seen on paper."})


def release(client: FlaskClient, person: Person, row: OutsideDemand, **values: Any) -> TestResponse:
    form = {"release-clients": "104877", "release-reason": "A printed sheet of nights."} | values
    return post(client, person, f"/demands/{row.id}/release", **form)
