"""initial

Revision ID: 0001
Revises:
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pointsys.plugin import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "wishes_counter",
        sa.Column("key", sa.String(length=20), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_wishes_counter")),
    )
    op.create_table(
        "wishes_campaign",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("colour", sa.String(length=10), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_wishes_campaign_area_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wishes_campaign")),
        sa.UniqueConstraint("public_id", name=op.f("uq_wishes_campaign_public_id")),
    )
    with op.batch_alter_table("wishes_campaign", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_wishes_campaign_area_id"), ["area_id"], unique=False)

    op.create_table(
        "wishes_household",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_wishes_household_area_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wishes_household")),
        sa.UniqueConstraint("public_id", name=op.f("uq_wishes_household_public_id")),
    )
    with op.batch_alter_table("wishes_household", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_wishes_household_area_id"), ["area_id"], unique=False)

    op.create_table(
        "wishes_organisation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("closed_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_wishes_organisation_area_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wishes_organisation")),
        sa.UniqueConstraint("area_id", "name", name=op.f("uq_wishes_organisation_area_id_name")),
        sa.UniqueConstraint("public_id", name=op.f("uq_wishes_organisation_public_id")),
    )
    op.create_table(
        "wishes_household_member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("household_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("added_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.String(length=100), nullable=False),
        sa.Column("ended_at", UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["household_id"], ["wishes_household.id"], name=op.f("fk_wishes_household_member_household_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_wishes_household_member_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wishes_household_member")),
    )
    with op.batch_alter_table("wishes_household_member", schema=None) as batch_op:
        batch_op.create_index("ix_wishes_household_member_household", ["household_id"], unique=False)
        batch_op.create_index(
            "uq_wishes_household_member_open",
            ["person_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "wishes_liaison",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("linked_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("linked_by", sa.String(length=100), nullable=False),
        sa.Column("ended_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=100), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["wishes_organisation.id"], name=op.f("fk_wishes_liaison_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wishes_liaison")),
        sa.UniqueConstraint("public_id", name=op.f("uq_wishes_liaison_public_id")),
    )
    with op.batch_alter_table("wishes_liaison", schema=None) as batch_op:
        batch_op.create_index("ix_wishes_liaison_account", ["account_id", "organisation_id"], unique=False)
        batch_op.create_index(
            "uq_wishes_liaison_open",
            ["organisation_id", "account_id"],
            unique=True,
            sqlite_where=sa.text("to_on IS NULL"),
            postgresql_where=sa.text("to_on IS NULL"),
        )

    op.create_table(
        "wishes_organisation_member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("added_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.String(length=100), nullable=False),
        sa.Column("ended_at", UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["wishes_organisation.id"],
            name=op.f("fk_wishes_organisation_member_organisation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_wishes_organisation_member_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wishes_organisation_member")),
        sa.UniqueConstraint("public_id", name=op.f("uq_wishes_organisation_member_public_id")),
    )
    with op.batch_alter_table("wishes_organisation_member", schema=None) as batch_op:
        batch_op.create_index("ix_wishes_organisation_member_person", ["person_id"], unique=False)
        batch_op.create_index(
            "uq_wishes_organisation_member_open",
            ["organisation_id", "person_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "wishes_route",
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(length=12), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_wishes_route_area_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["wishes_organisation.id"], name=op.f("fk_wishes_route_organisation_id")
        ),
        sa.PrimaryKeyConstraint("area_id", "category", name=op.f("pk_wishes_route")),
    )
    op.create_table(
        "wishes_sheet",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=True),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("consent_on", sa.Date(), nullable=False),
        sa.Column("consent_note", sa.String(length=200), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("columns", sa.Text(), nullable=False),
        sa.Column("cells_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=100), nullable=False),
        sa.Column("created_by_account", sa.Integer(), nullable=True),
        sa.Column("closed_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_wishes_sheet_area_id")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_wishes_sheet_batch_id")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["wishes_campaign.id"], name=op.f("fk_wishes_sheet_campaign_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wishes_sheet")),
        sa.UniqueConstraint("public_id", name=op.f("uq_wishes_sheet_public_id")),
    )
    with op.batch_alter_table("wishes_sheet", schema=None) as batch_op:
        batch_op.create_index("ix_wishes_sheet_area", ["area_id", "id"], unique=False)

    op.create_table(
        "wishes_wish",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("household_id", sa.Integer(), nullable=True),
        sa.Column("campaign_id", sa.Integer(), nullable=True),
        sa.Column("category", sa.String(length=12), nullable=False),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column("public_text", sa.Text(), nullable=False),
        sa.Column("private_text", sa.Text(), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("slots", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("consent_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("consent_note", sa.String(length=200), nullable=False),
        sa.Column("submitted_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("submitted_by", sa.String(length=100), nullable=False),
        sa.Column("submitted_by_account", sa.Integer(), nullable=True),
        sa.Column("reviewed_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("reviewed_by", sa.String(length=100), nullable=False),
        sa.Column("reviewed_by_account", sa.Integer(), nullable=True),
        sa.Column("published_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("frozen_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("expires_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_at", UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("slots BETWEEN 1 AND 10", name=op.f("ck_wishes_wish_slots")),
        sa.CheckConstraint("taken >= 0 AND taken <= slots", name=op.f("ck_wishes_wish_places")),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_wishes_wish_area_id")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["wishes_campaign.id"], name=op.f("fk_wishes_wish_campaign_id")
        ),
        sa.ForeignKeyConstraint(
            ["household_id"], ["wishes_household.id"], name=op.f("fk_wishes_wish_household_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_wishes_wish_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wishes_wish")),
        sa.UniqueConstraint("public_id", name=op.f("uq_wishes_wish_public_id")),
        sa.UniqueConstraint("year", "number", name=op.f("uq_wishes_wish_year_number")),
    )
    with op.batch_alter_table("wishes_wish", schema=None) as batch_op:
        batch_op.create_index("ix_wishes_wish_area", ["area_id", "state", "submitted_at"], unique=False)
        batch_op.create_index("ix_wishes_wish_campaign", ["campaign_id"], unique=False)
        batch_op.create_index("ix_wishes_wish_expiry", ["state", "expires_at"], unique=False)
        batch_op.create_index("ix_wishes_wish_household", ["household_id"], unique=False)
        batch_op.create_index("ix_wishes_wish_person", ["person_id"], unique=False)

    op.create_table(
        "wishes_claim",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("wish_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("assigned", sa.Boolean(), nullable=False),
        sa.Column("qty", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("claimed_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("claimed_by", sa.String(length=100), nullable=False),
        sa.Column("claimed_by_account", sa.Integer(), nullable=True),
        sa.Column("contact_due", UtcDateTime(timezone=True), nullable=False),
        sa.Column("reminded_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("contacted_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("deliver_due", UtcDateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("delivery_note", sa.Text(), nullable=False),
        sa.Column("confirmed_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by", sa.String(length=100), nullable=False),
        sa.Column("confirmed_by_account", sa.Integer(), nullable=True),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("thanks", sa.Text(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("ended_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(length=200), nullable=False),
        sa.CheckConstraint("qty >= 1", name=op.f("ck_wishes_claim_qty")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["wishes_organisation.id"], name=op.f("fk_wishes_claim_organisation_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_wishes_claim_person_id")),
        sa.ForeignKeyConstraint(["wish_id"], ["wishes_wish.id"], name=op.f("fk_wishes_claim_wish_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wishes_claim")),
        sa.UniqueConstraint("public_id", name=op.f("uq_wishes_claim_public_id")),
    )
    with op.batch_alter_table("wishes_claim", schema=None) as batch_op:
        batch_op.create_index("ix_wishes_claim_due", ["state", "contact_due"], unique=False)
        batch_op.create_index("ix_wishes_claim_person", ["person_id", "state"], unique=False)
        batch_op.create_index("ix_wishes_claim_wish", ["wish_id", "state"], unique=False)
        batch_op.create_index(
            "uq_wishes_claim_organisation",
            ["wish_id", "organisation_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('active', 'delivered', 'confirmed')"),
            postgresql_where=sa.text("state IN ('active', 'delivered', 'confirmed')"),
        )


def downgrade() -> None:
    """Take this step back."""
    with op.batch_alter_table("wishes_claim", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_wishes_claim_organisation",
            sqlite_where=sa.text("state IN ('active', 'delivered', 'confirmed')"),
            postgresql_where=sa.text("state IN ('active', 'delivered', 'confirmed')"),
        )
        batch_op.drop_index("ix_wishes_claim_wish")
        batch_op.drop_index("ix_wishes_claim_person")
        batch_op.drop_index("ix_wishes_claim_due")

    op.drop_table("wishes_claim")
    with op.batch_alter_table("wishes_wish", schema=None) as batch_op:
        batch_op.drop_index("ix_wishes_wish_person")
        batch_op.drop_index("ix_wishes_wish_household")
        batch_op.drop_index("ix_wishes_wish_expiry")
        batch_op.drop_index("ix_wishes_wish_campaign")
        batch_op.drop_index("ix_wishes_wish_area")

    op.drop_table("wishes_wish")
    with op.batch_alter_table("wishes_sheet", schema=None) as batch_op:
        batch_op.drop_index("ix_wishes_sheet_area")

    op.drop_table("wishes_sheet")
    op.drop_table("wishes_route")
    with op.batch_alter_table("wishes_organisation_member", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_wishes_organisation_member_open",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.drop_index("ix_wishes_organisation_member_person")

    op.drop_table("wishes_organisation_member")
    with op.batch_alter_table("wishes_liaison", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_wishes_liaison_open",
            sqlite_where=sa.text("to_on IS NULL"),
            postgresql_where=sa.text("to_on IS NULL"),
        )
        batch_op.drop_index("ix_wishes_liaison_account")

    op.drop_table("wishes_liaison")
    with op.batch_alter_table("wishes_household_member", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_wishes_household_member_open",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.drop_index("ix_wishes_household_member_household")

    op.drop_table("wishes_household_member")
    op.drop_table("wishes_organisation")
    with op.batch_alter_table("wishes_household", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_wishes_household_area_id"))

    op.drop_table("wishes_household")
    with op.batch_alter_table("wishes_campaign", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_wishes_campaign_area_id"))

    op.drop_table("wishes_campaign")
    op.drop_table("wishes_counter")
