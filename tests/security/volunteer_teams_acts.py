"""What is sent about teams, alliances, projects, volunteers, their guardians and papers."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import delete, select, update

from pointsys.core.areas.models import Area
from pointsys.core.people.models import Person
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import unit_of_work
from pointsys.plugins.volunteer.people.models import APPLICANT, VolunteerProfile
from pointsys.plugins.volunteer.teams.models import (
    ASKED,
    MEMBER,
    VolunteerJoining,
    VolunteerMember,
    VolunteerTeam,
)
from tests.factories import make_person
from tests.security.act import DAY, Act, Things
from tests.security.conftest import Populated


def open_team(populated: Populated, act: Act) -> Things:
    """Another team of the place, which anybody of it may ask to join."""
    realm = populated.realm
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        team = VolunteerTeam(
            area_id=realm.areas[act.place],
            name="开放队",
            created_at=current_site().now(),
            created_by="system",
        )
        session.add(team)
        session.flush()
        return {"team": team.public_id}


def asked_open(populated: Populated, act: Act) -> Things:
    """Whoever acts has asked that team already."""
    made = open_team(populated, act)
    person = int(populated.realm.things[act.place]["person_id"])
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        team = session.scalars(select(VolunteerTeam).where(VolunteerTeam.public_id == made["team"])).one()
        session.add(VolunteerJoining(team_id=team.id, person_id=person, asked_at=current_site().now()))
    return made


def others(populated: Populated, act: Act) -> Things:
    """Somebody else belongs to the team, a third one asks to join it, and a fourth could be taken in."""
    realm = populated.realm
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        now = current_site().now()
        area = session.get_one(Area, realm.areas[act.place])
        team = session.scalars(
            select(VolunteerTeam).where(VolunteerTeam.public_id == realm.things[act.place]["team"])
        ).one()
        first, second, third = (make_person(session, area, name) for name in ("队员甲", "队员乙", "队员丙"))
        member = VolunteerMember(
            team_id=team.id, person_id=first.id, role=MEMBER, joined_on=date(2026, 3, 1), recorded_at=now,
            recorded_by="system",
        )  # fmt: skip
        joining = VolunteerJoining(team_id=team.id, person_id=second.id, state=ASKED, asked_at=now)
        session.add_all([member, joining])
        session.flush()
        return {
            "team_member": member.public_id, "joining": joining.public_id, "person": third.public_id,
        }  # fmt: skip


def applies(populated: Populated, act: Act) -> Things:
    """The person has applied and has no number yet."""
    person = int(populated.realm.things[act.place]["person_id"])
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        session.execute(
            update(VolunteerProfile)
            .where(VolunteerProfile.person_id == person)
            .values(state=APPLICANT, volunteer_no=None)
        )
    return {}


def unknown(populated: Populated, act: Act) -> Things:
    """The person is no volunteer."""
    person = int(populated.realm.things[act.place]["person_id"])
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        session.execute(delete(VolunteerProfile).where(VolunteerProfile.person_id == person))
    return {}


def family(populated: Populated, act: Act) -> Things:
    """The person is a child, and a grown-up of the place is their mother."""
    realm = populated.realm
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        session.get_one(Person, int(realm.things[act.place]["person_id"])).birth_date = date(2012, 5, 1)
        make_person(session, session.get_one(Area, realm.areas[act.place]), "母亲甲")
    return {}


_MEMBER: dict[str, Any] = {"role": "member", "place": "grid1"}
_TEAM = {"name": "新队", "area": "{code}", "parent": ""}
_PROJECT = {"code": "NEW-1", "title": "新项目", "category": "other", "from_on": DAY}
_ROW = {"row": "guardian"}
_GIVEN = {"row": "guardian", "given": "consent"}
_TRAINING = {"title": "急救", "on_date": DAY}
_POLICY = {"policy_no": "PA-9", "from_on": DAY, "to_on": "2026-12-31"}
_PAPER = {"from_on": DAY, "evidence": "同意书"}
_RELATION = {"guardian": "母亲甲", "relation": "mother", "seen": "户口簿"}
_SUSPEND = {"act": "suspend", "reason": "多次爽约"}
_JOINED = {"role": "member", "joined_on": DAY}

ACTS = (
    Act("volunteer_teams.new", "volunteer.team_added", _TEAM, own=("area",)),
    Act("volunteer_teams.change", "volunteer.team_changed", {"name": "改名", "parent": ""}),
    Act("volunteer_teams.add", "volunteer.member_added", {"person": "{person}", **_JOINED}, before=others),
    Act("volunteer_teams.role", "volunteer.member_changed", {"role": "deputy"}),
    Act("volunteer_teams.answer", "volunteer.joining_refused", {"answer": "no", "reason": "名额已满"}),
    Act("volunteer_teams.dissolve", "volunteer.team_dissolved", {"successor": ""}),
    Act("volunteer_bonds.alliances", "volunteer.alliance_added", {"name": "新盟"}),
    Act("volunteer_bonds.ally", "volunteer.alliance_joined", {"team": "{team}"}),
    Act("volunteer_bonds.close", "volunteer.alliance_closed"),
    Act("volunteer_bonds.new_project", "volunteer.project_added", {"team": "{team}", **_PROJECT}),
    Act("volunteer_bonds.project", "volunteer.project_changed", _PROJECT),
    Act("volunteer_bonds.move_project", "volunteer.project_moved", {"state": "approved"}),
    Act("volunteer_my_teams.join", "volunteer.joining_asked", {"words": "周末"}, before=open_team, **_MEMBER),
    Act("volunteer_my_teams.take_back", "volunteer.joining_taken_back", before=asked_open, **_MEMBER),
    Act("volunteer_my_teams.leave", "volunteer.member_left", **_MEMBER),
    Act("volunteer_my_teams.answer", "volunteer.member_added", {"answer": "yes"}, before=others, **_MEMBER),
    Act("volunteer_my_teams.end", "volunteer.member_left", before=others, **_MEMBER),
    Act("volunteer_my_teams.about", "volunteer.team_changed", {"about": "改介绍"}, **_MEMBER),
    Act("volunteer_my_teams.new_project", "volunteer.project_added", _PROJECT, **_MEMBER),
    Act("volunteer_people.new", "volunteer.registered", {"person": "{person}"}, before=applies),
    Act("volunteer_people.register", "volunteer.registered", {"id": ["{person}"]}, before=applies),
    Act("volunteer_people_acts.standing", "volunteer.suspended", _SUSPEND),
    Act(
        "volunteer_people_acts.numbers", "volunteer.external_id_set", {"system": "national", "value": "6501"}
    ),
    Act("volunteer_people_acts.add_guardian", "volunteer.guardian_added", _RELATION, before=family),
    Act("volunteer_people_acts.end_guardian", "volunteer.guardian_ended", kinds=_ROW),
    Act("volunteer_people_acts.consent", "volunteer.consent_given", _PAPER, kinds=_ROW),
    Act("volunteer_people_acts.withdraw_consent", "volunteer.consent_withdrawn", kinds=_GIVEN),
    Act("volunteer_people_acts.add_insurance", "volunteer.insurance_added", _POLICY),
    Act("volunteer_people_acts.end_insurance", "volunteer.insurance_ended"),
    Act("volunteer_people_acts.add_training", "volunteer.training_added", {**_TRAINING, "hours": "8"}),
    Act("volunteer_people_acts.void_training", "volunteer.training_voided"),
    Act("volunteer_me.registration", "volunteer.applied", {"words": "会理发"}, before=unknown, **_MEMBER),
    Act("volunteer_me.withdraw", "volunteer.withdrawn", {"reason": "搬家"}, **_MEMBER),
    Act("volunteer_me.consent", "volunteer.consent_given", {"to_on": ""}, kinds=_ROW, **_MEMBER),
    Act("volunteer_me.withdraw_consent", "volunteer.consent_withdrawn", kinds=_GIVEN, **_MEMBER),
    Act("volunteer_rest_teams.found_team", "volunteer.team_added", {"name": "新队"}),
    Act("volunteer_rest_teams.change_team", "volunteer.team_changed", {"name": "改名"}),
    Act("volunteer_rest_teams.dissolve_team", "volunteer.team_dissolved", {"successor": ""}),
    Act("volunteer_rest_teams.take_in", "volunteer.member_added", {"person": "{person}", **_JOINED}, before=others),
    Act("volunteer_rest_teams.change_member", "volunteer.member_changed", {"role": "deputy"}),
    Act("volunteer_rest_teams.draft_project", "volunteer.project_added", {"team": "{team}", **_PROJECT}),
    Act("volunteer_rest_teams.move_project", "volunteer.project_moved", {"state": "approved"}),
    Act("volunteer_rest_people.register", "volunteer.registered", {"people": ["{person}"]}, before=applies),
    Act("volunteer_rest_people.standing", "volunteer.suspended", _SUSPEND),
    Act("volunteer_rest_people.add_training", "volunteer.training_added", {**_TRAINING, "minutes": 60}),
    Act("volunteer_rest_people.add_insurance", "volunteer.insurance_added", _POLICY),
)  # fmt: skip
