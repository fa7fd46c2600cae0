"""What must not stand on the public wall: phones, ID numbers, accounts, addresses, illness and need, names.

``scan`` reads a text as a person would: full-width and Chinese digits count as digits, and blanks or signs between
them do not hide a number. Everything is pure; positions are those of the text as it was given.

Numbers: runs of digits are cut into groups by what stands between them; a number of several groups counts when it
begins and ends with one, so that a list of sizes or a date with a time is none. Words: lists below, and they are
broad on purpose, because a finding only asks the reviewer to look and to mask.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from .spelling import Reading, plain

PHONE, ID_NUMBER, ACCOUNT = "phone", "id_number", "account"
ADDRESS, ILLNESS, NEED, NAME = "address", "illness", "need", "name"
KINDS = (ID_NUMBER, ACCOUNT, PHONE, ADDRESS, ILLNESS, NEED, NAME)
# Stands in place of what was found; letters, so that what is left on both sides never becomes a number again.
MASK = "〔略〕"

# Between the digits of one number; a colon parts a time, a times sign a measure.
_BETWEEN = r"(?:[^\w:×]|_){0,20}"
_RUN = re.compile(rf"\d(?:{_BETWEEN}\d)*(?:{_BETWEEN}[xX](?![a-zA-Z]))?")
_GROUP = re.compile(r"\d+|[xX]")
_MOST_GROUPS = 20

_MOBILE = re.compile(r"(?:0|00)?(?:86)?1[3-9]\d{9}")
# In the usual threes and fours with words or signs between: 138转1234转5678; not 138元2026年1000.
_SPOKEN = re.compile(
    r"(?<!\d)1[3-9]\d[^\d元块年月日号岁斤克米寸厘点时分个]{1,8}\d{4}[^\d元块年月日号岁斤克米寸厘点时分个]{1,8}\d{4}(?!\d)"
)
_LANDLINE = re.compile(r"(?:0086|86)?(?:010|02\d|0[3-9]\d\d)[1-9]\d{6,7}|[48]00[1-9]\d{6}")
_CALLED = re.compile(
    r"(?:电话|手机|号码|联系|座机|拨打|致电|热线|tel|phone|mobile|call|dianhua|shouji|haoma|lianxi)\D{0,8}$",
    re.IGNORECASE,
)
_ACCOUNT = re.compile(
    r"(?:微\W?信|薇\W?信|威信|v\W?信|加我?[微薇v]|(?<!\w)[薇v](?=\W?:)"
    r"|weixin|wechat|wx|vx|qq|扣扣|支付宝|alipay|抖音|账号|帐号|账户|卡号|银行卡)"
    r"[号码帐账户名为是加]*[^\w]{0,4}([a-z0-9][a-z0-9_\-.@]{4,30})"
    r"|wxid_\w{4,30}|[\w.+\-]{2,40}@[\w\-]{1,40}(?:\.[\w\-]{2,20})+|https?://\S{3,200}",
    re.IGNORECASE,
)
# Digits as ``Reading.digits`` has them, and what is no digit.
_NUMERAL = "[0-9十百廿卅]"
# After a number these say that it is no door: 3楼12个人, 5号楼30岁.
_COUNTED = (
    "年月日岁元块个位只条件斤公克本点时分人层步度码寸厘毫米升瓦支张套双次天周"
    "节课名袋盒瓶平遍门小页字集回期届份颗粒根盏把台副架辆部枚捆箱包卷册格档级班"
)
_ADDRESS = (
    re.compile(
        rf"(?:(?<![月\d]){_NUMERAL}{{1,5}}|(?<![a-z])[a-z])"
        rf"(?:(?:栋|幢)(?!积木|房子|模型|玩具|小屋)|号楼(?!梯)|号院|号门|号大院|单元(?!练习|试卷|测试|测验|卷|课|单词|作文|复习|习题|检测|词))"
        rf"(?:[^\w]{{0,2}}{_NUMERAL}{{1,3}}[楼层])?",
        re.IGNORECASE,
    ),
    # A door behind a house: 3栋2单元502, 3#2-502.
    re.compile(
        rf"(?:(?:栋|幢|号楼|单元)[^\w]{{0,2}}\d{{2,4}}|(?:楼|#|座)[\s\-—]{{0,2}}\d{{3,4}})(?!\d|十|百|[{_COUNTED}])"
    ),
    re.compile(r"(?<!\d)\d{1,3}#\s?\d{0,2}-?\d{2,4}"),
    re.compile(r"(?<![\d\-/.])\d{1,3}[-/]\d{1,2}[-/]\d{3,4}(?![\d\-/.])"),
    re.compile(rf"(?<![\d\-/.:])\d{{1,2}}-[1-3]?\d0[1-9](?![\d\-/.:十百{_COUNTED}])"),
    re.compile(
        rf"\d{{3,4}}(?:室(?!内|外|温|友|.?厅)|号?房(?!子|屋|租|产|贷|价|东|车)|号户)"
        rf"|(?:门牌|房间|房)号?[是为]?[^\w]{{0,3}}(?:{_NUMERAL}{{2,5}}(?![{_COUNTED}]))"
        rf"|门牌号?[是为]?[^\w]{{0,3}}{_NUMERAL}{{1,5}}"
        rf"|(?<![a-z])[a-z]座{_NUMERAL}{{1,4}}",
        re.IGNORECASE,
    ),
    re.compile(
        rf"[\u4e00-\u9fff0-9]{{1,8}}(?:路|街|巷|胡同|大道|弄|组|队|村)[^\w]{{0,2}}{_NUMERAL}{{1,5}}号"
        rf"(?!线|楼梯|球|电池|字|色|码|队|衣|车|选手|座)"
    ),
)
# The same in Latin letters: 3 dong 2 danyuan 502, jiefang lu 12 hao, Room 502, 12 Jiefang Road.
_SAID = r"(?:(?:yi|er|liang|san|si|wu|liu|qi|ba|jiu|shi|ling|bai|yao)[\s\-']?){1,5}"
_LATIN_DOOR = (
    rf"(?:\W{{0,2}}(?:\d{{1,4}}|(?<![a-z]){_SAID}(?![a-z]))(?:\W{{0,2}}(?:shi|hao|室|号)(?![a-z]))?)?"
)
_ROMANISED = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\d\W{{0,2}}(?:dong|zhuang|hao[\s\-']?lou|dan[\s\-']?yuan|hao[\s\-']?yuan|号\W?lou)(?![a-z]){_LATIN_DOOR}",
        rf"(?<![a-z]){_SAID}(?:hao[\s\-']?lou|dan[\s\-']?yuan|hao[\s\-']?yuan)(?![a-z]){_LATIN_DOOR}",
        rf"(?<![a-z]){_SAID}dong\W{{0,2}}(?:\d|{_SAID}(?:dan|shi))",
        r"(?:dong|lou|dan[\s\-']?yuan|栋|楼|单元)\W{0,2}\d{3,4}(?!\d)",
        r"(?<!\d)\d{3,4}\W{0,2}(?:shi|fang)(?![a-z])",
        rf"(?<![a-z])(?:[a-z]{{2,15}}[\s\-']?){{0,2}}(?:lu|jie|xiang|hutong|dadao|nong|cun|zu|dui)\W{{0,2}}(?:\d{{1,5}}|{_SAID})\W{{0,2}}hao(?![a-z])",
        r"men[\s\-']?pai(?:[\s\-']?hao)?\W{0,3}\d{1,5}",
        r"(?<![a-z])(?:room|rm|building|bldg|apt|apartment|flat|house no|door no)\W{0,3}[a-z]?\d{1,4}(?!\d)",
        r"(?<!\d)\d{1,5}\W{1,3}(?:[a-z]{2,20}\W{1,2}){1,3}(?:road|rd|street|avenue|ave|lane|alley)(?![a-z])",
        r"(?<![a-z])(?:road|rd|street|avenue|ave|lane|alley)\W{0,3}(?:no\W{0,2})?\d{1,5}(?!\d)",
    )
)
# A house and a flat in front of their parts: the whole of "幸福小区3栋2单元502室" is one finding.
_ADDRESS_BEFORE = re.compile(
    r"(?:[\u4e00-\u9fff]{2,8}(?:小区|花园|家园|公寓|大厦|苑|院)"
    r"|[a-z]{2,20}[\s\-']?(?:xiao[\s\-']?qu|hua[\s\-']?yuan|jia[\s\-']?yuan|gong[\s\-']?yu))[^\w]{0,2}$",
    re.IGNORECASE,
)
_ILLNESS = re.compile(
    "癌|肿瘤|白血病|糖尿病|高血压|低血压|心脏病|冠心病|心脏搭桥|心衰|脑梗|脑瘫|脑出血|脑溢血|(?<![其空途集手当])中风|偏瘫|截瘫|瘫痪|瘫在床|卧床|残疾|残障|"
    "伤残|截肢|肢残|精神病|精神分裂|精神障碍|精神疾|抑郁|焦虑症|躁狂|自闭|孤独症|智障|智力障碍|智力低下|唐氏|弱智|艾滋|hiv|梅毒|"
    "性病|淋病|爱滋|乙肝|丙肝|肝炎|肝硬化|肺结核|结核病|尘肺|尿毒症|透析|化疗|放疗|靶向药|肾衰|肾病|肾移植|癫痫|羊癫疯|帕金森|阿尔茨海默|老年痴呆|"
    "痴呆|失智|失能|失明|盲人|眼盲|双目|聋哑|聋人|失聪|听障|视障|哑巴|哮喘|慢阻肺|类风湿|红斑狼疮|痛风|骨折|股骨头坏死|"
    "白内障|青光眼|手术|住院|icu|患病|患有|患了|身患|确诊|病重|重病|大病|重症|绝症|得了病|生病|疾病|病人|病情|病患|病史|"
    "精神状况|吃药|服药|药费|流产|怀孕|孕妇|戒毒|吸毒",
    re.IGNORECASE,
)
_NEED = re.compile(
    "低保|特困|五保|贫困户|贫困家庭|困难户|困难家庭|救助对象|脱贫户|孤儿|单亲|留守儿童|失独|离异|家暴|刑满|刑释|服刑|"
    "社区矫正|上访|信访|欠债|负债"
)
_HONORIFICS = (
    "阿姨|大爷|大妈|大娘|大叔|大哥|大姐|奶奶|爷爷|叔叔|伯伯|伯父|婶|女士|先生|小姐|老师|师傅|同志|老人|姐|哥"
)
_COMPOUND = ("欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "司徒")  # fmt: skip
_HAN_NAME = re.compile(r"[\u3400-\u9fff]{2,4}")


@dataclass(frozen=True, order=True)
class Find:
    """A part of a text, ``start`` to before ``end``, that must not be published; ``kind`` is one of ``KINDS``."""

    start: int
    end: int
    kind: str


def scan(text: str, names: Collection[str] = ()) -> list[Find]:
    """What of ``text`` must not be published, in order and without overlaps; ``names`` are those of the wisher."""
    read = Reading(text)
    found = [
        *_numbers(read),
        *_matches(read, ACCOUNT, _ACCOUNT),
        *_addresses(read),
        *_apart(read, ILLNESS, _ILLNESS),
        *_apart(read, NEED, _NEED),
        *_names(read, names),
    ]
    return _merged(found, text)


def masked(text: str, names: Collection[str] = ()) -> str:
    """``text`` with ``MASK`` in place of everything that ``scan`` finds; scanning it again finds nothing."""
    found = scan(text, names)
    while found:
        for one in reversed(found):
            text = text[: one.start] + MASK + text[one.end :]
        text = re.sub(f"(?:{MASK}[\\s，,、。.]*)+(?={MASK})", "", text)
        found = scan(text, names)
    return text


def pieces(text: str, finds: Sequence[Find]) -> list[tuple[str, str]]:
    """``text`` cut for a page: (part, kind of what was found there or "")."""
    cut, place = [], 0
    for one in finds:
        cut += [(text[place : one.start], ""), (text[one.start : one.end], one.kind)]
        place = one.end
    return [part for part in (*cut, (text[place:], "")) if part[0]]


def _merged(found: Sequence[Find], text: str) -> list[Find]:
    """One finding where several overlap, of the kind that weighs most, and where the parts of an address follow each
    other."""
    merged: list[Find] = []
    for one in sorted(found):
        if merged and (one.start < merged[-1].end or _goes_on(merged[-1], one, text)):
            last = merged.pop()
            kind = min(last.kind, one.kind, key=KINDS.index)
            one = Find(last.start, max(last.end, one.end), kind)
        merged.append(one)
    return merged


def _goes_on(last: Find, one: Find, text: str) -> bool:
    """Whether nothing but blanks and commas parts two pieces of an address."""
    return last.kind == one.kind == ADDRESS and not text[last.end : one.start].strip(" ,，、\u3000")


def _matches(read: Reading, kind: str, pattern: re.Pattern[str]) -> Iterator[Find]:
    for match in pattern.finditer(read.words):
        yield _at(read, match.start(), match.end(), kind)


def _at(read: Reading, start: int, end: int, kind: str) -> Find:
    """A finding at a place of the plain form."""
    return Find(*read.span(start, end), kind)


def _apart(read: Reading, kind: str, pattern: re.Pattern[str]) -> Iterator[Find]:
    """Words, also with blanks, ends of lines or dots between their characters."""
    letters = "".join(read.words[place] for place in read.close_places)
    for match in pattern.finditer(letters):
        yield Find(*read.span_of_close(match.start(), match.end()), kind)


def _addresses(read: Reading) -> Iterator[Find]:
    """Houses and doors as they stand, and with what was put between their characters left out."""
    for pattern in (*_ADDRESS, *_ROMANISED):
        for match in pattern.finditer(read.digits):
            yield Find(*read.span(_before(read.digits, match), match.end()), ADDRESS)
        # Where nothing is left out there is nothing more to find.
        for match in pattern.finditer(read.close) if read.close != read.digits else ():
            yield Find(*read.span_of_close(_before(read.close, match), match.end()), ADDRESS)


def _before(form: str, match: re.Match[str]) -> int:
    """Where an address begins, the name of its estate included."""
    before = _ADDRESS_BEFORE.search(form[max(0, match.start() - 36) : match.start()])
    return match.start() - len(before.group()) if before else match.start()


def _numbers(read: Reading) -> Iterator[Find]:
    for match in _SPOKEN.finditer(read.digits):
        yield _at(read, match.start(), match.end(), PHONE)
    for run in _RUN.finditer(read.digits):
        groups = [(m.start() + run.start(), m.group()) for m in _GROUP.finditer(run.group())]
        # Every group may begin a number: what overlaps becomes one finding, and nothing of either is left over.
        for place, (start, _text) in enumerate(groups):
            kind, count = _number_at(read, groups, place)
            if count:
                last, text = groups[place + count - 1]
                yield _at(read, start, last + len(text), kind)


def _number_at(read: Reading, groups: Sequence[tuple[int, str]], place: int) -> tuple[str, int]:
    """The kind of the number that begins with a group, and how many groups it has; 0 where there is none."""
    for count in range(min(_MOST_GROUPS, len(groups) - place), 0, -1):
        parts = [text for _at, text in groups[place : place + count]]
        joined = "".join(parts)
        if _is_id_number(joined):
            return ID_NUMBER, count
        if _is_phone(joined) and not (count > 1 and _is_isbn(joined)):
            return PHONE, count
        if count > 2 and len(joined) in (16, 19) and all(len(part) in (3, 4) for part in parts):
            return ACCOUNT, count
    alone = groups[place][1]
    if len(alone) >= 11 and not _is_isbn(alone):
        return ACCOUNT, 1
    return _short(read, groups, place)


def _short(read: Reading, groups: Sequence[tuple[int, str]], place: int) -> tuple[str, int]:
    """A phone without its area code: seven digits or more in one piece, or said to be a phone."""
    at, alone = groups[place]
    counted = alone in "1234567890"
    if 7 <= len(alone) <= 10 and not counted and not (len(alone) == 8 and _is_day(alone)):
        return PHONE, 1
    if _CALLED.search(read.words[max(0, at - 14) : at]):
        joined = ""
        for count, (_at, text) in enumerate(groups[place:], start=1):
            joined += text
            if 7 <= len(joined) <= 12:
                return PHONE, count
    return "", 0


def _is_phone(digits: str) -> bool:
    return bool(_MOBILE.fullmatch(digits) or _LANDLINE.fullmatch(digits))


def _is_id_number(digits: str) -> bool:
    """18 characters (the last may be an X) or the 15 of old cards, with a day of birth that there was."""
    body = digits[:-1]
    if len(digits) == 18:
        return body.isdigit() and _born(digits)
    return len(digits) == 15 and digits.isdigit() and digits[0] != "0" and _born(digits)


def _born(digits: str) -> bool:
    day = digits[6:14] if len(digits) > 15 else "19" + digits[6:12]
    return digits[0] != "0" and _is_day(day)


def _is_day(digits: str) -> bool:
    try:
        day = date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return False
    return 1880 <= day.year <= 2100


def _is_isbn(digits: str) -> bool:
    """A book's number, which wishes for books may name."""
    if len(digits) != 13 or not digits.isdigit() or digits[:3] not in ("978", "979"):
        return False
    return sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10 == 0


def _names(read: Reading, names: Collection[str]) -> Iterator[Find]:
    for name in names:
        for pattern in _name_patterns(plain(name).strip()):
            for match in re.finditer(pattern, read.words, re.IGNORECASE):
                yield _at(read, match.start(), match.end(), NAME)


def _name_patterns(name: str) -> Iterator[str]:
    """How somebody's name is written: whole, also with blanks; the given name; the surname with a form of address."""
    if _HAN_NAME.fullmatch(name):
        surname = name[:2] if name[:2] in _COMPOUND and len(name) > 2 else name[:1]
        given = name[len(surname) :]
        yield r"[^\w]{0,2}".join(map(re.escape, name))
        if len(given) >= 2:
            yield re.escape(given)
        yield f"{re.escape(surname)}(?:{_HONORIFICS})|(?:老|小){re.escape(surname)}(?![\u4e00-\u9fff]?[点时])"
        return
    parts = [part for part in re.split(r"[·•\s]+", name) if len(part) >= 2]
    for part in parts:
        yield re.escape(part)
