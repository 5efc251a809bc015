from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, BigId, Code
from licensing.imports.rules import Kind


class ImportChunk(Base):
    """Some rows of a sheet that are brought: what is written here need not be looked at again.

    `sha256` is of the sheet's rows as they were read, `number` which of its chunks.
    """

    __tablename__ = "import_chunk"
    __table_args__ = (UniqueConstraint("lead_id", "kind", "sha256", "number"),)

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    kind: Mapped[Kind]
    sha256: Mapped[Code]
    number: Mapped[int]
    counts: Mapped[dict[str, Any]]
    at: Mapped[datetime]
