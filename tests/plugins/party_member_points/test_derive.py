"""Deriving scores: they say what the log, the members and the scheme say, whatever stood there before."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy.orm import Session

from pointsys.core.activity_log.models import CONFIRMED, REJECTED
from pointsys.core.actors import SYSTEM
from pointsys.core.batches import PEOPLE, UNDONE, Batch
from pointsys.core.pending import drain, mark_people, pending_count
from pointsys.core.people.merging import merge_people, unmerge
from pointsys.core.people.models import Person
from pointsys.core.people.services import leave, move_person
from pointsys.core.site import Site
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.plugins.party_member_points import schemes, services, stored
from pointsys.plugins.party_member_points.scoring import load_scheme
from pointsys.plugins.party_member_points.scoring import score as score_directly
from tests.conftest import FixedClock
from tests.factories import make_draft
from tests.plugins.party_member_points.party import (
    NAME,
    Party,
    entry_id,
    make_party,
    result,
    score,
    stored_rows,
    view,
)
from tests.plugins.volunteer.statements import count_statements


def parts(person: int, period: str = "2026") -> tuple[str, str]:
    """The two categories that these tests look at."""
    categories = result(person, period)["categories"]
    return categories["service"], categories["duty"]


def test_a_score_is_that_of_the_scorer_for_the_same_facts(party: Party) -> None:
    person = party.member(checkin_on="2026-01-05")
    first = party.serve(person, "09:00", "11:00", day=date(2026, 3, 7))
    second = party.serve(person, "10:00", "12:30", day=date(2026, 3, 7), title="Y")
    party.serve(person, kind="主题党日", title="party day", day=date(2026, 3, 8))

    facts = {
        "person": {"id": "p", "checkin_on": "2026-01-05"},
        "events": [
            # The second overlaps the first by an hour, and a minute counts once.
            event(first, "2026-03-07T09:00:00+08:00", Fraction(2)),
            event(second, "2026-03-07T10:00:00+08:00", Fraction(3, 2)),
        ],
    }
    scheme = load_scheme(schemes.preset(), format="toml")
    direct: Any = score_directly(scheme, facts, {"period": "2026", "as_of": "2026-07-10T10:00:00+08:00"})
    assert result(person) == direct
    # 10 to begin with, less 2 for the second quarter without service; 2 + 1.5 hours.
    assert (direct["categories"]["duty"], direct["total"]) == ("8.00", "11.50")


def event(entry: int, at: str, quantity: Fraction) -> dict[str, object]:
    return {
        "id": entry_id(entry),
        "item": "service",
        "at": at,
        "qty": quantity,
        "rec": "2026-07-10T02:00:00+00:00",
    }


def test_a_member_without_entries_has_a_score_of_the_present_period(party: Party) -> None:
    person = party.member()

    assert parts(person) == ("0.00", "6.00")
    assert score(person).grade == "不合格"


def test_people_who_are_no_members_have_no_score(party: Party) -> None:
    person = party.person()
    party.serve(person)

    assert stored_rows() == []


def test_every_period_with_entries_is_scored(party: Party) -> None:
    person = party.member(checkin_on="2025-01-01")
    party.serve(person, day=date(2025, 5, 4), accepted_late="from paper")

    found = view(person)
    assert found is not None
    assert [stored.period for stored in found.scores] == ["2026", "2025"]
    # Three of four quarters of 2025 without service.
    assert parts(person, "2025") == ("2.00", "4.00")


def test_what_is_recorded_too_late_is_ignored_with_its_reason_unless_it_was_accepted(party: Party) -> None:
    person = party.member(checkin_on="2025-01-01")
    late = party.serve(person, day=date(2025, 5, 4))
    accepted = party.serve(person, day=date(2025, 6, 4), accepted_late="from paper")

    found = result(person, "2025")
    assert found["ignored"] == {entry_id(late): "late"}
    assert found["credited"] == {entry_id(accepted): "2.00"}


def test_service_before_the_day_of_check_in_does_not_count(party: Party) -> None:
    person = party.member(checkin_on="2026-03-08")
    entry = party.serve(person, day=date(2026, 3, 7))

    assert result(person)["ignored"] == {entry_id(entry): "before_checkin"}


def test_a_waiting_entry_brings_nothing_yet_and_says_what_it_would(party: Party) -> None:
    person = party.member()
    entry = party.serve(person, confirm=False)

    assert result(person)["ignored"] == {entry_id(entry): "pending"}
    expected = score(person).detail["expected"]
    assert expected["credited"] == {entry_id(entry): "2.00"}
    # The first quarter is no longer idle either: 6 + 2 + 2.
    assert (result(person)["total"], expected["total"]) == ("6.00", "10.00")

    party.decide(entry, CONFIRMED)
    assert result(person)["total"] == "10.00"
    assert "expected" not in score(person).detail


def test_a_waiting_entry_in_a_full_category_says_that_the_total_stays(party: Party) -> None:
    person = party.member()
    # Service is worth at most 8 points a month and 40 in all, 4 hours of a day at most.
    for month in range(1, 7):
        for day in (5, 6):
            party.serve(person, "08:00", "12:00", day=date(2026, month, day), title=f"{month}-{day}")
    party.serve(person, day=date(2026, 7, 1), confirm=False)

    assert result(person)["categories"]["service"] == "40.00"
    expected = score(person).detail["expected"]
    assert expected["total"] == result(person)["total"]
    assert expected["total_stays"] is True


def test_what_waiting_entries_would_bring_respects_the_cap_they_share(party: Party) -> None:
    person = party.member()
    for hour in (8, 13):
        party.serve(person, f"{hour:02d}:00", f"{hour + 4:02d}:00", title=f"at {hour}")
    entries = [
        party.serve(person, "09:00", "12:00", day=date(2026, 3, day), title="more", confirm=False)
        for day in (9, 10)
    ]

    # Eight points of March are earned already.
    assert score(person).detail["expected"]["credited"] == {entry_id(entry): "0.00" for entry in entries}


def test_a_rejected_and_a_voided_entry_are_listed_with_their_reason(party: Party) -> None:
    person = party.member()
    rejected = party.serve(person, confirm=False, title="A")
    party.decide(rejected, REJECTED)
    voided = party.serve(person, title="B")
    party.decide(voided)

    assert result(person)["ignored"] == {entry_id(rejected): "rejected", entry_id(voided): "voided"}
    assert parts(person) == ("0.00", "6.00")


def test_voiding_gives_back_what_a_cap_had_cut(party: Party) -> None:
    person = party.member()
    days = [date(2026, 3, day) for day in (2, 3, 4)]
    entries = [party.serve(person, "08:00", "12:00", day=day, title=f"{day}") for day in days]
    assert result(person)["credited"][entry_id(entries[2])] == "0.00"

    party.decide(entries[0])

    assert [result(person)["credited"][entry_id(entry)] for entry in entries[1:]] == ["4.00", "4.00"]


def test_service_in_another_community_counts_on_the_members_own_sheet(party: Party) -> None:
    person = party.member(area="grid1")
    party.serve(person, area="sunny")

    assert parts(person)[0] == "2.00"


def test_only_where_the_plugin_is_on_are_people_scored_and_late_enabling_catches_up(site: Site) -> None:
    party = make_party("happy")
    person = party.person(area="sunny")
    party.roster({person: {"political_status": "member"}}, area="sunny")
    party.serve(person, area="sunny")
    assert stored_rows() == []

    with unit_of_work() as session:
        switch_plugin(session, party.area(session, "sunny"), NAME, True, SYSTEM)
    drain()

    assert parts(person)[0] == "2.00"


def test_without_a_published_scheme_there_is_no_score_and_publishing_brings_it(site: Site) -> None:
    party = make_party(preset=False)
    person = party.member()
    party.serve(person)
    found = view(person)
    assert found is not None
    assert found.scores == []

    party.publish(schemes.preset(), schemes.PRESET_FROM)

    assert parts(person)[0] == "2.00"


def test_deriving_again_changes_no_byte(party: Party) -> None:
    people = [party.member("张三"), party.member("李四")]
    for person in people:
        party.serve(person)
        party.serve(person, day=date(2025, 12, 30), title="last year")
    before = stored_rows()

    with unit_of_work(drain=False) as session:
        services.derive(session, list(reversed(people)))

    assert stored_rows() == before


def test_a_rebuild_of_everything_gives_the_same_bytes_in_the_same_validity(
    party: Party, clock: FixedClock
) -> None:
    person = party.member()
    party.serve(person)
    before = stored_rows()
    clock.advance(days=3)

    with unit_of_work(drain=False) as session:
        stored.mark_all(session)
    drain()

    assert stored_rows() == before


def test_a_score_says_until_when_it_holds_and_is_due_after(party: Party, clock: FixedClock) -> None:
    person = party.member()
    party.serve(person, day=date(2026, 4, 1))
    # The third quarter ends without service on 30 September.
    assert [row[9] for row in stored_rows()] == [date(2026, 9, 30)]
    clock.now = datetime(2026, 9, 29, 16, 30, tzinfo=UTC)
    before = parts(person)

    with unit_of_work(drain=False) as session:
        assert stored.refresh_due(session, date(2026, 9, 30)) == 1
    drain()

    assert (before[1], parts(person)[1]) == ("8.00", "6.00")


def test_in_the_new_year_the_new_period_begins(party: Party, clock: FixedClock) -> None:
    person = party.member()
    clock.now = datetime(2026, 12, 31, 17, 0, tzinfo=UTC)

    with unit_of_work(drain=False) as session:
        assert stored.refresh_due(session, date(2027, 1, 1)) == 1
    drain()

    # Four idle quarters are capped at 8; the new year starts with its base.
    assert parts(person, "2027") == ("0.00", "10.00")


def test_a_kind_counts_as_what_the_locality_says(party: Party) -> None:
    person = party.member()
    entry = party.serve(person, kind="居民议事会", title="council")
    assert result(person)["credited"] == {}

    party.map_kind({"resident_council": {"item": "proposal", "quantity": "times"}})
    assert result(person)["credited"] == {entry_id(entry): "2.00"}

    party.map_kind({"volunteer_service": None})
    assert result(person)["credited"] == {}


def test_the_number_recorded_counts_where_the_mapping_says_so(party: Party) -> None:
    party.map_kind({"care": {"item": "donate", "quantity": "share"}})
    person = party.member()
    entry = party.serve(person, None, None, kind="关爱帮扶", title="gift", quantity=25_000, unit="share")

    # 250 yuan: two whole hundreds.
    assert result(person)["credited"] == {entry_id(entry): "2.00"}


def test_an_untimed_entry_counts_by_its_hours(party: Party) -> None:
    person = party.member()
    entry = party.serve(person, None, None, quantity=150, unit="hour")

    assert result(person)["credited"] == {entry_id(entry): "1.50"}


def test_leaving_the_community_ends_what_counts(party: Party) -> None:
    person = party.member()
    entry = party.serve(person, day=date(2026, 5, 5))
    with unit_of_work() as session:
        leave(session, session.get_one(Person, person), date(2026, 5, 1), SYSTEM)

    assert result(person)["ignored"] == {entry_id(entry): "after_exit"}


def taken_back(session: Session, area_id: int) -> int:
    """The id of an import of people that was undone."""
    now = datetime(2026, 7, 9, tzinfo=UTC)
    batch = Batch(
        kind=PEOPLE, area_id=area_id, file_name="people.xlsx", sha256="0" * 64, state=UNDONE, created_by="test",
        created_at=now, beat_at=now,
    )  # fmt: skip
    session.add(batch)
    session.flush()
    return batch.id


def test_people_of_an_import_that_was_taken_back_have_no_score_until_they_come_again(party: Party) -> None:
    person = party.member()
    with unit_of_work() as session:
        found = session.get_one(Person, person)
        found.batch_id = taken_back(session, party.areas["happy"])
        leave(session, found, date(2026, 7, 9), SYSTEM)
    assert stored_rows() == []

    with unit_of_work() as session:
        move_person(session, session.get_one(Person, person), party.areas["grid1"], date(2026, 7, 10), SYSTEM)
    assert parts(person) == ("0.00", "6.00")


def test_who_moves_to_an_area_with_its_own_scheme_is_scored_by_it(party: Party) -> None:
    other = (
        schemes.preset()
        .replace('id = "community-inservice"', 'id = "sunny-own"')
        .replace("base = 10", "base = 7")
    )
    party.publish(other, date(2024, 1, 1), area="sunny")
    person = party.member(area="grid1", checkin_on="2026-01-01")
    with unit_of_work() as session:
        move_person(session, session.get_one(Person, person), party.areas["sunny"], date(2026, 7, 1), SYSTEM)

    assert (score(person).scheme, parts(person)[1]) == ("sunny-own", "3.00")
    assert len(stored_rows()) == 1


def test_merged_people_are_scored_as_one_and_unmerging_gives_their_own_back(party: Party) -> None:
    first, second = party.member("张三"), party.member("张三丰")
    party.serve(first, "09:00", "11:00", title="X")
    party.serve(second, "10:00", "12:00", title="Y")
    before = stored_rows()
    with unit_of_work() as session:
        merge_people(session, session.get_one(Person, first), session.get_one(Person, second), SYSTEM)

    assert parts(first)[0] == "3.00"
    assert [row[0] for row in stored_rows()] == [first]

    with unit_of_work() as session:
        unmerge(session, session.get_one(Person, second), SYSTEM)
    assert stored_rows() == before


def test_a_mark_that_waits_shows_and_is_worked_off(party: Party) -> None:
    person = party.member()
    party.serve(person, derive=False)

    waiting = view(person)
    assert waiting is not None
    assert waiting.waits
    drain()
    after = view(person)
    assert after is not None
    assert not after.waits
    with read_scope() as session:
        assert pending_count(session) == 0


def test_the_statements_of_deriving_do_not_grow_with_people_and_entries(party: Party) -> None:
    people = [party.member(f"党员{chr(0x4E00 + n)}") for n in range(12)]
    for person in people:
        for day in range(1, 4):
            entry = party.serve(person, day=date(2026, 3, day), title=f"{day}", derive=False)
        party.decide(entry, derive=False)

    counts = []
    for some in (people[:1], people):
        with unit_of_work(drain=False) as session, count_statements() as statements:
            services.derive(session, some)
        counts.append(len(statements))

    assert counts[0] == counts[1] <= 24


def test_scores_as_of_a_day_know_only_what_was_recorded_by_then(party: Party, clock: FixedClock) -> None:
    person = party.member()
    kept = party.serve(person, "09:00", "11:00", title="X")
    overlapping = party.serve(person, "10:00", "12:00", title="Y")
    clock.advance(days=1)
    party.decide(kept)
    party.serve(person, day=date(2026, 3, 9), title="Z")

    with read_scope() as session:
        then = services.compute(session, [person], clock.now - timedelta(hours=12))
        now = services.compute(session, [person], clock.now)

    def credited(scores: list[services.Score]) -> dict[str, str]:
        row = services.result_row(scores[0], date(2026, 7, 10))
        return dict(json.loads(row["detail"])["result"]["credited"])

    # While the first stood, it took the hour they share.
    assert credited(then) == {entry_id(kept): "2.00", entry_id(overlapping): "1.00"}
    assert credited(now)[entry_id(overlapping)] == "2.00"


@pytest.mark.parametrize(
    ("printed", "hundredths"),
    [
        ("12.50", 1250),
        ("12.5", 1250),
        ("7", 700),
        ("-0.25", -25),
        # No column holds what a scheme without caps may say.
        ("9" * 40, 10**9),
        ("-" + "9" * 40, -(10**9)),
    ],
)
def test_printed_totals_are_sorted_as_hundredths(printed: str, hundredths: int) -> None:
    assert stored.hundredths(printed) == hundredths


def test_marking_twice_before_draining_is_harmless(party: Party) -> None:
    person = party.member()
    party.serve(person)
    before = stored_rows()
    for _again in range(2):
        with unit_of_work(drain=False) as session:
            mark_people(session, [person])
    drain()

    assert stored_rows() == before


def _drafted(
    party: Party, *people: int, day: date, start: str = "09:00", end: str = "11:00"
) -> dict[int, tuple[str, bool]]:
    """What drafts would bring before anything is recorded, by their place."""
    with read_scope() as session:
        area = party.area(session, "happy")
        rows = [session.get_one(Person, person) for person in people]
        drafts = [
            make_draft(session, area, row, day=day, start=start, end=end, title="drafted") for row in rows
        ]
        return dict(services.credited_of_drafts(session, area, drafts))


def test_a_draft_brings_what_its_entry_brings_and_only_to_members(party: Party) -> None:
    member, neighbour = party.member(), party.person("不是党员")
    day = date(2026, 3, 9)

    assert _drafted(party, neighbour, member, day=day) == {1: ("2.00", False)}
    entry = party.serve(member, "09:00", "11:00", day=day, title="drafted", confirm=False)
    assert score(member).detail["expected"]["credited"] == {entry_id(entry): "2.00"}


def test_a_draft_shares_caps_and_minutes_with_what_stands(party: Party) -> None:
    person = party.member()
    party.serve(person, "08:00", "12:00", day=date(2026, 3, 9), title="first")
    party.serve(person, "13:00", "16:00", day=date(2026, 3, 10), title="second")

    # An hour is left of the eight of March, and of the time already served nothing counts twice.
    assert _drafted(party, person, day=date(2026, 3, 11)) == {0: ("1.00", False)}
    assert _drafted(party, person, day=date(2026, 3, 9), start="09:00", end="10:00") == {}
