//! Characters that stand for one another: variants, legal surname pairs, look-alikes, placeholders.
//!
//! Three small tables of our own. *Variants* are the same character written otherwise (traditional forms, 异体).
//! *Surname pairs* are two legal spellings of one surname since the simplification of 1977 was withdrawn (付/傅).
//! *Look-alikes* are what a shape-based keyboard (Wubi) or a scanner confuses: groups of characters in which each may stand
//! for any other. A *placeholder* is what a system prints for a character that it cannot encode.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

/// The form under which variants of a character are equal.
pub fn fold(character: char) -> char {
    VARIANTS.get(&character).copied().unwrap_or(character)
}

/// The form under which the legal spellings of a surname are equal, variants folded.
pub fn fold_surname(character: char) -> char {
    let folded = fold(character);
    SURNAMES.iter().find(|group| group.contains(&folded)).map_or(folded, |group| group[0])
}

/// Whether one character may have been written for the other because of its shape.
pub fn look_alike(a: char, b: char) -> bool {
    match (LOOK_ALIKES.get(&a), LOOK_ALIKES.get(&b)) {
        (Some(left), Some(right)) => left & right != [0; WORDS],
        _ => false,
    }
}

/// Whether a character is printed in place of one that could not be.
pub fn is_placeholder(character: char) -> bool {
    matches!(character, '?' | '？' | '*' | '＊' | '□' | '■' | '〓' | '\u{FFFD}' | '\u{E000}'..='\u{F8FF}')
        || matches!(character, '\u{F0000}'..='\u{10FFFD}')
}

const SURNAMES: &[[char; 2]] = &[['傅', '付'], ['萧', '肖'], ['阎', '闫'], ['戴', '代'], ['邱', '丘'], ['余', '于']];

/// Pairs: a variant, then the form it is folded to.
static VARIANTS: LazyLock<FxHashMap<char, char>> = LazyLock::new(|| {
    let characters: Vec<char> = VARIANT_PAIRS.chars().filter(|character| !character.is_whitespace()).collect();
    characters.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect()
});

const VARIANT_PAIRS: &str = "
    張张 劉刘 陳陈 楊杨 趙赵 黃黄 吳吴 孫孙 馬马 羅罗 鄭郑 謝谢 韓韩 馮冯 鄧邓 許许 蘇苏 蔣蒋 葉叶 閻阎 蕭萧 閆闫 賈贾 鍾钟
    鐘钟 陸陆 盧卢 範范 賀贺 顧顾 龍龙 萬万 錢钱 湯汤 齊齐 龐庞 畢毕 聶聂 魯鲁 歐欧 紀纪 項项 婁娄 葛葛 鄒邹 譚谭 廖廖 賴赖
    華华 國国 蘭兰 榮荣 鳳凤 雲云 軍军 東东 廣广 慶庆 貴贵 寶宝 銀银 紅红 麗丽 偉伟 傑杰 強强 勝胜 蓮莲 愛爱 學学 義义 書书
    蕓芸 蘊蕴 煒炜 瑋玮 偲偲 曉晓 聰聪 穎颖 瑩莹 潔洁 靜静 賢贤 順顺 興兴 業业 豐丰 衛卫 鋒锋 銘铭 鑫鑫 鵬鹏 飛飞 騰腾 駿骏
    戰战 武武 凱凯 達达 遠远 進进 連连 運运 選选 禮礼 祿禄 壽寿 財财 發发 長长 門门 開开 關关 陽阳 陰阴 霞霞 風风 魚鱼 鳴鸣
    嬌娇 嫻娴 媽妈 綺绮 綠绿 維维 緒绪 縣县 紹绍 純纯 細细 終终 給给 絲丝 詩诗 詠咏 謙谦 讓让 諾诺 誠诚 訓训 記记 語语
    喆哲 堃坤 昇升 陞升 峯峰 羣群 鷰燕 甯宁 寧宁 淨净 栢柏 彬彬 彥彦 産产 產产 尙尚 呂吕 奐奂 嵗岁 歲岁 恆恒 脩修 眞真 靑青
    徳德 晧皓 皜皓 暎映 勳勋 勛勋 麽么 獻献 琹琴 媖媖 菓果 菴庵 崑昆 崙仑 巖岩 嵓岩 喦岩 棲栖 橋桥 樹树 樂乐 權权 歡欢 漢汉
    澤泽 潤润 濤涛 濟济 瀾澜 燦灿 煥焕 燁烨 爾尔 獅狮 環环 瓊琼 畫画 碩硕 禎祯 積积 穩稳 競竞 節节 築筑 簡简 糧粮 聖圣 聯联
    藝艺 藥药 蘆芦 處处 虛虚 貞贞 負负 貢贡 責责 貨货 貫贯 貿贸 費费 資资 質质 贊赞 車车 軒轩 輝辉 輪轮 轉转 農农 邊边 鄉乡
    釗钊 鈞钧 鉄铁 鐵铁 鋼钢 錄录 錦锦 鎮镇 鏡镜 鑒鉴 鑑鉴 閏闰 閔闵 閣阁 隊队 階阶 隨随 雙双 雞鸡 離离 靈灵 頂顶 頌颂 頤颐
    願愿 顯显 飄飘 馨馨 駱骆 驊骅 驍骁 驕骄 鴻鸿 鵑鹃 鶴鹤 鸞鸾 麥麦 黨党 龜龟
";

/// One bit per group; a character may be in several.
const WORDS: usize = 4;

#[derive(Clone, Copy, PartialEq, Eq, Default)]
struct Bits([u64; WORDS]);

impl std::ops::BitAnd for &Bits {
    type Output = [u64; WORDS];
    fn bitand(self, other: Self) -> Self::Output {
        std::array::from_fn(|word| self.0[word] & other.0[word])
    }
}

static LOOK_ALIKES: LazyLock<FxHashMap<char, Bits>> = LazyLock::new(|| {
    let mut groups: FxHashMap<char, Bits> = FxHashMap::default();
    for (number, group) in LOOK_ALIKE_GROUPS.split_whitespace().enumerate() {
        for character in group.chars() {
            groups.entry(character).or_default().0[number / 64] |= 1 << (number % 64);
        }
    }
    groups
});

const LOOK_ALIKE_GROUPS: &str = "
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
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_well_formed() {
        let variants: Vec<char> = VARIANT_PAIRS.chars().filter(|character| !character.is_whitespace()).collect();
        assert_eq!(variants.len() % 2, 0);
        assert!(VARIANT_PAIRS.split_whitespace().all(|pair| pair.chars().count() == 2));
        assert!(LOOK_ALIKE_GROUPS.split_whitespace().count() <= 64 * WORDS);
        assert!(LOOK_ALIKE_GROUPS.split_whitespace().all(|group| group.chars().count() >= 2));
    }

    #[test]
    fn folding() {
        assert_eq!(fold('張'), '张');
        assert_eq!(fold('张'), '张');
        assert_eq!(fold_surname('付'), fold_surname('傅'));
        assert_eq!(fold_surname('蕭'), fold_surname('肖'));
        assert_ne!(fold_surname('付'), fold_surname('肖'));
    }

    #[test]
    fn shapes() {
        assert!(look_alike('未', '末') && look_alike('末', '未'));
        assert!(look_alike('己', '巳'));
        assert!(!look_alike('未', '土'));
        assert!(!look_alike('伟', '明'));
    }

    #[test]
    fn placeholders() {
        assert!(['?', '□', '\u{E123}', '\u{F8FF}'].into_iter().all(is_placeholder));
        assert!(!is_placeholder('〇') && !is_placeholder('王'));
    }
}
