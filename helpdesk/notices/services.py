from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import literal, select
from sqlalchemy.dialects.postgresql import insert

from core import ppi
from core.audit import record
from core.authz import Principal
from core.db import db
from core.deadlines import cancel, deadlines_of, meet, open_deadline
from core.errors import Conflict, Invalid
from core.markdown import to_plain
from core.once import one_at_a_time
from core.people.models import CoC, Lead, Person
from core.people.services import closures_of
from core.policy import Decision, policy_for
from core.ui import times
from helpdesk.notices import audience, mails, rules
from helpdesk.notices.models import Notice, NoticeRecipient, NoticeUpdate, ReadBy
from helpdesk.notices.rules import FAILURES, GONE_OUT, TRANSITIONS, Act, Audience, Kind, State, Telling, UpdateKind

SENDING = "notice-sending"
REMINDER = "notice-reminder"
SERVICE_NOTICE = "service-notice"
LONGEST = 50_000
INSTEAD = {
    State.SCHEDULED: "Take it off the schedule first.",
    State.SENT: "Add an update; the same people get it.",
    State.RESOLVED: "Write a new notice.",
}
NOBODY = "Nobody matches this audience, so nothing was sent."


@dataclass(frozen=True)
class Draft:
    """A notice as it is written. `discovered_at` is a failure's; `begins_at` and `ends_at` are a maintenance's."""

    kind: Kind
    title: str
    text: str
    audience: Audience
    once: str
    discovered_at: datetime | None = None
    begins_at: datetime | None = None
    ends_at: datetime | None = None
    is_critical: bool = False
    is_public: bool = False
    asks_reading: bool = False
    remind_days: int | None = None


def make(lead: Lead, draft: Draft, by: Principal, now: datetime) -> Notice:
    """A draft; the same form sent again is the same draft."""
    one_at_a_time(draft.once)
    if earlier := db.session.scalar(select(Notice).where(Notice.once == draft.once)):
        told = (by.person_id, draft.kind, draft.title, draft.text)
        _must_be_the_same(told == (earlier.author_id, earlier.kind, earlier.title, earlier.text))
        return earlier
    row = Notice(lead_id=lead.id, lead=lead, author_id=by.person_id, created_at=now, once=draft.once)
    _write(row, draft, by, now)
    db.session.add(row)
    db.session.flush()
    record("notice.drafted", row, data={"kind": row.kind, "title": row.title})
    return row


def _must_be_the_same(is_same: bool) -> None:
    """One key is one act: with something else in it, it is no repetition."""
    if not is_same:
        raise Conflict("This form was sent before, for something else.", "Load the page again to start a new one.")


def change(row: Notice, draft: Draft, by: Principal, now: datetime) -> None:
    """Raises Conflict once it has gone out: from then on there are updates only."""
    _move(row, Act.EDIT)
    _write(row, draft, by, now)
    record("notice.changed", row, data={"title": row.title})


def _write(row: Notice, draft: Draft, by: Principal, now: datetime) -> None:
    _check(draft, ZoneInfo(row.lead.tz), now)
    chosen = audience.within_reach(by, row.lead_id, draft.audience)
    cocs = audience.cocs_affected(row.lead_id, chosen)
    row.kind, row.title, row.text = draft.kind, draft.title, draft.text
    row.audience = chosen.as_json()
    row.coc_id = cocs[0].id if len(cocs) == 1 and not chosen.is_everywhere else None
    row.discovered_at = draft.discovered_at if draft.kind in FAILURES else None
    is_planned = draft.kind is Kind.MAINTENANCE
    row.begins_at, row.ends_at = (draft.begins_at, draft.ends_at) if is_planned else (None, None)
    is_service = draft.kind is not Kind.NEWSLETTER
    row.is_critical, row.is_public = draft.is_critical and is_service, draft.is_public and is_service
    row.asks_reading = draft.asks_reading
    row.remind_days = draft.remind_days if draft.asks_reading else None


def _check(draft: Draft, zone: ZoneInfo, now: datetime) -> None:
    for field, words in (("title", draft.title), ("text", draft.text)):
        if not words:
            raise Invalid("It needs a title." if field == "title" else "It needs a text.", field=field)
        refuse_ppi(words, field)
    if not draft.audience.groups:
        raise Invalid("Choose whom it is for.", field="groups")
    if draft.kind in FAILURES:
        _check_discovery(draft.discovered_at, zone, now)
    if draft.kind is Kind.MAINTENANCE:
        begins, ends = (at and at.astimezone(zone) for at in (draft.begins_at, draft.ends_at))
        if fault := rules.fault_of_window(begins, ends):
            raise Invalid(fault, "Mend one of the two.", field="ends")
    if draft.asks_reading and draft.remind_days is not None and not 1 <= draft.remind_days <= rules.MOST_REMIND_DAYS:
        raise Invalid(f"Remind after 1 to {rules.MOST_REMIND_DAYS} days.", field="remind_days")


def _check_discovery(discovered_at: datetime | None, zone: ZoneInfo, now: datetime) -> None:
    if discovered_at is None:
        raise Invalid("Say when it was discovered.", "The delay is counted from then.", field="discovered")
    if discovered_at > now:
        told = times.say_when(discovered_at.astimezone(zone))
        raise Invalid(f"{told} is still to come.", "Give the time at which it was discovered.", field="discovered")


def refuse_ppi(text: str, field: str) -> None:
    """Raises Invalid naming what in the text looks like a client's personal data, and the line (MO-HD-5)."""
    for number, line in enumerate(text.splitlines() or [text], start=1):
        if found := ppi.find(line):
            _refuse(f"Line {number}", found[0].label, field)
    if found := ppi.find(text) or ppi.find(to_plain(text)):
        _refuse("The text", found[0].label, field)


def _refuse(where: str, label: str, field: str) -> None:
    said = f"{where} has what looks like a client's {label}."
    raise Invalid(said, "A notice goes to many people: leave it out.", field=field, rule="MO-HD-5")


# --- when


def schedule(row: Notice, at: datetime, now: datetime) -> None:
    """To be sent at that instant, to whom the audience comes to then."""
    zone = ZoneInfo(row.lead.tz)
    if row.kind in FAILURES:
        said = "People are told of a failure at once on discovery, so it is not scheduled."
        ruled = (told.decision.rule for _, told in tellings(row, now) if told.decision)
        raise Invalid(said, "Send it now.", field="at", rule=next(ruled, None))
    if fault := rules.fault_of_schedule(at.astimezone(zone), now):
        raise Invalid(fault, "Give a time to come within a year, or send it now.", field="at")
    if not audience.count(row.lead_id, row.chosen, now):
        raise Invalid("Nobody matches this audience.", "Change it first.", field="at")
    _move(row, Act.SCHEDULE)
    row.send_at = at
    _open_own(row, SENDING, at, f"Send: {row.title}", "It was scheduled for this time.")
    record("notice.scheduled", row, data={"at": at})


def unschedule(row: Notice, now: datetime) -> None:
    _move(row, Act.UNSCHEDULE)
    row.send_at = None
    _cancel(row, SENDING, now, "It was taken off the schedule.")
    record("notice.unscheduled", row)


def discard(row: Notice) -> None:
    _move(row, Act.DISCARD)
    record("notice.discarded", row, data={"title": row.title})


# --- sending


def sent_before(once: str) -> NoticeUpdate | None:
    """What the same form led to when it was sent the first time."""
    return db.session.scalar(select(NoticeUpdate).where(NoticeUpdate.once == once))


def send(row: Notice, by: Principal | None, once: str, now: datetime) -> NoticeUpdate:
    """To everybody the audience comes to now, who from now on are its recipients. Raises Invalid for nobody.

    The row is held; recipients, mails, clocks and the new state are one transaction: all of it, or nothing.
    """
    if earlier := sent_before(once):
        _must_be_the_same((earlier.notice_id, earlier.kind) == (row.id, UpdateKind.FIRST))
        return earlier
    if row.state in GONE_OUT and row.sent_at is not None:
        when = times.say_when(row.sent_at.astimezone(ZoneInfo(row.lead.tz)))
        raise Conflict(f"It was sent on {when} to {row.recipients:,} people; nobody gets it twice.", "Add an update.")
    was_scheduled = row.state is State.SCHEDULED
    _move(row, Act.SEND)
    row.recipients = _fix_recipients(row, now)
    if not row.recipients:
        raise Invalid(NOBODY, "Change the audience, then send it.")
    row.sent_at = now
    update = _tell(row, UpdateKind.FIRST, row.text, by, once, now)
    if was_scheduled and by is not None:
        _cancel(row, SENDING, now, "It was sent before its time.")
    _note_telling(row, now)
    if row.remind_days:
        at = rules.remind_at(now, row.remind_days, ZoneInfo(row.lead.tz))
        _open_own(row, REMINDER, at, f"Remind to read: {row.title}", f"{row.remind_days} days after it was sent.")
    record("notice.sent", row, data={"recipients": row.recipients, "audience": row.audience})
    return update


def _fix_recipients(row: Notice, now: datetime) -> int:
    people = audience.people_of(row.lead_id, row.chosen, now)
    rows = select(literal(row.id), Person.id, Person.name, literal(row.asks_reading)).where(Person.id.in_(people))
    names = ["notice_id", "person_id", "name", "is_asked"]
    written = insert(NoticeRecipient).from_select(names, rows.order_by(Person.id))
    done = db.session.execute(written, execution_options={"preserve_rowcount": True})
    return int(done.rowcount)  # type: ignore[attr-defined]


def add_update(row: Notice, kind: UpdateKind, text: str, by: Principal, once: str, now: datetime) -> NoticeUpdate:
    """To the same people; with the kind RESOLVED it is over."""
    if earlier := sent_before(once):
        _must_be_the_same((earlier.notice_id, earlier.kind, earlier.text) == (row.id, kind, text))
        return earlier
    if not text:
        raise Invalid("Say what is new.", field="text")
    refuse_ppi(text, "text")
    if kind is UpdateKind.RESOLVED and row.kind is Kind.NEWSLETTER:
        raise Conflict("A newsletter has nothing to resolve.", "Add an update.")
    _move(row, Act.RESOLVE if kind is UpdateKind.RESOLVED else Act.UPDATE)
    update = _tell(row, kind, text, by, once, now)
    if kind is UpdateKind.RESOLVED:
        row.resolved_at = now
        _cancel(row, REMINDER, now, "It is resolved.")
    record("notice.resolved" if kind is UpdateKind.RESOLVED else "notice.updated", row, data={"update": update.id})
    return update


def _tell(row: Notice, kind: UpdateKind, text: str, by: Principal | None, once: str, now: datetime) -> NoticeUpdate:
    author = by.person_id if by else row.author_id
    update = NoticeUpdate(notice=row, kind=kind, text=text, at=now, by_id=author, once=once)
    db.session.add(update)
    db.session.flush()
    mails.tell(row, update)
    return update


# --- the clocks


def tellings(row: Notice, told_at: datetime) -> list[tuple[CoC, Telling]]:
    """For each community that a failure affects: how soon it was told, by its own manual. Rules: SAC-HD-3."""
    if row.discovered_at is None:
        return []
    closures = {date.fromisoformat(day): name for day, name in closures_of(row.lead_id).items()}
    found = []
    for coc in audience.cocs_affected(row.lead_id, row.chosen):
        zone = ZoneInfo(coc.tz)
        policy = policy_for(coc, told_at.astimezone(zone).date())
        found.append((coc, rules.telling(policy, row.discovered_at, told_at, zone, closures)))
    return found


def _note_telling(row: Notice, now: datetime) -> None:
    """A clock for each community whose manual sets one, stopped by the sending."""
    for number, (coc, told) in enumerate(tellings(row, now), start=1):
        if told.decision is not None:
            clock = open_deadline(
                SERVICE_NOTICE,
                row,
                told.decision,
                title=f"Tell {coc.name}: {row.title}"[:300],
                lead_id=row.lead_id,
                coc_id=coc.id,
                occurrence=number,
            )
            meet(clock, now, "The people affected were told.")


def _open_own(row: Notice, kind: str, at: datetime, title: str, because: str) -> None:
    """A time that somebody chose here: no manual counts it, which the empty clock name says."""
    due = at.astimezone(ZoneInfo(row.lead.tz)).replace(microsecond=0)
    said = Decision(
        pack="",
        version=due.date(),
        clock="",
        anchor=due,
        due=due,
        rule="",
        source="",
        section="Chosen here",
        title=row.lead.name,
        because=(because,),
        says=because,
    )
    number = len(deadlines_of(row, kind)) + 1
    open_deadline(kind, row, said, title=title[:300], lead_id=row.lead_id, coc_id=row.coc_id, occurrence=number)


def _cancel(row: Notice, kind: str, now: datetime, reason: str) -> None:
    for clock in deadlines_of(row, kind):
        if clock.is_open:
            cancel(clock, now, reason)


# --- reading


def acknowledge(row: Notice, person_id: int, how: ReadBy, now: datetime) -> NoticeRecipient:
    """Somebody says that they have read it (MO-TR-11); saying so again changes nothing."""
    recipient = _recipient(row, person_id)
    if recipient is None or not recipient.is_asked:
        raise Invalid("You were not asked to say that you have read this.")
    if recipient.acknowledged_at is None:
        recipient.acknowledged_at, recipient.read_by = now, how
        record("notice.acknowledged", row, data={"person": person_id, "by": how})
    return recipient


def dismiss(row: Notice, person_id: int, now: datetime) -> None:
    """Take it off one's own pages; a critical one stays until it is over."""
    if row.is_critical:
        raise Conflict("This notice stays on your pages until it is resolved.", "It is marked as critical.")
    recipient = _recipient(row, person_id)
    if recipient is not None and recipient.dismissed_at is None:
        recipient.dismissed_at = now
        record("notice.dismissed", row, data={"person": person_id})


def _recipient(row: Notice, person_id: int) -> NoticeRecipient | None:
    mine = (NoticeRecipient.notice_id == row.id, NoticeRecipient.person_id == person_id)
    return db.session.scalar(select(NoticeRecipient).where(*mine).with_for_update(of=NoticeRecipient))


def _move(row: Notice, act: Act) -> None:
    following = TRANSITIONS.get((row.state, act))
    if following is None:
        raise Conflict(f"This notice is {row.state}, so you cannot {act} it.", INSTEAD.get(row.state, ""))
    row.state = following
