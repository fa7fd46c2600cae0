"""From a TOML text to a ``Scheme``: ``parse`` for one scheme, ``parse_all`` for a file with several ``[scheme.x]``.

``load`` reads the text, ``lint`` finds its faults, ``build`` makes the scheme of what has none.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from pointsys.plugin import N_, Problem

from .findings import ERROR, Findings, SchemeRefused
from .lint import lint
from .lint_bands import NO_FLOOR
from .numbers import exact, whole
from .scheme import (
    CREDIT,
    FACES,
    PERCENTILE,
    QUESTIONS,
    WEIGHTED,
    Band,
    BlackRule,
    CreditRule,
    PartWeight,
    Question,
    ReceptionRule,
    RedRule,
    Sample,
    Scheme,
    Validity,
    VetoRule,
)

LARGEST = 60_000
# Keys joined by dots that would take the reader of TOML too deep.
_CHAIN = re.compile(r"(?:[\w-]{1,60}[ \t]{0,9}\.[ \t]{0,9}){12}")
# Where the reader of TOML gave up.
_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)")
# Faults of schemes that can be computed with as long as no score meets them.
_INCOMPLETE = frozenset({NO_FLOOR})
# The one part of a kind that ranks scores without saying what they are made of.
_ONLY = (PartWeight("score", "", Fraction(1)),)


def load(text: str, fallback: str = "scheme") -> dict[str, object]:
    """The schemes of a file as plain data by id: its tables ``[scheme.x]``, or the file itself named ``fallback``.

    Raises Problem bad_toml or no_scheme.
    """
    if len(text) > LARGEST:
        raise Problem(
            "bad_toml", N_("The file is larger than %(most)s characters."), field="text", most=LARGEST
        )
    try:
        if _CHAIN.search(text):
            raise RecursionError
        data = tomllib.loads(text.removeprefix("\ufeff").replace("\r\n", "\n"), parse_float=Decimal)
    except (ValueError, ArithmeticError) as error:
        raise _unreadable(str(error)) from None
    except RecursionError:
        raise Problem("bad_toml", N_("The file is nested too deeply."), field="text") from None
    schemes = data.get("scheme", data)
    if isinstance(schemes, dict) and "kind" in schemes and not isinstance(schemes["kind"], dict):
        return {fallback: schemes}
    if not isinstance(schemes, dict) or not schemes or "scheme" not in data:
        raise Problem("no_scheme", N_("There is no table [scheme.x] in the file."), field="text")
    return dict(schemes)


def _unreadable(why: str) -> Problem:
    """The reader of TOML speaks English; people are told the place."""
    place = _PLACE.search(why)
    if place is None:
        return Problem("bad_toml", N_("The file cannot be read as TOML: %(why)s"), field="text", why=why)
    return Problem(
        "bad_toml",
        N_(
            "Line %(line)s is not written as TOML asks, at character %(column)s: look for quotes and brackets there."
        ),
        field="text",
        line=int(place[1]),
        column=int(place[2]),
    )


def parse_all(text: str, fallback: str = "scheme", *, incomplete: bool = False) -> dict[str, Scheme]:
    """Every scheme of a file; raises SchemeRefused, or the Problems of ``load``.

    With ``incomplete`` a table of bands may lack its floor, as one copied from a source that tells the upper ones.
    """
    tolerated: Collection[str] = _INCOMPLETE if incomplete else ()
    found = {}
    for scheme_id, data in load(text, fallback).items():
        faults = [one for one in lint(scheme_id, data) if one.severity == ERROR and one.code not in tolerated]
        if faults:
            raise SchemeRefused(faults)
        assert isinstance(data, Mapping)
        found[scheme_id] = build(scheme_id, data)
    return found


def parse(text: str, name: str | None = None, fallback: str = "scheme") -> Scheme:
    """The one scheme of a text, or the one called ``name``; raises Problem name_needed or unknown_scheme as well."""
    found = parse_all(text, fallback)
    if name is not None and name not in found:
        raise Problem(
            "unknown_scheme", N_("There is no scheme %(name)s in the file. There are: %(names)s."), field="name",
            name=name, names=", ".join(found),
        )  # fmt: skip
    if name is None and len(found) > 1:
        raise name_needed(found)
    return found[name] if name is not None else next(iter(found.values()))


def name_needed(found: Collection[str]) -> Problem:
    """Several schemes, and nobody said which."""
    message = N_("There are several schemes in the file: %(names)s. Name one of them.")
    return Problem("name_needed", message, field="name", names=", ".join(found))


def findings(text: str, smallest: int | None = None) -> dict[str, Findings]:
    """What the linter says about each scheme of a file; raises the Problems of ``load``."""
    return {scheme_id: lint(scheme_id, data, smallest) for scheme_id, data in load(text).items()}


def build(scheme_id: str, data: Mapping[str, Any]) -> Scheme:
    """The scheme of data that the linter has nothing against."""
    kind = data["kind"]
    rounding = data.get("round")
    parts = tuple(
        PartWeight(part["id"], part.get("title", ""), exact(part["weight"])) for part in data.get("parts", ())
    )
    publicity, appeal = data.get("publicity", {}), data.get("appeal", {})
    return Scheme(
        id=scheme_id,
        title=data.get("title", "") or scheme_id,
        kind=kind,
        period=data.get("period", "year"),
        min_service_months=whole(data.get("min_service_months", 0)),
        decimals=whole(rounding.get("decimals", 0)) if rounding else 0 if kind == WEIGHTED else None,
        parts=parts or (() if kind == CREDIT else _ONLY),
        sample=_sample(data["sample"]) if "sample" in data else None,
        bands=tuple(_bands(kind, data)),
        veto=_veto(data["veto"]) if "veto" in data else None,
        red=RedRule(exact(data["red"]["min"]), _maybe(data["red"], "credit")) if "red" in data else None,
        black=_black(data["black"]) if "black" in data else None,
        credit=_credit(data),
        reception=_reception(data["reception"]) if "reception" in data else None,
        questions=tuple(_question(question) for question in data.get("questions", ())) or QUESTIONS,
        publicity_days=whole(publicity.get("workdays", 7)),
        appeal_share=exact(appeal.get("min_share", "0.10")),
        source=data.get("source", ""),
    )


def _maybe(data: Mapping[str, Any], key: str) -> Fraction | None:
    return exact(data[key]) if key in data else None


def _sample(data: Mapping[str, Any]) -> Sample:
    share, count = exact(data.get("min_share", 0)), whole(data.get("min_count", 0))
    return Sample(data["part"], share, count, data.get("stat", "mean"), data.get("capped", True))


def _bands(kind: str, data: Mapping[str, Any]) -> Iterator[Band]:
    if kind == CREDIT:
        for band in data["grades"]:
            yield Band(grade=band["grade"], least=exact(band["min"]), most=_maybe(band, "max"))
    elif kind == WEIGHTED:
        for band in data["bands"]:
            yield Band(stars=whole(band["stars"]), least=exact(band["min"]), most=_maybe(band, "max"))
    elif kind == PERCENTILE:
        for band in data["bands"]:
            yield Band(stars=whole(band["stars"]), upto=exact(band["upto"]))


def _veto(data: Mapping[str, Any]) -> VetoRule:
    events = {event["id"]: event.get("title", "") or event["id"] for event in data.get("events", ())}
    return VetoRule(data["status"], int(data["effect"].partition("=")[2]), events)


def _black(data: Mapping[str, Any]) -> BlackRule:
    return BlackRule(
        whole(data["bottom"]),
        data.get("red_excludes_black", True),
        _maybe(data, "credit_if_not_rectified"),
        whole(data.get("rectify_days", 30)),
    )


def _credit(data: Mapping[str, Any]) -> CreditRule:
    validity = data.get("default_validity", "1y")
    inclusive = data.get("validity_end", "exclusive") == "inclusive"
    return CreditRule(
        _maybe(data, "base_cap"),
        _maybe(data, "good_cap"),
        Validity(int(validity[:-1]), validity[-1], inclusive),
        data.get("override", {}).get("serious", ""),
        _maybe(data, "base"),
    )


def _reception(data: Mapping[str, Any]) -> ReceptionRule:
    return ReceptionRule(
        whole(data.get("min_items", 1)),
        _maybe(data, "good_from"),
        exact(data.get("good", 0)),
        _maybe(data, "bad_below"),
        exact(data.get("bad", 0)),
    )


def _question(data: Mapping[str, Any]) -> Question:
    answers = tuple((exact(answer["value"]), answer["title"]) for answer in data.get("answers", ()))
    return Question(data["id"], data["title"], answers or FACES)
