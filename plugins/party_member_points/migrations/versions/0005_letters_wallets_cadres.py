"""letters wallets cadres

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
        "points_cadre_post",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column("duties", sa.String(length=500), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_points_cadre_post_area_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_cadre_post")),
        sa.UniqueConstraint("public_id", name=op.f("uq_points_cadre_post_public_id")),
    )
    with op.batch_alter_table("points_cadre_post", schema=None) as batch_op:
        batch_op.create_index("ix_points_cadre_post_area", ["area_id"], unique=False)
    op.create_table(
        "points_liaison",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("linked_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("linked_by", sa.String(length=100), nullable=False),
        sa.Column("ended_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=100), nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_points_liaison_area_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["points_home_unit.id"], name=op.f("fk_points_liaison_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_liaison")),
        sa.UniqueConstraint("public_id", name=op.f("uq_points_liaison_public_id")),
    )
    with op.batch_alter_table("points_liaison", schema=None) as batch_op:
        batch_op.create_index("ix_points_liaison_account", ["account_id", "unit_id"], unique=False)
        batch_op.create_index("ix_points_liaison_area", ["area_id", "unit_id"], unique=False)
    op.create_table(
        "points_shop_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column("detail", sa.String(length=200), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("stock", sa.Integer(), nullable=True),
        sa.Column("offered", sa.Boolean(), nullable=False),
        sa.Column("changed_at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("points > 0", name=op.f("ck_points_shop_item_points")),
        sa.CheckConstraint("stock >= 0", name=op.f("ck_points_shop_item_stock")),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_points_shop_item_area_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_shop_item")),
        sa.UniqueConstraint("public_id", name=op.f("uq_points_shop_item_public_id")),
    )
    with op.batch_alter_table("points_shop_item", schema=None) as batch_op:
        batch_op.create_index("ix_points_shop_item_area", ["area_id", "id"], unique=False)
    op.create_table(
        "points_cadre_term",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("recorded_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_points_cadre_term_person_id")),
        sa.ForeignKeyConstraint(
            ["post_id"], ["points_cadre_post.id"], name=op.f("fk_points_cadre_term_post_id")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["points_home_unit.id"], name=op.f("fk_points_cadre_term_unit_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_cadre_term")),
        sa.UniqueConstraint("public_id", name=op.f("uq_points_cadre_term_public_id")),
    )
    with op.batch_alter_table("points_cadre_term", schema=None) as batch_op:
        batch_op.create_index("ix_points_cadre_term_person", ["person_id"], unique=False)
        batch_op.create_index("ix_points_cadre_term_post", ["post_id", "from_on"], unique=False)
        batch_op.create_index("ix_points_cadre_term_unit", ["unit_id"], unique=False)
    op.create_table(
        "points_wallet",
        sa.Column("person_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("opened_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_points_wallet_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_points_wallet")),
    )
    op.create_table(
        "points_wallet_op",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=8), nullable=False),
        sa.Column("points", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("earned_on", sa.Date(), nullable=True),
        sa.Column("last_on", sa.Date(), nullable=True),
        sa.Column("ref", sa.String(length=60), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("undone_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("recorded_by", sa.String(length=100), nullable=False),
        sa.Column("recorded_by_account", sa.Integer(), nullable=True),
        sa.CheckConstraint("points >= 0", name=op.f("ck_points_wallet_op_points")),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_points_wallet_op_area_id")),
        sa.ForeignKeyConstraint(
            ["item_id"], ["points_shop_item.id"], name=op.f("fk_points_wallet_op_item_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_points_wallet_op_person_id")),
        sa.ForeignKeyConstraint(
            ["undone_id"], ["points_wallet_op.id"], name=op.f("fk_points_wallet_op_undone_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_wallet_op")),
        sa.UniqueConstraint("key", name=op.f("uq_points_wallet_op_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_points_wallet_op_public_id")),
        sa.UniqueConstraint("undone_id", name=op.f("uq_points_wallet_op_undone_id")),
    )
    with op.batch_alter_table("points_wallet_op", schema=None) as batch_op:
        batch_op.create_index("ix_points_wallet_op_area", ["area_id", "id"], unique=False)
        batch_op.create_index("ix_points_wallet_op_person", ["person_id", "id"], unique=False)
        batch_op.create_index("ix_points_wallet_op_ref", ["ref"], unique=False)
    op.create_table(
        "points_cadre_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("term_id", sa.Integer(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("recorded_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=100), nullable=False),
        sa.Column("recorded_by_account", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["term_id"], ["points_cadre_term.id"], name=op.f("fk_points_cadre_note_term_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_cadre_note")),
        sa.UniqueConstraint("public_id", name=op.f("uq_points_cadre_note_public_id")),
    )
    with op.batch_alter_table("points_cadre_note", schema=None) as batch_op:
        batch_op.create_index("ix_points_cadre_note_term", ["term_id", "on_date"], unique=False)
    op.create_table(
        "points_letter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("ref", sa.String(length=60), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=20), nullable=False),
        sa.Column("sent_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("sent_by", sa.String(length=100), nullable=False),
        sa.Column("sent_by_account", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.CheckConstraint(
            "state IN ('sent', 'acknowledged', 'replaced')", name=op.f("ck_points_letter_state")
        ),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_points_letter_area_id")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_points_letter_document_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_points_letter_person_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["points_home_unit.id"], name=op.f("fk_points_letter_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_letter")),
        sa.UniqueConstraint("document_id", name=op.f("uq_points_letter_document_id")),
        sa.UniqueConstraint("kind", "ref", "person_id", name=op.f("uq_points_letter_kind_ref_person_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_points_letter_public_id")),
    )
    with op.batch_alter_table("points_letter", schema=None) as batch_op:
        batch_op.create_index("ix_points_letter_area", ["area_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_points_letter_person_id"), ["person_id"], unique=False)
        batch_op.create_index("ix_points_letter_unit", ["unit_id", "area_id", "id"], unique=False)
    op.create_table(
        "points_cadre_status",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("term_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=10), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("figures", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("computed_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("computed_by", sa.String(length=100), nullable=False),
        sa.Column("computed_by_account", sa.Integer(), nullable=True),
        sa.Column("review", sa.String(length=500), server_default="", nullable=False),
        sa.Column("reviewed_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("reviewed_by", sa.String(length=100), server_default="", nullable=False),
        sa.Column("reviewed_by_account", sa.Integer(), nullable=True),
        sa.Column("letter_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["points_letter.id"], name=op.f("fk_points_cadre_status_letter_id")
        ),
        sa.ForeignKeyConstraint(
            ["term_id"], ["points_cadre_term.id"], name=op.f("fk_points_cadre_status_term_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_cadre_status")),
        sa.UniqueConstraint("public_id", name=op.f("uq_points_cadre_status_public_id")),
        sa.UniqueConstraint("term_id", "period", "no", name=op.f("uq_points_cadre_status_term_id_period_no")),
    )
    with op.batch_alter_table("points_cadre_status", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_points_cadre_status_letter_id"), ["letter_id"], unique=False)
    op.create_table(
        "points_cadre_void",
        sa.Column("note_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["note_id"], ["points_cadre_note.id"], name=op.f("fk_points_cadre_void_note_id")
        ),
        sa.PrimaryKeyConstraint("note_id", name=op.f("pk_points_cadre_void")),
    )
    op.create_table(
        "points_letter_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("letter_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["points_letter.id"], name=op.f("fk_points_letter_event_letter_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_letter_event")),
    )
    with op.batch_alter_table("points_letter_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_points_letter_event_letter_id"), ["letter_id"], unique=False)


def downgrade() -> None:
    """Take this step back."""
    with op.batch_alter_table("points_letter_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_points_letter_event_letter_id"))
    op.drop_table("points_letter_event")
    op.drop_table("points_cadre_void")
    with op.batch_alter_table("points_cadre_status", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_points_cadre_status_letter_id"))
    op.drop_table("points_cadre_status")
    with op.batch_alter_table("points_letter", schema=None) as batch_op:
        batch_op.drop_index("ix_points_letter_unit")
        batch_op.drop_index(batch_op.f("ix_points_letter_person_id"))
        batch_op.drop_index("ix_points_letter_area")
    op.drop_table("points_letter")
    with op.batch_alter_table("points_cadre_note", schema=None) as batch_op:
        batch_op.drop_index("ix_points_cadre_note_term")
    op.drop_table("points_cadre_note")
    with op.batch_alter_table("points_wallet_op", schema=None) as batch_op:
        batch_op.drop_index("ix_points_wallet_op_ref")
        batch_op.drop_index("ix_points_wallet_op_person")
        batch_op.drop_index("ix_points_wallet_op_area")
    op.drop_table("points_wallet_op")
    op.drop_table("points_wallet")
    with op.batch_alter_table("points_cadre_term", schema=None) as batch_op:
        batch_op.drop_index("ix_points_cadre_term_unit")
        batch_op.drop_index("ix_points_cadre_term_post")
        batch_op.drop_index("ix_points_cadre_term_person")
    op.drop_table("points_cadre_term")
    with op.batch_alter_table("points_shop_item", schema=None) as batch_op:
        batch_op.drop_index("ix_points_shop_item_area")
    op.drop_table("points_shop_item")
    with op.batch_alter_table("points_liaison", schema=None) as batch_op:
        batch_op.drop_index("ix_points_liaison_area")
        batch_op.drop_index("ix_points_liaison_account")
    op.drop_table("points_liaison")
    with op.batch_alter_table("points_cadre_post", schema=None) as batch_op:
        batch_op.drop_index("ix_points_cadre_post_area")
    op.drop_table("points_cadre_post")
