from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, BigId, Code, Line


class StoredFile(Base):
    """One file as somebody gave it. The bytes lie under their SHA-256, once, however often they were given.

    `media_type` is what the content is, whatever its name says. `held_back` names what looks like a
    client's personal data in its name or text (empty: nothing); such a file is shown only to those
    who may reveal it. `retention_until` none means as long as what it belongs to.
    """

    __tablename__ = "stored_file"

    id: Mapped[BigId]
    sha256: Mapped[Code] = mapped_column(index=True)
    size: Mapped[int]
    media_type: Mapped[Code]
    name: Mapped[Line]
    held_back: Mapped[Line] = mapped_column(default="")
    retention_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
