"""Adding and changing people, and the sealing of their phones and ID numbers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, text

from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.areas.services import close_area
from pointsys.core.audit import AuditRow
from pointsys.core.crypto import CannotDecrypt, new_keyring
from pointsys.core.people.groups import Memberships
from pointsys.core.people.models import Person, PersonArea, PersonUnmasking
from pointsys.core.people.services import (
    ID_NUMBER,
    PHONE,
    PersonData,
    check_person,
    id_number_of,
    leave,
    masked,
    move_person,
    person_row,
    phone_of,
    unmask,
    update_person,
)
from pointsys.core.site import Site
from pointsys.core.unit_of_work import unit_of_work
from pointsys.kit.problems import Problem
from tests.factories import make_person, make_tree

TODAY = date(2026, 7, 10)
NOW = datetime(2026, 7, 10, 2, 0, tzinfo=UTC)
# Born on 7 March 1990: a man's (odd 17th digit) and a woman's number.
MAN, WOMAN = "990101199003070015", "990101199003070023"
OLD_WOMAN = "990101195208096720"
MOBILE = "13800001234"


def _checked(**kwargs: Any) -> Any:
    return check_person(PersonData(**{"name": "张伟", "area_id": 1, **kwargs}), today=TODAY)


def _code(act: Callable[[], object]) -> tuple[str, str | None]:
    with pytest.raises(Problem) as caught:
        act()
    assert str(caught.value)
    return caught.value.code, caught.value.field


def test_a_name_alone_is_enough() -> None:
    person = _checked(name=" 张　伟 ")

    assert (person.name, person.sex, person.birth_date, person.phone, person.id_number, person.note) == (
        "张伟", None, None, None, None, "",
    )  # fmt: skip


def test_the_id_number_fills_in_sex_and_birth_date() -> None:
    person = _checked(id_number=" 990101 19900307 0023 ")

    assert (person.id_number, person.sex, person.birth_date) == (WOMAN, "female", date(1990, 3, 7))


def test_a_given_sex_stays_whatever_the_id_number_says() -> None:
    assert _checked(id_number=WOMAN, sex="male").sex == "male"


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"name": ""}, "bad_name", "name"),
        ({"name": "\u200b　"}, "bad_name", "name"),
        ({"name": "12345"}, "bad_name", "name"),
        ({"name": "张" * 101}, "bad_name", "name"),
        ({"sex": "男"}, "bad_sex", "sex"),
        ({"birth_date": date(2026, 7, 11)}, "bad_birth_date", "birth_date"),
        ({"birth_date": date(1799, 1, 1)}, "bad_birth_date", "birth_date"),
        ({"birth_date": date(1990, 3, 8), "id_number": MAN}, "birth_date_mismatch", "birth_date"),
        ({"phone": "12345"}, "bad_phone", "phone"),
        ({"id_number": MAN[:-1] + "4"}, "bad_id_number", "id_number"),
        ({"id_number": "9.90101199003E+17"}, "lost_digits", "id_number"),
        ({"note": "记" * 201}, "note_too_long", "note"),
    ],
)
def test_a_fault_is_named_with_its_field(values: dict[str, Any], code: str, field: str) -> None:
    assert _code(lambda: _checked(**values)) == (code, field)


@pytest.mark.parametrize(
    "twin", ["１３８００００１２３４", "138\u200b0000 1234", "+86 138-0000-1234", "\u3000138 0000 1234\ufeff"]
)
def test_s46_every_spelling_of_a_phone_has_one_index(twin: str) -> None:
    keyring = new_keyring()
    rows = [person_row(_checked(phone=phone), keyring, "x" * 16, NOW) for phone in (MOBILE, twin)]

    assert rows[0]["phone_index"] == rows[1]["phone_index"] == keyring.blind_index(PHONE, MOBILE)


@pytest.mark.parametrize(
    "twin", ["99010119520809600x", "９９０１０１１９５２０８０９６００Ｘ", "990101\u200b195208 09600x"]
)
def test_s46_every_spelling_of_an_id_number_has_one_index(twin: str) -> None:
    keyring = new_keyring()
    rows = [
        person_row(_checked(id_number=number), keyring, "x" * 16, NOW)
        for number in ("99010119520809600X", twin)
    ]

    assert rows[0]["id_number_index"] == rows[1]["id_number_index"]


@given(st.text(min_size=1, max_size=100).filter(lambda name: any(c.isalpha() for c in name)))
def test_any_name_that_is_taken_fits_its_columns_and_checks_to_itself(name: str) -> None:
    try:
        person = _checked(name=name)
    except Problem:
        return
    row = person_row(person, new_keyring(), "x" * 16, NOW)

    assert len(str(row["name"])) <= 100
    assert len(str(row["pinyin"])) <= 500
    assert len(str(row["sort_key"])) <= 120
    assert _checked(name=person.name) == person


def test_search_keys_begin_with_the_surname_read_as_one() -> None:
    row = person_row(_checked(name="曾庆"), new_keyring(), "x" * 16, NOW)

    assert row["sort_key"] == "zeng0qing 曾庆"
    assert {"zengqing", "zq", "cengqing", "cq"} <= set(str(row["pinyin"]).split())


def test_many_readings_are_cut_between_tokens_only() -> None:
    keys = str(person_row(_checked(name="单乐行重长朝还" * 4), new_keyring(), "x" * 16, NOW)["pinyin"])
    whole = str(person_row(_checked(name="单乐"), new_keyring(), "x" * 16, NOW)["pinyin"])

    assert len(keys) <= 500
    assert keys.split()[0].startswith("shanle") or keys.split()[0].startswith("shanyue")
    assert not keys.endswith(" ")
    assert len(whole) < 500


def test_a_new_person_is_sealed_belongs_somewhere_and_leaves_an_audit_row(site: Site) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)
        person = make_person(session, areas["grid1"], phone=MOBILE, id_number=MAN, note=" 骨干 ")
        span = session.scalars(select(PersonArea).where(PersonArea.person_id == person.id)).one()

        assert (phone_of(person), id_number_of(person)) == (MOBILE, MAN)
        assert (person.sex, person.birth_date, person.note) == ("male", date(1990, 3, 7), "骨干")
        assert (span.area_id, span.from_on, span.to_on) == (areas["grid1"].id, None, None)
        assert person.created_at == site.now()
        events = session.scalars(select(AuditRow.event).where(AuditRow.object_id == person.public_id)).all()
        assert events == ["person.created"]


def test_s40_what_the_database_holds_is_not_readable_and_cannot_be_swapped(site: Site) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)
        first = make_person(session, areas["grid1"], "张伟", phone=MOBILE, id_number=MAN)
        second = make_person(session, areas["grid1"], "李娜", phone="13900005678", id_number=WOMAN)
        stored = session.execute(
            text("SELECT phone_sealed, phone_index, id_number_sealed, id_number_index FROM person")
        ).all()
        for value in (MOBILE, MAN, WOMAN, "13900005678"):
            assert all(value.encode() not in bytes(cell) for row in stored for cell in row)

        first.phone_sealed, second.phone_sealed = second.phone_sealed, first.phone_sealed
        for person in (first, second):
            with pytest.raises(CannotDecrypt):
                phone_of(person)
        second.id_number_sealed = second.phone_sealed
        with pytest.raises(CannotDecrypt):
            id_number_of(second)


def test_s40_a_flipped_bit_hides_the_value_and_leaves_the_list_standing(site: Site) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)
        person = make_person(session, areas["grid1"], phone=MOBILE)
        assert person.phone_sealed is not None
        person.phone_sealed = person.phone_sealed[:-1] + bytes([person.phone_sealed[-1] ^ 1])
        session.flush()

        with pytest.raises(CannotDecrypt):
            phone_of(person)
        assert masked(person).phone == "****"
        assert _code(lambda: unmask(session, person, "phone", "回访", SYSTEM)) == ("cannot_decrypt", "phone")
        changes = PersonData("张伟", areas["grid1"].id, note="x")
        assert _code(lambda: update_person(session, person, changes, SYSTEM)) == ("cannot_decrypt", "phone")


def test_s41_the_index_is_made_with_the_index_key_and_the_key_version_is_stored(site: Site) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)
        people = [make_person(session, areas["grid1"], name, phone=MOBILE) for name in ("张伟", "李娜")]

        assert people[0].phone_index == people[1].phone_index == site.keyring.blind_index(PHONE, MOBILE)
        assert people[0].phone_sealed != people[1].phone_sealed
        for person in people:
            assert person.phone_sealed is not None
            assert int.from_bytes(person.phone_sealed[:2], "big") == site.keyring.current
        other = new_keyring()
        assert other.blind_index(ID_NUMBER, MAN) != site.keyring.blind_index(ID_NUMBER, MAN)


def test_s58_a_list_shows_no_digit_of_an_id_number_and_seven_of_a_phone(site: Site) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)
        shown = masked(make_person(session, areas["grid1"], "欧阳娜娜", phone=MOBILE, id_number=MAN))
        bare = masked(make_person(session, areas["grid1"], "张伟"))

        assert (shown.masked_name, shown.phone, shown.id_number) == ("欧*", "138****1234", "***")
        assert shown.name == "欧阳娜娜"
        assert (bare.phone, bare.id_number) == ("", "")


def test_an_id_number_that_somebody_holds_is_refused_without_their_full_name(site: Site) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)
        make_person(session, areas["grid1"], "李娜娜", id_number=MAN)
        other = make_person(session, areas["sunny"], "王强")
        with pytest.raises(Problem) as created:
            make_person(session, areas["sunny"], "张伟", id_number=MAN)
        with pytest.raises(Problem) as updated:
            update_person(session, other, PersonData("王强", areas["sunny"].id, id_number=MAN), SYSTEM)

        for caught in (created, updated):
            assert (caught.value.code, caught.value.field) == ("person_exists", "id_number")
            assert caught.value.params == {"who": "李*"}
        assert other.id_number_index is None


def test_people_may_share_a_phone(site: Site) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)
        for name in ("王强", "王小强"):
            make_person(session, areas["grid1"], name, phone=MOBILE)

        assert session.scalar(select(func.count()).select_from(Person)) == 2


def test_nobody_joins_a_closed_or_unknown_area(site: Site) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)
        close_area(session, areas["sunny"], SYSTEM)
        person = make_person(session, areas["grid1"])

        assert _code(lambda: make_person(session, areas["sunny"])) == ("area_closed", "area_id")
        assert _code(lambda: move_person(session, person, 10**6, TODAY, SYSTEM)) == (
            "unknown_area",
            "area_id",
        )


def test_a_blank_keeps_what_is_stored_and_clear_empties_it(site: Site) -> None:
    with unit_of_work() as session:
        area = make_tree(session)["grid1"]
        person = make_person(session, area, phone=MOBILE, id_number=MAN, note="骨干")

        assert update_person(session, person, PersonData("张伟", area.id), SYSTEM) == ()
        changed = update_person(session, person, PersonData("张炜", area.id, phone="13900005678"), SYSTEM)
        assert set(changed) == {"name", "phone"}
        assert (person.name, phone_of(person), id_number_of(person)) == ("张炜", "13900005678", MAN)
        assert person.sort_key == "zhang0wei 张炜"

        changed = update_person(session, person, PersonData("张炜", area.id), SYSTEM, clear=("phone", "note"))
        assert set(changed) == {"phone", "note"}
        assert (person.phone_sealed, person.phone_index, person.note) == (None, None, "")
        events = session.scalars(select(AuditRow.event).where(AuditRow.event == "person.updated")).all()
        assert len(events) == 2


def test_a_corrected_id_number_corrects_what_the_wrong_one_had_filled_in(site: Site) -> None:
    with unit_of_work() as session:
        area = make_tree(session)["grid1"]
        filled = make_person(session, area, id_number=MAN)
        update_person(session, filled, PersonData("张伟", area.id, id_number=OLD_WOMAN), SYSTEM)
        assert (filled.sex, filled.birth_date) == ("female", date(1952, 8, 9))

        typed = make_person(session, area, birth_date=date(1980, 1, 1))
        changes = PersonData("张伟", area.id, id_number=WOMAN)
        assert _code(lambda: update_person(session, typed, changes, SYSTEM)) == (
            "birth_date_mismatch",
            "birth_date",
        )


def test_a_move_ends_the_membership_before_it_the_day_before(site: Site) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)
        person = make_person(session, areas["grid1"])
        move_person(session, person, areas["grid2"].id, date(2026, 3, 1), SYSTEM)
        move_person(session, person, areas["sunny"].id, date(2026, 5, 1), SYSTEM)
        query = select(PersonArea.area_id, PersonArea.from_on, PersonArea.to_on).order_by(PersonArea.id)

        assert [tuple(row) for row in session.execute(query)] == [
            (areas["grid1"].id, None, date(2026, 2, 28)),
            (areas["grid2"].id, date(2026, 3, 1), date(2026, 4, 30)),
            (areas["sunny"].id, date(2026, 5, 1), None),
        ]
        assert person.area_id == areas["sunny"].id


def test_a_second_move_on_the_same_day_replaces_the_first(site: Site) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)
        person = make_person(session, areas["grid1"])
        for key in ("grid2", "sunny"):
            move_person(session, person, areas[key].id, date(2026, 3, 1), SYSTEM)
        query = select(PersonArea.area_id).order_by(PersonArea.id)

        assert session.scalars(query).all() == [areas["grid1"].id, areas["sunny"].id]
        assert person.area_id == areas["sunny"].id


def test_moving_to_where_one_is_changes_nothing(site: Site) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)
        person = make_person(session, areas["grid1"])
        move_person(session, person, areas["grid1"].id, date(2026, 3, 1), SYSTEM)

        assert session.scalar(select(func.count()).select_from(PersonArea)) == 1


@pytest.mark.parametrize(
    ("on", "code"), [(date(2026, 2, 28), "move_too_early"), (TODAY + timedelta(days=1), "day_in_future")]
)
def test_a_move_before_the_last_one_or_in_the_future_is_refused(site: Site, on: date, code: str) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)
        person = make_person(session, areas["grid1"])
        move_person(session, person, areas["grid2"].id, date(2026, 3, 1), SYSTEM)

        assert _code(lambda: move_person(session, person, areas["sunny"].id, on, SYSTEM)) == (code, "on")
        assert person.area_id == areas["grid2"].id


def test_somebody_who_left_can_come_back_after_the_last_day(site: Site) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)
        person = make_person(session, areas["grid1"])
        leave(session, person, date(2026, 3, 31), SYSTEM)
        assert person.left_on == date(2026, 3, 31)
        assert _code(lambda: leave(session, person, date(2026, 4, 1), SYSTEM)) == ("already_left", "on")
        too_early = date(2026, 3, 31)
        assert _code(lambda: move_person(session, person, areas["grid1"].id, too_early, SYSTEM)) == (
            "move_too_early", "on",
        )  # fmt: skip

        move_person(session, person, areas["grid1"].id, date(2026, 6, 1), SYSTEM)
        query = select(PersonArea.from_on, PersonArea.to_on).order_by(PersonArea.id)
        assert [tuple(row) for row in session.execute(query)] == [
            (None, date(2026, 3, 31)),
            (date(2026, 6, 1), None),
        ]
        assert person.left_on is None


def test_nobody_leaves_before_they_came(site: Site) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)
        person = make_person(session, areas["grid1"])
        move_person(session, person, areas["grid2"].id, date(2026, 3, 1), SYSTEM)

        assert _code(lambda: leave(session, person, date(2026, 2, 1), SYSTEM)) == ("leave_too_early", "on")


def test_after_any_moves_the_spans_join_up_and_every_day_has_one_area(site: Site) -> None:
    days = [date(2026, 1, 5), date(2026, 1, 5), date(2026, 1, 6), date(2026, 2, 1), date(2026, 2, 1)]
    with unit_of_work() as session:
        areas = make_tree(session)
        order = ["grid2", "sunny", "grid1", "grid2", "grid1"]
        person = make_person(session, areas["sunny"])
        for day, key in zip(days, order, strict=True):
            move_person(session, person, areas[key].id, day, SYSTEM)
        where = Memberships(session, [person.id])
        expected = {date(2026, 1, 4): "sunny", date(2026, 1, 5): "sunny", date(2026, 1, 6): "grid1",
                    date(2026, 1, 31): "grid1", date(2026, 2, 1): "grid1"}  # fmt: skip

        assert {day: where.area_on(person.id, day) for day in expected} == {
            day: areas[key].id for day, key in expected.items()
        }


def test_unmasking_needs_a_reason_and_is_kept(site: Site) -> None:
    actor = Actor("grid-worker")
    with unit_of_work() as session:
        areas = make_tree(session)
        person = make_person(session, areas["grid1"], phone=MOBILE)
        assert _code(lambda: unmask(session, person, "phone", " ", actor)) == ("bad_reason", "reason")
        assert unmask(session, person, "phone", "通知开会", actor) == MOBILE
        assert unmask(session, person, "id_number", "核对", actor) == ""

        kept = session.execute(select(PersonUnmasking.field, PersonUnmasking.reason, PersonUnmasking.actor))
        assert [tuple(row) for row in kept] == [
            ("phone", "通知开会", "grid-worker"),
            ("id_number", "核对", "grid-worker"),
        ]
        events = session.execute(
            select(AuditRow.actor, AuditRow.object_id).where(AuditRow.event == "person.unmasked")
        )
        assert [tuple(row) for row in events] == [("grid-worker", person.public_id)] * 2


def test_the_audit_log_holds_nothing_that_can_be_guessed_without_the_keys(site: Site) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)
        person = make_person(session, areas["grid1"], phone=MOBILE)
        digest = session.scalar(select(AuditRow.after_digest).where(AuditRow.object_id == person.public_id))
        update_person(session, person, PersonData("张炜", areas["grid1"].id), SYSTEM)
        update_person(session, person, PersonData("张伟", areas["grid1"].id), SYSTEM)
        rows = session.execute(
            select(AuditRow.before_digest, AuditRow.after_digest)
            .where(AuditRow.event == "person.updated")
            .order_by(AuditRow.id)
        ).all()

        assert rows[0][0] == rows[1][1] == digest
        assert rows[0][1] == rows[1][0] != digest
