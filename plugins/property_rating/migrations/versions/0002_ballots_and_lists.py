"""ballots and lists

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
        "property_appeal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("entrant_id", sa.Integer(), nullable=False),
        sa.Column("round_no", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(length=8), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("needed", sa.Integer(), nullable=False),
        sa.Column("supporting", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("raised_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("raised_by", sa.String(length=100), nullable=False),
        sa.Column("raised_by_account", sa.Integer(), nullable=True),
        sa.Column("raised_by_person", sa.Integer(), nullable=True),
        sa.Column("heard_on", sa.Date(), nullable=True),
        sa.Column("hearing", sa.String(length=1000), nullable=False),
        sa.Column("ruled_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("ruled_by", sa.String(length=100), nullable=False),
        sa.Column("ruled_by_account", sa.Integer(), nullable=True),
        sa.Column("ruling", sa.String(length=1000), nullable=False),
        sa.Column("unchanged", sa.String(length=500), nullable=False),
        sa.Column("retracted_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("retracted_why", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["entrant_id"], ["property_entrant.id"], name=op.f("fk_property_appeal_entrant_id")
        ),
        sa.ForeignKeyConstraint(
            ["raised_by_person"], ["person.id"], name=op.f("fk_property_appeal_raised_by_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_property_appeal")),
        sa.UniqueConstraint("public_id", name=op.f("uq_property_appeal_public_id")),
    )
    with op.batch_alter_table("property_appeal", schema=None) as batch_op:
        batch_op.create_index("ix_property_appeal_entrant", ["entrant_id"], unique=False)
        batch_op.create_index(
            "uq_property_appeal_live",
            ["entrant_id", "side"],
            unique=True,
            sqlite_where=sa.text("state IN ('gathering', 'open')"),
            postgresql_where=sa.text("state IN ('gathering', 'open')"),
        )

    op.create_table(
        "property_ballot",
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("entrant_id", sa.Integer(), nullable=False),
        sa.Column("score", sa.String(length=40), nullable=False),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entrant_id"], ["property_entrant.id"], name=op.f("fk_property_ballot_entrant_id")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_property_ballot")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("property_ballot", schema=None) as batch_op:
        batch_op.create_index("ix_property_ballot_entrant", ["entrant_id", "score"], unique=False)

    op.create_table(
        "property_dwelling",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=True),
        sa.Column("estate_id", sa.Integer(), nullable=False),
        sa.Column("building_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("unsold", sa.Boolean(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["building_id"], ["property_building.id"], name=op.f("fk_property_dwelling_building_id")
        ),
        sa.ForeignKeyConstraint(
            ["estate_id"], ["property_estate.id"], name=op.f("fk_property_dwelling_estate_id")
        ),
        sa.ForeignKeyConstraint(
            ["import_id"], ["property_import.id"], name=op.f("fk_property_dwelling_import_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_property_dwelling")),
        sa.UniqueConstraint("building_id", "number", name=op.f("uq_property_dwelling_building_id_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_property_dwelling_public_id")),
    )
    with op.batch_alter_table("property_dwelling", schema=None) as batch_op:
        batch_op.create_index("ix_property_dwelling_estate", ["estate_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_property_dwelling_import_id"), ["import_id"], unique=False)

    op.create_table(
        "property_listing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("entrant_id", sa.Integer(), nullable=False),
        sa.Column("estate_id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("colour", sa.String(length=8), nullable=False),
        sa.Column("in_a_row", sa.Integer(), nullable=False),
        sa.Column("listed_on", sa.Date(), nullable=False),
        sa.Column("rectify_by", sa.Date(), nullable=True),
        sa.Column("rectified_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_property_listing_area_id")),
        sa.ForeignKeyConstraint(
            ["company_id"], ["property_company.id"], name=op.f("fk_property_listing_company_id")
        ),
        sa.ForeignKeyConstraint(
            ["entrant_id"], ["property_entrant.id"], name=op.f("fk_property_listing_entrant_id")
        ),
        sa.ForeignKeyConstraint(
            ["estate_id"], ["property_estate.id"], name=op.f("fk_property_listing_estate_id")
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["property_round.id"], name=op.f("fk_property_listing_round_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_property_listing")),
        sa.UniqueConstraint("entrant_id", name=op.f("uq_property_listing_entrant_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_property_listing_public_id")),
    )
    with op.batch_alter_table("property_listing", schema=None) as batch_op:
        batch_op.create_index("ix_property_listing_area", ["area_id", "listed_on"], unique=False)
        batch_op.create_index("ix_property_listing_company", ["company_id"], unique=False)
        batch_op.create_index("ix_property_listing_estate", ["estate_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_property_listing_round_id"), ["round_id"], unique=False)

    op.create_table(
        "property_rater_sheet",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("entrant_id", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(length=40), nullable=False),
        sa.Column("rater", sa.String(length=60), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("value", sa.String(length=20), nullable=False),
        sa.Column("evidence", sa.String(length=1000), nullable=False),
        sa.Column("photos_of_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("recorded_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=100), nullable=False),
        sa.Column("recorded_by_account", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["entrant_id"], ["property_entrant.id"], name=op.f("fk_property_rater_sheet_entrant_id")
        ),
        sa.ForeignKeyConstraint(
            ["photos_of_id"], ["property_rater_sheet.id"], name=op.f("fk_property_rater_sheet_photos_of_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_property_rater_sheet")),
        sa.UniqueConstraint("public_id", name=op.f("uq_property_rater_sheet_public_id")),
    )
    with op.batch_alter_table("property_rater_sheet", schema=None) as batch_op:
        batch_op.create_index(
            "uq_property_rater_sheet_live",
            ["entrant_id", "part", "rater"],
            unique=True,
            sqlite_where=sa.text("state = 'live'"),
            postgresql_where=sa.text("state = 'live'"),
        )

    op.create_table(
        "property_reception_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("reception_id", sa.Integer(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("promised_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("handled_on", sa.Date(), nullable=True),
        sa.Column("handled_by", sa.String(length=100), nullable=False),
        sa.Column("handled_by_account", sa.Integer(), nullable=True),
        sa.Column("revisit", sa.String(length=10), nullable=False),
        sa.Column("revisited_on", sa.Date(), nullable=True),
        sa.Column("logged_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("logged_by", sa.String(length=100), nullable=False),
        sa.Column("logged_by_account", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'solved', 'unsolved')", name=op.f("ck_property_reception_item_state")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_property_reception_item_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["reception_id"], ["property_reception.id"], name=op.f("fk_property_reception_item_reception_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_property_reception_item")),
        sa.UniqueConstraint("public_id", name=op.f("uq_property_reception_item_public_id")),
        sa.UniqueConstraint("reception_id", "no", name=op.f("uq_property_reception_item_reception_id_no")),
    )
    with op.batch_alter_table("property_reception_item", schema=None) as batch_op:
        batch_op.create_index("ix_property_reception_item_open", ["state", "promised_on"], unique=False)
        batch_op.create_index("ix_property_reception_item_person", ["person_id"], unique=False)

    op.create_table(
        "property_reply",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("entrant_id", sa.Integer(), nullable=False),
        sa.Column("words", sa.String(length=2000), nullable=False),
        sa.Column("written_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("written_by", sa.String(length=100), nullable=False),
        sa.Column("written_by_account", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["entrant_id"], ["property_entrant.id"], name=op.f("fk_property_reply_entrant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_property_reply")),
        sa.UniqueConstraint("public_id", name=op.f("uq_property_reply_public_id")),
    )
    with op.batch_alter_table("property_reply", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_property_reply_entrant_id"), ["entrant_id"], unique=False)

    op.create_table(
        "property_round_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("entrant_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["entrant_id"], ["property_entrant.id"], name=op.f("fk_property_round_event_entrant_id")
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["property_round.id"], name=op.f("fk_property_round_event_round_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_property_round_event")),
        sa.UniqueConstraint("round_id", "no", name=op.f("uq_property_round_event_round_id_no")),
    )
    op.create_table(
        "property_veto",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("entrant_id", sa.Integer(), nullable=False),
        sa.Column("event", sa.String(length=60), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("document_no", sa.String(length=60), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("recorded_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=100), nullable=False),
        sa.Column("recorded_by_account", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["entrant_id"], ["property_entrant.id"], name=op.f("fk_property_veto_entrant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_property_veto")),
        sa.UniqueConstraint("public_id", name=op.f("uq_property_veto_public_id")),
    )
    with op.batch_alter_table("property_veto", schema=None) as batch_op:
        batch_op.create_index("ix_property_veto_entrant", ["entrant_id"], unique=False)

    op.create_table(
        "property_appeal_support",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("appeal_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("joined_on", sa.Date(), nullable=False),
        sa.Column("method", sa.String(length=8), nullable=False),
        sa.Column("dwelling_id", sa.Integer(), nullable=True),
        sa.Column("waits", sa.Boolean(), nullable=False),
        sa.Column("entered_by", sa.String(length=100), nullable=False),
        sa.Column("entered_by_account", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["appeal_id"], ["property_appeal.id"], name=op.f("fk_property_appeal_support_appeal_id")
        ),
        sa.ForeignKeyConstraint(
            ["dwelling_id"], ["property_dwelling.id"], name=op.f("fk_property_appeal_support_dwelling_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_property_appeal_support_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_property_appeal_support")),
        sa.UniqueConstraint(
            "appeal_id", "person_id", name=op.f("uq_property_appeal_support_appeal_id_person_id")
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_property_appeal_support_public_id")),
    )
    with op.batch_alter_table("property_appeal_support", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_property_appeal_support_person_id"), ["person_id"], unique=False)

    op.create_table(
        "property_credit_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("estate_id", sa.Integer(), nullable=True),
        sa.Column("listing_id", sa.Integer(), nullable=True),
        sa.Column("source", sa.String(length=12), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("points", sa.String(length=20), nullable=False),
        sa.Column("serious", sa.Boolean(), nullable=False),
        sa.Column("document_no", sa.String(length=60), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=100), nullable=False),
        sa.Column("voided_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("voided_by", sa.String(length=100), nullable=False),
        sa.Column("void_reason", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_property_credit_item_area_id")),
        sa.ForeignKeyConstraint(
            ["company_id"], ["property_company.id"], name=op.f("fk_property_credit_item_company_id")
        ),
        sa.ForeignKeyConstraint(
            ["estate_id"], ["property_estate.id"], name=op.f("fk_property_credit_item_estate_id")
        ),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["property_listing.id"], name=op.f("fk_property_credit_item_listing_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_property_credit_item")),
        sa.UniqueConstraint("key", name=op.f("uq_property_credit_item_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_property_credit_item_public_id")),
    )
    with op.batch_alter_table("property_credit_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_property_credit_item_area_id"), ["area_id"], unique=False)
        batch_op.create_index("ix_property_credit_item_company", ["company_id", "from_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_property_credit_item_listing_id"), ["listing_id"], unique=False)


def downgrade() -> None:
    """Take this step back."""
    with op.batch_alter_table("property_credit_item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_property_credit_item_listing_id"))
        batch_op.drop_index("ix_property_credit_item_company")
        batch_op.drop_index(batch_op.f("ix_property_credit_item_area_id"))

    op.drop_table("property_credit_item")
    with op.batch_alter_table("property_appeal_support", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_property_appeal_support_person_id"))

    op.drop_table("property_appeal_support")
    with op.batch_alter_table("property_veto", schema=None) as batch_op:
        batch_op.drop_index("ix_property_veto_entrant")

    op.drop_table("property_veto")
    op.drop_table("property_round_event")
    with op.batch_alter_table("property_reply", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_property_reply_entrant_id"))

    op.drop_table("property_reply")
    with op.batch_alter_table("property_reception_item", schema=None) as batch_op:
        batch_op.drop_index("ix_property_reception_item_person")
        batch_op.drop_index("ix_property_reception_item_open")

    op.drop_table("property_reception_item")
    with op.batch_alter_table("property_rater_sheet", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_property_rater_sheet_live",
            sqlite_where=sa.text("state = 'live'"),
            postgresql_where=sa.text("state = 'live'"),
        )

    op.drop_table("property_rater_sheet")
    with op.batch_alter_table("property_listing", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_property_listing_round_id"))
        batch_op.drop_index("ix_property_listing_estate")
        batch_op.drop_index("ix_property_listing_company")
        batch_op.drop_index("ix_property_listing_area")

    op.drop_table("property_listing")
    with op.batch_alter_table("property_dwelling", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_property_dwelling_import_id"))
        batch_op.drop_index("ix_property_dwelling_estate")

    op.drop_table("property_dwelling")
    with op.batch_alter_table("property_ballot", schema=None) as batch_op:
        batch_op.drop_index("ix_property_ballot_entrant")

    op.drop_table("property_ballot")
    with op.batch_alter_table("property_appeal", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_property_appeal_live",
            sqlite_where=sa.text("state IN ('gathering', 'open')"),
            postgresql_where=sa.text("state IN ('gathering', 'open')"),
        )
        batch_op.drop_index("ix_property_appeal_entrant")

    op.drop_table("property_appeal")
