"""S-31 as rules alone: tables of what waits, and every coincidence of recorder, participant and confirmer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsys.core.activity_log.policy import (
    ALWAYS,
    BACK_DATED,
    BULK,
    EVERYTHING,
    HIGH_VALUE,
    IMPORTED,
    KEYS,
    LIMITS,
    LONG_DAY,
    LONG_LIST,
    MODES,
    OFF,
    OWN,
    OWN_ENTRY,
    REASONS,
    SECOND_PERSON,
    SECOND_PERSON_NEEDED,
    TURNED_DOWN,
    Facts,
    Part,
    Rules,
    Who,
    is_back_dated,
    is_high_value,
    key_of,
    reasons,
    refusal,
)

TODAY = date(2026, 7, 10)
RULES = Rules()


def facts(*parts: Part, listed: int = 1, in_day: int = 1, **kwargs: object) -> Facts:
    """Facts of an everyday entry, but for what is given."""
    return Facts(parts or (Part(1, TODAY, 120),), TODAY, listed, in_day, **kwargs)  # type: ignore[arg-type]


ORDINARY = facts()
CASES = [
    (ORDINARY, ()),
    (facts(listed=10, in_day=10), ()),
    (facts(listed=11), (LONG_LIST,)),
    (facts(in_day=11), (LONG_DAY,)),
    (facts(listed=11, in_day=11), (LONG_LIST, LONG_DAY)),
    (facts(Part(1, TODAY - timedelta(days=30), 60)), ()),
    (facts(Part(1, TODAY - timedelta(days=31), 60)), (BACK_DATED,)),
    (facts(Part(1, TODAY, 480)), ()),
    (facts(Part(1, TODAY, 481)), (HIGH_VALUE,)),
    (facts(Part(1, TODAY, 0, 1_000)), ()),
    (facts(Part(1, TODAY, 0, 1_001)), (HIGH_VALUE,)),
    (facts(Part(1, TODAY, 240), Part(1, TODAY, 241)), (HIGH_VALUE,)),
    (facts(Part(1, TODAY, 240), Part(2, TODAY, 241)), ()),
    (facts(Part(1, TODAY, 240), Part(1, TODAY - timedelta(days=1), 241)), ()),
    (facts(Part(1, TODAY, 240), earlier=(Part(1, TODAY, 241),)), (HIGH_VALUE,)),
    (facts(Part(1, TODAY, 240), earlier=(Part(1, TODAY - timedelta(days=1), 600),)), ()),
    (facts(imported=True), (IMPORTED,)),
    (facts(turned_down=True), (TURNED_DOWN,)),
    (facts(own=True), (OWN,)),
    (facts(own=True, imported=True, listed=40), (OWN, IMPORTED, LONG_LIST)),
]


@pytest.mark.parametrize(("case", "waits"), CASES)
def test_what_waits_under_the_usual_rules(case: Facts, waits: tuple[str, ...]) -> None:
    assert reasons(RULES, case) == waits


@pytest.mark.parametrize(("case", "waits"), CASES)
def test_always_adds_to_what_waits_and_off_leaves_ones_own_alone(case: Facts, waits: tuple[str, ...]) -> None:
    always = reasons(replace(RULES, mode=ALWAYS), case)
    assert set(always) == {*waits, EVERYTHING}
    assert reasons(replace(RULES, mode=OFF), case) == ((OWN,) if case.own else ())


PARTS = st.builds(
    Part,
    st.integers(1, 3),
    st.integers(-3, 60).map(lambda days: TODAY - timedelta(days=days)),
    st.integers(0, 1_500),
    st.integers(0, 5_000),
)
FACTS = st.builds(
    Facts,
    st.lists(PARTS, min_size=1, max_size=4),
    st.just(TODAY),
    st.integers(1, 40),
    st.integers(1, 40),
    st.lists(PARTS, max_size=3),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
ANY_RULES = st.builds(
    Rules,
    st.sampled_from(MODES),
    st.integers(2, 40),
    st.integers(2, 40),
    st.integers(0, 60),
    st.integers(30, 1_440),
    st.integers(1, 50),
)


@given(ANY_RULES, FACTS)
def test_reasons_are_known_ones_in_their_order_and_each_once(rules: Rules, case: Facts) -> None:
    found = reasons(rules, case)
    assert list(found) == [reason for reason in REASONS if reason in found]


@given(ANY_RULES, FACTS, st.integers(1, 30), PARTS)
def test_more_of_anything_never_makes_less_wait(rules: Rules, case: Facts, more: int, part: Part) -> None:
    before = set(reasons(rules, case))
    larger = replace(
        case,
        parts=[*case.parts, part],
        listed=case.listed + more,
        in_day=case.in_day + more,
        earlier=[*case.earlier, part],
    )
    assert before <= set(reasons(rules, larger))


@given(ANY_RULES, FACTS)
def test_stricter_rules_never_make_less_wait(rules: Rules, case: Facts) -> None:
    stricter = Rules(
        {OFF: BULK}.get(rules.mode, ALWAYS),
        rules.bulk_from - 1,
        rules.day_total - 1,
        rules.back_dated_days - 1,
        rules.high_minutes - 1,
        rules.high_quantity - 1,
    )
    assert set(reasons(rules, case)) <= set(reasons(stricter, case))


@given(st.integers(2, 40), st.lists(st.integers(1, 15), min_size=1, max_size=12))
def test_however_a_list_is_split_one_person_answers_for_less_than_a_day_total(
    total: int, parts: Sequence[int]
) -> None:
    rules, alone = replace(RULES, day_total=total), 0
    for count in parts:
        if not reasons(rules, facts(listed=count, in_day=alone + count)):
            alone += count
    assert alone < total


@given(st.integers(-5, 400), st.integers(0, 366))
def test_back_dated_is_later_than_the_days_allowed(days: int, allowed: int) -> None:
    rules = replace(RULES, back_dated_days=allowed)
    assert is_back_dated(rules, TODAY - timedelta(days=days), TODAY) == (days > allowed)


@given(st.lists(st.integers(0, 400), min_size=1, max_size=6), st.integers(30, 1_440))
def test_a_persons_day_counts_as_a_whole_however_it_is_cut(pieces: list[int], most: int) -> None:
    rules = replace(RULES, high_minutes=most)
    here = [Part(1, TODAY, minutes) for minutes in pieces[:1]]
    rest = [Part(1, TODAY, minutes) for minutes in pieces[1:]]
    assert is_high_value(rules, here, rest) == (sum(pieces) > most)


JUNK = st.one_of(
    st.none(), st.text(max_size=5), st.booleans(), st.floats(), st.lists(st.integers(), max_size=2)
)


@given(st.dictionaries(st.sampled_from(KEYS), JUNK))
def test_settings_that_make_no_sense_leave_the_usual_rules(values: dict[str, object]) -> None:
    values = {key: value for key, value in values.items() if value not in MODES}
    assert Rules.of(values) == RULES


@pytest.mark.parametrize("name", LIMITS)
def test_a_number_is_taken_within_its_limits_only(name: str) -> None:
    low, high = LIMITS[name]
    for value, taken in ((low, True), (high, True), (low - 1, False), (high + 1, False)):
        rules = Rules.of({key_of(name): value})
        assert (getattr(rules, name) == value) is taken


def test_each_mode_is_taken_as_it_is() -> None:
    assert [Rules.of({SECOND_PERSON: mode}).mode for mode in MODES] == list(MODES)


# A small town: two human beings with two accounts and two rows each, the rows merged; a third with one account of
# whom no person is known. Row 1 is kept for 1 and 2, row 3 for 3 and 4.
HUMANS = {"an": ({11, 12}, 1), "bo": ({13, 14}, 3), "no": ({15}, None)}
KEPT = {1: 1, 2: 1, 3: 3, 4: 3, 5: 5}
BENEFICIARIES = {"an": (1, 2), "bo": (3, 4), "else": (5,)}


def who(name: str) -> Who:
    """One of them, whichever account they use."""
    accounts, person = HUMANS[name]
    return Who(frozenset(accounts), person, name)


@pytest.mark.parametrize("why", [(), (LONG_LIST,)])
@pytest.mark.parametrize(
    ("recorder", "beneficiary", "confirmer"), list(product(HUMANS, BENEFICIARIES, HUMANS))
)
def test_a30_recorder_beneficiary_and_confirmer_in_every_coincidence(
    recorder: str, beneficiary: str, confirmer: str, why: tuple[str, ...]
) -> None:
    for account, row in product(HUMANS[recorder][0], BENEFICIARIES[beneficiary]):
        confirms = who(confirmer)
        answer = refusal({KEPT[row]}, confirms.did(account, recorder), why, confirms)

        if beneficiary == confirmer:
            assert answer == OWN_ENTRY
        elif recorder == confirmer and why:
            assert answer == SECOND_PERSON_NEEDED
        else:
            assert answer is None


@given(st.sets(st.sampled_from(sorted(KEPT)), min_size=1), st.sampled_from(sorted(HUMANS)), st.booleans())
def test_one_own_part_among_many_refuses_them_all(rows: set[int], confirmer: str, recorded: bool) -> None:
    kept = {KEPT[row] for row in rows}
    mine = HUMANS[confirmer][1]
    assert (refusal(kept, recorded, (), who(confirmer)) == OWN_ENTRY) is (mine is not None and mine in kept)


@pytest.mark.parametrize(
    ("accounts", "label", "recorded_by", "did"),
    [
        ({1}, "an", (1, "an"), True),
        ({1}, "an", (2, "an"), False),
        # An account that is named like the machine's operator has not done what the operator did.
        ({1}, "operator:an", (None, "operator:an"), False),
        (set(), "operator:an", (None, "operator:an"), True),
        (set(), "operator:an", (None, "system"), False),
        (set(), "an", (1, "an"), False),
    ],
)
def test_who_did_it_is_told_by_account_and_only_without_one_by_name(
    accounts: set[int], label: str, recorded_by: tuple[int | None, str], did: bool
) -> None:
    assert Who(frozenset(accounts), None, label).did(*recorded_by) is did
