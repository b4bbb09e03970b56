//! Names: a form to show and a key to compare.
//!
//! The *display form* is what a clerk would write: padding blanks, notes in brackets (户主, 已故, 曾用名) and stray marks
//! around the name are gone, the separator of minority names is `·` (民委发〔2016〕33号). The *key form* is for comparison
//! only: NFKC, no dots or blanks, traditional and variant characters folded to the usual ones, and every sign that
//! stands for a character that could not be typed or encoded (`?`, □, a private-use code point) is [`WILDCARD`].

use super::text;
use crate::similarity::chinese;

/// Stands for one character that nobody can tell: U+25A1.
pub const WILDCARD: char = '\u{25A1}';

/// Cells that say "not named yet". They have a display form and no key.
const UNNAMED: &[&str] = &[
    "未取名",
    "未命名",
    "未起名",
    "暂未取名",
    "暂无姓名",
    "无名",
    "没名字",
    "未上户口",
    "未上户",
    "新生儿",
    "婴儿",
    "某某",
    "测试",
];

/// Traditional and variant characters met in names, each followed by its usual form.
const VARIANTS: &str = "\
    買买賣卖張张劉刘陳陈楊杨趙赵黃黄吳吴孫孙馬马羅罗鄭郑謝谢許许馮冯鄧邓蕭萧葉叶蔣蒋蘇苏盧卢賈贾鐘钟鍾钟陸陆範范韋韦鄒邹閻阎\
    譚谭賀贺龔龚賴赖龐庞顏颜嚴严聶聂駱骆鮑鲍喬乔齊齐顧顾車车莊庄應应項项單单歐欧尋寻儲储闕阙連连寧宁農农滿满華华國国\
    軍军偉伟麗丽紅红蘭兰鳳凤雲云龍龙貴贵強强飛飞東东榮荣愛爱蓮莲瓊琼艷艳豔艳傑杰勝胜輝辉學学慶庆興兴義义禮礼龜龟億亿\
    書书詩诗詠咏語语誠诚謙谦豐丰賢贤質质達达遠远運运選选邁迈鄉乡銀银銘铭鋒锋錦锦鋼钢鎮镇長长門门開开關关陽阳陰阴際际\
    隨随雙双雞鸡難难電电靈灵靜静韓韩響响頌颂領领頭头題题願愿類类顯显風风養养駿骏騰腾驕骄魯鲁鮮鲜鴻鸿鵬鹏麥麦黨党點点\
    齡龄萬万業业樂乐會会傳传傢家備备儀仪優优兒儿兩两劍剑動动務务勛勋勳勋勵励區区協协卻却厲厉參参員员啟启啓启喚唤園园\
    圓圆團团執执堅坚報报場场塊块墳坟壯壮壽寿夢梦奪夺奮奋婦妇媽妈孃娘嬌娇孿孪實实寬宽寶宝對对導导將将專专屆届層层屬属\
    岡冈島岛峽峡嶺岭巖岩帥帅師师帶带幫帮幹干庫库廣广廬庐彥彦彌弥後后從从復复徵征恆恒悅悦憲宪懷怀戀恋戲戏戶户掃扫換换\
    揚扬擇择擴扩據据敵敌數数時时晉晋曉晓暉晖曄晔曆历曬晒朮术條条來来極极構构槍枪樁桩樓楼標标樣样樹树橋桥機机檔档歡欢\
    歲岁歷历歸归氣气氫氢決决況况淚泪淨净淺浅渙涣減减測测湯汤溝沟溫温滅灭滙汇潔洁潤润澤泽濟济濤涛灑洒灣湾為为烏乌煥焕\
    煉炼煒炜煙烟熱热燁烨燈灯爭争爺爷爾尔牆墙牽牵狀状獎奖獨独獻献瑋玮瑤瑶瑩莹璣玑環环璽玺產产甦苏異异畫画當当疊叠療疗\
    發发盡尽監监盤盘眾众睜睁瞭了矚瞩碩硕確确碼码禎祯禪禅種种稱称穌稣積积穎颖穩稳窩窝竇窦競竞筆笔節节築筑簡简簽签籃篮\
    籌筹籬篱糧粮紀纪約约純纯紗纱紙纸級级紛纷細细紹绍終终組组結结絡络給给統统絲丝經经維维綠绿綢绸綱纲網网綺绮緒绪緣缘\
    編编緯纬練练縣县總总績绩織织繼继續续纓缨罈坛罷罢習习聖圣聞闻聯联聰聪聲声職职聽听肅肃脈脉腳脚膽胆臨临臺台與与舉举\
    舊旧艦舰艱艰莖茎薈荟薦荐藍蓝藝艺藥药蘆芦蘊蕴蘋苹處处號号虛虚蟬蝉衆众術术衛卫補补裝装見见規规視视覺觉覽览觀观訓训\
    記记訪访設设証证評评詞词試试話话該该詳详認认誌志誼谊調调論论諸诸諾诺謀谋證证識识譜谱議议護护讀读變变讓让財财貝贝\
    貞贞負负貢贡貨货販贩貫贯費费貿贸資资賓宾賜赐賞赏賽赛贊赞贏赢贛赣趕赶躍跃軒轩軟软較较載载輔辅輕轻輪轮輯辑輸输轉转\
    辦办邊边郵邮鄰邻醫医釋释針针釗钊鈞钧鈴铃鉅巨鉛铅鉤钩鋪铺錄录錢钱錫锡鍵键鎖锁鏡镜鐵铁鑒鉴鑑鉴閃闪閉闭問问閑闲閣阁\
    閨闺閱阅陝陕陣阵隊队階阶隱隐隸隶雖虽霧雾韌韧順顺須须預预頻频顆颗額额飯饭飲饮飾饰餘余館馆饒饶馳驰駐驻驗验驚惊髮发\
    鬆松鬥斗鬧闹魚鱼鳥鸟鳴鸣鶯莺鶴鹤鷹鹰鹽盐麼么堃坤喆哲峯峰羣群牀床彊强姪侄娛娱婭娅嫻娴嬋婵孌娈斕斓昇升暠皓朶朵槑梅\
    樑梁欽钦滎荥濰潍瀟潇瀾澜燦灿燾焘珎珍琍璃瑪玛瓏珑甯宁皚皑睏困秈籼";

/// The form to show: notes, padding and stray marks removed, dots unified. `None` when no name is left.
///
/// ```
/// use hedui::normalise::name::{display, key};
/// assert_eq!(display("张　三（户主）").as_deref(), Some("张三"));
/// assert_eq!(key("買買提。艾力"), key("买买提·艾力"));
/// ```
pub fn display(cell: &str) -> Option<String> {
    if text::is_null(cell) {
        return None;
    }
    let bare = without_notes(cell);
    let joined = without_padding(&bare);
    let name = joined.trim_matches(is_stray);
    (!name.is_empty() && !text::is_null(name)).then(|| name.to_owned())
}

/// The form to compare, of a cell or of a display form. `None` for a cell that names nobody.
pub fn key(cell: &str) -> Option<String> {
    let name = display(cell)?;
    let name = chinese::first_of_several(&name);
    if UNNAMED.contains(&name) || chinese::is_of_a_newborn(name) {
        return None;
    }
    let key: String = text::nfkc(name).chars().filter(|&c| !is_dot(c) && !text::is_blank(c)).map(fold).collect();
    (!key.is_empty() && !key.chars().all(|c| c == WILDCARD)).then_some(key)
}

/// The usual form of a traditional or variant character; [`WILDCARD`] for what stands for an unknown one.
pub fn fold(c: char) -> char {
    if is_wildcard(c) {
        return WILDCARD;
    }
    usual_form(c).unwrap_or_else(|| c.to_ascii_uppercase())
}

/// Signs that stand for a character which could not be typed or encoded.
pub fn is_wildcard(c: char) -> bool {
    matches!(
        c,
        '?' | '？' | '*' | '＊' | '□' | '■' | '▢' | '◇' | '◆' | '\u{3013}' | '\u{FFFD}' | '\u{E000}'..='\u{F8FF}'
    ) || matches!(c, '\u{F0000}'..='\u{10FFFD}')
}

/// The separators of minority names, as keyboards and code pages print them.
pub fn is_dot(c: char) -> bool {
    matches!(c, '·' | '・' | '•' | '‧' | '⋅' | '∙' | '●' | '．' | '。' | '.' | '｡' | '･' | 'ᐧ' | '․' | '\u{387}' | '﹒')
}

fn usual_form(c: char) -> Option<char> {
    use std::sync::LazyLock;
    static PAIRS: LazyLock<Vec<(char, char)>> = LazyLock::new(|| {
        let characters: Vec<char> = VARIANTS.chars().collect();
        let mut pairs: Vec<(char, char)> = characters.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
        pairs.sort_unstable();
        pairs.dedup();
        pairs
    });
    PAIRS.binary_search_by_key(&c, |pair| pair.0).ok().map(|place| PAIRS[place].1)
}

/// Drops bracketed notes. A note that describes a character (莹加王旁) leaves a wildcard in its place.
fn without_notes(cell: &str) -> String {
    let mut bare = String::with_capacity(cell.len());
    let mut note: Option<String> = None;
    for c in cell.chars().map(text::narrow) {
        match (&mut note, c) {
            (None, '(' | '[' | '{' | '<' | '【' | '〔' | '《' | '「') => note = Some(String::new()),
            (Some(inside), ')' | ']' | '}' | '>' | '】' | '〕' | '》' | '」') => {
                bare.extend(describes_character(inside).then_some(WILDCARD));
                note = None;
            }
            (Some(inside), c) => inside.push(c),
            (None, c) => bare.push(c),
        }
    }
    bare
}

fn describes_character(note: &str) -> bool {
    note.contains('旁')
        || note.contains('加')
        || (note.contains('上') && note.contains('下'))
        || (note.contains('左') && note.contains('右'))
}

/// Blanks beside a Chinese character are padding; between Latin words one stays. Between two runs of three and more
/// Chinese characters a blank is the separator of a minority name.
fn without_padding(name: &str) -> String {
    let words: Vec<&str> = name.split(text::is_blank).filter(|word| !word.is_empty()).collect();
    let mut joined = String::with_capacity(name.len());
    for word in words {
        if let Some(last) = joined.chars().next_back() {
            if last.is_ascii_alphabetic() && word.starts_with(|c: char| c.is_ascii_alphabetic()) {
                joined.push(' ');
            } else if is_long_chinese(word) && joined.split('·').next_back().is_some_and(is_long_chinese) {
                joined.push('·');
            }
        }
        joined.extend(word.chars().filter(|&c| !text::is_quote(c)).map(|c| if is_dot(c) { '·' } else { c }));
    }
    joined
}

fn is_long_chinese(word: &str) -> bool {
    word.chars().count() >= 3 && word.chars().all(|c| u32::from(c) >= 0x3400)
}

/// Marks that surround a name without being part of it.
fn is_stray(c: char) -> bool {
    text::is_blank(c)
        || c.is_ascii_digit()
        || matches!(
            c,
            '·' | ','
                | '，'
                | '、'
                | ';'
                | '；'
                | ':'
                | '：'
                | '-'
                | '_'
                | '/'
                | '\\'
                | '|'
                | '+'
                | '='
                | '#'
                | '!'
                | '~'
                | '—'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(cell: &str, shown: Option<&str>, compared: Option<&str>) {
        assert_eq!(display(cell).as_deref(), shown, "display of {cell}");
        assert_eq!(key(cell).as_deref(), compared, "key of {cell}");
    }

    #[test]
    fn padding_notes_and_stray_marks() {
        check("张三", Some("张三"), Some("张三"));
        check("张\u{3000}三", Some("张三"), Some("张三"));
        check(" 张 三\t", Some("张三"), Some("张三"));
        check("张三（已故）", Some("张三"), Some("张三"));
        check("张三(户主)", Some("张三"), Some("张三"));
        check("(小名)张三", Some("张三"), Some("张三"));
        check("1、张三", Some("张三"), Some("张三"));
        check("张三2", Some("张三"), Some("张三"));
        check("张三（未关括号", Some("张三"), Some("张三"));
        check("欧阳 修文", Some("欧阳修文"), Some("欧阳修文"));
    }

    #[test]
    fn separators_of_minority_names() {
        for cell in ["买买提·艾力", "买买提・艾力", "买买提•艾力", "买买提．艾力", "买买提。艾力", "买买提.艾力"]
        {
            check(cell, Some("买买提·艾力"), Some("买买提艾力"));
        }
        check("买买提 艾力江", Some("买买提·艾力江"), Some("买买提艾力江"));
        check("John  Smith", Some("John Smith"), Some("JOHNSMITH"));
    }

    #[test]
    fn characters_nobody_can_tell() {
        check("张?", Some("张?"), Some("张□"));
        check("张\u{E863}芳", Some("张\u{E863}芳"), Some("张□芳"));
        check("韦（莹加王旁）", Some("韦□"), Some("韦□"));
        check("??", Some("??"), None);
        check("张\u{20BB7}", Some("张\u{20BB7}"), Some("张\u{20BB7}"));
    }

    #[test]
    fn variants_fold_in_the_key_only() {
        check("張國強", Some("張國強"), Some("张国强"));
        check("陳曉東", Some("陳曉東"), Some("陈晓东"));
        assert_ne!(key("王芳"), key("王方"));
    }

    #[test]
    fn nobody() {
        check("", None, None);
        check("无", None, None);
        check("未填", None, None);
        check("（户主）", None, None);
        check("未取名", Some("未取名"), None);
        check("张之子", Some("张之子"), None);
        check("张某某", Some("张某某"), None);
        check("张之", Some("张之"), Some("张之"));
        check("张三、张小三", Some("张三、张小三"), Some("张三"));
        check("张/三", Some("张/三"), Some("张/三"));
    }

    #[test]
    fn every_variant_has_one_usual_form() {
        let characters: Vec<char> = VARIANTS.chars().collect();
        assert_eq!(characters.len() % 2, 0);
        let mut usual = std::collections::BTreeMap::new();
        for pair in characters.chunks_exact(2) {
            let before = usual.insert(pair[0], pair[1]);
            assert!(before.is_none_or(|before| before == pair[1]), "{} has two forms", pair[0]);
        }
        for (variant, form) in &usual {
            assert!(variant == form || usual.get(form).is_none_or(|again| again == form), "{variant} folds twice");
        }
    }
}
