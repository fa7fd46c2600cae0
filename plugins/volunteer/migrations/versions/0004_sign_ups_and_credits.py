"""sign ups and credits

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pointsys.plugin import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "volunteer_policy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("published_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_volunteer_policy_area_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volunteer_policy")),
        sa.UniqueConstraint("area_id", "version", name=op.f("uq_volunteer_policy_area_id_version")),
    )

    op.create_table(
        "volunteer_training",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("qualification", sa.String(length=60), server_default="", nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("certificate_no", sa.String(length=60), server_default="", nullable=False),
        sa.Column("recorded_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=100), nullable=False),
        sa.Column("voided_at", UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_volunteer_training_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volunteer_training")),
        sa.UniqueConstraint("public_id", name=op.f("uq_volunteer_training_public_id")),
    )
    with op.batch_alter_table("volunteer_training", schema=None) as batch_op:
        batch_op.create_index("ix_volunteer_training_person", ["person_id"], unique=False)

    op.create_table(
        "volunteer_unranked",
        sa.Column("person_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_volunteer_unranked_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_volunteer_unranked")),
    )
    op.create_table(
        "volunteer_activity",
        sa.Column("activity_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("project_id", sa.Integer(), nullable=True),
        sa.Column("category", sa.String(length=20), server_default="", nullable=False),
        sa.Column("audience", sa.String(length=10), nullable=False),
        sa.Column("needs_approval", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("hazardous", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("min_age", sa.Integer(), nullable=True),
        sa.Column("guardian_present", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("insurance_required", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("qualification", sa.String(length=60), server_default="", nullable=False),
        sa.Column("on_duty_excluded", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("sign_up_hours", sa.Integer(), server_default="0", nullable=False),
        sa.Column("cancel_hours", sa.Integer(), server_default="0", nullable=False),
        sa.Column("about", sa.String(length=1000), server_default="", nullable=False),
        sa.Column("contact", sa.String(length=100), server_default="", nullable=False),
        sa.Column("series", sa.String(length=16), server_default="", nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=100), nullable=False),
        sa.Column("changed_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(length=100), nullable=False),
        sa.Column("reason", sa.String(length=200), server_default="", nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'open', 'closed', 'cancelled')", name=op.f("ck_volunteer_activity_state")
        ),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name=op.f("fk_volunteer_activity_activity_id")
        ),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_volunteer_activity_area_id")),
        sa.ForeignKeyConstraint(
            ["project_id"], ["volunteer_project.id"], name=op.f("fk_volunteer_activity_project_id")
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["volunteer_team.id"], name=op.f("fk_volunteer_activity_team_id")
        ),
        sa.PrimaryKeyConstraint("activity_id", name=op.f("pk_volunteer_activity")),
    )
    with op.batch_alter_table("volunteer_activity", schema=None) as batch_op:
        batch_op.create_index("ix_volunteer_activity_area", ["area_id", "state"], unique=False)
        batch_op.create_index(batch_op.f("ix_volunteer_activity_project_id"), ["project_id"], unique=False)
        batch_op.create_index("ix_volunteer_activity_series", ["series"], unique=False)
        batch_op.create_index("ix_volunteer_activity_team", ["team_id"], unique=False)

    op.create_table(
        "volunteer_insurance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("activity_id", sa.Integer(), nullable=True),
        sa.Column("policy_no", sa.String(length=60), nullable=False),
        sa.Column("insurer", sa.String(length=60), server_default="", nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=100), nullable=False),
        sa.Column("ended_at", UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name=op.f("fk_volunteer_insurance_activity_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_volunteer_insurance_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volunteer_insurance")),
        sa.UniqueConstraint("public_id", name=op.f("uq_volunteer_insurance_public_id")),
    )
    with op.batch_alter_table("volunteer_insurance", schema=None) as batch_op:
        batch_op.create_index("ix_volunteer_insurance_activity", ["activity_id"], unique=False)
        batch_op.create_index("ix_volunteer_insurance_person", ["person_id"], unique=False)

    op.create_table(
        "volunteer_approval",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_volunteer_approval_entry_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volunteer_approval")),
    )
    with op.batch_alter_table("volunteer_approval", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_volunteer_approval_entry_id"), ["entry_id"], unique=False)

    op.create_table(
        "volunteer_ledger",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("delta", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("rule_version", sa.String(length=40), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_volunteer_ledger_entry_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_volunteer_ledger_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volunteer_ledger")),
    )
    with op.batch_alter_table("volunteer_ledger", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_volunteer_ledger_entry_id"), ["entry_id"], unique=False)
        batch_op.create_index("ix_volunteer_ledger_person", ["person_id", "id"], unique=False)

    op.create_table(
        "volunteer_slot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("starts_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("ends_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), server_default="0", nullable=False),
        sa.Column("queued", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("taken >= 0 AND taken <= capacity", name=op.f("ck_volunteer_slot_taken")),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["volunteer_activity.activity_id"], name=op.f("fk_volunteer_slot_activity_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volunteer_slot")),
        sa.UniqueConstraint(
            "activity_id", "role", "starts_at", name=op.f("uq_volunteer_slot_activity_id_role_starts_at")
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_volunteer_slot_public_id")),
    )
    with op.batch_alter_table("volunteer_slot", schema=None) as batch_op:
        batch_op.create_index("ix_volunteer_slot_starts", ["starts_at"], unique=False)

    op.create_table(
        "volunteer_split",
        sa.Column(
            "entry_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_volunteer_split_entry_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_volunteer_split_person_id")),
        sa.PrimaryKeyConstraint("entry_id", "local_date", name=op.f("pk_volunteer_split")),
    )
    with op.batch_alter_table("volunteer_split", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_volunteer_split_person_id"), ["person_id"], unique=False)

    op.create_table(
        "volunteer_signup",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("guardian_id", sa.Integer(), nullable=True),
        sa.Column("party", sa.String(length=60), server_default="", nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("place", sa.Integer(), server_default="0", nullable=False),
        sa.Column("words", sa.String(length=200), server_default="", nullable=False),
        sa.Column("news", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("signed_up_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("signed_up_by", sa.String(length=100), nullable=False),
        sa.Column("changed_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(length=100), nullable=False),
        sa.Column("changed_by_account", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=200), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["guardian_id"], ["person.id"], name=op.f("fk_volunteer_signup_guardian_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_volunteer_signup_person_id")),
        sa.ForeignKeyConstraint(["slot_id"], ["volunteer_slot.id"], name=op.f("fk_volunteer_signup_slot_id")),
        sa.ForeignKeyConstraint(["team_id"], ["volunteer_team.id"], name=op.f("fk_volunteer_signup_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volunteer_signup")),
        sa.UniqueConstraint("public_id", name=op.f("uq_volunteer_signup_public_id")),
        sa.UniqueConstraint("slot_id", "person_id", name=op.f("uq_volunteer_signup_slot_id_person_id")),
    )
    with op.batch_alter_table("volunteer_signup", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_volunteer_signup_guardian_id"), ["guardian_id"], unique=False)
        batch_op.create_index("ix_volunteer_signup_person", ["person_id", "state"], unique=False)
        batch_op.create_index("ix_volunteer_signup_state", ["slot_id", "state", "place"], unique=False)

    with op.batch_alter_table("volunteer_credit", schema=None) as batch_op:
        batch_op.add_column(sa.Column("klass", sa.String(length=6), server_default="honour", nullable=False))
        batch_op.add_column(sa.Column("team_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("project_id", sa.Integer(), nullable=True))
        batch_op.add_column(
            sa.Column("state", sa.String(length=12), server_default="approved", nullable=False)
        )
        batch_op.add_column(sa.Column("level", sa.String(length=8), server_default="", nullable=False))
        batch_op.add_column(sa.Column("worth", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(
            sa.Column("rule_version", sa.String(length=40), server_default="P0", nullable=False)
        )
        batch_op.create_index(
            "ix_volunteer_credit_team",
            ["team_id", "local_date"],
            unique=False,
            sqlite_where=sa.text("team_id IS NOT NULL"),
            postgresql_where=sa.text("team_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_volunteer_credit_waiting",
            ["state", "local_date"],
            unique=False,
            sqlite_where=sa.text("state IN ('pending', 'needs_review')"),
            postgresql_where=sa.text("state IN ('pending', 'needs_review')"),
        )
    # Nothing waited before: what was credited is what it is worth. Who timed it, whether it goes beyond the day's
    # limit and by which rules it counts is derived: everybody with hours is marked, and computed soon after the start.
    op.execute("UPDATE volunteer_credit SET worth = minutes")
    op.execute(
        "INSERT INTO pending (plugin, person_id, n) "
        "SELECT DISTINCT 'volunteer', person_id, 1 FROM volunteer_credit WHERE 1 = 1 "
        "ON CONFLICT (plugin, person_id) DO UPDATE SET n = pending.n + 1"
    )


def downgrade() -> None:
    """Take this step back."""
    with op.batch_alter_table("volunteer_credit", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_volunteer_credit_waiting",
            sqlite_where=sa.text("state IN ('pending', 'needs_review')"),
            postgresql_where=sa.text("state IN ('pending', 'needs_review')"),
        )
        batch_op.drop_index(
            "ix_volunteer_credit_team",
            sqlite_where=sa.text("team_id IS NOT NULL"),
            postgresql_where=sa.text("team_id IS NOT NULL"),
        )
        batch_op.drop_column("rule_version")
        batch_op.drop_column("worth")
        batch_op.drop_column("level")
        batch_op.drop_column("state")
        batch_op.drop_column("project_id")
        batch_op.drop_column("team_id")
        batch_op.drop_column("klass")

    with op.batch_alter_table("volunteer_signup", schema=None) as batch_op:
        batch_op.drop_index("ix_volunteer_signup_state")
        batch_op.drop_index("ix_volunteer_signup_person")
        batch_op.drop_index(batch_op.f("ix_volunteer_signup_guardian_id"))

    op.drop_table("volunteer_signup")
    with op.batch_alter_table("volunteer_split", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_volunteer_split_person_id"))

    op.drop_table("volunteer_split")
    with op.batch_alter_table("volunteer_slot", schema=None) as batch_op:
        batch_op.drop_index("ix_volunteer_slot_starts")

    op.drop_table("volunteer_slot")
    with op.batch_alter_table("volunteer_ledger", schema=None) as batch_op:
        batch_op.drop_index("ix_volunteer_ledger_person")
        batch_op.drop_index(batch_op.f("ix_volunteer_ledger_entry_id"))

    op.drop_table("volunteer_ledger")
    with op.batch_alter_table("volunteer_approval", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_volunteer_approval_entry_id"))

    op.drop_table("volunteer_approval")
    with op.batch_alter_table("volunteer_insurance", schema=None) as batch_op:
        batch_op.drop_index("ix_volunteer_insurance_person")
        batch_op.drop_index("ix_volunteer_insurance_activity")

    op.drop_table("volunteer_insurance")
    with op.batch_alter_table("volunteer_activity", schema=None) as batch_op:
        batch_op.drop_index("ix_volunteer_activity_team")
        batch_op.drop_index("ix_volunteer_activity_series")
        batch_op.drop_index(batch_op.f("ix_volunteer_activity_project_id"))
        batch_op.drop_index("ix_volunteer_activity_area")

    op.drop_table("volunteer_activity")
    op.drop_table("volunteer_unranked")
    with op.batch_alter_table("volunteer_training", schema=None) as batch_op:
        batch_op.drop_index("ix_volunteer_training_person")

    op.drop_table("volunteer_training")
    op.drop_table("volunteer_policy")
