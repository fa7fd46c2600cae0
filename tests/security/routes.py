"""Every address of the site with what is expected of it: who may open it, and which things its arguments name.

Roles are written down a second time here, so that a change of the program's table without one of this is noticed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

from pointsys.access import AREA, PUBLIC, SIGNED_IN, Access, access_of, is_static
from pointsys.plugins.party_member_points import schemes
from tests.security.property_rounds import RATED
from tests.security.realm import HOLDERS, NO_CODE, NOWHERE, above

STAFF = {"office", "worker", "sunny_worker", "stranger"}
DECIDING = {*STAFF, "committee"}
EVERYBODY = {*DECIDING, "grid_worker", "secretary"}
POSTS = {"system", "security", "auditor"}
MAY: dict[str, set[str]] = {
    "areas.view": {*POSTS, *EVERYBODY},
    "areas.edit": {"system", "office"},
    "people.view": EVERYBODY,
    "people.edit": STAFF,
    "people.unmask": STAFF,
    "people.import": STAFF,
    "log.view": EVERYBODY,
    "log.record": {*STAFF, "grid_worker"},
    "log.import": STAFF,
    "log.decide": STAFF,
    "publicity.view": EVERYBODY,
    "publicity.publish": DECIDING,
    "objections.view": EVERYBODY,
    "objections.answer": DECIDING,
    "documents.view": EVERYBODY,
    "documents.issue": DECIDING,
    "plugins.switch": {"system", "office"},
    "settings.edit": {"system", "office"},
    "jobs.view": {"system", *EVERYBODY},
    "site.health": {"system"},
    "accounts.manage": {"security"},
    "keys.manage": {"security"},
    "alerts.view": POSTS,
    "exports.view": {"auditor", *EVERYBODY},
    "exports.approve": STAFF,
    "accounts.members": STAFF,
    "privacy.manage": {"office"},
    "privacy.answer": STAFF,
    "audit.view": {"auditor", "office"},
    "audit.manage": {"auditor"},
    "attendance.keep": {*STAFF, "grid_worker"},
    "points.view": EVERYBODY,
    "points.ranking": {*EVERYBODY, "member"},
    "points.members": {*DECIDING, "secretary"},
    "points.scheme": DECIDING,
    "points.approve": {"office"},
    "points.award": {*DECIDING, "secretary"},
    "points.verify": {*DECIDING, "secretary"},
    "points.decide": {"office", "committee"},
    "points.cadres": DECIDING,
    "points.letters": DECIDING,
    "points.unit": {"liaison"},
    "points.wallet": {*STAFF, "grid_worker"},
    "volunteer.view": EVERYBODY,
    "volunteer.ranking": {*EVERYBODY, "member"},
    "volunteer.teams": STAFF,
    "volunteer.people": {*STAFF, "grid_worker"},
    "volunteer.signups": {*STAFF, "grid_worker"},
    "volunteer.policy": {"office"},
    "volunteer.approve": {"office"},
    "volunteer.record": DECIDING,
    "volunteer.certify": STAFF,
    "wishes.view": EVERYBODY,
    "wishes.ask": {*EVERYBODY, "member"},
    "wishes.behalf": {*STAFF, "grid_worker"},
    "wishes.claim": {*EVERYBODY, "member", "liaison"},
    "wishes.review": STAFF,
    "wishes.campaign": STAFF,
    "wishes.dispatch": STAFF,
    "wishes.unit": {"liaison"},
    "property.view": EVERYBODY,
    "property.registry": STAFF,
    "property.owners": {*STAFF, "grid_worker"},
    "property.scheme": {"office"},
    "property.round": {"office"},
    "property.rule": {"office", "committee"},
    "property.rate": DECIDING,
    "property.assist": {*STAFF, "grid_worker"},
    "property.vote": {"member"},
    "property.appeal": {"member", "liaison"},
    "property.standing": DECIDING,
    "property.reception": {*STAFF, "grid_worker"},
    "property.company": {"liaison"},
}

# What an argument of an address names: a kind of thing of ``realm``, ...
ARGUMENTS = {
    "code": "code",
    "area_code": "code",
    "pid": "person",
    "person": "person",
    "aid": "account",
    "tid": "token",
    "activity": "plan",
    "entry": "entry",
    "batch": "batch",
    "job": "job",
    "notice": "notice",
    "document": "document",
    "objection": "objection",
    "sheet": "sheet",
    "asked": "asked",
    "export": "export",
    "claim": "claim",
    "claim_id": "claim",
    "award": "award",
    "award_id": "award",
    "session_id": "meeting",
    "meeting": "meeting",
    "request_id": "checkin",
    "post": "cadre_post",
    "term": "cadre_term",
    "quarter": "cadre_status",
    "letter": "letter",
    "link": "liaison_link",
    "redemption": "redemption",
    "rid": "annual",
    "certificate": "certificate",
    "result_id": "annual",
    "slot": "slot",
    "signup": "signup",
    "offer_id": "offer",
    "team": "team",
    "alliance": "alliance",
    "project": "project",
    "member": "team_member",
    "training": "training",
    "policy": "insurance",
    "given": "consent",
    "household": "household",
    "referral": "referral",
    "scheme_version": "scheme_version",
    "entrant": "entrant",
    "round": "round",
    "proof": "proof",
    "company": "company",
    "dwelling": "dwelling",
    "building": "building",
    "estate": "estate",
    "wish": "wish",
    "organisation": "organisation",
    "dispatch": "dispatch",
    "campaign": "campaign",
    "veto": "veto",
    "contract": "contract",
    "manager": "manager",
    "account_link": "account_link",
    "registry_sheet": "registry_sheet",
    "reception": "reception",
    "matter": "reception_matter",
    "appeal": "appeal",
    "credit_item": "credit_item",
    "measure": "measure",
}
# ... the same name for something else, ...
ELSEWHERE = {
    ("files", "public_id"): "picture",
    ("volunteer_certificates", "asked"): "certificate_request",
    ("volunteer_record_awards", "award"): "commendation",
    ("volunteer_policies", "entry"): "done",
    ("volunteer_teams", "asked"): "joining",
    ("volunteer_my_teams", "asked"): "joining",
    ("volunteer_people_acts", "row"): "guardian",
    ("volunteer_me", "row"): "guardian",
    ("volunteer_signups", "activity"): "recruiting",
    ("volunteer_signups_plan", "activity"): "recruiting",
    ("volunteer_my_activities", "activity"): "recruiting",
    ("volunteer_my_signups", "activity"): "recruiting",
    ("volunteer_public", "activity"): "recruiting",
    ("volunteer_rest_signups", "activity"): "recruiting",
    ("points_reports", "report"): "unit_report",
    ("points_rest_unit_lists", "report"): "unit_report",
    ("points_cadres_terms", "note"): "cadre_note",
    ("points_claims", "photo"): "claim_photo",
    ("points_awards", "photo"): "award_photo",
    ("points_awards_me", "photo"): "award_photo",
    ("points_own_claims", "photo"): "claim_photo",
    ("points_editor", "draft"): "scheme_draft",
    ("points_editor_edit", "draft"): "scheme_draft",
    ("points_editor_trial", "draft"): "scheme_draft",
    ("points_published", "draft"): "scheme_draft",
    ("points_rest_schemes", "draft"): "scheme_draft",
    ("publicity", "public_id"): "notice",
    ("audit", "number"): "row",
    ("points_sheets", "sheet"): "points_sheet",
    ("points_own_sheets", "sheet"): "points_sheet",
    ("points_rest_sheets", "sheet"): "points_sheet",
    ("wishes_claims_own", "claim"): "wish_claim",
    ("wishes_sheets", "sheet"): "wish_sheet",
    ("wishes_rest_sheets", "sheet"): "wish_sheet",
    ("wishes_organisations", "link"): "wish_link",
    ("wishes_rest_organisations", "link"): "wish_link",
    ("wishes_organisations", "member"): "wish_member",
    ("wishes_rest_rules", "member"): "wish_member",
    ("wishes_claims_own", "photo"): "wish_photo",
    ("wishes_claims", "photo"): "wish_photo",
    ("points_shop", "item"): "shop_item",
    ("points_rest_shop", "item"): "shop_item",
    **RATED,
}
PUBLICATION = f"{sha256(schemes.preset().encode()).hexdigest()[:16]}-20240101"
# ... or a plain value that is nobody's.
PLAIN = {
    ("plugins", "name"): "volunteer",
    ("points_own_claims", "item"): "service",
    ("volunteer_record", "profile"): "beijing",
    ("volunteer_export", "profile"): "hours-register",
    # What was published is public, and so is what ships.
    ("points_published", "publication"): PUBLICATION,
    ("points_rest_schemes", "publication"): PUBLICATION,
    ("points_published", "preset"): "deduct-12",
    ("figures", "name"): "core-trend",
    ("figures", "form"): "csv",
    ("imports", "kind"): "people",
    ("report", "month"): "2026-07",
    ("me", "ext"): "csv",
    ("wizard", "step"): "unit",
    ("rest_docs", "name"): "swagger-ui.css",
}
# Secrets that open something by themselves: there is no place to try them from.
# The key of a browser is worth something to its owner alone.
SECRET = {
    ("me_security", "key"),
    ("auth", "token"),
    ("wizard", "token"),
    ("feed", "token"),
    ("verify", "token"),
    ("volunteer_calendar", "token"),
    # Codes of a screen, the tickets they buy, and the end of a door's address.
    ("attendance_scan", "token"),
    ("attendance_scan", "ticket"),
    ("attendance_kiosk", "key"),
    # Whoever holds a slip votes for its dwelling.
    ("property_ballots_public", "slip"),
}
# Ids of another form than most.
ODD = {"code": NO_CODE, "row": "987654321"}
NONE: Mapping[str, str] = {}
VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def kind_of(endpoint: str, argument: str) -> str:
    """The kind of thing that an argument names, "" for a plain value or a secret; fails for what nobody declared."""
    blueprint = endpoint.partition(".")[0]
    key = (blueprint, argument)
    if key in PLAIN or key in SECRET:
        return ""
    found = ELSEWHERE.get(key) or ARGUMENTS.get(argument)
    assert found is not None, (
        f"{endpoint} takes <{argument}>, of which the matrix knows nothing. If it names something of an area or of a "
        f"person, make one in every place in tests/security/realm.py and name its kind in ARGUMENTS (or ELSEWHERE) of "
        f"tests/security/routes.py; if it is a plain value that is nobody's, add it to PLAIN there."
    )
    return found


@dataclass(frozen=True)
class Route:
    """One rule with one verb."""

    rule: Rule
    verb: str
    access: Access

    @property
    def endpoint(self) -> str:
        """Its endpoint."""
        return str(self.rule.endpoint)

    @property
    def kinds(self) -> dict[str, str]:
        """The arguments that name things, besides the area, and the kinds of these."""
        found = {name: kind_of(self.endpoint, name) for name in self.rule.arguments if name != "code"}
        return {name: kind for name, kind in found.items() if kind}

    def path(self, things: Mapping[str, str], code: str = "", given: Mapping[str, str] = NONE) -> str:
        """Its address with these things, kind by kind; ``code`` instead of their own area, ``given`` by argument."""
        blueprint = self.endpoint.partition(".")[0]

        def value(found: re.Match[str]) -> str:
            name = found[1]
            if name in given:
                return given[name]
            if name == "code" and code:
                return code
            kind = kind_of(self.endpoint, name)
            return things[kind] if kind else PLAIN.get((blueprint, name), NOWHERE)

        return re.sub(r"<(?:[^<>]*:)?([^<>:]+)>", value, self.rule.rule)


def nowhere(kinds: Mapping[str, str]) -> dict[str, str]:
    """Ids of nothing, for these kinds."""
    return {kind: ODD.get(kind, NOWHERE) for kind in kinds.values()}


def routes(app: Flask, scope: str | None = None, token: bool | None = None) -> Iterator[Route]:
    """Every rule with each verb it takes, static files left out; of one scope, for programs or for browsers."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if is_static(rule.endpoint):
            continue
        declared = access_of(app, rule.endpoint)
        assert declared is not None, f"{rule.endpoint} ({rule.rule}) declares no permission and no scope"
        if scope in (None, declared.scope) and token in (None, declared.token):
            for verb in VERBS:
                if verb in (rule.methods or ()):
                    yield Route(rule, verb, declared)


def slug_of(app: Flask, endpoint: str) -> str:
    """The plugin that an endpoint belongs to, "" for the core."""
    blueprint = endpoint.partition(".")[0].partition("_")[0]
    found = app.extensions["pointsys"].host.by_slug(blueprint)
    return found.name if found is not None else ""


def expected(role: str, place: str, permission: str, *, plugin: bool = False) -> int:
    """How the gate is to answer: 200 (open), 403 (has another role here) or 404."""
    held = HOLDERS.get(role)
    if held is None or held[1] not in above(place) or (plugin and place == "dark"):
        return 404
    return 200 if role in MAY[permission] else 403


def tell(wrong: list[Any]) -> None:
    """Fail with one line for each thing that is wrong."""
    assert not wrong, "\n".join(["", *map(str, wrong[:40]), f"{len(wrong)} in all"])


__all__ = ["AREA", "PUBLIC", "SIGNED_IN"]
