"""requests

Revision: 0004
Follows: 0003
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"

LOG_IS_APPEND_ONLY = (
    """
    create or replace function disclosure_log_is_append_only() returns trigger language plpgsql as $$
    begin
        raise exception 'the log of disclosures is never changed or deleted';
    end $$
    """,
    """
    create trigger disclosure_append_only before update or delete on disclosure
    for each row execute function disclosure_log_is_append_only()
    """,
)


def upgrade() -> None:
    op.create_table(
        "client_request",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("coc_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("client_id", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("is_spoken", sa.Boolean(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("own_days", sa.BigInteger(), nullable=True),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum("open", "answered", "refused", "withdrawn", name="clientstate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=True),
        sa.Column("pack", sa.String(length=80), nullable=False),
        sa.Column("pack_version", sa.Date(), nullable=False),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_client_request_agency_id")),
        sa.ForeignKeyConstraint(["coc_id"], ["coc.id"], name=op.f("fk_client_request_coc_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f("fk_client_request_decided_by_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_client_request_lead_id")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["person.id"], name=op.f("fk_client_request_recorded_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_request")),
        sa.UniqueConstraint("once", name=op.f("uq_client_request_once")),
    )
    op.create_index(
        "ix_client_request_agency", "client_request", ["agency_id", "state", "received_at", "id"], unique=False
    )
    op.create_index("ix_client_request_client", "client_request", ["client_id", "received_at", "id"], unique=False)
    op.create_index("ix_client_request_coc", "client_request", ["coc_id", "state", "received_at", "id"], unique=False)
    op.create_index("ix_client_request_lead", "client_request", ["lead_id", "state", "received_at", "id"], unique=False)
    op.create_index(op.f("ix_client_request_ticket_id"), "client_request", ["ticket_id"], unique=False)
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
        "outside_demand",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("coc_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum("law-enforcement", "court", "other", name="demandkind", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("who", sa.String(length=300), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("client_id", sa.String(length=80), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("received", "refused", "released", name="demandstate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("sent_to_counsel_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=False),
        sa.Column("told_by_id", sa.BigInteger(), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_whom", sa.String(length=80), nullable=False),
        sa.Column("told_how", sa.Text(), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=True),
        sa.Column("pack", sa.String(length=80), nullable=False),
        sa.Column("pack_version", sa.Date(), nullable=False),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_outside_demand_agency_id")),
        sa.ForeignKeyConstraint(["coc_id"], ["coc.id"], name=op.f("fk_outside_demand_coc_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f("fk_outside_demand_decided_by_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_outside_demand_lead_id")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["person.id"], name=op.f("fk_outside_demand_recorded_by_id")),
        sa.ForeignKeyConstraint(["told_by_id"], ["person.id"], name=op.f("fk_outside_demand_told_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outside_demand")),
        sa.UniqueConstraint("once", name=op.f("uq_outside_demand_once")),
    )
    op.create_index("ix_outside_demand_agency", "outside_demand", ["agency_id", "received_at", "id"], unique=False)
    op.create_index(op.f("ix_outside_demand_client_id"), "outside_demand", ["client_id"], unique=False)
    op.create_index("ix_outside_demand_coc", "outside_demand", ["coc_id", "received_at", "id"], unique=False)
    op.create_index("ix_outside_demand_lead", "outside_demand", ["lead_id", "received_at", "id"], unique=False)
    op.create_index(
        "ix_outside_demand_recorded_by", "outside_demand", ["recorded_by_id", "received_at", "id"], unique=False
    )
    op.create_index(op.f("ix_outside_demand_ticket_id"), "outside_demand", ["ticket_id"], unique=False)
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
    op.create_table(
        "demand_line",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("demand_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "requirement",
            sa.Enum(
                "access-request",
                "requested-by-representative",
                "employment-allowed",
                "projects-needed",
                "manager-approval",
                "minimum-age",
                "training-complete",
                "training-test-passed",
                "orientation-complete",
                "security-training-complete",
                "user-agreement-signed",
                "agency-agreement-signed",
                "agency-agreement-accepted",
                "policies-read",
                "code-of-ethics-signed",
                "confidentiality-agreed",
                "conflict-of-interest-statement",
                "fee-paid",
                "seat-available",
                "practice-case-complete",
                "failed-attempts",
                "one-on-one-training",
                "repeated-failure",
                "lead-decision",
                "recorded-reason",
                "technical-administrator",
                "technical-administrator-licensed",
                "technical-administrator-on-agreement",
                "security-officer",
                "security-audit",
                "background-check",
                "no-background-concern",
                "two-case-numbers",
                "no-client-names",
                "reason-stated",
                "recipient-stated",
                "data-elements-stated",
                "period-stated",
                "written-request",
                "confidentiality-checked",
                "user-named",
                "agency-named",
                "violation-described",
                "date-given",
                "warrant",
                "client-consent",
                "supervisor-signed",
                "relevance-stated",
                "information-identified",
                "scope-limited",
                "legal-counsel-approved",
                "coc-consent",
                "committee-permission",
                "director-permission",
                "transfer-paid",
                name="requirement",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("confirmed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["confirmed_by_id"], ["person.id"], name=op.f("fk_demand_line_confirmed_by_id")),
        sa.ForeignKeyConstraint(["demand_id"], ["outside_demand.id"], name=op.f("fk_demand_line_demand_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_demand_line")),
        sa.UniqueConstraint("demand_id", "requirement", name=op.f("uq_demand_line_demand_id_requirement")),
    )
    op.create_table(
        "disclosure",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("coc_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=True),
        sa.Column("demand_id", sa.BigInteger(), nullable=False),
        sa.Column("client_id", sa.String(length=80), nullable=False),
        sa.Column("to_whom", sa.String(length=300), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("rule", sa.String(length=80), nullable=False),
        sa.Column("released_by_id", sa.BigInteger(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kept_until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_disclosure_agency_id")),
        sa.ForeignKeyConstraint(["coc_id"], ["coc.id"], name=op.f("fk_disclosure_coc_id")),
        sa.ForeignKeyConstraint(["demand_id"], ["outside_demand.id"], name=op.f("fk_disclosure_demand_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_disclosure_lead_id")),
        sa.ForeignKeyConstraint(["released_by_id"], ["person.id"], name=op.f("fk_disclosure_released_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosure")),
    )
    op.create_index("ix_disclosure_agency", "disclosure", ["agency_id", "released_at", "id"], unique=False)
    op.create_index("ix_disclosure_client", "disclosure", ["client_id", "released_at", "id"], unique=False)
    op.create_index("ix_disclosure_coc", "disclosure", ["coc_id", "released_at", "id"], unique=False)
    op.create_index(op.f("ix_disclosure_demand_id"), "disclosure", ["demand_id"], unique=False)
    op.create_index("ix_disclosure_lead", "disclosure", ["lead_id", "released_at", "id"], unique=False)
    for statement in LOG_IS_APPEND_ONLY:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("disclosure")
    op.drop_table("demand_line")
    op.drop_table("data_request_vote")
    op.drop_table("data_request_step")
    op.drop_table("outside_demand")
    op.drop_table("data_request")
    op.drop_table("client_request")
    op.execute("drop function disclosure_log_is_append_only()")
