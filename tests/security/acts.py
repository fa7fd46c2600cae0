"""One request for every address that writes: who sends it, with what, and which event is to be on record afterwards.

``{kind}`` in a value stands for a thing of the act's place, ``{place.kind}`` for one of another. An act with such a
value is tried with things of elsewhere as well. What has to be there before is made by ``before``, which returns
further things. Addresses that write nothing, or that stand before there is a site, are in ``SILENT`` and ``ELSEWHERE``
with the reason.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pyotp
from PIL import Image
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
from tests.security.conftest import NOW, Populated
from tests.security.realm import HOLDERS, Realm
from tests.security.routes import Route

Things = dict[str, str]
Before = Callable[[Populated, "Act"], Things]
DAY = "2026-07-09"
PERIOD = {"first": "2026-07-01", "last": "2026-07-10"}
WINDOW = {"start": "08:00", "end": "09:00"}


@dataclass(frozen=True)
class Act:
    """One form, or one body, sent by ``role`` to its own area about things of ``place``; ``days`` later if need be."""

    endpoint: str
    event: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    role: str = "worker"
    place: str = "happy"
    before: Before | None = None
    days: int = 0
    verb: str = "POST"
    # Another kind of thing than the usual one for an argument of the address.
    kinds: Mapping[str, str] = field(default_factory=dict)
    upload: str = ""
    # Fields whose things are not of an area: the code on one's own phone, say.
    own: tuple[str, ...] = ()
    query: str = ""

    @property
    def home(self) -> str:
        """Where the one who acts holds the role."""
        held = HOLDERS[self.role]
        return held[1] if held is not None else self.place

    @property
    def named(self) -> list[str]:
        """The fields that name things."""
        return [
            name
            for name, value in self.fields.items()
            if "{" in str(value) and name not in ("kind", "at", *self.own)
        ]


def fill(value: Any, things: Mapping[str, str], realm: Realm) -> Any:
    """The value with ids in the place of kinds."""
    if isinstance(value, list):
        return [fill(item, things, realm) for item in value]
    if isinstance(value, dict):
        return {key: fill(item, things, realm) for key, item in value.items()}
    if not isinstance(value, str):
        return value

    def thing(found: re.Match[str]) -> str:
        place, _dot, kind = found[1].rpartition(".")
        return realm.things[place][kind] if place else things[kind]

    return re.sub(r"\{([\w.]+)\}", thing, value)


def picture() -> tuple[io.BytesIO, str]:
    """A small photo as a browser sends it."""
    data = io.BytesIO()
    Image.new("RGB", (9, 9), "green").save(data, "PNG")
    return io.BytesIO(data.getvalue()), "a.png"


def address(act: Act, route: Route, things: Mapping[str, str], realm: Realm) -> str:
    """Where the act is sent: the area of whoever acts, and the things that it is about."""
    given = {name: things[kind] for name, kind in act.kinds.items()}
    return route.path(things, realm.codes[act.home], given) + fill(act.query, things, realm)


def _post(populated: Populated, role: str, path: str, data: Mapping[str, object]) -> str:
    answer = populated.sign_in(role).post(path, data)
    assert answer.status_code in (200, 303), (path, answer.status_code)
    return str(answer.location or "")


def _mark(act_name: str) -> Before:
    def before(populated: Populated, act: Act) -> Things:
        realm = populated.realm
        path = f"/a/{realm.codes['happy']}/attendance/{realm.things['happy']['sheet']}/mark"
        _post(populated, "worker", path, {"row": "1", "act": act_name})
        return {}

    return before


def _left_open(populated: Populated, act: Act) -> Things:
    """Somebody signed in and never out, on a list that was closed."""
    realm = populated.realm
    sheet = f"/a/{realm.codes['happy']}/attendance/{realm.things['happy']['sheet']}"
    _post(populated, "worker", f"{sheet}/mark", {"row": "1", "act": "set", "in": "13:00"})
    _post(populated, "worker", f"{sheet}/close", {})
    return {}


def _staged(populated: Populated, act: Act) -> Things:
    path = f"/a/{populated.realm.codes['happy']}/imports/"
    place = _post(populated, "worker", path, {"kind": "people", "text": "姓名\t手机\n王小五\t13900139000"})
    return {"batch": place.partition("?")[0].rstrip("/").rpartition("/")[2]}


def _mapping(populated: Populated, act: Act) -> Things:
    path = f"/a/{populated.realm.codes['happy']}/imports/"
    place = _post(populated, "worker", path, {"kind": "people", "text": "怪栏\t手机\n王小五\t13900139000"})
    return {"batch": place.partition("?")[0].rstrip("/").rpartition("/")[2]}


def _applied(populated: Populated, act: Act) -> Things:
    made = _staged(populated, act)
    _post(populated, "worker", f"/a/{populated.realm.codes['happy']}/imports/{made['batch']}/apply", {})
    return made


def _recorded(populated: Populated, act: Act) -> Things:
    realm = populated.realm
    form = {
        "kind": realm.things["happy"]["kind"], "title": "扫雪", "day": DAY, **WINDOW,
        "person": realm.things["happy"]["person"], "act": "record",
    }  # fmt: skip
    _post(populated, "worker", f"/a/{realm.codes['happy']}/log/new", form)
    with populated.app.app_context(), read_scope() as session:
        newest = session.scalars(select(Activity.public_id).order_by(Activity.id.desc()).limit(1)).one()
    return {"newest": newest}


def _merged(populated: Populated, act: Act) -> Things:
    realm = populated.realm
    form = {"kept": realm.things["happy"]["person"], "merged": realm.things["grid1"]["person"]}
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        merged = session.scalars(select(Person).where(Person.public_id == form["merged"])).one()
        bare = PersonData(merged.name, merged.area_id)
        update_person(session, merged, bare, SYSTEM, clear={"id_number"})
    _post(populated, "worker", f"/a/{realm.codes['happy']}/people/merge", form)
    return {}


def _bare(populated: Populated, act: Act) -> Things:
    """Two rows with different ID numbers are never one person."""
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        for place in ("grid1", "sunny", "street", "town"):
            person = session.get_one(Person, int(populated.realm.things[place]["person_id"]))
            update_person(
                session, person, PersonData(person.name, person.area_id), SYSTEM, clear={"id_number"}
            )
    return {}


def _waiting_job(populated: Populated, act: Act) -> Things:
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        job = populated.realm.things["happy"]["job"]
        session.execute(update(Job).where(Job.public_id == job).values(state=QUEUED, finished_at=None))
    return {}


def _stopped_plugin(populated: Populated, act: Act) -> Things:
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        session.add(PluginQuarantine(plugin="volunteer", since=NOW, failures=5))
    return {}


def _link(populated: Populated, act: Act) -> Things:
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        account = populated.realm.accounts["nobody"]
        return {"link": links.create_link(session, links.SIGN_IN, account_id=account)}


def _own_objection(populated: Populated, act: Act) -> Things:
    things = populated.realm.things["grid1"]
    _post(populated, "member", f"/me/entries/{things['done']}/objection", {"text": "时间不对"})
    with populated.app.app_context(), read_scope() as session:
        newest = select(Objection.public_id).order_by(Objection.id.desc()).limit(1)
        return {"objection": session.scalars(newest).one()}


def _ordered(populated: Populated, act: Act) -> Things:
    path = f"/a/{populated.realm.codes['happy']}/people/export"
    place = _post(populated, "worker", path, {"reason": "核对名册", "form": "csv"})
    return {"export": place.rpartition("/")[2]}


def _alert(populated: Populated, act: Act) -> Things:
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        raise_alert(session, "export.many", "worker")
        return {"alert": session.scalars(select(SecurityAlert.public_id)).one()}


def _own_token(populated: Populated, act: Act) -> Things:
    with populated.app.app_context(), read_scope() as session:
        owner = select(Account.id).where(Account.login == "worker")
        return {
            "token": session.scalars(select(ApiToken.public_id).where(ApiToken.account_id.in_(owner))).one()
        }


def _with_code(populated: Populated, act: Act) -> Things:
    """The worker has a second factor in use, begun and confirmed with the code of this moment."""
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        account = session.get_one(Account, populated.realm.accounts["worker"])
        second_factor.start(session, account, SYSTEM)
        return {"digits": pyotp.TOTP(second_factor.secret_of(account)).at(NOW)}


def _in_force(populated: Populated, act: Act) -> Things:
    made = _with_code(populated, act)
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        account = session.get_one(Account, populated.realm.accounts["worker"])
        second_factor.confirm(session, account, made["digits"], SYSTEM)
    return made


def _members(populated: Populated, act: Act) -> Things:
    """The person of grid 2 has an account, ready for a slip."""
    realm = populated.realm
    form = {"id": realm.things["grid2"]["person"], "role": "member"}
    _post(populated, "worker", f"/a/{realm.codes['happy']}/people/accounts/make", form)
    with populated.app.app_context(), read_scope() as session:
        newest = session.scalars(select(Account.public_id).order_by(Account.id.desc()).limit(1)).one()
    return {"fresh": newest}


def _other_browser(populated: Populated, act: Act) -> Things:
    populated.sign_in("worker")
    with populated.app.app_context(), read_scope() as session:
        (one, *_rest) = sessions.sessions_of(session, populated.realm.accounts["worker"])
    return {"session": one.key}


def _frozen(populated: Populated, act: Act) -> Things:
    realm = populated.realm
    path = f"/a/{realm.codes['street']}/people/{realm.things['happy']['person']}/privacy/freeze"
    _post(populated, "office", path, {"why": "dispute", "sure": "y"})
    return {}


def _own_asked(populated: Populated, act: Act) -> Things:
    _post(populated, "member", "/me/privacy/ask", {"kind": "explain", "text": "请解释"})
    with populated.app.app_context(), read_scope() as session:
        newest = select(PrivacyRequest.public_id).order_by(PrivacyRequest.id.desc()).limit(1)
        return {"asked": session.scalars(newest).one()}


def _new_notice(populated: Populated, act: Act) -> Things:
    path = f"/a/{populated.realm.codes['street']}/privacy/notice/new"
    _post(populated, "office", path, NOTICE)
    with populated.app.app_context(), read_scope() as session:
        newest = select(PrivacyNotice.version).order_by(PrivacyNotice.id.desc()).limit(1)
        return {"version": session.scalars(newest).one()}


def _child(populated: Populated, act: Act) -> Things:
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        person = session.get_one(Person, int(populated.realm.things["happy"]["person_id"]))
        bare = PersonData(person.name, person.area_id, birth_date=date(2015, 5, 1))
        update_person(session, person, PersonData(person.name, person.area_id), SYSTEM, clear={"id_number"})
        update_person(session, person, bare, SYSTEM)
    return {}


def _rotating(populated: Populated, act: Act) -> Things:
    _post(populated, "security", f"/a/{populated.realm.codes['county']}/keys/rotate", {"purposes": "both"})
    return {}


NOTICE = {"unit": "平安街道办", "contact": "电话", "changes": "第一版"}


def _own_feed(populated: Populated, act: Act) -> Things:
    _post(populated, "member", "/me/calendar", {})
    return {}


_CLERK = {"role": "security", "place": "sunny"}
_TOP = {"role": "security", "place": "county"}
_AUDITOR = {"role": "auditor", "place": "county"}
_OFFICE = {"role": "office", "place": "happy"}
_MEMBER = {"role": "member", "place": "grid1"}

ACTS = (
    # accounts
    Act("accounts.account", "role.granted", {"role": "branch_secretary", "area": "{code}"}, **_CLERK),
    Act("accounts.disable", "account.disabled", **_CLERK),
    Act("accounts.end_role", "role.ended", {"grant": "{grant}"}, **_CLERK),
    Act("accounts.link", "account.link", **_CLERK),
    Act(
        "accounts.new", "account.created", {"login": "newcomer", "role": "grid_worker", "area": "{code}"}, **_CLERK
    ),
    Act("accounts.hand_code", "account.code_made", **_CLERK),
    Act("accounts.rename", "account.named", {"name": "王主任"}, **_CLERK),
    Act("accounts.sign_out", "account.sessions_ended", **_CLERK),
    Act("accounts.take_second_factor", "account.second_factor_removed", **_CLERK),
    Act("accounts.unlock", "account.unlocked", **_CLERK),
    Act("accounts.choose_days", "setting.changed", {"days": "120"}, **_CLERK),
    Act("accounts.disable_picked", "account.disabled", {"id": ["{account}"]}, **_CLERK),
    Act("accounts.make_members", "account.created", {"id": ["{grid2.person}"], "role": "member"}),
    Act("people_code.make", "account.code_made", place="grid1"),
    Act("accounts.print_slips", "account.code_made", {"id": ["{fresh}"]}, before=_members),
    Act(
        "sign_in_rules.save", "setting.changed",
        {"profile": "modern", "second_factor": "offered", "most_sessions": "3"}, **_CLERK,
    ),
    Act("tokens.end", "token.revoked", **_CLERK),
    # areas and settings
    Act("tree.add", "area.created", {"text": "990101001008 新社区", "apply": "1"}, **_OFFICE),
    Act("tree.close", "area.closed", role="office", place="grid2"),
    Act("tree.edit", "area.renamed", {"name": "改名社区"}, **_OFFICE),
    Act("tree.reopen", "area.reopened", role="office", place="gone"),
    Act("settings.save", "setting.changed", {"second_person": "always"}, **_OFFICE),
    Act("deadlines.edit", "setting.changed", {"publicity": "6", "answers": "8"}, **_OFFICE),
    Act("public.settings", "setting.changed", {"top": "5"}, **_OFFICE),
    Act("checklist.put_away", "setting.changed"),
    Act("plugins.switch", "plugin.switched", {"on": ""}, **_OFFICE),
    Act("plugins.recompute", "plugin.recomputed", **_OFFICE),
    Act("plugins.let_out", "plugin.released", role="system", place="county", before=_stopped_plugin),
    # people
    Act("people.new", "person.created", {"name": "王小五", "area": "{code}"}),
    Act("people.merge", "person.merged", {"kept": "{person}", "merged": "{grid1.person}"}, before=_bare),
    Act("people.unmerge", "person.unmerged", {"merged": "{grid1.person}"}, before=_merged),
    Act("people.distinct", "person.distinct", {"kept": "{person}", "merged": "{grid1.person}"}),
    Act(
        "people_bulk.change", "consent.given",
        {"id": ["{person}", "{grid1.person}"], "act": "agreed", "step": "apply"},
    ),
    Act("people_person.edit", "person.updated", {"name": "王小五"}),
    Act("people_person.left", "person.left", {"on": DAY}),
    Act("people_person.move", "person.moved", {"area": "{grid2.code}", "on": DAY}),
    Act("people_person.reveal", "person.unmasked", {"field": "phone", "reason": "电话联系"}),
    Act("people_person.record_consent", "consent.given", {"kind": "ranking", "act": "give"}),
    # personal data
    Act("people_privacy.record_consent", "consent.given", {"kind": "ranking", "act": "give"}),
    Act(
        "people_privacy.guardian", "consent.given", {"by_whom": "王某", "relation": "母亲", "method": "paper"},
        before=_child,
    ),
    Act("people_privacy.ask", "privacy.asked", {"kind": "explain", "text": "请解释", "asker": "self"}),
    Act("people_privacy.died", "person.died", {"on": DAY}),
    Act("people_privacy.erase", "person.erased", {"why": "request", "sure": "y"}, **_OFFICE),
    Act("people_privacy.freeze", "person.frozen", {"why": "dispute", "sure": "y"}, **_OFFICE),
    Act("people_privacy.free", "person.freed", before=_frozen, **_OFFICE),
    Act("privacy.answer", "privacy.answered", {"outcome": "done", "answer": "已解释"}),
    Act("privacy.publish", "privacy.notice_published", NOTICE, **_OFFICE),
    Act("me_privacy.reveal", "privacy.own_shown", {"field": "phone"}, **_MEMBER),
    Act("me_privacy.ask", "privacy.asked", {"kind": "explain", "text": "请解释"}, **_MEMBER),
    Act("me_privacy.take_back", "privacy.withdrawn", before=_own_asked, **_MEMBER),
    Act(
        "me_privacy.confirm_notice", "consent.given", {"version": "{version}"}, own=("version",),
        before=_new_notice, **_MEMBER,
    ),
    # the audit log and keys
    Act("audit_chain.check", "job.queued", **_AUDITOR),
    Act("audit_chain.put_outside", "audit.anchored", **_AUDITOR),
    Act("audit_chain.keep", "setting.changed", {"days": "400"}, **_AUDITOR),
    Act("keys.rotate", "job.queued", {"purposes": "both"}, **_TOP),
    Act("keys.cancel", "job.cancelled", before=_rotating, **_TOP),
    # the log
    Act("log.decide_on", "entries.confirmed", {"id": ["{entry}"], "outcome": "confirmed"}),
    Act("log.confirm_list", "entries.confirmed", {"count": "5"}),
    Act(
        "log_new.new", "entries.recorded",
        {"kind": "{kind}", "title": "扫雪", "day": DAY, **WINDOW, "person": "{person}", "act": "record"},
    ),
    Act("log_new.undo", "entries.voided", {"activity": "{newest}", "at": NOW.isoformat()}, before=_recorded),
    Act("activities.plan", "activity.planned", {"start": "13:00", "end": "14:00"}),
    Act("files.add", "attachment.stored", upload="photos"),
    Act("files.remove", "attachment.removed"),
    # sheets and pasted lists
    Act("imports.upload", "import.staged", {"kind": "people", "text": "姓名\t手机\n王小五\t13900139000"}),
    Act("imports.columns", "import.headers_mapped", {"header": "0", "column-0": "name"}, before=_mapping),
    Act("imports.apply", "import.applied", before=_staged),
    Act("imports.discard", "import.discarded", before=_staged),
    Act("imports.undo", "import.undone", {"reason": "传错了"}, before=_applied),
    Act(
        "imports_roster.record", "entries.recorded",
        {"text": "接龙\n1. 王小五", "kind": "{kind_id}", "title": "扫雪", "day": DAY, **WINDOW, "people": "{person}"},
    ),
    # what leaves as a file, and what administrators are told
    Act("exports.people", "export.ordered", {"reason": "核对名册", "form": "xlsx"}),
    Act("exports.decide", "export.approved", {"act": "approve"}),
    Act("exports.file", "export.fetched", before=_ordered),
    Act("alerts.seen", "alert.seen", {"id": "{alert}"}, role="security", place="county", before=_alert),
    # work, notices, objections, documents
    Act("jobs.cancel", "job.cancelled", before=_waiting_job),
    Act("publicity.confirm", "publicity.confirmed", days=40),
    Act("publicity.take_objection", "objection.raised", {"caller": "李某", "text": "少算了"}),
    Act("publicity.withdraw", "publicity.withdrawn", {"why": "mistake", "reason": "算错"}),
    Act("objections.answer", "objection.answered", {"outcome": "rejected", "text": "核对无误"}),
    Act("documents.new", "document.issued", PERIOD),
    Act("documents.revoke", "document.revoked", {"reason_class": "duplicate", "reason": "重复"}),
    # one's own
    Act("me.give_consent", "consent.given", {"kind": "ranking", "act": "give"}, **_MEMBER),
    Act("feed.create", "feed.created", **_MEMBER),
    Act("feed.revoke", "feed.revoked", before=_own_feed, **_MEMBER),
    Act("objections.raise_for_entry", "objection.raised", {"text": "时间不对"}, kinds={"entry": "done"}, **_MEMBER),
    Act("objections.raise_for_publicity", "objection.raised", {"text": "名次不对"}, **_MEMBER),
    Act("objections.take_back", "objection.withdrawn", before=_own_objection, **_MEMBER),
    Act(
        "tokens.new", "token.created",
        {"name": "同步", "permissions": "log.view", "areas": "{code}", "expires_on": "2026-09-01"},
    ),
    Act("tokens.revoke", "token.revoked", before=_own_token),
    Act("auth.use_one_time_link", "sign_in", before=_link, role="nobody", kinds={"token": "link"}),
    Act("auth.sign_out", "sign_out"),
    Act("me_security.end", "session.ended", before=_other_browser, kinds={"key": "session"}),
    Act("me_security.end_others", "session.ended", before=_other_browser),
    Act("me_second_factor.begin", "account.second_factor_begun"),
    Act(
        "me_second_factor.confirm", "account.second_factor_set", {"code": "{digits}"}, own=("code",),
        before=_with_code,
    ),
    Act("me_second_factor.renew", "account.recovery_codes_made", before=_in_force),
    Act("me_second_factor.remove", "account.second_factor_removed", before=_in_force),
    # attendance
    Act("attendance.mark", "attendance.marked", {"row": "1", "act": "present"}),
    Act("attendance.add", "attendance.added", {"person": "{grid1.person}"}),
    Act("attendance.everybody", "attendance.marked", {"act": "present"}),
    Act("attendance.remove", "attendance.marked", {"row": "1"}),
    Act("attendance.close", "attendance.closed", before=_mark("present")),
    Act("attendance.settle", "attendance.settled", {"row": "1", "out": "15:00"}, before=_left_open),
    Act("attendance.open_list", "attendance.opened", {"activity": "{activity}"}),
    Act("attendance.new", "attendance.opened", {"title": "义诊", "kind": "{kind}", "day": DAY, **WINDOW}),
    Act("attendance_paper.keys", "attendance.keyed", {"row": "1", "in": "13:00", "out": "14:00"}),
    # points and hours
    Act(
        "points_members.edit", "points.member_changed",
        {"political_status": "member", "checkin_on": "2024-04-06", "checkin_known": "y"},
    ),
    Act("points.save_mapping", "setting.changed"),
    Act("points.publish_preset", "points.scheme_published", role="stranger", place="town"),
    Act("points_publicity.publish", "publicity.posted", {"period": "2026", "branch": "", "days": "5"}),
    Act("volunteer_notice.publish", "publicity.posted", {"period": "2026-07", "days": "5"}),
    # programs
    Act("rest_activities.plan", "activity.created", {"kind": "{kind}", "title": "义诊", "date": DAY}),
    Act(
        "rest_log.add", "entries.recorded",
        {"entries": [{"person": "{person}", "kind": "{kind}", "title": "义诊", "date": DAY, "quantity": "1.00"}]},
    ),
    Act("rest_log.decisions", "entries.confirmed", {"entries": ["{entry}"], "outcome": "confirmed"}),
    Act("rest_people.add", "person.created", {"name": "王小五", "area": "{code}"}),
    Act("rest_people.correct", "person.updated", {"note": "改"}, verb="PATCH"),
)  # fmt: skip

# They change nothing that outlives the answer.
SILENT = {
    "auth.language": "the language of this browser",
    "auth.letters": "the size of letters in this browser",
    "imports_roster.paste": "looks names up and shows them",
    "people.find": "looks people up and shows them",
    "log_new.people": "looks names up and shows them",
    "accounts.preview_picked": "shows whose accounts could be made",
    "verify.ask": "leads to the page of a document",
    "wizard.slips": "shows links once that the set-up made",
}
# They are tried where their surroundings are.
ELSEWHERE = {
    "wizard.step": "before there is a site: tests/web/test_wizard.py",
    "wizard.apply": "before there is a site: tests/web/test_wizard.py",
    "auth.sign_in": "with passwords, which take their time: tests/security/test_s16_accounts.py",
    "auth.code": "with codes: tests/security/test_sign_in.py",
    "auth.second": "with passwords, which take their time: tests/security/test_s15_second_factor.py",
    "me_password.page": "with passwords, which take their time: tests/security/test_s14_passwords.py",
    "me_security.confirm": "with passwords, which take their time: tests/security/test_s15_second_factor.py",
    "me_notices.read": "with notices: tests/security/test_s17_separation.py",
}
