"""Amounts, what an item asks for, what follows on what, and who may act: pure rules."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest

from pointsys.kit.problems import Problem
from pointsys.plugins.party_member_points import schemes
from pointsys.plugins.party_member_points.ledger import rules
from pointsys.plugins.party_member_points.ledger.reading import Word, confirmed_part, standing
from pointsys.plugins.party_member_points.ledger.rules import AwardDraft, Hands, Step
from pointsys.plugins.party_member_points.scoring import load_scheme

DAY = date(2026, 6, 1)
SCHEME = """
id = "t"
title = "t"
period = { type = "year" }
[[version]]
no = 1
effective_from = "2026-01-01"
category = [ { id = "c" } ]
item = [
  { id = "free", category = "c", mode = "manual", min = 1, max = "2.5" },
  { id = "fixed", category = "c", points = 2 },
  { id = "hours", category = "c", mode = "per_qty", points = 1, qty = { min = "0.5" } },
  { id = "attend", category = "c", mode = "none" },
  { id = "gone", category = "c", kind = "veto", mode = "none" },
]
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5", 500),
        ("0.5", 50),
        ("0.05", 5),
        ("９.５", 950),
        ("1,000.25", 100025),
        ("9999999.99", 999999999),
        ("", None),
    ],
)
def test_amounts_are_exact_hundredths(text: str, expected: int | None) -> None:
    assert rules.hundredths_of(text, "points") == expected


@pytest.mark.parametrize(
    "text",
    [
        "1e18",
        "NaN",
        "inf",
        "-1",
        "0",
        "0.00",
        "0.30000000000000004",
        "0.005",
        "10000000",
        "1/3",
        "0x10",
        "+5",
    ],
)
def test_a69_amounts_without_bounds_or_exactness_are_refused(text: str) -> None:
    with pytest.raises(Problem) as refused:
        rules.hundredths_of(text, "points")
    assert (refused.value.code, refused.value.field) == ("bad_amount", "points")


def items() -> dict[str, rules.Asks]:
    version = load_scheme(SCHEME, format="toml").versions[0]
    return {name: rules.asks_of(item) for name, item in version.items.items()}


@pytest.mark.parametrize(
    ("item", "given", "code"),
    [
        ("free", {}, "points_needed"),
        ("free", {"points": 50}, "points_out_of_range"),
        ("free", {"points": 251}, "points_out_of_range"),
        ("free", {"points": 10**18}, "points_out_of_range"),
        ("free", {"points": -100}, "points_out_of_range"),
        ("free", {"points": 250}, None),
        ("fixed", {"points": 100}, "points_not_asked"),
        ("fixed", {}, None),
        ("fixed", {"reason": "  "}, "reason_needed"),
        ("fixed", {"reason": "长" * 1001}, "too_long_text"),
        ("hours", {}, "amount_needed"),
        ("hours", {"qty": 49}, "below_min"),
        ("hours", {"qty": 10**10}, "bad_amount"),
        ("hours", {"qty": 50}, None),
        ("attend", {}, "not_awardable"),
        ("gone", {}, None),
    ],
)
def test_a_proposal_says_what_its_item_asks_for(item: str, given: dict[str, Any], code: str | None) -> None:
    draft = AwardDraft(**{"item": item, "on_date": DAY, "reason": "因为", **given})
    found = None
    try:
        rules.check_content(items()[item], draft)
    except Problem as problem:
        found = problem.code
    assert found == code


def test_the_sample_scheme_asks_for_level_matter_and_emergency() -> None:
    version = load_scheme(schemes.preset(), format="toml").versions[-1]
    honour = rules.asks_of(version.items["honour"])
    assert honour.choice is not None
    assert honour.choice[0] == "level"
    assert honour.choice[1]["city"] == "10"
    assert honour.matter == "matter"
    assert rules.asks_of(version.items["service"]).flags == (("emergency", ("true",)),)
    assert rules.as_attribute("true") is True


@dataclass
class Doer:
    """Somebody by the name of their account."""

    person: int | None
    account: int

    def did(self, account: int | None, label: str) -> bool:
        return account == self.account


MEMBER, PROPOSER, VERIFIER, DECIDER = Doer(1, 11), Doer(2, 12), Doer(3, 13), Doer(4, 14)


@pytest.mark.parametrize("kind", ["earn", "deduct", "veto"])
def test_s31_member_proposer_verifier_and_decider_are_four_people(kind: str) -> None:
    seen = {"verified": VERIFIER, "told": PROPOSER}["verified" if kind == "earn" else "told"]
    step = "verified" if kind == "earn" else "told"
    hands = Hands(1, (12, ""), (Step(step, seen.account, ""), Step("confirmed", 14, "")))
    before = Hands(1, (12, ""), (Step(step, seen.account, ""),))
    may = {
        ("confirmed", "member"): "own_matter",
        ("confirmed", "proposer"): "another_person_needed",
        ("confirmed", "verifier"): "another_person_needed" if kind == "earn" else None,
        ("confirmed", "decider"): None,
        ("voided", "member"): "own_matter",
        ("voided", "proposer"): "another_person_needed",
        ("voided", "verifier"): None,
        ("voided", "decider"): "another_person_needed",
        ("verified", "member"): "own_matter",
        ("verified", "proposer"): "another_person_needed",
        ("verified", "verifier"): None,
        ("verified", "decider"): None,
    }
    people = {"member": MEMBER, "proposer": PROPOSER, "verifier": VERIFIER, "decider": DECIDER}
    for (outcome, who), code in may.items():
        known = hands if outcome == "voided" else before
        assert rules.refusal(outcome, known, people[who]) == code, (outcome, who)
    assert rules.refusal("withdrawn", before, PROPOSER) is None
    assert rules.refusal("withdrawn", before, DECIDER) == "another_withdraws"
    assert rules.refusal("answered", before, MEMBER) is None
    assert rules.refusal("answered", before, PROPOSER) == "not_yours"


def test_nothing_is_confirmed_unseen_and_nothing_follows_on_an_end() -> None:
    assert "confirmed" not in rules.next_outcomes("earn", "pending")
    for kind in ("deduct", "veto"):
        assert "confirmed" not in rules.next_outcomes(kind, "pending")
        with pytest.raises(Problem, match="told") as refused:
            rules.check_step(kind, "pending", "confirmed")
        assert refused.value.code == "tell_first"
    for kind, status in itertools.product(("earn", "deduct", "veto"), ("rejected", "withdrawn", "voided")):
        assert rules.next_outcomes(kind, status) == ()
    assert rules.next_outcomes("earn", "confirmed") == ("voided",)


def words(*said: str) -> list[Word]:
    return [Word(no, word, datetime(2026, 6, 1, no, tzinfo=UTC)) for no, word in enumerate(said, start=1)]


def test_of_a_session_the_last_word_before_the_confirmation_holds() -> None:
    told = words("expected", "attended", "confirmed", "absent", "excused")
    sure, now = standing(confirmed_part(told)), standing(told)
    assert (sure.expected, sure.attended, sure.excused) == (True, True, False)
    assert (now.expected, now.attended, now.excused) == (True, False, True)
    assert confirmed_part(words("expected", "attended")) == []
    assert not standing(words("expected", "unexpected")).expected
