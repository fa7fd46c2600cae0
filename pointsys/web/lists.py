"""Reading a list's filters, order and page from the address: nothing but what the view allows gets through."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from flask import request, url_for

T = TypeVar("T")

MAX_TEXT = 200
MAX_PAGE = 100_000
SIZES = (20, 50, 100, 200)
# What goes on paper at once: some ten sheets.
PRINTED_ROWS = 500


@dataclass(frozen=True)
class ListArgs:
    """What the reader asked of a list; ``filters`` has every name the view declared, "" for those not used."""

    q: str = ""
    page: int = 1
    size: int = 50
    sort: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return self.filters[name]

    @property
    def offset(self) -> int:
        """How many rows come before this page."""
        return (self.page - 1) * self.size

    @property
    def narrowed(self) -> bool:
        """Whether the list shows less than all: then an empty one says so."""
        return bool(self.q or any(self.filters.values()))


@dataclass(frozen=True)
class Paged(Generic[T]):
    """One page of rows and how many there are in all; ``page`` counts from 1."""

    rows: Sequence[T]
    total: int
    page: int
    size: int

    @classmethod
    def cut(cls, rows: Sequence[T], page: int, size: int) -> Paged[T]:
        """A page of rows that are all read already."""
        return cls(rows[(page - 1) * size : page * size], len(rows), page, size)

    @classmethod
    def whole(cls, rows: Sequence[T]) -> Paged[T]:
        """All rows on one page."""
        return cls(rows, len(rows), 1, len(rows) or 1)


def clean_arg(name: str) -> str:
    """A text from the address without control characters, at most 200 characters."""
    return clean_value(request.args.get(name, ""))


def clean_value(raw: str) -> str:
    """The same of a text that came otherwise."""
    raw = raw[: MAX_TEXT * 2]
    return "".join(c for c in raw if unicodedata.category(c) not in ("Cc", "Cs")).strip()[:MAX_TEXT]


def printing() -> bool:
    """Whether the list is asked for on paper: then it has more rows, and prints itself."""
    return request.args.get("print") == "1"


def _number(name: str, default: int) -> int:
    raw = request.args.get(name, "")
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 7 else default


def list_args(*filters: str, sorts: Collection[str] = (), sort: str = "", size: int = 50) -> ListArgs:
    """The list arguments of this request.

    ``filters`` are the names of the view's own filters; ``sorts`` the orders it knows, ``sort`` its usual one.
    Anything else in the address is passed over; an unknown order or page size becomes the usual one.
    """
    wanted = clean_arg("sort")
    asked_size = _number("size", size)
    return ListArgs(
        q=clean_arg("q"),
        page=min(max(1, _number("page", 1)), MAX_PAGE),
        size=PRINTED_ROWS if printing() else asked_size if asked_size in SIZES else size,
        sort=wanted if wanted in sorts else sort,
        filters={name: clean_arg(name) for name in filters},
    )


def url_with(**changes: Any) -> str:
    """This page's address with some arguments changed; "" or None drops one, and the list starts at page 1 again."""
    if request.endpoint is None:
        return ""
    values: dict[str, Any] = request.args.to_dict()
    if "page" not in changes:
        values.pop("page", None)
    values.update(changes)
    own = dict(request.view_args or {})
    # Names that url_for reads as orders to itself (endpoint, _external, _scheme) are never a list's arguments.
    taken = {"endpoint", *own}
    kept = {
        k: v for k, v in values.items() if v not in ("", None) and not k.startswith("_") and k not in taken
    }
    return url_for(request.endpoint, **own, **kept)
