"""notices

Revision: 0003
Follows: 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "notice",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("coc_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("audience", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("discovered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_critical", sa.Boolean(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("asks_reading", sa.Boolean(), nullable=False),
        sa.Column("remind_days", sa.BigInteger(), nullable=True),
        sa.Column("send_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recipients", sa.BigInteger(), nullable=False),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.Column(
            "search",
            postgresql.TSVECTOR(),
            sa.Computed("to_tsvector('english', title || ' ' || text)", persisted=True),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_notice_author_id")),
        sa.ForeignKeyConstraint(["coc_id"], ["coc.id"], name=op.f("fk_notice_coc_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_notice_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("once", name=op.f("uq_notice_once")),
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index("ix_notice_coc", ["coc_id", "created_at", "id"], unique=False)
        batch_op.create_index(
            "ix_notice_going_on",
            ["lead_id", "sent_at", "id"],
            unique=False,
            postgresql_where=sa.text("notice.state = 'sent' and notice.kind in ('outage', 'degraded', 'maintenance')"),
        )
        batch_op.create_index("ix_notice_lead", ["lead_id", "created_at", "id"], unique=False)
        batch_op.create_index("ix_notice_lead_kind", ["lead_id", "kind", "created_at", "id"], unique=False)
        batch_op.create_index("ix_notice_lead_state", ["lead_id", "state", "created_at", "id"], unique=False)
        batch_op.create_index(
            "ix_notice_public",
            ["lead_id", "sent_at", "id"],
            unique=False,
            postgresql_where=sa.text("is_public and state in ('sent', 'resolved')"),
        )
        batch_op.create_index("ix_notice_search", ["search"], unique=False, postgresql_using="gin")

    op.create_table(
        "notice_update",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("notice_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=True),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_notice_update_by_id")),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_notice_update_notice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_update")),
        sa.UniqueConstraint("once", name=op.f("uq_notice_update_once")),
    )
    with op.batch_alter_table("notice_update", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notice_update_notice_id_id"), ["notice_id", "id"], unique=False)

    op.create_table(
        "notice_recipient",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("notice_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("is_asked", sa.Boolean(), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_by", sa.String(length=40), nullable=True),
        sa.Column("dismissed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_notice_recipient_notice_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_notice_recipient_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_recipient")),
        sa.UniqueConstraint("notice_id", "person_id", name=op.f("uq_notice_recipient_notice_id_person_id")),
    )
    with op.batch_alter_table("notice_recipient", schema=None) as batch_op:
        batch_op.create_index(
            "ix_notice_recipient_done",
            ["notice_id", "name", "id"],
            unique=False,
            postgresql_where=sa.text("acknowledged_at is not null"),
        )
        batch_op.create_index(
            "ix_notice_recipient_missing",
            ["notice_id", "name", "id"],
            unique=False,
            postgresql_where=sa.text("is_asked and acknowledged_at is null"),
        )
        batch_op.create_index("ix_notice_recipient_name", ["notice_id", "name", "id"], unique=False)
        batch_op.create_index("ix_notice_recipient_person", ["person_id", "notice_id"], unique=False)
        batch_op.create_index(
            "ix_notice_recipient_to_read",
            ["person_id", "notice_id"],
            unique=False,
            postgresql_where=sa.text("is_asked and acknowledged_at is null"),
        )


def downgrade() -> None:
    op.drop_table("notice_recipient")
    op.drop_table("notice_update")
    op.drop_table("notice")
