//! Pairs of names by the level that they must have, each pair in both directions; the near miss beside the hit.

use super::*;
use NameLevel::{
    Exact, Folded, Half, Homophone, Inserted, Near, OneDifferent, Swapped, Unrelated, Wildcard, WildcardShort,
};

fn compare(a: &str, b: &str) -> Option<NameLevel> {
    let (mut left, mut right) = (Vec::new(), Vec::new());
    (prepare(a, &mut left) && prepare(b, &mut right)).then(|| level(&left, &right))
}

fn check(expected: NameLevel, pairs: &[(&str, &str)]) {
    for (a, b) in pairs {
        assert_eq!(compare(a, b), Some(expected), "{a} {b}");
        assert_eq!(compare(b, a), Some(expected), "{b} {a}");
    }
}

#[test]
fn exact() {
    check(
        Exact,
        &[
            ("张小明", "张小明"),
            ("张　明", "张明"),
            ("张 明", "张明\u{200b}"),
            ("张\u{e0100}明", "张明"),
            // Notes and numbers are not the name.
            ("张三（已故）", "张三"),
            ("张三(户主)", "张三"),
            ("张三[曾用名李四", "张三"),
            ("(小名)张三", "张三"),
            ("张三（户主、已故）", "张三"),
            ("张三2", "张三"),
            ("1.张三", "张三"),
            ("张三、李四", "张三"),
            // Separators of minority names, or none.
            ("买买提·艾力", "买买提•艾力"),
            ("买买提·艾力", "买买提．艾力"),
            ("买买提・艾力", "买买提。艾力"),
            ("买买提 艾力", "买买提艾力"),
            // One code point of one system, whatever it shows.
            ("张\u{E123}", "张\u{E123}"),
            ("张wei", "张Wei"),
            ("zhang wei", "ZHANGWEI"),
            ("John Smith", "JOHN  SMITH"),
        ],
    );
}

#[test]
fn folded() {
    check(
        Folded,
        &[
            ("張小明", "张小明"),
            ("劉國強", "刘国强"),
            ("张喆", "张哲"),
            ("王堃", "王坤"),
            ("李後", "李后"),
            ("锺明", "钟明"),
            ("鍾明", "鐘明"),
            // Radicals that a PDF table was copied with.
            ("⻢明", "马明"),
            ("⾼明", "高明"),
            // A code point of GBK's own and the character's own of today.
            ("张\u{E863}", "张䶮"),
            // Legal pairs of surnames, in first place.
            ("付强", "傅强"),
            ("肖云", "萧雲"),
            ("闫丽", "阎丽"),
            ("代红", "戴红"),
            ("丘林", "邱林"),
            ("于海", "余海"),
            ("於海", "餘海"),
            // A rare character described by two.
            ("张韦华", "张韡"),
            ("张韋華", "张韡"),
            ("王王君", "王珺"),
            ("张⿰王君明", "张珺明"),
        ],
    );
    check(Homophone, &[("王代", "王戴")]);
    check(Inserted, &[("张日月", "张日")]);
    check(Unrelated, &[("张日月", "张明"), ("张华韦", "张韡"), ("李韦华", "张韡")]);
}

#[test]
fn wildcard() {
    check(
        Wildcard,
        &[
            ("张?明", "张小明"),
            ("张□明", "张小明"),
            ("张○明", "张小明"),
            ("张×明", "张小明"),
            ("张*明", "张小明"),
            ("张😀明", "张小明"),
            ("张\u{E123}明", "张頔明"),
            ("张\u{E123}明", "张\u{E124}明"),
            ("张\u{FFFD}明", "张頔明"),
            ("张xiao明", "张小明"),
            ("张X明", "张小明"),
            ("张明（莹加王旁）", "张明瑩"),
            ("欧阳?", "欧阳修"),
            // One sign for each byte.
            ("张??明", "张小明"),
            ("张\u{FFFD}\u{FFFD}\u{FFFD}明", "张小明"),
            ("张*明", "张建国明"),
        ],
    );
    check(OneDifferent, &[("张xiao明", "张大明")]);
    check(Unrelated, &[("张?明", "李小明"), ("张??明", "张小刚")]);
}

#[test]
fn homophone() {
    check(
        Homophone,
        &[
            ("王红", "王宏"),
            ("王红", "汪宏"),
            ("刘秀英", "流绣瑛"),
            ("张玮", "张伟"),
            // Any reading of each.
            ("单明", "善明"),
            ("解明", "谢明"),
            ("曾华", "增华"),
            ("张乐", "张月"),
            ("张乐", "张勒"),
            // Typed in letters.
            ("zhang wei", "张伟"),
            ("ZHANGXIAOMING", "章晓明"),
            ("Lv Na", "吕娜"),
            ("张wei", "张伟"),
            ("zhang伟", "张伟"),
            // One place cannot be read, two sound the same.
            ("张?红", "张小宏"),
        ],
    );
    check(WildcardShort, &[("?林", "张琳")]);
    check(Half, &[("张wei", "张明")]);
    check(Unrelated, &[("zhang wei", "张明"), ("zhang wei", "李伟")]);
}

#[test]
fn near() {
    check(
        Near,
        &[
            // Sounds that dialects merge.
            ("陈林", "程林"),
            ("王兰", "王南"),
            ("张红林", "张宏凌"),
            ("李芳", "李慌"),
            ("张飞", "张辉"),
            ("胡明", "付明"),
            ("张容", "张龙"),
            ("张小林", "张晓凌"),
            ("陈小林", "程小凌"),
            ("zhang林", "张凌"),
            // Shapes.
            ("张末", "张未"),
            ("戊小明", "戌小明"),
            ("张士明", "张土明"),
            ("王晴", "王睛"),
            ("马頔", "马颠"),
            ("吴昊明", "昊昊明"),
            ("李治", "李冶"),
            // A long name is a transliteration: a slip is not a brother.
            ("买买提·艾力江", "买买明·艾力江"),
            ("阿卜杜拉·买买提", "阿卜杜拉·买天提"),
            ("阿卜杜热合曼", "阿卜杜热和买"),
            ("买买提·艾力江", "买买提·艾力"),
            ("买买提?艾力", "买买提·艾力"),
            ("阿卜杜热合曼·阿卜杜拉", "阿卜杜热合曼"),
        ],
    );
    // Two places of two that only nearly agree are no evidence.
    check(Unrelated, &[("陈林", "程凌"), ("陈明林", "程刚凌")]);
}

#[test]
fn one_different() {
    check(
        OneDifferent,
        &[
            ("张小明", "张小刚"),
            ("张小明", "王小明"),
            ("张小明", "张大明"),
            ("欧阳小明", "欧阳小刚"),
            ("付小明", "傅小刚"),
        ],
    );
    check(Unrelated, &[("张小明", "张大伟"), ("张小明", "李大明"), ("买买提·艾力江", "阿不都·艾力江")]);
}

#[test]
fn swapped() {
    check(
        Swapped,
        &[
            ("明张", "张明"),
            ("张小明", "张明小"),
            ("张小明", "小张明"),
            ("小明张", "张小明"),
            ("修文欧阳", "欧阳修文"),
            ("小明張", "张小明"),
            ("艾力·买买提", "买买提·艾力"),
        ],
    );
    check(Unrelated, &[("明小张", "张小刚"), ("张小明", "明刚张")]);
}

#[test]
fn inserted() {
    check(
        Inserted,
        &[
            ("张明", "张小明"),
            ("张小", "张小明"),
            ("王氏", "张王氏"),
            ("付明", "傅小明"),
            ("买买提", "买买提·艾力"),
            ("欧阳修", "欧阳修文"),
            ("张?明", "张明"),
        ],
    );
    check(
        Unrelated,
        &[("张明", "王小明"), ("张", "张明"), ("张小明", "张伟"), ("欧阳", "欧阳修文"), ("张明", "张小大明")],
    );
}

#[test]
fn half_and_unrelated() {
    check(Half, &[("张明", "张伟"), ("张明", "王明"), ("付明", "傅伟")]);
    check(Unrelated, &[("张明", "王芳"), ("张小明", "王芳"), ("张", "王"), ("JOHN", "SMITH")]);
}

#[test]
fn wildcard_short() {
    check(
        WildcardShort,
        &[
            ("张?", "张伟"),
            ("张?", "张?"),
            ("张??", "张小明"),
            ("张**", "张伟"),
            ("张*", "张小明"),
            ("?明", "张明"),
            ("张X", "张伟"),
            ("张XX", "张小明"),
            ("韦（莹加王旁）", "韦瑩"),
        ],
    );
    check(Unrelated, &[("张?", "李伟"), ("张??", "李伟")]);
}

#[test]
fn nobody() {
    let cells = [
        "",
        "  ",
        "未填",
        "不详",
        "??",
        "□",
        "（户主）",
        "张之子",
        "张三之女",
        "张某",
        "张某某",
        "未取名（张三之子）",
        "无",
        "·",
        "****",
        "123",
    ];
    for name in cells {
        let mut glyphs = vec![];
        assert!(!prepare(name, &mut glyphs), "{name}");
        assert!(glyphs.is_empty(), "{name}");
    }
    for name in ["张之", "王献之", "张之洞", "某三"] {
        assert!(compare(name, name).is_some(), "{name}");
    }
}

#[test]
fn a_glyph_shows_what_keys_are_made_of() {
    let mut glyphs = vec![];
    assert!(prepare("付xiao國?", &mut glyphs));
    let raw: String = glyphs.iter().map(Glyph::raw).collect();
    let folded: String = glyphs.iter().map(Glyph::folded).collect();
    assert_eq!((raw.as_str(), folded.as_str()), ("付x國?", "傅x国?"));
    assert!(glyphs[1].readings().meet(&readings_of('小')));
    assert_eq!(glyphs[3].dialect().iter().count(), 0);
    assert_eq!(size_of::<Glyph>(), 16);
}

fn readings_of(character: char) -> Readings {
    crate::similarity::pinyin::readings(character)
}

#[test]
fn a_cell_that_is_no_name_is_compared_like_one() {
    let long = "某".repeat(70_000);
    check(Exact, &[(&long, &long)]);
    check(Near, &[(&long, &format!("{long}明"))]);
}

#[test]
fn levels_are_named_and_symmetric() {
    assert_eq!(NameLevel::NAMES.len(), Unrelated as usize + 1);
    let names = [
        "张伟",
        "张维",
        "张小明",
        "张晓明",
        "张明小",
        "小明张",
        "張小明",
        "张?明",
        "张??",
        "张wei",
        "zhang wei",
        "付强",
        "傅强",
        "买买提·艾力江",
        "买买提·艾力",
        "买买提",
        "张韡",
        "张韦华",
        "陈林",
        "程凌",
        "末",
        "未",
        "欧阳修",
        "张\u{E123}",
        "A",
        "明",
    ];
    for a in names {
        assert_eq!(compare(a, a).is_some_and(|level| level == Exact), !a.contains('?'), "{a}");
        for b in names {
            assert_eq!(compare(a, b), compare(b, a), "{a} {b}");
        }
    }
}
