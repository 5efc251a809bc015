"""one account

Revision: 0041
Follows: 0039
"""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0039"

WHOSE = ["lead_id", "person_id"]


def upgrade() -> None:
    """What a vendor is told is kept for each person, who has one account there, and not for each license."""
    op.execute("set local lock_timeout = '5s'")
    op.add_column("account_change", sa.Column("person_id", sa.BigInteger(), nullable=True))
    op.execute("update account_change set person_id = l.person_id from license l where l.id = license_id")
    # Of one person's that wait or are on their way, the last says it all.
    op.execute(
        "update account_change a set state = 'overtaken' where state in ('pending', 'sending') and exists ("
        "select 1 from account_change b where b.lead_id = a.lead_id and b.person_id = a.person_id and b.id > a.id"
        " and b.state in ('pending', 'sending'))"
    )
    op.alter_column("account_change", "person_id", nullable=False)
    op.create_foreign_key("fk_account_change_person_id", "account_change", "person", ["person_id"], ["id"])
    op.drop_index("uq_account_change_pending", "account_change")
    op.drop_index("uq_account_change_sending", "account_change")
    op.drop_index("ix_account_change_license_id", "account_change")
    for state in ("pending", "sending"):
        where = sa.text(f"state = '{state}'")
        op.create_index(f"uq_account_change_{state}", "account_change", WHOSE, unique=True, postgresql_where=where)
    op.create_index("ix_account_change_person_id", "account_change", ["person_id"])
    op.rename_table("vendor_account", "vendor_account_of_license")
    op.execute("alter table vendor_account_of_license rename constraint pk_vendor_account to pk_vendor_account_was")
    op.create_table(
        "vendor_account",
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("remote_id", sa.String(length=300), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name="fk_vendor_account_lead_id"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_vendor_account_person_id"),
        sa.PrimaryKeyConstraint("lead_id", "person_id", name="pk_vendor_account"),
    )
    op.execute(
        "insert into vendor_account (lead_id, person_id, remote_id, is_active, at)"
        " select distinct on (l.lead_id, l.person_id) l.lead_id, l.person_id, v.remote_id, v.is_active, v.at"
        " from vendor_account_of_license v join license l on l.id = v.license_id"
        " order by l.lead_id, l.person_id, v.is_active desc, v.at desc"
    )
    op.drop_table("vendor_account_of_license")


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.drop_table("vendor_account")
    op.create_table(
        "vendor_account",
        sa.Column("license_id", sa.BigInteger(), nullable=False),
        sa.Column("remote_id", sa.String(length=300), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["license_id"], ["license.id"], name="fk_vendor_account_license_id"),
        sa.PrimaryKeyConstraint("license_id", name="pk_vendor_account"),
    )
    op.drop_index("ix_account_change_person_id", "account_change")
    for state in ("pending", "sending"):
        op.drop_index(f"uq_account_change_{state}", "account_change")
        where = sa.text(f"state = '{state}'")
        columns = ["license_id"]
        op.create_index(f"uq_account_change_{state}", "account_change", columns, unique=True, postgresql_where=where)
    op.create_index("ix_account_change_license_id", "account_change", ["license_id"])
    op.drop_column("account_change", "person_id")
