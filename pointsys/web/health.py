"""Whether the site is up (``/healthz``), can be sent requests (``/readyz``), and all about it for administrators.

The first two are for programs that watch: they know no cookies and take any host name, and strangers learn no more
than which part is at fault.
"""

from __future__ import annotations

import json
import platform
import threading
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooSlow
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version

from flask import Blueprint, Flask, current_app, jsonify, redirect, request, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

import pointsys
from pointsys.access import area_scope, current_path, public
from pointsys.core import health, schema
from pointsys.core.activity_log.models import Entry, Pending
from pointsys.core.areas.models import Area
from pointsys.core.database import db
from pointsys.core.health import Check
from pointsys.core.jobs import periodic
from pointsys.core.jobs.models import FAILED, QUEUED, RUNNING, Job
from pointsys.core.pending import PluginFailure, PluginQuarantine
from pointsys.core.people.models import Person
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope
from pointsys.web.frame import show

blueprint = Blueprint("health", __name__)

PROBES = ("health.healthz", "health.readyz")
# A database that hangs must not hang whoever asks about it.
PATIENCE_SECONDS = 3.0
LIBRARIES = ("flask", "sqlalchemy", "alembic", "huey", "waitress", "psycopg", "cryptography")

View = Response | tuple[str, int]


def answer_probes() -> Response | None:
    """Answer the two before anything looks at cookies, host names or the database; runs before every request."""
    if request.endpoint in PROBES:
        return healthz() if request.endpoint == "health.healthz" else readyz()
    return None


@blueprint.get("/healthz")
@public
def healthz() -> Response:
    """This process answers; nothing else is looked at."""
    return jsonify(ok=True)


@blueprint.get("/readyz")
@public
def readyz() -> Response:
    """200 when every part is there that a request needs, else 503; the parts by name, without details."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    found = _probe(app).ask(PATIENCE_SECONDS)
    parts = dict.fromkeys(health.READY, False)
    for check in found or ():
        parts[check.name] = check.ok or check.warning
    ready = all(parts.values())
    answer = jsonify(ready=ready, checks=parts)
    answer.status_code = 200 if ready else 503
    answer.headers["Cache-Control"] = "no-store"
    return answer


class Probe:
    """One look at a time, in a thread of its own: whoever asks meanwhile gets the same answer."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._looking: Future[list[Check]] | None = None

    def ask(self, seconds: float) -> list[Check] | None:
        """What was found; None when that takes longer than ``seconds``."""
        with self._lock:
            if self._looking is None or self._looking.done():
                self._looking = Future()
                threading.Thread(target=self._look, args=(self._looking,), daemon=True).start()
            looking = self._looking
        try:
            return looking.result(seconds)
        except TooSlow:
            return None

    def _look(self, answer: Future[list[Check]]) -> None:
        with self._app.app_context():
            config = self._app.config["POINTSYS"]
            found = health.checks(health.READY, config=config, serving=True)
            db.session.remove()
        answer.set_result(found)


def _probe(app: Flask) -> Probe:
    probe: Probe = app.extensions.setdefault("pointsys_probe", Probe(app))
    return probe


@blueprint.get("/a/<code>/health")
@area_scope("site.health")
def page(code: str) -> View:
    """Every part with its cure, plugins with their last failure, background work, versions; of the whole site."""
    root = current_path()[0]
    if root.code != code:
        return redirect(url_for("health.page", code=root.code))
    found = health.checks(config=current_app.config["POINTSYS"], serving=True)
    with read_scope() as session:
        return show(
            "health/page.html",
            checks=sorted(found, key=lambda check: (check.ok, check.warning)),
            well=all(check.ok or check.warning for check in found),
            plugins=_plugins(session),
            jobs=_job_counts(session),
            failing=periodic.failing(session, current_site().now() - timedelta(days=1)),
            last_tick=periodic.last_tick(session),
            versions=_versions(),
            backup=_last_backup(),
        )


@blueprint.get("/a/<code>/health/diagnostics.json")
@area_scope("site.health")
def diagnostics(code: str) -> Response:
    """The same as a file to send to whoever helps: counts, versions and states, and nothing of anybody."""
    config = current_app.config["POINTSYS"]
    found = health.checks(config=config, serving=True, deep=True)
    with read_scope() as session:
        about = {
            "at": current_site().now().isoformat(),
            "versions": _versions(),
            "engine": db.engine.dialect.name,
            "components": {s.component: [s.current, s.head] for s in schema.status(db.engine)},
            "checks": [
                {"name": c.name, "ok": c.ok, "warning": c.warning, "detail": c.detail} for c in found
            ],
            "settings": {
                "jobs": config.jobs, "trusted_proxies": config.trusted_proxies, "language": config.language,
                "timezone": config.timezone, "https": not config.allow_plain_http,
                "safe_mode": config.safe_mode, "disabled_plugins": config.disabled,
            },
            "plugins": [{**p, "last_at": p["last_at"] and str(p["last_at"])} for p in _plugins(session)],
            "jobs": _job_counts(session),
            "rows": {
                model.__tablename__: session.scalar(select(func.count()).select_from(model))
                for model in (Area, Person, Entry, Pending)
            },
        }  # fmt: skip
    answer = Response(json.dumps(about, ensure_ascii=False, indent=2), mimetype="application/json")
    answer.headers["Content-Disposition"] = "attachment; filename=pointsys-diagnostics.json"
    return answer


def _versions() -> dict[str, str]:
    found = {"pointsys": pointsys.__version__, "python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "-"
    return found


def _plugins(session: Session) -> list[dict[str, object]]:
    """Each loaded plugin with its failures: the type of the last error, and never its words."""
    latest = select(func.max(PluginFailure.id)).group_by(PluginFailure.plugin)
    last = {
        row.plugin: row for row in session.scalars(select(PluginFailure).where(PluginFailure.id.in_(latest)))
    }
    stopped = set(session.scalars(select(PluginQuarantine.plugin)))
    return [
        {
            "name": info.name,
            "title": info.title,
            "version": info.version,
            "stopped": info.name in stopped,
            "last_hook": last[info.name].hook if info.name in last else "",
            "last_error": last[info.name].error if info.name in last else "",
            "last_at": last[info.name].at if info.name in last else None,
        }
        for info in current_site().host.plugins.values()
    ]


def _job_counts(session: Session) -> dict[str, int]:
    """How many jobs wait, run, and failed within a day."""
    day_ago = current_site().now() - timedelta(days=1)
    rows = session.execute(
        select(Job.state, func.count())
        .where(Job.state.in_((QUEUED, RUNNING)) | ((Job.state == FAILED) & (Job.finished_at > day_ago)))
        .group_by(Job.state)
    )
    return {QUEUED: 0, RUNNING: 0, FAILED: 0} | {row[0]: row[1] for row in rows}


def _last_backup() -> datetime | None:
    """When the last backup was made, if the backup command left word of it in the home folder."""
    # It brings the drivers of both databases along, which no start should load.
    from pointsys.core.backup.make import last_backup

    try:
        return datetime.fromisoformat(str((last_backup(current_site().home) or {})["at"]))
    except (KeyError, ValueError):
        return None
