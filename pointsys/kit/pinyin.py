"""Search keys for people: what somebody may type for a name, with every reading of its surname."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice, product

from pointsys.kit.identity import DOT, is_han, normalise_name

MAX_GIVEN_READINGS = 16

# Readings as surnames come first; pypinyin adds the others, and misses or misorders these.
SURNAMES = {
    "曾": ("zeng",), "单": ("shan",), "查": ("zha",), "仇": ("qiu",), "解": ("xie",), "朴": ("piao", "pu"),
    "区": ("ou",), "盖": ("ge", "gai"), "任": ("ren",), "召": ("shao",), "冼": ("xian",), "洗": ("xian",),
    "折": ("she",), "翟": ("zhai", "di"), "缪": ("miao",), "牟": ("mou", "mu"), "费": ("fei", "bi"),
    "逄": ("pang",), "逯": ("lu",), "员": ("yun",), "黑": ("he",), "祭": ("zhai",), "覃": ("qin", "tan"),
    "种": ("chong",), "繁": ("po",), "秘": ("bi",), "乜": ("nie",), "隗": ("wei", "kui"), "郗": ("xi", "chi"),
    "句": ("gou",), "盛": ("sheng",), "柏": ("bai", "bo"), "谌": ("chen", "shen"), "阚": ("kan",),
    "宓": ("mi", "fu"), "乐": ("yue", "le"), "应": ("ying",), "厍": ("she",), "莘": ("shen", "xin"),
    "郇": ("xun", "huan"), "郄": ("qie", "xi"), "燕": ("yan",), "万": ("wan",), "尉": ("wei", "yu"),
    "晟": ("cheng",), "哈": ("ha",), "仉": ("zhang",), "璩": ("qu",), "过": ("guo",), "佴": ("nai",),
    "眭": ("sui",), "昝": ("zan",), "訾": ("zi",), "宿": ("su",), "车": ("che",), "石": ("shi",),
    "贾": ("jia",), "沈": ("shen",), "薄": ("bo",), "粘": ("nian",), "长": ("chang", "zhang"),
    "吕": ("lv", "lu", "lyu"), "闾": ("lv", "lu", "lyu"),
}  # fmt: skip

# Compound surnames whose reading is not that of their characters one by one.
COMPOUND_SURNAMES = {
    "尉迟": ("yu", "chi"), "万俟": ("mo", "qi"), "澹台": ("tan", "tai"), "长孙": ("zhang", "sun"),
    "单于": ("chan", "yu"), "亓官": ("qi", "guan"), "子车": ("zi", "ju"), "乐正": ("yue", "zheng"),
    "宰父": ("zai", "fu"), "拓跋": ("tuo", "ba"), "谷梁": ("gu", "liang"), "夏侯": ("xia", "hou"),
    "欧阳": ("ou", "yang"), "令狐": ("ling", "hu"), "皇甫": ("huang", "fu"), "鲜于": ("xian", "yu"),
    "颛孙": ("zhuan", "sun"), "赫连": ("he", "lian"), "独孤": ("du", "gu"), "呼延": ("hu", "yan"),
}  # fmt: skip

_LATIN_WORD = re.compile(r"[a-z0-9]+")


def pinyin_keys(name: str) -> str:
    """Return the lower-case search tokens of ``name``, separated by blanks, the likeliest first.

    Each reading of the surname, with each reading of the given name (at most 16), gives the whole pinyin and
    its initials: 单晓明 -> "shanxiaoming sxm danxiaoming dxm …". Parts of a name with dots, and the words of
    a Latin name, are tokens of their own as well.
    """
    name = normalise_name(name)
    tokens: dict[str, None] = {}
    for syllables in _readings(name.replace(DOT, "")):
        tokens["".join(syllables)] = None
        tokens["".join(syllable[0] for syllable in syllables)] = None
    if DOT in name:
        for part in name.split(DOT):
            tokens["".join(_default(part))] = None
    for word in _LATIN_WORD.findall(name.casefold()):
        tokens[word] = None
    return " ".join(token for token in tokens if token)


def sort_syllables(name: str) -> str:
    """Return the likeliest reading of ``name`` for sorting, syllable by syllable: 陈凤 stands before 程春.

    The syllables are joined by "0": it sorts before every letter in each collation, where a blank may not count.
    """
    for syllables in _readings(normalise_name(name).replace(DOT, "")):
        return "0".join(syllables)
    return ""


def _readings(name: str) -> Iterator[tuple[str, ...]]:
    """Yield the syllables of ``name``, once for each way to read it."""
    if not any(map(is_han, name)):
        words = tuple(_LATIN_WORD.findall(name.casefold()))
        if words:
            yield words
        return
    compound = COMPOUND_SURNAMES.get(name[:2]) if len(name) > 2 else None
    if compound:
        for given in _given_readings(name[2:]):
            yield (*compound, *given)
    surnames = dict.fromkeys((*SURNAMES.get(name[0], ()), *_every(name[0])))
    for surname in surnames:
        for given in _given_readings(name[1:]):
            yield (surname, *given)


# A roster has few characters and many people: most of its names are made of what was read before.
@lru_cache(maxsize=2_048)
def _given_readings(given: str) -> tuple[tuple[str, ...], ...]:
    """The usual reading of a given name first, then the other combinations up to the cap."""
    readings = {tuple(_default(given)): None}
    choices = [_every(character) or ("",) for character in given]
    for combination in islice(product(*choices), MAX_GIVEN_READINGS):
        readings[tuple(filter(None, combination))] = None
    return tuple(readings)[:MAX_GIVEN_READINGS]


def _default(text: str) -> list[str]:
    # Its dictionaries take a quarter of a second to load: only who really has a name to read waits for them.
    from pypinyin import lazy_pinyin

    return [word.casefold() for word in lazy_pinyin(text, errors="ignore") if word]


@lru_cache(maxsize=8_192)
def _every(character: str) -> tuple[str, ...]:
    from pypinyin import Style, pinyin

    found = pinyin(character, style=Style.NORMAL, heteronym=True, errors="ignore")
    return tuple(found[0]) if found else ()
