"""The linter: every fault of one scheme at once, for any data whatever.

Each ``_check_*`` looks at one table of the scheme; which ones a kind needs stands in ``_NEEDED``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from pointsys.plugin import N_

from . import lint_bands
from .findings import Findings
from .lint_values import asked, listed, number, table, text_of, whole_number
from .scheme import CREDIT, HUNDRED, KINDS, LIST, PERCENTILE, PERIODS, WEIGHTED

_ID = re.compile(r"[a-z][a-z0-9_]{0,39}\Z", re.ASCII)
_EFFECT = re.compile(r"stars=([0-5])\Z", re.ASCII)
_VALIDITY = re.compile(r"([1-9][0-9]{0,2})([ymd])\Z", re.ASCII)
# Nobody is judged by these, whoever writes the scheme.
_NEVER = re.compile(
    r"petition|religio|church|family[\s_-]?planning|birth|fertility|political[\s_-]?opinion|ethnic"
    r"|信访|上访|宗教|信仰|教会|计划生育|计生|生育|超生|民族成分|政治观点|重点人员|重点人群|特殊人群|吸毒|刑满|精神障碍",
    re.IGNORECASE,
)
_KEYS = {
    "kind", "title", "period", "min_service_months", "round", "parts", "sample", "bands", "veto", "red", "black",
    "base", "base_cap", "good_cap", "default_validity", "validity_end", "grades", "override", "reception", "questions",
    "publicity", "appeal", "source",
}  # fmt: skip
_NEEDED = {
    WEIGHTED: ("parts", "bands"),
    PERCENTILE: ("bands",),
    LIST: ("red", "black"),
    CREDIT: ("grades",),
}
# A credit file has a base and items instead.
_USELESS = {CREDIT: ("parts", "sample", "veto")}
MOST_PARTS = 20
MOST_QUESTIONS = 20


def lint(scheme_id: str, data: object, smallest: int | None = None) -> Findings:
    """Every error and warning of a scheme as plain data; ``smallest`` is the homes of the smallest estate, if known."""
    out = Findings()
    if not isinstance(data, Mapping):
        out.refuse("bad_table", scheme_id, N_("This must be a table with keys and values."))
        return out
    if not _ID.match(scheme_id):
        out.refuse("bad_id", "id", N_("Name it with small letters, digits and _, as owners_2026."))
    kind = data.get("kind")
    if kind not in KINDS:
        out.refuse("unknown_kind", "kind", N_("Write one of %(choices)s."), choices=", ".join(KINDS))
        return out
    for key in _NEEDED[str(kind)]:
        if key not in data:
            out.refuse("missing_key", key, N_("A scheme of this kind needs %(key)s."), key=key)
    for key in data:
        if key not in _KEYS:
            out.warn("unknown_key", str(key)[:60], N_("This key means nothing here."))
    for check in _CHECKS:
        check(data, out)
    _check_sample(data, out, smallest)
    for place, words in [("id", scheme_id), *_words("", data)]:
        if found := _NEVER.search(words):
            out.refuse(
                "refused_criterion", place,
                N_("Nobody is judged by petitions, religion, births or their kind: %(word)s. Leave it out."),
                word=found[0],
            )  # fmt: skip
    return out


def _check_useless(data: Mapping[str, Any], out: Findings) -> None:
    """What would be filled in and recorded in a round, and then not counted."""
    for key in _USELESS.get(data["kind"], ()):
        if key in data:
            out.refuse("useless_key", key, N_("This key means nothing here."))


def _check_heads(data: Mapping[str, Any], out: Findings) -> None:
    text_of(data, "title", 100, out)
    text_of(data, "source", 1000, out)
    if data.get("period", "year") not in PERIODS:
        out.refuse("bad_choice", "period", N_("Write one of %(choices)s."), choices=", ".join(PERIODS))
    whole_number(data, "min_service_months", "min_service_months", out, 0, 120)


def _check_round(data: Mapping[str, Any], out: Findings) -> None:
    rounding = table(data, "round", out)
    if rounding is None:
        if data["kind"] == WEIGHTED and "round" not in data:
            out.warn("no_rounding", "round", N_("Scores are rounded to whole numbers where nothing is said."))
        return
    if rounding.get("mode", "half_up") != "half_up":
        out.refuse("bad_choice", "round.mode", N_("Write one of %(choices)s."), choices="half_up")
    whole_number(rounding, "decimals", "round.decimals", out, 0, 6)


def _check_parts(data: Mapping[str, Any], out: Findings) -> None:
    parts = listed(data, "parts", out, MOST_PARTS)
    if parts is None:
        return
    ids, total, known = set(), Fraction(0), True
    for place, part in parts:
        part_id = part.get("id")
        if not isinstance(part_id, str) or not _ID.match(part_id):
            out.refuse(
                "bad_id", f"{place}.id", N_("Name it with small letters, digits and _, as owners_2026.")
            )
        elif part_id in ids:
            out.refuse("twice", f"{place}.id", N_("%(id)s stands here twice."), id=part_id)
        else:
            ids.add(part_id)
        text_of(part, "title", 60, out, place)
        weight = asked(part, "weight", f"{place}.weight", out, Fraction(0), Fraction(1))
        known = known and weight is not None
        total += weight or 0
    if known and total != 1:
        out.refuse(
            "weights_not_1", "parts", N_("The weights make %(sum)s instead of 1."), sum=str(float(total))
        )


def part_ids(data: Mapping[str, Any]) -> set[str]:
    """The ids of the parts as far as they can be read."""
    parts = data.get("parts")
    found = [
        part.get("id") for part in (parts if isinstance(parts, list) else ()) if isinstance(part, Mapping)
    ]
    return {one for one in found if isinstance(one, str)}


def _check_sample(data: Mapping[str, Any], out: Findings, smallest: int | None) -> None:
    sample = table(data, "sample", out)
    if sample is None:
        return
    part = sample.get("part")
    if not isinstance(part, str) or part not in part_ids(data):
        out.refuse("unknown_part", "sample.part", N_("There is no part of this id."))
    number(sample, "min_share", "sample.min_share", out, Fraction(0), Fraction(1))
    least = whole_number(sample, "min_count", "sample.min_count", out, 0, 1_000_000)
    for key, choices in (("stat", ("mean", "median")), ("on_short", ("no_result",))):
        if sample.get(key, choices[0]) not in choices:
            out.refuse(
                "bad_choice", f"sample.{key}", N_("Write one of %(choices)s."), choices=", ".join(choices)
            )
    capped = sample.get("capped", True)
    if not isinstance(capped, bool):
        out.refuse("bad_switch", "sample.capped", N_("Write true or false."))
    elif not capped and least and (smallest is None or least > smallest):
        out.refuse(
            "min_count_too_high", "sample.min_count",
            N_("An estate with fewer homes can never have a result. Leave out capped = false."),
        )  # fmt: skip


def _check_veto(data: Mapping[str, Any], out: Findings) -> None:
    veto = table(data, "veto", out)
    if veto is None:
        return
    status = veto.get("status")
    if status != "confirmed":
        out.refuse(
            "veto_without_status", "veto.status",
            N_('Only confirmed decisions veto a result. Write status = "confirmed".'),
        )  # fmt: skip
    effect = veto.get("effect")
    if not isinstance(effect, str) or not _EFFECT.match(effect):
        out.refuse("bad_effect", "veto.effect", N_('Write effect = "stars=0".'))
    ids = set()
    for place, event in listed(veto, "events", out, 100, "veto.") or ():
        event_id = event.get("id")
        if not isinstance(event_id, str) or not _ID.match(event_id):
            out.refuse(
                "bad_id", f"{place}.id", N_("Name it with small letters, digits and _, as owners_2026.")
            )
        elif event_id in ids:
            out.refuse("twice", f"{place}.id", N_("%(id)s stands here twice."), id=event_id)
        else:
            ids.add(event_id)
        text_of(event, "title", 100, out, place)


def _check_lists(data: Mapping[str, Any], out: Findings) -> None:
    if (red := table(data, "red", out)) is not None:
        asked(red, "min", "red.min", out)
        number(red, "credit", "red.credit", out, Fraction(0))
    black = table(data, "black", out)
    if black is None:
        return
    if "bottom" not in black:
        out.refuse(
            "missing_key", "black.bottom", N_("A scheme of this kind needs %(key)s."), key="black.bottom"
        )
    whole_number(black, "bottom", "black.bottom", out, 0, 10_000)
    if black.get("ties", "include_all") != "include_all":
        out.refuse("bad_choice", "black.ties", N_("Write one of %(choices)s."), choices="include_all")
    if not isinstance(black.get("red_excludes_black", True), bool):
        out.refuse("bad_switch", "black.red_excludes_black", N_("Write true or false."))
    whole_number(black, "rectify_days", "black.rectify_days", out, 1, 365)
    number(black, "credit_if_not_rectified", "black.credit_if_not_rectified", out, None, Fraction(0))


def _check_credit(data: Mapping[str, Any], out: Findings) -> None:
    for key in ("base", "base_cap", "good_cap"):
        number(data, key, key, out, Fraction(0))
    validity = data.get("default_validity", "1y")
    if not isinstance(validity, str) or not _VALIDITY.match(validity):
        out.refuse("bad_validity", "default_validity", N_("Write it as 1y, 6m or 90d."))
    if data.get("validity_end", "exclusive") not in ("exclusive", "inclusive"):
        out.refuse(
            "bad_choice", "validity_end", N_("Write one of %(choices)s."), choices="exclusive, inclusive"
        )
    if (override := table(data, "override", out)) is not None:
        text_of(override, "serious", 20, out, "override")


def _check_reception(data: Mapping[str, Any], out: Findings) -> None:
    rule = table(data, "reception", out)
    if rule is None:
        return
    whole_number(rule, "min_items", "reception.min_items", out, 1, 10_000)
    good = number(rule, "good_from", "reception.good_from", out, Fraction(0), Fraction(1))
    bad = number(rule, "bad_below", "reception.bad_below", out, Fraction(0), Fraction(1))
    number(rule, "good", "reception.good", out, Fraction(0), HUNDRED)
    number(rule, "bad", "reception.bad", out, -HUNDRED, Fraction(0))
    if good is not None and bad is not None and bad > good:
        out.refuse("bad_order", "reception", N_("bad_below lies above good_from."))


def _check_questions(data: Mapping[str, Any], out: Findings) -> None:
    ids = set()
    for place, question in listed(data, "questions", out, MOST_QUESTIONS) or ():
        question_id = question.get("id")
        if not isinstance(question_id, str) or not _ID.match(question_id):
            out.refuse(
                "bad_id", f"{place}.id", N_("Name it with small letters, digits and _, as owners_2026.")
            )
        elif question_id in ids:
            out.refuse("twice", f"{place}.id", N_("%(id)s stands here twice."), id=question_id)
        else:
            ids.add(question_id)
        text_of(question, "title", 100, out, place, needed=True)
        answers = listed(question, "answers", out, 10, f"{place}.")
        if answers is not None and len(answers) < 2:
            out.refuse("too_few", f"{place}.answers", N_("Give at least two answers."))
        for below, answer in answers or ():
            asked(answer, "value", f"{below}.value", out, Fraction(0), HUNDRED)
            text_of(answer, "title", 30, out, below, needed=True)


def _check_acts(data: Mapping[str, Any], out: Findings) -> None:
    if (publicity := table(data, "publicity", out)) is not None:
        whole_number(publicity, "workdays", "publicity.workdays", out, 1, 60)
    if (appeal := table(data, "appeal", out)) is not None:
        number(appeal, "min_share", "appeal.min_share", out, Fraction(0), Fraction(1))


_CHECKS: tuple[Callable[[Mapping[str, Any], Findings], None], ...] = (
    _check_useless,
    _check_heads,
    _check_round,
    _check_parts,
    lint_bands.check,
    _check_veto,
    _check_lists,
    _check_credit,
    _check_reception,
    _check_questions,
    _check_acts,
)


def _words(place: str, value: object, depth: int = 0) -> Iterator[tuple[str, str]]:
    """Every text of the scheme with its place: keys and values, but for where the scheme comes from."""
    if depth > 8:
        return
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, Mapping):
        for key, below in value.items():
            if key != "source":
                inside = f"{place}.{key}" if place else str(key)[:60]
                yield inside, str(key)
                yield from _words(inside, below, depth + 1)
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from _words(f"{place}[{index}]", below, depth + 1)
