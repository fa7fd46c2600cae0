"""Every public case of the scoring rules, whatever order its facts arrive in."""

from __future__ import annotations

import copy
import random
from typing import Any

import pytest

from pointsys.plugins.party_member_points.scoring import (
    apply_quota,
    build,
    lint,
    publicity_end,
    run_wallet,
    score,
)

from .samples import CASES, flagship

SCHEMES = {name: build(data) for name, data in CASES["schemes"].items()}


def cases(kind: str) -> list[Any]:
    return [pytest.param(case, id=case["id"]) for case in CASES[kind]]


@pytest.mark.parametrize("case", cases("score_cases"))
def test_score_case_gives_the_expected_result_in_any_order(case: dict[str, Any]) -> None:
    shuffler = random.Random(case["id"])
    facts = copy.deepcopy(case["facts"])
    for _ in range(4):
        assert score(SCHEMES[case["scheme"]], facts, case["query"]) == case["expected"]
        shuffler.shuffle(facts["events"])
        shuffler.shuffle(facts["voids"])


@pytest.mark.parametrize("case", [c for c in CASES["score_cases"] if c["scheme"] == "community-inservice"])
def test_the_preset_scores_like_the_flagship_sample(case: dict[str, Any]) -> None:
    assert score(flagship(), case["facts"], case["query"]) == case["expected"]


@pytest.mark.parametrize("case", cases("lint_cases"))
def test_lint_case_is_refused_for_its_one_reason(case: dict[str, Any]) -> None:
    found = lint({"id": case["id"], "title": case["why"], "version": case["version"]})
    assert [finding.code for finding in found if finding.severity == "error"] == [case["reject"]]


@pytest.mark.parametrize("data", CASES["schemes"].values(), ids=list(CASES["schemes"]))
def test_the_linter_accepts_every_scheme_in_use(data: dict[str, Any]) -> None:
    assert [finding for finding in lint(data) if finding.severity == "error"] == []


@pytest.mark.parametrize("case", cases("quota_cases"))
def test_quota_case(case: dict[str, Any]) -> None:
    assert apply_quota(case) == case["expected"]


@pytest.mark.parametrize("case", cases("wallet_cases"))
def test_wallet_case(case: dict[str, Any]) -> None:
    assert run_wallet(case) == case["expected"]


@pytest.mark.parametrize("case", cases("publicity_cases"))
def test_publicity_case(case: dict[str, Any]) -> None:
    assert publicity_end(case) == case["expected"]
