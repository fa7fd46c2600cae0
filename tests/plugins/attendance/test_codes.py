"""Codes as rules alone: how long they hold, that nobody can make one, and what a ticket is bound to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsys.plugins.attendance.scan import codes
from pointsys.plugins.attendance.scan.codes import CODE, POSTER, QR, STEP, TICKET_SECONDS, Listed, key_of

KEY = key_of("a secret of the site that nobody knows")
HERE = Listed(KEY, "sheet-one", "salt")
# A whole step of both kinds begins here.
NOON = datetime(2026, 7, 10, 4, 0, tzinfo=UTC)


@given(shown=st.integers(0, 10_000), later=st.integers(0, 120))
def test_a_screen_code_holds_for_its_step_and_the_next_one(shown: int, later: int) -> None:
    at = NOON + timedelta(seconds=shown)
    then = at + timedelta(seconds=later)
    steps_later = int(then.timestamp()) // STEP - int(at.timestamp()) // STEP

    assert (HERE.kind_of(HERE.screen(at), then) == QR) is (steps_later <= 1)


def test_a_code_of_the_future_is_not_taken() -> None:
    ahead = HERE.screen(NOON + timedelta(seconds=STEP))

    assert HERE.kind_of(ahead, NOON) == ""


def test_six_digits_hold_for_their_minute_and_the_next() -> None:
    digits = HERE.spoken(NOON)

    assert (len(digits), digits.isdigit()) == (6, True)
    assert HERE.is_spoken(digits, NOON + timedelta(seconds=119))
    assert not HERE.is_spoken(digits, NOON + timedelta(seconds=120))
    assert not HERE.is_spoken(f"{(int(digits) + 1) % 1_000_000:06d}", NOON)


@pytest.mark.parametrize(
    "other",
    [
        Listed(KEY, "sheet-two", "salt"),
        Listed(KEY, "sheet-one", "new-salt"),
        Listed(key_of("another site"), "sheet-one", "salt"),
    ],
    ids=["another list", "renewed codes", "another site"],
)
def test_codes_and_tickets_are_of_one_list_one_salt_and_one_site(other: Listed) -> None:
    assert HERE.kind_of(other.screen(NOON), NOON) == ""
    assert HERE.kind_of(other.poster(), NOON) == ""
    assert HERE.ticket_kind(other.ticket(QR, "phone", NOON), "phone", NOON) == ""
    assert HERE.spoken(NOON) != other.spoken(NOON)


def test_a_printed_code_is_told_from_the_screens() -> None:
    assert HERE.kind_of(HERE.poster(), NOON + timedelta(days=400)) == POSTER


def test_a_ticket_is_bound_to_its_browser_and_holds_for_minutes() -> None:
    ticket = HERE.ticket(CODE, "phone", NOON)

    assert HERE.ticket_kind(ticket, "phone", NOON + timedelta(seconds=TICKET_SECONDS)) == CODE
    assert HERE.ticket_kind(ticket, "phone", NOON + timedelta(seconds=TICKET_SECONDS + 1)) == ""
    assert HERE.ticket_kind(ticket, "another phone", NOON) == ""
    assert HERE.ticket_kind(ticket, "phone", NOON - timedelta(seconds=1)) == ""
    # A printed code's ticket cannot be passed off as that of a screen.
    printed = HERE.ticket(POSTER, "phone", NOON)
    assert HERE.ticket_kind("s" + printed[1:], "phone", NOON) == ""


def test_a_press_without_network_needs_a_ticket_of_that_time() -> None:
    ticket = HERE.ticket(QR, "phone", NOON)
    arrives = NOON + timedelta(hours=3)

    assert HERE.ticket_kind(ticket, "phone", arrives, until=NOON + timedelta(minutes=2)) == QR
    assert HERE.ticket_kind(ticket, "phone", arrives, until=NOON + timedelta(hours=1)) == ""


@given(st.text(max_size=60))
def test_no_text_is_a_code_or_a_ticket(text: str) -> None:
    assert HERE.kind_of(text, NOON) == ""
    assert HERE.ticket_kind(text, "phone", NOON) == ""
    assert not HERE.is_spoken(text, NOON) or text == HERE.spoken(NOON) or codes.SPOKEN == 0
