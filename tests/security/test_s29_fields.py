"""S-29: who is shown which field of a person, on pages, in files and by programs, plugins' fields included.

Each field of each place holds a value that stands nowhere else. All addresses that can be looked at are looked at by
every role, as a page, as a file and by token; a value may turn up only for those who are named here, by hand.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass

import pytest

from pointsys.access import AREA, SIGNED_IN
from pointsys.core.field_scope import CORE_FIELDS, field_permission, person_fields
from tests.security.conftest import Populated
from tests.security.realm import HOLDERS, PLACES, above, id_of, marker, phone_of
from tests.security.routes import MAY, routes, tell
from tests.security.test_s27_matrix import ROLES, ask

STAFF = {"office", "worker"}
EVERY = {*STAFF, "grid_worker", "secretary", "committee"}
# A liaison reads of the unit's own people who they are and where they belong.
NAMED = {*EVERY, "liaison"}
NOBODY: set[str] = set()


@dataclass(frozen=True)
class Field:
    """What stands in a field of a place's person, and the roles that are meant to see it there."""

    value: object
    roles: set[str]


def fields(place: str) -> dict[str, Field]:
    """The fields that are watched; the member of grid 1 is the one whose own data they are there."""
    own = {"member"} if place == "grid1" else NOBODY
    phone, number = phone_of(place), id_of(place)
    return {
        "name": Field(marker(place, "人"), NAMED | own),
        "note": Field(marker(place, "注"), STAFF | own),
        "whole phone": Field(phone, own),
        "end of the phone": Field(phone[3:], own),
        "ID number": Field(number, own),
        "end of the ID number": Field(number[-6:], own),
        "branch": Field(marker(place, "支"), NAMED | own),
        "home unit": Field(marker(place, "位"), NAMED | own),
        "note of an entry": Field(marker(place, "言"), EVERY | own),
        "evidence of an entry": Field(marker(place, "证"), EVERY | own),
        "words of an objection": Field(marker(place, "议"), EVERY),
        "words of a request": Field(marker(place, "问"), STAFF | own),
    }


def readable(data: bytes) -> str:
    """The text of an answer, of the parts of a workbook too."""
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            return "\n".join(book.read(name).decode("utf-8", "replace") for name in book.namelist())
    return data.decode("utf-8", "replace")


def shown_to(site: Populated, role: str) -> list[tuple[str, str]]:
    """Address and text of everything that this role can look at: of its own place, of a child, and its own pages."""
    held = HOLDERS[role]
    assert held is not None
    browser, found = site.browser(role), []
    places = [place for place in PLACES if held[1] in above(place)][:2]
    for route in routes(site.app):
        if (
            route.verb != "GET"
            or route.access.scope not in (AREA, SIGNED_IN)
            or route.endpoint.endswith(".pdf")
        ):
            continue
        if route.access.permission is not None and role not in MAY.get(route.access.permission, ()):
            continue
        site.forget_limits()
        for place in places if route.access.scope == AREA else [held[1]]:
            path = route.path(site.realm.things[place])
            if route.access.token and role not in site.realm.secrets:
                continue
            status, text = ask(site, browser, route, path, role)
            found.append((path, text))
            if (
                status == 200
                and not route.access.token
                and not route.kinds
                and "." not in path.rpartition("/")[2]
            ):
                # The same list as a workbook has the same columns.
                found.append((f"{path}?export=csv", readable(browser.get(f"{path}?export=csv").data)))
    return found


@pytest.mark.parametrize("role", [role for role in ROLES if HOLDERS[role]])
def test_s29_no_field_is_shown_to_anybody_it_is_not_meant_for(fresh: Populated, role: str) -> None:
    held = HOLDERS[role]
    assert held is not None
    pages = shown_to(fresh, role)
    assert len(pages) > (10 if role == "liaison" else 20)
    wrong, seen = [], set()
    for place in PLACES:
        inside = held[1] in above(place)
        for name, field in fields(place).items():
            where = [path for path, text in pages if str(field.value) in text]
            own = role == "member" and place == "grid1"
            if where and not (role in field.roles and (inside or own)):
                wrong.append((name, place, where[:3]))
            if where and inside:
                seen.add(name)
    tell(wrong)
    if role in STAFF:
        # What nobody finds proves nothing: what staff are meant to see does turn up.
        meant = {name for name, field in fields(held[1]).items() if role in field.roles}
        assert meant - seen == set()


@pytest.mark.parametrize(("field", "permission"), sorted(CORE_FIELDS.items()))
def test_s29_a_field_of_the_core_is_shown_by_a_permission_of_the_core(
    populated: Populated, field: str, permission: str
) -> None:
    """What identifies or judges somebody takes the right to keep their data; the rest that to see people."""
    assert permission == ("people.edit" if field in ("birth_date", "id_number", "note") else "people.view")


def test_s29_a_field_that_nobody_declared_is_shown_to_nobody(populated: Populated) -> None:
    with populated.app.app_context():
        assert {name for name in person_fields() if "." in name} >= {"points.branch", "volunteer.hours"}
        with pytest.raises(KeyError):
            field_permission("points.shoe_size")


def test_s29_who_only_sees_people_gets_the_year_of_birth_and_no_day(fresh: Populated) -> None:
    things = fresh.realm.things["grid1"]
    page = f"/a/{things['code']}/people/{things['person']}"
    whole, part = fresh.browser("worker").get(page).text, fresh.browser("grid_worker").get(page).text
    assert "1990-03-07" in whole
    assert "1990-03-07" not in part
    assert "1990" in part
    lists = [
        fresh.browser("grid_worker").get(f"/a/{things['code']}/people{query}").data
        for query in ("", "?export=csv", "?export=xlsx", "?print=1")
    ]
    assert [data for data in lists if "1990-03-07" in readable(data)] == []
