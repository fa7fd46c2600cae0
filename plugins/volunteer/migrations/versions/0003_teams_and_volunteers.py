"""teams and volunteers

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
        "volunteer_series",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_volunteer_series")),
    )
    op.create_table(
        "volunteer_alliance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("about", sa.String(length=500), server_default="", nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_volunteer_alliance_area_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volunteer_alliance")),
        sa.UniqueConstraint("area_id", "name", name=op.f("uq_volunteer_alliance_area_id_name")),
        sa.UniqueConstraint("public_id", name=op.f("uq_volunteer_alliance_public_id")),
    )
    op.create_table(
        "volunteer_team",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("host", sa.String(length=100), server_default="", nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("about", sa.String(length=500), server_default="", nullable=False),
        sa.Column("open_to_join", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("issuer_eligible", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("organisation", sa.String(length=100), server_default="", nullable=False),
        sa.Column("head", sa.String(length=50), server_default="", nullable=False),
        sa.Column("handler", sa.String(length=50), server_default="", nullable=False),
        sa.Column("contact", sa.String(length=100), server_default="", nullable=False),
        sa.Column("state", sa.String(length=10), server_default="active", nullable=False),
        sa.Column("founded_on", sa.Date(), nullable=True),
        sa.Column("dissolved_on", sa.Date(), nullable=True),
        sa.Column("successor_id", sa.Integer(), nullable=True),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_volunteer_team_area_id")),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["volunteer_team.id"], name=op.f("fk_volunteer_team_parent_id")
        ),
        sa.ForeignKeyConstraint(
            ["successor_id"], ["volunteer_team.id"], name=op.f("fk_volunteer_team_successor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volunteer_team")),
        sa.UniqueConstraint("area_id", "host", "name", name=op.f("uq_volunteer_team_area_id_host_name")),
        sa.UniqueConstraint("public_id", name=op.f("uq_volunteer_team_public_id")),
    )
    with op.batch_alter_table("volunteer_team", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_volunteer_team_parent_id"), ["parent_id"], unique=False)

    op.create_table(
        "volunteer_alliance_team",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("alliance_id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["alliance_id"], ["volunteer_alliance.id"], name=op.f("fk_volunteer_alliance_team_alliance_id")
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["volunteer_team.id"], name=op.f("fk_volunteer_alliance_team_team_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volunteer_alliance_team")),
    )
    with op.batch_alter_table("volunteer_alliance_team", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_volunteer_alliance_team_team_id"), ["team_id"], unique=False)
        batch_op.create_index(
            "ux_volunteer_alliance_team_open",
            ["alliance_id", "team_id"],
            unique=True,
            sqlite_where=sa.text("to_on IS NULL"),
            postgresql_where=sa.text("to_on IS NULL"),
        )

    op.create_table(
        "volunteer_external_id",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("system", sa.String(length=20), nullable=False),
        sa.Column("value", sa.String(length=60), nullable=False),
        sa.Column("recorded_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_volunteer_external_id_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volunteer_external_id")),
        sa.UniqueConstraint("system", "value", name=op.f("uq_volunteer_external_id_system_value")),
    )
    with op.batch_alter_table("volunteer_external_id", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_volunteer_external_id_person_id"), ["person_id"], unique=False)

    op.create_table(
        "volunteer_guardian",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("guardian_id", sa.Integer(), nullable=False),
        sa.Column("relation", sa.String(length=20), nullable=False),
        sa.Column("seen", sa.String(length=100), server_default="", nullable=False),
        sa.Column("recorded_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=100), nullable=False),
        sa.Column("ended_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=100), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["guardian_id"], ["person.id"], name=op.f("fk_volunteer_guardian_guardian_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_volunteer_guardian_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volunteer_guardian")),
        sa.UniqueConstraint("public_id", name=op.f("uq_volunteer_guardian_public_id")),
    )
    with op.batch_alter_table("volunteer_guardian", schema=None) as batch_op:
        batch_op.create_index("ix_volunteer_guardian_guardian", ["guardian_id"], unique=False)
        batch_op.create_index(
            "ux_volunteer_guardian_open",
            ["person_id", "guardian_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "volunteer_joining",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("words", sa.String(length=200), server_default="", nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("asked_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.String(length=200), server_default="", nullable=False),
        sa.Column("decided_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=100), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_volunteer_joining_person_id")),
        sa.ForeignKeyConstraint(
            ["team_id"], ["volunteer_team.id"], name=op.f("fk_volunteer_joining_team_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volunteer_joining")),
        sa.UniqueConstraint("public_id", name=op.f("uq_volunteer_joining_public_id")),
    )
    with op.batch_alter_table("volunteer_joining", schema=None) as batch_op:
        batch_op.create_index("ix_volunteer_joining_person", ["person_id"], unique=False)
        batch_op.create_index(
            "ux_volunteer_joining_open",
            ["team_id", "person_id"],
            unique=True,
            sqlite_where=sa.text("state = 'asked'"),
            postgresql_where=sa.text("state = 'asked'"),
        )

    op.create_table(
        "volunteer_member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("joined_on", sa.Date(), nullable=False),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("recorded_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_volunteer_member_person_id")),
        sa.ForeignKeyConstraint(["team_id"], ["volunteer_team.id"], name=op.f("fk_volunteer_member_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volunteer_member")),
        sa.UniqueConstraint("public_id", name=op.f("uq_volunteer_member_public_id")),
    )
    with op.batch_alter_table("volunteer_member", schema=None) as batch_op:
        batch_op.create_index("ix_volunteer_member_person", ["person_id"], unique=False)
        batch_op.create_index(
            "ux_volunteer_member_open",
            ["team_id", "person_id"],
            unique=True,
            sqlite_where=sa.text("left_on IS NULL"),
            postgresql_where=sa.text("left_on IS NULL"),
        )

    op.create_table(
        "volunteer_profile",
        sa.Column("person_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("volunteer_no", sa.String(length=20), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("way", sa.String(length=10), server_default="staff", nullable=False),
        sa.Column("words", sa.String(length=500), server_default="", nullable=False),
        sa.Column("applied_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("registered_on", sa.Date(), nullable=True),
        sa.Column("changed_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(length=100), nullable=False),
        sa.Column("reason", sa.String(length=200), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_volunteer_profile_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_volunteer_profile")),
        sa.UniqueConstraint("volunteer_no", name=op.f("uq_volunteer_profile_volunteer_no")),
    )
    with op.batch_alter_table("volunteer_profile", schema=None) as batch_op:
        batch_op.create_index("ix_volunteer_profile_state", ["state"], unique=False)

    op.create_table(
        "volunteer_project",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("about", sa.String(length=500), server_default="", nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(
            ["team_id"], ["volunteer_team.id"], name=op.f("fk_volunteer_project_team_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volunteer_project")),
        sa.UniqueConstraint("code", name=op.f("uq_volunteer_project_code")),
        sa.UniqueConstraint("public_id", name=op.f("uq_volunteer_project_public_id")),
    )
    with op.batch_alter_table("volunteer_project", schema=None) as batch_op:
        batch_op.create_index("ix_volunteer_project_team", ["team_id"], unique=False)

    op.create_table(
        "volunteer_team_feed",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=100), nullable=False),
        sa.Column("revoked_at", UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["team_id"], ["volunteer_team.id"], name=op.f("fk_volunteer_team_feed_team_id")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_volunteer_team_feed")),
    )
    with op.batch_alter_table("volunteer_team_feed", schema=None) as batch_op:
        batch_op.create_index(
            "ux_volunteer_team_feed_open",
            ["team_id"],
            unique=True,
            sqlite_where=sa.text("revoked_at IS NULL"),
            postgresql_where=sa.text("revoked_at IS NULL"),
        )

    op.create_table(
        "volunteer_consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("guardian_row_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("method", sa.String(length=10), nullable=False),
        sa.Column("evidence", sa.String(length=100), server_default="", nullable=False),
        sa.Column("given_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=100), nullable=False),
        sa.Column("withdrawn_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.String(length=100), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["guardian_row_id"], ["volunteer_guardian.id"], name=op.f("fk_volunteer_consent_guardian_row_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volunteer_consent")),
        sa.UniqueConstraint("public_id", name=op.f("uq_volunteer_consent_public_id")),
    )
    with op.batch_alter_table("volunteer_consent", schema=None) as batch_op:
        batch_op.create_index("ix_volunteer_consent_guardian", ["guardian_row_id"], unique=False)


def downgrade() -> None:
    """Take this step back."""
    with op.batch_alter_table("volunteer_consent", schema=None) as batch_op:
        batch_op.drop_index("ix_volunteer_consent_guardian")

    op.drop_table("volunteer_consent")
    with op.batch_alter_table("volunteer_team_feed", schema=None) as batch_op:
        batch_op.drop_index(
            "ux_volunteer_team_feed_open",
            sqlite_where=sa.text("revoked_at IS NULL"),
            postgresql_where=sa.text("revoked_at IS NULL"),
        )

    op.drop_table("volunteer_team_feed")
    with op.batch_alter_table("volunteer_project", schema=None) as batch_op:
        batch_op.drop_index("ix_volunteer_project_team")

    op.drop_table("volunteer_project")
    with op.batch_alter_table("volunteer_profile", schema=None) as batch_op:
        batch_op.drop_index("ix_volunteer_profile_state")

    op.drop_table("volunteer_profile")
    with op.batch_alter_table("volunteer_member", schema=None) as batch_op:
        batch_op.drop_index(
            "ux_volunteer_member_open",
            sqlite_where=sa.text("left_on IS NULL"),
            postgresql_where=sa.text("left_on IS NULL"),
        )
        batch_op.drop_index("ix_volunteer_member_person")

    op.drop_table("volunteer_member")
    with op.batch_alter_table("volunteer_joining", schema=None) as batch_op:
        batch_op.drop_index(
            "ux_volunteer_joining_open",
            sqlite_where=sa.text("state = 'asked'"),
            postgresql_where=sa.text("state = 'asked'"),
        )
        batch_op.drop_index("ix_volunteer_joining_person")

    op.drop_table("volunteer_joining")
    with op.batch_alter_table("volunteer_guardian", schema=None) as batch_op:
        batch_op.drop_index(
            "ux_volunteer_guardian_open",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.drop_index("ix_volunteer_guardian_guardian")

    op.drop_table("volunteer_guardian")
    with op.batch_alter_table("volunteer_external_id", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_volunteer_external_id_person_id"))

    op.drop_table("volunteer_external_id")
    with op.batch_alter_table("volunteer_alliance_team", schema=None) as batch_op:
        batch_op.drop_index(
            "ux_volunteer_alliance_team_open",
            sqlite_where=sa.text("to_on IS NULL"),
            postgresql_where=sa.text("to_on IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_volunteer_alliance_team_team_id"))

    op.drop_table("volunteer_alliance_team")
    with op.batch_alter_table("volunteer_team", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_volunteer_team_parent_id"))

    op.drop_table("volunteer_team")
    op.drop_table("volunteer_alliance")
    op.drop_table("volunteer_series")
