"""knowledge

Revision: 0002
Follows: 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"

TOPIC = "setweight(to_tsvector('english', title), 'A') || setweight(to_tsvector('english', tags), 'B')"
SEARCH = f"{TOPIC} || setweight(to_tsvector('english', plain), 'D')"


def upgrade() -> None:
    op.create_table(
        "canned_reply",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_canned_reply_lead_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_canned_reply_owner_id")),
        sa.ForeignKeyConstraint(["updated_by_id"], ["person.id"], name=op.f("fk_canned_reply_updated_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canned_reply")),
    )
    with op.batch_alter_table("canned_reply", schema=None) as batch_op:
        batch_op.create_index("ix_canned_reply_lead_name", ["lead_id", "name", "id"], unique=False)
        batch_op.create_index("ix_canned_reply_owner_name", ["owner_id", "name", "id"], unique=False)
        batch_op.create_index(
            "uq_canned_reply_name",
            ["lead_id", sa.literal_column("coalesce(owner_id, 0)"), sa.literal_column("lower(name)")],
            unique=True,
        )

    op.create_table(
        "article",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("coc_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column(
            "audience",
            sa.Enum("public", "signed-in", "staff", name="audience", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum("draft", "published", "retired", name="state", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("plain", sa.Text(), nullable=False),
        sa.Column("tags", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired_because", sa.Text(), nullable=False),
        sa.Column("replaced_by_id", sa.BigInteger(), nullable=True),
        sa.Column("helpful", sa.BigInteger(), nullable=False),
        sa.Column("unhelpful", sa.BigInteger(), nullable=False),
        sa.Column("balance", sa.BigInteger(), sa.Computed("helpful - unhelpful", persisted=True), nullable=False),
        sa.Column("topic", postgresql.TSVECTOR(), sa.Computed(TOPIC, persisted=True), nullable=False),
        sa.Column("search", postgresql.TSVECTOR(), sa.Computed(SEARCH, persisted=True), nullable=False),
        sa.ForeignKeyConstraint(["coc_id"], ["coc.id"], name=op.f("fk_article_coc_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_article_lead_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_article_owner_id")),
        sa.ForeignKeyConstraint(["replaced_by_id"], ["article.id"], name=op.f("fk_article_replaced_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article")),
    )
    with op.batch_alter_table("article", schema=None) as batch_op:
        batch_op.create_index("ix_article_lead", ["lead_id", "updated_at", "id"], unique=False)
        batch_op.create_index("ix_article_lead_audience", ["lead_id", "audience", "updated_at", "id"], unique=False)
        batch_op.create_index("ix_article_lead_balance", ["lead_id", "balance", "id"], unique=False)
        batch_op.create_index("ix_article_lead_kind", ["lead_id", "kind", "updated_at", "id"], unique=False)
        batch_op.create_index(
            "ix_article_lead_published",
            ["lead_id", "updated_at", "id"],
            unique=False,
            postgresql_where=sa.text("state = 'published'"),
        )
        batch_op.create_index(
            "ix_article_lead_review",
            ["lead_id", "review_on", "id"],
            unique=False,
            postgresql_where=sa.text("state = 'published'"),
        )
        batch_op.create_index("ix_article_lead_state", ["lead_id", "state", "updated_at", "id"], unique=False)
        batch_op.create_index(
            "ix_article_owner_review",
            ["owner_id", "review_on"],
            unique=False,
            postgresql_where=sa.text("state = 'published'"),
        )
        batch_op.create_index(
            "ix_article_public",
            ["updated_at", "id"],
            unique=False,
            postgresql_where=sa.text("state = 'published' and audience = 'public'"),
        )
        batch_op.create_index(batch_op.f("ix_article_replaced_by_id"), ["replaced_by_id"], unique=False)
        batch_op.create_index("ix_article_search", ["search"], unique=False, postgresql_using="gin")
        batch_op.create_index("ix_article_tags", ["tags"], unique=False, postgresql_using="gin")
        batch_op.create_index("ix_article_topic", ["topic"], unique=False, postgresql_using="gin")

    op.create_table(
        "article_version",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("article_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("coc_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column(
            "audience",
            sa.Enum("public", "signed-in", "staff", name="audience", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum("draft", "published", "retired", name="state", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("tags", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("restores", sa.BigInteger(), nullable=True),
        sa.Column("once", sa.String(length=80), nullable=True),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name=op.f("fk_article_version_article_id")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_article_version_by_id")),
        sa.ForeignKeyConstraint(["coc_id"], ["coc.id"], name=op.f("fk_article_version_coc_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_article_version_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article_version")),
        sa.UniqueConstraint("article_id", "number", name=op.f("uq_article_version_article_id_number")),
        sa.UniqueConstraint("once", name=op.f("uq_article_version_once")),
    )
    op.create_table(
        "article_vote",
        sa.Column("article_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("is_helpful", sa.Boolean(), nullable=False),
        sa.Column("word", sa.String(length=500), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name=op.f("fk_article_vote_article_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_article_vote_person_id")),
        sa.PrimaryKeyConstraint("article_id", "person_id", name=op.f("pk_article_vote")),
    )
    with op.batch_alter_table("article_vote", schema=None) as batch_op:
        batch_op.create_index("ix_article_vote_article", ["article_id", "at", "person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_article_vote_person_id"), ["person_id"], unique=False)

    op.create_table(
        "article_ticket",
        sa.Column("article_id", sa.BigInteger(), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name=op.f("fk_article_ticket_article_id")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_article_ticket_by_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_article_ticket_ticket_id")),
        sa.PrimaryKeyConstraint("article_id", "ticket_id", name=op.f("pk_article_ticket")),
    )
    with op.batch_alter_table("article_ticket", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_article_ticket_ticket_id"), ["ticket_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("article_ticket", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_article_ticket_ticket_id"))

    op.drop_table("article_ticket")
    with op.batch_alter_table("article_vote", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_article_vote_person_id"))
        batch_op.drop_index("ix_article_vote_article")

    op.drop_table("article_vote")
    op.drop_table("article_version")
    with op.batch_alter_table("article", schema=None) as batch_op:
        batch_op.drop_index("ix_article_topic", postgresql_using="gin")
        batch_op.drop_index("ix_article_tags", postgresql_using="gin")
        batch_op.drop_index("ix_article_search", postgresql_using="gin")
        batch_op.drop_index(batch_op.f("ix_article_replaced_by_id"))
        batch_op.drop_index(
            "ix_article_public", postgresql_where=sa.text("state = 'published' and audience = 'public'")
        )
        batch_op.drop_index("ix_article_owner_review", postgresql_where=sa.text("state = 'published'"))
        batch_op.drop_index("ix_article_lead_state")
        batch_op.drop_index("ix_article_lead_review", postgresql_where=sa.text("state = 'published'"))
        batch_op.drop_index("ix_article_lead_published", postgresql_where=sa.text("state = 'published'"))
        batch_op.drop_index("ix_article_lead_kind")
        batch_op.drop_index("ix_article_lead_balance")
        batch_op.drop_index("ix_article_lead_audience")
        batch_op.drop_index("ix_article_lead")

    op.drop_table("article")
    with op.batch_alter_table("canned_reply", schema=None) as batch_op:
        batch_op.drop_index("uq_canned_reply_name")
        batch_op.drop_index("ix_canned_reply_owner_name")
        batch_op.drop_index("ix_canned_reply_lead_name")

    op.drop_table("canned_reply")
