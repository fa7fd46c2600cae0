"""What may be asked for, as plain functions: no cash, a kind that is known, a sensible amount and number of places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from pointsys.plugin import N_, Problem, clean_text, normalise_text

from ..models import CATEGORIES
from ..rules import MOST_PLACES

MOST_TITLE = 60
MOST_TEXT = 500
MOST_NOTE = 200
# What a title made of a longer text keeps of it.
SHORT_TITLE = 24
CASH = ("cash", "money")
_CASH = re.compile(
    r"现金|现钱|人民币|红包|微信转账|转账|汇款|打款|打钱|借钱|借款|还债|还钱|筹款|募捐|捐款|捐钱|购物卡|充值|\bcash\b",
    re.IGNORECASE,
)
_FIRST = re.compile(r"[。！!？?；;\n]")
_DECIMAL = re.compile(r"\d{1,9}(?:\.\d{1,2})?", re.ASCII)


@dataclass(frozen=True)
class Asking:
    """What somebody asks for, as it came in: ``amount`` in yuan and ``slots`` are read by ``check``.

    ``words`` are meant for the wall once they are checked; ``private`` (door, phone, times) for the office and for
    whoever holds a claim. ``title`` "" takes the beginning of the words.
    """

    category: str
    words: str
    title: str = ""
    private: str = ""
    amount: object = None
    slots: object = 1
    hidden: bool = False


@dataclass(frozen=True)
class Checked:
    """The same in one spelling: ``amount`` in fen, ``slots`` 1 to 10."""

    category: str
    title: str
    words: str
    private: str
    amount: int
    slots: int
    hidden: bool


def check(asked: Asking, max_amount: int) -> Checked:
    """``asked`` as it can be kept; ``max_amount`` in fen.

    Raises the first of ``faults``: Problem cash_not_allowed, category_unknown, words_needed, too_long, bad_amount,
    amount_over_limit or bad_slots, each with its field.
    """
    for problem in faults(asked, max_amount):
        raise problem
    words, title = tidy(asked.words), clean_text(asked.title)
    return Checked(
        asked.category,
        title or title_of(words),
        words or title,
        tidy(asked.private),
        fen_of(asked.amount) if asked.category == "item" else 0,
        slots_of(asked.slots),
        asked.hidden,
    )


def faults(asked: Asking, max_amount: int) -> list[Problem]:
    """All that speaks against ``asked``, each with its field; ``max_amount`` in fen."""
    return [*_faults_of_words(asked), *_faults_of_numbers(asked, max_amount)]


def _faults_of_words(asked: Asking) -> Iterator[Problem]:
    words, title = tidy(asked.words), clean_text(asked.title)
    # Somebody may want to learn how to pay by phone.
    cash = asked.category != "skill" and _CASH.search(normalise_text(f"{title} {words}"))
    if asked.category in CASH or cash:
        yield Problem(
            "cash_not_allowed",
            N_("Nobody gives money here. Say which thing or which help you need instead."),
            field="category" if asked.category in CASH else "words",
        )
    if asked.category not in (*CATEGORIES, *CASH):
        yield Problem("category_unknown", N_("Choose what kind of help it is."), field="category")
    if not words and not title:
        yield Problem("words_needed", N_("Say in a few words what would help."), field="words")
    texts = {
        "title": (title, MOST_TITLE),
        "words": (words, MOST_TEXT),
        "private": (tidy(asked.private), MOST_TEXT),
    }
    for field, (text, most) in texts.items():
        if len(text) > most:
            yield Problem(
                "too_long", N_("Say it more briefly: at most %(most)s characters."), field=field, most=most
            )


def _faults_of_numbers(asked: Asking, max_amount: int) -> Iterator[Problem]:
    try:
        if fen_of(asked.amount) > max_amount:
            yield Problem(
                "amount_over_limit",
                N_(
                    "A wish may cost at most %(most)s yuan. Ask for something smaller, or for help without a price."
                ),
                field="amount",
                most=max_amount // 100,
            )
    except Problem as problem:
        yield problem
    try:
        slots_of(asked.slots)
    except Problem as problem:
        yield problem


def consent_needed() -> Problem:
    """The refusal of a wish for somebody of whom nobody noted how they agreed."""
    return Problem(
        "consent_needed",
        N_("Note how they agreed that you ask for them, such as “by phone on 3 March”."),
        field="consent",
    )


def tidy(text: str) -> str:
    """A text of some lines, each in its one spelling."""
    lines = (clean_text(line) for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def title_of(words: str) -> str:
    """The beginning of a text as a title: its first sentence, cut where it is long."""
    first = _FIRST.split(words, maxsplit=1)[0].strip()
    return first if len(first) <= SHORT_TITLE else first[: SHORT_TITLE - 1] + "…"


def fen_of(raw: object) -> int:
    """An amount of yuan (a number, its text, or nothing for none) in fen; raises Problem bad_amount."""
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        return 0
    text = normalise_text(raw).removesuffix("元").strip() if isinstance(raw, str) else str(raw)
    if (
        isinstance(raw, bool)
        or not isinstance(raw, int | float | str | Decimal)
        or not _DECIMAL.fullmatch(text)
    ):
        # A number of very many digits is a number all the same, and above every limit.
        if (
            isinstance(raw, int | str)
            and not isinstance(raw, bool)
            and re.fullmatch(r"\d{10,60}", text, re.ASCII)
        ):
            return 10**12
        raise _bad_amount()
    try:
        return int(Decimal(text) * 100)
    except InvalidOperation:
        raise _bad_amount() from None


def _bad_amount() -> Problem:
    return Problem(
        "bad_amount",
        N_("Write about how many yuan it costs, as a number such as 80 or 59.90."),
        field="amount",
    )


def slots_of(raw: object) -> int:
    """For how many helpers there is room: a whole number from 1 to 10; raises Problem bad_slots."""
    text = str(raw).strip() if isinstance(raw, int | str) and not isinstance(raw, bool) else ""
    if not re.fullmatch(r"\d{1,2}", text, re.ASCII) or not 1 <= int(text) <= MOST_PLACES:
        raise Problem(
            "bad_slots",
            N_("Say for how many helpers there is room: 1 to %(most)s."),
            field="slots",
            most=MOST_PLACES,
        )
    return int(text)
