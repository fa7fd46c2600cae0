"""The table of counts."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tally_count",
        sa.Column("person_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_tally_count_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_tally_count")),
    )


def downgrade() -> None:
    op.drop_table("tally_count")
