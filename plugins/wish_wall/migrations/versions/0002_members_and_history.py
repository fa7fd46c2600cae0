"""members and history

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pointsys.plugin import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""

    op.create_table(
        "wishes_dispatch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("wish_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("sent_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("sent_by", sa.String(length=100), nullable=False),
        sa.Column("sent_by_account", sa.Integer(), nullable=True),
        sa.Column("reminded_on", sa.Date(), nullable=True),
        sa.Column("reminders", sa.Integer(), nullable=False),
        sa.Column("ended_at", UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('sent', 'accepted', 'answered', 'returned', 'recalled')",
            name=op.f("ck_wishes_dispatch_state"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["wishes_organisation.id"], name=op.f("fk_wishes_dispatch_organisation_id")
        ),
        sa.ForeignKeyConstraint(["wish_id"], ["wishes_wish.id"], name=op.f("fk_wishes_dispatch_wish_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wishes_dispatch")),
        sa.UniqueConstraint("public_id", name=op.f("uq_wishes_dispatch_public_id")),
    )
    with op.batch_alter_table("wishes_dispatch", schema=None) as batch_op:
        batch_op.create_index("ix_wishes_dispatch_due", ["state", "due_on"], unique=False)
        batch_op.create_index("ix_wishes_dispatch_organisation", ["organisation_id", "state"], unique=False)
        batch_op.create_index(batch_op.f("ix_wishes_dispatch_wish_id"), ["wish_id"], unique=False)
        batch_op.create_index(
            "uq_wishes_dispatch_waiting",
            ["wish_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('sent', 'accepted')"),
            postgresql_where=sa.text("state IN ('sent', 'accepted')"),
        )

    op.create_table(
        "wishes_referral",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("wish_id", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=100), nullable=False),
        sa.Column("answered_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.String(length=100), nullable=False),
        sa.CheckConstraint("state IN ('open', 'answered')", name=op.f("ck_wishes_referral_state")),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_wishes_referral_area_id")),
        sa.ForeignKeyConstraint(["wish_id"], ["wishes_wish.id"], name=op.f("fk_wishes_referral_wish_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wishes_referral")),
        sa.UniqueConstraint("public_id", name=op.f("uq_wishes_referral_public_id")),
        sa.UniqueConstraint("wish_id", name=op.f("uq_wishes_referral_wish_id")),
        sa.UniqueConstraint("year", "number", name=op.f("uq_wishes_referral_year_number")),
    )
    with op.batch_alter_table("wishes_referral", schema=None) as batch_op:
        batch_op.create_index("ix_wishes_referral_area", ["area_id", "state", "created_at"], unique=False)

    op.create_table(
        "wishes_sheet_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sheet_id", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("wish_id", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(length=12), nullable=False),
        sa.Column("title_key", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(
            ["sheet_id"], ["wishes_sheet.id"], name=op.f("fk_wishes_sheet_line_sheet_id")
        ),
        sa.ForeignKeyConstraint(["wish_id"], ["wishes_wish.id"], name=op.f("fk_wishes_sheet_line_wish_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wishes_sheet_line")),
        sa.UniqueConstraint("wish_id", name=op.f("uq_wishes_sheet_line_wish_id")),
    )
    with op.batch_alter_table("wishes_sheet_line", schema=None) as batch_op:
        batch_op.create_index("ix_wishes_sheet_line_sheet", ["sheet_id"], unique=False)

    op.create_table(
        "wishes_claim_member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("wish_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("agreed_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("left_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["wishes_claim.id"], name=op.f("fk_wishes_claim_member_claim_id")
        ),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_wishes_claim_member_entry_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_wishes_claim_member_person_id")),
        sa.ForeignKeyConstraint(["wish_id"], ["wishes_wish.id"], name=op.f("fk_wishes_claim_member_wish_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wishes_claim_member")),
        sa.UniqueConstraint("claim_id", "person_id", name=op.f("uq_wishes_claim_member_claim_id_person_id")),
    )
    with op.batch_alter_table("wishes_claim_member", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_wishes_claim_member_entry_id"), ["entry_id"], unique=False)
        batch_op.create_index("ix_wishes_claim_member_person", ["person_id", "live"], unique=False)
        batch_op.create_index(
            "uq_wishes_claim_member_live",
            ["wish_id", "person_id"],
            unique=True,
            sqlite_where=sa.text("live"),
            postgresql_where=sa.text("live"),
        )

    op.create_table(
        "wishes_dispatch_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dispatch_id", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(length=12), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["dispatch_id"], ["wishes_dispatch.id"], name=op.f("fk_wishes_dispatch_step_dispatch_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wishes_dispatch_step")),
    )
    with op.batch_alter_table("wishes_dispatch_step", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_wishes_dispatch_step_dispatch_id"), ["dispatch_id"], unique=False
        )

    op.create_table(
        "wishes_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wish_id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=12), nullable=False),
        sa.Column("before", sa.String(length=12), nullable=False),
        sa.Column("after", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["wishes_claim.id"], name=op.f("fk_wishes_event_claim_id")),
        sa.ForeignKeyConstraint(["wish_id"], ["wishes_wish.id"], name=op.f("fk_wishes_event_wish_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wishes_event")),
    )
    with op.batch_alter_table("wishes_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_wishes_event_wish_id"), ["wish_id"], unique=False)


def downgrade() -> None:
    """Take this step back."""
    with op.batch_alter_table("wishes_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_wishes_event_wish_id"))

    op.drop_table("wishes_event")
    with op.batch_alter_table("wishes_dispatch_step", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_wishes_dispatch_step_dispatch_id"))

    op.drop_table("wishes_dispatch_step")
    with op.batch_alter_table("wishes_claim_member", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_wishes_claim_member_live", sqlite_where=sa.text("live"), postgresql_where=sa.text("live")
        )
        batch_op.drop_index("ix_wishes_claim_member_person")
        batch_op.drop_index(batch_op.f("ix_wishes_claim_member_entry_id"))

    op.drop_table("wishes_claim_member")
    with op.batch_alter_table("wishes_sheet_line", schema=None) as batch_op:
        batch_op.drop_index("ix_wishes_sheet_line_sheet")

    op.drop_table("wishes_sheet_line")
    with op.batch_alter_table("wishes_referral", schema=None) as batch_op:
        batch_op.drop_index("ix_wishes_referral_area")

    op.drop_table("wishes_referral")
    with op.batch_alter_table("wishes_dispatch", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_wishes_dispatch_waiting",
            sqlite_where=sa.text("state IN ('sent', 'accepted')"),
            postgresql_where=sa.text("state IN ('sent', 'accepted')"),
        )
        batch_op.drop_index(batch_op.f("ix_wishes_dispatch_wish_id"))
        batch_op.drop_index("ix_wishes_dispatch_organisation")
        batch_op.drop_index("ix_wishes_dispatch_due")

    op.drop_table("wishes_dispatch")
