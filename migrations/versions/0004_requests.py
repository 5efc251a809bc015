"""requests

Revision: 0004
Follows: 0003
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "data_request",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("coc_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=True),
        sa.Column("asked_by_id", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("for_whom", sa.String(length=300), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column(
            "requester",
            sa.Enum("agency", "funder", "committee", "outside", name="requester", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column(
            "level",
            sa.Enum("identifying", "client", "project", "coc", name="level", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column(
            "about", sa.Enum("own", "funded", "others", name="about", native_enum=False, length=40), nullable=False
        ),
        sa.Column("elements", sa.Text(), nullable=False),
        sa.Column("period", sa.String(length=300), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recipient", sa.String(length=300), nullable=False),
        sa.Column("need_by", sa.Date(), nullable=True),
        sa.Column("exception", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "asked",
                "needs-approval",
                "in-work",
                "delivered",
                "returned",
                "denied",
                "withdrawn",
                name="datastate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("needs_approval", sa.Boolean(), nullable=False),
        sa.Column("route", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("score", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("priority", sa.BigInteger(), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("begins_on", sa.Date(), nullable=True),
        sa.Column("expected_on", sa.Date(), nullable=True),
        sa.Column("fee", sa.String(length=300), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pack", sa.String(length=80), nullable=False),
        sa.Column("pack_version", sa.Date(), nullable=False),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_data_request_agency_id")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name=op.f("fk_data_request_asked_by_id")),
        sa.ForeignKeyConstraint(["coc_id"], ["coc.id"], name=op.f("fk_data_request_coc_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_data_request_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_request")),
        sa.UniqueConstraint("once", name=op.f("uq_data_request_once")),
    )
    op.create_index("ix_data_request_agency", "data_request", ["agency_id", "state", "priority", "id"], unique=False)
    op.create_index(
        "ix_data_request_asked_by", "data_request", ["asked_by_id", "state", "priority", "id"], unique=False
    )
    op.create_index("ix_data_request_coc", "data_request", ["coc_id", "state", "priority", "id"], unique=False)
    op.create_index("ix_data_request_lead", "data_request", ["lead_id", "state", "priority", "id"], unique=False)
    op.create_index(op.f("ix_data_request_ticket_id"), "data_request", ["ticket_id"], unique=False)
    op.create_table(
        "data_request_step",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "act",
            sa.Enum(
                "ask for",
                "estimate",
                "approve",
                "refuse",
                "begin",
                "deliver",
                "return",
                "deny",
                "withdraw",
                name="act",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("rule", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_data_request_step_by_id")),
        sa.ForeignKeyConstraint(["request_id"], ["data_request.id"], name=op.f("fk_data_request_step_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_request_step")),
    )
    op.create_index(op.f("ix_data_request_step_request_id_id"), "data_request_step", ["request_id", "id"], unique=False)
    op.create_table(
        "data_request_vote",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "vote", sa.Enum("for", "against", "abstain", name="vote", native_enum=False, length=40), nullable=False
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_data_request_vote_person_id")),
        sa.ForeignKeyConstraint(["request_id"], ["data_request.id"], name=op.f("fk_data_request_vote_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_request_vote")),
        sa.UniqueConstraint("request_id", "person_id", name=op.f("uq_data_request_vote_request_id_person_id")),
    )


def downgrade() -> None:
    op.drop_table("data_request_vote")
    op.drop_table("data_request_step")
    op.drop_table("data_request")
