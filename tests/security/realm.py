"""A site with one of each thing in every place, built once a run, for the tests of who may do what.

The county has a street and a town; the street has two communities, the first with four grids, one of them closed and
one without plugins. Every place holds a person, an entry, a list, a notice and so on. Each role is held by one account;
things of a place belong to somebody of the town, so that nobody who is tried here is a recorder or a beneficiary.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from flask import Flask
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.access import token_permissions
from pointsys.core.accounts import services as accounts
from pointsys.core.accounts.models import Account, RoleGrant
from pointsys.core.activity_log.kinds import add_shipped_kinds, kinds_for
from pointsys.core.activity_log.models import Activity, Entry
from pointsys.core.activity_log.planning import Plan, plan_activity
from pointsys.core.activity_log.record import record
from pointsys.core.actors import SYSTEM, Actor, Grant
from pointsys.core.areas.models import Area
from pointsys.core.areas.services import close_area, create_area
from pointsys.core.attachments import services as attachments
from pointsys.core.audit import AuditRow
from pointsys.core.batches import COMMITTED, PEOPLE, Batch
from pointsys.core.documents.participation import issue_participation
from pointsys.core.exports.models import WAITING, ExportFile
from pointsys.core.jobs import results
from pointsys.core.jobs.models import DONE, Job
from pointsys.core.objections.services import take_objection
from pointsys.core.objections.subjects import PUBLICITY
from pointsys.core.people.models import Person
from pointsys.core.privacy import requests
from pointsys.core.publicity import services as publicity
from pointsys.core.publicity.services import Notice
from pointsys.core.site import current_site
from pointsys.core.switches import switch_plugin
from pointsys.core.tokens.services import Wanted, create_token, grantable
from pointsys.core.unit_of_work import unit_of_work
from pointsys.kit.publicity import PublicColumn
from pointsys.plugins.attendance import services as attendance
from pointsys.plugins.party_member_points import members, schemes
from tests import factories
from tests.security import (
    points_annual,
    points_ledger,
    points_people,
    points_units,
    property_estates,
    property_registry,
    property_rounds,
    property_standing,
    volunteer_certificates,
    volunteer_policies,
    volunteer_record,
    volunteer_signups,
    volunteer_teams,
    wishes,
    wishes_asking,
    wishes_dispatch,
)
from tests.security.claims import make_claim
from tests.security.points_schemes import draft_of
from tests.security.points_sheets import sheet_of
from tests.sheets import id_number

DAY = date(2026, 7, 8)
# place -> (code, name, the place above)
TREE = {
    "county": ("990101000000", "平安区", None),
    "street": ("990101001000", "平安街道", "county"),
    "happy": ("990101001001", "幸福社区", "street"),
    "sunny": ("990101001002", "阳光社区", "street"),
    "grid1": ("990101001001001", "第一网格", "happy"),
    "grid2": ("990101001001002", "第二网格", "happy"),
    "gone": ("990101001001003", "撤销网格", "happy"),
    "dark": ("990101001001004", "无插件网格", "happy"),
    "town": ("990101002000", "远山镇", "county"),
}
PLACES = tuple(TREE)
# role as tried here -> (role of the program, place); nobody has none.
HOLDERS = {
    "system": ("system_admin", "county"),
    "security": ("security_admin", "county"),
    "auditor": ("audit_admin", "county"),
    "office": ("subdistrict_office", "street"),
    "worker": ("community_worker", "happy"),
    "sunny_worker": ("community_worker", "sunny"),
    "grid_worker": ("grid_worker", "grid1"),
    "secretary": ("branch_secretary", "happy"),
    "committee": ("party_committee", "happy"),
    "liaison": ("unit_liaison", "happy"),
    "member": ("member", "grid1"),
    "stranger": ("community_worker", "town"),
    "nobody": None,
}
# A missing id of each kind; for areas a code that nobody has.
NOWHERE = "aaaaaaaaaaaaaaaa"
NO_CODE = "990101009009"
# Whose jobs lie in a place: background work is shown to who ordered it.
KEEPER = {"street": "office", "happy": "worker", "sunny": "sunny_worker", "grid1": "grid_worker"}


def above(place: str) -> set[str]:
    """A place and those above it."""
    found: set[str] = set()
    step: str | None = place
    while step is not None:
        found.add(step)
        step = TREE[step][2]
    return found


def marker(place: str, what: str) -> str:
    """A text that stands in one field of one place's things and nowhere else."""
    return f"标{PLACES.index(place)}{what}记"


def phone_of(place: str) -> str:
    """The phone of a place's person."""
    return f"1370013700{PLACES.index(place)}"


def id_of(place: str) -> str:
    """The ID number of a place's person."""
    return id_number(PLACES.index(place) + 31)


@dataclass
class Realm:
    """Outside ids by place and kind, and ids of areas and accounts by name."""

    codes: dict[str, str] = field(default_factory=dict)
    areas: dict[str, int] = field(default_factory=dict)
    accounts: dict[str, int] = field(default_factory=dict)
    things: dict[str, dict[str, str]] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)


def build(app: Flask) -> Realm:
    """Fill an empty, migrated site."""
    made = Realm()
    with app.app_context():
        with unit_of_work(drain=False) as session:
            _areas(session, made)
            _accounts(session, made)
        with unit_of_work(drain=False) as session:
            for place in PLACES:
                made.things[place] |= _things(session, made, place)
        with unit_of_work() as session:
            for place in PLACES:
                _served(session, made, place)
            _end(session, made)
        with unit_of_work(drain=False) as session:
            _tokens(app, session, made)
    return made


def _areas(session: Session, made: Realm) -> None:
    for place, (code, name, parent) in TREE.items():
        above_it = session.get_one(Area, made.areas[parent]) if parent else None
        area = create_area(session, code, name, above_it, SYSTEM)
        made.areas[place], made.codes[place] = area.id, area.code
    add_shipped_kinds(session)
    county = session.get_one(Area, made.areas["county"])
    for plugin in current_site().host.plugins:
        switch_plugin(session, county, plugin, True, SYSTEM)
    street = session.get_one(Area, made.areas["street"])
    schemes.publish(session, street, schemes.preset(), "toml", schemes.PRESET_FROM, SYSTEM)


def _accounts(session: Session, made: Realm) -> None:
    for place in PLACES:
        person = factories.make_person(
            session,
            session.get_one(Area, made.areas[place]),
            marker(place, "人"),
            phone=phone_of(place),
            id_number=id_of(place),
            note=marker(place, "注"),
        )
        made.things[place] = {
            "code": made.codes[place],
            "person": person.public_id,
            "person_id": str(person.id),
        }
    for name, held in HOLDERS.items():
        person_id = int(made.things["grid1"]["person_id"]) if name == "member" else None
        account = accounts.create_account(session, name, SYSTEM, person_id=person_id)
        made.accounts[name] = account.id
        if held is not None:
            accounts.grant_role(session, account, held[0], session.get_one(Area, made.areas[held[1]]), SYSTEM)
    for place in PLACES:
        area = session.get_one(Area, made.areas[place])
        clerk = accounts.create_account(session, f"clerk.{place}", SYSTEM)
        accounts.grant_role(session, clerk, "grid_worker", area, SYSTEM)
        made.accounts[f"clerk.{place}"] = clerk.id
        grant = session.scalars(select(RoleGrant.id).where(RoleGrant.account_id == clerk.id)).one()
        made.things[place] |= {"account": clerk.public_id, "grant": str(grant)}


def third(made: Realm) -> Actor:
    """Somebody of the town, who has done all that is there."""
    return Actor("stranger", account_id=made.accounts["stranger"])


def _things(session: Session, made: Realm, place: str) -> dict[str, str]:
    area, actor = session.get_one(Area, made.areas[place]), third(made)
    person = session.get_one(Person, int(made.things[place]["person_id"]))
    kind = kinds_for(session, area.id)["志愿服务"]
    draft = factories.make_draft(
        session, area, person, day=DAY, title=marker(place, "事"), note=marker(place, "言"),
        evidence=marker(place, "证"),
    )  # fmt: skip
    (waiting,) = record(session, area, [draft], actor, "form")
    entry = session.get_one(Entry, waiting.entry_id)
    plan = Plan(factories.at(DAY, "13:00"), factories.at(DAY, "15:00"), 0, "", marker(place, "地"))
    planned = plan_activity(session, area, kind.id, marker(place, "划"), DAY, plan, actor)
    sheet = attendance.open_sheet(session, planned, actor)
    attendance.add_people(session, sheet, [person], actor)
    notice = publicity.publish(session, area, _notice(place, "榜"), actor)
    disputed = publicity.publish(session, area, _notice(place, "争"), actor)
    objection = take_objection(session, PUBLICITY, disputed.public_id, marker(place, "议"), "王某", actor)
    account = session.get_one(Account, made.accounts[f"clerk.{place}"])
    token = create_token(
        session, account, Wanted("t", ["log.view"], [area.id], DAY + timedelta(days=90)), _holder(made, place)
    )
    return {
        "kind": kind.code,
        "kind_id": str(kind.id),
        "entry": entry.public_id,
        "activity": session.get_one(Activity, entry.activity_id).public_id,
        "plan": planned.public_id,
        "sheet": sheet.public_id,
        "notice": notice.public_id,
        "objection": objection.public_id,
        "picture": attachments.store(
            session, area.id, "a.png", _photo(place), actor,
            subject_type=attachments.ACTIVITY, subject_id=planned.public_id,
        ).public_id,
        "row": str(session.scalars(select(AuditRow.id).where(AuditRow.area_id == area.id).limit(1)).one()),
        "asked": requests.ask(session, person, requests.CORRECT, marker(place, "问"), actor).public_id,
        "batch": _batch(session, area, actor),
        "job": _job(session, made, place),
        "export": _export(session, area, actor),
        "token": token.token.public_id,
    }  # fmt: skip


def _notice(place: str, what: str) -> Notice:
    return Notice(
        f"points.{what}", marker(place, what), "2026", [PublicColumn("姓名"), PublicColumn("总分", "end")],
        [["张*", "12.50"]], days=5,
    )  # fmt: skip


def _photo(place: str) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (8, 8), (PLACES.index(place) * 20, 10, 10)).save(data, "PNG")
    return data.getvalue()


def _holder(made: Realm, place: str) -> Actor:
    clerk = f"clerk.{place}"
    return Actor(clerk, made.accounts[clerk], grants=(Grant("grid_worker", made.areas[place]),))


def _batch(session: Session, area: Area, actor: Actor) -> str:
    now = current_site().now()
    batch = Batch(
        kind=PEOPLE, area_id=area.id, file_name="a.csv", sha256=area.code.rjust(64, "0"), state=COMMITTED,
        created_by=actor.label, created_by_account=actor.account_id, created_at=now, beat_at=now,
    )  # fmt: skip
    session.add(batch)
    session.flush()
    return batch.public_id


def _job(session: Session, made: Realm, place: str) -> str:
    now = current_site().now()
    path = results.new_path()
    path.write_text(marker(place, "果"), "utf-8")
    keeper = KEEPER.get(place, "stranger")
    job = Job(
        kind="core.replay", area_id=made.areas[place], args="{}", state=DONE, created_by=keeper,
        created_by_account=made.accounts[keeper], created_at=now, finished_at=now, file=path.name, file_name="a.csv",
        file_type="text/csv", expires_at=now + timedelta(hours=20), result=json.dumps({}),
    )  # fmt: skip
    session.add(job)
    session.flush()
    return job.public_id


def _export(session: Session, area: Area, actor: Actor) -> str:
    """A long list that somebody else ordered and that waits for a second person."""
    now = current_site().now()
    row = ExportFile(
        number=f"E-{area.code}", account_id=actor.account_id, created_by=actor.label, at=now, area_id=area.id,
        list_name="people.index", title="People", arguments="{}", form="xlsx", rows=1, identifiers=True,
        reason=area.code, state=WAITING, expires_at=now + timedelta(hours=24),
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row.public_id


def _served(session: Session, made: Realm, place: str) -> None:
    """A confirmed entry with its document, and membership of the Party."""
    area, actor = session.get_one(Area, made.areas[place]), third(made)
    person = session.get_one(Person, int(made.things[place]["person_id"]))
    draft = factories.make_draft(
        session, area, person, day=DAY, start="16:00", end="18:00", title=marker(place, "毕")
    )
    (done,) = record(session, area, [draft], actor, "form", confirm=True)
    document = issue_participation(session, area, person, DAY, DAY, actor, title="参与记录证明")
    roster = {
        "political_status": "member", "branch": marker(place, "支"), "home_unit": marker(place, "位"),
        "checkin_on": "2024-03-05",
    }  # fmt: skip
    members.take_roster(session, area, [(person.id, roster)], SYSTEM)
    made.things[place] |= points_people.things(session, area, person, marker(place, "到"), actor)
    made.things[place] |= points_ledger.things(
        session, area, person, marker(place, "奖"), _photo(place), actor
    )
    made.things[place] |= points_units.things(
        session, area, person, marker(place, "兑"), actor, made.accounts["liaison"]
    )
    made.things[place] |= volunteer_certificates.things(session, area, person, marker(place, "凭"), actor)
    made.things[place] |= volunteer_policies.things(session, area, person, marker(place, "限"), actor)
    made.things[place] |= volunteer_teams.things(session, area, person, marker(place, "队"), actor)
    made.things[place] |= volunteer_signups.things(session, area, person, marker(place, "招"), actor)
    served = session.get_one(Entry, done.entry_id).public_id
    made.things[place] |= volunteer_record.things(session, area, person, marker(place, "录"), actor, served)
    made.things[place]["annual"] = points_annual.result_of(session, area, person.id, actor)
    made.things[place] |= property_estates.things(session, area, person, marker(place, "苑"), actor)
    made.things[place] |= property_rounds.things(
        session, area, made.things[place], marker(place, "轮"), _photo(place), actor
    )
    made.things[place] |= property_registry.things(
        session, area, person, made.things[place], marker(place, "诉"), actor, made.accounts["liaison"]
    )
    made.things[place] |= property_standing.things(
        session, area, made.things[place], marker(place, "信"), actor
    )
    made.things[place] |= wishes.things(session, area, person, marker(place, "愿"), _photo(place), actor)
    made.things[place] |= wishes_asking.things(session, area, person, marker(place, "托"), actor)
    made.things[place] |= wishes_dispatch.things(
        session, area, person, made.things[place], marker(place, "派"), actor, made.accounts["liaison"]
    )
    made.things[place] |= make_claim(session, area, person, marker(place, "报"), _photo(place), actor)
    made.things[place] |= {
        "done": served,
        "document": document.public_id,
        "scheme_draft": draft_of(session, area, marker(place, "法"), actor),
        "points_sheet": sheet_of(session, area, person.id, actor),
    }


def _end(session: Session, made: Realm) -> None:
    close_area(session, session.get_one(Area, made.areas["gone"]), SYSTEM)
    dark = session.get_one(Area, made.areas["dark"])
    for plugin in reversed(list(current_site().host.plugins)):
        switch_plugin(session, dark, plugin, False, SYSTEM)


def _tokens(app: Flask, session: Session, made: Realm) -> None:
    """A token of every role with all that its owner may."""
    for name, held in HOLDERS.items():
        if held is None:
            continue
        account = session.get_one(Account, made.accounts[name])
        area_id = made.areas[held[1]]
        actor = Actor(name, account.id, account.person_id, (Grant(held[0], area_id),))
        wanted: list[Any] = grantable(actor, token_permissions(app))
        if wanted:
            made.secrets[name] = create_token(
                session,
                account,
                Wanted("all", wanted, [area_id], DAY + timedelta(days=90), read_only=False),
                actor,
            ).secret
