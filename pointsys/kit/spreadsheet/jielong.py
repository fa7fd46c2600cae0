"""Reading a WeChat 接龙: the numbered list of names that a group chat makes when people sign up."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass

from pointsys.kit.identity import clean_text, is_han, normalise_name, normalise_text

_MARK = re.compile(r"#?\s*接龙")
_ITEM = re.compile(r"(\d{1,4})\s*(?:[.、,)。]|:(?!\d)|\s|(?=[^\d月日号年点时:]))\s*(.*)", re.DOTALL)
_CIRCLED = re.compile("[①-⑳㉑-㉟㊱-㊿]")
_BRACKETED = re.compile(r"[(\[{【〔]([^)\]}】〕]*)[)\]}】〕]?")
_HEADS = re.compile(r"[,;、\s\-—:+]*(\d{1,3}|[一二两三四五六七八九十])\s*(?:个人|人|位|名|个)\s*$")
_PLUS = re.compile(r"\s*\+\s*(\d{1,3})\s*(?:人|位|个)?\s*$")
_BREAK = re.compile(r"[\s,;，、。/|:+—-]+")
_NUMERALS = {character: number for number, character in enumerate("一二三四五六七八九十", start=1)} | {
    "两": 2
}
_LONGEST_NAME = 40
# A line of a chat is shorter; the rest of a longer one is not looked at.
_LONGEST_LINE = 500


@dataclass(frozen=True, slots=True)
class JielongName:
    """One numbered line: the name, what else it said, and for how many people it stands."""

    order: int
    name: str
    note: str = ""
    count: int = 1


@dataclass(frozen=True, slots=True)
class Jielong:
    """A 接龙: ``title`` is the text above the list, ``lines`` are those without a name in them."""

    title: str
    lines: tuple[str, ...]
    names: tuple[JielongName, ...]

    @property
    def repeated(self) -> frozenset[str]:
        """The names that come more than once."""
        return frozenset(name for name, times in Counter(n.name for n in self.names).items() if times > 1)

    @property
    def unique(self) -> tuple[str, ...]:
        """Every name once, in the order of the list."""
        return tuple(dict.fromkeys(item.name for item in self.names))


def parse_jielong(text: str) -> Jielong:
    """Read a pasted 接龙; a line counts when it starts with a number or stands below a numbered one.

    Notes in brackets, emoji and “1人” are taken off the name; a name is never looked up or corrected here.
    """
    title: list[str] = []
    lines: list[str] = []
    names: list[JielongName] = []
    for raw in text.splitlines():
        line = clean_text(raw)[:_LONGEST_LINE]
        if not line or (not names and _MARK.fullmatch(line)):
            continue
        numbered = _ITEM.fullmatch(_plain(line))
        # A date or a phone in the heading starts with a number too: the list starts at 1.
        if numbered and not names and int(numbered[1]) != 1:
            numbered = None
        if numbered is None:
            (lines if names else title).append(line)
            continue
        found = _read_name(int(numbered[1]), numbered[2])
        if found is not None:
            names.append(found)
        elif numbered[2].strip():
            lines.append(line)
    return Jielong("\n".join(title), tuple(lines), tuple(names))


def _plain(line: str) -> str:
    # NFKC would turn ① into a bare 1 that runs into a following digit.
    return normalise_text(_CIRCLED.sub(lambda found: f"{unicodedata.numeric(found[0]):.0f}.", line))


def _read_name(order: int, text: str) -> JielongName | None:
    text = "".join(
        character for character in text if unicodedata.category(character) not in ("So", "Sk", "Cs")
    )
    notes = [note.strip() for note in _BRACKETED.findall(text)]
    text = _BRACKETED.sub(" ", text).strip().lstrip("@").strip()
    count = 1
    if plus := _PLUS.search(text):
        count, text = 1 + int(plus[1]), text[: plus.start()]
    elif heads := _HEADS.search(text):
        count, text = _NUMERALS.get(heads[1]) or int(heads[1]), text[: heads.start()]
    name, rest = _name_and_rest(text.strip())
    if not any(character.isalpha() for character in name) or len(name) > _LONGEST_NAME:
        return None
    note = " ".join(part for part in (*notes, rest) if part)
    return JielongName(order, normalise_name(name), note, max(1, count))


def _name_and_rest(text: str) -> tuple[str, str]:
    words = [word for word in _BREAK.split(text) if word]
    if not words:
        return "", ""
    if all(len(word) == 1 and is_han(word) for word in words):
        return "".join(words), ""  # “张 三”
    if not is_han(words[0][0]):
        return text, ""  # a Latin name keeps its words
    name = re.match(r"[^\d]+", words[0])
    if name is None:
        return words[0], " ".join(words[1:])
    return name[0], " ".join(filter(None, (words[0][name.end() :], *words[1:])))
