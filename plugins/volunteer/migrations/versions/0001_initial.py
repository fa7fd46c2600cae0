"""Credits, days and balances of volunteer hours.

Revision ID: 0001
Revises:
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "volunteer_balance",
        sa.Column("person_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("area_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_volunteer_balance_area_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_volunteer_balance_person_id")),
        sa.PrimaryKeyConstraint("person_id", "period", "area_id", name=op.f("pk_volunteer_balance")),
    )
    with op.batch_alter_table("volunteer_balance", schema=None) as batch_op:
        batch_op.create_index("ix_volunteer_balance_area", ["area_id", "period"], unique=False)

    op.create_table(
        "volunteer_day",
        sa.Column("person_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("area_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_volunteer_day_area_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_volunteer_day_person_id")),
        sa.PrimaryKeyConstraint("person_id", "local_date", "area_id", name=op.f("pk_volunteer_day")),
    )
    with op.batch_alter_table("volunteer_day", schema=None) as batch_op:
        batch_op.create_index("ix_volunteer_day_area", ["area_id", "local_date"], unique=False)

    op.create_table(
        "volunteer_credit",
        sa.Column(
            "entry_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("gross_minutes", sa.Integer(), nullable=False),
        sa.Column("flags", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_volunteer_credit_area_id")),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_volunteer_credit_entry_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_volunteer_credit_person_id")),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_volunteer_credit")),
    )
    with op.batch_alter_table("volunteer_credit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_volunteer_credit_person_id"), ["person_id"], unique=False)


def downgrade() -> None:
    """Take this step back."""
    with op.batch_alter_table("volunteer_credit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_volunteer_credit_person_id"))

    op.drop_table("volunteer_credit")
    with op.batch_alter_table("volunteer_day", schema=None) as batch_op:
        batch_op.drop_index("ix_volunteer_day_area")

    op.drop_table("volunteer_day")
    with op.batch_alter_table("volunteer_balance", schema=None) as batch_op:
        batch_op.drop_index("ix_volunteer_balance_area")

    op.drop_table("volunteer_balance")
