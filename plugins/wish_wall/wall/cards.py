"""Cards of wishes to hang up: what the public wall shows, with a picture that leads there."""

from __future__ import annotations

import io
from collections.abc import Callable, Collection, Sequence
from typing import Any

from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Area,
    Problem,
    current_site,
    paper_pdf,
    public_settings,
)

from ..finding import public_condition
from ..models import CLAIMED, PUBLISHED, WishesWish
from ..settings import rules_in
from ..words import CATEGORIES, yuan
from .reading import WallFilters, WallLine, wall_page

# Fifty sheets at four a sheet.
MOST = 200
# What fits between a long title and the picture.
MOST_TEXT = 100
A4, A6 = "a4", "a6"
SIZES = (A4, A6)
COLOURS = {"item": "#b4501e", "service": "#1d4f91", "skill": "#6a3d91", "company": "#1b6e3c"}


def chosen(session: Session, area: Area, public_ids: Collection[str]) -> list[WallLine]:
    """Those of some wishes that may hang in public: of the public wall, and not fulfilled yet. One statement.

    Raises Problem no_cards or too_many_cards.
    """
    condition = public_condition(area) & WishesWish.public_id.in_(public_ids)
    return _printable(session, condition, WallFilters(state=""))


def waiting(session: Session, area: Area, filters: WallFilters) -> list[WallLine]:
    """Those of the public wall that wait for somebody and fit ``filters``; one statement.

    Raises Problem no_cards or too_many_cards.
    """
    return _printable(session, public_condition(area), filters)


def _printable(session: Session, condition: Any, filters: WallFilters) -> list[WallLine]:
    condition = condition & WishesWish.state.in_((PUBLISHED, CLAIMED))
    lines, total = wall_page(session, condition, filters, limit=MOST + 1)
    if not total:
        raise Problem(
            "no_cards",
            N_("None of these wishes can hang in public: choose some that are on the public wall."),
        )
    if total > MOST:
        raise Problem(
            "too_many_cards", N_("At most %(most)s cards at a time: narrow them with a filter."), most=MOST
        )
    return lines


# (a wish, whether the area has a public page) -> where the picture of its card leads.
Address = Callable[[WallLine, bool], str]


def pdf(session: Session, area: Area, lines: Sequence[WallLine], size: str, address: Address) -> bytes:
    """The cards as a PDF: four on a sheet of A4 with lines to cut along, or one on each sheet of A6."""
    settings = public_settings(session, area.id)
    phone = rules_in(session, area.id).phone or settings.phone
    data = {
        "size": size if size in SIZES else A4,
        "area": area.name,
        "heading": gettext("Micro-wish"),
        "scan": gettext("Scan to claim it") if settings.page else gettext("Scan and sign in to claim it"),
        "phone": gettext("Questions: %(phone)s", phone=phone) if phone else "",
        "cards": [_card(line, address(line, settings.page)) for line in lines],
    }
    return paper_pdf("wishes/cards.typ", data)


def _card(line: WallLine, address: str) -> dict[str, object]:
    free = line.slots - line.taken
    return {
        "code": line.code,
        "kind": gettext(CATEGORIES[line.category]),
        "colour": COLOURS[line.category],
        "title": line.title,
        "text": _short(line.more),
        "theme": line.theme,
        "worth": _worth(line),
        "places": ngettext("%(num)s place left", "%(num)s places left", free) if line.slots > 1 else "",
        "qr": picture(address),
    }


def _worth(line: WallLine) -> str:
    if not line.amount:
        return ""
    words = "about %(yuan)s yuan each" if line.slots > 1 else "about %(yuan)s yuan"
    return str(gettext(words, yuan=yuan(line.amount)))


def _short(text: str) -> str:
    return text if len(text) <= MOST_TEXT else f"{text[: MOST_TEXT - 1]}…"


def picture(address: str) -> str:
    """A QR code of an address as SVG."""
    # Its tables take as long to make as a page does: only paper waits for them.
    import segno

    made = io.BytesIO()
    segno.make(address, error="m").save(made, kind="svg", border=0, xmldecl=False)
    return made.getvalue().decode()


def file_name(area: Area) -> str:
    """What the file is called."""
    return f"{area.name}-{gettext('Wish cards')}-{current_site().today().isoformat()}.pdf"
