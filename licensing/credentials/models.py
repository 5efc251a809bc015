from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, Code, Line
from core.people.models import Agency, Person
from licensing.access.models import License
from licensing.credentials.rules import Channel


class HmisCredential(Base):
    """A temporary password was made for a license, by whom, and how it and the user name travel. It itself is nowhere.

    `first_login_at`: the person has signed in and chosen their own. `changed_at`: when they last chose one; the next
    is due by the deadline row of this one. `over_at`: another was made, or the license ended.
    """

    __tablename__ = "hmis_credential"
    __table_args__ = (UniqueConstraint("once"), Index(None, "license_id", "id"), Index(None, "person_id", "id"))

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int] = mapped_column(ForeignKey("coc.id"))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    license_id: Mapped[int] = mapped_column(ForeignKey("license.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    user_name: Mapped[Line]
    name_by: Mapped[Channel]
    secret_by: Mapped[Channel]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime]
    first_login_at: Mapped[datetime | None]
    changed_at: Mapped[datetime | None]
    over_at: Mapped[datetime | None]
    once: Mapped[Code]

    agency: Mapped[Agency] = relationship()
    license: Mapped[License] = relationship()
    person: Mapped[Person] = relationship(foreign_keys=person_id)
    made_by: Mapped[Person] = relationship(foreign_keys=made_by_id)
