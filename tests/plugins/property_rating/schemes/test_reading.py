"""Schemes as text: what the linter refuses, what it remarks, and that no text whatever makes it fail."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsys.kit.problems import Problem
from pointsys.plugins.property_rating.schemes.findings import is_sound
from pointsys.plugins.property_rating.schemes.lint import lint
from pointsys.plugins.property_rating.schemes.reading import findings, parse, parse_all
from pointsys.plugins.property_rating.schemes.scheme import FACES, QUESTIONS

PAGE = Path(__file__).with_name("page.toml").read_text(encoding="utf-8")


def weighted(**changes: Any) -> dict[str, Any]:
    data: dict[str, Any] = {
        "kind": "weighted",
        "round": {"mode": "half_up", "decimals": 0},
        "parts": [{"id": "owners", "weight": "0.5"}, {"id": "office", "weight": "0.5"}],
        "sample": {"part": "owners", "min_share": "0.1", "min_count": 50},
        "bands": [{"min": "90", "stars": 5}, {"min": "60", "stars": 1}, {"min": "0", "stars": 0}],
    }
    return {key: value for key, value in {**data, **changes}.items() if value is not None}


def percentile(*bands: tuple[str, int]) -> dict[str, Any]:
    return {"kind": "percentile", "bands": [{"upto": upto, "stars": stars} for upto, stars in bands]}


@pytest.mark.parametrize(
    ("data", "code", "place"),
    [
        (weighted(kind="best"), "unknown_kind", "kind"),
        (weighted(bands=None), "missing_key", "bands"),
        (weighted(parts=[{"id": "owners", "weight": "0.9"}]), "weights_not_1", "parts"),
        (weighted(parts=[{"id": "owners", "weight": "1.5"}, {"id": "b", "weight": "-0.5"}]), "bad_number",
         "parts[0].weight"),
        (weighted(parts=[{"id": "owners", "weight": "0.5"}] * 2), "twice", "parts[1].id"),
        (weighted(sample={"part": "nobody"}), "unknown_part", "sample.part"),
        (weighted(sample={"part": ["owners"]}), "unknown_part", "sample.part"),
        # More digits than can be written as text.
        (weighted(parts=[{"id": 16**5000, "weight": "1"}]), "bad_id", "parts[0].id"),
        ({"kind": "percentile", "bands": [{"upto": "1", "stars": {}}]}, "bad_number", "bands[0].stars"),
        ({"kind": "percentile", "bands": [{"upto": "0.5", "stars": 5}, {"upto": "1", "stars": "5"}]}, "twice",
         "bands[1].stars"),
        (weighted(sample={"part": "owners", "min_count": 50, "capped": False}), "min_count_too_high",
         "sample.min_count"),
        (weighted(sample={"part": "owners", "min_share": "1.1"}), "bad_number", "sample.min_share"),
        (weighted(bands=[{"min": "60", "stars": 1}, {"min": "90", "stars": 5}]), "bands_unsorted", "bands"),
        (weighted(bands=[{"min": "90", "stars": 5}, {"min": "90", "stars": 4}]), "bands_unsorted", "bands"),
        (weighted(bands=[{"min": "90", "stars": 5}, {"min": "60", "stars": 1}]), "no_floor", "bands[1]"),
        (weighted(bands=[{"min": "0", "stars": 6}]), "bad_number", "bands[0].stars"),
        (weighted(
            round={"decimals": 1},
            bands=[{"min": 91, "max": 100, "stars": 5}, {"min": 0, "max": 90, "stars": 0}],
        ), "gap", "bands[1].max"),
        (weighted(
            round={"decimals": "1"},
            bands=[{"min": 91, "max": 100, "stars": 5}, {"min": 0, "max": 90, "stars": 0}],
        ), "gap", "bands[1].max"),
        (weighted(bands=[{"min": 91, "max": 99, "stars": 5}, {"min": 0, "stars": 0}]), "gap", "bands[0].max"),
        # Scores of credit files are not rounded: 84.5 is between the two.
        ({"kind": "credit", "grades": [{"min": 85, "grade": "A"}, {"min": -9, "max": 84, "grade": "B"}]}, "gap",
         "grades[1].max"),
        ({"kind": "credit", "grades": [{"min": -9, "grade": "A"}], "parts": [{"id": "owners", "weight": 1}]},
         "useless_key", "parts"),
        (weighted(bands=[{"min": 91, "stars": 5}, {"min": 0, "max": 91, "stars": 0}]), "bands_overlap",
         "bands[1].max"),
        (weighted(round={"mode": "half_even"}), "bad_choice", "round.mode"),
        (weighted(veto={"effect": "stars=0"}), "veto_without_status", "veto.status"),
        (weighted(veto={"effect": "stars=0", "status": "alleged"}), "veto_without_status", "veto.status"),
        (weighted(veto={"effect": "out", "status": "confirmed"}), "bad_effect", "veto.effect"),
        (weighted(parts=[{"id": "petition_count", "weight": "1"}], sample=None), "refused_criterion",
         "parts[0].id"),
        (weighted(veto={"effect": "stars=0", "status": "confirmed",
                        "events": [{"id": "event_1", "title": "业主进京上访"}]}), "refused_criterion",
         "veto.events[0].title"),
        (weighted(questions=[{"id": "q1", "title": "邻居是否信仰宗教？"}]), "refused_criterion",
         "questions[0].title"),
        (weighted(title="落实计划生育情况"), "refused_criterion", "title"),
        (weighted(family_planning={"points": 1}), "refused_criterion", "family_planning"),
        (weighted(questions=[{"id": "q1", "title": "?", "answers": [{"value": 0, "title": "-"}]}]), "too_few",
         "questions[0].answers"),
        (percentile(("0.1", 5), ("0.9", 3)), "no_floor", "bands[1]"),
        (percentile(("0.5", 5), ("0.1", 3), ("1", 0)), "bands_unsorted", "bands"),
        (percentile(("0.5", 5), ("1", 5)), "twice", "bands[1].stars"),
        ({"kind": "list", "red": {"min": 85}, "black": {"bottom": "few"}}, "bad_number", "black.bottom"),
        ({"kind": "list", "red": {}, "black": {"bottom": 3}}, "missing_key", "red.min"),
        ({"kind": "credit", "grades": [{"min": 60, "grade": "B"}]}, "no_floor", "grades[0]"),
        ({"kind": "credit", "grades": [{"min": -1, "grade": "C"}], "default_validity": "ever"}, "bad_validity",
         "default_validity"),
    ],
)  # fmt: skip
def test_the_linter_names_every_fault_with_its_place(data: dict[str, Any], code: str, place: str) -> None:
    found = lint("x", data)
    assert (code, place) in {(one.code, one.place) for one in found if one.severity == "error"}
    assert all(one.message % one.params for one in found)


def test_what_the_linter_has_nothing_against_is_published_as_it_stands() -> None:
    assert lint("x", weighted()) == []
    assert lint("x", weighted(sample={"part": "owners", "min_count": 50, "capped": False}), smallest=60) == []
    whole = [{"min": 91, "max": 100, "stars": 5}, {"min": 0, "max": 90, "stars": 0}]
    assert lint("x", weighted(bands=whole)) == []


def test_the_schemes_of_the_page_read_as_they_stand_but_for_the_one_without_its_lower_bands() -> None:
    sound = {name: is_sound(found) for name, found in findings(PAGE).items()}
    assert sound == {
        "baoan_star": True, "yantai_credit": True, "taizhou_list": True, "fuzhou_rank": True, "baoan_village": False,
    }  # fmt: skip
    with pytest.raises(Problem) as error:
        parse_all(PAGE)
    assert error.value.code == "no_floor"
    star = parse_all(PAGE, incomplete=True)["baoan_star"]
    assert (star.ballot_part, [part.id for part in star.rater_parts]) == ("owners", ["management", "overall"])
    assert (star.min_service_months, star.appeal_share, star.publicity_days) == (6, Fraction(1, 10), 7)
    assert star.questions == QUESTIONS


def test_a_ranking_of_fewer_than_ten_is_told_that_nobody_gets_the_best_band() -> None:
    warned = [one for one in findings(PAGE)["fuzhou_rank"] if one.code == "few_get_none"]
    assert [one.params["n"] for one in warned] == [10]


def test_questions_without_answers_have_five_faces() -> None:
    text = '[scheme.x]\nkind="list"\nred={min=85}\nblack={bottom=3}\nquestions=[{id="q", title="How?"}]\n'
    (question,) = parse(text).questions
    assert question.answers == FACES
    assert [value for value, _title in FACES] == [0, 25, 50, 75, 100]


def test_numbers_of_a_file_are_read_as_they_were_written() -> None:
    text = '[scheme.x]\nkind="weighted"\nparts=[{id="a", weight=0.1}, {id="b", weight=0.2}, {id="c", weight=0.7}]\n'
    found = parse(text + "bands=[{min=0.0, stars=0}]\n")
    assert [part.weight for part in found.parts] == [Fraction(1, 10), Fraction(1, 5), Fraction(7, 10)]


@pytest.mark.parametrize(
    ("text", "name", "code"),
    [
        ("scheme = [", None, "bad_toml"),
        ("[scheme.x]\na = " + "[" * 3000, None, "bad_toml"),
        ("a." * 40 + "b = 1", None, "bad_toml"),
        ("title = 'x'", None, "no_scheme"),
        ("", None, "no_scheme"),
        ("scheme = 3", None, "no_scheme"),
        ("[scheme.x]\nkind = 'list'\nred = {min=1}\nblack = {bottom=1}\n", "y", "unknown_scheme"),
        ("x = 1" * 20_000, None, "bad_toml"),
    ],
)
def test_a_text_that_is_no_scheme_is_refused(text: str, name: str | None, code: str) -> None:
    with pytest.raises(Problem) as error:
        parse(text, name)
    assert error.value.code == code


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.decimals(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
KEYS = ("round", "parts", "sample", "bands", "veto", "red", "black", "grades", "questions", "reception", "title",
        "base_cap", "default_validity", "publicity", "appeal", "override", "period")  # fmt: skip


@given(
    st.sampled_from(("weighted", "percentile", "list", "credit")),
    st.dictionaries(st.sampled_from(KEYS), anything, max_size=5),
    st.sampled_from(("id", "weight", "min", "upto", "stars", "grade", "value", "title", "answers")),
    anything,
)
def test_the_linter_has_an_answer_for_any_data(
    kind: str, data: dict[str, Any], key: str, value: object
) -> None:
    for more in ({}, {"parts": [{key: value}], "bands": [{key: value}], "grades": [{key: value}],
                      "questions": [{"id": "q", key: value}]}):  # fmt: skip
        found = lint("x", {"kind": kind, **data, **more})
        assert all(one.message % one.params for one in found)
