"""What the plugin keeps: facts about members, published schemes, and two projections that can be computed anew.

``points_fact`` and ``points_scheme_version`` only grow. ``points_member`` is the fold of the facts of a human being,
``points_result`` the score of member and period; both stand under the kept id of a merged person, are replaced
whole and never incremented.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.plugin import Base, BigId, append_only


class PointsBranch(Base):
    """A Party branch of an area."""

    __tablename__ = "points_branch"
    __table_args__ = (UniqueConstraint("area_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    name: Mapped[str] = mapped_column(String(100))


class PointsHomeUnit(Base):
    """The organisation a member works for; the same one for everybody who names it."""

    __tablename__ = "points_home_unit"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)


class PointsFact(Base):
    """One statement about one person: ``kind`` tells which column holds what was said.

    "status" (``value``), "checkin" (``on_date``, ``assumed``), "left" (``on_date``, None to take it back), "branch" and
    "home_unit" (``ref_id``, None for none), "post" (``value``: the post in the branch, None for none), "roster"
    (``value``: what a later roster said against a membership).
    """

    __tablename__ = "points_fact"
    __table_args__ = (Index("ix_points_fact_person", "person_id", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(20))
    value: Mapped[str | None] = mapped_column(String(20))
    on_date: Mapped[date | None]
    ref_id: Mapped[int | None] = mapped_column(Integer)
    assumed: Mapped[bool] = mapped_column(Boolean, default=False)
    source: Mapped[str] = mapped_column(String(20))
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(100))


class PointsMember(Base):
    """A Party member as the facts say today; ``roster_differs`` when a later roster names another status."""

    __tablename__ = "points_member"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    political_status: Mapped[str] = mapped_column(String(20))
    checkin_on: Mapped[date]
    checkin_assumed: Mapped[bool] = mapped_column(Boolean)
    left_on: Mapped[date | None]
    branch_id: Mapped[int | None] = mapped_column(ForeignKey("points_branch.id"), index=True)
    home_unit_id: Mapped[int | None] = mapped_column(ForeignKey("points_home_unit.id"), index=True)
    roster_differs: Mapped[bool] = mapped_column(Boolean)
    # The post in the branch, as a key of ``checkins.posts.POSTS``; "" for none.
    post: Mapped[str] = mapped_column(String(20), default="", server_default="")


class PointsSchemeVersion(Base):
    """A scheme as it was published for an area and below; ``text`` is the file itself, ``format`` toml or json.

    It rules the periods that end on ``effective_from`` or later, until a later publication does.
    """

    __tablename__ = "points_scheme_version"
    __table_args__ = (Index("ix_points_scheme_version_area", "area_id", "effective_from"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    scheme_id: Mapped[str] = mapped_column(String(100))
    title: Mapped[str] = mapped_column(String(200))
    format: Mapped[str] = mapped_column(String(4))
    text: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    effective_from: Mapped[date]
    published_at: Mapped[datetime]
    published_by: Mapped[str] = mapped_column(String(100))


class PointsResult(Base):
    """The score of one member in one period, and everything needed to explain it.

    ``total`` is in hundredths (None when not enrolled), ``total_text`` as the scheme prints it. ``detail`` is canonical
    JSON: the scorer's result, its explanation, and what unconfirmed entries would bring. ``valid_until`` is the first
    local date on which the score can change without a new fact. No index holds the total.
    """

    __tablename__ = "points_result"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    scheme: Mapped[str] = mapped_column(String(100), primary_key=True)
    period: Mapped[str] = mapped_column(String(10), primary_key=True)
    status: Mapped[str] = mapped_column(String(20))
    total: Mapped[int | None] = mapped_column(Integer)
    total_text: Mapped[str] = mapped_column(String(20))
    grade: Mapped[str | None] = mapped_column(String(60))
    categories: Mapped[str] = mapped_column(Text)
    detail: Mapped[str] = mapped_column(Text)
    valid_until: Mapped[date | None] = mapped_column(index=True)
    engine: Mapped[int] = mapped_column(Integer)
    publication_id: Mapped[int] = mapped_column(ForeignKey("points_scheme_version.id"))
    last_entry: Mapped[int | None] = mapped_column(BigId)


append_only(
    "points_fact",
    (
        "id", "person_id", "kind", "value", "on_date", "ref_id", "assumed", "source", "recorded_at", "recorded_by",
    ),
    ("recorded_by",),
)  # fmt: skip
append_only(
    "points_scheme_version",
    (
        "id", "area_id", "scheme_id", "title", "format", "text", "sha256", "effective_from", "published_at",
        "published_by",
    ),
    ("published_by",),
)  # fmt: skip
