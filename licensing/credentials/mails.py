"""What is told of a password; the password itself is in no mail of this service (SON-LI-6)."""

from __future__ import annotations

from datetime import datetime

from core.deadlines import Deadline
from core.outbox import enqueue
from core.people.models import Person
from core.ui import times
from licensing.access.mails import lead_managers
from licensing.credentials.models import HmisCredential

OWN = "/hmis-password"


def user_name(row: HmisCredential) -> None:
    """By e-mail, where that was chosen; the password comes another way."""
    told = {"credential": row, "agency": row.agency, "path": OWN}
    enqueue("hmis-user-name", row.person, key=f"hmis-user-name:{row.id}", context=told, subject=row)


def soon(row: HmisCredential, clock: Deadline, now: datetime) -> None:
    when = times.say_when(clock.due_at.astimezone(row.agency.zone))
    if row.first_login_at is None:
        said = f"Sign in to the HMIS and choose a password of your own by {when}. Then say so on the page below."
        _tell(row, row.person, "Sign in to the HMIS", said, clock, now)
    else:
        said = f"Your HMIS password is to be changed by {when}. Change it in the HMIS, then say so on the page below."
        _tell(row, row.person, "Your HMIS password is due", said, clock, now)


def missed(row: HmisCredential, clock: Deadline, now: datetime) -> None:
    """To the person; a first sign-in that did not come, to the Lead too, who makes another password or asks."""
    if row.first_login_at is not None:
        said = "Your HMIS password was to be changed by now. Change it in the HMIS, then say so on the page below."
        _tell(row, row.person, "Your HMIS password is overdue", said, clock, now)
        return
    said = "You have not signed in to the HMIS in time. Ask the HMIS Lead for another password if yours is lost."
    _tell(row, row.person, "Your first HMIS sign-in is overdue", said, clock, now)
    for person in lead_managers(row.lead_id, row.coc_id, now):
        words = f"{row.person.name} at {row.agency.name} has not signed in to the HMIS in time."
        _tell(row, person, "A first HMIS sign-in is overdue", words, clock, now)


def _tell(row: HmisCredential, to: Person, subject: str, says: str, clock: Deadline, now: datetime) -> None:
    path = OWN if to.id == row.person_id else f"/access/licenses/{row.license_id}/credentials"
    told = {"subject_words": subject, "says": says, "agency": row.agency, "path": path}
    key = f"hmis-password:{clock.id}:{to.id}:{now:%Y%m%dT%H%M}"
    enqueue("license-news", to, key=key, context=told, subject=row)
