"""Policies as TOML: what a file says, what is wrong with it and how to put it right, and a policy written out.

A file names only the rules that differ; what it leaves out stays as it is where the file is used.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from importlib.resources import files

from pointsys.plugin import N_, Problem

from .policy import CHOICE, NUMBER, P0, ROUNDINGS, RULES, SECTIONS, SWITCH, Policy, Rule, Value, overlay

ERROR, WARNING = "error", "warning"
LARGEST = 100_000
# What a file may say of itself besides its rules.
TITLE = "title"


@dataclass(frozen=True)
class Finding:
    """Something about a policy; ``place`` is the rule, or "" for the whole. ``message`` is a msgid with the cure."""

    severity: str
    code: str
    place: str
    message: str
    params: Mapping[str, object] = field(default_factory=dict)


def read(text: str) -> dict[str, object]:
    """The TOML as a mapping; raises Problem bad_toml with the parser's place, or policy_too_large."""
    if len(text) > LARGEST:
        raise Problem("policy_too_large", N_("A policy has at most %(count)s characters."), count=LARGEST)
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise Problem(
            "bad_toml",
            N_("This is not TOML: %(why)s. Write one rule a line, like max_pairs = 3."),
            field="policy",
            why=str(error),
        ) from None


def lint(data: Mapping[str, object], base: Policy = P0) -> list[Finding]:
    """What is wrong with the rules of a file that changes ``base``; with an error it cannot be used."""
    found: list[Finding] = []
    for name, value in data.items():
        found += _about_title(value) if name == TITLE else _about_rule(name, value)
    if not found:
        found += _together(overlay({**base.values(), **rules_of(data)}, ""))
    return found


def _about_title(value: object) -> list[Finding]:
    if isinstance(value, str) and len(value) <= 100:
        return []
    return [Finding(ERROR, "bad_title", TITLE, N_("The title is a text of at most 100 characters."))]


def _about_rule(name: str, value: object) -> list[Finding]:
    rule = RULES.get(name)
    if rule is None:
        near = get_close_matches(name, RULES, 1)
        message = N_("There is no rule %(name)s. The rules are: %(rules)s.")
        params: dict[str, object] = {"name": name, "rules": ", ".join(RULES)}
        if near:
            message, params = (
                N_("There is no rule %(name)s. Did you mean %(near)s?"),
                {"name": name, "near": near[0]},
            )
        return [Finding(ERROR, "unknown_rule", name, message, params)]
    return list(_CHECKS[rule.kind](rule, value))


def _about_number(rule: Rule, value: object) -> Iterator[Finding]:
    if isinstance(value, bool) or not isinstance(value, int) or not rule.low <= value <= rule.high:
        message = N_("Write a whole number from %(low)s to %(high)s, like %(name)s = %(usual)s.")
        params = {"low": rule.low, "high": rule.high, "name": rule.name, "usual": getattr(P0, rule.name)}
        yield Finding(ERROR, "bad_number", rule.name, message, params)


def _about_switch(rule: Rule, value: object) -> Iterator[Finding]:
    if not isinstance(value, bool):
        yield Finding(
            ERROR,
            "bad_switch",
            rule.name,
            N_("Write %(name)s = true or %(name)s = false."),
            {"name": rule.name},
        )


def _about_choice(rule: Rule, value: object) -> Iterator[Finding]:
    if not isinstance(value, str) or value not in ROUNDINGS:
        message = N_('Write one of %(choices)s, like %(name)s = "floor".')
        yield Finding(
            ERROR, "bad_choice", rule.name, message, {"choices": ", ".join(ROUNDINGS), "name": rule.name}
        )


_CHECKS: Mapping[str, Callable[[Rule, object], Iterator[Finding]]] = {
    NUMBER: _about_number,
    SWITCH: _about_switch,
    CHOICE: _about_choice,
}


def _together(policy: Policy) -> Iterator[Finding]:
    """Rules that contradict each other, or that are allowed and rarely meant."""
    if policy.day_street_minutes < policy.day_auto_minutes:
        yield Finding(
            ERROR, "ladder", "day_street_minutes",
            N_("The sub-district's limit lies below what is valid at once. Raise it to %(least)s or more."),
            {"least": policy.day_auto_minutes},
        )  # fmt: skip
    if 0 < policy.max_activity_minutes < policy.min_session_minutes:
        yield Finding(
            ERROR, "bounds", "max_activity_minutes",
            N_("The most of an activity is less than the least of a service. Raise it to %(least)s or more."),
            {"least": policy.min_session_minutes},
        )  # fmt: skip
    if not policy.union:
        yield Finding(
            WARNING, "paid_twice", "union", N_("One minute can be credited twice without this rule.")
        )
    if policy.travel_minutes:
        yield Finding(
            WARNING, "travel", "travel_minutes", N_("Nationally only actual service counts, without the way.")
        )


def rules_of(data: Mapping[str, object]) -> dict[str, Value]:
    """The rules of a file that has no errors."""
    return {
        name: value for name, value in data.items() if name in RULES and isinstance(value, bool | int | str)
    }


def checked(data: Mapping[str, object], base: Policy = P0) -> dict[str, Value]:
    """The rules of a file; raises Problem bad_policy with the first error and its rule."""
    for finding in lint(data, base):
        if finding.severity == ERROR:
            raise Problem(finding.code, finding.message, field=finding.place or "policy", **finding.params)
    return rules_of(data)


def load(text: str, version: str) -> Policy:
    """P0 with what a file says; raises the Problems of ``read`` and ``checked``."""
    return overlay(checked(read(text)), version)


@cache
def presets() -> Mapping[str, Mapping[str, object]]:
    """Policies that ship as data, by name: local deviations to start from."""
    text = files(__package__).joinpath("presets.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def write(policy: Policy, translate: Callable[[str], str] = str) -> str:
    """A policy as a file with every rule, what it means beside it; ``read`` gives the same rules back."""
    lines: list[str] = []
    for title, rules in SECTIONS:
        lines += ["", f"# {translate(title)}"]
        for rule in rules:
            lines.append(f"# {translate(rule.help)}")
            lines.append(f"{rule.name} = {_literal(getattr(policy, rule.name))}")
    return "\n".join(lines[1:]) + "\n"


def _literal(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else f'"{value}"'
