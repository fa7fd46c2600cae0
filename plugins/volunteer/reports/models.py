"""Tables of reports: who does not want to stand on rankings, and the secret addresses of teams' calendars."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.plugin import Base


class VolunteerUnranked(Base):
    """That a person asked not to be shown on rankings of hours; the row goes when they change their mind."""

    __tablename__ = "volunteer_unranked"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    at: Mapped[datetime]


class VolunteerTeamFeed(Base):
    """The calendar of a team at a secret address, kept as a hash; at most one of a team that is not revoked."""

    __tablename__ = "volunteer_team_feed"
    __table_args__ = (
        Index(
            "ux_volunteer_team_feed_open",
            "team_id",
            unique=True,
            sqlite_where=text("revoked_at IS NULL"),
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("volunteer_team.id"))
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(100))
    revoked_at: Mapped[datetime | None]
