"""A text as the scanner searches it: plain letters, simplified characters, every way of writing a digit as one.

``Reading`` keeps three forms of a text side by side, each character with its place in the text as given: ``words``,
``digits`` (of the same length) and, made from the latter, ``close``, in which nothing parts what belongs together.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_HAN_DIGITS = {
    **{c: str(i) for i, c in enumerate("零一二三四五六七八九")},
    **{c: str(i) for i, c in enumerate("〇壹贰叁肆伍陆柒捌玖")},
    "○": "0", "幺": "1", "两": "2", "弌": "1", "弍": "2", "弎": "3",
}  # fmt: skip
# Letters and words that are typed and said for digits; they count between digits alone.
_LOOK_ALIKES = {
    "o": "0",
    "O": "0",
    "l": "1",
    "I": "1",
    "么": "1",
    "参": "3",
    "洞": "0",
    "拐": "7",
    "勾": "9",
}
# Characters of the scanner's words and of frequent names in their traditional form: no dictionary.
_TRADITIONAL = dict(
    zip(
        "號樓電話單元棟層門戶園廈區組隊鄉鎮縣灣裡莊壩衚衕臺萬貳參叄陸兩"
        "機碼聯繫絡撥熱線賬帳寶銀寫銜騰"
        "腫瘤腦癱殘傷鬱慮閉顱愛塵療藥腎癲癇結風濕紅瘡癡聾啞視聽頭壞內術確診懷婦產歷喪憶陽爾茲"
        "貧親兒離異對脫滿釋矯訪債負難濟"
        "爺嬸師媽孫張陳劉楊趙吳黃馬許鄭謝韓馮鄧蕭葉蘇呂蔣盧賈鍾譚鄒龍賀賴龔錢湯閻齊嚴歐諸東長"
        "麗華國軍偉強蘭鳳蓮雲濤傑剛飛慶榮貴鐵鋼銘輝曉潔靜艷嬌瑩瓊賢賓鵬鴻樹橋楓權歡澤潤煥禮義聖聰興藝誠誼謙讓豐軒運達遠銳錦開關雙靈順領顧駿驕魯麥蘋紀維綿練綱網績齡鈞錄",
        "号楼电话单元栋层门户园厦区组队乡镇县湾里庄坝胡同台万贰参叁陆两"
        "机码联系络拨热线账帐宝银写衔腾"
        "肿瘤脑瘫残伤郁虑闭颅爱尘疗药肾癫痫结风湿红疮痴聋哑视听头坏内术确诊怀妇产历丧忆阳尔兹"
        "贫亲儿离异对脱满释矫访债负难济"
        "爷婶师妈孙张陈刘杨赵吴黄马许郑谢韩冯邓萧叶苏吕蒋卢贾钟谭邹龙贺赖龚钱汤阎齐严欧诸东长"
        "丽华国军伟强兰凤莲云涛杰刚飞庆荣贵铁钢铭辉晓洁静艳娇莹琼贤宾鹏鸿树桥枫权欢泽润焕礼义圣聪兴艺诚谊谦让丰轩运达远锐锦开关双灵顺领顾骏骄鲁麦苹纪维绵练纲网绩龄钧录",
        strict=True,
    )
)  # fmt: skip
# What people put between the characters of a word to hide it, and, any few signs, between the digits of a door.
_GAPS = re.compile(r"[\s·•.*_\-~…'’`]")
_BETWEEN_DIGITS = re.compile(r"(?:[^\w×]|_){1,4}(?=\d)")
_SIGNS = " \u3000,，、。.·-—_/*~～"


def plain(text: str) -> str:
    """A text in its plain form: compatible letters and widths as one, no accents, no invisible characters,
    simplified."""
    return "".join(_plain(raw) for raw in text)


def _plain(raw: str) -> str:
    if raw == "\N{KEYCAP TEN}":
        return "10"
    parts = (one for one in unicodedata.normalize("NFKD", raw) if unicodedata.category(one) not in _UNSEEN)
    return "".join(_TRADITIONAL.get(one, one) for one in parts)


# Marks on letters, keycaps and joiners hide nothing.
_MARKS = ("Mn", "Me")
_UNSEEN = ("Cf", *_MARKS)


class Reading:
    """A text as it is searched; ``places`` leads from the plain form back to the text as given.

    ``close`` has no gaps between words, and nothing between digits; ``close_places`` leads from it to the plain form.
    """

    def __init__(self, text: str) -> None:
        words: list[str] = []
        self.places: list[int] = []
        for place, raw in enumerate(text):
            for character in _plain(raw):
                words.append(character)
                self.places.append(place)
        self._text = text
        self.words = "".join(words)
        self.digits = "".join(_digits(words))
        self.close_places = _close(self.digits)
        self.close = "".join(self.digits[place] for place in self.close_places)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where a place of the plain form is in the text as given, the marks on it included: start, and before which
        it ends."""
        last = self.places[end - 1] + 1
        while last < len(self._text) and unicodedata.category(self._text[last]) in _MARKS:
            last += 1
        return self.places[start], last

    def span_of_close(self, start: int, end: int) -> tuple[int, int]:
        """The same for a place of ``close``."""
        return self.span(self.close_places[start], self.close_places[end - 1] + 1)


def _close(digits: str) -> list[int]:
    kept: list[int] = []
    for place, one in enumerate(digits):
        if _GAPS.match(one):
            continue
        if kept and digits[kept[-1]].isdigit() and _BETWEEN_DIGITS.match(digits, place):
            continue
        kept.append(place)
    return kept


def _digits(characters: Sequence[str]) -> list[str]:
    found = [_digit(one) for one in characters]
    for i, one in enumerate(found):
        if one in _LOOK_ALIKES:
            before = i > 0 and found[i - 1].isdigit()
            after = i + 1 < len(found) and (found[i + 1].isdigit() or found[i + 1] in _LOOK_ALIKES)
            if (
                before
                or _among_digits(found, i)
                or (after and any(other.isdigit() for other in found[i + 1 : i + 4]))
            ):
                found[i] = _LOOK_ALIKES[one]
    return found


def _among_digits(found: Sequence[str], place: int) -> bool:
    """Whether digits are on both sides, behind signs at most."""
    before = "".join(found[max(0, place - 4) : place]).rstrip(_SIGNS)
    after = "".join(found[place + 1 : place + 5]).lstrip(_SIGNS)
    return before[-1:].isdigit() and after[:1].isdigit()


def _digit(character: str) -> str:
    if character in _HAN_DIGITS:
        return _HAN_DIGITS[character]
    number = unicodedata.numeric(character, None)
    # Every kind of digit, those in black circles and of merchants too; but neither "½" nor "十".
    single = number is not None and number == int(number) and 0 <= number <= 9
    return str(int(number)) if number is not None and single else character
