"""Posts, terms, notes, and the quarter that goes back to the unit."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.documents.models import Document
from pointsys.core.people.models import Person
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from pointsys.plugins.party_member_points.cadres import personal, queries, services, status
from pointsys.plugins.party_member_points.cadres.models import (
    PointsCadreNote,
    PointsCadrePost,
    PointsCadreStatus,
    PointsCadreTerm,
)
from tests.factories import make_account
from tests.plugins.party_member_points.party import Party

DAY = date(2026, 4, 10)


def account(session: Session, person: int | None = None) -> Actor:
    found = make_account(session, person=session.get(Person, person) if person is not None else None)
    return Actor(label=found.login, account_id=found.id, person_id=person)


def do(act: Callable[..., Any], *args: Any) -> Any:
    """One act in a transaction of its own; a (model, id) stands for that row. Returns the id of what was made."""
    with unit_of_work() as session:
        rows = [session.get_one(*arg) if isinstance(arg, tuple) else arg for arg in args]
        made = act(session, *rows)
        return getattr(made, "id", None)


def refused(code: str, act: Callable[..., Any], *args: Any) -> None:
    with pytest.raises(Problem) as problem:
        do(act, *args)
    assert problem.value.code == code


def post_of(party: Party, area: str = "grid1") -> tuple[type, int]:
    with unit_of_work() as session:
        post = services.add_post(session, party.area(session, area), "网格党建指导员", "每周到岗一天", SYSTEM)
        return PointsCadrePost, post.id


def term_of(party: Party, person: int) -> tuple[type, int]:
    post = post_of(party)
    return PointsCadreTerm, do(services.assign, post, (Person, person), "区委办", DAY, SYSTEM)


def test_a_post_is_held_by_one_at_a_time_and_vacancies_are_seen(party: Party) -> None:
    first, second = party.person("甲"), party.person("乙")
    post = post_of(party)
    with unit_of_work() as session:
        own = account(session, second)
    with read_scope() as session:
        assert queries.numbers(session, party.areas["happy"]) == (1, 0)
    refused("own_matter", services.assign, post, (Person, second), "区委办", DAY, own)
    refused("day_in_future", services.assign, post, (Person, first), "区委办", date(2026, 7, 11), SYSTEM)
    refused("home_unit_needed", services.assign, post, (Person, first), " ", DAY, SYSTEM)
    term = PointsCadreTerm, do(services.assign, post, (Person, first), "区委办", DAY, SYSTEM)
    refused("post_held", services.assign, post, (Person, second), "区委办", DAY, SYSTEM)
    refused("post_held", services.close_post, post, SYSTEM)
    refused("bad_day", services.end_term, term, date(2026, 4, 9), SYSTEM)
    do(services.end_term, term, date(2026, 5, 31), SYSTEM)
    refused("terms_overlap", services.assign, post, (Person, second), "区委办", date(2026, 5, 31), SYSTEM)
    do(services.assign, post, (Person, second), "区委办", date(2026, 6, 1), SYSTEM)
    with read_scope() as session:
        assert queries.numbers(session, party.areas["happy"]) == (1, 1)
        rows, total = queries.posts_page(session, party.areas["grid1"], queries.Filters())
        assert (total, rows[0].name, rows[0].unit, rows[0].area) == (1, "乙", "区委办", "第1网格")
        assert queries.posts_page(session, party.areas["sunny"], queries.Filters())[1] == 0


def test_notes_are_kept_by_others_and_a_wrong_one_is_voided_with_its_reason(party: Party) -> None:
    person = party.person("甲")
    term = term_of(party, person)
    with unit_of_work() as session:
        own = account(session, person)
    refused("own_matter", services.note, term, DAY, "duty", 60, "值班", own)
    refused("bad_day", services.note, term, date(2026, 4, 9), "duty", 60, "值班", SYSTEM)
    refused("bad_day", services.note, term, date(2026, 7, 11), "duty", 60, "值班", SYSTEM)
    refused("bad_kind", services.note, term, DAY, "dream", 60, "值班", SYSTEM)
    refused("bad_minutes", services.note, term, DAY, "duty", 1441, "值班", SYSTEM)
    refused("text_needed", services.note, term, DAY, "duty", 60, "", SYSTEM)
    note = PointsCadreNote, do(services.note, term, DAY, "duty", 60, "值班", SYSTEM)
    with pytest.raises(DatabaseError, match="append-only"), unit_of_work() as session:
        session.execute(update(PointsCadreNote).values(minutes=600))
    refused("reason_needed", services.void_note, note, " ", SYSTEM)
    refused("own_matter", services.void_note, note, "记错", own)
    do(services.void_note, note, "记错了人", SYSTEM)
    refused("note_voided", services.void_note, note, "记错了人", SYSTEM)
    with read_scope() as session:
        (row,) = queries.notes_of(session, [term[1]])
        assert (row.text, row.void_reason) == ("值班", "记错了人")
        found = status.figures_now(session, session.get_one(PointsCadreTerm, term[1]), "2026-Q2")
        assert found is not None
        assert found.note_count == 0


def test_a_quarter_is_computed_reviewed_by_another_and_sent_with_a_number(party: Party) -> None:
    person = party.person("甲")
    term = term_of(party, person)
    party.serve(person, day=date(2026, 5, 2))
    party.serve(person, day=date(2026, 5, 2), start="10:00", end="12:00", title="另一个活动")
    party.serve(person, day=date(2026, 4, 9))
    do(services.note, term, date(2026, 5, 2), "duty", 240, "值班", SYSTEM)
    do(services.note, term, date(2026, 6, 3), "visit", 0, "走访三户", SYSTEM)
    with unit_of_work() as session:
        own, first, second = account(session, person), account(session), account(session)
    refused("own_matter", status.compute, term, "2026-Q2", own)
    refused("bad_period", status.compute, term, "2026-Q1", first)
    refused("quarter_running", status.compute, term, "2026-Q3", first)
    one = PointsCadreStatus, do(status.compute, term, "2026-Q2", first)
    with read_scope() as session:
        found = status.figures_of(session.get_one(*one))
    assert (found.days, found.activities, found.minutes) == (2, 2, 180)
    assert (dict(found.notes), found.note_minutes) == ({"duty": 1, "visit": 1}, 240)
    refused("not_reviewed", status.feed_back, one, first)
    refused("another_person_needed", status.review, one, "认真", first)
    refused("own_matter", status.review, one, "认真", own)
    refused("words_needed", status.review, one, " ", second)
    do(status.review, one, "到岗认真", second)
    do(status.feed_back, one, first)
    refused("not_reviewed", status.feed_back, one, first)

    do(services.note, term, date(2026, 6, 4), "visit", 0, "走访两户", SYSTEM)
    two = PointsCadreStatus, do(status.compute, term, "2026-Q2", first)
    do(status.review, two, "补记走访", second)
    do(status.feed_back, two, first)
    with read_scope() as session:
        papers = session.scalars(select(Document).order_by(Document.id)).all()
        assert [paper.state for paper in papers] == ["superseded", "issued"]
        assert all(paper.number.startswith("XC-") for paper in papers)
        texts = json.loads(papers[1].snapshot)["texts"]
        assert "区委办" in texts["to"]
        assert "补记走访" in texts["basis"]
        assert [row.state for row in status.statuses_of(session, [term[1]])] == ["sent", "replaced"]


def test_a_copy_holds_the_ledger_and_an_erasure_empties_its_words(party: Party) -> None:
    person = party.person("甲")
    term = term_of(party, person)
    do(services.note, term, DAY, "duty", 60, "值班", SYSTEM)
    with unit_of_work() as session:
        given = personal.export(session, person, [person])
        personal.erase(session, person, [person])
    assert "值班" in str(given)
    with read_scope() as session:
        assert [row.text for row in queries.notes_of(session, [term[1]])] == [""]
