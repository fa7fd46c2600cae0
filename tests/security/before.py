"""What has to be there before an act can be done; each returns the things that it made."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pyotp
from sqlalchemy import select, update

from pointsys.core.accounts import links, second_factor, sessions
from pointsys.core.accounts.models import Account
from pointsys.core.activity_log.models import Activity
from pointsys.core.actors import SYSTEM
from pointsys.core.alerts import SecurityAlert, raise_alert
from pointsys.core.jobs.models import QUEUED, Job
from pointsys.core.objections.models import Objection
from pointsys.core.pending import PluginQuarantine
from pointsys.core.people.models import Person
from pointsys.core.people.services import PersonData, update_person
from pointsys.core.privacy.models import PrivacyNotice, PrivacyRequest
from pointsys.core.tokens.models import ApiToken
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.plugins.party_member_points.claims.models import PointsClaim
from tests.security.act import DAY, WINDOW, Act, Before, Things
from tests.security.conftest import NOW, Populated


def post(populated: Populated, role: str, path: str, data: Mapping[str, object]) -> str:
    answer = populated.sign_in(role).post(path, data)
    assert answer.status_code in (200, 303), (path, answer.status_code)
    return str(answer.location or "")


def mark(act_name: str) -> Before:
    def before(populated: Populated, act: Act) -> Things:
        realm = populated.realm
        path = f"/a/{realm.codes['happy']}/attendance/{realm.things['happy']['sheet']}/mark"
        post(populated, "worker", path, {"row": "1", "act": act_name})
        return {}

    return before


def left_open(populated: Populated, act: Act) -> Things:
    """Somebody signed in and never out, on a list that was closed."""
    realm = populated.realm
    sheet = f"/a/{realm.codes['happy']}/attendance/{realm.things['happy']['sheet']}"
    post(populated, "worker", f"{sheet}/mark", {"row": "1", "act": "set", "in": "13:00", "reason": "补"})
    post(populated, "worker", f"{sheet}/close", {})
    return {}


def staged(populated: Populated, act: Act) -> Things:
    path = f"/a/{populated.realm.codes['happy']}/imports/"
    place = post(populated, "worker", path, {"kind": "people", "text": "姓名\t手机\n王小五\t13900139000"})
    return {"batch": place.partition("?")[0].rstrip("/").rpartition("/")[2]}


def mapping(populated: Populated, act: Act) -> Things:
    path = f"/a/{populated.realm.codes['happy']}/imports/"
    place = post(populated, "worker", path, {"kind": "people", "text": "怪栏\t手机\n王小五\t13900139000"})
    return {"batch": place.partition("?")[0].rstrip("/").rpartition("/")[2]}


def applied(populated: Populated, act: Act) -> Things:
    made = staged(populated, act)
    post(populated, "worker", f"/a/{populated.realm.codes['happy']}/imports/{made['batch']}/apply", {})
    return made


def recorded(populated: Populated, act: Act) -> Things:
    realm = populated.realm
    form = {
        "kind": realm.things["happy"]["kind"], "title": "扫雪", "day": DAY, **WINDOW,
        "person": realm.things["happy"]["person"], "act": "record",
    }  # fmt: skip
    post(populated, "worker", f"/a/{realm.codes['happy']}/log/new", form)
    with populated.app.app_context(), read_scope() as session:
        newest = session.scalars(select(Activity.public_id).order_by(Activity.id.desc()).limit(1)).one()
    return {"newest": newest}


def merged(populated: Populated, act: Act) -> Things:
    realm = populated.realm
    form = {"kept": realm.things["happy"]["person"], "merged": realm.things["grid1"]["person"]}
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        merged = session.scalars(select(Person).where(Person.public_id == form["merged"])).one()
        bare = PersonData(merged.name, merged.area_id)
        update_person(session, merged, bare, SYSTEM, clear={"id_number"})
    post(populated, "worker", f"/a/{realm.codes['happy']}/people/merge", form)
    return {}


def bare(populated: Populated, act: Act) -> Things:
    """Two rows with different ID numbers are never one person."""
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        for place in ("grid1", "sunny", "street", "town"):
            person = session.get_one(Person, int(populated.realm.things[place]["person_id"]))
            update_person(
                session, person, PersonData(person.name, person.area_id), SYSTEM, clear={"id_number"}
            )
    return {}


def waiting_job(populated: Populated, act: Act) -> Things:
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        job = populated.realm.things["happy"]["job"]
        session.execute(update(Job).where(Job.public_id == job).values(state=QUEUED, finished_at=None))
    return {}


def stopped_plugin(populated: Populated, act: Act) -> Things:
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        session.add(PluginQuarantine(plugin="volunteer", since=NOW, failures=5))
    return {}


def link(populated: Populated, act: Act) -> Things:
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        account = populated.realm.accounts["nobody"]
        return {"link": links.create_link(session, links.SIGN_IN, account_id=account)}


def own_objection(populated: Populated, act: Act) -> Things:
    things = populated.realm.things["grid1"]
    post(populated, "member", f"/me/entries/{things['done']}/objection", {"text": "时间不对"})
    with populated.app.app_context(), read_scope() as session:
        newest = select(Objection.public_id).order_by(Objection.id.desc()).limit(1)
        return {"objection": session.scalars(newest).one()}


def ordered(populated: Populated, act: Act) -> Things:
    path = f"/a/{populated.realm.codes['happy']}/people/export"
    place = post(populated, "worker", path, {"reason": "核对名册", "form": "csv"})
    return {"export": place.rpartition("/")[2]}


def alert(populated: Populated, act: Act) -> Things:
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        raise_alert(session, "export.many", "worker")
        return {"alert": session.scalars(select(SecurityAlert.public_id)).one()}


def own_token(populated: Populated, act: Act) -> Things:
    with populated.app.app_context(), read_scope() as session:
        owner = select(Account.id).where(Account.login == "worker")
        return {
            "token": session.scalars(select(ApiToken.public_id).where(ApiToken.account_id.in_(owner))).one()
        }


def with_code(populated: Populated, act: Act) -> Things:
    """The worker has a second factor in use, begun and confirmed with the code of this moment."""
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        account = session.get_one(Account, populated.realm.accounts["worker"])
        second_factor.start(session, account, SYSTEM)
        return {"digits": pyotp.TOTP(second_factor.secret_of(account)).at(NOW)}


def in_force(populated: Populated, act: Act) -> Things:
    made = with_code(populated, act)
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        account = session.get_one(Account, populated.realm.accounts["worker"])
        second_factor.confirm(session, account, made["digits"], SYSTEM)
    return made


def members(populated: Populated, act: Act) -> Things:
    """The person of grid 2 has an account, ready for a slip."""
    realm = populated.realm
    form = {"id": realm.things["grid2"]["person"], "role": "member"}
    post(populated, "worker", f"/a/{realm.codes['happy']}/people/accounts/make", form)
    with populated.app.app_context(), read_scope() as session:
        newest = session.scalars(select(Account.public_id).order_by(Account.id.desc()).limit(1)).one()
    return {"fresh": newest}


def other_browser(populated: Populated, act: Act) -> Things:
    populated.sign_in("worker")
    with populated.app.app_context(), read_scope() as session:
        (one, *_rest) = sessions.sessions_of(session, populated.realm.accounts["worker"])
    return {"session": one.key}


def frozen(populated: Populated, act: Act) -> Things:
    realm = populated.realm
    path = f"/a/{realm.codes['street']}/people/{realm.things['happy']['person']}/privacy/freeze"
    post(populated, "office", path, {"why": "dispute", "sure": "y"})
    return {}


def own_asked(populated: Populated, act: Act) -> Things:
    post(populated, "member", "/me/privacy/ask", {"kind": "explain", "text": "请解释"})
    with populated.app.app_context(), read_scope() as session:
        newest = select(PrivacyRequest.public_id).order_by(PrivacyRequest.id.desc()).limit(1)
        return {"asked": session.scalars(newest).one()}


def new_notice(populated: Populated, act: Act) -> Things:
    path = f"/a/{populated.realm.codes['street']}/privacy/notice/new"
    post(populated, "office", path, NOTICE)
    with populated.app.app_context(), read_scope() as session:
        newest = select(PrivacyNotice.version).order_by(PrivacyNotice.id.desc()).limit(1)
        return {"version": session.scalars(newest).one()}


def child(populated: Populated, act: Act) -> Things:
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        person = session.get_one(Person, int(populated.realm.things["happy"]["person_id"]))
        bare = PersonData(person.name, person.area_id, birth_date=date(2015, 5, 1))
        update_person(session, person, PersonData(person.name, person.area_id), SYSTEM, clear={"id_number"})
        update_person(session, person, bare, SYSTEM)
    return {}


def rotating(populated: Populated, act: Act) -> Things:
    post(populated, "security", f"/a/{populated.realm.codes['county']}/keys/rotate", {"purposes": "both"})
    return {}


NOTICE = {"unit": "平安街道办", "contact": "电话", "changes": "第一版"}


def own_feed(populated: Populated, act: Act) -> Things:
    post(populated, "member", "/me/calendar", {})
    return {}


def claim(state: str) -> Before:
    """The claim of the act's place stands in ``state``."""

    def before(populated: Populated, act: Act) -> Things:
        with populated.app.app_context(), unit_of_work(drain=False) as session:
            stranger = populated.realm.accounts["stranger"]
            changes: dict[str, object] = {"state": state}
            if state == "draft":
                changes["submitted_at"] = None
            if state == "verified":
                changes |= {
                    "verified_at": NOW, "verified_by": "stranger", "verified_by_account": stranger,
                }  # fmt: skip
            own = populated.realm.things[act.place]["claim"]
            session.execute(update(PointsClaim).where(PointsClaim.public_id == own).values(**changes))
        return {}

    return before
