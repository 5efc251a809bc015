"""vendor

Revision: 0013
Follows: 0012
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"


def upgrade() -> None:

    op.create_table(
        "vendor_contact",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("part", sa.String(length=300), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("phone", sa.String(length=300), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_vendor_contact_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendor_contact")),
    )
    op.create_index("ix_vendor_contact_address", "vendor_contact", [sa.literal_column("lower(address)")], unique=False)
    op.create_index("ix_vendor_contact_lead", "vendor_contact", ["lead_id", "rank", "id"], unique=False)
    op.create_table(
        "vendor_protocol",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("misses", sa.BigInteger(), nullable=False),
        sa.Column("consequence", sa.Text(), nullable=False),
        sa.Column("decides", sa.String(length=300), nullable=False),
        sa.Column("set_by_id", sa.BigInteger(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_vendor_protocol_lead_id")),
        sa.ForeignKeyConstraint(["set_by_id"], ["person.id"], name=op.f("fk_vendor_protocol_set_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendor_protocol")),
        sa.UniqueConstraint("once", name=op.f("uq_vendor_protocol_once")),
    )
    op.create_index("ix_vendor_protocol_lead", "vendor_protocol", ["lead_id", "id"], unique=False)
    op.create_table(
        "vendor_case",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column(
            "severity",
            sa.Enum("low", "normal", "high", "critical", name="severity", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "waiting-for-vendor",
                "waiting-for-us",
                "says-fixed",
                "confirmed",
                "unresolved",
                name="casestate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("contact_id", sa.BigInteger(), nullable=True),
        sa.Column("keeper_id", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_activity_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_contact_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("misses", sa.BigInteger(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column(
            "search",
            postgresql.TSVECTOR(),
            sa.Computed("to_tsvector('english', title || ' ' || number)", persisted=True),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["contact_id"], ["vendor_contact.id"], name=op.f("fk_vendor_case_contact_id")),
        sa.ForeignKeyConstraint(["keeper_id"], ["person.id"], name=op.f("fk_vendor_case_keeper_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_vendor_case_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendor_case")),
    )
    op.create_index("ix_vendor_case_contact", "vendor_case", ["contact_id", "last_activity_at", "id"], unique=False)
    op.create_index(
        "ix_vendor_case_due",
        "vendor_case",
        ["lead_id", "next_contact_at", "id"],
        unique=False,
        postgresql_where=sa.text("closed_at is null"),
    )
    op.create_index("ix_vendor_case_lead", "vendor_case", ["lead_id", "last_activity_at", "id"], unique=False)
    op.create_index(
        "ix_vendor_case_open",
        "vendor_case",
        ["lead_id", "last_activity_at", "id"],
        unique=False,
        postgresql_where=sa.text("closed_at is null"),
    )
    op.create_index("ix_vendor_case_search", "vendor_case", ["search"], unique=False, postgresql_using="gin")
    op.create_index("ix_vendor_case_state", "vendor_case", ["lead_id", "state", "last_activity_at", "id"], unique=False)
    op.create_index(
        "uq_vendor_case_number",
        "vendor_case",
        ["lead_id", sa.literal_column("lower(number)")],
        unique=True,
        postgresql_where=sa.text("number <> ''"),
    )
    op.create_table(
        "vendor_case_message",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Enum("vendor", "lead", "note", name="said", native_enum=False, length=40), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=True),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("quoted", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("has_ppi", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_vendor_case_message_author_id")),
        sa.ForeignKeyConstraint(["case_id"], ["vendor_case.id"], name=op.f("fk_vendor_case_message_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendor_case_message")),
    )
    op.create_index("ix_vendor_case_message_case", "vendor_case_message", ["case_id", "at", "id"], unique=False)
    op.create_table(
        "vendor_case_file",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_vendor_case_file_file_id")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["vendor_case_message.id"], name=op.f("fk_vendor_case_file_message_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendor_case_file")),
    )
    op.create_index(op.f("ix_vendor_case_file_file_id"), "vendor_case_file", ["file_id"], unique=False)
    op.create_index(op.f("ix_vendor_case_file_message_id"), "vendor_case_file", ["message_id"], unique=False)
    op.create_table(
        "vendor_case_step",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "act",
            sa.Enum(
                "open",
                "send",
                "contact",
                "vendor-wrote",
                "fixed",
                "confirm",
                "note",
                "details",
                "escalate",
                "again-on",
                "missed",
                "raise",
                "unresolved",
                "reopen",
                "join",
                "leave",
                "tell",
                name="act",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("explanation", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=True),
        sa.Column("nonce", sa.String(length=80), nullable=True),
        sa.Column("told", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_vendor_case_step_by_id")),
        sa.ForeignKeyConstraint(["case_id"], ["vendor_case.id"], name=op.f("fk_vendor_case_step_case_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_vendor_case_step_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendor_case_step")),
        sa.UniqueConstraint("nonce", name=op.f("uq_vendor_case_step_nonce")),
    )
    op.create_index("ix_vendor_case_step_case", "vendor_case_step", ["case_id", "id"], unique=False)
    op.create_table(
        "vendor_case_ticket",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("joined_by_id", sa.BigInteger(), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["vendor_case.id"], name=op.f("fk_vendor_case_ticket_case_id")),
        sa.ForeignKeyConstraint(["joined_by_id"], ["person.id"], name=op.f("fk_vendor_case_ticket_joined_by_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_vendor_case_ticket_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendor_case_ticket")),
    )
    op.create_index("ix_vendor_case_ticket_case", "vendor_case_ticket", ["case_id", "id"], unique=False)
    op.create_index("ix_vendor_case_ticket_ticket", "vendor_case_ticket", ["ticket_id", "id"], unique=False)
    op.create_index(
        "uq_vendor_case_ticket_on",
        "vendor_case_ticket",
        ["ticket_id"],
        unique=True,
        postgresql_where=sa.text("left_at is null"),
    )
    op.create_table(
        "vendor_broadcast",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column(
            "then", sa.Enum("wait", "answered", "closed", name="then", native_enum=False, length=40), nullable=False
        ),
        sa.Column("includes_closed", sa.Boolean(), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("step_id", sa.BigInteger(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_vendor_broadcast_by_id")),
        sa.ForeignKeyConstraint(["case_id"], ["vendor_case.id"], name=op.f("fk_vendor_broadcast_case_id")),
        sa.ForeignKeyConstraint(["step_id"], ["vendor_case_step.id"], name=op.f("fk_vendor_broadcast_step_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendor_broadcast")),
        sa.UniqueConstraint("step_id", name=op.f("uq_vendor_broadcast_step_id")),
    )
    op.create_index("ix_vendor_broadcast_case", "vendor_broadcast", ["case_id", "id"], unique=False)
    op.create_index(
        "ix_vendor_broadcast_going",
        "vendor_broadcast",
        ["id"],
        unique=False,
        postgresql_where=sa.text("done_at is null"),
    )
    op.create_table(
        "vendor_broadcast_ticket",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("broadcast_id", sa.BigInteger(), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("waiting", "told", "skipped", "refused", name="telling", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("refused", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["broadcast_id"], ["vendor_broadcast.id"], name=op.f("fk_vendor_broadcast_ticket_broadcast_id")
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_vendor_broadcast_ticket_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendor_broadcast_ticket")),
        sa.UniqueConstraint(
            "broadcast_id", "ticket_id", name=op.f("uq_vendor_broadcast_ticket_broadcast_id_ticket_id")
        ),
    )
    op.create_index(
        "ix_vendor_broadcast_ticket_state", "vendor_broadcast_ticket", ["broadcast_id", "state", "id"], unique=False
    )
    op.create_index(
        "ix_vendor_broadcast_ticket_waiting",
        "vendor_broadcast_ticket",
        ["broadcast_id", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
