"""foundation

Revision: 0001
Follows: nothing
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None


AUDIT_IS_APPEND_ONLY = (
    """
    create or replace function audit_is_append_only() returns trigger language plpgsql as $$
    begin
        raise exception 'audit events are never changed or deleted';
    end $$
    """,
    """
    create trigger audit_append_only before update or delete on audit_event
    for each row execute function audit_is_append_only()
    """,
)


def upgrade() -> None:
    op.create_table(
        "audit_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("chain", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("actor", sa.String(length=300), nullable=False),
        sa.Column("action", sa.String(length=80), nullable=False),
        sa.Column("subject_type", sa.String(length=80), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=True),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
        sa.UniqueConstraint("chain", "seq", name=op.f("uq_audit_event_chain_seq")),
    )
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_event_action_id"), ["action", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_event_actor_id_id"), ["actor_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_event_agency_id_id"), ["agency_id", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_audit_event_subject_type_subject_id_id"), ["subject_type", "subject_id", "id"], unique=False
        )

    op.create_table(
        "deadline",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("subject_type", sa.String(length=80), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("occurrence", sa.BigInteger(), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("coc_id", sa.BigInteger(), nullable=True),
        sa.Column("agency_id", sa.BigInteger(), nullable=True),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("holder", sa.String(length=80), nullable=False),
        sa.Column("rule", sa.String(length=80), nullable=False),
        sa.Column("pack", sa.String(length=80), nullable=False),
        sa.Column("pack_version", sa.Date(), nullable=False),
        sa.Column("clock", sa.String(length=80), nullable=False),
        sa.Column("explanation", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("anchor_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tz", sa.String(length=80), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fire_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wake_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("warn_before", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("warned_through", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "pending", "paused", "met", "fired", "cancelled", "dead", name="state", native_enum=False, length=40
            ),
            nullable=False,
        ),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=300), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadline")),
        sa.UniqueConstraint(
            "kind",
            "subject_type",
            "subject_id",
            "occurrence",
            name=op.f("uq_deadline_kind_subject_type_subject_id_occurrence"),
        ),
    )
    with op.batch_alter_table("deadline", schema=None) as batch_op:
        batch_op.create_index(
            "ix_deadline_agency_open",
            ["agency_id", "due_at", "id"],
            unique=False,
            postgresql_where=sa.text("deadline.state in ('pending', 'paused')"),
        )
        batch_op.create_index(
            "ix_deadline_agency_late",
            ["agency_id", "due_at", "id"],
            unique=False,
            postgresql_where=sa.text(
                "(deadline.state in ('pending', 'paused', 'dead')"
                " or deadline.state = 'met' and deadline.closed_at - deadline.due_at >= interval '1 second'"
                " or deadline.state = 'fired' and deadline.fire_at > deadline.due_at)"
            ),
        )
        batch_op.create_index(
            "ix_deadline_agency_past",
            ["agency_id", "due_at", "id"],
            unique=False,
            postgresql_where=sa.text("deadline.state not in ('pending', 'paused')"),
        )
        batch_op.create_index(
            "ix_deadline_coc_open",
            ["coc_id", "due_at", "id"],
            unique=False,
            postgresql_where=sa.text("deadline.state in ('pending', 'paused')"),
        )
        batch_op.create_index(
            "ix_deadline_coc_late",
            ["coc_id", "due_at", "id"],
            unique=False,
            postgresql_where=sa.text(
                "(deadline.state in ('pending', 'paused', 'dead')"
                " or deadline.state = 'met' and deadline.closed_at - deadline.due_at >= interval '1 second'"
                " or deadline.state = 'fired' and deadline.fire_at > deadline.due_at)"
            ),
        )
        batch_op.create_index(
            "ix_deadline_coc_past",
            ["coc_id", "due_at", "id"],
            unique=False,
            postgresql_where=sa.text("deadline.state not in ('pending', 'paused')"),
        )
        batch_op.create_index("ix_deadline_kind", ["kind", "due_at", "id"], unique=False)
        batch_op.create_index(
            "ix_deadline_lead_open",
            ["lead_id", "due_at", "id"],
            unique=False,
            postgresql_where=sa.text("deadline.state in ('pending', 'paused')"),
        )
        batch_op.create_index(
            "ix_deadline_lead_late",
            ["lead_id", "due_at", "id"],
            unique=False,
            postgresql_where=sa.text(
                "(deadline.state in ('pending', 'paused', 'dead')"
                " or deadline.state = 'met' and deadline.closed_at - deadline.due_at >= interval '1 second'"
                " or deadline.state = 'fired' and deadline.fire_at > deadline.due_at)"
            ),
        )
        batch_op.create_index(
            "ix_deadline_lead_past",
            ["lead_id", "due_at", "id"],
            unique=False,
            postgresql_where=sa.text("deadline.state not in ('pending', 'paused')"),
        )
        batch_op.create_index(
            "ix_deadline_person_open",
            ["person_id", "due_at", "id"],
            unique=False,
            postgresql_where=sa.text("deadline.state in ('pending', 'paused')"),
        )
        batch_op.create_index(
            "ix_deadline_person_late",
            ["person_id", "due_at", "id"],
            unique=False,
            postgresql_where=sa.text(
                "(deadline.state in ('pending', 'paused', 'dead')"
                " or deadline.state = 'met' and deadline.closed_at - deadline.due_at >= interval '1 second'"
                " or deadline.state = 'fired' and deadline.fire_at > deadline.due_at)"
            ),
        )
        batch_op.create_index(
            "ix_deadline_person_past",
            ["person_id", "due_at", "id"],
            unique=False,
            postgresql_where=sa.text("deadline.state not in ('pending', 'paused')"),
        )
        batch_op.create_index("ix_deadline_subject", ["subject_type", "subject_id"], unique=False)
        batch_op.create_index(
            "ix_deadline_wake", ["wake_at", "id"], unique=False, postgresql_where=sa.text("state = 'pending'")
        )

    op.create_table(
        "heartbeat",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detail", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heartbeat")),
    )
    op.create_table(
        "lead",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("tz", sa.String(length=80), nullable=False),
        sa.Column("support_address", sa.String(length=300), nullable=False),
        sa.Column("vendor_name", sa.String(length=300), nullable=False),
        sa.Column("vendor_address", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead")),
        sa.UniqueConstraint("name", name=op.f("uq_lead_name")),
    )
    op.create_table(
        "outbox_message",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("message", sa.String(length=80), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("reply_to", sa.String(length=300), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("body_text", sa.Text(), nullable=False),
        sa.Column("body_html", sa.Text(), nullable=False),
        sa.Column("message_id", sa.String(length=300), nullable=False),
        sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("subject_type", sa.String(length=80), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "state",
            sa.Enum("queued", "inflight", "sent", "dropped", "dead", name="sendstate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claim_token", sa.String(length=80), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_message")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_message_key")),
    )
    with op.batch_alter_table("outbox_message", schema=None) as batch_op:
        batch_op.create_index(
            "ix_outbox_due",
            ["next_try_at", "id"],
            unique=False,
            postgresql_where=sa.text("state in ('queued', 'inflight')"),
        )
        batch_op.create_index(batch_op.f("ix_outbox_message_message_id"), ["message_id"], unique=False)
        batch_op.create_index("ix_outbox_state", ["state", "id"], unique=False)
        batch_op.create_index("ix_outbox_subject", ["subject_type", "subject_id"], unique=False)

    op.create_table(
        "person",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("email", sa.String(length=300), nullable=False),
        sa.Column("phone", sa.String(length=80), nullable=False),
        sa.Column("tz", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.create_index("ix_person_name", ["name"], unique=False)
        batch_op.create_index(
            "ix_person_words",
            [sa.literal_column("to_tsvector('simple', name)")],
            unique=False,
            postgresql_using="gin",
        )
        batch_op.create_index("uq_person_email_lower", [sa.literal_column("lower(email)")], unique=True)

    op.create_table(
        "stored_file",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("sha256", sa.String(length=80), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("held_back", sa.String(length=300), nullable=False),
        sa.Column("retention_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_file")),
    )
    with op.batch_alter_table("stored_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stored_file_sha256"), ["sha256"], unique=False)

    op.create_table(
        "suppressed_address",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppressed_address")),
    )
    with op.batch_alter_table("suppressed_address", schema=None) as batch_op:
        batch_op.create_index("uq_suppressed_address_lower", [sa.literal_column("lower(address)")], unique=True)

    op.create_table(
        "account",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("password_hash", sa.String(length=300), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("totp_secret", sa.LargeBinary(), nullable=True),
        sa.Column("totp_confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_totp_step", sa.BigInteger(), nullable=False),
        sa.Column("failed_count", sa.BigInteger(), nullable=False),
        sa.Column("locked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_account_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("person_id", name=op.f("uq_account_person_id")),
    )
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_account_locked_at"), ["locked_at"], unique=False)

    op.create_table(
        "closure",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_closure_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closure")),
        sa.UniqueConstraint("lead_id", "day", name=op.f("uq_closure_lead_id_day")),
    )
    op.create_table(
        "coc",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("pack", sa.String(length=80), nullable=False),
        sa.Column("tz", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_coc_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coc")),
        sa.UniqueConstraint("code", name=op.f("uq_coc_code")),
    )
    with op.batch_alter_table("coc", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_coc_lead_id"), ["lead_id"], unique=False)

    op.create_table(
        "inbound_message",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("mailbox", sa.String(length=300), nullable=False),
        sa.Column("uidvalidity", sa.BigInteger(), nullable=False),
        sa.Column("uid", sa.BigInteger(), nullable=True),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(length=80), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum("kept", "done", "quarantined", name="inboundstate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("outcome", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=True),
        sa.Column("ticket_id", sa.BigInteger(), nullable=True),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.String(length=80), nullable=False),
        sa.Column("from_address", sa.String(length=300), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_inbound_message_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_message")),
        sa.UniqueConstraint("mailbox", "uidvalidity", "uid", name=op.f("uq_inbound_message_mailbox_uidvalidity_uid")),
    )
    with op.batch_alter_table("inbound_message", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_inbound_message_from_address_received_at"), ["from_address", "received_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_inbound_message_message_id"), ["message_id"], unique=False)
        batch_op.create_index(
            "ix_inbound_message_quarantine",
            ["lead_id", "id"],
            unique=False,
            postgresql_where=sa.text("state = 'quarantined'"),
        )
        batch_op.create_index(batch_op.f("ix_inbound_message_sha256"), ["sha256"], unique=False)
        batch_op.create_index(batch_op.f("ix_inbound_message_ticket_id"), ["ticket_id"], unique=False)
        batch_op.create_index(
            "ix_inbound_message_todo", ["id"], unique=False, postgresql_where=sa.text("state = 'kept'")
        )
        batch_op.create_index(
            "uq_inbound_message_stdin", ["sha256"], unique=True, postgresql_where=sa.text("uid is null")
        )

    op.create_table(
        "account_link",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "purpose", sa.Enum("invitation", "reset", name="linkpurpose", native_enum=False, length=40), nullable=False
        ),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_account_link_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_account_link_token_hash")),
    )
    with op.batch_alter_table("account_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_account_link_account_id_used_at"), ["account_id", "used_at"], unique=False)

    op.create_table(
        "agency",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("coc_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("tz", sa.String(length=80), nullable=False),
        sa.Column(
            "status",
            sa.Enum("onboarding", "active", "suspended", "ended", name="agencystatus", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("is_view_only", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["coc_id"], ["coc.id"], name=op.f("fk_agency_coc_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_agency_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agency")),
        sa.UniqueConstraint("coc_id", "name", name=op.f("uq_agency_coc_id_name")),
    )
    with op.batch_alter_table("agency", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_agency_lead_id_name"), ["lead_id", "name"], unique=False)
        batch_op.create_index(
            "ix_agency_words",
            [sa.literal_column("to_tsvector('simple', name)")],
            unique=False,
            postgresql_using="gin",
        )

    op.create_table(
        "api_token",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("hint", sa.String(length=80), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_api_token_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_token_token_hash")),
    )
    with op.batch_alter_table("api_token", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_api_token_account_id"), ["account_id"], unique=False)

    op.create_table(
        "lead_staff",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("coc_id", sa.BigInteger(), nullable=True),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "role",
            sa.Enum("agent", "trainer", "manager", "admin", name="staffrole", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("skills", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["coc_id"], ["coc.id"], name=op.f("fk_lead_staff_coc_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_lead_staff_lead_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_lead_staff_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_staff")),
    )
    with op.batch_alter_table("lead_staff", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lead_staff_lead_id_role"), ["lead_id", "role"], unique=False)
        batch_op.create_index(batch_op.f("ix_lead_staff_person_id"), ["person_id"], unique=False)

    op.create_table(
        "login_session",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("second_factor_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "end_reason",
            sa.Enum(
                "signed-out",
                "idle",
                "too-long",
                "elsewhere",
                "ended-by-person",
                "password-changed",
                "second-factor-changed",
                "access-ended",
                "locked",
                "by-administrator",
                name="endreason",
                native_enum=False,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("ip", sa.String(length=80), nullable=False),
        sa.Column("agent", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_login_session_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_login_session_token_hash")),
    )
    with op.batch_alter_table("login_session", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_login_session_account_id_ended_at"), ["account_id", "ended_at"], unique=False
        )

    op.create_table(
        "recovery_code",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("code_hash", sa.String(length=300), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_recovery_code_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
    )
    with op.batch_alter_table("recovery_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recovery_code_account_id"), ["account_id"], unique=False)

    op.create_table(
        "access_request",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("coc_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("requested_by_id", sa.BigInteger(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("email", sa.String(length=300), nullable=False),
        sa.Column("job_title", sa.String(length=300), nullable=False),
        sa.Column(
            "employment",
            sa.Enum(
                "paid-staff",
                "supervised-volunteer",
                "official-volunteer",
                "intern",
                "contractor",
                name="employmentkind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("level", sa.String(length=80), nullable=False),
        sa.Column("enters_data", sa.Boolean(), nullable=False),
        sa.Column("is_of_age", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "requested",
                "approved",
                "activated",
                "denied",
                "withdrawn",
                name="requeststate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pack", sa.String(length=80), nullable=False),
        sa.Column("pack_version", sa.Date(), nullable=False),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_access_request_agency_id")),
        sa.ForeignKeyConstraint(["coc_id"], ["coc.id"], name=op.f("fk_access_request_coc_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f("fk_access_request_decided_by_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_access_request_lead_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_access_request_person_id")),
        sa.ForeignKeyConstraint(["requested_by_id"], ["person.id"], name=op.f("fk_access_request_requested_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_request")),
        sa.UniqueConstraint("once", name=op.f("uq_access_request_once")),
    )
    with op.batch_alter_table("access_request", schema=None) as batch_op:
        batch_op.create_index("ix_access_request_agency", ["agency_id", "state", "id"], unique=False)
        batch_op.create_index("ix_access_request_coc", ["coc_id", "state", "id"], unique=False)
        batch_op.create_index("ix_access_request_lead", ["lead_id", "state", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_access_request_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            "uq_access_request_open",
            ["agency_id", sa.literal_column("lower(email)")],
            unique=True,
            postgresql_where=sa.text("state in ('requested', 'approved')"),
        )

    op.create_table(
        "departure_notice",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("coc_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("leaves_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "reason",
            sa.Enum("left", "transferred", "job-change", "violation", name="reason", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column(
            "channel",
            sa.Enum("form", "mail", "found-out", name="channel", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("ticket_id", sa.BigInteger(), nullable=True),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noticed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "state",
            sa.Enum("scheduled", "effective", "undone", name="departurestate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by_id", sa.BigInteger(), nullable=True),
        sa.Column("off_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("off_by_id", sa.BigInteger(), nullable=True),
        sa.Column("off_evidence", sa.Text(), nullable=False),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_departure_notice_agency_id")),
        sa.ForeignKeyConstraint(["coc_id"], ["coc.id"], name=op.f("fk_departure_notice_coc_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_departure_notice_lead_id")),
        sa.ForeignKeyConstraint(["noticed_by_id"], ["person.id"], name=op.f("fk_departure_notice_noticed_by_id")),
        sa.ForeignKeyConstraint(["off_by_id"], ["person.id"], name=op.f("fk_departure_notice_off_by_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_departure_notice_person_id")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["person.id"], name=op.f("fk_departure_notice_recorded_by_id")),
        sa.ForeignKeyConstraint(["undone_by_id"], ["person.id"], name=op.f("fk_departure_notice_undone_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_departure_notice")),
        sa.UniqueConstraint("once", name=op.f("uq_departure_notice_once")),
    )
    with op.batch_alter_table("departure_notice", schema=None) as batch_op:
        batch_op.create_index(
            "ix_departure_notice_agency_owed",
            ["agency_id", "leaves_at", "id"],
            unique=False,
            postgresql_where=sa.text("departure_notice.noticed_at is null and departure_notice.state <> 'undone'"),
        )
        batch_op.create_index(
            "ix_departure_notice_coc_owed",
            ["coc_id", "leaves_at", "id"],
            unique=False,
            postgresql_where=sa.text("departure_notice.noticed_at is null and departure_notice.state <> 'undone'"),
        )
        batch_op.create_index(
            "ix_departure_notice_lead_owed",
            ["lead_id", "leaves_at", "id"],
            unique=False,
            postgresql_where=sa.text("departure_notice.noticed_at is null and departure_notice.state <> 'undone'"),
        )
        batch_op.create_index("ix_departure_notice_agency", ["agency_id", "leaves_at", "id"], unique=False)
        batch_op.create_index("ix_departure_notice_coc", ["coc_id", "leaves_at", "id"], unique=False)
        batch_op.create_index("ix_departure_notice_lead", ["lead_id", "leaves_at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_departure_notice_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_departure_notice_ticket_id"), ["ticket_id"], unique=False)
        batch_op.create_index(
            "ix_departure_notice_unconfirmed",
            ["lead_id", "effective_at"],
            unique=False,
            postgresql_where=sa.text("off_at is null"),
        )
        batch_op.create_index(
            "uq_departure_notice_scheduled",
            ["agency_id", "person_id"],
            unique=True,
            postgresql_where=sa.text("state = 'scheduled'"),
        )

    op.create_table(
        "designation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "executive-director",
                "authorized-representative",
                "technical-administrator",
                "security-officer",
                name="designationkind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_designation_agency_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_designation_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_designation")),
    )
    with op.batch_alter_table("designation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_designation_agency_id_kind"), ["agency_id", "kind"], unique=False)
        batch_op.create_index(batch_op.f("ix_designation_person_id"), ["person_id"], unique=False)

    op.create_table(
        "membership",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "employment",
            sa.Enum(
                "paid-staff",
                "supervised-volunteer",
                "official-volunteer",
                "intern",
                "contractor",
                name="employmentkind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("job_title", sa.String(length=300), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_membership_agency_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_membership_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
    )
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_membership_agency_id_person_id"), ["agency_id", "person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_membership_person_id"), ["person_id"], unique=False)

    op.create_table(
        "project",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("hud_type", sa.BigInteger(), nullable=False),
        sa.Column("is_protected", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_project_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project")),
        sa.UniqueConstraint("agency_id", "name", name=op.f("uq_project_agency_id_name")),
    )
    op.create_table(
        "ticket",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("coc_id", sa.BigInteger(), nullable=True),
        sa.Column("agency_id", sa.BigInteger(), nullable=True),
        sa.Column("requester_id", sa.BigInteger(), nullable=True),
        sa.Column("requester_address", sa.String(length=300), nullable=False),
        sa.Column("requester_name", sa.String(length=300), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column(
            "category",
            sa.Enum(
                "problem",
                "enhancement",
                "how-to",
                "data-correction",
                "access",
                "training",
                "security",
                "other",
                name="category",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "new",
                "open",
                "answered",
                "with-vendor",
                "closed",
                "declined",
                name="state",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "priority",
            sa.Enum("normal", "high", "urgent", name="priority", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column(
            "channel",
            sa.Enum("web", "email", "phone", "walk-in", "api", name="channel", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column(
            "tier",
            sa.Enum("agency-administrator", "hmis-lead", "vendor", name="tier", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("holder_agency_id", sa.BigInteger(), nullable=True),
        sa.Column("holder_person_id", sa.BigInteger(), nullable=True),
        sa.Column("opened_by_id", sa.BigInteger(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_activity_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolution", sa.Text(), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column(
            "search",
            postgresql.TSVECTOR(),
            sa.Computed("to_tsvector('english', subject || ' ' || search_text)", persisted=True),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_ticket_agency_id")),
        sa.ForeignKeyConstraint(["coc_id"], ["coc.id"], name=op.f("fk_ticket_coc_id")),
        sa.ForeignKeyConstraint(["holder_agency_id"], ["agency.id"], name=op.f("fk_ticket_holder_agency_id")),
        sa.ForeignKeyConstraint(["holder_person_id"], ["person.id"], name=op.f("fk_ticket_holder_person_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_ticket_lead_id")),
        sa.ForeignKeyConstraint(["opened_by_id"], ["person.id"], name=op.f("fk_ticket_opened_by_id")),
        sa.ForeignKeyConstraint(["requester_id"], ["person.id"], name=op.f("fk_ticket_requester_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket")),
    )
    with op.batch_alter_table("ticket", schema=None) as batch_op:
        batch_op.create_index("ix_ticket_agency", ["agency_id", "last_activity_at", "id"], unique=False)
        batch_op.create_index("ix_ticket_coc", ["coc_id", "last_activity_at", "id"], unique=False)
        batch_op.create_index(
            "ix_ticket_coc_open",
            ["coc_id", "last_activity_at", "id"],
            unique=False,
            postgresql_where=sa.text("closed_at is null"),
        )
        batch_op.create_index("ix_ticket_holder", ["holder_person_id", "last_activity_at", "id"], unique=False)
        batch_op.create_index("ix_ticket_lead", ["lead_id", "last_activity_at", "id"], unique=False)
        batch_op.create_index(
            "ix_ticket_lead_category", ["lead_id", "category", "last_activity_at", "id"], unique=False
        )
        batch_op.create_index(
            "ix_ticket_lead_open",
            ["lead_id", "last_activity_at", "id"],
            unique=False,
            postgresql_where=sa.text("closed_at is null"),
        )
        batch_op.create_index("ix_ticket_lead_state", ["lead_id", "state", "last_activity_at", "id"], unique=False)
        batch_op.create_index(
            "ix_ticket_lead_tier",
            ["lead_id", "tier", "last_activity_at", "id"],
            unique=False,
            postgresql_where=sa.text("closed_at is null"),
        )
        batch_op.create_index("ix_ticket_requester", ["requester_id", "last_activity_at", "id"], unique=False)
        batch_op.create_index("ix_ticket_search", ["search"], unique=False, postgresql_using="gin")
        batch_op.create_index(
            "ix_ticket_urgent",
            ["lead_id", "last_activity_at", "id"],
            unique=False,
            postgresql_where=sa.text("closed_at is null and priority = 'urgent'"),
        )

    op.create_table(
        "access_confirmation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.String(length=80), nullable=False),
        sa.Column("is_needed", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("confirmed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["confirmed_by_id"], ["person.id"], name=op.f("fk_access_confirmation_confirmed_by_id")
        ),
        sa.ForeignKeyConstraint(["request_id"], ["access_request.id"], name=op.f("fk_access_confirmation_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_confirmation")),
        sa.UniqueConstraint("request_id", "line", name=op.f("uq_access_confirmation_request_id_line")),
    )
    op.create_table(
        "access_request_project",
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_access_request_project_project_id")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["access_request.id"], name=op.f("fk_access_request_project_request_id")
        ),
        sa.PrimaryKeyConstraint("request_id", "project_id", name=op.f("pk_access_request_project")),
    )
    op.create_table(
        "license",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("coc_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=True),
        sa.Column("level", sa.String(length=80), nullable=False),
        sa.Column("enters_data", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("active", "suspended", "ended", name="licensestate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_reason", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_license_agency_id")),
        sa.ForeignKeyConstraint(["coc_id"], ["coc.id"], name=op.f("fk_license_coc_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_license_lead_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_license_person_id")),
        sa.ForeignKeyConstraint(["request_id"], ["access_request.id"], name=op.f("fk_license_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_license")),
    )
    with op.batch_alter_table("license", schema=None) as batch_op:
        batch_op.create_index("ix_license_agency", ["agency_id", "state", "id"], unique=False)
        batch_op.create_index("ix_license_coc", ["coc_id", "state", "id"], unique=False)
        batch_op.create_index("ix_license_lead", ["lead_id", "state", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_license_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            "uq_license_in_force", ["agency_id", "person_id"], unique=True, postgresql_where=sa.text("state <> 'ended'")
        )

    op.create_table(
        "ticket_message",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "requester",
                "agency",
                "lead",
                "vendor-in",
                "vendor-out",
                "note",
                "system",
                name="kind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("author_id", sa.BigInteger(), nullable=True),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("quoted", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("is_internal", sa.Boolean(), nullable=False),
        sa.Column("has_ppi", sa.Boolean(), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=True),
        sa.Column("act", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_ticket_message_author_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_message_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_message")),
        sa.UniqueConstraint("nonce", name=op.f("uq_ticket_message_nonce")),
    )
    with op.batch_alter_table("ticket_message", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ticket_message_message_id"), ["message_id"], unique=False)
        batch_op.create_index("ix_ticket_message_thread", ["ticket_id", "at", "id"], unique=False)

    op.create_table(
        "tier_stay",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "tier",
            sa.Enum("agency-administrator", "hmis-lead", "vendor", name="tier", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("holder_agency_id", sa.BigInteger(), nullable=True),
        sa.Column("holder_person_id", sa.BigInteger(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("moved_by_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("rule", sa.String(length=80), nullable=False),
        sa.Column("explanation", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["holder_agency_id"], ["agency.id"], name=op.f("fk_tier_stay_holder_agency_id")),
        sa.ForeignKeyConstraint(["holder_person_id"], ["person.id"], name=op.f("fk_tier_stay_holder_person_id")),
        sa.ForeignKeyConstraint(["moved_by_id"], ["person.id"], name=op.f("fk_tier_stay_moved_by_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_tier_stay_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tier_stay")),
    )
    with op.batch_alter_table("tier_stay", schema=None) as batch_op:
        batch_op.create_index("ix_tier_stay_ticket", ["ticket_id", "since", "id"], unique=False)

    op.create_table(
        "license_project",
        sa.Column("license_id", sa.BigInteger(), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["license_id"], ["license.id"], name=op.f("fk_license_project_license_id")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_license_project_project_id")),
        sa.PrimaryKeyConstraint("license_id", "project_id", name=op.f("pk_license_project")),
    )
    op.create_table(
        "auto_reply",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("coc_id", sa.BigInteger(), nullable=True),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("muted_because", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["coc_id"], ["coc.id"], name=op.f("fk_auto_reply_coc_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_auto_reply_lead_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_auto_reply_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_auto_reply")),
    )
    with op.batch_alter_table("auto_reply", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_auto_reply_address_at"), ["address", "at"], unique=False)
        batch_op.create_index("ix_auto_reply_coc", ["coc_id", "id"], unique=False)
        batch_op.create_index(
            "ix_auto_reply_coc_muted", ["coc_id", "id"], unique=False, postgresql_where=sa.text("muted_because <> ''")
        )
        batch_op.create_index("ix_auto_reply_lead", ["lead_id", "id"], unique=False)
        batch_op.create_index(
            "ix_auto_reply_lead_muted", ["lead_id", "id"], unique=False, postgresql_where=sa.text("muted_because <> ''")
        )

    op.create_table(
        "message_file",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_message_file_file_id")),
        sa.ForeignKeyConstraint(["message_id"], ["ticket_message.id"], name=op.f("fk_message_file_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_file")),
    )
    with op.batch_alter_table("message_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_message_file_file_id"), ["file_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_message_file_message_id"), ["message_id"], unique=False)

    for statement in AUDIT_IS_APPEND_ONLY:
        op.execute(statement)


def downgrade() -> None:
    with op.batch_alter_table("auto_reply", schema=None) as batch_op:
        batch_op.drop_index("ix_auto_reply_lead_muted", postgresql_where=sa.text("muted_because <> ''"))
        batch_op.drop_index("ix_auto_reply_lead")
        batch_op.drop_index("ix_auto_reply_coc_muted", postgresql_where=sa.text("muted_because <> ''"))
        batch_op.drop_index("ix_auto_reply_coc")
        batch_op.drop_index(batch_op.f("ix_auto_reply_address_at"))

    op.drop_table("auto_reply")
    with op.batch_alter_table("message_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_message_file_message_id"))
        batch_op.drop_index(batch_op.f("ix_message_file_file_id"))

    op.drop_table("message_file")
    op.drop_table("license_project")
    with op.batch_alter_table("tier_stay", schema=None) as batch_op:
        batch_op.drop_index("ix_tier_stay_ticket")

    op.drop_table("tier_stay")
    with op.batch_alter_table("ticket_message", schema=None) as batch_op:
        batch_op.drop_index("ix_ticket_message_thread")
        batch_op.drop_index(batch_op.f("ix_ticket_message_message_id"))

    op.drop_table("ticket_message")
    with op.batch_alter_table("license", schema=None) as batch_op:
        batch_op.drop_index("uq_license_in_force", postgresql_where=sa.text("state <> 'ended'"))
        batch_op.drop_index(batch_op.f("ix_license_person_id"))
        batch_op.drop_index("ix_license_lead")
        batch_op.drop_index("ix_license_coc")
        batch_op.drop_index("ix_license_agency")

    op.drop_table("license")
    op.drop_table("access_request_project")
    op.drop_table("access_confirmation")
    with op.batch_alter_table("ticket", schema=None) as batch_op:
        batch_op.drop_index("ix_ticket_urgent", postgresql_where=sa.text("closed_at is null and priority = 'urgent'"))
        batch_op.drop_index("ix_ticket_search", postgresql_using="gin")
        batch_op.drop_index("ix_ticket_requester")
        batch_op.drop_index("ix_ticket_lead_tier", postgresql_where=sa.text("closed_at is null"))
        batch_op.drop_index("ix_ticket_lead_state")
        batch_op.drop_index("ix_ticket_lead_open", postgresql_where=sa.text("closed_at is null"))
        batch_op.drop_index("ix_ticket_lead_category")
        batch_op.drop_index("ix_ticket_lead")
        batch_op.drop_index("ix_ticket_holder")
        batch_op.drop_index("ix_ticket_coc_open", postgresql_where=sa.text("closed_at is null"))
        batch_op.drop_index("ix_ticket_coc")
        batch_op.drop_index("ix_ticket_agency")

    op.drop_table("ticket")
    op.drop_table("project")
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_membership_person_id"))
        batch_op.drop_index(batch_op.f("ix_membership_agency_id_person_id"))

    op.drop_table("membership")
    with op.batch_alter_table("designation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_designation_person_id"))
        batch_op.drop_index(batch_op.f("ix_designation_agency_id_kind"))

    op.drop_table("designation")
    with op.batch_alter_table("departure_notice", schema=None) as batch_op:
        batch_op.drop_index("uq_departure_notice_scheduled", postgresql_where=sa.text("state = 'scheduled'"))
        batch_op.drop_index("ix_departure_notice_unconfirmed", postgresql_where=sa.text("off_at is null"))
        batch_op.drop_index(batch_op.f("ix_departure_notice_ticket_id"))
        batch_op.drop_index(batch_op.f("ix_departure_notice_person_id"))
        batch_op.drop_index("ix_departure_notice_lead")
        batch_op.drop_index("ix_departure_notice_coc")
        batch_op.drop_index("ix_departure_notice_lead_owed")
        batch_op.drop_index("ix_departure_notice_coc_owed")
        batch_op.drop_index("ix_departure_notice_agency_owed")
        batch_op.drop_index("ix_departure_notice_agency")

    op.drop_table("departure_notice")
    with op.batch_alter_table("access_request", schema=None) as batch_op:
        batch_op.drop_index("uq_access_request_open", postgresql_where=sa.text("state in ('requested', 'approved')"))
        batch_op.drop_index(batch_op.f("ix_access_request_person_id"))
        batch_op.drop_index("ix_access_request_lead")
        batch_op.drop_index("ix_access_request_coc")
        batch_op.drop_index("ix_access_request_agency")

    op.drop_table("access_request")
    with op.batch_alter_table("recovery_code", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_recovery_code_account_id"))

    op.drop_table("recovery_code")
    with op.batch_alter_table("login_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_login_session_account_id_ended_at"))

    op.drop_table("login_session")
    with op.batch_alter_table("lead_staff", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_lead_staff_person_id"))
        batch_op.drop_index(batch_op.f("ix_lead_staff_lead_id_role"))

    op.drop_table("lead_staff")
    with op.batch_alter_table("api_token", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_api_token_account_id"))

    op.drop_table("api_token")
    with op.batch_alter_table("agency", schema=None) as batch_op:
        batch_op.drop_index("ix_agency_words", postgresql_using="gin")
        batch_op.drop_index(batch_op.f("ix_agency_lead_id_name"))

    op.drop_table("agency")
    with op.batch_alter_table("account_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_account_link_account_id_used_at"))

    op.drop_table("account_link")
    with op.batch_alter_table("inbound_message", schema=None) as batch_op:
        batch_op.drop_index("uq_inbound_message_stdin", postgresql_where=sa.text("uid is null"))
        batch_op.drop_index("ix_inbound_message_todo", postgresql_where=sa.text("state = 'kept'"))
        batch_op.drop_index(batch_op.f("ix_inbound_message_ticket_id"))
        batch_op.drop_index(batch_op.f("ix_inbound_message_sha256"))
        batch_op.drop_index("ix_inbound_message_quarantine", postgresql_where=sa.text("state = 'quarantined'"))
        batch_op.drop_index(batch_op.f("ix_inbound_message_message_id"))
        batch_op.drop_index(batch_op.f("ix_inbound_message_from_address_received_at"))

    op.drop_table("inbound_message")
    with op.batch_alter_table("coc", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_coc_lead_id"))

    op.drop_table("coc")
    op.drop_table("closure")
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_account_locked_at"))

    op.drop_table("account")
    with op.batch_alter_table("suppressed_address", schema=None) as batch_op:
        batch_op.drop_index("uq_suppressed_address_lower")

    op.drop_table("suppressed_address")
    with op.batch_alter_table("stored_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stored_file_sha256"))

    op.drop_table("stored_file")
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_index("uq_person_email_lower")
        batch_op.drop_index("ix_person_words", postgresql_using="gin")
        batch_op.drop_index("ix_person_name")

    op.drop_table("person")
    with op.batch_alter_table("outbox_message", schema=None) as batch_op:
        batch_op.drop_index("ix_outbox_subject")
        batch_op.drop_index("ix_outbox_state")
        batch_op.drop_index(batch_op.f("ix_outbox_message_message_id"))
        batch_op.drop_index("ix_outbox_due", postgresql_where=sa.text("state in ('queued', 'inflight')"))

    op.drop_table("outbox_message")
    op.drop_table("lead")
    op.drop_table("heartbeat")
    with op.batch_alter_table("deadline", schema=None) as batch_op:
        batch_op.drop_index("ix_deadline_person_late")
        batch_op.drop_index("ix_deadline_lead_late")
        batch_op.drop_index("ix_deadline_coc_late")
        batch_op.drop_index("ix_deadline_agency_late")
        batch_op.drop_index("ix_deadline_wake", postgresql_where=sa.text("state = 'pending'"))
        batch_op.drop_index("ix_deadline_subject")
        batch_op.drop_index(
            "ix_deadline_person_past", postgresql_where=sa.text("deadline.state not in ('pending', 'paused')")
        )
        batch_op.drop_index(
            "ix_deadline_person_open", postgresql_where=sa.text("deadline.state in ('pending', 'paused')")
        )
        batch_op.drop_index(
            "ix_deadline_lead_past", postgresql_where=sa.text("deadline.state not in ('pending', 'paused')")
        )
        batch_op.drop_index(
            "ix_deadline_lead_open", postgresql_where=sa.text("deadline.state in ('pending', 'paused')")
        )
        batch_op.drop_index("ix_deadline_kind")
        batch_op.drop_index(
            "ix_deadline_coc_past", postgresql_where=sa.text("deadline.state not in ('pending', 'paused')")
        )
        batch_op.drop_index("ix_deadline_coc_open", postgresql_where=sa.text("deadline.state in ('pending', 'paused')"))
        batch_op.drop_index(
            "ix_deadline_agency_past", postgresql_where=sa.text("deadline.state not in ('pending', 'paused')")
        )
        batch_op.drop_index(
            "ix_deadline_agency_open", postgresql_where=sa.text("deadline.state in ('pending', 'paused')")
        )

    op.drop_table("deadline")
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_event_subject_type_subject_id_id"))
        batch_op.drop_index(batch_op.f("ix_audit_event_agency_id_id"))
        batch_op.drop_index(batch_op.f("ix_audit_event_actor_id_id"))
        batch_op.drop_index(batch_op.f("ix_audit_event_action_id"))

    op.drop_table("audit_event")
    op.execute("drop function audit_is_append_only()")
