"""record and certificates

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pointsys.plugin import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "volunteer_star_profile",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("used", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=100), nullable=False),
        sa.Column("created_by_account", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_volunteer_star_profile_area_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volunteer_star_profile")),
        sa.UniqueConstraint(
            "area_id", "code", "version", name=op.f("uq_volunteer_star_profile_area_id_code_version")
        ),
    )

    op.create_table(
        "volunteer_award",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("awarded_by", sa.String(length=100), nullable=False),
        sa.Column("awarded_on", sa.Date(), nullable=False),
        sa.Column("document_no", sa.String(length=60), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("void_reason", sa.String(length=500), nullable=False),
        sa.Column("recorded_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=100), nullable=False),
        sa.Column("recorded_by_account", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_volunteer_award_area_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_volunteer_award_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volunteer_award")),
        sa.UniqueConstraint("public_id", name=op.f("uq_volunteer_award_public_id")),
    )
    with op.batch_alter_table("volunteer_award", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_volunteer_award_area_id"), ["area_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_volunteer_award_person_id"), ["person_id"], unique=False)

    op.create_table(
        "volunteer_star_award",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("profile", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=9), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column("needed", sa.Integer(), nullable=False),
        sa.Column("klass", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reached_on", sa.Date(), nullable=False),
        sa.Column("awarded_on", sa.Date(), nullable=True),
        sa.Column("kept_minutes", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_volunteer_star_award_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volunteer_star_award")),
        sa.UniqueConstraint(
            "person_id",
            "profile",
            "period",
            "level",
            name=op.f("uq_volunteer_star_award_person_id_profile_period_level"),
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_volunteer_star_award_public_id")),
    )
    with op.batch_alter_table("volunteer_star_award", schema=None) as batch_op:
        batch_op.create_index("ix_volunteer_star_award_state", ["state", "profile"], unique=False)

    op.create_table(
        "volunteer_certificate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("credit_minutes", sa.Integer(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("by_holder", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_volunteer_certificate_area_id")),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_volunteer_certificate_document_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_volunteer_certificate_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["volunteer_team.id"], name=op.f("fk_volunteer_certificate_team_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volunteer_certificate")),
        sa.UniqueConstraint("document_id", name=op.f("uq_volunteer_certificate_document_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_volunteer_certificate_public_id")),
    )
    with op.batch_alter_table("volunteer_certificate", schema=None) as batch_op:
        batch_op.create_index("ix_volunteer_certificate_area", ["area_id", "id"], unique=False)
        batch_op.create_index("ix_volunteer_certificate_person", ["person_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_volunteer_certificate_team_id"), ["team_id"], unique=False)

    op.create_table(
        "volunteer_evidence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("objection_id", sa.Integer(), nullable=False),
        sa.Column("objector", sa.Boolean(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("words", sa.String(length=1000), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["objection_id"], ["objection.id"], name=op.f("fk_volunteer_evidence_objection_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_volunteer_evidence_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volunteer_evidence")),
    )
    with op.batch_alter_table("volunteer_evidence", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_volunteer_evidence_objection_id"), ["objection_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_volunteer_evidence_person_id"), ["person_id"], unique=False)

    op.create_table(
        "volunteer_star_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("award_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=12), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["award_id"], ["volunteer_star_award.id"], name=op.f("fk_volunteer_star_event_award_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volunteer_star_event")),
    )
    with op.batch_alter_table("volunteer_star_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_volunteer_star_event_award_id"), ["award_id"], unique=False)

    op.create_table(
        "volunteer_certificate_item",
        sa.Column("certificate_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "entry_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("klass", sa.String(length=6), nullable=False),
        sa.ForeignKeyConstraint(
            ["certificate_id"],
            ["volunteer_certificate.id"],
            name=op.f("fk_volunteer_certificate_item_certificate_id"),
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["entry.id"], name=op.f("fk_volunteer_certificate_item_entry_id")
        ),
        sa.PrimaryKeyConstraint("certificate_id", "entry_id", name=op.f("pk_volunteer_certificate_item")),
    )
    with op.batch_alter_table("volunteer_certificate_item", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_volunteer_certificate_item_entry_id"), ["entry_id"], unique=False
        )

    op.create_table(
        "volunteer_certificate_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("words", sa.String(length=200), server_default="", nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("asked_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.String(length=200), server_default="", nullable=False),
        sa.Column("answered_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.String(length=100), server_default="", nullable=False),
        sa.Column("certificate_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "state IN ('asked', 'issued', 'refused', 'taken_back')",
            name=op.f("ck_volunteer_certificate_request_state"),
        ),
        sa.ForeignKeyConstraint(
            ["area_id"], ["area.id"], name=op.f("fk_volunteer_certificate_request_area_id")
        ),
        sa.ForeignKeyConstraint(
            ["certificate_id"],
            ["volunteer_certificate.id"],
            name=op.f("fk_volunteer_certificate_request_certificate_id"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_volunteer_certificate_request_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volunteer_certificate_request")),
        sa.UniqueConstraint("public_id", name=op.f("uq_volunteer_certificate_request_public_id")),
    )
    with op.batch_alter_table("volunteer_certificate_request", schema=None) as batch_op:
        batch_op.create_index(
            "ix_volunteer_certificate_request_area", ["area_id", "state", "id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_volunteer_certificate_request_person_id"), ["person_id"], unique=False
        )
        batch_op.create_index(
            "ux_volunteer_certificate_request_open",
            ["person_id"],
            unique=True,
            sqlite_where=sa.text("state = 'asked'"),
            postgresql_where=sa.text("state = 'asked'"),
        )

    op.create_table(
        "volunteer_evaluation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(length=10), nullable=False),
        sa.Column("rater", sa.String(length=80), nullable=False),
        sa.Column("rater_person_id", sa.Integer(), nullable=True),
        sa.Column("rater_name", sa.String(length=60), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("words", sa.String(length=500), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=100), nullable=False),
        sa.Column("recorded_by_account", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_volunteer_evaluation_area_id")),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_volunteer_evaluation_entry_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_volunteer_evaluation_person_id")),
        sa.ForeignKeyConstraint(
            ["rater_person_id"], ["person.id"], name=op.f("fk_volunteer_evaluation_rater_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volunteer_evaluation")),
        sa.UniqueConstraint("entry_id", "rater", name=op.f("uq_volunteer_evaluation_entry_id_rater")),
        sa.UniqueConstraint("public_id", name=op.f("uq_volunteer_evaluation_public_id")),
    )
    with op.batch_alter_table("volunteer_evaluation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_volunteer_evaluation_area_id"), ["area_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_volunteer_evaluation_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_volunteer_evaluation_rater_person_id"), ["rater_person_id"], unique=False
        )


def downgrade() -> None:
    """Take this step back."""
    with op.batch_alter_table("volunteer_evaluation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_volunteer_evaluation_rater_person_id"))
        batch_op.drop_index(batch_op.f("ix_volunteer_evaluation_person_id"))
        batch_op.drop_index(batch_op.f("ix_volunteer_evaluation_area_id"))

    op.drop_table("volunteer_evaluation")
    with op.batch_alter_table("volunteer_certificate_request", schema=None) as batch_op:
        batch_op.drop_index(
            "ux_volunteer_certificate_request_open",
            sqlite_where=sa.text("state = 'asked'"),
            postgresql_where=sa.text("state = 'asked'"),
        )
        batch_op.drop_index(batch_op.f("ix_volunteer_certificate_request_person_id"))
        batch_op.drop_index("ix_volunteer_certificate_request_area")

    op.drop_table("volunteer_certificate_request")
    with op.batch_alter_table("volunteer_certificate_item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_volunteer_certificate_item_entry_id"))

    op.drop_table("volunteer_certificate_item")
    with op.batch_alter_table("volunteer_star_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_volunteer_star_event_award_id"))

    op.drop_table("volunteer_star_event")
    with op.batch_alter_table("volunteer_evidence", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_volunteer_evidence_person_id"))
        batch_op.drop_index(batch_op.f("ix_volunteer_evidence_objection_id"))

    op.drop_table("volunteer_evidence")
    with op.batch_alter_table("volunteer_certificate", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_volunteer_certificate_team_id"))
        batch_op.drop_index("ix_volunteer_certificate_person")
        batch_op.drop_index("ix_volunteer_certificate_area")

    op.drop_table("volunteer_certificate")
    with op.batch_alter_table("volunteer_star_award", schema=None) as batch_op:
        batch_op.drop_index("ix_volunteer_star_award_state")

    op.drop_table("volunteer_star_award")
    with op.batch_alter_table("volunteer_award", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_volunteer_award_person_id"))
        batch_op.drop_index(batch_op.f("ix_volunteer_award_area_id"))

    op.drop_table("volunteer_award")
    op.drop_table("volunteer_star_profile")
