"""What the wizard's pages share: their blueprint, and what is known of the site while it is set up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Thread
from typing import Any, Protocol, cast

from flask import Blueprint, Flask, current_app
from sqlalchemy.orm import Session

from pointsys.core.accounts import links as account_links
from pointsys.core.accounts import services as accounts
from pointsys.core.areas.models import Area
from pointsys.core.areas.services import children_of
from pointsys.core.pages import SetupChoice
from pointsys.core.setup.drafts import Draft, read_draft
from pointsys.core.setup.offers import offered_choices
from pointsys.core.startup import root_area
from pointsys.core.switches import enabled_in
from pointsys.kit.problems import N_

blueprint = Blueprint("wizard", __name__)

SPENT = N_(
    "This link was used already or has expired. "
    "A restart of the site prints a new one while nobody can sign in."
)


class Story(Protocol):
    """The demonstration, which the application hands in: pages do not know where it comes from."""

    def root(self) -> tuple[str, str]:
        """Code and name of its root area."""

    def begun(self, session: Session, root: Area) -> None:
        """Note in the transaction that makes the site that the story is to follow."""

    def start(self, app: Flask) -> Thread:
        """Begin to tell it in the background."""

    def progress(self) -> tuple[object, int, int]:
        """True when it is whole, "making" or "failed" before; people and entries so far."""


class Gone(Exception):
    """The link is spent, or the site is set up."""


@dataclass(frozen=True)
class State:
    """What the steps begin with: the draft, and what ``pointsys init`` may have made already."""

    draft: Draft
    known: tuple[str, str] | None
    has_areas: bool
    on: frozenset[str]

    def kept(self, step: str) -> Mapping[str, Any]:
        """What a step was told."""
        return self.draft.steps.get(step, {})

    @property
    def choices(self) -> Mapping[str, Sequence[SetupChoice]]:
        """What plugins ask."""
        return offered_choices(self.on)

    @property
    def demo_possible(self) -> bool:
        """Whether the site may still become a demonstration."""
        return self.known is None and story() is not None


def story() -> Story | None:
    """The demonstration, if this application has one."""
    load = current_app.extensions.get("pointsys_demo")
    return cast(Story, load()) if load is not None else None


def read_state(session: Session, token: str) -> State:
    """The state of the set-up behind a link; raises Gone for a link that no longer opens anything."""
    if account_links.link_is_good(session, token, account_links.FIRST_RUN) is None or accounts.has_accounts(
        session
    ):
        raise Gone
    return state_of_site(session)


def state_of_site(session: Session) -> State:
    """The same once the link was looked at."""
    root = root_area(session)
    if root is None:
        return State(read_draft(session), None, False, frozenset())
    return State(
        read_draft(session),
        (root.code, root.name),
        bool(children_of(session, root.id)),
        enabled_in(session, root.id),
    )
