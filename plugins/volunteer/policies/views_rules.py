"""Pages: the rules of an area and where each comes from, changing them, what that would do, and publishing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.plugin import (
    N_,
    Problem,
    area_scope,
    current_actor,
    current_area,
    current_site,
    flash_done,
    flash_problem,
    read_scope,
    require_again,
    show,
    unit_of_work,
)

from . import files, inforce, publishing, words
from .policy import NUMBER, RULES, SECTIONS, SWITCH, Value
from .publishing import Draft

blueprint = Blueprint("volunteer_policies_rules", __name__)

View = Any
PERMISSION = "volunteer.policy"
# What a blank field means: the area sets nothing and follows the areas above.
INHERIT = ""
_SWITCHES = {"true": True, "false": False}


@blueprint.get("/a/<code>/volunteer/rules")
@area_scope("volunteer.view")
def rules(code: str) -> View:
    """What rules in the area on a day, rule by rule, and all versions that concern it."""
    area, site = current_area(), current_site()
    day = _day(request.args.get("on", "")) or site.today()
    with read_scope() as session:
        policy = inforce.policy_at(session, area.id, day)
        versions = publishing.versions_for(session, area)
        return show(
            "volunteer/policies_rules.html",
            day=day,
            policy=policy,
            values=policy.values(),
            sections=SECTIONS,
            sources=_sources(versions, day),
            versions=versions,
            words=words,
        )


def _sources(versions: list[publishing.Version], day: date) -> Mapping[str, publishing.Version]:
    """Rule -> the version that sets it on a day: of each area the last one that has begun, the nearest area first."""
    found: dict[str, publishing.Version] = {}
    begun = [version for version in versions if version.valid_from <= day]
    last: dict[int, publishing.Version] = {}
    for version in begun:
        last.setdefault(version.depth, version)
    for depth in sorted(last):
        for name in last[depth].values:
            found.setdefault(name, last[depth])
    return found


@blueprint.get("/a/<code>/volunteer/rules.toml")
@area_scope("volunteer.view")
def download(code: str) -> Response:
    """What rules today, as a file for ``pointsys volunteer credit --policy``."""
    area = current_area()
    with read_scope() as session:
        policy = inforce.policy_at(session, area.id, current_site().today())
    answer = Response(files.write(policy, gettext), mimetype="application/toml")
    answer.headers["Content-Disposition"] = f"attachment; filename=policy-{area.code}.toml"
    return answer


@blueprint.get("/a/<code>/volunteer/rules/new")
@area_scope("volunteer.policy")
def new(code: str) -> View:
    """The form, filled with what the area sets now or with a shipped policy."""
    area, site = current_area(), current_site()
    start = files.presets().get(request.args.get("preset", ""))
    with read_scope() as session:
        values = files.rules_of(start) if start else publishing.own_values(session, area, site.today())
        title = str(start.get(files.TITLE, "")) if start else ""
        draft = Draft(values, site.today() + timedelta(days=1), title, "")
        return _form(session, draft, _texts(values))


@blueprint.post("/a/<code>/volunteer/rules/read")
@area_scope("volunteer.policy")
def read(code: str) -> View:
    """Fill the form with a file's rules."""
    upload = request.files.get("file")
    try:
        if upload is None or not upload.filename:
            raise Problem("no_file", N_("Choose a policy file (.toml) first."), field="file")
        text = upload.stream.read(files.LARGEST + 1).decode("utf-8-sig", errors="replace")
        data = files.read(text)
        values = files.checked(data)
    except Problem as problem:
        flash_problem(problem)
        return redirect(url_for("volunteer_policies_rules.new", code=code), 303)
    with read_scope() as session:
        day = current_site().today() + timedelta(days=1)
        return _form(session, Draft(values, day, str(data.get(files.TITLE, "")), ""), _texts(values))


@blueprint.post("/a/<code>/volunteer/rules/preview")
@area_scope("volunteer.policy")
def preview(code: str) -> View:
    """What the rules would be and for whom they change something; nothing is stored."""
    area = current_area()
    with read_scope() as session:
        try:
            draft = _draft()
            publishing.check(session, area, draft)
        except Problem as problem:
            return _refused(session, problem)
        before = inforce.policy_at(session, area.id, draft.valid_from).values()
        after = {**publishing.inherited(session, area, draft.valid_from).values(), **draft.values}
        return show(
            "volunteer/policies_preview.html",
            draft=draft,
            texts=_texts(draft.values),
            changes=[
                (RULES[name], before[name], after[name]) for name in after if before[name] != after[name]
            ],
            findings=publishing.findings(session, area, draft),
            past=publishing.is_past(draft),
            trial=publishing.trial(session, area, draft),
            words=words,
        )


@blueprint.post("/a/<code>/volunteer/rules/publish")
@area_scope("volunteer.policy")
def publish(code: str) -> View:
    """Let the rules rule."""
    area_id = current_area().id
    try:
        draft = _draft()
        with unit_of_work() as session:
            require_again(session, PERMISSION, area_id)
            publishing.publish(
                session,
                current_area(),
                draft,
                current_actor(),
                recompute=request.form.get("recompute") == "1",
            )
    except Problem as problem:
        with read_scope() as session:
            return _refused(session, problem)
    flash_done(N_("Published. The rules rule from %(day)s on."), day=draft.valid_from.isoformat())
    return redirect(url_for("volunteer_policies_rules.rules", code=code), 303)


def _refused(session: Session, problem: Problem) -> View:
    form = request.form
    texts = {name: form.get(f"rule_{name}", "")[:20] for name in RULES}
    day = _day(form.get("valid_from", "")) or current_site().today() + timedelta(days=1)
    draft = Draft({}, day, form.get("title", ""), form.get("reason", ""))
    return _form(session, draft, texts, problem)


def _form(session: Session, draft: Draft, texts: Mapping[str, str], problem: Problem | None = None) -> View:
    area = current_area()
    above = publishing.inherited(session, area, draft.valid_from).values()
    return show(
        "volunteer/policies_form.html",
        422 if problem else 200,
        draft=draft,
        texts=texts,
        above=above,
        sections=SECTIONS,
        presets={name: str(data.get(files.TITLE, name)) for name, data in files.presets().items()},
        problem=problem,
        words=words,
    )


def _texts(values: Mapping[str, Value]) -> dict[str, str]:
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in values.items()
    }


def _draft() -> Draft:
    """The form as it was sent; raises Problem for a date or a number that is none."""
    form = request.form
    data: dict[str, object] = {}
    for name, rule in RULES.items():
        text = form.get(f"rule_{name}", INHERIT).strip()
        if text == INHERIT:
            continue
        if rule.kind == NUMBER:
            data[name] = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else text
        else:
            data[name] = _SWITCHES.get(text, text) if rule.kind == SWITCH else text
    for finding in files.lint(data):
        # Whether the rules fit each other is asked where they are to rule.
        if finding.severity == files.ERROR and finding.code.startswith("bad_"):
            raise Problem(finding.code, finding.message, field=finding.place, **finding.params)
    day = _day(form.get("valid_from", ""))
    if day is None:
        raise Problem("bad_date", N_("Give a date as 2026-03-07."), field="valid_from")
    return Draft(files.rules_of(data), day, form.get("title", ""), form.get("reason", ""))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None
