"""The quick record: one screen that says who is meant and what saving brings, photos, one act, and taking it back."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from PIL import Image
from sqlalchemy import func, select

from pointsys.core.activity_log.models import CONFIRMED, VOIDED, Activity, Entry, EntryText
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.attachments.models import Attachment
from pointsys.core.people.models import Person
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.web.log_people import names_seen
from tests.browsers import Browser, SignIn, World, counted
from tests.conftest import FixedClock
from tests.factories import HAPPY, make_person

NEW = f"/a/{HAPPY}/log/new"
FORM = {
    "kind": "volunteer_service",
    "title": "清洁家园",
    "day": "2026-07-09",
    "start": "09:00",
    "end": "11:00",
}


@pytest.fixture
def volunteer(app: Flask, world: World) -> None:
    """Volunteer hours are on."""
    with app.app_context(), unit_of_work(drain=False) as session:
        switch_plugin(session, session.get_one(Area, world.areas["street"]), "volunteer", True, SYSTEM)


def people_part(browser: Browser, **form: object) -> BeautifulSoup:
    """The part about people for a form as it stands."""
    answer = browser.post(f"{NEW}/people", {**FORM, **form})
    assert answer.status_code == 200, answer.status_code
    return BeautifulSoup(answer.data, "html.parser")


def ticked(page: BeautifulSoup) -> set[str]:
    """Outside ids of the people whose box is checked."""
    return {str(box["value"]) for box in page.select('input[name="person"][checked]')}


def summary(page: BeautifulSoup) -> str:
    """What saving brings, as one line."""
    part = page.select_one("#summary")
    assert part is not None
    return " ".join(part.get_text(" ").split())


def entries(app: Flask) -> list[Entry]:
    with app.app_context(), read_scope() as session:
        found = list(session.scalars(select(Entry).order_by(Entry.id)))
        session.expunge_all()
        return found


# Before saving.


def test_before_saving_everybodys_hours_and_the_total_are_there(
    worker: Browser, world: World, volunteer: None
) -> None:
    page = people_part(worker, names="李一、周二", start="09:00", end="09:50")

    assert [effect.text for effect in page.select("#found .record-effect")] == ["0.83 小时", "0.83 小时"]
    # Rounded once, on the total.
    assert "2 人 合计 1.67 小时" in summary(page)
    assert "立即确认" in summary(page)


def test_minutes_that_are_served_already_bring_nothing_twice(
    worker: Browser, world: World, volunteer: None
) -> None:
    worker.post(NEW, {**FORM, "act": "record", "person": world.people["grid1"]})
    page = people_part(worker, title="另一场", start="10:00", end="12:00", person=[world.people["grid1"]])

    assert "合计 1.00 小时" in summary(page)


def test_a_long_list_says_who_may_confirm_it(app: Flask, worker: Browser, world: World) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        area = session.get_one(Area, world.areas["grid1"])
        names = [make_person(session, area, f"王小{n:02d}").name for n in range(12)]

    told = summary(people_part(worker, names="\n".join(names)))
    assert "第二人确认" in told
    assert "名单达到 11 人" in told
    assert "office （街道办事处，平安街道）" in told


def test_without_times_people_are_matched_all_the_same(
    worker: Browser, world: World, volunteer: None
) -> None:
    page = people_part(worker, names="李一", start="", end="")

    assert ticked(page) == {world.people["grid1"]}
    assert "请填写起止时间" in summary(page)


def test_half_an_empty_form_is_no_fault(worker: Browser, world: World) -> None:
    page = people_part(worker, title="", day="", kind="", start="", end="", names="李一")

    assert ticked(page) == {world.people["grid1"]}


def test_what_somebody_unticked_stays_unticked_and_new_names_are_ticked(
    worker: Browser, world: World
) -> None:
    first = people_part(worker, names="李一、周二")
    shown = str(first.select_one('input[name="shown"]')["value"])  # type: ignore[index]
    page = people_part(worker, names="李一、周二、钱福", shown=shown, person=[world.people["grid2"]])

    assert ticked(page) == {world.people["grid2"], world.people["happy"]}


def test_an_unknown_name_offers_people_with_the_same_sound_and_the_roster(
    app: Flask, worker: Browser, world: World
) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        make_person(session, session.get_one(Area, world.areas["grid1"]), "张伟")
        make_person(session, session.get_one(Area, world.areas["sunny"]), "章伟")
    found = people_part(worker, names="张玮").select_one(".record-unclear")

    assert found is not None
    assert "张伟" in found.text
    assert "章伟" not in found.text
    assert found.select_one('input[name="new"]')["value"] == "张玮"  # type: ignore[index]


def test_the_roster_is_searched_by_pinyin_and_grid(worker: Browser, world: World) -> None:
    def hits(**form: object) -> list[str]:
        return [str(box["value"]) for box in people_part(worker, **form).select("#roster-hits input")]

    assert hits(q="zhouer") == [world.people["grid2"]]
    assert hits(grid=world.codes["grid1"]) == [world.people["grid1"]]
    assert hits(grid=world.codes["sunny"]) == []
    assert world.people["sunny"] not in hits()


def test_everybody_has_one_box_wherever_they_were_ticked(worker: Browser, world: World) -> None:
    people = [world.people[name] for name in ("grid1", "grid2", "happy")]
    page = people_part(worker, names="李一", person=people, q="zhouer")
    boxes = [str(box["value"]) for box in page.select('input[name="person"]')]

    assert sorted(boxes) == sorted(people)
    assert ticked(page) == set(people)


def test_the_last_group_of_the_same_title_is_one_click(worker: Browser, world: World) -> None:
    people = [world.people["grid1"], world.people["grid2"]]
    worker.post(NEW, {**FORM, "day": "2026-07-02", "act": "record", "person": people})
    offer = people_part(worker).select_one('.record-group button[name="group"]')
    assert offer is not None

    assert ticked(people_part(worker)) == set()
    assert ticked(people_part(worker, group=str(offer["value"]))) == set(people)


def test_once_more_begins_with_the_same_people_kind_and_times(worker: Browser, world: World) -> None:
    form = {**FORM, "day": "2026-07-02", "kind": "care", "place": "广场", "act": "record"}
    worker.post(NEW, {**form, "person": world.people["grid1"]})
    chip = worker.page(NEW).select_one(".record-chip")
    assert chip is not None
    page = worker.page(str(chip["href"]))

    assert page.select_one("#title")["value"] == "清洁家园"  # type: ignore[index]
    assert page.select_one("#day")["value"] == "2026-07-10"  # type: ignore[index]
    assert page.select_one("#start")["value"] == "09:00"  # type: ignore[index]
    assert page.select_one("#place")["value"] == "广场"  # type: ignore[index]
    assert page.select_one("#kind option[selected]")["value"] == "care"  # type: ignore[index]
    assert ticked(page) == {world.people["grid1"]}
    assert worker.get(f"{NEW}?again=nonsense").status_code == 404


def test_known_titles_are_offered_with_what_they_bring(worker: Browser, world: World) -> None:
    worker.post(NEW, {**FORM, "act": "record", "person": world.people["grid1"]})
    option = worker.page(NEW).select_one("#known-activities option")

    assert option is not None
    assert (option["value"], option["data-kind"], option["data-start"], option["data-end"]) == (
        "清洁家园",
        "volunteer_service",
        "09:00",
        "11:00",
    )


@pytest.mark.parametrize(("people", "most"), [(3, 40), (60, 40)])
def test_statements_do_not_grow_with_the_people(
    app: Flask, worker: Browser, world: World, volunteer: None, people: int, most: int
) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        area = session.get_one(Area, world.areas["grid1"])
        names = [make_person(session, area, f"王小{n:02d}").name for n in range(people)]
        switch_plugin(
            session, session.get_one(Area, world.areas["street"]), "party_member_points", True, SYSTEM
        )
    people_part(worker, names="李一")
    with counted(app) as statements:
        people_part(worker, names="\n".join(names))

    assert len(statements) <= most


# Saving.


def test_names_that_were_not_shown_are_never_saved_unseen(app: Flask, worker: Browser, world: World) -> None:
    form = {**FORM, "names": "李一、周二", "person": world.people["grid1"], "act": "record"}
    answer = worker.post(NEW, form)

    assert answer.status_code == 200
    assert "请先核对名单" in answer.text
    assert entries(app) == []
    seen = BeautifulSoup(answer.data, "html.parser").select_one('input[name="seen"]')
    assert seen is not None
    assert worker.post(NEW, {**form, "seen": str(seen["value"])}).status_code == 303
    assert len(entries(app)) == 1


@pytest.mark.parametrize("names", ["李一\n周二", "李一\r\n周二", " 李一\n周二\n"])
def test_other_line_ends_are_the_same_names(names: str) -> None:
    assert names_seen(names) == names_seen("李一\n周二") != ""


def test_a_name_joins_the_roster_and_is_recorded_in_one_go(app: Flask, worker: Browser) -> None:
    worker.post(NEW, {**FORM, "new": ["新来的", "新来的"], "act": "record"})

    with app.app_context(), read_scope() as session:
        assert session.scalars(select(Person.name).join(Entry, Entry.person_id == Person.id)).all() == [
            "新来的"
        ]


def test_who_may_not_add_people_adds_none_on_the_way(app: Flask, sign_in: SignIn, world: World) -> None:
    grid_worker = sign_in(world.accounts["grid_worker"])
    path = f"/a/{world.codes['grid1']}/log/new"

    assert grid_worker.post(path, {**FORM, "new": "新来的", "act": "record"}).status_code == 403
    assert entries(app) == []


def test_the_same_form_twice_is_one_act_even_with_new_people(app: Flask, worker: Browser) -> None:
    key = worker.page(NEW).select_one('#record-form input[name="idempotency_key"]')["value"]  # type: ignore[index]
    form = {**FORM, "idempotency_key": key, "new": "新来的", "act": "record"}
    first, second = worker.post(NEW, form), worker.post(NEW, form)

    assert first.location == second.location
    assert len(entries(app)) == 1
    with app.app_context(), read_scope() as session:
        assert session.scalar(select(func.count()).where(Person.name == "新来的")) == 1
    assert "没有新增" in worker.page(second.location).text


def test_a_corrected_form_under_the_same_key_is_another_act(
    app: Flask, worker: Browser, world: World
) -> None:
    key = worker.page(NEW).select_one('#record-form input[name="idempotency_key"]')["value"]  # type: ignore[index]
    for person in ("grid1", "grid2"):
        worker.post(NEW, {**FORM, "idempotency_key": key, "person": world.people[person], "act": "record"})

    assert len(entries(app)) == 2


def test_a_note_is_kept_with_each_entry(app: Flask, worker: Browser, world: World) -> None:
    worker.post(NEW, {**FORM, "note": "自带工具", "person": world.people["grid1"], "act": "record"})

    with app.app_context(), read_scope() as session:
        assert session.scalars(select(EntryText.note)).all() == ["自带工具"]


# Taking it back.


def offered(browser: Browser, path: str) -> tuple[str, dict[str, str]]:
    """Address and fields of the undo button on a page."""
    form = browser.page(path).select_one(".toast-undo form")
    assert form is not None
    return str(form["action"]), {str(field["name"]): str(field["value"]) for field in form.select("input")}


def test_what_was_saved_can_be_taken_back_from_the_next_page(
    app: Flask, worker: Browser, world: World, volunteer: None
) -> None:
    saved = worker.post(NEW, {**FORM, "person": world.people["grid1"], "act": "record"})
    action, fields = offered(worker, saved.location)
    answer = worker.post(action, fields)

    assert answer.location == saved.location
    assert "已撤销 1 条记录" in worker.page(answer.location).text
    assert [entry.status for entry in entries(app)] == [VOIDED]
    assert worker.page(saved.location).select(".toast-undo") == []


def test_after_30_seconds_it_is_refused_kindly(
    app: Flask, worker: Browser, world: World, clock: FixedClock
) -> None:
    saved = worker.post(NEW, {**FORM, "person": world.people["grid1"], "act": "record"})
    action, fields = offered(worker, saved.location)
    clock.now += timedelta(seconds=31)
    answer = worker.post(action, fields)

    assert "30 秒已过" in worker.page(answer.location).text
    assert [entry.status for entry in entries(app)] == [CONFIRMED]


def test_nobody_else_takes_it_back(app: Flask, worker: Browser, sign_in: SignIn, world: World) -> None:
    saved = worker.post(NEW, {**FORM, "person": world.people["grid1"], "act": "record"})
    action, fields = offered(worker, saved.location)
    office, sunny = sign_in(world.accounts["office"]), sign_in(world.accounts["sunny_worker"])
    office.post(action, {**fields, "csrf_token": office.csrf()})

    assert sunny.post(action, {**fields, "csrf_token": sunny.csrf()}).status_code == 404
    for at in ("", "nonsense", "2026-07-10", "\x00"):
        assert worker.post(action, {**fields, "at": at}).status_code == 303
    assert worker.post(action, {**fields, "activity": "nonsense"}).status_code == 404
    assert [entry.status for entry in entries(app)] == [CONFIRMED]


# Photos.


def photo(colour: tuple[int, int, int] = (9, 99, 9)) -> tuple[io.BytesIO, str]:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "GPS-39.9042N"
    Image.new("RGB", (64, 48), colour).save(out, "JPEG", exif=exif)
    return io.BytesIO(out.getvalue()), "家门口.jpg"


def save_with_photo(worker: Browser, world: World) -> str:
    form = {**FORM, "person": world.people["grid1"], "act": "record", "photos": photo()}
    answer = worker.post(NEW, form, content_type="multipart/form-data")
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def test_photos_are_shown_at_the_activity_without_their_position(worker: Browser, world: World) -> None:
    picture = worker.page(save_with_photo(worker, world)).select_one("#photos img")
    assert picture is not None
    answer = worker.get(str(picture["src"]))

    assert answer.status_code == 200
    assert b"GPS-39" not in answer.data
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["Content-Disposition"].startswith("inline; filename=")
    assert "家门口" not in answer.headers["Content-Disposition"]
    again = worker.get(str(picture["src"]), headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_photos_of_others_are_not_there(sign_in: SignIn, worker: Browser, world: World) -> None:
    source = str(worker.page(save_with_photo(worker, world)).select_one("#photos img")["src"])  # type: ignore[index]
    name = source.rsplit("/", 1)[1]

    assert (
        sign_in(world.accounts["sunny_worker"]).get(f"/a/{world.codes['sunny']}/files/{name}").status_code
        == 404
    )
    assert sign_in(world.accounts["member"]).get(source).status_code in (403, 404)
    assert sign_in(world.accounts["admin"]).get(source).status_code == 403
    assert (
        sign_in(world.accounts["grid_worker"]).get(f"/a/{world.codes['grid1']}/files/{name}").status_code
        == 404
    )
    assert worker.get(f"/a/{HAPPY}/files/nonsense").status_code == 404


def test_a_bad_photo_refuses_the_whole_form(app: Flask, worker: Browser, world: World) -> None:
    svg = (io.BytesIO(b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>"), "a.jpg")
    form = {**FORM, "person": world.people["grid1"], "act": "record", "photos": svg}
    answer = worker.post(NEW, form, content_type="multipart/form-data")

    assert answer.status_code == 422
    assert 'id="photos-error"' in answer.text
    assert entries(app) == []


def test_photos_that_came_along_go_with_what_is_taken_back(app: Flask, worker: Browser, world: World) -> None:
    saved = save_with_photo(worker, world)
    action, fields = offered(worker, saved)
    worker.post(action, fields)

    with app.app_context(), read_scope() as session:
        assert session.scalar(select(func.count()).select_from(Attachment)) == 0


def test_photos_are_added_later_and_taken_away_by_those_who_may(
    app: Flask, worker: Browser, sign_in: SignIn, world: World
) -> None:
    worker.post(NEW, {**FORM, "person": world.people["grid1"], "act": "record"})
    with app.app_context(), read_scope() as session:
        activity = session.scalars(select(Activity.public_id)).one()
    path = f"/a/{HAPPY}/activities/{activity}"
    worker.post(f"{path}/photos", {"photos": photo()}, content_type="multipart/form-data")
    button = worker.page(path).select_one("#photos form.inline-form")
    assert button is not None
    away = str(button["action"])

    sunny = sign_in(world.accounts["sunny_worker"])
    assert sunny.post(away.replace(HAPPY, world.codes["sunny"])).status_code == 404
    assert sign_in(world.accounts["secretary"]).post(away).status_code == 403
    worker.post(away, {"activity": activity})
    assert worker.page(path).select("#photos img") == []


# Drafts and sessions.


def test_the_device_keeps_nothing_about_people(worker: Browser) -> None:
    kept = {field["name"] for field in worker.page(NEW).select("[data-draft-field]")}

    assert kept == {"title", "kind", "other_kind", "day", "start", "end", "hours", "place"}


def test_a_saved_form_lets_its_draft_be_forgotten(worker: Browser, world: World) -> None:
    name = worker.page(NEW).select_one("form[data-draft]")["data-draft"]  # type: ignore[index]
    saved = worker.post(NEW, {**FORM, "person": world.people["grid1"], "act": "record"})

    assert worker.page(saved.location).select_one("[data-draft-done]")["data-draft-done"] == name  # type: ignore[index]
    assert worker.page(saved.location).select("[data-draft-done]") == []


def test_signing_out_forgets_all_drafts(worker: Browser) -> None:
    form = worker.page(NEW).select_one("form[data-forget-drafts]")

    assert form is not None
    assert form["action"] == "/sign-out"


def test_a_session_that_ended_leads_back_to_the_form(
    worker: Browser, world: World, clock: FixedClock
) -> None:
    assert worker.get("/me/session").get_json()["csrf_token"]
    clock.advance(hours=13)

    assert worker.get("/me/session").status_code == 302
    answer = worker.post(NEW, {**FORM, "person": world.people["grid1"], "act": "record"})
    assert "/sign-in" in answer.location
    assert "to=log_new.new" in answer.location
    part = worker.post(f"{NEW}/people", FORM, headers={"HX-Request": "true"})
    assert (part.status_code, part.headers["HX-Refresh"]) == (204, "true")
