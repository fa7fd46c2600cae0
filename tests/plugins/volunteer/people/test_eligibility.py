"""Who may serve: each rule at its edges, and what no order of the papers can change."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsys.plugins.volunteer.people.eligibility import (
    ActivityTerms,
    Session,
    Span,
    Standing,
    age_on,
    refusal,
)
from pointsys.plugins.volunteer.people.numbers import check_digit, is_number, written

DAY = date(2026, 7, 11)
AT = datetime(2026, 7, 11, 1, tzinfo=UTC)
WHEN = Session(AT, DAY, DAY)
AGREED = (Span(date(2026, 1, 1)),)
ADULT = Standing(born=date(1990, 1, 1), state="active")
NOBODY: frozenset[int] = frozenset()


def said(
    person: Standing,
    terms: ActivityTerms | None = None,
    when: Session = WHEN,
    present: frozenset[int] = NOBODY,
) -> str:
    problem = refusal(person, terms or ActivityTerms(), when, present)
    return problem.code if problem else ""


def born(years: int, days: int = 0) -> date:
    """Somebody who turns so many years ``days`` after the service date."""
    return date(DAY.year - years, DAY.month, DAY.day) + timedelta(days=days)


@pytest.mark.parametrize(
    ("birth", "expected"),
    [
        (born(6, 1), "too_young"),
        (born(6), "guardian_absent"),
        (born(10, 1), "guardian_absent"),
        (born(10), "consent_missing"),
        (born(18, 1), "consent_missing"),
        (born(18), ""),
        (None, ""),
    ],
)
def test_age_is_asked_on_the_service_date_and_the_birthday_itself_counts(
    birth: date | None, expected: str
) -> None:
    assert said(Standing(born=birth)) == expected


def test_somebody_born_on_leap_day_is_of_age_on_the_first_of_march() -> None:
    assert age_on(date(2008, 2, 29), date(2026, 2, 28)) == 17
    assert age_on(date(2008, 2, 29), date(2026, 3, 1)) == 18


def test_a_small_child_needs_a_guardian_who_is_there_and_agrees() -> None:
    child = Standing(born=born(8), guardians=frozenset({7}), consents=AGREED)
    assert said(child) == "guardian_absent"
    assert said(child, present=frozenset({7})) == ""
    assert said(child, present=frozenset({8})) == "guardian_absent"
    assert said(child, ActivityTerms(guardian_present=True)) == ""
    assert said(replace(child, consents=()), present=frozenset({7})) == "consent_missing"


def test_no_minor_does_dangerous_work_even_with_consent() -> None:
    danger = ActivityTerms(hazardous=True)
    assert said(Standing(born=born(17), consents=AGREED), danger) == "minor_in_danger"
    assert said(Standing(born=born(18)), danger) == ""
    assert said(Standing(), danger) == "birth_date_needed"
    assert said(Standing(born=born(15), consents=AGREED), ActivityTerms(min_age=16)) == "below_min_age"
    assert said(Standing(born=born(16), consents=AGREED), ActivityTerms(min_age=16)) == ""


def test_withdrawn_consent_counts_until_that_instant_and_no_longer() -> None:
    def with_consent(*spans: Span) -> str:
        return said(Standing(born=born(15), consents=spans))

    since = date(2026, 1, 1)
    assert with_consent(Span(since, None, AT + timedelta(seconds=1))) == ""
    assert with_consent(Span(since, None, AT)) == "consent_withdrawn"
    assert with_consent(Span(since, None, AT - timedelta(days=9)), Span(DAY)) == ""
    assert with_consent(Span(since, DAY)) == ""
    assert with_consent(Span(since, DAY - timedelta(days=1))) == "consent_missing"
    assert with_consent(Span(DAY + timedelta(days=1))) == "consent_missing"


def test_insurance_and_training_have_to_cover_the_whole_time() -> None:
    night = Session(AT, DAY, DAY + timedelta(days=1))
    insured = ActivityTerms(insurance_required=True)
    assert said(ADULT, insured) == "not_insured"
    covered = replace(ADULT, insured=(Span(DAY, DAY),))
    assert said(covered, insured) == ""
    assert said(covered, insured, night) == "not_insured"
    # Two policies that follow each other cover no session between them.
    parts = replace(ADULT, insured=(Span(DAY, DAY), Span(night.last, night.last)))
    assert said(parts, insured, night) == "not_insured"
    needs = ActivityTerms(qualifications=frozenset({"急救", "消防"}))
    both = (("急救", Span(date(2025, 1, 1))), ("消防", Span(date(2025, 1, 1), DAY)))
    assert said(replace(ADULT, trained=both), needs) == ""
    assert said(replace(ADULT, trained=both), needs, night) == "not_qualified"
    assert said(replace(ADULT, trained=both[:1]), needs) == "not_qualified"


def test_who_is_suspended_or_withdrawn_does_not_serve_and_strangers_may_unless_asked_otherwise() -> None:
    assert said(replace(ADULT, state="suspended")) == "volunteer_suspended"
    assert said(replace(ADULT, state="withdrawn")) == "volunteer_withdrawn"
    assert said(replace(ADULT, state="")) == ""
    only = ActivityTerms(registered_only=True)
    for state in ("", "applicant"):
        assert said(replace(ADULT, state=state), only) == "not_registered"
    assert said(ADULT, only) == ""


SPANS = st.builds(
    Span,
    st.dates(date(2026, 6, 1), date(2026, 8, 1)),
    st.none() | st.dates(date(2026, 7, 1), date(2026, 8, 1)),
    st.none() | st.sampled_from([AT - timedelta(days=1), AT, AT + timedelta(days=1)]),
)


@given(st.lists(SPANS, max_size=4), st.randoms(), st.dates(date(2009, 1, 1), date(2015, 1, 1)))
def test_more_papers_never_shut_anybody_out_and_their_order_does_not_matter(
    spans: list[Span], order: object, birth: date
) -> None:
    person = Standing(born=birth, consents=tuple(spans))
    before = said(person)
    order.shuffle(spans)  # type: ignore[attr-defined]
    assert said(replace(person, consents=tuple(spans))) == before
    more = said(replace(person, consents=(*spans, Span(date(2026, 1, 1)))))
    assert more == ""


@given(st.integers(2000, 2999), st.integers(1, 9_999_999))
def test_a_number_shows_one_wrong_digit_and_is_never_as_long_as_an_id_number(year: int, running: int) -> None:
    number = written(year, running)
    assert is_number(number)
    assert len(number) == 13
    for place in range(1, len(number)):
        wrong = str((int(number[place]) + 3) % 10)
        assert not is_number(number[:place] + wrong + number[place + 1 :])


def test_the_check_digit_is_luhns() -> None:
    assert check_digit("7992739871") == "3"
    for text in ("", "V", "990101199003070015", "V2026０000017", "X" * 13):
        assert not is_number(text)
