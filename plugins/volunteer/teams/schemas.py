"""What the REST operations of teams and projects take and give."""

from __future__ import annotations

from marshmallow import fields

from pointsys.plugin import RestSchema, rest_fields

from ..words import CATEGORIES
from .membership import ROLES
from .projects import STATES as PROJECT_STATES
from .services import STATES


class TeamOut(RestSchema):
    """A volunteer team."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    host = fields.String(required=True, metadata={"description": "the organisation it belongs to"})
    area = fields.String(required=True, metadata={"description": "name of the area"})
    parent = fields.String(required=True, metadata={"description": "name of the team above it"})
    state = fields.String(required=True)
    issuer_eligible = fields.Boolean(required=True)
    open_to_join = fields.Boolean(required=True)
    members = fields.Integer(required=True)
    requests = fields.Integer(required=True, metadata={"description": "requests to join that wait"})
    projects = fields.Integer(required=True)


class TeamsArgs(rest_fields.SearchArgs):
    """Which teams."""

    state = rest_fields.one_of(("", *STATES), load_default="active")


TeamsPage = rest_fields.page_of(TeamOut)


class TeamIn(RestSchema):
    """A new team, or what is said of one from now on."""

    area = rest_fields.text(
        20, load_default="", metadata={"description": "code; the address's area if empty; stays when changed"}
    )
    name = rest_fields.text(60, least=1, required=True)
    host = rest_fields.text(100, load_default="")
    parent = rest_fields.text(16, load_default="", metadata={"description": "id of the team above it"})
    about = rest_fields.text(500, load_default="")
    open_to_join = rest_fields.flag(load_default=True)
    issuer_eligible = rest_fields.flag(load_default=False)
    organisation = rest_fields.text(100, load_default="")
    head = rest_fields.text(50, load_default="")
    handler = rest_fields.text(50, load_default="")
    contact = rest_fields.text(100, load_default="")
    founded_on = rest_fields.Day(load_default=None, allow_none=True)


class TeamMemberOut(RestSchema):
    """Somebody of a team."""

    id = fields.String(required=True, metadata={"description": "id of the membership"})
    name = fields.String(required=True)
    area = fields.String(required=True)
    role = fields.String(required=True)
    joined_on = rest_fields.Day(required=True)
    left_on = rest_fields.Day(required=True, allow_none=True)


class TeamMembersArgs(rest_fields.SearchArgs):
    """Which members."""

    left = rest_fields.flag(load_default=False, metadata={"description": "those who have left"})


TeamMembersPage = rest_fields.page_of(TeamMemberOut)


class TeamMemberIn(RestSchema):
    """Somebody to take in."""

    person = rest_fields.public_id(required=True)
    role = rest_fields.one_of(tuple(ROLES), load_default="member")
    joined_on = rest_fields.Day(required=True)


class TeamMemberChange(RestSchema):
    """Another role, or the last day in the team."""

    role = rest_fields.one_of(("", *ROLES), load_default="")
    left_on = rest_fields.Day(load_default=None, allow_none=True)


class TeamMemberChanged(RestSchema):
    """A membership as it stands now."""

    id = fields.String(required=True)
    role = fields.String(required=True)
    joined_on = rest_fields.Day(required=True)
    left_on = rest_fields.Day(required=True, allow_none=True)


class DissolveIn(RestSchema):
    """Who certifies for a team from now on."""

    successor = rest_fields.text(
        16, load_default="", metadata={"description": "id of a team; empty for nobody"}
    )


class ProjectOut(RestSchema):
    """A project of a team."""

    id = fields.String(required=True)
    code = fields.String(required=True)
    title = fields.String(required=True)
    category = fields.String(required=True)
    team = fields.String(required=True, metadata={"description": "id of the team"})
    team_name = fields.String(required=True)
    from_on = rest_fields.Day(required=True)
    to_on = rest_fields.Day(required=True, allow_none=True)
    state = fields.String(required=True)


class ProjectsArgs(rest_fields.SearchArgs):
    """Which projects."""

    state = rest_fields.one_of(("", *PROJECT_STATES), load_default="")
    category = rest_fields.one_of(("", *CATEGORIES), load_default="")


ProjectsPage = rest_fields.page_of(ProjectOut)


class ProjectIn(RestSchema):
    """A new project."""

    team = rest_fields.public_id(required=True)
    code = rest_fields.text(30, least=2, required=True)
    title = rest_fields.text(100, least=1, required=True)
    category = rest_fields.one_of(tuple(CATEGORIES), required=True)
    from_on = rest_fields.Day(required=True)
    to_on = rest_fields.Day(load_default=None, allow_none=True)
    about = rest_fields.text(500, load_default="")


class ProjectStateIn(RestSchema):
    """The next state of a project."""

    state = rest_fields.one_of(tuple(PROJECT_STATES), required=True)
