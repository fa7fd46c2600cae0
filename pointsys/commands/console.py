"""Printing: one JSON object or plain lines on standard output, progress on standard error."""

from __future__ import annotations

import json
import sys
import time
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import click

from pointsys.commands import texts
from pointsys.kit.problems import N_

# Somebody who watches a log file wants to know that work goes on, not each step of it.
_EVERY = 10.0
_REDRAW = 0.1

json_option = click.option("--json", "as_json", is_flag=True, help=N_("Print one JSON object."))


def emit(data: Mapping[str, object]) -> None:
    """Print ``data`` as the one JSON object of a command."""
    click.echo(json.dumps(data, ensure_ascii=False))


def width(text: str) -> int:
    """Columns that ``text`` takes in a terminal: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(ch) in "WF" else 1 for ch in text)


def table(rows: Sequence[Sequence[str]], heading: Sequence[str] = ()) -> None:
    """Print rows in aligned columns; the last column is not padded."""
    lines = [list(heading), *map(list, rows)] if heading else [list(row) for row in rows]
    if not lines:
        return
    widths = [max(width(line[i]) for line in lines) for i in range(len(lines[0]))]
    for line in lines:
        cells = [cell + " " * (wide - width(cell)) for cell, wide in zip(line, widths, strict=True)]
        click.echo("  ".join(cells).rstrip())


@contextmanager
def progress(label: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """A function to call with how much is done: one line redrawn on a terminal, else a line now and then."""
    shown = _Progress(label, total)
    try:
        yield shown.update
    finally:
        shown.finish()


class Steps:
    """Progress of steps one after the other: call it with (step, done, total); ``labels`` names the steps."""

    def __init__(self, labels: Mapping[str, str]) -> None:
        self._labels = labels
        self._step = ""
        self._shown: _Progress | None = None

    def __enter__(self) -> Steps:
        return self

    def __exit__(self, *_: object) -> None:
        if self._shown is not None:
            self._shown.finish()

    def __call__(self, step: str, done: int, total: int) -> None:
        if step != self._step or self._shown is None:
            if self._shown is not None:
                self._shown.finish()
            self._step, self._shown = step, _Progress(texts._(self._labels.get(step, step)), total or None)
        self._shown.update(done)


class _Progress:
    def __init__(self, label: str, total: int | None) -> None:
        self.label = label
        self.total = total
        self.terminal = sys.stderr.isatty()
        self.last = time.monotonic()
        self.drawn = False

    def update(self, done: int) -> None:
        now = time.monotonic()
        if now - self.last < (_REDRAW if self.terminal else _EVERY):
            return
        self.last = now
        text = f"{self.label} {done}" + (f"/{self.total}" if self.total is not None else "")
        if self.terminal:
            self.drawn = True
            click.echo(f"\r{text}", nl=False, err=True)
        else:
            click.echo(text, err=True)

    def finish(self) -> None:
        if self.drawn:
            click.echo("\r" + " " * (width(self.label) + 24) + "\r", nl=False, err=True)
