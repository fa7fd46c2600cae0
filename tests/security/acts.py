"""One request for every address that writes: who sends it, with what, and which event is to be on record afterwards.

``{kind}`` in a value stands for a thing of the act's place, ``{place.kind}`` for one of another. An act with such a
value is tried with things of elsewhere as well. What has to be there before is made by ``before``, which returns
further things. Addresses that write nothing, or that stand before there is a site, are in ``SILENT`` and ``ELSEWHERE``
with the reason.
"""

from __future__ import annotations

from typing import Any

from tests.security import (
    attendance_acts,
    before,
    points_annual_acts,
    points_ledger_acts,
    points_people_acts,
    points_schemes,
    points_sheets,
    points_units_acts,
    property_ballots_acts,
    property_registry_acts,
    property_rounds_acts,
    property_standing_acts,
    volunteer_certificates_acts,
    volunteer_policies_acts,
    volunteer_record_acts,
    volunteer_reports_acts,
    volunteer_signups_acts,
    volunteer_teams_acts,
    wishes_asking_acts,
    wishes_claims_acts,
    wishes_dispatch_acts,
)
from tests.security.act import DAY, PERIOD, WINDOW, Act
from tests.security.conftest import NOW

_CLERK: dict[str, Any] = {"role": "security", "place": "sunny"}
_TOP: dict[str, Any] = {"role": "security", "place": "county"}
_AUDITOR: dict[str, Any] = {"role": "auditor", "place": "county"}
_OFFICE: dict[str, Any] = {"role": "office", "place": "happy"}
_MEMBER: dict[str, Any] = {"role": "member", "place": "grid1"}
_CLAIM = {"title": "清理楼道", "day": DAY, "quantity": "1", "kind": "{kind_id}"}
_CLAIMED = {"item": "service", "kind": "{kind}", "date": DAY, "title": "清理楼道", "quantity": "1.00"}

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
    Act("accounts.print_slips", "account.code_made", {"id": ["{fresh}"]}, before=before.members),
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
    Act("plugins.let_out", "plugin.released", role="system", place="county", before=before.stopped_plugin),
    # people
    Act("people.new", "person.created", {"name": "王小五", "area": "{code}"}),
    Act("people.merge", "person.merged", {"kept": "{person}", "merged": "{grid1.person}"}, before=before.bare),
    Act("people.unmerge", "person.unmerged", {"merged": "{grid1.person}"}, before=before.merged),
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
        before=before.child,
    ),
    Act("people_privacy.ask", "privacy.asked", {"kind": "explain", "text": "请解释", "asker": "self"}),
    Act("people_privacy.died", "person.died", {"on": DAY}),
    Act("people_privacy.erase", "person.erased", {"why": "request", "sure": "y"}, **_OFFICE),
    Act("people_privacy.freeze", "person.frozen", {"why": "dispute", "sure": "y"}, **_OFFICE),
    Act("people_privacy.free", "person.freed", before=before.frozen, **_OFFICE),
    Act("privacy.answer", "privacy.answered", {"outcome": "done", "answer": "已解释"}),
    Act("privacy.publish", "privacy.notice_published", before.NOTICE, **_OFFICE),
    Act("me_privacy.reveal", "privacy.own_shown", {"field": "phone"}, **_MEMBER),
    Act("me_privacy.ask", "privacy.asked", {"kind": "explain", "text": "请解释"}, **_MEMBER),
    Act("me_privacy.take_back", "privacy.withdrawn", before=before.own_asked, **_MEMBER),
    Act(
        "me_privacy.confirm_notice", "privacy.notice_read", {"version": "{version}"}, own=("version",),
        before=before.new_notice, **_MEMBER,
    ),
    # the audit log and keys
    Act("audit_chain.check", "job.queued", **_AUDITOR),
    Act("audit_chain.put_outside", "audit.anchored", **_AUDITOR),
    Act("audit_chain.keep", "setting.changed", {"days": "400"}, **_AUDITOR),
    Act("keys.rotate", "job.queued", {"purposes": "both"}, **_TOP),
    Act("keys.cancel", "job.cancelled", before=before.rotating, **_TOP),
    # the log
    Act("log.decide_on", "entries.confirmed", {"id": ["{entry}"], "outcome": "confirmed"}),
    Act("log.confirm_list", "entries.confirmed", {"count": "5"}),
    Act(
        "log_new.new", "entries.recorded",
        {"kind": "{kind}", "title": "扫雪", "day": DAY, **WINDOW, "person": "{person}", "act": "record"},
    ),
    Act("log_new.undo", "entries.voided", {"activity": "{newest}", "at": NOW.isoformat()}, before=before.recorded),
    Act("activities.plan", "activity.planned", {"start": "13:00", "end": "14:00"}),
    Act("files.add", "attachment.stored", upload="photos"),
    Act("files.remove", "attachment.removed"),
    # sheets and pasted lists
    Act("imports.upload", "import.staged", {"kind": "people", "text": "姓名\t手机\n王小五\t13900139000"}),
    Act("imports.columns", "import.headers_mapped", {"header": "0", "column-0": "name"}, before=before.mapping),
    Act("imports.apply", "import.applied", before=before.staged),
    Act("imports.discard", "import.discarded", before=before.staged),
    Act("imports.undo", "import.undone", {"reason": "传错了"}, before=before.applied),
    Act(
        "imports_roster.record", "entries.recorded",
        {"text": "接龙\n1. 王小五", "kind": "{kind_id}", "title": "扫雪", "day": DAY, **WINDOW, "people": "{person}"},
    ),
    # what leaves as a file, and what administrators are told
    Act("exports.people", "export.ordered", {"reason": "核对名册", "form": "xlsx"}),
    Act("exports.decide", "export.approved", {"act": "approve"}),
    Act("exports.file", "export.fetched", before=before.ordered),
    Act("alerts.seen", "alert.seen", {"id": "{alert}"}, role="security", place="county", before=before.alert),
    # work, notices, objections, documents
    Act("jobs.cancel", "job.cancelled", before=before.waiting_job),
    Act("publicity.confirm", "publicity.confirmed", days=40),
    Act("publicity.take_objection", "objection.raised", {"caller": "李某", "text": "少算了"}),
    Act("publicity.withdraw", "publicity.withdrawn", {"why": "mistake", "reason": "算错"}),
    Act("objections.answer", "objection.answered", {"outcome": "rejected", "text": "核对无误"}),
    Act("documents.new", "document.issued", PERIOD),
    Act("documents.revoke", "document.revoked", {"reason_class": "duplicate", "reason": "重复"}),
    # one's own
    Act("me.give_consent", "consent.given", {"kind": "ranking", "act": "give"}, **_MEMBER),
    Act("feed.create", "feed.created", **_MEMBER),
    Act("feed.revoke", "feed.revoked", before=before.own_feed, **_MEMBER),
    Act("objections.raise_for_entry", "objection.raised", {"text": "时间不对"}, kinds={"entry": "done"}, **_MEMBER),
    Act("objections.raise_for_publicity", "objection.raised", {"text": "名次不对"}, **_MEMBER),
    Act("objections.take_back", "objection.withdrawn", before=before.own_objection, **_MEMBER),
    Act(
        "tokens.new", "token.created",
        {"name": "同步", "permissions": "log.view", "areas": "{code}", "expires_on": "2026-09-01"},
    ),
    Act("tokens.revoke", "token.revoked", before=before.own_token),
    Act("auth.use_one_time_link", "sign_in", before=before.link, role="nobody", kinds={"token": "link"}),
    Act("auth.sign_out", "sign_out"),
    Act("me_security.end", "session.ended", before=before.other_browser, kinds={"key": "session"}),
    Act("me_security.end_others", "session.ended", before=before.other_browser),
    Act("me_second_factor.begin", "account.second_factor_begun"),
    Act(
        "me_second_factor.confirm", "account.second_factor_set", {"code": "{digits}"}, own=("code",),
        before=before.with_code,
    ),
    Act("me_second_factor.renew", "account.recovery_codes_made", before=before.in_force),
    Act("me_second_factor.remove", "account.second_factor_removed", before=before.in_force),
    # attendance
    *attendance_acts.ACTS,
    Act("attendance.mark", "attendance.marked", {"row": "1", "act": "present"}),
    Act("attendance.add", "attendance.added", {"person": "{grid1.person}"}),
    Act("attendance.everybody", "attendance.marked", {"act": "present"}),
    Act("attendance.remove", "attendance.marked", {"row": "1"}),
    Act("attendance.close", "attendance.closed", before=before.mark("present")),
    Act("attendance.settle", "attendance.settled", {"row": "1", "out": "15:00"}, before=before.left_open),
    Act("attendance.open_list", "attendance.opened", {"activity": "{activity}"}),
    Act("attendance.new", "attendance.opened", {"title": "义诊", "kind": "{kind}", "day": DAY, **WINDOW}),
    Act("attendance_paper.keys", "attendance.keyed", {"row": "1", "in": "13:00", "out": "14:00"}),
    # points and hours
    Act(
        "points_members.edit", "points.member_changed",
        {"political_status": "member", "checkin_on": "2024-04-06", "checkin_known": "y"},
    ),
    *points_people_acts.ACTS,
    *points_ledger_acts.ACTS,
    *points_units_acts.ACTS,
    *points_annual_acts.ACTS,
    Act("points.save_mapping", "setting.changed"),
    Act("points_editor.begin", "points.scheme_drafted", {"source": "blank"}),
    Act("points_editor_edit.save", "points.scheme_saved", {"text": 'id = "x"', "revision": "1", "act": "save"}),
    Act("points_editor_trial.order", "points.scheme_tried", {"period": "2026", "whole": "1"}),
    Act("points_editor.submit", "points.scheme_submitted", {"from": "2026-01-01", "reason": "减负"}),
    Act("points_editor.take_back", "points.scheme_taken_back", before=points_schemes.brought("submitted")),
    Act("points_editor.withdraw", "points.scheme_withdrawn"),
    Act(
        "points_editor.give_back", "points.scheme_returned", {"reason": "写明依据"},
        before=points_schemes.brought("submitted"), **_OFFICE,
    ),
    Act(
        "points_editor.approve", "points.scheme_approved", before=points_schemes.brought("submitted"), **_OFFICE
    ),
    Act(
        "points_editor.publish", "points.scheme_published", before=points_schemes.brought("approved"), **_OFFICE
    ),
    Act("points_rest_schemes.begin", "points.scheme_drafted", {"text": 'id = "x"'}),
    Act("points_rest_schemes.change", "points.scheme_saved", {"text": 'id = "x"'}, verb="PATCH"),
    Act("points_rest_schemes.order", "points.scheme_tried", {"period": "2026"}),
    Act("points_rest_schemes.step", "points.scheme_submitted", {"step": "submit", "from": "2026-01-01"}),
    Act(
        "points_rest_schemes.decision", "points.scheme_approved", {"decision": "approve"},
        before=points_schemes.brought("submitted"), **_OFFICE,
    ),
    Act("points_sheets.compute", "points.sheet_computed", {"cut": "2026-Q2"}),
    Act("points_sheets.publish", "points.sheet_published", {"days": "5"}),
    Act("points_sheets.discard", "points.sheet_discarded"),
    Act(
        "points_sheets.call", "objection.raised", {"row": "1", "caller": "李某", "text": "少算了"},
        before=points_sheets.public,
    ),
    Act("points_sheets.confirm", "points.sheet_confirmed", before=points_sheets.public, days=40, **_OFFICE),
    Act(
        "points_sheets.reopen", "points.sheet_reopened", {"reason": "党委会决定"}, before=points_sheets.confirmed,
        **_OFFICE,
    ),
    Act(
        "points_own_sheets.objection", "objection.raised", {"text": "少算了"}, before=points_sheets.public, **_MEMBER
    ),
    Act("points_claims.verify", "points.claim_verified", {"id": ["{claim}"]}),
    Act("points_claims.send_back", "points.claim_returned", {"id": ["{claim}"], "reason": "哪栋楼？"}),
    Act("points_claims.reject", "points.claim_rejected", {"id": ["{claim}"], "reason": "已登记"}),
    Act(
        "points_claims.confirm", "points.claim_confirmed", {"id": ["{claim}"]}, role="committee",
        before=before.claim("verified"),
    ),
    Act(
        "points_claims.void", "points.claim_voided", {"id": ["{claim}"], "reason": "无此事"}, role="committee",
        before=before.claim("confirmed"),
    ),
    Act("points_own_claims.write", "points.claim_drafted", _CLAIM, **_MEMBER),
    Act(
        "points_own_claims.edit", "points.claim_changed", _CLAIM, **_MEMBER,
        before=before.claim("draft"),
    ),
    Act("points_own_claims.submit", "points.claim_submitted", **_MEMBER, before=before.claim("draft")),
    Act(
        "points_own_claims.objection", "objection.raised", {"text": "我去了"}, **_MEMBER,
        before=before.claim("rejected"),
    ),
    Act("points_own_claims.withdraw", "points.claim_withdrawn", **_MEMBER),
    Act("points_own_claims.discard", "points.claim_discarded", **_MEMBER, before=before.claim("draft")),
    Act("points_own_claims.remove_picture", "attachment.removed", **_MEMBER, before=before.claim("draft")),
    Act("points_rest_claims.claim", "points.claim_submitted", _CLAIMED, **_MEMBER),
    Act(
        "points_rest_claims.decisions", "points.claim_verified",
        {"claims": ["{claim}"], "outcome": "verified"},
    ),
    *property_ballots_acts.ACTS,
    *property_registry_acts.ACTS,
    *property_rounds_acts.ACTS,
    *property_standing_acts.ACTS,
    *volunteer_certificates_acts.ACTS,
    *volunteer_policies_acts.ACTS,
    *volunteer_record_acts.ACTS,
    *volunteer_reports_acts.ACTS,
    *volunteer_signups_acts.ACTS,
    *volunteer_teams_acts.ACTS,
    *wishes_asking_acts.ACTS,
    *wishes_claims_acts.ACTS,
    *wishes_dispatch_acts.ACTS,
    Act("volunteer_notice.publish", "publicity.posted", {"period": "2026-07", "days": "5"}),
    # programs
    Act("rest_activities.plan", "activity.created", {"kind": "{kind}", "title": "义诊", "date": DAY}),
    Act(
        "rest_log.add", "entries.recorded",
        {"entries": [{"person": "{person}", "kind": "{kind}", "title": "义诊", "date": DAY, "quantity": "1.00"}]},
    ),
    Act("rest_log.decisions", "entries.confirmed", {"entries": ["{entry}"], "outcome": "confirmed"}),
    Act("rest_objections.answer", "objection.answered", {"outcome": "rejected", "text": "核对无误"}),
    Act("points_rest_sheets.compute", "points.sheet_computed", {"cut": "2026-Q2"}),
    Act("points_rest_sheets.publish", "points.sheet_published", {"days": 5}),
    Act("points_rest_sheets.confirm", "points.sheet_confirmed", before=points_sheets.public, days=40, **_OFFICE),
    Act(
        "points_rest_sheets.reopen", "points.sheet_reopened", {"reason": "党委会决定"},
        before=points_sheets.confirmed, **_OFFICE,
    ),
    Act("rest_people.add", "person.created", {"name": "王小五", "area": "{code}"}),
    Act("rest_people.correct", "person.updated", {"note": "改"}, verb="PATCH"),
)  # fmt: skip

# They change nothing that outlives the answer.
SILENT = {
    **property_standing_acts.SILENT,
    "auth.language": "the language of this browser",
    "points_editor_edit.look": "says what the linter finds in what is typed",
    "points_rest_schemes.lint": "says what the linter finds in a file",
    "auth.letters": "the size of letters in this browser",
    "imports_roster.paste": "looks names up and shows them",
    "people.find": "looks people up and shows them",
    "log_new.people": "looks names up and shows them",
    "accounts.preview_picked": "shows whose accounts could be made",
    "volunteer_policies_rules.preview": "shows whose hours rules would change",
    "volunteer_policies_rules.read": "fills a form with a file",
    "verify.ask": "leads to the page of a document",
    "wishes_wall.print_cards": "prints what the public wall shows",
    "wizard.slips": "shows links once that the set-up made",
}
# They are tried where their surroundings are.
ELSEWHERE = {
    **property_ballots_acts.ELSEWHERE,
    **property_rounds_acts.ELSEWHERE,
    **property_standing_acts.ELSEWHERE,
    "wizard.step": "before there is a site: tests/web/test_wizard.py",
    "wizard.apply": "before there is a site: tests/web/test_wizard.py",
    "auth.sign_in": "with passwords, which take their time: tests/security/test_s16_accounts.py",
    "points.publish_preset": "where no scheme rules yet: tests/plugins/party_member_points/editor/test_pages.py",
    "auth.code": "with codes: tests/security/test_sign_in.py",
    "auth.second": "with passwords, which take their time: tests/security/test_s15_second_factor.py",
    "me_password.page": "with passwords, which take their time: tests/security/test_s14_passwords.py",
    "me_security.confirm": "with passwords, which take their time: tests/security/test_s15_second_factor.py",
    "attendance_scan.press": "with codes that run out: tests/plugins/attendance/test_scan.py",
    "attendance_scan.queued": "with codes that run out: tests/plugins/attendance/test_scan.py",
    "attendance_scan.digits": "with codes that run out: tests/plugins/attendance/test_scan.py",
    "attendance_kiosk.press": "with the address of a device: tests/plugins/attendance/test_kiosk.py",
    "attendance_kiosk.queued": "with the address of a device: tests/plugins/attendance/test_kiosk.py",
    "me_notices.read": "with notices: tests/security/test_s17_separation.py",
}
