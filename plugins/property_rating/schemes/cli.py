"""``pointsys property evaluate|list|percentile|credit|sample-required|lint``: the arithmetic, without a database.

Each reads one JSON object and prints one. A refusal leaves with code 2: its code alone on standard error, and the same
``{"error": …}`` as the REST interface answers on standard output.
"""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from pointsys.plugin import N_, Problem, cli_text, emit, json_option

from .credit import credit, day, read_item
from .evaluate import evaluate, sample_required, wrong_kind
from .findings import ERROR, Finding, is_sound
from .lists import places, red_and_black
from .reading import findings, name_needed, parse_all
from .scheme import CREDIT, LIST, PERCENTILE, WEIGHTED, Scheme

REFUSED = 2
LARGEST = 20_000_000
DASH = "-"
FILE = click.Path(path_type=Path, allow_dash=True)
Data = Mapping[str, Any]


def _refusing(work: Callable[..., int]) -> Callable[..., int]:
    """Answer a Problem by its code."""

    @functools.wraps(work)
    def run(*args: Any, **kwargs: Any) -> int:
        try:
            return work(*args, **kwargs)
        except Problem as problem:
            message = cli_text(problem.message, **problem.params)
            emit({"error": {"code": problem.code, "message": message, "field": problem.field}})
            click.echo(problem.code, err=True)
            return REFUSED

    return run


def _command(name: str, help: str, work: Callable[[Mapping[str, Scheme], Data], Data]) -> click.Command:
    @click.command(name, help=help)
    @click.option("--scheme", "path", type=FILE, required=True, help=N_("The scheme, a .toml file."))
    @click.option("--name", default="", help=N_("Which scheme, where the file has several."))
    @click.argument("source", type=FILE, metavar="INPUT")
    @_refusing
    def run(path: Path, name: str, source: Path) -> int:
        """Read the scheme and one JSON object, print one."""
        found = parse_all(_text(path), _id_of(path), incomplete=True)
        if name and name not in found:
            raise Problem(
                "unknown_scheme", N_("There is no scheme %(name)s in the file. There are: %(names)s."),
                field="name", name=name, names=", ".join(found),
            )  # fmt: skip
        emit(work({name: found[name]} if name else found, _object(source)))
        return 0

    return run


def _evaluate(schemes: Mapping[str, Scheme], data: Data) -> Data:
    parts = data.get("parts")
    if not isinstance(parts, dict):
        raise _malformed("parts")
    vetoes = data.get("veto")
    if vetoes is not None and not isinstance(vetoes, list):
        raise _malformed("veto")
    exactly = {name: one for name, one in schemes.items() if {part.id for part in one.parts} == set(parts)}
    scheme = _the_one(schemes, WEIGHTED, exactly)
    return evaluate(scheme, parts, data.get("households"), data.get("ballots"), vetoes or ()).as_json()


def _sample(schemes: Mapping[str, Scheme], data: Data) -> Data:
    sampling = {name: scheme for name, scheme in schemes.items() if scheme.sample is not None}
    scheme = next(iter(schemes.values())) if len(schemes) == 1 else _the_one(schemes, "", sampling)
    return {"required": sample_required(scheme.sample, data.get("households"))}


def _list(schemes: Mapping[str, Scheme], data: Data) -> Data:
    scores, rectified = data.get("scores"), data.get("rectified")
    if not isinstance(scores, dict):
        raise _malformed("scores")
    if rectified is None:
        rectified = []
    if not isinstance(rectified, list) or not all(isinstance(name, str) for name in rectified):
        raise _malformed("rectified")
    return red_and_black(_the_one(schemes, LIST), scores, rectified).as_json()


def _percentile(schemes: Mapping[str, Scheme], data: Data) -> Data:
    counts = places(_the_one(schemes, PERCENTILE), data.get("n"))
    return {str(stars): count for stars, count in counts.items()}


def _credit(schemes: Mapping[str, Scheme], data: Data) -> Data:
    items, serious = data.get("items"), data.get("serious", False)
    if items is None:
        items = []
    if not isinstance(items, list):
        raise _malformed("items")
    if not isinstance(serious, bool):
        raise _malformed("serious")
    read = [read_item(item) for item in items]
    if len({item.id for item in read}) < len(read):
        raise Problem("bad_item", N_("Two items have the same id."), field="items")
    scheme = _the_one(schemes, CREDIT)
    return credit(scheme, data.get("base"), day(data.get("on"), "on"), read, serious).as_json()


def _the_one(schemes: Mapping[str, Scheme], kind: str, better: Mapping[str, Scheme] | None = None) -> Scheme:
    """The one scheme that can be meant: the only one of its kind, or the only one that fits the input."""
    fitting = {name: scheme for name, scheme in schemes.items() if not kind or scheme.kind == kind}
    if len(fitting) > 1 and better:
        fitting = {name: scheme for name, scheme in fitting.items() if name in better} or fitting
    if len(fitting) > 1:
        raise name_needed(fitting)
    if not fitting:
        raise wrong_kind(next(iter(schemes.values())))
    return next(iter(fitting.values()))


def _malformed(field: str) -> Problem:
    message = N_("%(name)s is missing or of another shape.")
    return Problem("bad_input", message, field=field, name=field)


def _id_of(path: Path) -> str:
    stem = path.stem.lower().replace("-", "_")
    return stem if stem.isascii() and stem.isidentifier() and stem[:1].isalpha() else "scheme"


def _text(path: Path) -> str:
    try:
        if str(path) == DASH:
            data = sys.stdin.buffer.read(LARGEST + 1)
        else:
            with path.open("rb") as stream:
                data = stream.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise Problem("too_large", N_("%(file)s is too large."), field="file", file=path.name)
        return data.decode("utf-8-sig")
    except OSError as error:
        message = N_("%(file)s cannot be read: %(why)s")
        raise Problem("no_file", message, field="file", file=path.name, why=error.strerror or "") from None
    except UnicodeDecodeError:
        raise Problem("bad_text", N_("%(file)s is not UTF-8."), field="file", file=path.name) from None


def _object(path: Path) -> Data:
    try:
        data = json.loads(
            _text(path), parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_pairs
        )
        # Half a pair of characters could be read and never be written again.
        json.dumps(data, ensure_ascii=False, default=str).encode()
    except (ValueError, ArithmeticError, RecursionError) as error:
        message = N_("%(file)s is not JSON: %(why)s")
        raise Problem("bad_json", message, field="file", file=path.name, why=str(error)) from None
    if not isinstance(data, dict):
        raise Problem("bad_json", N_("%(file)s must hold one object."), field="file", file=path.name)
    return data


def _no_constant(name: str) -> object:
    raise ValueError(name)


def _pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """A key that stands twice would be read by its last value, silently."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found


@click.command("lint", help=N_("List every fault of a file of rating schemes."))
@click.argument("path", type=FILE, metavar="FILE")
@click.option("--smallest", type=click.IntRange(1), help=N_("Homes of the smallest estate."))
@json_option
@_refusing
def lint(path: Path, smallest: int | None, as_json: bool) -> int:
    """Exit code 2 when there is a fault for which a scheme cannot be published; warnings do not hinder."""
    found = findings(_text(path), smallest)
    wrong = any(not is_sound(remarks) for remarks in found.values())
    if as_json:
        schemes = {name: [_remark(one) for one in remarks] for name, remarks in found.items()}
        emit({"ok": not wrong, "schemes": schemes})
        return REFUSED if wrong else 0
    for name, remarks in found.items():
        for one in remarks:
            kind = cli_text(N_("fault")) if one.severity == ERROR else cli_text(N_("warning"))
            text = cli_text(one.message, **one.params)
            click.echo(f"{name}: {kind} {one.code} {one.place}: {text}")
        if not remarks:
            click.echo(f"{name}: {cli_text(N_('no faults'))}")
    return REFUSED if wrong else 0


def _remark(one: Finding) -> dict[str, str]:
    return {
        "severity": one.severity,
        "code": one.code,
        "place": one.place,
        "message": cli_text(one.message, **one.params),
    }


commands = (
    _command("evaluate", N_("The score and stars of one estate, from a JSON file."), _evaluate),
    _command("sample-required", N_("How many ballots an estate needs, from a JSON file."), _sample),
    _command("list", N_("Red and black list, from a JSON file with scores."), _list),
    _command("percentile", N_("How many get how many stars, from a JSON file."), _percentile),
    _command("credit", N_("A credit file as of a day, from a JSON file."), _credit),
    lint,
)
