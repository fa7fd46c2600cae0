"""owners and measures

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
        "property_measure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("estate_id", sa.Integer(), nullable=True),
        sa.Column("listing_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("what", sa.String(length=500), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("report", sa.String(length=1000), nullable=False),
        sa.Column("reported_on", sa.Date(), nullable=True),
        sa.Column("reported_by", sa.String(length=100), nullable=False),
        sa.Column("reported_by_account", sa.Integer(), nullable=True),
        sa.Column("finding", sa.String(length=500), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=True),
        sa.Column("checked_by", sa.String(length=100), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_property_measure_area_id")),
        sa.ForeignKeyConstraint(
            ["company_id"], ["property_company.id"], name=op.f("fk_property_measure_company_id")
        ),
        sa.ForeignKeyConstraint(
            ["estate_id"], ["property_estate.id"], name=op.f("fk_property_measure_estate_id")
        ),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["property_listing.id"], name=op.f("fk_property_measure_listing_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_property_measure")),
        sa.UniqueConstraint("public_id", name=op.f("uq_property_measure_public_id")),
    )
    with op.batch_alter_table("property_measure", schema=None) as batch_op:
        batch_op.create_index("ix_property_measure_area", ["area_id", "state", "due_on"], unique=False)
        batch_op.create_index("ix_property_measure_company", ["company_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_property_measure_listing_id"), ["listing_id"], unique=False)

    op.create_table(
        "property_owner_proof",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("dwelling_id", sa.Integer(), nullable=False),
        sa.Column("votes", sa.Boolean(), nullable=False),
        sa.Column("method", sa.String(length=12), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=False),
        sa.Column("checked_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("checked_by", sa.String(length=100), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["dwelling_id"], ["property_dwelling.id"], name=op.f("fk_property_owner_proof_dwelling_id")
        ),
        sa.ForeignKeyConstraint(
            ["import_id"], ["property_import.id"], name=op.f("fk_property_owner_proof_import_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_property_owner_proof_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_property_owner_proof")),
        sa.UniqueConstraint("public_id", name=op.f("uq_property_owner_proof_public_id")),
    )
    with op.batch_alter_table("property_owner_proof", schema=None) as batch_op:
        batch_op.create_index("ix_property_owner_proof_dwelling", ["dwelling_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_property_owner_proof_import_id"), ["import_id"], unique=False)
        batch_op.create_index("ix_property_owner_proof_person", ["person_id"], unique=False)
        batch_op.create_index(
            "uq_property_owner_proof_voter",
            ["dwelling_id"],
            unique=True,
            sqlite_where=sa.text("votes AND ended_on IS NULL"),
            postgresql_where=sa.text("votes AND ended_on IS NULL"),
        )

    op.create_table(
        "property_reception_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(length=10), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["property_reception_item.id"], name=op.f("fk_property_reception_step_item_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_property_reception_step")),
    )
    with op.batch_alter_table("property_reception_step", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_property_reception_step_item_id"), ["item_id"], unique=False)

    op.create_table(
        "property_voter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("entrant_id", sa.Integer(), nullable=False),
        sa.Column("dwelling_id", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(length=16), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.Column("token_on", sa.Date(), nullable=True),
        sa.Column("voted_on", sa.Date(), nullable=True),
        sa.Column("method", sa.String(length=8), nullable=False),
        sa.Column("logged", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dwelling_id"], ["property_dwelling.id"], name=op.f("fk_property_voter_dwelling_id")
        ),
        sa.ForeignKeyConstraint(
            ["entrant_id"], ["property_entrant.id"], name=op.f("fk_property_voter_entrant_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_property_voter_person_id")),
        sa.ForeignKeyConstraint(["round_id"], ["property_round.id"], name=op.f("fk_property_voter_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_property_voter")),
        sa.UniqueConstraint("public_id", name=op.f("uq_property_voter_public_id")),
        sa.UniqueConstraint("round_id", "dwelling_id", name=op.f("uq_property_voter_round_id_dwelling_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_property_voter_token_hash")),
    )
    with op.batch_alter_table("property_voter", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_property_voter_dwelling_id"), ["dwelling_id"], unique=False)
        batch_op.create_index("ix_property_voter_entrant", ["entrant_id", "head"], unique=False)
        batch_op.create_index(batch_op.f("ix_property_voter_person_id"), ["person_id"], unique=False)


def downgrade() -> None:
    """Take this step back."""
    with op.batch_alter_table("property_voter", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_property_voter_person_id"))
        batch_op.drop_index("ix_property_voter_entrant")
        batch_op.drop_index(batch_op.f("ix_property_voter_dwelling_id"))

    op.drop_table("property_voter")
    with op.batch_alter_table("property_reception_step", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_property_reception_step_item_id"))

    op.drop_table("property_reception_step")
    with op.batch_alter_table("property_owner_proof", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_property_owner_proof_voter",
            sqlite_where=sa.text("votes AND ended_on IS NULL"),
            postgresql_where=sa.text("votes AND ended_on IS NULL"),
        )
        batch_op.drop_index("ix_property_owner_proof_person")
        batch_op.drop_index(batch_op.f("ix_property_owner_proof_import_id"))
        batch_op.drop_index("ix_property_owner_proof_dwelling")

    op.drop_table("property_owner_proof")
    with op.batch_alter_table("property_measure", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_property_measure_listing_id"))
        batch_op.drop_index("ix_property_measure_company")
        batch_op.drop_index("ix_property_measure_area")

    op.drop_table("property_measure")
