"""Pages of stars: who holds which in an area, deciding on them, publishing the list, and the profiles in force."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.plugin import (
    N_,
    Area,
    ListColumn,
    Paged,
    Problem,
    area_scope,
    current_actor,
    current_area,
    current_site,
    export_asked,
    flash_done,
    flash_problem,
    list_args,
    live_notice,
    publish_notice,
    read_scope,
    require_again,
    send_list,
    show,
    unit_of_work,
)

from . import deciding_stars, profiles, publishing_profiles, star_notice, stars
from .forms import ProfileForm
from .models import AWARDED, ELIGIBLE, STATES, UNDER_REVIEW, WITHDRAWN
from .star_rules import Profile

blueprint = Blueprint("volunteer_record", __name__, template_folder="../templates")

View = Response | tuple[str, int]
MANAGE = "volunteer.record"
STATE_TITLES = {
    ELIGIBLE: N_("To be given"),
    AWARDED: N_("Awarded"),
    UNDER_REVIEW: N_("Under review"),
    WITHDRAWN: N_("Taken back"),
}


def _columns(titles: dict[str, str]) -> tuple[ListColumn, ...]:
    return (
        ListColumn(N_("Name"), lambda row: row.person.name),
        ListColumn(N_("Profile"), lambda row: titles.get(row.profile, row.profile)),
        ListColumn(N_("Period"), lambda row: "" if row.period == "all" else row.period),
        ListColumn(N_("Star"), lambda row: row.title),
        ListColumn(N_("Number of stars"), lambda row: row.level, "count"),
        ListColumn(N_("Minutes"), lambda row: row.minutes, "count"),
        ListColumn(N_("State"), lambda row: str(gettext(STATE_TITLES[row.state]))),
        ListColumn(N_("Reached"), lambda row: row.reached_on, "date"),
        ListColumn(N_("Awarded on"), lambda row: row.awarded_on, "date"),
    )


@blueprint.get("/a/<code>/volunteer/record")
@area_scope("volunteer.view")
def index(code: str) -> View:
    """Who holds which star; those to be given and those under review have a list of their own."""
    args = list_args("profile", "state", "level", sorts=stars.SORTS, sort="-level")
    state = args["state"] if args["state"] in STATES else ""
    level = int(args["level"]) if args["level"] in map(str, range(1, 11)) else 0
    filters = stars.Filters(args.q, args["profile"], state, level)
    with read_scope() as session:
        area_id = current_area().id
        titles = stars.titles_of(session)

        def fetch(page: int, size: int) -> Paged[stars.StarLine]:
            offset = (page - 1) * size
            rows, total = stars.star_list(
                session, area_id, filters, sort=args.sort, limit=size, offset=offset
            )
            return Paged(rows, total, page, size)

        if export_asked():
            return send_list(N_("Star-rated volunteers"), _columns(titles), fetch)
        return show(
            "volunteer/record/stars.html",
            args=args,
            state=state,
            page=fetch(args.page, args.size),
            titles=titles,
            waiting=stars.waiting_stars(session, area_id),
            state_titles=STATE_TITLES,
        )


@blueprint.post("/a/<code>/volunteer/record")
@area_scope(MANAGE)
def decide(code: str) -> View:
    """Give, keep or take away the chosen stars, all of them or none."""
    area_id, act = current_area().id, request.form.get("act", "")
    try:
        with unit_of_work() as session:
            require_again(session, MANAGE, area_id)
            chosen = request.form.getlist("id")
            done = deciding_stars.decide(
                session, area_id, chosen, act, request.form.get("reason", ""), current_actor()
            )
    except Problem as problem:
        flash_problem(problem)
    else:
        flash_done(N_("Done: %(num)s."), num=done)
    state = request.form.get("state") or None
    return redirect(url_for("volunteer_record.index", code=code, state=state), 303)


# --- the public list ---


@blueprint.get("/a/<code>/volunteer/record/publish")
@area_scope("publicity.publish")
def preview(code: str) -> View:
    """The star-rated volunteers of a profile as the public will see them."""
    args = list_args("profile", "days")
    with read_scope() as session:
        area = session.get_one(Area, current_area().id)
        titles = stars.titles_of(session)
        profile = args["profile"] if args["profile"] in titles else profiles.DEFAULT
        days = star_notice.whole_days(args["days"]) or star_notice.days_of(session, area.id)
        notice, refused = None, None
        try:
            notice = star_notice.notice_of(session, area, profile, titles[profile], days)
        except Problem as problem:
            refused = problem
        month = star_notice.period_now()
        return show(
            "volunteer/record/publish.html",
            args=args,
            profile=profile,
            titles=titles,
            notice=notice,
            refused=refused,
            days=days,
            earlier=live_notice(session, area.id, star_notice.KIND, profile, month),
        )


@blueprint.post("/a/<code>/volunteer/record/publish")
@area_scope("publicity.publish")
def publish(code: str) -> View:
    """Publish what was previewed."""
    area_id, profile = current_area().id, request.form.get("profile", "")
    raw_days = request.form.get("days", "")
    try:
        with unit_of_work() as session:
            require_again(session, "publicity.publish", area_id)
            area = session.get_one(Area, area_id)
            titles = stars.titles_of(session)
            if profile not in titles:
                raise Problem("unknown_profile", N_("There is no such profile of stars."))
            days = star_notice.whole_days(raw_days)
            notice = star_notice.notice_of(session, area, profile, titles[profile], days)
            posted = publish_notice(
                session, area, notice, current_actor(),
                shown=request.form.get("shown", ""), replacing=request.form.get("replacing", ""),
            ).public_id  # fmt: skip
    except Problem as problem:
        flash_problem(problem)
        return redirect(url_for("volunteer_record.preview", code=code, profile=profile, days=raw_days), 303)
    flash_done(N_("The notice is published. Print it, and hang it up."))
    return redirect(url_for("publicity.page", code=code, notice=posted), 303)


# --- profiles ---


@blueprint.get("/a/<code>/volunteer/record/profiles")
@area_scope(MANAGE)
def profiles_page(code: str) -> View:
    """The profiles in force here, shipped ones to choose, and a version of one's own."""
    with read_scope() as session:
        return _profiles(session, ProfileForm(formdata=None, valid_from=current_site().today()))


def _profiles(session: Session, form: ProfileForm, status: int = 200, draft: Profile | None = None) -> View:
    area, today = current_area(), current_site().today()
    book = profiles.load(session, [area.id])
    active = book.of(area.id, today)
    later = [row for row in book.rows.get(area.id, ()) if row.valid_from > today]
    codes = {profile.code for profile in active}
    return show(
        "volunteer/record/profiles.html",
        status,
        active=active,
        counts={profile.code: stars.level_counts(session, area.id, profile.code) for profile in active},
        later=[(row, profiles.profile_of(row)) for row in later],
        shipped=set(profiles.shipped()),
        offered=[profile for code, profile in profiles.shipped().items() if code not in codes],
        form=form,
        draft=draft,
        reached=publishing_profiles.reached_here(session, area.id, draft) if draft else None,
        today=today,
    )


@blueprint.post("/a/<code>/volunteer/record/profiles")
@area_scope(MANAGE)
def publish_profile(code: str) -> View:
    """Show whom a version of one's own would concern, or publish it."""
    form, area_id, draft = ProfileForm(), current_area().id, None
    if form.validate_on_submit():
        try:
            draft = form.profile()
            if "publish" in request.form:
                with unit_of_work() as session:
                    require_again(session, MANAGE, area_id)
                    begins = form.valid_from.data or current_site().today()
                    area = session.get_one(Area, area_id)
                    publishing_profiles.publish(session, area, draft, begins, current_actor())
                flash_done(N_("The profile is published."))
                return redirect(url_for("volunteer_record.profiles_page", code=code), 303)
        except Problem as problem:
            form.refuse(problem)
            draft = None
    with read_scope() as session:
        return _profiles(session, form, 422 if form.errors or form.problems else 200, draft)


@blueprint.post("/a/<code>/volunteer/record/profiles/<profile>")
@area_scope(MANAGE)
def use_profile(code: str, profile: str) -> View:
    """Use a shipped profile as it is from today on, or no longer use one."""
    area_id = current_area().id
    try:
        with unit_of_work() as session:
            require_again(session, MANAGE, area_id)
            area = session.get_one(Area, area_id)
            known = publishing_profiles.known(session, area_id, profile)
            used: Any = request.form.get("use") == "1"
            today = current_site().today()
            publishing_profiles.publish(session, area, known, today, current_actor(), used=used)
    except Problem as problem:
        flash_problem(problem)
    else:
        flash_done(N_("The profile is in force.") if used else N_("The profile is no longer used here."))
    return redirect(url_for("volunteer_record.profiles_page", code=code), 303)
