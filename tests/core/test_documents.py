"""Issued documents: numbers never twice, contents never changed, and a state that follows the log."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from pointsys.core.activity_log.decisions import decide
from pointsys.core.activity_log.models import CONFIRMED, VOIDED
from pointsys.core.activity_log.record import record
from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.areas.models import Area
from pointsys.core.documents import services
from pointsys.core.documents.models import ISSUED, REVOKED, STALE, SUPERSEDED, Document
from pointsys.core.documents.participation import draft, issue_participation
from pointsys.core.hook_guard import HookRefused, guarded
from pointsys.core.people.merging import merge_people
from pointsys.core.people.models import Person
from pointsys.core.settings import set_setting
from pointsys.core.site import Site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from tests.factories import make_draft, make_person, make_tree

FIRST, LAST = date(2026, 1, 1), date(2026, 7, 1)
ISSUER = Actor("li.na", account_id=1)


def refused(code: str, act: Callable[[], object]) -> None:
    with pytest.raises(Problem) as caught:
        act()
    assert caught.value.code == code


def add(session: Session, area: Area, person: Person, title: str, hours: str, *, confirm: bool = True) -> int:
    """One entry of 1 July from 09:00 to ``hours``; returns its id."""
    made = make_draft(session, area, person, title=title, end=hours)
    (row,) = record(session, area, [made], Actor("other", account_id=9), "test")
    if confirm:
        decide(session, [row.entry_id], CONFIRMED, "", SYSTEM)
    return row.entry_id


@pytest.fixture
def area_id(site: Site) -> int:
    """A community whose person has two confirmed entries that overlap by an hour, and one that waits."""
    with unit_of_work(drain=False) as session:
        areas = make_tree(session)
        person = make_person(session, areas["grid1"], "赵敏")
        add(session, areas["happy"], person, "清扫", "11:00")
        add(session, areas["happy"], person, "巡逻", "10:00")
        add(session, areas["happy"], person, "夜巡", "12:00", confirm=False)
        return areas["happy"].id


def of(session: Session, area_id: int) -> tuple[Area, Person]:
    return session.get_one(Area, area_id), session.scalars(select(Person)).one()


def issue_one(
    session: Session, area_id: int, actor: Actor = ISSUER, replaces: Document | None = None
) -> Document:
    area, person = of(session, area_id)
    return issue_participation(session, area, person, FIRST, LAST, actor, title="记录", replaces=replaces)


def test_confirmed_entries_are_stated_and_an_overlap_counts_once(area_id: int) -> None:
    with read_scope() as session:
        made = draft(session, *of(session, area_id), FIRST, LAST)
    assert [row["title"] for row in made.snapshot["rows"]] == ["清扫", "巡逻"]
    assert made.snapshot["minutes"] == 120
    assert made.snapshot["holder"] == "赵敏"


def test_the_issuer_is_what_the_settings_name(area_id: int) -> None:
    with unit_of_work(drain=False) as session:
        area, person = of(session, area_id)
        assert draft(session, area, person, FIRST, LAST).snapshot["issuer"]["unit"] == "幸福社区"
        set_setting(session, area, "site.unit_name", "幸福社区居民委员会", SYSTEM)
        assert draft(session, area, person, FIRST, LAST).snapshot["issuer"]["unit"] == "幸福社区居民委员会"


def test_a_grid_issues_in_the_name_of_its_community(area_id: int) -> None:
    with unit_of_work(drain=False) as session:
        _community, person = of(session, area_id)
        grid = session.get_one(Area, person.area_id)
        made = issue_participation(session, grid, person, FIRST, LAST, ISSUER, title="记录")
        assert made.area_id == area_id
        assert '"unit":"幸福社区"' in made.snapshot


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [
        (LAST, FIRST, "bad_period"),
        (FIRST, date(2026, 7, 11), "bad_period"),
        (FIRST, date(2026, 6, 30), "nothing_to_state"),
    ],
)
def test_a_period_without_content_is_refused(area_id: int, first: date, last: date, code: str) -> None:
    with read_scope() as session:
        refused(code, lambda: draft(session, *of(session, area_id), first, last))


def test_numbers_run_on_within_area_and_year(area_id: int) -> None:
    with unit_of_work(drain=False) as session:
        numbers = [issue_one(session, area_id).number for _ in range(2)]
    assert numbers == ["CY-990101001001-2026-0001", "CY-990101001001-2026-0002"]


def test_nobody_issues_a_document_about_themselves(area_id: int) -> None:
    with unit_of_work(drain=False) as session:
        area, person = of(session, area_id)
        twin = make_person(session, area, "赵敏")
        for own in (person, twin):
            if own is twin:
                merge_people(session, person, twin, SYSTEM)
            actor = Actor("zhao", account_id=3, person_id=own.id)
            refused(
                "own_document",
                lambda actor=actor: issue_participation(
                    session, area, person, FIRST, LAST, actor, title="记录"
                ),  # type: ignore[misc]
            )


def test_an_issued_document_cannot_be_changed_or_deleted(area_id: int, app: Flask) -> None:
    with unit_of_work(drain=False) as session:
        issue_one(session, area_id)
    for statement in (
        "UPDATE document SET snapshot = '{}'", "UPDATE document SET number = 'X'", "DELETE FROM document",
        "DELETE FROM document_event", "DELETE FROM document_item",
    ):  # fmt: skip
        with pytest.raises(DBAPIError, match="append-only"), unit_of_work(drain=False) as session:
            session.execute(text(statement))


def test_a_hook_that_derives_may_have_documents_marked_as_stale_and_nothing_else(area_id: int) -> None:
    with unit_of_work(drain=False) as session:
        document = issue_one(session, area_id)
        with guarded("plugin", "plugin", "derive", session):
            assert services.mark_stale(session, [document.id]) == 1
            assert services.mark_stale(session, [document.id]) == 0
        assert [event.state for event in services.history(session, document)] == [ISSUED, STALE]
        other = issue_one(session, area_id)
        with pytest.raises(HookRefused), guarded("plugin", "plugin", "menu_items", session):
            services.mark_stale(session, [other.id])
        with pytest.raises(HookRefused), guarded("plugin", "plugin", "derive", session):
            session.execute(text("UPDATE document SET state = 'revoked'"))


def test_a_voided_entry_makes_the_document_stale(area_id: int) -> None:
    with unit_of_work(drain=False) as session:
        document = issue_one(session, area_id)
        (entry_id, *_rest) = draft(session, *of(session, area_id), FIRST, LAST).entries
        decide(session, [entry_id], VOIDED, "记错了", SYSTEM)
        session.refresh(document)
        assert document.state == STALE
        assert services.is_intact(document)


def test_a_new_edition_supersedes_the_old_one_which_names_it(area_id: int) -> None:
    with unit_of_work(drain=False) as session:
        old = issue_one(session, area_id)
        new = issue_one(session, area_id, replaces=old)
        assert (old.state, new.state) == (SUPERSEDED, ISSUED)
        assert services.replaced_by(session, old) is new
        refused("already_replaced", lambda: issue_one(session, area_id, replaces=old))


def test_a_revoked_document_stays_revoked_and_keeps_its_reason(area_id: int) -> None:
    with unit_of_work(drain=False) as session:
        document = issue_one(session, area_id)
        refused("reason_needed", lambda: services.revoke(session, document, "wrong_content", " ", ISSUER))
        refused("reason_needed", lambda: services.revoke(session, document, "because", "错", ISSUER))
        services.revoke(session, document, "wrong_content", "时长写错", ISSUER)
        assert document.state == REVOKED
        assert [event.state for event in services.history(session, document)] == [ISSUED, REVOKED]
        refused("already_revoked", lambda: services.revoke(session, document, "other", "再来", ISSUER))
        refused("document_revoked", lambda: issue_one(session, area_id, replaces=document))


def test_a_document_is_found_by_its_own_code_only(area_id: int) -> None:
    with unit_of_work(drain=False) as session:
        one, other = issue_one(session, area_id), issue_one(session, area_id)
        assert services.by_number(session, one.number, one.check_code) is one
        assert services.by_number(session, one.number, other.check_code) is None
        assert services.by_token(session, one.token) is one


def test_many_at_once_get_different_numbers(area_id: int, app: Flask) -> None:
    start = threading.Barrier(6)
    numbers: list[str] = []

    def work() -> None:
        with app.app_context():
            start.wait()
            with unit_of_work(drain=False) as session:
                number = issue_one(session, area_id).number
            numbers.append(number)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(number[-4:] for number in numbers) == [f"000{n}" for n in range(1, 7)]
