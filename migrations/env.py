"""How Alembic reaches the database: through the application, online only."""

from typing import Any, Literal

from alembic import context
from flask import current_app
from sqlalchemy import text

import models
from core.db import Base, UtcDateTime, db

models.import_all()

LOCK_TIMEOUT = "5s"


def _plain(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """A migration names the database's own type, not ours: it must still run when our code has moved on."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


def run() -> None:
    """A migration that cannot get its lock gives up instead of making everybody wait behind it."""
    with db.engine.connect() as connection:
        connection.execute(text(f"set lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            compare_server_default=True,
            render_item=_plain,
            **current_app.extensions["migrate"].configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
