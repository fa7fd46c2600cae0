"""Whose row is this: by ID number, else by phone and name, never by a name alone."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, func, select

from pointsys.core.actors import SYSTEM
from pointsys.core.database import db
from pointsys.core.people.matching import Hits, Known, Match, PeopleIndex, decide, match_person
from pointsys.core.people.merging import merge_people
from pointsys.core.people.models import Person
from pointsys.core.site import Site
from pointsys.core.unit_of_work import unit_of_work
from tests.factories import make_person, make_tree

MAN, WOMAN = "990101199003070015", "990101199003070023"
A_PHONE, B_PHONE = "13800001234", "13900005678"


def _ids(match: Match) -> set[int]:
    return {known.person_id for known in match.candidates}


def test_the_id_number_decides_whatever_name_and_phone_say(site: Site) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)
        person = make_person(session, areas["sunny"], "李娜", phone=A_PHONE, id_number=WOMAN)
        same = match_person(session, areas["happy"].id, "李娜", None, WOMAN)
        renamed = match_person(session, areas["happy"].id, "李安娜", B_PHONE, WOMAN)

        assert (same.kind, same.person_id, same.area_id) == ("id_number", person.id, areas["sunny"].id)
        assert (renamed.kind, renamed.person_id) == ("id_number", person.id)
        assert (same.name_differs, renamed.name_differs) == (False, True)


def test_without_an_id_number_phone_and_name_together_decide(site: Site) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)
        father = make_person(session, areas["happy"], "王强", phone=A_PHONE)
        make_person(session, areas["happy"], "王小强", phone=A_PHONE)
        found = match_person(session, areas["street"].id, "王强", A_PHONE, None)
        stranger = match_person(session, areas["street"].id, "王大强", A_PHONE, None)

        assert (found.kind, found.person_id) == ("phone_name", father.id)
        assert stranger == Match("none")


def test_a_new_id_number_joins_the_person_of_this_phone_and_name_if_they_have_none(site: Site) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)
        bare = make_person(session, areas["happy"], "王强", phone=A_PHONE)
        numbered = make_person(session, areas["happy"], "李娜", phone=B_PHONE, id_number=WOMAN)
        joins = match_person(session, areas["happy"].id, "王强", A_PHONE, MAN)
        other = match_person(session, areas["happy"].id, "李娜", B_PHONE, MAN)

        assert (joins.kind, joins.person_id) == ("phone_name", bare.id)
        assert (other.kind, other.person_id, _ids(other)) == ("conflict", None, {numbered.id})


def test_a47_two_of_one_name_are_candidates_never_a_match(site: Site) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)
        here = [make_person(session, areas[key], "张伟", phone=phone) for key, phone in
                (("grid1", A_PHONE), ("grid2", B_PHONE))]  # fmt: skip
        make_person(session, areas["sunny"], "张伟")
        found = match_person(session, areas["happy"].id, "张伟", None, None)
        other_phone = match_person(session, areas["happy"].id, "张伟", "13700000000", None)

        assert (found.kind, found.person_id, _ids(found)) == ("name_only", None, {p.id for p in here})
        assert other_phone.kind == "name_only"


def test_a47_phone_of_one_and_id_number_of_another_is_a_conflict(site: Site) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)
        first = make_person(session, areas["grid1"], "张伟", phone=A_PHONE)
        second = make_person(session, areas["grid1"], "张伟", id_number=MAN)
        third = make_person(session, areas["grid1"], "李娜", phone=B_PHONE, id_number=WOMAN)

        for name, phone, number, people in (
            ("张伟", A_PHONE, MAN, {first.id, second.id}),
            ("李娜", A_PHONE, WOMAN, {first.id, third.id}),
            ("张伟", B_PHONE, MAN, {second.id, third.id}),
        ):
            found = match_person(session, areas["happy"].id, name, phone, number)
            assert (found.kind, found.person_id, _ids(found)) == ("conflict", None, people)


def test_a_namesake_with_another_id_number_is_no_candidate(site: Site) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)
        make_person(session, areas["grid1"], "张伟", id_number=WOMAN)

        assert match_person(session, areas["happy"].id, "张伟", None, MAN) == Match("none")
        assert match_person(session, areas["happy"].id, "张伟", None, None).kind == "name_only"
        assert match_person(session, None, "张伟", None, None) == Match("none")


def test_several_with_one_phone_and_name_are_ambiguous(site: Site) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)
        twins = [make_person(session, areas["grid1"], "张伟", phone=A_PHONE) for _ in range(2)]
        found = match_person(session, areas["happy"].id, "张伟", A_PHONE, None)

        assert (found.kind, found.person_id, _ids(found)) == ("ambiguous", None, {p.id for p in twins})


def test_rows_of_merged_people_lead_to_the_one_kept(site: Site) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)
        kept = make_person(session, areas["grid1"], "张伟", phone=A_PHONE)
        merged = make_person(session, areas["sunny"], "张伟", phone=A_PHONE, id_number=MAN)
        merge_people(session, kept, merged, SYSTEM)
        area = areas["street"].id

        for phone, number, kind in (
            (A_PHONE, None, "phone_name"),
            (None, MAN, "id_number"),
            (A_PHONE, MAN, "id_number"),
        ):
            found = match_person(session, area, "张伟", phone, number)
            assert (found.kind, found.person_id, found.area_id) == (kind, kept.id, areas["grid1"].id)
        # The ID number stands on the merged row only; it is still the kept person's.
        assert match_person(session, area, "张伟", A_PHONE, WOMAN).kind == "conflict"
        assert _ids(match_person(session, area, "张伟", None, None)) == {kept.id}


def test_a_batch_asks_the_database_as_often_for_many_rows_as_for_few(site: Site) -> None:
    def statements(rows: int) -> int:
        seen: list[str] = []

        def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
            seen.append(statement)

        index = PeopleIndex(session, areas["street"].id)
        event.listen(db.engine, "before_cursor_execute", note)
        try:
            index.load((f"人{n}", f"138{n:08d}", None) for n in range(rows))
            matches = [index.match(f"人{n}", f"138{n:08d}", None).kind for n in range(rows)]
        finally:
            event.remove(db.engine, "before_cursor_execute", note)
        assert matches == ["phone_name" if n < 3 else "none" for n in range(rows)]
        return len(seen)

    with unit_of_work() as session:
        areas = make_tree(session)
        for n in range(3):
            make_person(session, areas["grid1"], f"人{n}", phone=f"138{n:08d}")
        few, many = statements(5), statements(2_000)

        assert few == many
        assert session.scalar(select(func.count()).select_from(Person)) == 3


def test_a_batch_remembers_those_it_is_going_to_add(site: Site) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)
        index = PeopleIndex(session, areas["happy"].id)
        index.load([("张伟", A_PHONE, MAN), ("李娜", None, None)])
        assert index.match("张伟", A_PHONE, MAN) == Match("none")
        index.remember(-1, areas["grid1"].id, "张伟", A_PHONE, MAN, date(1990, 3, 7))
        index.remember(-2, areas["grid1"].id, "李娜", None, None)

        assert (index.match("张伟", None, MAN).kind, index.match("张伟", None, MAN).person_id) == (
            "id_number",
            -1,
        )
        assert index.match("张伟", A_PHONE, None).person_id == -1
        assert index.match("张伟", A_PHONE, WOMAN).kind == "conflict"
        assert _ids(index.match("李娜", None, None)) == {-2}


def _known(person_id: int, name: str) -> Known:
    return Known(person_id, 1, name, None, None, None)


KNOWN = st.builds(_known, st.integers(1, 3), st.sampled_from(["甲", "乙"]))


@given(
    name=st.sampled_from(["甲", "乙", "丙"]),
    holder=st.none() | KNOWN,
    sharing=st.lists(KNOWN, max_size=4),
    namesakes=st.lists(KNOWN, max_size=4),
    id_numbers=st.dictionaries(st.integers(1, 3), st.just(b"other")),
    typed=st.booleans(),
)
def test_a_match_is_always_backed_by_id_number_or_phone(
    name: str,
    holder: Known | None,
    sharing: list[Known],
    namesakes: list[Known],
    id_numbers: dict[int, bytes],
    typed: bool,
) -> None:
    found = decide(name, typed or holder is not None, Hits(holder, sharing, namesakes, id_numbers))

    assert (found.person_id is not None) == (found.kind in ("id_number", "phone_name"))
    if found.kind == "id_number":
        assert holder is not None
        assert found.person_id == holder.person_id
        assert not sharing or holder.person_id in {known.person_id for known in sharing}
    if found.kind == "phone_name":
        assert (found.person_id, name) in {(known.person_id, known.name) for known in sharing}
        assert not (typed and found.person_id in id_numbers)
    if found.kind == "none":
        assert found.candidates == ()
    assert (
        len({known.person_id for known in found.candidates}) == len(found.candidates)
        or found.kind == "conflict"
    )
