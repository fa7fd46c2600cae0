"""Wallets: confirmed sheets pay in, redemptions take out, nothing is spent twice, and debt is covered first."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.people.merging import merge_people
from pointsys.core.people.models import Person
from pointsys.core.settings import set_setting
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from pointsys.plugins.party_member_points.wallet import services, settling
from pointsys.plugins.party_member_points.wallet.folding import Lot, Wallet, hindrance, hundredths, printed
from pointsys.plugins.party_member_points.wallet.forms import points_of
from pointsys.plugins.party_member_points.wallet.models import REDEEM, PointsWalletOp
from pointsys.plugins.party_member_points.wallet.rules import DEFAULT, SETTING, last_day, read_rule
from tests.conftest import FixedClock
from tests.plugins.party_member_points.party import Party
from tests.plugins.party_member_points.wallet.purses import (
    KEEPER,
    item_of,
    left_of,
    pay,
    redeem,
    rule,
    stock,
    take_back,
    wallet,
)

OTHER = Actor("keeper2", account_id=902)


def code_of(act: object, *args: object, **kwargs: object) -> str:
    """The code of the Problem that calling ``act`` raises."""
    with pytest.raises(Problem) as caught:
        act(*args, **kwargs)  # type: ignore[operator]
    return caught.value.code


def void(redemption: str, actor: Actor = OTHER, reason: str = "拿错了") -> None:
    """Take a redemption back."""
    with unit_of_work() as session:
        op = session.scalars(select(PointsWalletOp).where(PointsWalletOp.public_id == redemption)).one()
        services.void(session, op, reason, actor)


def test_a_confirmed_sheet_pays_once_and_a_reopened_one_is_taken_back(party: Party) -> None:
    first, second = party.member("张三"), party.member("李四")

    assert pay(party, {first: 1250, second: 0}) == 1
    assert pay(party, {first: 1250, second: -300}) == 0
    assert (wallet(first).balance, wallet(second).balance) == (1250, 0)
    with read_scope() as session:
        assert sum(settling.paid_to_people(session, ["sheet1", "other"]).values()) == 1250

    assert take_back() == 1
    assert take_back() == 0
    assert wallet(first).balance == 0
    # The same sheet, confirmed once more, pays anew.
    assert pay(party, {first: 900}) == 1
    assert wallet(first).balance == 900
    assert [move.kind for move in wallet(first).moves] == ["earn", "reverse", "earn"]


def test_where_no_wallets_are_kept_nothing_is_paid_or_redeemed(party: Party) -> None:
    person, item = party.member(), stock(party)
    rule(party, on=False)
    assert pay(party, {person: 1000}) == 0
    assert code_of(redeem, party, person, item) == "no_wallet"


def test_redeeming_takes_points_and_stock_and_voiding_gives_both_back(party: Party) -> None:
    person, item = party.member(), stock(party, 400, 3)
    pay(party, {person: 1000})

    given_ = redeem(party, person, item, 2)
    assert (wallet(person).balance, left_of(item)) == (200, 1)
    assert code_of(redeem, party, person, item) == "insufficient"
    assert code_of(void, given_, KEEPER) == "another_person_needed"
    assert code_of(void, given_, Actor("own", 903, person)) == "own_matter"
    assert code_of(void, given_, reason=" ") == "reason_needed"

    void(given_)
    assert (wallet(person).balance, left_of(item)) == (1000, 3)
    assert code_of(void, given_) == "already_voided"
    kinds = [(move.kind, move.points, move.undone) for move in wallet(person).moves]
    assert kinds == [("void", 800, False), ("redeem", -800, True), ("earn", 1000, False)]


def test_nobody_redeems_for_themselves_or_what_is_not_there(party: Party) -> None:
    person, item = party.member(), stock(party, 400, 1)
    pay(party, {person: 5000})
    assert code_of(redeem, party, person, item, actor=Actor("own", 903, person)) == "own_matter"
    assert code_of(redeem, party, person, item, 2) == "out_of_stock"
    assert code_of(redeem, party, person, item, 0) == "bad_count"
    with unit_of_work() as session:
        item_of(session, item).offered = False
    assert code_of(redeem, party, person, item) == "not_offered"
    assert (wallet(person).balance, left_of(item)) == (5000, 1)


def test_a_form_that_is_sent_twice_redeems_once(party: Party) -> None:
    person, item = party.member(), stock(party)
    pay(party, {person: 5000})
    first = redeem(party, person, item, key="form:1")
    assert redeem(party, person, item, key="form:1") == first
    assert code_of(redeem, party, person, item, 2, key="form:1") == "same_key"
    assert left_of(item) == 9


def test_what_was_spent_and_is_taken_back_becomes_debt_that_blocks(party: Party) -> None:
    person, item = party.member(), stock(party)
    pay(party, {person: 1200})
    redeem(party, person, item, 2)
    take_back()

    assert (wallet(person).balance, wallet(person).debt) == (-1000, 1000)
    assert code_of(redeem, party, person, item) == "in_debt"
    pay(party, {person: 1600}, "sheet2")
    assert (wallet(person).balance, wallet(person).debt) == (600, 0)
    redeem(party, person, item)


def test_points_expire_with_the_day_they_were_given_whatever_the_rule_says_later(
    party: Party, clock: FixedClock
) -> None:
    person = party.member()
    rule(party, expiry="year_end", years=0)
    pay(party, {person: 300})
    rule(party, expiry="none")
    pay(party, {person: 700}, "sheet2")
    assert wallet(person).lots == (Lot(300, date(2026, 12, 31)), Lot(700, None))

    clock.now = datetime(2026, 12, 31, 15, 59, tzinfo=UTC)
    assert wallet(person).balance == 1000
    clock.now = datetime(2026, 12, 31, 16, 0, tzinfo=UTC)
    assert wallet(person).balance == 700
    assert (wallet(person).moves[0].kind, wallet(person).moves[0].points) == ("expire", -300)


def test_wallets_of_merged_people_are_one(party: Party) -> None:
    first, second = party.member("张三"), party.member("张三丰")
    pay(party, {first: 300, second: 500})
    with unit_of_work() as session:
        kept, merged = session.get_one(Person, first), session.get_one(Person, second)
        merge_people(session, kept, merged, KEEPER)
    assert (wallet(first).balance, wallet(second).balance) == (800, 800)
    assert pay(party, {second: 500}) == 0


def test_a_rule_of_once_a_quarter_looks_at_what_stands(party: Party) -> None:
    person, item = party.member(), stock(party)
    rule(party, once_per="quarter", min_balance=600)
    pay(party, {person: 1500})
    first = redeem(party, person, item)
    assert code_of(redeem, party, person, item) == "once_per_quarter"
    void(first)
    redeem(party, person, item)
    rule(party, min_balance=2000)
    assert code_of(redeem, party, person, item) == "below_min_balance"
    rule(party, redeem_clears=True)
    redeem(party, person, item)
    assert wallet(person).balance == 0


def test_fifty_who_want_the_last_one_at_once_get_one(app: Flask, party: Party) -> None:
    people = [party.member(f"党员{n}") for n in range(25)]
    item = stock(party, 500, 1)
    pay(party, dict.fromkeys(people, 1000))

    def try_it(place: int) -> str:
        with app.app_context():
            try:
                return redeem(party, people[place % 25], item)
            except Problem as problem:
                return problem.code

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(try_it, range(50)))

    assert left_of(item) == 0
    assert answers.count("out_of_stock") == 49
    assert sum(wallet(person).balance for person in people) == 25 * 1000 - 500


def test_fifty_redemptions_of_one_wallet_spend_its_points_once(app: Flask, party: Party) -> None:
    person, item = party.member(), stock(party, 500, None)
    pay(party, {person: 1000})

    def try_it(_place: int) -> str:
        with app.app_context():
            try:
                return redeem(party, person, item)
            except Problem as problem:
                return problem.code

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(try_it, range(50)))

    assert answers.count("insufficient") == 48
    assert wallet(person).balance == 0


def test_operations_are_not_rewritten(party: Party) -> None:
    pay(party, {party.member(): 300})
    for statement in ("UPDATE points_wallet_op SET points = 9", "DELETE FROM points_wallet_op"):
        with pytest.raises(DBAPIError, match="append-only"), unit_of_work() as session:
            session.execute(text(statement))


def test_a_stock_below_nothing_is_refused_by_the_database(party: Party) -> None:
    stock(party)
    with pytest.raises(DBAPIError), unit_of_work() as session:
        session.execute(text("UPDATE points_shop_item SET stock = -1"))


# --- pure rules ---


FULL = Wallet(1000, 0, (), ())
TODAY = date(2026, 5, 20)


@pytest.mark.parametrize(
    ("said", "held", "redeemed_on", "points", "code"),
    [
        ({}, FULL, [], 1000, None),
        ({}, FULL, [], 1001, "insufficient"),
        ({"on": False}, FULL, [], 1, "no_wallet"),
        ({"once_per": "month"}, Wallet(-5, 5, (), ()), [TODAY], 1, "in_debt"),
        ({"once_per": "month"}, FULL, [date(2026, 5, 1)], 9999, "once_per_month"),
        ({"once_per": "month"}, FULL, [date(2026, 4, 30)], 1, None),
        ({"once_per": "half"}, FULL, [date(2026, 1, 1)], 1, "once_per_half"),
        ({"once_per": "year"}, FULL, [date(2025, 12, 31)], 1, None),
        ({"min_balance": 1001}, FULL, [], 9999, "below_min_balance"),
        ({"min_balance": 1000}, FULL, [], 1000, None),
    ],
)
def test_what_hinders_a_redemption_is_told_in_one_order(
    said: dict[str, object], held: Wallet, redeemed_on: list[date], points: int, code: str | None
) -> None:
    found = hindrance(read_rule(said), held, redeemed_on, TODAY, points)
    assert (found.code if found else None) == code


@pytest.mark.parametrize(
    ("said", "earned", "last"),
    [
        ({}, date(2026, 3, 31), None),
        ({"expiry": "years", "years": 2}, date(2024, 2, 29), date(2026, 2, 28)),
        ({"expiry": "years", "years": 4}, date(2024, 2, 29), date(2028, 2, 29)),
        ({"expiry": "year_end", "years": 1}, date(2026, 3, 31), date(2027, 12, 31)),
        ({"expiry": "nonsense", "years": "x"}, date(2026, 3, 31), None),
    ],
)
def test_points_last_as_long_as_the_rule_of_their_day_says(
    said: dict[str, object], earned: date, last: date | None
) -> None:
    assert last_day(read_rule(said), earned) == last


@given(st.integers(0, 10**9))
def test_printed_points_are_read_as_the_same_amount(points: int) -> None:
    assert hundredths(printed(points)) == points
    if 1 <= points <= 1_000_000_00:
        assert points_of(printed(points), "points") == points


@pytest.mark.parametrize(
    "typed", ["", "0", "-1", "1.234", "1e3", "NaN", "1.", ".5.", "１２x", "99999999", "1,5"]
)
def test_amounts_that_are_no_points_are_refused(typed: str) -> None:
    if typed == "1.":
        assert points_of(typed, "points") == 100
    else:
        assert code_of(points_of, typed, "points") == "bad_points"


def test_redemptions_keep_title_and_points_of_their_day(party: Party) -> None:
    person, item = party.member(), stock(party, 400, None, "牙膏")
    pay(party, {person: 1000})
    redeem(party, person, item)
    with unit_of_work() as session:
        thing = item_of(session, item)
        thing.title, thing.points = "肥皂", 900
    with read_scope() as session:
        op = session.scalars(select(PointsWalletOp).where(PointsWalletOp.type == REDEEM)).one()
        assert (op.title, op.points) == ("牙膏", 400)


def test_the_rules_are_those_of_the_member_s_place_at_every_counter(party: Party) -> None:
    person, item = party.member("张三"), stock(party, points=100)
    pay(party, {person: 1000})
    with unit_of_work() as session:
        set_setting(session, party.area(session, "happy"), SETTING, {**DEFAULT, "once_per": "year"}, SYSTEM)
    redeem(party, person, item)

    def above() -> None:
        with unit_of_work() as session:
            place, member = party.area(session, "street"), session.get_one(Person, person)
            services.redeem(session, place, member, item_of(session, item), 1, OTHER)

    assert code_of(above) == "once_per_year"
    assert wallet(person).balance == 900
