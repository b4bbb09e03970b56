//! Characters that clerks take for one another: by sound (pinyin typists), by shape (Wubi typists), by law
//! (surnames with two accepted forms) and by script (traditional forms).

use super::draw::{Rng, pick};

/// Characters that sound alike.
const HOMOPHONES: &[&str] = &[
    "玉育钰郁",
    "红洪宏鸿",
    "英瑛莹颖",
    "华花桦",
    "兰蓝岚",
    "侠霞",
    "秀绣",
    "林琳霖淋",
    "刘流",
    "张章",
    "于余俞",
    "杨阳扬",
    "芳方坊",
    "平萍苹",
    "军君均",
    "明铭鸣",
    "国果",
    "庆青清",
    "永勇咏",
    "志治智",
    "文闻雯",
    "建健剑",
    "海孩",
    "金锦今",
    "素苏",
    "凤奉",
    "珍真贞",
    "云芸匀",
    "梅美",
    "荣蓉容",
    "福富付",
    "长常",
    "新欣鑫",
    "宝保堡",
    "成诚城程",
    "德得",
    "学雪",
    "义艺益",
    "喜西",
    "辉晖挥",
    "伟卫维",
    "强墙",
    "丽莉立利",
    "静敬净",
    "艳燕彦",
    "涛桃淘",
    "晨辰陈",
    "佳家嘉",
    "子梓紫",
    "涵寒",
    "怡宜依",
    "诗施",
    "宇雨羽",
    "轩宣",
    "浩皓昊",
    "博波",
    "李里",
    "王汪",
    "周州",
    "徐许",
    "高糕",
    "郭国",
    "何河",
    "朱珠",
    "吴武",
    "赵照",
    "贤闲",
    "彩采",
    "翠脆",
    "莲连联",
    "巧俏",
    "启起",
    "俊骏",
    "传船",
    "根跟",
    "运韵",
];
/// Characters that look alike.
const LOOKALIKES: &[(char, char)] = &[
    ('未', '末'),
    ('士', '土'),
    ('己', '已'),
    ('戊', '戌'),
    ('晴', '睛'),
    ('祥', '详'),
    ('治', '冶'),
    ('侯', '候'),
    ('范', '笵'),
    ('昊', '吴'),
    ('瑞', '端'),
    ('琴', '芩'),
    ('拴', '栓'),
    ('荣', '莱'),
    ('明', '朋'),
    ('传', '伝'),
    ('玲', '铃'),
    ('洁', '浩'),
    ('淑', '椒'),
    ('秀', '季'),
    ('大', '太'),
    ('王', '玉'),
    ('天', '夫'),
    ('田', '由'),
    ('玫', '玖'),
    ('杰', '木'),
    ('亮', '高'),
    ('云', '去'),
    ('林', '村'),
    ('青', '清'),
    ('永', '水'),
    ('军', '车'),
    ('梅', '海'),
    ('兴', '光'),
    ('善', '喜'),
    ('德', '得'),
    ('芳', '若'),
    ('兰', '三'),
    ('芝', '之'),
    ('珍', '诊'),
    ('凤', '风'),
    ('素', '索'),
    ('桂', '挂'),
    ('英', '莫'),
    ('贵', '责'),
    ('良', '艮'),
    ('金', '全'),
    ('国', '围'),
    ('志', '忘'),
    ('宏', '宠'),
];
/// Surnames that law lets be written either way.
const SURNAMES: &[(char, char)] = &[('付', '傅'), ('肖', '萧'), ('闫', '阎'), ('代', '戴'), ('丘', '邱')];
/// Simplified and traditional.
const TRADITIONAL: &[(char, char)] = &[
    ('国', '國'),
    ('华', '華'),
    ('兰', '蘭'),
    ('云', '雲'),
    ('凤', '鳳'),
    ('红', '紅'),
    ('丽', '麗'),
    ('张', '張'),
    ('陈', '陳'),
    ('刘', '劉'),
    ('杨', '楊'),
    ('赵', '趙'),
    ('黄', '黃'),
    ('吴', '吳'),
    ('孙', '孫'),
    ('马', '馬'),
    ('荣', '榮'),
    ('贵', '貴'),
    ('兴', '興'),
    ('传', '傳'),
    ('龙', '龍'),
    ('军', '軍'),
    ('强', '強'),
    ('伟', '偉'),
    ('艳', '豔'),
    ('静', '靜'),
    ('侠', '俠'),
    ('贤', '賢'),
    ('长', '長'),
    ('学', '學'),
    ('义', '義'),
    ('宝', '寶'),
    ('庆', '慶'),
];

/// Another character of the same sound.
pub(super) fn homophone(rng: &mut Rng, character: char) -> Option<char> {
    let group = HOMOPHONES.iter().find(|group| group.contains(character))?;
    let others: Vec<char> = group.chars().filter(|other| *other != character).collect();
    Some(pick(rng, &others))
}

/// A character of like shape.
pub(super) fn lookalike(character: char) -> Option<char> {
    partner(LOOKALIKES, character)
}

/// The other form of a surname.
pub(super) fn surname_variant(character: char) -> Option<char> {
    partner(SURNAMES, character)
}

/// The traditional form.
pub(super) fn traditional(character: char) -> Option<char> {
    TRADITIONAL.iter().find(|pair| pair.0 == character).map(|pair| pair.1)
}

fn partner(pairs: &[(char, char)], character: char) -> Option<char> {
    pairs.iter().find_map(|&(left, right)| match character {
        _ if character == left => Some(right),
        _ if character == right => Some(left),
        _ => None,
    })
}
