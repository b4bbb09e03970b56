//! Names as north-Anhui villages have them: surnames by their shares, given names by sex and generation.
//!
//! The shares are rounded from public statistics of the whole country (the first twenty-five surnames are about
//! 60 % of people). Given-name characters stand in order of frequency and are drawn with weight 1/(rank + 12).
//! What makes linking hard is kept: one-character names among the old, brothers who share a generation
//! character (字辈), women known only as 张王氏, rare characters, and separators in minority names.

use std::sync::LazyLock;

use super::draw::{Lottery, Rng, chance, pick};
use super::identity::Sex;

/// Surnames, each with its people in ten thousand.
const SURNAMES: &str = "\
    王 725  李 719  张 680  刘 538  陈 470  杨 308  赵 229  黄 223  周 212  吴 205  徐 166  孙 154  胡 131 \
    朱 126  高 121  林 118  何 117  郭 115  马 104  罗 86  梁 84  宋 81  郑 78  谢 72  韩 68  唐 65  冯 64 \
    于 62  董 61  萧 20  程 57  曹 57  袁 54  邓 54  许 54  傅 35  沈 41  曾 40  彭 40  吕 39  苏 39  卢 38 \
    蒋 38  蔡 37  贾 37  丁 36  魏 36  薛 35  叶 35  阎 25  余 34  潘 34  杜 33  戴 24  夏 33  钟 30  汪 32 \
    田 32  任 31  姜 31  范 31  方 30  石 30  姚 30  谭 29  廖 29  邹 28  熊 27  金 27  陆 26  郝 25  孔 24 \
    白 24  崔 24  康 23  毛 23  邱 22  秦 22  江 22  史 21  顾 21  侯 21  邵 20  孟 20  龙 19  万 19  段 18 \
    雷 17  钱 17  汤 17  尹 16  黎 16  易 15  常 15  武 15  乔 15  贺 14  赖 12  龚 14  文 13  庞 12  樊 11 \
    兰 11  殷 10  施 10  陶 12  洪 11  翟 10  安 9  颜 9  倪 9  严 9  牛 9  温 9  芦 6  季 8  俞 8  章 9 \
    鲁 8  葛 9  伍 7  韦 9  申 7  尤 6  毕 6  聂 6  丛 4  焦 6  向 6  柳 6  邢 6  路 6  岳 6  齐 6  梅 5 \
    莫 5  庄 5  辛 4  管 4  祝 4  左 4  涂 4  谷 4  祁 4  时 4  舒 4  耿 5  牟 3  卜 3  付 12  肖 40  闫 18 \
    代 9  邸 1  欧阳 4  上官 1  诸葛 1  司马 1  慕容 1";
/// 回族 surnames.
const HUI: &str = "马 40  李 10  王 8  杨 6  张 6  丁 6  白 5  沙 4  哈 2  海 3  金 4";

const MEN: [&str; 4] = [
    "德国金玉文学明志永成家福兴长传怀振保守世广贵清云华忠占有全根光山海义礼智信发财友元朝喜良春田林凤龙庆祥瑞克万洪殿立本士俊孝法善如其景绍运盛奎魁勤俭堂林圣道仁宝增树连鸿茂恒顺昌升泰和\
     进才余存德仓库囤",
    "建国军明华平文志强永新红卫东海林生民金玉成学光荣春山立伟勇杰峰超涛辉斌刚毅波宏亮利兵家良友朋龙虎云飞振兴保权法传怀广贵正大宝根柱成全喜来顺来运发财富有祥洪凯杰敏中克俊才德义忠信安\
     宁康银锋雷鸣电跃进先锋",
    "伟强磊军涛杰鹏超飞勇浩亮峰斌鑫俊龙辉凯波刚健明阳宇帅坤旭东海洋文博晨翔建华志雷振威林成立新永广家宝传玉松柏森彬涵康宁乐天云雨雪冬春亚运奥胜利争光耀祖景运恒毅然少卫士敬尊尚",
    "浩宇轩子梓博文俊杰天佑家豪晨阳睿涵一诺铭泽嘉瑞昊辰奕凯皓宸雨航语桐逸景瑜智渊霖梦琪洋鑫鹏程思远明哲志恒翔飞龙旭东启航承恩佳乐柏森钰圣凡墨言书恺健康安宁诚信毅强硕果",
];
const WOMEN: [&str; 4] = [
    "英兰秀玉珍荣芝芳桂凤素华云金翠莲香梅花侠霞荷娥贤芬菊巧珠银莉连美春秋月瑞淑贞清灵仙环翠素勤俭彩霞凤琴书文如意桃杏枝叶景俊明敬学廷传怀永兴志长",
    "英兰秀玉芳红梅霞云凤丽华萍琴侠珍荣翠桂芝莲香娟敏艳花美平金春素巧玲燕群爱侠勤俊景彩月灵文喜连淑书先进卫利民娥贤慧芬菊珠银莉环仙秋杏桃彦瑞传怀永学多顺继",
    "丽娟艳芳静敏燕红霞娜婷玲莉梅萍倩雪琴翠英云平慧洁颖晶晶莹莹春秀玉兰莲侠凤君文亚利双喜梦雅茹媛媛楠楠青青彩素美巧景冬秋月香瑞小丹丹妮璐瑶佳欣思悦琳琪珊珊云霄",
    "梓涵欣怡诗雨萱子琪语桐佳雅婷馨妍可心依诺思彤若曦梦瑶雪涵紫一宁静悦芮恩熙嘉文钰琳娜美玉晨曦雨桐艺璇慧敏莹莹颖洁淑然俊熙奕辰菲梓萌钥清沐珊晴朵朵甜果秋月",
];
/// Characters outside GBK, outside the first plane, or hard to type.
const RARE: &[&str] =
    &["䶮", "㼆", "頔", "堃", "喆", "犇", "翀", "赟", "玥", "珺", "祎", "昇", "淼", "垚", "㛃", "𠮷", "䥽", "𣲗"];
/// Personal and father's names of women from the far west.
const DOTTED: [&[&str]; 2] = [
    &["阿依古丽", "古丽巴哈尔", "帕提古丽", "热孜万古丽", "米热古丽", "阿米娜", "布海丽且木", "吉力阿呷"],
    &["买买提", "吐尔逊", "艾合买提", "阿不都拉", "依明", "卡德尔", "木沙", "尼亚孜"],
];

static SURNAME: LazyLock<Lottery<&str>> = LazyLock::new(|| Lottery::new(shares(SURNAMES)));
static HUI_SURNAME: LazyLock<Lottery<&str>> = LazyLock::new(|| Lottery::new(shares(HUI)));
static GIVEN: LazyLock<[[Lottery<char>; 4]; 2]> = LazyLock::new(|| [MEN.map(by_rank), WOMEN.map(by_rank)]);

/// The surnames of a table, with their weights.
fn shares(table: &'static str) -> impl Iterator<Item = (&'static str, u32)> {
    let words: Vec<&str> = table.split_whitespace().collect();
    (0..words.len() / 2).map(move |at| (words[2 * at], words[2 * at + 1].parse().expect("a weight after each surname")))
}

fn by_rank(characters: &'static str) -> Lottery<char> {
    let characters = characters.chars().filter(|character| !character.is_whitespace());
    Lottery::new(characters.enumerate().map(|(rank, character)| (character, 100_000 / (rank as u32 + 12))))
}

/// A surname; 回族 households have their own shares.
pub(super) fn surname(rng: &mut Rng, hui: bool) -> &'static str {
    if hui { HUI_SURNAME.draw(rng) } else { SURNAME.draw(rng) }
}

/// A character that one generation of a family shares.
pub(super) fn generation_character(rng: &mut Rng, sex: Sex, year: i16) -> char {
    GIVEN[sex as usize][cohort(year)].draw(rng)
}

/// A given name for somebody born in `year`; `shared` is the family's generation character, when it is used.
pub(super) fn given(rng: &mut Rng, sex: Sex, year: i16, shared: Option<char>) -> String {
    let lottery = &GIVEN[sex as usize][cohort(year)];
    let own = if chance(rng, 0.004) { pick(rng, RARE).to_owned() } else { lottery.draw(rng).to_string() };
    match shared {
        Some(shared) => format!("{shared}{own}"),
        None if chance(rng, [0.36, 0.28, 0.34, 0.10][cohort(year)]) => own,
        None if cohort(year) == 2 && sex == Sex::Female && chance(rng, 0.08) => own.repeat(2),
        None => format!("{}{own}", lottery.draw(rng)),
    }
}

/// The name of a woman known by her husband's and her father's surname only: 张王氏.
pub(super) fn married_name(rng: &mut Rng, husband: &str) -> String {
    let own = surname(rng, false);
    if own == husband { format!("{own}氏") } else { format!("{husband}{own}氏") }
}

/// A minority name with its separator U+00B7.
pub(super) fn dotted(rng: &mut Rng) -> String {
    format!("{}·{}", pick(rng, DOTTED[0]), pick(rng, DOTTED[1]))
}

const fn cohort(year: i16) -> usize {
    match year {
        ..1950 => 0,
        1950..1980 => 1,
        1980..2000 => 2,
        _ => 3,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::draw::stream;
    use super::*;

    #[test]
    fn the_first_surnames_are_most_people() {
        let mut shares: Vec<u32> = shares(SURNAMES).map(|entry| entry.1).collect();
        let total: u32 = shares.iter().sum();
        shares.sort_unstable_by(|left, right| right.cmp(left));
        let top: u32 = shares[..25].iter().sum();
        let share = f64::from(top) / f64::from(total);
        assert!((0.55..0.70).contains(&share), "{share}");
        assert!(shares.len() >= 120);
    }

    #[test]
    fn given_names_use_many_characters() {
        let all: BTreeSet<char> = MEN.iter().chain(&WOMEN).flat_map(|list| list.chars()).collect();
        assert!(all.len() >= 300, "{}", all.len());
    }

    #[test]
    fn brothers_share_the_generation_character() {
        let mut rng = stream(1, 1);
        assert!(given(&mut rng, Sex::Male, 1970, Some('传')).starts_with('传'));
        assert!(married_name(&mut rng, "张").ends_with('氏'));
    }
}
