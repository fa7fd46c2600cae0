"""Publishing schemes, which one rules where and when, and the mapping of kinds."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, update
from sqlalchemy.exc import DatabaseError

from pointsys.core.actors import SYSTEM
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from pointsys.plugins.party_member_points import mapping, schemes
from pointsys.plugins.party_member_points.mapping import KindMapping, Rule
from pointsys.plugins.party_member_points.models import PointsSchemeVersion
from pointsys.plugins.party_member_points.schemes import (
    AreaRules,
    Publication,
    asked_sheet,
    period_of,
    period_span,
)
from tests.plugins.party_member_points.party import Party, result

TODAY = date(2026, 7, 10)
SECOND = """
[[version]]
no = 2
effective_from = "2026-07-01"
total = { cap = 100 }
category = [ { id = "duty", title = "报到履责", base = 20, cap = 20 }, { id = "service", title = "志愿服务" } ]
item = [ { id = "service", category = "service", mode = "per_qty", points = 2 } ]
"""


def file(id: str = "own", base: int = 5, period: str = "year", versions: str = "") -> str:
    """A scheme of one category and one item."""
    return (
        f'id = "{id}"\ntitle = "T"\nperiod = {{ type = "{period}" }}\n[[version]]\nno = 1\n'
        f'effective_from = "2024-01-01"\ncategory = [ {{ id = "c", base = {base} }} ]\n'
        f'item = [ {{ id = "service", category = "c", points = 1 }} ]\n{versions}'
    )


def test_a_published_scheme_can_be_neither_changed_nor_deleted(party: Party) -> None:
    for statement in (
        update(PointsSchemeVersion).values(text="x"),
        update(PointsSchemeVersion).values(effective_from=date(2020, 1, 1)),
        delete(PointsSchemeVersion),
    ):
        with pytest.raises(DatabaseError, match="append-only"), unit_of_work() as session:
            session.execute(statement)


def test_the_nearest_areas_scheme_rules(party: Party) -> None:
    party.publish(file("own"), date(2024, 1, 1), area="happy")

    with read_scope() as session:
        rules = schemes.rules_by_area(session, [party.areas[name] for name in ("grid1", "sunny")])
    found = {area: rule.for_day(TODAY, TODAY) for area, rule in rules.items()}

    assert [f[0].scheme.id for f in found.values() if f] == ["own", "community-inservice"]


def test_a_new_version_holds_from_its_day_and_older_entries_keep_their_rule(party: Party) -> None:
    person = party.member()
    party.serve(person, day=date(2026, 6, 30), title="before")
    party.serve(person, day=date(2026, 7, 1), title="after")
    party.publish(schemes.preset() + SECOND, date(2026, 7, 1))

    # Two hours at one point, two at two; the base is that of the version at the end of the period, less 2 for the
    # first quarter, which the first version judges.
    assert result(person)["categories"]["service"] == "6.00"
    assert result(person)["categories"]["duty"] == "18.00"


def test_an_earlier_year_stays_under_the_scheme_of_its_time(party: Party) -> None:
    person = party.member(checkin_on="2025-01-01")
    party.serve(person, day=date(2025, 3, 3), accepted_late="paper")
    party.publish(file("other", base=33), date(2026, 1, 1))

    assert result(person, "2025")["categories"]["service"] == "2.00"
    assert result(person, "2026")["categories"] == {"c": "33.00"}


@pytest.mark.parametrize(
    ("text", "first", "code"),
    [
        (schemes.preset().replace("base = 10", "base = 11"), date(2026, 1, 1), "version_changed"),
        (schemes.preset().replace("no = 1", "no = 3"), date(2026, 1, 1), "version_missing"),
        (file(), date(2023, 12, 31), "scheme_too_late"),
        (file().replace('id = "own"\n', ""), date(2026, 1, 1), "scheme_without_id"),
        (file("later"), date(2023, 1, 1), "scheme_too_late"),
        ("id = 'x'", date(2026, 1, 1), "scheme_refused"),
        ("not toml", date(2026, 1, 1), "scheme_refused"),
        (file() + "# " + "x" * 500_000, date(2026, 1, 1), "scheme_too_large"),
    ],
)
def test_a_scheme_that_cannot_stand_is_refused(party: Party, text: str, first: date, code: str) -> None:
    with pytest.raises(Problem) as refused:
        party.publish(text, first)

    assert refused.value.code == code


def test_a_scheme_cannot_slip_in_before_one_that_rules_already(party: Party) -> None:
    party.publish(file("other"), date(2026, 1, 1))
    with pytest.raises(Problem) as refused:
        party.publish(file("third"), date(2025, 6, 1))

    assert refused.value.code == "published_before"


def test_publishing_the_same_file_again_returns_what_stands(party: Party) -> None:
    with unit_of_work() as session:
        street = party.area(session, "street")
        again = schemes.publish(session, street, schemes.preset(), "toml", schemes.PRESET_FROM, SYSTEM)
        assert [row.id for row in schemes.publications_of(session, street.id)] == [again.id]


def publication(id: int, first: date, period: str = "year") -> Publication:
    return Publication(id, 1, first, file(period=period), "toml")


def test_a_change_of_the_kind_of_period_takes_effect_with_its_publication() -> None:
    rules = AreaRules(
        (publication(1, date(2024, 1, 1)), publication(2, date(2026, 7, 1), "quarter")), KindMapping({})
    )

    def found(day: date) -> tuple[int, str] | None:
        asked = rules.for_day(day, TODAY)
        return (asked[0].id, asked[1]) if asked else None

    assert found(date(2025, 5, 5)) == (1, "2025")
    assert found(date(2026, 8, 5)) == (2, "2026-Q3")
    assert found(date(2023, 5, 5)) is None


@pytest.mark.parametrize(
    ("asked", "shown", "refused"), [("", "2026", False), ("2025", "2025", False), ("2025-Q1", "2026", True)]
)
def test_a_sheet_that_cannot_be_asked_for_gives_the_present_one_and_says_so(
    asked: str, shown: str, refused: bool
) -> None:
    sheet = asked_sheet(AreaRules((publication(1, date(2024, 1, 1)),), KindMapping({})), asked, TODAY)

    assert (sheet.period, sheet.refused is not None) == (shown, refused)
    assert sheet.offered == ("2026", "2025", "2024", "2023")


def test_a_year_before_the_first_scheme_is_ruled_by_none() -> None:
    sheet = asked_sheet(AreaRules((publication(1, date(2024, 1, 1)),), KindMapping({})), "2020", TODAY)

    assert sheet.publication is None


KINDS = st.sampled_from(["month", "quarter", "half", "year"])


@given(KINDS, st.dates(date(1990, 1, 1), date(2090, 1, 1)))
def test_a_day_lies_in_its_period_and_the_next_day_after_its_end_in_another(kind: str, day: date) -> None:
    first, last = period_span(kind, period_of(kind, day))

    assert first <= day <= last
    assert period_of(kind, last + timedelta(days=1)) != period_of(kind, day)


RULES = st.one_of(
    st.none(), st.builds(Rule, st.text(min_size=1, max_size=9), st.sampled_from(mapping.QUANTITIES))
)


@given(st.dictionaries(st.text(min_size=1, max_size=9), RULES))
def test_a_mapping_survives_being_stored(rules: dict[str, Rule | None]) -> None:
    assert mapping.read_mapping(mapping.write_mapping(rules)).rules == rules


def test_service_counts_by_the_hour_and_other_kinds_for_nothing_until_somebody_says_so() -> None:
    preset = KindMapping({})

    assert preset.of("mediation", service=True) == Rule("service", "hours")
    assert preset.of("party_day", service=False) is None
    assert KindMapping({"mediation": None}).of("mediation", service=True) is None


@pytest.mark.parametrize(
    "value", [[], {"k": "item"}, {"k": {"item": "x", "quantity": "often"}}, {"k": {"quantity": "hours"}}]
)
def test_a_stored_mapping_that_means_nothing_is_refused(value: object) -> None:
    with pytest.raises(Problem) as refused:
        mapping.read_mapping(value)

    assert refused.value.code == "bad_mapping"
