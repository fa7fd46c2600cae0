"""members and ledger

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pointsys.plugin import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "points_unit_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(length=100), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("rows_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=100), nullable=False),
        sa.Column("created_by_account", sa.Integer(), nullable=True),
        sa.Column("closed_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(length=100), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_points_unit_report_area_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_unit_report")),
        sa.UniqueConstraint("public_id", name=op.f("uq_points_unit_report_public_id")),
    )
    with op.batch_alter_table("points_unit_report", schema=None) as batch_op:
        batch_op.create_index("ix_points_unit_report_area", ["area_id", "id"], unique=False)
    op.create_table(
        "points_award",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("qty", sa.Integer(), nullable=True),
        sa.Column("points", sa.Integer(), nullable=True),
        sa.Column("attrs", sa.Text(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("source_ref", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("accepted_late", sa.Boolean(), nullable=False),
        sa.Column("adjusting", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=100), nullable=False),
        sa.Column("recorded_by_account", sa.Integer(), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_points_award_area_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_points_award_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_award")),
        sa.UniqueConstraint("area_id", "key", name=op.f("uq_points_award_area_id_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_points_award_public_id")),
    )
    with op.batch_alter_table("points_award", schema=None) as batch_op:
        batch_op.create_index("ix_points_award_open", ["area_id", "status"], unique=False)
        batch_op.create_index("ix_points_award_person", ["person_id", "on_date"], unique=False)
    op.create_table(
        "points_checkin",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("from_area_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("political_status", sa.String(length=20), nullable=False),
        sa.Column("from_branch", sa.String(length=100), nullable=False),
        sa.Column("branch", sa.String(length=100), nullable=False),
        sa.Column("home_unit", sa.String(length=100), nullable=False),
        sa.Column("post", sa.String(length=20), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("home_unit_id", sa.Integer(), nullable=True),
        sa.Column("requested_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("requested_by", sa.String(length=100), nullable=False),
        sa.Column("requested_by_account", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_points_checkin_area_id")),
        sa.ForeignKeyConstraint(["from_area_id"], ["area.id"], name=op.f("fk_points_checkin_from_area_id")),
        sa.ForeignKeyConstraint(
            ["home_unit_id"], ["points_home_unit.id"], name=op.f("fk_points_checkin_home_unit_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_points_checkin_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_checkin")),
        sa.UniqueConstraint("public_id", name=op.f("uq_points_checkin_public_id")),
    )
    with op.batch_alter_table("points_checkin", schema=None) as batch_op:
        batch_op.create_index("ix_points_checkin_area", ["area_id", "status", "id"], unique=False)
        batch_op.create_index("ix_points_checkin_from", ["from_area_id", "status"], unique=False)
        batch_op.create_index("ix_points_checkin_person", ["person_id", "id"], unique=False)
        batch_op.create_index("ix_points_checkin_unit", ["home_unit_id", "id"], unique=False)
    op.create_table(
        "points_award_decision",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("award_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("how", sa.String(length=20), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=True),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["award_id"], ["points_award.id"], name=op.f("fk_points_award_decision_award_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_award_decision")),
    )
    with op.batch_alter_table("points_award_decision", schema=None) as batch_op:
        batch_op.create_index("ix_points_award_decision_award", ["award_id", "id"], unique=False)
    op.create_table(
        "points_checkin_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("checkin_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["checkin_id"], ["points_checkin.id"], name=op.f("fk_points_checkin_step_checkin_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_checkin_step")),
    )
    with op.batch_alter_table("points_checkin_step", schema=None) as batch_op:
        batch_op.create_index("ix_points_checkin_step_checkin", ["checkin_id", "id"], unique=False)
    op.create_table(
        "points_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("branch_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("item", sa.String(length=100), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("activity_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=100), nullable=False),
        sa.Column("recorded_by_account", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(["activity_id"], ["activity.id"], name=op.f("fk_points_session_activity_id")),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_points_session_area_id")),
        sa.ForeignKeyConstraint(
            ["branch_id"], ["points_branch.id"], name=op.f("fk_points_session_branch_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_session")),
        sa.UniqueConstraint("public_id", name=op.f("uq_points_session_public_id")),
    )
    with op.batch_alter_table("points_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_points_session_activity_id"), ["activity_id"], unique=False)
        batch_op.create_index("ix_points_session_area", ["area_id", "on_date"], unique=False)
    op.create_table(
        "points_claim",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("item", sa.String(length=100), nullable=False),
        sa.Column("kind_id", sa.Integer(), nullable=True),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("starts_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=True),
        sa.Column("points", sa.Integer(), nullable=True),
        sa.Column("attrs", sa.Text(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("late_reason", sa.String(length=200), nullable=False),
        sa.Column("content_key", sa.String(length=64), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=100), nullable=False),
        sa.Column("created_by_account", sa.Integer(), nullable=True),
        sa.Column("submitted_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("verified_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("verified_by", sa.String(length=100), nullable=False),
        sa.Column("verified_by_account", sa.Integer(), nullable=True),
        sa.Column("decided_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=100), nullable=False),
        sa.Column("decided_by_account", sa.Integer(), nullable=True),
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("award_id", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_points_claim_area_id")),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_points_claim_entry_id")),
        sa.ForeignKeyConstraint(["kind_id"], ["activity_kind.id"], name=op.f("fk_points_claim_kind_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_points_claim_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_claim")),
        sa.UniqueConstraint("public_id", name=op.f("uq_points_claim_public_id")),
    )
    with op.batch_alter_table("points_claim", schema=None) as batch_op:
        batch_op.create_index("ix_points_claim_area", ["area_id", "state"], unique=False)
        batch_op.create_index(batch_op.f("ix_points_claim_award_id"), ["award_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_points_claim_entry_id"), ["entry_id"], unique=False)
        batch_op.create_index("ix_points_claim_person", ["person_id", "on_date"], unique=False)
        batch_op.create_index(
            "uq_points_claim_live",
            ["person_id", "content_key"],
            unique=True,
            sqlite_where=sa.text("state IN ('submitted', 'verified', 'confirmed')"),
            postgresql_where=sa.text("state IN ('submitted', 'verified', 'confirmed')"),
        )
    op.create_table(
        "points_session_word",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("word", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_points_session_word_person_id")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["points_session.id"], name=op.f("fk_points_session_word_session_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_session_word")),
    )
    with op.batch_alter_table("points_session_word", schema=None) as batch_op:
        batch_op.create_index("ix_points_session_word_person", ["person_id"], unique=False)
        batch_op.create_index("ix_points_session_word_session", ["session_id", "id"], unique=False)
    op.create_table(
        "points_claim_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["points_claim.id"], name=op.f("fk_points_claim_event_claim_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_claim_event")),
    )
    with op.batch_alter_table("points_claim_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_points_claim_event_claim_id"), ["claim_id"], unique=False)
    with op.batch_alter_table("points_member", schema=None) as batch_op:
        batch_op.add_column(sa.Column("post", sa.String(length=20), server_default="", nullable=False))


def downgrade() -> None:
    """Take this step back."""
    with op.batch_alter_table("points_member", schema=None) as batch_op:
        batch_op.drop_column("post")
    with op.batch_alter_table("points_claim_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_points_claim_event_claim_id"))
    op.drop_table("points_claim_event")
    with op.batch_alter_table("points_session_word", schema=None) as batch_op:
        batch_op.drop_index("ix_points_session_word_session")
        batch_op.drop_index("ix_points_session_word_person")
    op.drop_table("points_session_word")
    with op.batch_alter_table("points_claim", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_points_claim_live",
            sqlite_where=sa.text("state IN ('submitted', 'verified', 'confirmed')"),
            postgresql_where=sa.text("state IN ('submitted', 'verified', 'confirmed')"),
        )
        batch_op.drop_index("ix_points_claim_person")
        batch_op.drop_index(batch_op.f("ix_points_claim_entry_id"))
        batch_op.drop_index(batch_op.f("ix_points_claim_award_id"))
        batch_op.drop_index("ix_points_claim_area")
    op.drop_table("points_claim")
    with op.batch_alter_table("points_session", schema=None) as batch_op:
        batch_op.drop_index("ix_points_session_area")
        batch_op.drop_index(batch_op.f("ix_points_session_activity_id"))
    op.drop_table("points_session")
    with op.batch_alter_table("points_checkin_step", schema=None) as batch_op:
        batch_op.drop_index("ix_points_checkin_step_checkin")
    op.drop_table("points_checkin_step")
    with op.batch_alter_table("points_award_decision", schema=None) as batch_op:
        batch_op.drop_index("ix_points_award_decision_award")
    op.drop_table("points_award_decision")
    with op.batch_alter_table("points_checkin", schema=None) as batch_op:
        batch_op.drop_index("ix_points_checkin_unit")
        batch_op.drop_index("ix_points_checkin_person")
        batch_op.drop_index("ix_points_checkin_from")
        batch_op.drop_index("ix_points_checkin_area")
    op.drop_table("points_checkin")
    with op.batch_alter_table("points_award", schema=None) as batch_op:
        batch_op.drop_index("ix_points_award_person")
        batch_op.drop_index("ix_points_award_open")
    op.drop_table("points_award")
    with op.batch_alter_table("points_unit_report", schema=None) as batch_op:
        batch_op.drop_index("ix_points_unit_report_area")
    op.drop_table("points_unit_report")
