"""What the kept values of a set-up mean: each reader takes one step and raises Problem at the field at fault."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pointsys.core.accounts.separation import clash
from pointsys.core.accounts.services import normalise_login
from pointsys.core.areas.codes import check_code, level_of
from pointsys.core.areas.services import AreaLine
from pointsys.core.host import Host
from pointsys.core.pages import SetupChoice
from pointsys.core.permissions import (
    AUDIT_ADMIN,
    COMMUNITY_WORKER,
    SECURITY_ADMIN,
    SUBDISTRICT_OFFICE,
    SYSTEM_ADMIN,
)
from pointsys.core.setup.tree import pasted_lines, plan_tree, refuse_faulty, template_levels, template_lines
from pointsys.kit.problems import N_, Problem

SYSTEM, SECURITY, AUDIT, WORKER = "system", "security", "audit", "worker"
POSTS = (SYSTEM, SECURITY, AUDIT, WORKER)
ROLE_OF = {SYSTEM: SYSTEM_ADMIN, SECURITY: SECURITY_ADMIN, AUDIT: AUDIT_ADMIN}
NOBODY = "nobody"
NONE, TEMPLATE, PASTE = "none", "template", "paste"
EMPTY, DEMO = "empty", "demo"
ROOT_LEVELS = ("province", "city", "county", "subdistrict", "community")
_PHONE = re.compile(r"[\d+()（）\- ]{5,30}")

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Unit:
    """The root area, and the unit in whose name papers are made."""

    code: str
    name: str
    level: str
    unit_name: str
    seal_text: str
    phone: str = ""


@dataclass(frozen=True)
class Holder:
    """An account to make: the roles it gets on the root area, and the posts of the form that it fills."""

    login: str
    name: str
    posts: tuple[str, ...]
    roles: tuple[str, ...]


@dataclass(frozen=True)
class SetupPlan:
    """A whole set-up, ready to be applied; ``runner`` is the login of whoever does it, "" for nobody of them."""

    unit: Unit
    lines: Sequence[AreaLine]
    holders: Sequence[Holder]
    runner: str
    plugins: Collection[str]
    choices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    demo: bool = False

    @property
    def separated(self) -> bool:
        """Whether the three administrators are three accounts, none of which works with people's data."""
        return not any(clash(holder.roles) for holder in self.holders)


def _text(values: Values, name: str, most: int, *, needed: bool = False) -> str:
    text = " ".join(str(values.get(name) or "").split())
    if needed and not text:
        raise Problem("needed", N_("Fill this in."), field=name)
    if len(text) > most:
        raise Problem("too_long", N_("At most %(max)d characters."), field=name, max=most)
    return text


def read_unit(values: Values, known: tuple[str, str] | None) -> Unit:
    """The unit; with ``known`` (code, name) the root area is there already and the form's is not looked at.

    Raises Problem bad_area_code, other_level, needed, too_long or bad_phone.
    """
    if known is not None:
        code, name = known
    else:
        code = check_code(_text(values, "code", 20, needed=True))
        name = _text(values, "name", 100, needed=True)
        wanted, level = str(values.get("level") or ""), level_of(code)
        if level not in ROOT_LEVELS or wanted != level:
            raise Problem(
                "other_level",
                N_("%(code)s is the code of another level. Choose that level, or correct the code."),
                field="code",
                code=code,
            )
    unit_name = _text(values, "unit_name", 100) or name
    phone = _text(values, "phone", 30)
    if phone and not _PHONE.fullmatch(phone):
        raise Problem(
            "bad_phone", N_("Write the phone number with digits, blanks and dashes."), field="phone"
        )
    return Unit(code, name, level_of(code), unit_name, _text(values, "seal_text", 100) or unit_name, phone)


def read_areas(values: Values, unit: Unit, names: Mapping[str, str]) -> list[AreaLine]:
    """The areas to make below the unit's; ``names`` are the templates' names by level, with ``%(n)s``.

    Raises Problem no_areas, faulty_line, bad_count, too_many_areas or unknown_choice.
    """
    how = values.get("how")
    if how == NONE:
        return []
    if how == PASTE:
        lines = pasted_lines(unit.code, str(values.get("text") or ""))
    elif how == TEMPLATE:
        levels = template_levels(unit.level)
        counts = [_count(values, level) for level in levels]
        lines = template_lines(unit.code, unit.level, counts, [names[level] for level in levels])
    else:
        raise _unknown("how")
    refuse_faulty(plan_tree(unit.code, unit.name, lines))
    return lines


def _count(values: Values, level: str) -> int:
    text = str(values.get(level) or "0").strip()
    if not text.isascii() or not text.isdigit() or len(text) > 4:
        raise Problem("bad_count", N_("Give a number from 0 to %(most)s."), field=level, most=99)
    return int(text)


def _unknown(name: str) -> Problem:
    return Problem("unknown_choice", N_("Choose one of the values offered."), field=name)


def read_holders(values: Values, level: str) -> tuple[list[Holder], str]:
    """The accounts to make, and the login of the runner ("" for nobody of them).

    The same sign-in name may hold several posts. Raises Problem needed, too_long, bad_login, two_names or
    unknown_choice, at the field ``<post>_login`` or ``<post>_name``.
    """
    found: dict[str, tuple[str, list[str]]] = {}
    login_of: dict[str, str] = {NOBODY: ""}
    for post in POSTS:
        name = _text(values, f"{post}_name", 30, needed=True)
        try:
            login = normalise_login(_text(values, f"{post}_login", 60, needed=True))
        except Problem as problem:
            raise Problem(problem.code, problem.message, field=f"{post}_login", **problem.params) from None
        known_name, posts = found.setdefault(login, (name, []))
        if known_name != name:
            raise Problem(
                "two_names",
                N_("%(login)s stands here with two names: it is one person's sign-in name."),
                field=f"{post}_name",
                login=login,
            )
        posts.append(post)
        login_of[post] = login
    runner = str(values.get("runner") or "")
    if runner not in login_of:
        raise _unknown("runner")
    work = COMMUNITY_WORKER if level == "community" else SUBDISTRICT_OFFICE
    holders = [
        Holder(login, name, tuple(posts), tuple(ROLE_OF.get(post, work) for post in posts))
        for login, (name, posts) in found.items()
    ]
    return holders, login_of[runner]


def read_plugins(values: Values, host: Host) -> list[str]:
    """The plugins to switch on, in the host's order; raises Problem unknown_choice or plugin_requires."""
    wanted = {str(name) for name in values.get("plugins") or ()}
    if wanted - set(host.names):
        raise _unknown("plugins")
    for name in wanted:
        missing = [need for need in host.plugins[name].requires if need not in wanted]
        if missing:
            raise Problem(
                "plugin_requires",
                N_("Switch on %(name)s first: this plugin builds on it."),
                field="plugins",
                name=host.plugins[missing[0]].title,
            )
    return [name for name in host.plugins if name in wanted]


def read_choices(values: Values, offered: Mapping[str, Sequence[SetupChoice]]) -> dict[str, dict[str, str]]:
    """What was chosen, by plugin and key; what was not asked for yet gets the first option."""
    chosen: dict[str, dict[str, str]] = {}
    for plugin, choices in offered.items():
        for choice in choices:
            name = field_of(plugin, choice.key)
            value = str(values.get(name) or choice.options[0].value)
            if value not in {option.value for option in choice.options}:
                raise _unknown(name)
            chosen.setdefault(plugin, {})[choice.key] = value
    return chosen


def field_of(plugin: str, key: str) -> str:
    """The form's name of a plugin's choice."""
    return f"{plugin}-{key}"


def read_data(values: Values, *, demo_possible: bool) -> bool:
    """Whether the site becomes a demonstration; raises Problem unknown_choice."""
    data = values.get("data")
    if data not in (EMPTY, DEMO) or (data == DEMO and not demo_possible):
        raise _unknown("data")
    return bool(data == DEMO)
