"""What follows from final rounds; credit items, measures and reception days by their rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.accounts.models import Account
from pointsys.core.actors import SYSTEM, Actor, Grant
from pointsys.core.areas.models import Area
from pointsys.core.documents.models import Document
from pointsys.core.people.models import PersonAlias
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import unit_of_work
from pointsys.kit.problems import Problem
from pointsys.plugins.property_rating.reception import rates
from pointsys.plugins.property_rating.registry.models import PropertyCompany, PropertyEstate
from pointsys.plugins.property_rating.results import reading
from pointsys.plugins.property_rating.rounds import papers
from pointsys.plugins.property_rating.rounds.models import SUPERSEDED, PropertyEntrant, PropertyRound
from pointsys.plugins.property_rating.schemes import versions, words
from pointsys.plugins.property_rating.schemes.models import PropertySchemeVersion
from pointsys.plugins.property_rating.schemes.numbers import plain
from pointsys.plugins.property_rating.schemes.reading import parse
from pointsys.plugins.property_rating.schemes.scheme import Scheme
from pointsys.plugins.property_rating.standing import feeding, files, following, items, measures
from pointsys.plugins.property_rating.standing.models import (
    PropertyCreditItem,
    PropertyListing,
    PropertyMeasure,
)
from tests.browsers import World

from .rated import CREDIT, LIST, STAR, Rated, make_rated, make_round, month

BLACK: dict[str, object] = {"list_place": "black", "score": "60"}
RED: dict[str, object] = {"list_place": "red", "score": "90"}


@pytest.fixture(params=["sqlite"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """Rules over rows, on one engine."""
    return str(request.param)


@pytest.fixture
def session(app: Flask, world: World) -> Iterator[Session]:
    with app.app_context(), unit_of_work(drain=False) as session:
        yield session


@pytest.fixture
def rated(session: Session, world: World) -> Rated:
    return make_rated(session, world)


@contextmanager
def refused(code: str) -> Iterator[None]:
    with pytest.raises(Problem) as error:
        yield
    assert error.value.code == code


def actor(world: World, name: str, role: str, area: str) -> Actor:
    return Actor(name, account_id=world.accounts[name], grants=(Grant(role, world.areas[area]),))


def streaks(session: Session, estate: int) -> list[int]:
    query = select(PropertyListing.in_a_row).where(
        PropertyListing.estate_id == estate,
        PropertyListing.colour == "black",
        PropertyListing.ended_on.is_(None),
    )
    return list(session.scalars(query.order_by(PropertyListing.id)))


def score(session: Session, rated: Rated, company: int, on: date | None = None) -> str:
    scheme = versions.scheme_of(session.get_one(PropertySchemeVersion, rated.versions[CREDIT]))
    found = files.file_of(session, scheme, rated.companies[company], on or current_site().today()).standing
    assert found is not None
    return str(plain(found.score))


def test_a_final_round_makes_lists_points_and_a_repair_and_does_it_once(
    session: Session, rated: Rated
) -> None:
    round_ = make_round(session, rated, LIST, month(rated, 5), {"甲苑": RED, "乙苑": BLACK, "丙苑": {}})
    assert len(following.final(session, round_, SYSTEM)) == 2
    assert following.final(session, round_, SYSTEM) == []
    black = session.scalars(select(PropertyListing).where(PropertyListing.colour == "black")).one()
    assert black.rectify_by == current_site().today() + timedelta(days=30)
    points = session.scalars(select(PropertyCreditItem.points).order_by(PropertyCreditItem.points)).all()
    assert points == ["-2", "2"]
    assert session.scalars(select(PropertyMeasure.kind)).all() == ["rectify"]
    # The shipped base of 80, and what the list gives and takes.
    assert [score(session, rated, 0), score(session, rated, 1)] == ["82", "78"]
    assert score(session, rated, 1, current_site().today() - timedelta(days=1)) == "80"


def test_black_in_a_row_skips_rounds_without_result_and_breaks_at_any_other(
    session: Session, rated: Rated
) -> None:
    none: dict[str, object] = {"status": "insufficient_sample", "ballots": 3}
    for number, told in ((1, BLACK), (2, none), (3, BLACK), (4, {}), (5, BLACK)):
        following.final(
            session, make_round(session, rated, LIST, month(rated, number), {"乙苑": told}), SYSTEM
        )
    assert streaks(session, rated.estates["乙苑"]) == [1, 2, 1]


def test_a_superseded_round_takes_its_lists_and_points_away_and_others_are_counted_anew(
    session: Session, rated: Rated
) -> None:
    rounds = [make_round(session, rated, LIST, month(rated, number), {"乙苑": BLACK}) for number in (1, 2, 3)]
    for round_ in rounds:
        following.final(session, round_, SYSTEM)
    assert streaks(session, rated.estates["乙苑"]) == [1, 2, 3]
    better = make_round(session, rated, LIST, month(rated, 2), {"乙苑": RED}, replaces=rounds[1])
    rounds[1].state = SUPERSEDED
    following.superseded(session, rounds[1], SYSTEM)
    following.final(session, better, SYSTEM)
    assert streaks(session, rated.estates["乙苑"]) == [1, 1]
    assert score(session, rated, 1) == "78"
    states = session.scalars(select(PropertyMeasure.state).order_by(PropertyMeasure.id)).all()
    assert states == ["open", "cancelled", "open"]


@given(st.lists(st.sampled_from(("black", "red", "")), max_size=12))
def test_a_streak_grows_by_one_or_starts_again(places: list[str]) -> None:
    found = following.in_a_row(places)
    for index, place in enumerate(places):
        before = found[index - 1] if index else 0
        assert found[index] == (before + 1 if place == "black" else 0)


@pytest.mark.parametrize(("late", "after"), [(0, "80"), (31, "78")])
def test_a_repair_in_time_that_somebody_else_found_done_takes_the_points_back(
    session: Session, rated: Rated, world: World, late: int, after: str
) -> None:
    following.final(session, make_round(session, rated, LIST, month(rated, 5), {"乙苑": BLACK}), SYSTEM)
    (row,) = session.scalars(select(PropertyMeasure))
    worker, other = (actor(world, name, "community_worker", "happy") for name in ("worker", "office"))
    listing = session.get_one(PropertyListing, row.listing_id)
    assert listing.rectify_by is not None
    listing.rectify_by -= timedelta(days=late)
    with refused("bad_state"):
        measures.check(session, row, True, "", other)
    measures.report(session, row, "已清理楼道", worker)
    with refused("self_verify"):
        measures.check(session, row, True, "", worker)
    with refused("reason_required"):
        measures.check(session, row, False, " ", other)
    measures.check(session, row, False, "三单元还有杂物", other)
    assert (row.state, score(session, rated, 1)) == ("open", "78")
    measures.report(session, row, "三单元也清理了", worker)
    measures.check(session, row, True, "", other)
    assert (row.state, listing.rectified_on, score(session, rated, 1)) == (
        "done",
        current_site().today(),
        after,
    )
    with refused("bad_state"):
        measures.cancel(session, row, "晚了", other)


def parts_of(session: Session, rated: Rated) -> tuple[Area, PropertyCompany, PropertyEstate]:
    return (
        session.get_one(Area, rated.street),
        session.get_one(PropertyCompany, rated.companies[0]),
        session.get_one(PropertyEstate, rated.estates["甲苑"]),
    )


DAY = date(2026, 3, 1)
Solved = Mapping[tuple[int, int], tuple[int, int]]


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (items.Entry("", "1", DAY), "bad_title"),
        (items.Entry("x" * 201, "1", DAY), "bad_title"),
        (items.Entry("表彰", "many", DAY), "bad_points"),
        (items.Entry("表彰", "0", DAY), "bad_points"),
        (items.Entry("表彰", "1001", DAY), "bad_points"),
        (items.Entry("处罚", "-3", DAY), "document_needed"),
        (items.Entry("严重", "1", DAY, serious=True), "document_needed"),
        (items.Entry("表彰", "1", DAY, DAY), "bad_date"),
        (items.Entry("表彰", "1", date(1999, 1, 1)), "bad_date"),
        (items.Entry("基础", "-1", DAY, base=True, document_no="1"), "bad_points"),
    ],
)
def test_an_item_that_cannot_stand_is_refused(
    session: Session, rated: Rated, entry: items.Entry, code: str
) -> None:
    area, company, _estate = parts_of(session, rated)
    with refused(code):
        items.add(session, area, company, None, entry, SYSTEM)


def test_the_file_of_any_day_knows_bases_validity_voids_and_what_is_serious(
    session: Session, rated: Rated
) -> None:
    area, company, estate = parts_of(session, rated)
    for entry in (
        items.Entry("2025年度", "70", date(2025, 1, 1), base=True),
        items.Entry("2026年度", "90", date(2026, 1, 1), base=True),
        items.Entry("表彰", "4.5", date(2025, 6, 1)),
        items.Entry("处罚", "-6", DAY, date(2026, 4, 1), document_no="罚〔2026〕1号"),
    ):
        items.add(session, area, company, estate, entry, SYSTEM)
    bad = items.add(
        session,
        area,
        company,
        None,
        items.Entry("伪造", "-1", date(2026, 5, 1), document_no="2", serious=True),
        SYSTEM,
    )
    days = (date(2024, 12, 31), date(2025, 5, 31), date(2025, 6, 1), date(2026, 3, 31), date(2026, 4, 1),
            date(2026, 6, 1))  # fmt: skip
    assert [score(session, rated, 0, day) for day in days] == ["80", "70", "74.5", "78.5", "84.5", "79"]
    scheme = versions.scheme_of(session.get_one(PropertySchemeVersion, rated.versions[CREDIT]))

    def grade(day: date) -> str:
        found = files.file_of(session, scheme, company.id, day).standing
        assert found is not None
        return str(found.grade)

    assert [grade(date(2026, 4, 30)), grade(date(2026, 6, 1))] == ["AA", "严重失信"]
    # Pages write the score with the decimals of its scheme.
    fine = replace(scheme, decimals=2)
    assert files.file_of(session, fine, company.id, date(2025, 5, 31)).score == "70.00"
    items.void(session, bad, "认定有误", SYSTEM)
    assert grade(date(2026, 6, 1)) == "AA"
    with refused("bad_state"):
        items.void(session, bad, "再次", SYSTEM)


def test_a_round_of_credit_files_counts_what_is_serious_as_long_as_its_scheme_says(
    session: Session, rated: Rated
) -> None:
    area, company, estate = parts_of(session, rated)
    entry = items.Entry("伪造", "-1", date(2026, 1, 1), document_no="2", serious=True)
    items.add(session, area, company, None, entry, SYSTEM)
    text = words.presets()[CREDIT][1].replace('"1y"', '"6m"')
    half, inclusive = parse(text), parse(text.replace('"exclusive"', '"inclusive"'))

    def serious(scheme: Scheme, day: date) -> bool:
        return bool(files.items_of(session, scheme, company.id, estate.id, day)[1])

    first_without = date(2026, 7, 1)
    assert [serious(half, day) for day in (date(2026, 6, 30), first_without)] == [True, False]
    assert [serious(inclusive, day) for day in (first_without, date(2026, 7, 2))] == [True, False]
    ends = [files.file_of(session, one, company.id, first_without).lines[0].end for one in (half, inclusive)]
    assert ends == [first_without, date(2026, 7, 2)]


def test_papers_of_a_replaced_round_do_not_look_valid_where_nothing_takes_their_place(
    session: Session, rated: Rated
) -> None:
    told: dict[str, object] = {"score": "88", "stars": 4, "detail": {"parts": {}}}
    none: dict[str, object] = {"status": "insufficient_sample", "ballots": 30}
    old = make_round(session, rated, STAR, month(rated, 5), {"甲苑": told, "乙苑": told, "丙苑": told})
    assert papers.issue(session, old, None, SYSTEM) == 3
    newer = make_round(session, rated, STAR, month(rated, 5), {"甲苑": told, "乙苑": none}, replaces=old)
    assert papers.issue(session, newer, old, SYSTEM) == 1
    states = session.execute(
        select(PropertyEstate.name, Document.state)
        .join(PropertyEntrant, PropertyEntrant.estate_id == PropertyEstate.id)
        .join(Document, Document.id == PropertyEntrant.document_id)
        .where(PropertyEntrant.round_id == old.id)
    )
    assert {row[0]: row[1] for row in states} == {"甲苑": "superseded", "乙苑": "stale", "丙苑": "stale"}
    # Final in the small hours, which are of the day before at Greenwich.
    old.final_at = datetime(2026, 5, 31, 17, tzinfo=UTC)
    shown = reading.results(session, PropertyEntrant.round_id == old.id)
    assert {one.final_on for one in shown} == {date(2026, 6, 1)}


def test_whoever_acts_for_a_company_keeps_nothing_of_its_standing(
    session: Session, rated: Rated, world: World
) -> None:
    area, company, _estate = parts_of(session, rated)
    own = actor(world, "liaison", "unit_liaison", "street")
    row = items.add(session, area, company, None, items.Entry("表彰", "1", DAY), SYSTEM)
    asked = measures.ask(session, area, company, None, "talk", "约谈", current_site().today(), SYSTEM)
    measures.report(session, asked, "已谈", SYSTEM)
    acts: tuple[Callable[[], object], ...] = (
        lambda: items.add(session, area, company, None, items.Entry("表彰", "1", DAY), own),
        lambda: items.void(session, row, "有误", own),
        lambda: measures.ask(session, area, company, None, "talk", "约谈", current_site().today(), own),
        lambda: measures.check(session, asked, True, "", own),
        lambda: measures.cancel(session, asked, "不必", own),
    )
    for act in acts:
        with refused("own_company"):
            act()
    # With the account of the office that the same human being has, neither.
    kept, merged = world.person_ids["grid1"], world.person_ids["grid2"]
    session.add(PersonAlias(merged_id=merged, kept_id=kept, merged_at=current_site().now(), merged_by="-"))
    for account in session.scalars(select(Account).where(Account.person_id.in_((kept, merged)))):
        account.person_id = None
    session.flush()
    session.get_one(Account, world.accounts["liaison"]).person_id = merged
    session.flush()
    desk = replace(actor(world, "worker", "community_worker", "happy"), person_id=kept)
    with refused("own_company"):
        items.void(session, row, "有误", desk)


def test_points_of_a_list_are_not_voided_by_hand(session: Session, rated: Rated) -> None:
    following.final(session, make_round(session, rated, LIST, month(rated, 5), {"乙苑": BLACK}), SYSTEM)
    (row,) = session.scalars(select(PropertyCreditItem))
    with refused("bad_state"):
        items.void(session, row, "说情", SYSTEM)


def test_reception_days_of_a_quarter_that_is_over_count_once(
    session: Session, rated: Rated, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = rated.companies
    found = {(first, rated.estates["甲苑"]): (10, 9), (second, rated.estates["乙苑"]): (10, 5),
             (first, rated.estates["丙苑"]): (4, 4), (second, rated.estates["丁苑"]): (10, 6)}  # fmt: skip
    asked = []

    def solved(
        session: Session, companies: list[int], start: date, end: date
    ) -> dict[tuple[int, int], tuple[int, int]]:
        asked.append((start, end))
        return found

    monkeypatch.setattr(feeding, "solved", solved)
    assert rates.solved is not solved
    area = session.get_one(Area, rated.street)
    assert feeding.take_over(session, area, "2026-Q1", SYSTEM) == 2
    assert feeding.take_over(session, area, "2026-Q1", SYSTEM) == 0
    assert asked[0] == (date(2026, 1, 1), date(2026, 3, 31))
    assert [score(session, rated, 0), score(session, rated, 1)] == ["81", "79"]
    year = current_site().today().year
    for period, code in ((f"{year + 1}-Q1", "not_over"), ("2026-Q5", "bad_period"), ("spring", "bad_period")):
        with refused(code):
            feeding.take_over(session, area, period, SYSTEM)


def test_quarters_follow_each_other() -> None:
    assert feeding.quarter("2026-Q4") == (date(2026, 10, 1), date(2026, 12, 31))
    assert [feeding.last_quarter(date(2026, m, 1)) for m in (1, 4, 12)] == ["2025-Q4", "2026-Q1", "2026-Q3"]


def test_a_version_is_frozen_numbered_and_not_published_twice(session: Session, rated: Rated) -> None:
    street = session.get_one(Area, rated.street)
    text = words.presets()[LIST][1]
    with refused("unchanged"):
        versions.publish(session, street, text, SYSTEM)
    with refused("refused_criterion"):
        versions.publish(session, street, text.replace("现场检查", "信访数量"), SYSTEM)
    second = versions.publish(session, street, text.replace("bottom = 3", "bottom = 2"), SYSTEM)
    assert second.no == 2
    assert [row.id for row in versions.in_force(session, street.id) if row.kind == "list"] == [second.id]
    old = make_round(session, rated, LIST, month(rated, 6), {})
    first = session.get_one(PropertySchemeVersion, session.get_one(PropertyRound, old.id).scheme_version_id)
    rule = versions.scheme_of(first).black
    assert rule is not None
    assert rule.bottom == 3
