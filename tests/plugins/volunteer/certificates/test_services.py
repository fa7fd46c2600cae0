"""Certificates: who issues them, what they state, and what happens to them when the hours change."""

from __future__ import annotations

import json
from datetime import date

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.documents.models import Document, DocumentEvent
from pointsys.core.documents.services import is_intact
from pointsys.core.people.merging import merge_people, unmerge
from pointsys.core.people.models import Person
from pointsys.core.privacy import erasing
from pointsys.core.settings import set_setting
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from pointsys.plugins.volunteer.certificates import issuers, reading, services
from pointsys.plugins.volunteer.certificates.models import VolunteerCertificate, VolunteerCertificateRequest
from pointsys.plugins.volunteer.services import derive
from pointsys.plugins.volunteer.teams.models import DISSOLVED, VolunteerTeam
from tests.plugins.volunteer.certificates.papers import (
    FIRST,
    LAST,
    STAFF,
    document_of,
    facts_of,
    issue,
    number_of,
    serve_for,
    state_of,
    take_out,
    team,
)
from tests.plugins.volunteer.place import Place, minutes_of, switch


def refused(code: str, place: Place, person: int, **kwargs: object) -> None:
    """That issuing is refused with this code."""
    with pytest.raises(Problem) as caught:
        issue(place, person, **kwargs)  # type: ignore[arg-type]
    assert caught.value.code == code


def test_a_certificate_states_credited_minutes_and_each_minute_once(place: Place) -> None:
    person = place.person("张三")
    place.serve(person, "09:00", "11:00", title="清扫")
    place.serve(person, "10:30", "12:00", title="巡逻")
    place.serve(person, "13:00", "14:00", title="待定", confirm=False)
    place.serve(person, "09:00", "10:00", day=date(2025, 12, 31), title="去年", accepted_late="paper")
    facts = facts_of(issue(place, person))
    assert [row[1:4] for row in facts["rows"]] == [["清扫", "幸福社区", 120], ["巡逻", "幸福社区", 60]]
    assert (facts["minutes"], facts["count"], facts["credit_minutes"]) == (180, 2, 0)
    blocks = {title: dict(pairs) for title, pairs in facts["texts"]["blocks"]}
    # The four blocks of a record of service: person, service, issuer, and the notes.
    assert [block["姓名"] for block in blocks.values() if "姓名" in block] == ["张三"]
    assert "3.00" in json.dumps(list(blocks.values()), ensure_ascii=False)
    assert facts["issuer"]["unit"] == "幸福社区"
    assert any("免费" in note for note in facts["texts"]["notes"])


def test_numbers_run_on_and_nothing_of_a_certificate_can_be_changed(place: Place) -> None:
    person = place.person()
    place.serve(person)
    numbers = [number_of(issue(place, person)) for _ in range(2)]
    assert numbers == ["ZY-990101001001-2026-0001", "ZY-990101001001-2026-0002"]
    for statement in (
        "UPDATE volunteer_certificate SET minutes = 9", "DELETE FROM volunteer_certificate_item",
        "UPDATE document SET snapshot = '{}'",
    ):  # fmt: skip
        with pytest.raises(DBAPIError, match="append-only"), unit_of_work(drain=False) as session:
            session.execute(text(statement))


def test_only_those_who_may_by_law_issue(place: Place) -> None:
    person = place.person()
    place.serve(person)
    refused("not_an_issuer", place, person, area="street")
    refused("team_not_issuer", place, person, team=team(place, "无资格队", issuer_eligible=False))
    # A grid has no seal: its community issues.
    with unit_of_work() as session:
        assert issuers.area_issuer(session, place.area(session, "grid1")).area.id == place.areas["happy"]
        rules = issuers.Rules(False, True, "李娜", "010-1")
        issuers.set_rules(session, place.area(session, "street"), rules, SYSTEM)
    refused("issuer_off", place, person)
    switch(place, "street", False)
    refused("plugin_off", place, person)


def test_a_team_certifies_what_was_done_for_it_alone(place: Place) -> None:
    person, own = place.person(), team(place, "蓝天队", head="周强", handler="吴敏")
    serve_for(place, person, own, "09:00", "10:00", title="救援")
    place.serve(person, "14:00", "16:00", title="清扫")
    facts = facts_of(issue(place, person, team=own))
    assert [row[1:4] for row in facts["rows"]] == [["救援", "蓝天队", 60]]
    assert (facts["issuer"]["unit"], facts["issuer"]["head"], facts["issuer"]["handler"]) == (
        "蓝天队协会",
        "周强",
        "吴敏",
    )
    assert facts_of(issue(place, person))["minutes"] == 180
    refused("nothing_to_state", place, person, team=team(place, "空队"))


def test_dissolved_team_the_successor_certifies_and_old_sessions_keep_the_old_name(place: Place) -> None:
    person, old, new = place.person(), team(place, "老街队"), team(place, "新街队")
    serve_for(place, person, old, "09:00", "10:00")
    serve_for(place, person, new, "14:00", "16:00", title="新活动")
    with unit_of_work() as session:
        row = session.get_one(VolunteerTeam, old)
        row.state, row.successor_id = DISSOLVED, new
    refused("team_dissolved", place, person, team=old)
    facts = facts_of(issue(place, person, team=new))
    assert [(row[2], row[3]) for row in facts["rows"]] == [("老街队", 60), ("新街队", 120)]
    assert facts["issuer"]["unit"] == "新街队协会"


def test_nobody_issues_or_revokes_their_own_by_hand(place: Place) -> None:
    person, twin = place.person(), place.person("张三", birth_date=date(1990, 1, 1))
    place.serve(person)
    with unit_of_work() as session:
        merge_people(session, session.get_one(Person, person), session.get_one(Person, twin), SYSTEM)
    certificate = issue(place, person)
    for own in (person, twin):
        me = Actor("me", account_id=7, person_id=own)
        refused("own_document", place, person, actor=me)
        with unit_of_work() as session:
            row = session.get_one(VolunteerCertificate, certificate)
            with pytest.raises(Problem) as caught:
                services.revoke(session, row, "other", "x", me)
        assert caught.value.code == "own_document"


def test_correction_after_certificate(place: Place) -> None:
    person = place.person()
    place.serve(person, "09:00", "11:00", title="清扫")
    other = place.serve(person, "14:00", "15:00", title="巡逻")
    certificate, untouched = issue(place, person), place.person("李四")
    place.serve(untouched, "09:00", "11:00")
    others = issue(place, untouched)
    before = facts_of(certificate)
    # Something new that overlaps nothing changes no item; something earlier that overlaps does.
    place.serve(person, "17:00", "18:00", title="夜巡")
    assert state_of(certificate) == "issued"
    place.serve(person, "08:00", "10:00", title="晨扫", accepted_late="paper")
    assert state_of(certificate) == "stale"
    assert facts_of(certificate) == before
    assert state_of(others) == "issued"
    newer = issue(place, person, replaces=certificate)
    assert (state_of(certificate), state_of(newer)) == ("superseded", "issued")
    assert facts_of(newer)["replaces"] == number_of(certificate)
    with read_scope() as session:
        assert document_of(session, newer).replaces_id == document_of(session, certificate).id
    with pytest.raises(Problem) as caught:
        issue(place, person, replaces=certificate)
    assert caught.value.code == "already_replaced"
    place.void(other)
    assert state_of(newer) == "stale"
    with unit_of_work() as session:
        row, holder = session.get_one(VolunteerCertificate, others), session.get_one(Person, person)
        with pytest.raises(Problem) as caught:
            services.check_replaceable(session, row, holder)
    assert caught.value.code == "other_holder"


def test_switching_the_plugin_off_and_on_corrects_nothing(place: Place) -> None:
    person = place.person()
    entry = place.serve(person)
    certificate = issue(place, person)
    for on in (False, True):
        switch(place, "street", on)
        with unit_of_work() as session:
            derive(session, [person])
        assert (minutes_of(entry), state_of(certificate)) == (120 if on else None, "issued")
    switch(place, "street", False)
    place.void(entry)
    assert state_of(certificate) == "stale"


def test_revoked_certificate(place: Place) -> None:
    person = place.person()
    place.serve(person)
    certificate = issue(place, person)
    number = number_of(certificate)
    with unit_of_work() as session:
        row = reading.certificate_by_number(session, number)
        assert row is not None
        services.revoke(session, row, "wrong_content", "时长有误", STAFF)
    assert state_of(certificate) == "revoked"
    assert number_of(issue(place, person)) != number
    # What was revoked is no longer replaced, and a later correction does not bring it back as stale.
    with pytest.raises(Problem) as caught:
        issue(place, person, replaces=certificate)
    assert caught.value.code == "document_revoked"
    place.serve(person, "08:00", "10:00", title="晨扫", accepted_late="paper")
    assert state_of(certificate) == "revoked"


def test_merged_people_resolve_old_certificates(place: Place) -> None:
    kept, merged = place.person("张三"), place.person("张三丰")
    place.serve(kept, "09:00", "11:00")
    place.serve(merged, "13:00", "14:00", title="巡逻")
    old = issue(place, merged)
    with unit_of_work() as session:
        merge_people(session, session.get_one(Person, kept), session.get_one(Person, merged), SYSTEM)
    assert state_of(old) == "issued"
    with read_scope() as session:
        for row in (kept, merged):
            (line,) = reading.certificates_of(session, services.own_rows(session, row))
            assert line.number == number_of(old)
            assert reading.certificate_of(session, row, line.public_id) is not None
    # The kept person's certificate holds both, and may replace the merged one's.
    both = issue(place, kept, replaces=old)
    assert facts_of(both)["minutes"] == 180
    with unit_of_work() as session:
        unmerge(session, session.get_one(Person, merged), SYSTEM)
    with read_scope() as session:
        (line,) = reading.certificates_of(session, services.own_rows(session, merged))
        assert (line.number, line.state) == (number_of(old), "superseded")
    # It states minutes of somebody who is another person again.
    assert state_of(both) == "stale"


def test_deletion_request_keeps_the_register(place: Place) -> None:
    person = place.person("张三")
    place.serve(person)
    certificate = issue(place, person)
    with unit_of_work() as session:
        services.ask(session, session.get_one(Person, person), FIRST, LAST, "张三升学用", STAFF)
    number = number_of(certificate)
    with unit_of_work() as session:
        erasing.erase(session, session.get_one(Person, person), erasing.ON_REQUEST, STAFF)
    with read_scope() as session:
        document = document_of(session, certificate)
        assert (document.number, document.state, document.snapshot) == (number, "revoked", "")
        assert is_intact(document)
        lines, total = reading.certificates_below(
            session, place.areas["happy"], reading.Filters(), limit=10, offset=0
        )
        assert (total, lines[0].minutes) == (1, 120)
        assert "张三" not in lines[0].holder
        request = session.scalars(select(VolunteerCertificateRequest)).one()
        assert (request.words, request.state) == ("", "taken_back")
    refused("person_closed", place, person)


def test_taking_out_again_gives_the_same_paper_until_something_changes(place: Place) -> None:
    person = place.person()
    place.serve(person, "09:00", "11:00")
    first = take_out(person)
    assert take_out(person) == first
    assert take_out(person, date(2026, 3, 1)) != first
    place.serve(person, "14:00", "15:00", title="巡逻")
    second = take_out(person)
    assert second != first
    # The first still says something true; it is no longer the newest, and both are valid.
    assert (state_of(first), state_of(second)) == ("issued", "issued")
    place.serve(person, "08:00", "10:00", title="晨扫", accepted_late="paper")
    third = take_out(person)
    assert (state_of(second), state_of(third)) == ("superseded", "issued")
    assert facts_of(third)["minutes"] == 240


def test_where_staff_issue_one_asks_and_gets_an_answer(place: Place) -> None:
    person = place.person()
    place.serve(person)
    with unit_of_work() as session:
        set_setting(session, place.area(session, "street"), issuers.BY_HOLDER, False, SYSTEM)
    with pytest.raises(Problem) as caught:
        take_out(person)
    assert caught.value.code == "ask_staff"
    me = Actor("me", account_id=7, person_id=person)
    with unit_of_work() as session:
        holder = session.get_one(Person, person)
        assert not services.may_take_out(session, holder)
        asked = services.ask(session, holder, FIRST, LAST, "升学", me)
        with pytest.raises(Problem) as caught:
            services.ask(session, holder, FIRST, LAST, "", me)
        assert caught.value.code == "already_asked"
        with pytest.raises(Problem) as caught:
            services.refuse(session, asked, "x", me)
        assert caught.value.code == "own_document"
        assert reading.waiting_requests(session, place.areas["street"]) == 1
    certificate = issue(place, person)
    with unit_of_work() as session:
        answered = session.scalars(select(VolunteerCertificateRequest)).one()
        assert (answered.state, answered.certificate_id) == ("issued", certificate)
        with pytest.raises(Problem) as caught:
            services.refuse(session, answered, "晚了", STAFF)
        assert caught.value.code == "already_answered"
        holder = session.get_one(Person, person)
        again = services.ask(session, holder, FIRST, LAST, "", me)
        services.refuse(session, again, "已出具过", STAFF)
        assert (again.state, services.open_request(session, holder)) == ("refused", None)


def test_every_change_of_state_says_since_when(place: Place) -> None:
    person = place.person()
    entry = place.serve(person)
    certificate = issue(place, person)
    place.void(entry)
    with read_scope() as session:
        document = document_of(session, certificate)
        events = session.scalars(
            select(DocumentEvent).where(DocumentEvent.document_id == document.id).order_by(DocumentEvent.id)
        )
        assert [event.state for event in events] == ["issued", "stale"]
        assert session.scalar(select(Document.state).where(Document.id == document.id)) == "stale"


def test_long_service_is_summed_up_by_month(place: Place) -> None:
    person = place.person()
    for day in range(1, 28):
        for hour in range(8, 12):
            start, end = f"{hour:02d}:00", f"{hour:02d}:30"
            place.serve(person, start, end, day=date(2026, 3, day), title=f"巡逻{hour}", derive=False)
    place.serve(person, day=date(2026, 4, 2))
    facts = facts_of(issue(place, person))
    assert len(facts["rows"]) == 27 * 4 + 1
    assert [(row[0], row[3]) for row in facts["texts"]["rows"]] == [("2026-03", "54.00"), ("2026-04", "2.00")]
