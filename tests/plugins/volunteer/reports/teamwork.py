"""Teams, projects and alliances in the usual place, and service for them, as other parts of the plugin make them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import update

from pointsys.core.activity_log.models import Entry
from pointsys.core.database import table_of
from pointsys.core.pending import drain
from pointsys.core.unit_of_work import unit_of_work
from pointsys.plugins.volunteer.models import VolunteerCredit
from pointsys.plugins.volunteer.people.models import VolunteerProfile
from pointsys.plugins.volunteer.signups.models import VolunteerActivity
from pointsys.plugins.volunteer.teams.models import (
    VolunteerAlliance,
    VolunteerAllianceTeam,
    VolunteerMember,
    VolunteerProject,
    VolunteerTeam,
)
from tests.plugins.volunteer.place import DAY, Place

THEN = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
STAMP = {"created_at": THEN, "created_by": "test"}


@dataclass
class Teamwork:
    """Short ways to make what reports are about; ids go in and out."""

    place: Place

    def _add(self, row: Any) -> int:
        with unit_of_work(drain=False) as session:
            session.add(row)
            session.flush()
            return int(row.id)

    def team(self, name: str, area: str = "street", **more: Any) -> int:
        """A team."""
        return self._add(VolunteerTeam(area_id=self.place.areas[area], name=name, **STAMP, **more))

    def project(self, code: str, team: int) -> int:
        """A project of a team."""
        row = VolunteerProject(
            code=code, team_id=team, title=f"项目{code}", category="other", from_on=date(2026, 1, 1), **STAMP
        )
        return self._add(row)

    def alliance(self, name: str, *teams: int, until: date | None = None) -> int:
        """An alliance of teams since the beginning of the year."""
        made = self._add(VolunteerAlliance(area_id=self.place.areas["street"], name=name, **STAMP))
        for team in teams:
            self._add(
                VolunteerAllianceTeam(alliance_id=made, team_id=team, from_on=date(2026, 1, 1), to_on=until)
            )
        return made

    def join(self, team: int, person: int, role: str = "member", left: date | None = None) -> None:
        """A person in a team since the beginning of the year."""
        self._add(
            VolunteerMember(
                team_id=team, person_id=person, role=role, joined_on=date(2026, 1, 1), left_on=left,
                recorded_at=THEN, recorded_by="test",
            )
        )  # fmt: skip

    def register(
        self, person: int, number: str | None, day: date = date(2026, 1, 5), state: str = "active"
    ) -> None:
        """A person as a registered volunteer."""
        with unit_of_work(drain=False) as session:
            session.add(
                VolunteerProfile(
                    person_id=person, volunteer_no=number, state=state, applied_at=THEN, registered_on=day,
                    changed_at=THEN, changed_by="test",
                )
            )  # fmt: skip

    def serve(
        self,
        person: int,
        start: str,
        end: str,
        *,
        team: int | None = None,
        project: int | None = None,
        title: str = "",
        day: date = DAY,
        **more: Any,
    ) -> int:
        """Confirmed service for a team; each time of day is an activity of its own unless it has a title."""
        title = title or f"活动{start}-{team}"
        entry = self.place.serve(person, start, end, day=day, title=title, derive=False, **more)
        with unit_of_work() as session:
            found = session.get_one(Entry, entry)
            if session.get(VolunteerActivity, found.activity_id) is None:
                session.add(
                    VolunteerActivity(
                        activity_id=found.activity_id, area_id=found.area_id, state="closed", team_id=team,
                        project_id=project, changed_at=THEN, changed_by="test", **STAMP,
                    )
                )  # fmt: skip
        drain()
        return entry

    def timed(self, entry: int) -> None:
        """Let the system have timed an entry."""
        with unit_of_work(drain=False) as session:
            credit = table_of(VolunteerCredit)
            session.execute(update(credit).where(credit.c.entry_id == entry).values(klass="credit"))
