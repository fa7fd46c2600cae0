"""S-30: the side doors, one test each: whatever way one comes, things of another area are not there.

Each test finds the things of one's own area the same way, so that an empty answer to everything would not pass.
"""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select
from werkzeug.test import TestResponse

from pointsys.core.activity_log.models import Activity
from pointsys.core.areas.models import Area
from pointsys.core.attachments.models import Attachment
from pointsys.core.audit import DENIED, AuditRow
from pointsys.core.unit_of_work import read_scope
from tests.browsers import Browser, World
from tests.conftest import RunCli
from tests.security.conftest import Populated
from tests.security.realm import marker, phone_of

OWN, FOREIGN = "happy", ("sunny", "street", "town", "county")


@pytest.fixture
def worker(fresh: Populated) -> Browser:
    """The worker of 幸福社区."""
    return fresh.browser("worker")


@pytest.fixture
def here(fresh: Populated) -> str:
    """The address of their area."""
    return f"/a/{fresh.realm.codes[OWN]}"


def ids(site: Populated, place: str, *kinds: str) -> list[str]:
    """Outside ids of a place's things."""
    return [site.realm.things[place][kind] for kind in kinds]


def program(site: Populated, path: str, **query: object) -> TestResponse:
    """What a program with the worker's token gets."""
    headers = {"Authorization": f"Bearer {site.realm.secrets['worker']}"}
    return site.app.test_client().get(
        f"/api/v1/areas/{site.realm.codes[OWN]}/{path}", query_string=query, headers=headers
    )


# list -> what stands in its links, and the field of ``realm`` that can be searched for.
SEARCHED = {
    "people": ("person", "人"),
    "log": ("entry", "事"),
    "activities": ("activity", "事"),
    "points/members": ("person", "人"),
    "documents": ("document", "人"),
    "volunteer/hours": ("person", "人"),
}


@pytest.mark.parametrize("page", SEARCHED)
def test_s30_search_finds_nothing_of_elsewhere(
    fresh: Populated, worker: Browser, here: str, page: str
) -> None:
    kind, what = SEARCHED[page]
    assert fresh.realm.things[OWN][kind] in worker.get(f"{here}/{page}?q={marker(OWN, what)}").text
    for place in FOREIGN:
        found = worker.get(f"{here}/{page}?q={marker(place, what)}").text
        assert fresh.realm.things[place][kind] not in found


def test_s30_search_by_the_last_digits_of_a_phone_stays_inside(
    fresh: Populated, worker: Browser, here: str
) -> None:
    def found(place: str) -> bool:
        return (
            fresh.realm.things[place]["person"] in worker.get(f"{here}/people?q={phone_of(place)[-4:]}").text
        )

    assert found(OWN)
    assert [place for place in FOREIGN if found(place)] == []


def test_a26_names_are_completed_from_ones_own_roster_alone(
    fresh: Populated, worker: Browser, here: str
) -> None:
    def offered(place: str) -> str:
        form = {"names": marker(place, "人"), "q": marker(place, "人"), "kind": "other", "title": "x"}
        return worker.post(f"{here}/log/new/people", form).text

    assert fresh.realm.things[OWN]["person"] in offered(OWN)
    texts = {re.sub(r"标\d人记|(?<=value=\")[0-9a-f]{16}(?=\")", "…", offered(place)) for place in FOREIGN}
    assert len(texts) == 1, "somebody of elsewhere looks like somebody who does not exist"
    assert not any(fresh.realm.things[place]["person"] in text for place in FOREIGN for text in texts)


def test_a26_a_whole_id_number_or_phone_of_elsewhere_says_nothing_to_a_program(fresh: Populated) -> None:
    own = program(fresh, "people", q=phone_of(OWN)).get_json()
    assert [item["id"] for item in own["items"]] == ids(fresh, OWN, "person")
    for place in FOREIGN:
        found = program(fresh, "people", q=phone_of(place)).get_json()
        assert (found["items"], found["total"]) == ([], 0)


COUNTED = ("people", "log", "activities", "documents", "objections", "publicity", "points/members")


@pytest.mark.parametrize("page", COUNTED)
def test_s30_counts_count_what_is_shown(fresh: Populated, worker: Browser, here: str, page: str) -> None:
    """The five places below are counted: one's own, two grids, one that is closed and one without plugins."""
    things = {"log": 15, "activities": 25, "documents": 15, "publicity": 10, "objections": 10}.get(page, 5)
    rows = list(csv.reader(io.StringIO(worker.get(f"{here}/{page}?export=csv").data.decode("utf-8-sig"))))
    expected = {"points/members": (4, 5)}.get(page, (things,))
    assert (
        len([row for row in rows[1:] if any("标" in cell or cell.startswith("CY-") for cell in row)])
        in expected
    )


def test_s30_the_workbench_and_the_charts_are_those_of_the_area(
    fresh: Populated, worker: Browser, here: str
) -> None:
    """Of ten confirmed entries of the site five lie here, each of two hours."""
    figures = worker.get(f"{here}/figures").text
    data = [json.loads(text) for text in re.findall(r"data-chart='([^']+)'", figures.replace("&#34;", '"'))]
    pages = figures + worker.get(f"{here}/").text + worker.get(f"{here}/report/2026-07").text
    for place in ("sunny", "town"):
        for name in ("人", "事", "毕", "支"):
            assert marker(place, name) not in pages
            assert marker(place, name) not in json.dumps(data, ensure_ascii=False)
    assert marker(OWN, "毕") in worker.get(f"{here}/activities").text
    rows = list(
        csv.reader(io.StringIO(worker.get(f"{here}/figures/core-trend.csv").data.decode("utf-8-sig")))
    )
    month = next(row for row in rows if row and row[0] in ("2026-07", "2026 年 7 月"))
    assert "5" in month, month


EXPORTED = ("people", "log", "activities", "documents", "publicity", "objections", "points/members")


@pytest.mark.parametrize("page", EXPORTED)
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_s30_a_list_as_a_file_or_on_paper_holds_nothing_of_elsewhere(
    fresh: Populated, worker: Browser, here: str, page: str, form: str
) -> None:
    answer = worker.get(f"{here}/{page}?export={form}&area={fresh.realm.codes['sunny']}")
    plain = worker.get(f"{here}/{page}?export={form}")
    paper = worker.get(f"{here}/{page}?print=1")
    for response in (answer, plain):
        assert response.status_code == 200
        text = response.data.decode("utf-8-sig") if form == "csv" else cells(response.data)
        assert [place for place in FOREIGN if f"标{place_number(place)}" in text] == []
    assert f"标{place_number(OWN)}" in paper.text
    assert [place for place in FOREIGN if f"标{place_number(place)}" in paper.text] == []


def place_number(place: str) -> str:
    """How a place's markers begin."""
    return marker(place, "")[1:2]


def cells(data: bytes) -> str:
    """All cells of a workbook."""
    book = load_workbook(io.BytesIO(data), read_only=True)
    return "\n".join(
        str(value) for sheet in book for row in sheet.iter_rows(values_only=True) for value in row
    )


def test_s30_photos_are_found_below_ones_own_area_alone(fresh: Populated, worker: Browser, here: str) -> None:
    assert worker.get(f"{here}/files/{fresh.realm.things[OWN]['picture']}").mimetype == "image/jpeg"
    for place in FOREIGN:
        assert worker.get(f"{here}/files/{fresh.realm.things[place]['picture']}").status_code == 404
    with fresh.app.app_context(), read_scope() as session:
        # One of an activity, an award, a claim, a wish that was brought and a rater's sheet in each of the nine places.
        assert len(session.scalars(select(Attachment.id)).all()) == 9 * 5


def test_s30_what_is_printed_is_ones_own(fresh: Populated, worker: Browser, here: str) -> None:
    for path, kind in (
        ("documents/{}/pdf", "document"),
        ("attendance/{}/paper", "sheet"),
        ("publicity/{}/sheet.xlsx", "notice"),
    ):
        own = worker.get(f"{here}/{path.format(fresh.realm.things[OWN][kind])}")
        assert own.status_code == 200
        for place in FOREIGN:
            assert worker.get(f"{here}/{path.format(fresh.realm.things[place][kind])}").status_code == 404


def test_s30_a_calendar_holds_what_its_owner_took_part_in(fresh: Populated) -> None:
    member = fresh.browser("member")
    member.post("/me/calendar")
    address = re.search(r"/feed/[^\"' <]+\.ics", member.post("/me/calendar").text)
    assert address is not None
    text = Browser(fresh.app).get(address[0]).data.decode()
    assert marker("grid1", "毕") in text
    for place in ("happy", "grid2", "sunny", "town"):
        assert marker(place, "毕") not in text
        assert marker(place, "人") not in text


def test_s30_the_result_of_background_work_is_for_who_ordered_it(fresh: Populated) -> None:
    path = f"/a/{fresh.realm.codes[OWN]}/jobs/{fresh.realm.things[OWN]['job']}/file"
    assert fresh.browser("worker").get(path).status_code == 200
    for role in ("office", "secretary", "system"):
        assert fresh.browser(role).get(path).status_code == 404, role
    assert Browser(fresh.app).get(path).status_code == 302


def test_s30_a_programs_lists_and_nested_ids_are_those_of_its_area(fresh: Populated) -> None:
    for name, kind in (("people", "person"), ("log", "entry"), ("activities", "activity")):
        answer = program(fresh, name, size=200)
        assert fresh.realm.things[OWN][kind] in answer.text
        assert [place for place in FOREIGN if fresh.realm.things[place][kind] in answer.text] == []
    for query in (
        {"person": fresh.realm.things["sunny"]["person"]},
        {"activity": fresh.realm.things["town"]["plan"]},
    ):
        found = program(fresh, "log", **query)
        assert found.status_code in (404, 422) or found.get_json()["items"] == []


def test_s30_filters_that_name_things_of_elsewhere_show_nothing(
    fresh: Populated, worker: Browser, here: str
) -> None:
    for kind, name in (("person", "person"), ("activity", "plan"), ("batch", "batch")):
        nowhere = worker.get(f"{here}/log?{kind}=aaaaaaaaaaaaaaaa")
        for place in FOREIGN:
            found = worker.get(f"{here}/log?{kind}={fresh.realm.things[place][name]}")
            assert found.status_code == nowhere.status_code
            assert fresh.realm.things[place]["entry"] not in found.text
    for place in FOREIGN:
        activity = fresh.realm.things[place]["plan"]
        assert worker.get(f"{here}/log/new?activity={activity}").status_code == 404
        assert worker.get(f"{here}/log/new?again={activity}").status_code == 404


def test_a27_a_batch_with_one_foreign_id_changes_nothing_and_is_on_record(
    fresh: Populated, worker: Browser, here: str
) -> None:
    own = ids(fresh, OWN, "entry") + ids(fresh, "grid1", "entry")
    for path, data in (
        (f"{here}/log/decide", {"id": [*own, fresh.realm.things["sunny"]["entry"]], "outcome": "confirmed"}),
        (
            f"{here}/people/bulk",
            {
                "id": [fresh.realm.things[p]["person"] for p in (OWN, "sunny")],
                "act": "agreed",
                "step": "apply",
            },
        ),
    ):
        assert worker.post(path, data).status_code == 404
    with fresh.app.app_context(), read_scope() as session:
        events = session.scalars(select(AuditRow.event).where(AuditRow.actor == "worker")).all()
        denied = session.scalars(select(AuditRow.id).where(AuditRow.result == DENIED)).all()
    assert "entries.confirmed" not in events
    assert "consent.given" not in events
    assert len(denied) == 2


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_s30_a_command_for_an_area_prints_that_area_alone(app: Flask, world: World, run_cli: RunCli) -> None:
    result = run_cli("volunteer", "hours", "--area", world.codes["sunny"], "--json")
    text = result.stdout + result.stderr
    assert result.exit_code in (0, 2)
    assert "钱福" not in text
    assert "李一" not in text


def test_s30_an_area_that_was_closed_shows_its_past_and_takes_nothing_new(fresh: Populated) -> None:
    things = fresh.realm.things["gone"]
    worker, here = fresh.browser("worker"), f"/a/{things['code']}"
    assert worker.get(f"{here}/log").status_code == 200
    form = {
        "kind": things["kind"], "title": "扫雪", "day": "2026-07-09", "start": "08:00", "end": "09:00",
        "person": things["person"], "act": "record",
    }  # fmt: skip
    assert worker.post(f"{here}/log/new", form).status_code == 422
    with fresh.app.app_context(), read_scope() as session:
        closed = session.scalars(select(Area.id).where(Area.code == things["code"])).one()
        titles = session.scalars(select(Activity.title).where(Activity.area_id == closed)).all()
    assert "扫雪" not in titles
