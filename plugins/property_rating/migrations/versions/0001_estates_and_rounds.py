"""estates and rounds

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
        "property_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("rows", sa.LargeBinary(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=100), nullable=False),
        sa.Column("finished_at", UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_property_import_area_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_property_import")),
        sa.UniqueConstraint("public_id", name=op.f("uq_property_import_public_id")),
    )
    with op.batch_alter_table("property_import", schema=None) as batch_op:
        batch_op.create_index("ix_property_import_area", ["area_id", "state"], unique=False)

    op.create_table(
        "property_scheme_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("scheme_id", sa.String(length=60), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("published_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_property_scheme_version_area_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_property_scheme_version")),
        sa.UniqueConstraint(
            "area_id", "scheme_id", "no", name=op.f("uq_property_scheme_version_area_id_scheme_id_no")
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_property_scheme_version_public_id")),
    )
    op.create_table(
        "property_company",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=True),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("uscc", sa.String(length=18), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_property_company_area_id")),
        sa.ForeignKeyConstraint(
            ["import_id"], ["property_import.id"], name=op.f("fk_property_company_import_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_property_company")),
        sa.UniqueConstraint("area_id", "uscc", name=op.f("uq_property_company_area_id_uscc")),
        sa.UniqueConstraint("public_id", name=op.f("uq_property_company_public_id")),
    )
    with op.batch_alter_table("property_company", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_property_company_import_id"), ["import_id"], unique=False)

    op.create_table(
        "property_estate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=True),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("households", sa.Integer(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_property_estate_area_id")),
        sa.ForeignKeyConstraint(
            ["import_id"], ["property_import.id"], name=op.f("fk_property_estate_import_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_property_estate")),
        sa.UniqueConstraint("area_id", "name", name=op.f("uq_property_estate_area_id_name")),
        sa.UniqueConstraint("public_id", name=op.f("uq_property_estate_public_id")),
    )
    with op.batch_alter_table("property_estate", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_property_estate_import_id"), ["import_id"], unique=False)

    op.create_table(
        "property_round",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("scheme_version_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("period", sa.String(length=20), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("per", sa.String(length=8), nullable=False),
        sa.Column("organiser", sa.String(length=100), nullable=False),
        sa.Column("kinds", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("opened_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("collect_until", sa.Date(), nullable=False),
        sa.Column("computed_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("computed_by", sa.String(length=100), nullable=False),
        sa.Column("computed_by_account", sa.Integer(), nullable=True),
        sa.Column("round_no", sa.Integer(), nullable=False),
        sa.Column("publicity_id", sa.Integer(), nullable=True),
        sa.Column("final_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("final_by", sa.String(length=100), nullable=False),
        sa.Column("final_by_account", sa.Integer(), nullable=True),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.Column("reuses", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("withdrawal_reason", sa.String(length=500), nullable=False),
        sa.Column("withdrawal_asked_by", sa.String(length=100), nullable=False),
        sa.Column("withdrawal_asked_by_account", sa.Integer(), nullable=True),
        sa.Column("withdrawn_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=100), nullable=False),
        sa.Column("created_by_account", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_property_round_area_id")),
        sa.ForeignKeyConstraint(
            ["publicity_id"], ["publicity.id"], name=op.f("fk_property_round_publicity_id")
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["property_round.id"], name=op.f("fk_property_round_replaces_id")
        ),
        sa.ForeignKeyConstraint(
            ["scheme_version_id"],
            ["property_scheme_version.id"],
            name=op.f("fk_property_round_scheme_version_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_property_round")),
        sa.UniqueConstraint("public_id", name=op.f("uq_property_round_public_id")),
    )
    with op.batch_alter_table("property_round", schema=None) as batch_op:
        batch_op.create_index("ix_property_round_area", ["area_id", "state"], unique=False)
        batch_op.create_index(batch_op.f("ix_property_round_replaces_id"), ["replaces_id"], unique=False)

    op.create_table(
        "property_building",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=True),
        sa.Column("estate_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["estate_id"], ["property_estate.id"], name=op.f("fk_property_building_estate_id")
        ),
        sa.ForeignKeyConstraint(
            ["import_id"], ["property_import.id"], name=op.f("fk_property_building_import_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_property_building")),
        sa.UniqueConstraint("estate_id", "name", name=op.f("uq_property_building_estate_id_name")),
        sa.UniqueConstraint("public_id", name=op.f("uq_property_building_public_id")),
    )
    with op.batch_alter_table("property_building", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_property_building_import_id"), ["import_id"], unique=False)

    op.create_table(
        "property_company_account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("linked_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("linked_by", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["property_company.id"], name=op.f("fk_property_company_account_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_property_company_account")),
        sa.UniqueConstraint("public_id", name=op.f("uq_property_company_account_public_id")),
    )
    with op.batch_alter_table("property_company_account", schema=None) as batch_op:
        batch_op.create_index("ix_property_company_account", ["account_id", "company_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_property_company_account_company_id"), ["company_id"], unique=False
        )

    op.create_table(
        "property_contract",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=True),
        sa.Column("estate_id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("document_no", sa.String(length=60), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["property_company.id"], name=op.f("fk_property_contract_company_id")
        ),
        sa.ForeignKeyConstraint(
            ["estate_id"], ["property_estate.id"], name=op.f("fk_property_contract_estate_id")
        ),
        sa.ForeignKeyConstraint(
            ["import_id"], ["property_import.id"], name=op.f("fk_property_contract_import_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_property_contract")),
        sa.UniqueConstraint("public_id", name=op.f("uq_property_contract_public_id")),
    )
    with op.batch_alter_table("property_contract", schema=None) as batch_op:
        batch_op.create_index("ix_property_contract_company", ["company_id"], unique=False)
        batch_op.create_index("ix_property_contract_estate", ["estate_id", "from_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_property_contract_import_id"), ["import_id"], unique=False)

    op.create_table(
        "property_entrant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("estate_id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("households", sa.Integer(), nullable=False),
        sa.Column("ballots", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("raw", sa.String(length=60), nullable=True),
        sa.Column("score", sa.String(length=20), nullable=True),
        sa.Column("stars", sa.Integer(), nullable=True),
        sa.Column("list_place", sa.String(length=8), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["company_id"], ["property_company.id"], name=op.f("fk_property_entrant_company_id")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_property_entrant_document_id")
        ),
        sa.ForeignKeyConstraint(
            ["estate_id"], ["property_estate.id"], name=op.f("fk_property_entrant_estate_id")
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["property_round.id"], name=op.f("fk_property_entrant_round_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_property_entrant")),
        sa.UniqueConstraint("public_id", name=op.f("uq_property_entrant_public_id")),
        sa.UniqueConstraint("round_id", "estate_id", name=op.f("uq_property_entrant_round_id_estate_id")),
    )
    with op.batch_alter_table("property_entrant", schema=None) as batch_op:
        batch_op.create_index("ix_property_entrant_company", ["company_id"], unique=False)

    op.create_table(
        "property_manager",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=True),
        sa.Column("estate_id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("ended_reason", sa.String(length=200), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["property_company.id"], name=op.f("fk_property_manager_company_id")
        ),
        sa.ForeignKeyConstraint(
            ["estate_id"], ["property_estate.id"], name=op.f("fk_property_manager_estate_id")
        ),
        sa.ForeignKeyConstraint(
            ["import_id"], ["property_import.id"], name=op.f("fk_property_manager_import_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_property_manager")),
        sa.UniqueConstraint("public_id", name=op.f("uq_property_manager_public_id")),
    )
    with op.batch_alter_table("property_manager", schema=None) as batch_op:
        batch_op.create_index("ix_property_manager_company", ["company_id"], unique=False)
        batch_op.create_index("ix_property_manager_estate", ["estate_id", "from_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_property_manager_import_id"), ["import_id"], unique=False)

    op.create_table(
        "property_reception",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("estate_id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("starts", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.Column("place", sa.String(length=100), nullable=False),
        sa.Column("manager", sa.String(length=40), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("called_off_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("called_off_reason", sa.String(length=200), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["property_company.id"], name=op.f("fk_property_reception_company_id")
        ),
        sa.ForeignKeyConstraint(
            ["estate_id"], ["property_estate.id"], name=op.f("fk_property_reception_estate_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_property_reception")),
        sa.UniqueConstraint(
            "estate_id", "on_date", "starts", name=op.f("uq_property_reception_estate_id_on_date_starts")
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_property_reception_public_id")),
    )
    with op.batch_alter_table("property_reception", schema=None) as batch_op:
        batch_op.create_index("ix_property_reception_company", ["company_id", "on_date"], unique=False)

    op.create_table(
        "property_refused",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("method", sa.String(length=8), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"], ["property_round.id"], name=op.f("fk_property_refused_round_id")
        ),
        sa.PrimaryKeyConstraint("round_id", "day", "code", "method", name=op.f("pk_property_refused")),
    )


def downgrade() -> None:
    """Take this step back."""
    op.drop_table("property_refused")
    with op.batch_alter_table("property_reception", schema=None) as batch_op:
        batch_op.drop_index("ix_property_reception_company")

    op.drop_table("property_reception")
    with op.batch_alter_table("property_manager", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_property_manager_import_id"))
        batch_op.drop_index("ix_property_manager_estate")
        batch_op.drop_index("ix_property_manager_company")

    op.drop_table("property_manager")
    with op.batch_alter_table("property_entrant", schema=None) as batch_op:
        batch_op.drop_index("ix_property_entrant_company")

    op.drop_table("property_entrant")
    with op.batch_alter_table("property_contract", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_property_contract_import_id"))
        batch_op.drop_index("ix_property_contract_estate")
        batch_op.drop_index("ix_property_contract_company")

    op.drop_table("property_contract")
    with op.batch_alter_table("property_company_account", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_property_company_account_company_id"))
        batch_op.drop_index("ix_property_company_account")

    op.drop_table("property_company_account")
    with op.batch_alter_table("property_building", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_property_building_import_id"))

    op.drop_table("property_building")
    with op.batch_alter_table("property_round", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_property_round_replaces_id"))
        batch_op.drop_index("ix_property_round_area")

    op.drop_table("property_round")
    with op.batch_alter_table("property_estate", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_property_estate_import_id"))

    op.drop_table("property_estate")
    with op.batch_alter_table("property_company", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_property_company_import_id"))

    op.drop_table("property_company")
    op.drop_table("property_scheme_version")
    with op.batch_alter_table("property_import", schema=None) as batch_op:
        batch_op.drop_index("ix_property_import_area")

    op.drop_table("property_import")
