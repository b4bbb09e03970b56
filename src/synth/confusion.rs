//! Characters that clerks take for one another: by sound (pinyin typists), by shape (Wubi typists), by law
//! (surnames with two accepted forms) and by script (traditional forms).

use super::draw::{Rng, pick};

/// Groups of characters that sound alike.
const HOMOPHONES: &str = "\
    玉育钰郁 红洪宏鸿 英瑛莹颖 华花桦 兰蓝岚 侠霞 秀绣 林琳霖淋 刘流 张章 于余俞 杨阳扬 芳方坊 \
    平萍苹 军君均 明铭鸣 国果 庆青清 永勇咏 志治智 文闻雯 建健剑 海孩 金锦今 素苏 凤奉 珍真贞 \
    云芸匀 梅美 荣蓉容 福富付 长常 新欣鑫 宝保堡 成诚城程 德得 学雪 义艺益 喜西 辉晖挥 伟卫维 \
    强墙 丽莉立利 静敬净 艳燕彦 涛桃淘 晨辰陈 佳家嘉 子梓紫 涵寒 怡宜依 诗施 宇雨羽 轩宣 浩皓昊 \
    博波 李里 王汪 周州 徐许 高糕 郭国 何河 朱珠 吴武 赵照 贤闲 彩采 翠脆 莲连联 巧俏 启起 \
    俊骏 传船 根跟 运韵";
/// Pairs of characters that look alike.
const LOOKALIKES: &str = "未末 士土 己已 戊戌 晴睛 祥详 治冶 侯候 范笵 昊吴 瑞端 琴芩 拴栓 荣莱 明朋 传伝 玲铃 洁浩 淑椒 秀季 大太 \
    王玉 天夫 田由 玫玖 杰木 亮高 云去 林村 青清 永水 军车 梅海 兴光 善喜 德得 芳若 兰三 芝之 珍诊 凤风 素索 \
    桂挂 英莫 贵责 良艮 金全 国围 志忘 宏宠";
/// Pairs of surnames that law lets be written either way.
const SURNAMES: &str = "付傅 肖萧 闫阎 代戴 丘邱";
/// Pairs of a simplified character and its traditional form.
const TRADITIONAL: &str = "国國 华華 兰蘭 云雲 凤鳳 红紅 丽麗 张張 陈陳 刘劉 杨楊 赵趙 黄黃 吴吳 孙孫 马馬 荣榮 贵貴 兴興 传傳 龙龍 \
    军軍 强強 伟偉 艳豔 静靜 侠俠 贤賢 长長 学學 义義 宝寶 庆慶";

/// Another character of the same sound.
pub(super) fn homophone(rng: &mut Rng, character: char) -> Option<char> {
    let group = HOMOPHONES.split_whitespace().find(|group| group.contains(character))?;
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
    TRADITIONAL.split_whitespace().find(|pair| pair.starts_with(character))?.chars().nth(1)
}

/// The other character of the pair that holds this one.
fn partner(pairs: &str, character: char) -> Option<char> {
    let pair = pairs.split_whitespace().find(|pair| pair.contains(character))?;
    pair.chars().find(|other| *other != character)
}

#[cfg(test)]
mod tests {
    use super::super::draw::stream;
    use super::*;

    #[test]
    fn characters_have_their_doubles() {
        assert_eq!(lookalike('末'), Some('未'));
        assert_eq!(lookalike('我'), None);
        assert_eq!(surname_variant('傅'), Some('付'));
        assert_eq!(traditional('国'), Some('國'));
        assert_eq!(traditional('國'), None);
        assert_eq!(homophone(&mut stream(1, 0), '侠'), Some('霞'));
    }
}
