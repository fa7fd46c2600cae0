"""sheets and schemes

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
        "points_annual",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("scheme_id", sa.String(length=100), nullable=False),
        sa.Column("publication_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=10), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("grades", sa.Text(), nullable=False),
        sa.Column("quota_ratio", sa.String(length=20), nullable=False),
        sa.Column("quota_limit", sa.Integer(), nullable=True),
        sa.Column("publicity_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("prev_sha256", sa.String(length=64), nullable=False),
        sa.Column("computed_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("computed_by", sa.String(length=100), nullable=False),
        sa.Column("computed_by_account", sa.Integer(), nullable=True),
        sa.Column("proposed_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("proposed_by", sa.String(length=100), nullable=False),
        sa.Column("proposed_by_account", sa.Integer(), nullable=True),
        sa.Column("decided_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=100), nullable=False),
        sa.Column("decided_by_account", sa.Integer(), nullable=True),
        sa.Column("confirmed_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by", sa.String(length=100), nullable=False),
        sa.Column("confirmed_by_account", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_points_annual_area_id")),
        sa.ForeignKeyConstraint(
            ["publication_id"], ["points_scheme_version.id"], name=op.f("fk_points_annual_publication_id")
        ),
        sa.ForeignKeyConstraint(
            ["publicity_id"], ["publicity.id"], name=op.f("fk_points_annual_publicity_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_annual")),
        sa.UniqueConstraint(
            "area_id", "scheme_id", "period", "no", name=op.f("uq_points_annual_area_id_scheme_id_period_no")
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_points_annual_public_id")),
    )
    with op.batch_alter_table("points_annual", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_points_annual_confirmed_at"), ["confirmed_at"], unique=False)
        batch_op.create_index("ix_points_annual_scheme", ["scheme_id", "period"], unique=False)
        batch_op.create_index(
            "uq_points_annual_live",
            ["area_id", "scheme_id", "period"],
            unique=True,
            sqlite_where=sa.text("state <> 'reopened'"),
            postgresql_where=sa.text("state <> 'reopened'"),
        )
    op.create_table(
        "points_scheme_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("scheme_id", sa.String(length=100), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=True),
        sa.Column("changed_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("publication_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_points_scheme_draft_area_id")),
        sa.ForeignKeyConstraint(
            ["publication_id"],
            ["points_scheme_version.id"],
            name=op.f("fk_points_scheme_draft_publication_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_scheme_draft")),
        sa.UniqueConstraint("public_id", name=op.f("uq_points_scheme_draft_public_id")),
    )
    with op.batch_alter_table("points_scheme_draft", schema=None) as batch_op:
        batch_op.create_index("ix_points_scheme_draft_area", ["area_id", "state"], unique=False)
    op.create_table(
        "points_sheet",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("branch", sa.String(length=100), nullable=False),
        sa.Column("scheme_id", sa.String(length=100), nullable=False),
        sa.Column("publication_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=10), nullable=False),
        sa.Column("cut", sa.Date(), nullable=False),
        sa.Column("label", sa.String(length=20), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("since_id", sa.Integer(), nullable=True),
        sa.Column("line_count", sa.Integer(), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("computed_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("computed_by", sa.String(length=100), nullable=False),
        sa.Column("computed_by_account", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("publicity_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_points_sheet_area_id")),
        sa.ForeignKeyConstraint(
            ["publication_id"], ["points_scheme_version.id"], name=op.f("fk_points_sheet_publication_id")
        ),
        sa.ForeignKeyConstraint(
            ["publicity_id"], ["publicity.id"], name=op.f("fk_points_sheet_publicity_id")
        ),
        sa.ForeignKeyConstraint(["since_id"], ["points_sheet.id"], name=op.f("fk_points_sheet_since_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_sheet")),
        sa.UniqueConstraint(
            "area_id",
            "scheme_id",
            "period",
            "cut",
            "branch",
            "no",
            name=op.f("uq_points_sheet_area_id_scheme_id_period_cut_branch_no"),
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_points_sheet_public_id")),
    )
    with op.batch_alter_table("points_sheet", schema=None) as batch_op:
        batch_op.create_index("ix_points_sheet_area", ["area_id", "state"], unique=False)
        batch_op.create_index(batch_op.f("ix_points_sheet_publicity_id"), ["publicity_id"], unique=False)
    op.create_table(
        "points_annual_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("annual_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("what", sa.String(length=12), nullable=False),
        sa.Column("grade", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("reference", sa.String(length=100), nullable=False),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["annual_id"], ["points_annual.id"], name=op.f("fk_points_annual_event_annual_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_points_annual_event_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_annual_event")),
    )
    with op.batch_alter_table("points_annual_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_points_annual_event_annual_id"), ["annual_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_points_annual_event_person_id"), ["person_id"], unique=False)
    op.create_table(
        "points_annual_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("annual_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("branch_id", sa.Integer(), nullable=True),
        sa.Column("home_unit_id", sa.Integer(), nullable=True),
        sa.Column("checkin_on", sa.Date(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("total_text", sa.String(length=20), nullable=False),
        sa.Column("categories", sa.Text(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("activities", sa.Integer(), nullable=False),
        sa.Column("proposed_grade", sa.String(length=60), nullable=True),
        sa.Column("quota_grade", sa.String(length=60), nullable=True),
        sa.Column("needs_decision", sa.Boolean(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("grade", sa.String(length=60), nullable=True),
        sa.Column("step_reason", sa.String(length=500), nullable=False),
        sa.Column("decided_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=100), nullable=False),
        sa.Column("decided_by_account", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["annual_id"], ["points_annual.id"], name=op.f("fk_points_annual_line_annual_id")
        ),
        sa.ForeignKeyConstraint(
            ["branch_id"], ["points_branch.id"], name=op.f("fk_points_annual_line_branch_id")
        ),
        sa.ForeignKeyConstraint(
            ["home_unit_id"], ["points_home_unit.id"], name=op.f("fk_points_annual_line_home_unit_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_points_annual_line_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_annual_line")),
        sa.UniqueConstraint("annual_id", "person_id", name=op.f("uq_points_annual_line_annual_id_person_id")),
    )
    with op.batch_alter_table("points_annual_line", schema=None) as batch_op:
        batch_op.create_index("ix_points_annual_line_person", ["person_id"], unique=False)
    op.create_table(
        "points_scheme_draft_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(length=12), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["points_scheme_draft.id"], name=op.f("fk_points_scheme_draft_event_draft_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_scheme_draft_event")),
    )
    with op.batch_alter_table("points_scheme_draft_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_points_scheme_draft_event_draft_id"), ["draft_id"], unique=False)
    op.create_table(
        "points_scheme_trial",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("period", sa.String(length=10), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("job", sa.String(length=16), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("regraded", sa.Integer(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("ordered_by", sa.String(length=100), nullable=False),
        sa.Column("ordered_by_account", sa.Integer(), nullable=True),
        sa.Column("computed_at", UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["points_scheme_draft.id"], name=op.f("fk_points_scheme_trial_draft_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_scheme_trial")),
        sa.UniqueConstraint("public_id", name=op.f("uq_points_scheme_trial_public_id")),
    )
    with op.batch_alter_table("points_scheme_trial", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_points_scheme_trial_draft_id"), ["draft_id"], unique=False)
    op.create_table(
        "points_sheet_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sheet_id", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ref", sa.String(length=16), nullable=False),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("chain_no", sa.Integer(), nullable=True),
        sa.Column("prev_sha256", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_points_sheet_event_area_id")),
        sa.ForeignKeyConstraint(
            ["sheet_id"], ["points_sheet.id"], name=op.f("fk_points_sheet_event_sheet_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_sheet_event")),
        sa.UniqueConstraint("area_id", "chain_no", name=op.f("uq_points_sheet_event_area_id_chain_no")),
    )
    with op.batch_alter_table("points_sheet_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_points_sheet_event_sheet_id"), ["sheet_id"], unique=False)
    op.create_table(
        "points_sheet_line",
        sa.Column("sheet_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("total_text", sa.String(length=20), nullable=False),
        sa.Column("gain", sa.Integer(), nullable=False),
        sa.Column("credited", sa.Integer(), nullable=False),
        sa.Column("grade", sa.String(length=60), nullable=True),
        sa.Column("categories", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_points_sheet_line_person_id")),
        sa.ForeignKeyConstraint(
            ["sheet_id"], ["points_sheet.id"], name=op.f("fk_points_sheet_line_sheet_id")
        ),
        sa.PrimaryKeyConstraint("sheet_id", "person_id", name=op.f("pk_points_sheet_line")),
    )
    with op.batch_alter_table("points_sheet_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_points_sheet_line_person_id"), ["person_id"], unique=False)
    op.create_table(
        "points_scheme_trial_line",
        sa.Column("trial_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("total_before", sa.String(length=20), nullable=False),
        sa.Column("total_after", sa.String(length=20), nullable=False),
        sa.Column("moved", sa.Integer(), nullable=False),
        sa.Column("grade_before", sa.String(length=60), nullable=False),
        sa.Column("grade_after", sa.String(length=60), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_points_scheme_trial_line_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["trial_id"], ["points_scheme_trial.id"], name=op.f("fk_points_scheme_trial_line_trial_id")
        ),
        sa.PrimaryKeyConstraint("trial_id", "person_id", name=op.f("pk_points_scheme_trial_line")),
    )
    with op.batch_alter_table("points_scheme_trial_line", schema=None) as batch_op:
        batch_op.create_index("ix_points_scheme_trial_line_moved", ["trial_id", "moved"], unique=False)


def downgrade() -> None:
    """Take this step back."""
    with op.batch_alter_table("points_scheme_trial_line", schema=None) as batch_op:
        batch_op.drop_index("ix_points_scheme_trial_line_moved")
    op.drop_table("points_scheme_trial_line")
    with op.batch_alter_table("points_sheet_line", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_points_sheet_line_person_id"))
    op.drop_table("points_sheet_line")
    with op.batch_alter_table("points_sheet_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_points_sheet_event_sheet_id"))
    op.drop_table("points_sheet_event")
    with op.batch_alter_table("points_scheme_trial", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_points_scheme_trial_draft_id"))
    op.drop_table("points_scheme_trial")
    with op.batch_alter_table("points_scheme_draft_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_points_scheme_draft_event_draft_id"))
    op.drop_table("points_scheme_draft_event")
    with op.batch_alter_table("points_annual_line", schema=None) as batch_op:
        batch_op.drop_index("ix_points_annual_line_person")
    op.drop_table("points_annual_line")
    with op.batch_alter_table("points_annual_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_points_annual_event_person_id"))
        batch_op.drop_index(batch_op.f("ix_points_annual_event_annual_id"))
    op.drop_table("points_annual_event")
    with op.batch_alter_table("points_sheet", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_points_sheet_publicity_id"))
        batch_op.drop_index("ix_points_sheet_area")
    op.drop_table("points_sheet")
    with op.batch_alter_table("points_scheme_draft", schema=None) as batch_op:
        batch_op.drop_index("ix_points_scheme_draft_area")
    op.drop_table("points_scheme_draft")
    with op.batch_alter_table("points_annual", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_points_annual_live",
            sqlite_where=sa.text("state <> 'reopened'"),
            postgresql_where=sa.text("state <> 'reopened'"),
        )
        batch_op.drop_index("ix_points_annual_scheme")
        batch_op.drop_index(batch_op.f("ix_points_annual_confirmed_at"))
    op.drop_table("points_annual")
