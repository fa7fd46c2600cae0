"""What may not stand on the public wall is found however it is written, and ordinary wishes are left alone."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsys.plugins.wish_wall import scanning
from pointsys.plugins.wish_wall.scanning import (
    ACCOUNT,
    ADDRESS,
    ID_NUMBER,
    ILLNESS,
    KINDS,
    MASK,
    NAME,
    NEED,
    PHONE,
    masked,
    pieces,
    scan,
)

HAN = str.maketrans("0123456789", "零一二三四五六七八九")
FORMAL = str.maketrans("0123456789", "〇壹贰叁肆伍陆柒捌玖")
FULL = str.maketrans("0123456789-", "０１２３４５６７８９－")
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
BLACK = str.maketrans("0123456789", "⓿❶❷❸❹❺❻❼❽❾")
FRAMES = (
    "想要一个电饭锅，电话{}，谢谢",
    "{}",
    "孩子今年12岁，上3年级，{}，晚上8点后在家",
    "请联系{}。",
    "我78了（{}）想有人陪着说话",
    "2026-11-23 09:30 以后打{} 都行",
    "身高165，{}，鞋码42",
)


def _between(text: str, sign: str, *cuts: int) -> str:
    parts, last = [], 0
    for cut in (*cuts, len(text)):
        parts.append(text[last:cut])
        last = cut
    return sign.join(parts)


def _ways(number: str, cuts: tuple[int, ...]) -> Iterator[str]:
    yield number
    for sign in (" ", "-", "—", ".", "·", "，", "/", "  ", " - ", "_", "\n", "*"):
        yield _between(number, sign, *cuts)
    yield " ".join(number)
    yield "-".join(number)
    yield number.translate(FULL)
    yield _between(number, "－", *cuts).translate(FULL)
    yield number.translate(HAN)
    yield number.translate(FORMAL)
    yield "、".join(number.translate(HAN))
    yield number.translate(HAN).replace("一", "幺")
    yield number[:5] + number[5:].translate(HAN)
    yield "".join(chr(0x2460 + int(c) - 1) if c in "123456789" else c for c in number)
    yield number.translate(ARABIC)
    yield number.translate(BLACK)
    yield number[:3] + " \n        " + number[3:]
    yield number[:3] + "\u200b" + number[3:]
    yield number[:2] + number[2:].replace("0", "O")
    yield "".join(f"{digit}\ufe0f\u20e3" for digit in number)
    yield " ".join(f"{digit}\ufe0f\u20e3" for digit in number)
    yield "".join(digit.translate((HAN, FULL, BLACK, FORMAL)[i % 4]) for i, digit in enumerate(number))
    yield " . ".join(digit.translate((FORMAL, HAN, FULL)[i % 3]) for i, digit in enumerate(number))
    yield number.translate(str.maketrans("0179", "洞幺拐勾"))


def _phones(chance: random.Random) -> Iterator[str]:
    for head in ("13", "17", "19"):
        mobile = head + "".join(chance.choice("0123456789") for _ in range(9))
        yield from _ways(mobile, (3, 7))
        yield f"+86 {mobile}"
        yield f"0086{mobile}"
        yield from (_between(mobile, sign, 3, 7) for sign in ("转", "然后", ":", "×", "～～～～～～～"))
    for code in ("0991", "010", "021", "0755"):
        local = "".join(chance.choice("23456789") for _ in range(8 if len(code) == 3 else 7))
        yield from (
            f"{code}-{local}",
            f"（{code}）{local}",
            f"{code} {local[:4]} {local[4:]}",
            code + local,
            local,
        )


def _id_numbers(chance: random.Random) -> Iterator[str]:
    for last in "0123456789Xx":
        born = f"{chance.randint(1930, 2015)}{chance.randint(1, 12):02d}{chance.randint(1, 28):02d}"
        number = f"65010{chance.randint(2, 9)}{born}{chance.randint(100, 999)}{last}"
        yield from (
            number,
            _between(number, " ", 6, 14),
            _between(number, "-", 6, 10, 14),
            number.translate(FULL),
        )
        yield from (number[:-1].translate(HAN) + last, " ".join(number), f"{number[:17]} {last}")
        old = number[:6] + born[2:] + number[14:17]
        yield from (old, _between(old, " ", 6, 12))


@pytest.mark.parametrize(("kind", "numbers"), [(PHONE, _phones), (ID_NUMBER, _id_numbers)])
def test_s57_phones_and_id_numbers_are_found_however_they_are_written(
    kind: str, numbers: Callable[[random.Random], Iterator[str]]
) -> None:
    seeded = [(number, frame) for number in numbers(random.Random(20261123)) for frame in FRAMES]
    missed = []
    for number, frame in seeded:
        text = frame.format(number)
        left = masked(text)
        digits = sum(
            c.isdigit() for c in left.translate(str.maketrans("零一二三四五六七八九幺", "01234567891"))
        )
        allowed = sum(c.isdigit() for c in frame.format(""))
        # No more digits are left than the frame around the number has.
        if not scan(text) or digits > allowed + frame.count("一"):
            missed.append(text)
    assert len(seeded) > 700
    assert missed == []


PINYIN = dict(
    zip("0123456789", ("ling", "yi", "er", "san", "si", "wu", "liu", "qi", "ba", "jiu"), strict=True)
)
# House, unit and door as people write them, and hide them.
DOORS = (
    "{house}栋{unit}单元{door}", "{house}号楼{unit}单元{door}室", "{house}棟{unit}單元{door}室", "{door}室",
    "{house}號樓{door}", "{house} 栋 {unit} 单元 {door} 室", "{house}·栋{unit}·单元", "{house}幢{door}",
    "{house}号 楼 {door}", "门牌号{door}", "門牌號：{door}", "房间号 {door}", "{door}号房", "B座{door}",
    "{house}#{unit}-{door}", "{house}-{unit}-{door}", "幸福路{house}号", "解放街{house}號",
)  # fmt: skip
LATIN_DOORS = (
    "{house} dong {unit} danyuan {door} shi", "{house}dong{unit}danyuan{door}", "{house} haolou {door}",
    "{house}hao lou", "XINGFU LU {house} HAO", "xìngfú lù {house} hào", "jiefang beilu{house}hao",
    "{unit} dān yuán {door}", "{door} shi", "Room {door}", "rm. {door}", "Building {house}",
    "{house} Jiefang North Road", "menpai hao {door}", "{house}号lou",
)  # fmt: skip


def _door(chance: random.Random) -> dict[str, str]:
    """A house, a unit and a door of four digits at most, none of them round."""
    floor, flat = chance.randint(1, 28), chance.randint(1, 9)
    return {
        "house": str(chance.randint(2, 98)),
        "unit": str(chance.randint(2, 9)),
        "door": f"{floor}0{flat}",
    }


def _door_ways(number: str) -> Iterator[str]:
    yield number
    yield number.translate(FULL)
    yield number.translate(HAN)
    yield number.translate(FORMAL)
    yield from (sign.join(number) for sign in (" ", ".", "-", "·", "、", "\u3000", "*"))
    yield " ".join(number.translate(HAN))
    yield " ".join(number.translate(FULL))
    yield "".join(f"{digit}\ufe0f\u20e3" for digit in number)
    yield "".join(digit.translate((HAN, FULL, BLACK)[i % 3]) for i, digit in enumerate(number))


def _addresses(chance: random.Random) -> Iterator[tuple[str, str]]:
    """Addresses and the frame in which they stand."""
    for shape in DOORS:
        said = _door(chance)
        ways = {key: list(_door_ways(number)) for key, number in said.items()}
        for each in zip(*ways.values(), strict=True):
            # Signs between the parts of 7-2-601 part its digits too, so only whole digits can be told there.
            if "-" not in shape or all(
                len(number) == len(said[key]) for key, number in zip(ways, each, strict=True)
            ):
                yield shape.format(**dict(zip(ways, each, strict=True))), chance.choice(FRAMES)
    for shape in LATIN_DOORS:
        for _again in range(3):
            address = shape.format(**_door(chance))
            yield from (
                (one, chance.choice(FRAMES)) for one in (address, address.upper(), address.translate(FULL))
            )
    for _again in range(20):
        said = {key: " ".join(PINYIN[digit] for digit in number) for key, number in _door(chance).items()}
        yield "{house} dong {unit} danyuan {door}".format(**said), chance.choice(FRAMES)


def test_s57_houses_and_doors_are_found_however_they_are_written() -> None:
    seeded = list(_addresses(random.Random(20261123)))
    texts = [frame.format(f" {address} ") for address, frame in seeded]
    missed = [text for text in texts if not scan(text)]
    assert len(texts) > 350
    assert missed == []
    # Nothing of a door is left once it is masked.
    left = [masked(address) for address, _frame in seeded if re.search(r"\d{3}", masked(address))]
    assert left == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("老伴得了癌症", ILLNESS), ("確診腫瘤，正在化療", ILLNESS), ("腦癱的孩子", ILLNESS), ("他得了抑鬱症", ILLNESS),
        ("剛做完手術", ILLNESS), ("家裡是貧困戶", NEED), ("單親媽媽", NEED), ("手機 6 6 2 2 3 1 1", PHONE),
        ("聯繫電話：662 2311", PHONE), ("支付寶 laowang66", ACCOUNT), ("銀行賬號 abc12345", ACCOUNT),
    ],
)  # fmt: skip
def test_s57_traditional_characters_hide_nothing(text: str, kind: str) -> None:
    assert kind in {one.kind for one in scan(text)}
    assert scan(masked(text)) == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("我住幸福小区3栋2单元502，送来就好", ADDRESS),
        ("请送到5号楼1203", ADDRESS),
        ("在解放北路118号院里", ADDRESS),
        ("三栋二单元", ADDRESS),
        ("家在 7-2-601", ADDRESS),
        ("门牌号是十二", ADDRESS),
        ("302室，晚上在家", ADDRESS),
        ("B座1201", ADDRESS),
        ("幸福巷十二号", ADDRESS),
        ("老伴得了糖尿病，想要血糖仪", ILLNESS),
        ("孩子有自闭症，希望有人教画画", ILLNESS),
        ("我是残疾人，想要一个手机支架", ILLNESS),
        ("刚做完手术", ILLNESS),
        ("老伴有糖 尿 病", ILLNESS),
        ("得的是尿·毒\n症", ILLNESS),
        ("家里是低-保户", NEED),
        ("家里是低保户，想要书包", NEED),
        ("微信号 lao_wang66", ACCOUNT),
        ("加v信：zhang-123", ACCOUNT),
        ("加我薇❤zhang12345", ACCOUNT),
        ("微 信 zhang12345", ACCOUNT),
        ("QQ 123456789", ACCOUNT),
        ("卡号6222 0210 0111 6245 702", ACCOUNT),
        ("发到 wang@example.cn 吧", ACCOUNT),
    ],
)
def test_s57_addresses_illness_need_and_accounts_are_found(text: str, kind: str) -> None:
    found = scan(text)
    assert kind in {one.kind for one in found}
    assert scan(masked(text)) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("王秀英", "我是王秀英，想要一把轮椅"),
        ("王秀英", "王 秀 英 想学用手机"),
        ("王秀英", "秀英想学用手机"),
        ("王秀英", "请帮帮王奶奶"),
        ("欧阳锋", "欧阳大爷要换灯"),
        ("阿依古丽·买买提", "阿依古丽想要一本字典"),
        ("张丽华", "我是張麗華家的"),
        ("陈建国", "請幫幫陳爺爺"),
    ],
)
def test_s57_the_wishers_name_is_found(name: str, text: str) -> None:
    assert [one.kind for one in scan(text, [name])] == [NAME]
    assert not scan(text, ["赵四海"])


ORDINARY = (
    "想要一个3升的电饭锅，200元左右", "希望有人陪我下象棋，每周二下午2点到4点", "想要一双42码的棉鞋",
    "孩子上3年级，想要一套《十万个为什么》", "想要一本书，ISBN 9787020002207", "教我用手机给孙子打视频",
    "想要一个书包和12支铅笔", "帮忙换一下厨房的灯泡，5瓦的就行", "冬天到了，想要一床2米乘1.8米的棉被",
    "想在2026年11月30日前收到", "想要一辆二手自行车，26寸", "周一至周五上午9:00-11:30有空", "想要一台收音机",
    "想找人一起练合唱，每次1小时", "想学包粽子，三个人一起学", "想有人陪着去公园走走，一周一次",
    "想要4节5号电池", "需要3个志愿者帮忙搬花盆", "电视遥控器坏了，想换一个", "想要一副老花镜，200度",
    "想让孩子周末学书法，2人一组", "想要一个保温杯，500毫升", "想过一个热闹的80岁生日",
    "想要一把椅子，高45厘米", "希望2027年春节前拍一张全家福", "帮忙修一下水龙头", "想要一套四大名著",
    "请人教我做三道菜", "想看一次12月24日晚上7点半的演出", "想有人读报给我听", "想要150*200的床单",
    "需要一台千元以内的学习机，预算300元", "一家六口想吃一顿团圆饭", "想要一个两层的鞋架",
    "想要一件138元、2026年出的1000片拼图", "想学做手 擀面，术业有专攻", "家里3口人，想要一袋10公斤的米",
    "希望有人帮忙打扫，每月1号", "住三楼，没有电梯，想有人帮忙提米", "想要一张公交卡",
    "想要70×140厘米的毛巾2条", "想要3本书", "想要5号电池2节", "100元以内的台灯", "孙女2岁，想要积木",
    "想要12色彩笔", "想要一件7号球衣", "第3次许愿，想要跳绳", "校队7号球衣一件", "想要7号电池和5号电池各4节",
    "想要一本5年级上册第3单元练习题", "想要3个座位的小沙发", "想要500克毛线", "想要1000块的拼图",
    "室内穿的棉拖鞋38码", "身高165，室内运动服一套", "想要一台2000瓦的电暖器", "住6楼，2个人抬一下旧柜子",
    "12月3号楼下集合去看展", "想要120支铅笔，分给30个孩子", "每天8点、12点、18点提醒我", "想要24寸的行李箱",
    "想看2027年元旦晚会", "想听60年代的老歌", "想要1.5米宽的窗帘", "想要A4纸一包，500张", "想学第8套广播体操",
    "想要一本《一百个为什么》", "想要60瓦的灯泡3个", "上楼30步就喘，想要一根拐杖", "需要2拐杖，1米2的",
    "想参加5公里健步走", "想参加3次合唱", "想要10人的团圆饭", "教我用手机付水费，2小时就行",
    "想要100个垃圾袋", "一副300度的老花镜", "想要一盏3档调光的台灯", "想要一个1000毫升的水壶",
    "想要 2 袋 5 公斤的面粉", "想去101路车站，有人陪就行", "想坐2路公交去看海棠", "想要一套四座的桌椅",
    "想要3门功课的辅导", "想要一台21英寸的电视", "想要400字的作文本10本", "孩子想学Unit 3的英语",
    "想要iPhone 12的充电线", "想要一个USB 3.0的硬盘", "想要一双耐克Air 270", "三楼的灯坏了，想换一个",
    "电影票2张，3排5座", "想要一条1.8米乘2.0米的凉席", "想要8号风球图案的伞", "想要2栋积木房子",
    "身高90-105厘米的童装", "会数1234567了，想学写字", "3班2组5号座位离黑板远，想要眼镜",
    "房间12平米，想要小地毯", "想学微信怎么发照片", "电话机坏了，想要一部老人电话机",
    "想要一个1-6年级都能用的台灯",
)  # fmt: skip


def test_ordinary_wishes_are_left_alone() -> None:
    alarmed = {text: masked(text) for text in ORDINARY if scan(text, ["王秀英"])}
    assert alarmed == {}


FORMS = (
    "0123456789",
    "０１２３４５６７８９",
    "零一二三四五六七八九",
    "零壹貳參肆伍陸柒捌玖",
    "⓪①②③④⑤⑥⑦⑧⑨",
    "⓿❶❷❸❹❺❻❼❽❾",
    "⁰¹²³⁴⁵⁶⁷⁸⁹",
)
# Half of the digits touch the next one.
SIGNS = (*[""] * 18, *" .-—、·，\u200b\u3000_/*…（|", "  ", "😀", "❤️")


def _hidden(chance: random.Random, digits: str) -> str:
    """Digits, each in a form of its own, with or without a sign behind it."""
    forms = [chance.choice(FORMS)[int(digit)] + chance.choice(("", "", "\ufe0f\u20e3")) for digit in digits]
    return "".join(form + chance.choice(SIGNS) for form in forms[:-1]) + forms[-1]


def test_s57_no_mixture_of_forms_and_signs_hides_a_number_or_a_door() -> None:
    chance = random.Random(20261123)
    missed = []
    for _again in range(300):
        mobile = "1" + chance.choice("3456789") + "".join(chance.choice("0123456789") for _ in range(9))
        door = f"{chance.randint(1, 28)}0{chance.randint(1, 9)}"
        texts = (f"打我电话{_hidden(chance, mobile)}", f"住{_hidden(chance, door)} 室")
        missed += [text for text in texts if not scan(text)]
    assert missed == []


COUNTED = (
    "本", "个", "元", "块钱", "岁", "号电池", "色", "号球衣", "次", "厘米", "毫升", "公斤", "瓦", "寸",
    "码", "张", "套", "米", "平方米", "天", "分钟", "点", "月", "年", "度", "人", "节", "包", "斤", "箱",
    "页", "字", "集", "期", "层", "楼", "路公交车", "级", "平米", "公里", "升", "盒", "袋", "台", "位",
    "小时", "元以内", "块左右", "遍", "首", "道题", "号线", "毫米", "英寸", "流明", "斤装", "人份", "档",
    "门课", "组", "座的", "排", "室一厅", "单元练习",
)  # fmt: skip


def test_ordinary_numbers_with_their_measure_are_left_alone() -> None:
    chance = random.Random(20261123)
    alarmed = []
    for _again in range(500):
        first, second = (chance.choice((chance.randint(1, 99), chance.randint(100, 2100))) for _ in range(2))
        start = chance.choice(("想要一个", "住三楼，想要", "上楼累，想要", "周末在社区院里，"))
        text = f"{start}{first}{chance.choice(COUNTED)}{chance.choice('，、 ')}{second % 100}{chance.choice(COUNTED)}"
        if scan(text):
            alarmed.append(text)
    assert alarmed == []


_TEXTS = st.text(st.sampled_from("0123456789 -一二三八零王秀英栋单元号楼室，。病想要xX☆"), max_size=60)


@given(_TEXTS)
def test_what_is_masked_has_no_finding_and_findings_never_overlap(text: str) -> None:
    names = ["王秀英"]
    found = scan(text, names)
    assert all(0 <= one.start < one.end <= len(text) and one.kind in KINDS for one in found)
    assert all(one.end <= other.start for one, other in pairwise(found))
    assert "".join(part for part, _kind in pieces(text, found)) == text
    assert scan(masked(text, names), names) == []
    assert (MASK in masked(text, names)) == bool(found)


def test_the_name_of_the_estate_and_the_marks_on_digits_go_with_what_is_masked() -> None:
    assert masked("住幸福小區3棟2單元") == MASK
    assert [(one.start, one.end) for one in scan("想要灯，3栋 2单元，502室")] == [(4, 15)]
    assert masked("5️⃣0️⃣2️⃣ 室，1️⃣3️⃣8️⃣0️⃣0️⃣0️⃣0️⃣1️⃣2️⃣3️⃣4️⃣") == MASK
    assert masked("Xìngfú Xiǎoqū 3 dòng 2 dānyuán 502 shì") == MASK


def test_positions_are_those_of_the_text_as_given() -> None:
    text = "电话\u200b１３８－００００－１２３４。"
    (one,) = scan(text)
    assert text[one.start : one.end] == "１３８－００００－１２３４"
    assert scanning.masked(text) == f"电话\u200b{MASK}。"
