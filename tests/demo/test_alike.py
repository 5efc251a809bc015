"""What is written as rows is what the verbs write: one ticket and one departure each way, side by side."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from core import clock
from core.audit import AuditEvent, acting_as
from core.authz import principal_for
from core.db import db, unit_of_work
from core.deadlines import Deadline, fire_due
from core.people.models import EmploymentKind, Membership, Person
from core.policy import policy_for
from demo.bulk.licensing import Employer, Leaving, Office, level_of
from demo.bulk.lines import Chain, Counters, Sheets
from demo.bulk.load import catch_up_identities, copy
from demo.bulk.tickets import Ladder, Place, Teller
from demo.past import ORDER, noticed, who
from demo.stories import STORIES
from helpdesk.tickets import services as tickets
from helpdesk.tickets.models import Ticket, TicketChange, TicketMessage, TierStay
from helpdesk.tickets.rules import Channel
from licensing.access.models import License
from licensing.departures import services as departures
from licensing.departures.models import Channel as NoticeChannel
from licensing.departures.models import DepartureNotice, Reason
from tests.conftest import NOON
from tests.support.factories import World, make_world

STORY = next(story for story in STORIES if story.vendor and story.note)
BITS = 0x2222_2222_2222_2222 << 16
OWN = {"id", "ticket_id", "subject_id", "nonce", "message_id", "search", "once", "seq", "hash", "previous"}


def as_values(row: object, *without: str) -> dict[str, object]:
    """A row's columns but for those that are its own."""
    columns = type(row).__table__.columns  # type: ignore[attr-defined]
    return {c.key: getattr(row, c.key) for c in columns if c.key not in OWN and c.key not in without}


def rows_of(model: type, first: bool) -> list[dict[str, object]]:
    """The rows of the ticket told first or last, in order."""
    number = db.session.scalar(select(Ticket.id).order_by(Ticket.id if first else Ticket.id.desc()).limit(1))
    column = Ticket.id if model is Ticket else model.ticket_id  # type: ignore[attr-defined]
    return [as_values(row) for row in db.session.scalars(select(model).where(column == number).order_by(model.id))]  # type: ignore[attr-defined]


def deeds(kind: str, subject: int) -> list[tuple[object, ...]]:
    query = select(AuditEvent).where(AuditEvent.subject_type == kind, AuditEvent.subject_id == subject)
    events = db.session.scalars(query.order_by(AuditEvent.seq))
    return [(e.at, e.actor_id, e.actor, e.action, e.agency_id, sorted(e.data)) for e in events]


def put(sheets: Sheets, ids: Counters, chain: int, events: list) -> None:
    trail = Chain(chain, ids)
    trail.extend(sorted(events, key=lambda event: event[0]), sheets.of("audit_event"))
    copy(sorted(sheets.take(), key=lambda batch: ORDER.index(batch[0])))
    catch_up_identities(ORDER)


def test_a_ticket_is_the_same_either_way(app):
    world = make_world("sonoma", "America/Los_Angeles")
    story = STORY
    with unit_of_work():
        told_at = _tell(world, story)
    _live(world, story, told_at)
    for model in (Ticket, TicketMessage, TierStay, TicketChange):
        for written, lived in zip(rows_of(model, first=True), rows_of(model, first=False), strict=True):
            assert {k: (v, lived[k]) for k, v in written.items() if v != lived[k]} == {}, model
    first, last = db.session.scalars(select(Ticket.id).order_by(Ticket.id)).all()
    assert deeds("ticket", first) == deeds("ticket", last)


def _tell(world: World, story) -> list:
    sheets, ids = Sheets(), Counters()
    until = int((NOON + timedelta(days=90)).timestamp())
    teller = Teller(sheets, ids, until, (("SNVWHAC", 1),))
    place = Place(
        world.lead.id,
        world.coc.id,
        world.agency.id,
        Ladder(policy_for(world.coc, NOON.date())),
        who(world.administrator),
        world.lead.vendor_address,
        (world.project.name,),
    )
    teller.tell(place, who(world.end_user), who(world.agent), int(NOON.timestamp()), BITS, story)
    events = list(teller.events)
    put(sheets, ids, world.lead.id, events)
    return [(event[3], event[0]) for event in events]


def _live(world: World, story, told_at: list) -> None:
    """The same deeds by the same people at the same instants, through the verbs."""
    like = db.session.scalars(select(Ticket)).one()
    fill = {"project": world.project.name, "client": _client(like, story)}
    for action, at in told_at:
        when = NOON.fromtimestamp(at, NOON.tzinfo)
        _do(action, when, world, story, fill, like)


def _client(like: Ticket, story) -> str:
    before, _, _ = story.text.partition("{client}")
    said = db.session.scalars(
        select(TicketMessage).where(TicketMessage.ticket_id == like.id).order_by(TicketMessage.id)
    ).first()
    return said.text[len(before) :].split()[0]


def _do(action, when, world: World, story, fill, like: Ticket) -> None:
    agent, administrator, asks = world.agent, world.administrator, world.end_user
    mine = db.session.scalars(select(Ticket).where(Ticket.id != like.id)).first()
    by = {"ticket.opened": asks, "ticket.forwarded": administrator}.get(action, agent)
    if action == "ticket.replied":
        by = None
    actor = (by.name, by.id) if by else ("system:mail", None)
    verbs = {
        "ticket.opened": lambda: tickets.open_ticket(
            asks, asks.email, asks.name, story.subject.format(**fill), story.text.format(**fill), lead=world.lead,
            agency=world.agency, channel=Channel(like.channel), category=story.category, at=when,
        ),
        "ticket.forwarded": lambda: tickets.forward_up(mine, administrator, "I could not find out why.", when),
        "ticket.assigned": lambda: tickets.assign(mine, agent, agent, when),
        "ticket.noted": lambda: tickets.add_note(mine, agent, story.note, when),
        "ticket.sent_to_vendor": lambda: tickets.to_vendor(mine, agent, story.vendor.format(**fill), when),
        "ticket.replied": lambda: tickets.add_reply(
            mine, None, world.lead.vendor_address, story.vendor_says.format(**fill), at=when, from_vendor=True
        ),
        "ticket.handed_back": lambda: tickets.hand_back(mine, agent, "", when),
        "ticket.answered": lambda: tickets.answer(mine, agent, story.answer.format(**fill), when),
        "ticket.closed": lambda: tickets.close(mine, agent, story.resolution, when),
    }  # fmt: skip
    with clock.frozen(when), acting_as(*actor), unit_of_work():
        verbs[action]()


LEAVES = NOON.replace(hour=22, minute=30)
KEPT = {"person_id", "warned_through", "wake_at"}


def test_a_departure_is_the_same_either_way(app):
    """Told three days after it, in a community where that is too late."""
    world = make_world("sonoma", "America/Los_Angeles")
    first, second = world.end_user, _colleague(world)
    late = LEAVES + timedelta(days=3)
    with unit_of_work():
        _write_departure(world, first, noticed(LEAVES, late), until=late + timedelta(hours=1))
    with clock.frozen(late), acting_as(world.representative.name, world.representative.id), unit_of_work():
        told = departures.Told(
            second.id, LEAVES, Reason.LEFT, NoticeChannel.FORM, late, world.representative.id, "second"
        )
        departures.note_departure(world.agency, told, principal_for(world.representative, late), late)
    _compare()


def test_a_departure_announced_ahead_is_the_same_either_way(app):
    world = make_world("missouri")
    first, second = world.end_user, _colleague(world)
    ahead = LEAVES - timedelta(days=4)
    over = LEAVES + timedelta(seconds=4)
    with unit_of_work():
        _write_departure(world, first, noticed(LEAVES, ahead), until=over)
    with clock.frozen(ahead), acting_as(world.representative.name, world.representative.id), unit_of_work():
        told = departures.Told(
            second.id, LEAVES, Reason.LEFT, NoticeChannel.FORM, ahead, world.representative.id, "second"
        )
        departures.note_departure(world.agency, told, principal_for(world.representative, ahead), ahead)
    with clock.frozen(over):
        fire_due()
    _compare()


def _colleague(world: World) -> Person:
    """Somebody of the end user's name, which clocks and their words tell, with a license from the same day."""
    with unit_of_work() as session:
        person = Person(name=world.end_user.name, email="noa@agency.test", created_at=NOON)
        started = world.end_user.created_at.date().replace(year=2020)
        works = {"employment": EmploymentKind.PAID_STAFF, "started_on": started}
        session.add(Membership(person=person, agency=world.agency, **works))
        session.flush()
        session.add(
            License(
                lead_id=world.lead.id, coc_id=world.coc.id, agency_id=world.agency.id, person_id=person.id, since=NOON,
                level=level_of(policy_for(world.coc, NOON.date())), enters_data=True,
            )
        )  # fmt: skip
    return person


def _write_departure(world: World, person: Person, leaving: Leaving, until) -> None:
    sheets, ids = Sheets(), Counters()
    ids.start = 50
    office = Office(sheets, ids, until)
    employer = Employer(
        world.lead.id, world.coc.id, world.agency.id, world.agency.name, world.agency.tz,
        policy_for(world.coc, NOON.date()), {}, who(world.representative), who(world.manager), who(world.agent),
        (world.project.id,),
    )  # fmt: skip
    held = next(ids["license"])
    ended = office.departure(employer, who(person), leaving, held)
    office.license(employer, who(person), held, NOON, None, ended, "left the agency")
    db.session.execute(Membership.__table__.update().where(Membership.person_id == person.id).values(ended_at=ended))
    put(sheets, ids, world.lead.id, office.events)


def _compare() -> None:
    written, lived = db.session.scalars(select(DepartureNotice).order_by(DepartureNotice.id)).all()
    assert as_values(written, *KEPT) == as_values(lived, *KEPT)
    for one, other in zip(_clocks(written), _clocks(lived), strict=True):
        assert as_values(one, *KEPT) == as_values(other, *KEPT)
        assert [d[3:] for d in deeds("deadline", one.id)] == [d[3:] for d in deeds("deadline", other.id)]
    assert [d[3:] for d in deeds("departure_notice", written.id)] == [
        d[3:] for d in deeds("departure_notice", lived.id)
    ]
    one, other = (
        db.session.scalars(select(License).where(License.person_id == row.person_id)).one() for row in (written, lived)
    )
    assert as_values(one, *KEPT) == as_values(other, *KEPT)


def _clocks(row: DepartureNotice) -> list[Deadline]:
    mine = select(Deadline).where(Deadline.subject_type == "departure_notice", Deadline.subject_id == row.id)
    return list(db.session.scalars(mine.order_by(Deadline.kind)))
