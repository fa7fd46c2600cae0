"""Drafts of schemes: writing, handing in, four eyes, dry runs on real data, publishing."""

from __future__ import annotations

import json
from datetime import date

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.jobs.models import Job
from pointsys.core.jobs.running import run_waiting
from pointsys.core.pending import drain
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from pointsys.plugins.party_member_points import presets, schemes
from pointsys.plugins.party_member_points.editor import services, trial
from pointsys.plugins.party_member_points.editor.models import (
    PointsSchemeDraft,
    PointsSchemeDraftEvent,
    PointsSchemeTrial,
    PointsSchemeTrialLine,
)
from pointsys.plugins.party_member_points.scoring import load_scheme
from tests.plugins.party_member_points.party import Party, result

WRITER, APPROVER = Actor("writer"), Actor("approver")
NEXT_VERSION = """
[[version]]
no = 2
effective_from = "2026-07-01"
total = { cap = 100, floor = 0 }
category = [
  { id = "duty", title = "报到履责", base = 10, cap = 20 },
  { id = "service", title = "志愿服务", cap = 40 },
]
item = [
  { id = "service", title = "志愿(每小时)", category = "service", mode = "per_qty", points = 3, caps = { month = 5 } },
]
grade = [ { id = "优秀", min = 14 }, { id = "不合格" } ]
"""


def begin(party: Party, text: str, area: str = "street") -> str:
    """A new draft's outside id."""
    with unit_of_work() as session:
        return str(services.create(session, party.area(session, area), text, WRITER).public_id)


def found(session: Session, public_id: str) -> PointsSchemeDraft:
    """The draft."""
    return session.scalars(select(PointsSchemeDraft).where(PointsSchemeDraft.public_id == public_id)).one()


def tried(draft: str, period: str = "2026", whole: bool = True) -> None:
    """Try a draft and do the job."""
    with unit_of_work() as session:
        trial.order(session, found(session, draft), period, whole, SYSTEM)
    run_waiting("test:1")


def refused(code: str, act: object) -> None:
    """Expect a refusal of an act on a session."""
    with pytest.raises(Problem) as problem, unit_of_work() as session:
        act(session)  # type: ignore[operator]
    assert problem.value.code == code


def test_a_draft_goes_from_writing_to_a_frozen_scheme_by_two_people(party: Party) -> None:
    person = party.member()
    party.serve(person, day=date(2026, 7, 5), start="08:00", end="12:00")
    draft = begin(party, schemes.preset())
    day = date(2026, 7, 1)

    # Nobody submits what was not tried, or what the linter refuses.
    refused("trial_needed", lambda s: services.submit(s, found(s, draft), date(2026, 1, 1), "", WRITER))
    with unit_of_work() as session:
        services.save(session, found(session, draft), schemes.preset() + NEXT_VERSION, 1, WRITER)
    refused("draft_changed", lambda s: services.save(s, found(s, draft), "x", 1, WRITER))
    tried(draft)
    with unit_of_work() as session:
        services.submit(session, found(session, draft), day, "减轻负担", WRITER)

    refused("draft_closed", lambda s: services.save(s, found(s, draft), "x", 2, WRITER))
    refused("another_person_needed", lambda s: services.approve(s, found(s, draft), "", WRITER))
    refused("draft_closed", lambda s: services.publish_draft(s, found(s, draft), APPROVER))
    refused("reason_needed", lambda s: services.give_back(s, found(s, draft), " ", APPROVER))
    with unit_of_work() as session:
        services.approve(session, found(session, draft), "", APPROVER)
    refused("another_person_needed", lambda s: services.publish_draft(s, found(s, draft), WRITER))
    with unit_of_work() as session:
        row = services.publish_draft(session, found(session, draft), APPROVER)
        assert row.text == schemes.preset() + NEXT_VERSION
    drain()

    assert result(person)["categories"]["service"] == "5.00"
    with read_scope() as session:
        stands = found(session, draft)
        assert (stands.state, stands.publication_id is not None) == ("published", True)
        acts = [event.act for event in services.events_of(session, stands)]
    assert acts == ["created", "changed", "submitted", "approved", "published"]
    refused("draft_closed", lambda s: services.withdraw(s, found(s, draft), "", APPROVER))
    with pytest.raises(DatabaseError, match="append-only"), unit_of_work() as session:
        session.execute(update(PointsSchemeDraftEvent).values(act="approved"))


def test_whoever_changed_a_text_once_never_approves_it_under_whatever_account(party: Party) -> None:
    draft = begin(party, presets.text_of("community-simple"))
    with unit_of_work() as session:
        services.save(session, found(session, draft), presets.text_of("deduct-12"), 1, APPROVER)
    tried(draft)
    with unit_of_work() as session:
        services.submit(session, found(session, draft), date(2026, 1, 1), "", WRITER)
    refused("another_person_needed", lambda s: services.approve(s, found(s, draft), "", APPROVER))
    with unit_of_work() as session:
        services.give_back(session, found(session, draft), "写明依据", Actor("third"))
        assert services.events_of(session, found(session, draft))[-1].reason == "写明依据"
    with unit_of_work() as session:
        services.submit(session, found(session, draft), date(2026, 1, 1), "", WRITER)
        services.take_back(session, found(session, draft), WRITER)
        assert found(session, draft).state == "draft"
    # The operator of the computer may do anything, on record.
    with unit_of_work() as session:
        services.submit(session, found(session, draft), date(2026, 1, 1), "", SYSTEM)
        services.approve(session, found(session, draft), "", SYSTEM)


def test_a_published_version_cannot_be_changed_by_a_draft(party: Party) -> None:
    changed = begin(party, schemes.preset().replace("base = 10", "base = 11"))
    tried(changed)
    refused("version_changed", lambda s: services.submit(s, found(s, changed), date(2026, 1, 1), "", WRITER))
    household = begin(party, presets.text_of("household-civil"))
    refused(
        "subject_not_counted", lambda s: services.submit(s, found(s, household), date(2026, 1, 1), "", WRITER)
    )
    with read_scope() as session:
        base = services.compared_with(session, found(session, changed))
        assert base is not None
        assert base.text == schemes.preset()
        data = services.published_data(base)
        assert services.is_frozen(session, found(session, changed), data)
        assert not services.is_frozen(session, found(session, household), data)


def test_a_dry_run_names_who_changes_and_why_and_writes_no_score(party: Party) -> None:
    busy, idle, gone = party.member("张三"), party.member("李四"), party.member("王五", area="sunny")
    party.serve(busy, "08:00", "12:00", day=date(2026, 3, 7))
    party.serve(busy, "08:00", "12:00", day=date(2026, 3, 8), title="again")
    before = result(busy)
    # The draft is of one community: the other community stays as it is.
    draft = begin(party, schemes.preset() + NEXT_VERSION, area="happy")
    tried(draft)

    with read_scope() as session:
        done = services.latest_trial(session, found(session, draft))
        assert done is not None
        assert done.computed_at is not None
        outcome = trial.outcome_of(done)
        rows, total = trial.lines_of(session, done, limit=10, offset=0)
        by_person = {row.line.person_id: row for row in rows}
        graded, _count = trial.lines_of(session, done, only="graded", q="张", limit=10, offset=0)
    assert (outcome.people, total, gone in by_person) == (2, 2, False)
    line = by_person[busy].line
    # Eight hours: 8.00 now, and five at most by the draft; the second quarter without service no longer costs.
    assert line.total_before == before["total"]
    assert line.total_after == "15.00"
    assert (line.grade_before, line.grade_after, line.step > 0) == ("不合格", "优秀", True)
    why = {
        (reason["kind"], reason["title"]): (reason["before"], reason["after"])
        for reason in by_person[busy].why
    }
    assert why["category", "志愿服务"] == ("8.00", "5.00")
    assert why["item", "志愿(每小时)"] == ("8.00", "5.00")
    assert why["item", "整季度未参加志愿服务"][1] == ""
    assert by_person[idle].line.grade_after == "不合格"
    assert [row.line.person_id for row in graded] == [busy]
    assert ("不合格", "优秀", 1) in outcome.moves
    assert result(busy) == before


def test_a_version_of_its_own_day_leaves_the_months_before_as_they_are(party: Party) -> None:
    person = party.member()
    party.serve(person, "08:00", "12:00", day=date(2026, 3, 7))
    draft = begin(party, schemes.preset() + NEXT_VERSION.replace("points = 3", "points = 1"))
    tried(draft, whole=False)

    with read_scope() as session:
        done = services.latest_trial(session, found(session, draft))
        assert done is not None
        rows, _total = trial.lines_of(session, done, limit=10, offset=0)
    # March is scored by the first version; only what the end of the year decides differs.
    assert not any(
        reason["kind"] == "item" and "每小时" in reason["title"] for row in rows for reason in row.why
    )


def test_a_later_dry_run_takes_the_place_of_an_earlier_one_and_another_period_type_is_compared(
    party: Party,
) -> None:
    party.serve(party.member(), day=date(2026, 7, 2))
    draft = begin(party, presets.text_of("quarterly-branch"))
    tried(draft)
    tried(draft)

    with read_scope() as session:
        trials = session.scalars(select(PointsSchemeTrial).order_by(PointsSchemeTrial.id)).all()
        lines = session.scalars(select(PointsSchemeTrialLine)).all()
        assert {line.trial_id for line in lines} == {trials[-1].id}
        assert lines[0].total_after.startswith("6")
        assert json.loads(trials[-1].summary)["moves"]
    refused("bad_period", lambda s: trial.order(s, found(s, draft), "1999", True, WRITER))


def test_a_dry_run_of_a_text_that_was_changed_meanwhile_fails(party: Party) -> None:
    draft = begin(party, presets.text_of("community-simple"))
    with unit_of_work() as session:
        trial.order(session, found(session, draft), "2026", True, SYSTEM)
        services.save(session, found(session, draft), presets.text_of("deduct-12"), 1, WRITER)
    run_waiting("test:1")

    with read_scope() as session:
        assert session.scalars(select(Job.state)).all() == ["failed"]
        done = services.latest_trial(session, found(session, draft))
        assert done is not None
        assert done.computed_at is None


def test_files_of_both_kinds_become_the_text_of_a_draft() -> None:
    text = presets.text_of("community-inservice")
    again = services.as_toml(services.as_json(text), "json")

    assert services.as_toml("\ufeff" + text.replace("\n", "\r\n"), "toml") == text
    assert load_scheme(again, format="toml") == load_scheme(text, format="toml")
    for bad in ("{", "[]", '{"id": null}'):
        with pytest.raises(Problem):
            services.as_toml(bad, "json")
