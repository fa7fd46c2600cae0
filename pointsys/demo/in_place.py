"""The demonstration on a site that was set up in a browser: begun by the wizard's last step, told in the background."""

from __future__ import annotations

import logging
import threading
import tomllib
from dataclasses import replace

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pointsys.core.activity_log.models import Entry
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.people.models import Person
from pointsys.core.settings import set_setting
from pointsys.core.startup import root_area
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.demo.make import DEMO, FAILED, MAKING, demo_state, make_demo
from pointsys.demo.schedule import read_story

log = logging.getLogger(__name__)


def root() -> tuple[str, str]:
    """Code and name of the story's root area."""
    story = read_story()
    return story.code, story.name


def begun(session: Session, area: Area) -> None:
    """Note with the root area that the story is being told."""
    set_setting(session, area, DEMO, MAKING, SYSTEM)


def start(app: Flask) -> threading.Thread:
    """Tell the story in a thread of this process; what becomes of it is told by ``progress``."""
    _say_so(app)
    thread = threading.Thread(target=_tell, args=(app,), name="demonstration", daemon=True)
    thread.start()
    return thread


def _say_so(app: Flask) -> None:
    """Every page says that nothing is real: here from now on, elsewhere and later by the site's settings."""
    config = app.config["POINTSYS"]
    app.config["POINTSYS"] = replace(config, demo=True)
    file = config.home / "pointsys.toml"
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    if "demo" not in tomllib.loads(text):
        file.write_text(f"demo = true\n{text}", encoding="utf-8")


def _tell(app: Flask) -> None:
    with app.app_context():
        try:
            make_demo()
        except Exception:
            log.exception("the demonstration could not be made")
            with unit_of_work(drain=False) as session:
                area = root_area(session)
                if area is not None:
                    set_setting(session, area, DEMO, FAILED, SYSTEM)


def progress() -> tuple[object, int, int]:
    """State of the demonstration as ``demo_state`` tells it, people and entries so far."""
    with read_scope() as session:
        people = session.scalar(select(func.count()).select_from(Person)) or 0
        return demo_state(session), people, session.scalar(select(func.count()).select_from(Entry)) or 0
