"""What a load wrote, and how long it took."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import func, select

from core.db import Base, db


def counted(load: Callable[[], object]) -> dict[str, Any]:
    """Do it; returns the seconds it took, the rows that are there now, and how many in which table."""
    began = time.monotonic()
    load()
    seconds = round(time.monotonic() - began, 1)
    tables = Base.metadata.sorted_tables
    counts = {table.name: db.session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}
    filled = {name: count for name, count in counts.items() if count}
    return {"seconds": seconds, "rows": sum(filled.values()), "tables": filled}
