use polars::prelude::{Column, DataFrame};
use proptest::prelude::*;

use super::*;
use crate::table::{People, Registry, Side};
use crate::words;

const ID: &str = "342401198001011237";

fn people() -> People {
    let names = ["张三", "欧阳建国", "阿依古丽·买买提"];
    let members = DataFrame::new(names.len(), vec![Column::new("name".into(), names)]).unwrap();
    People::of(&[Registry { members, ..Registry::empty(Side::National) }], None)
}

#[track_caller]
fn check(mask: Mask, sort: Sort, text: &str, expected: &str) {
    let people = people();
    assert_eq!(Veil::new(mask, &people).beside([]).value(sort, text), expected, "{mask:?} {sort:?}");
}

use Mask::{Internal, Public, Supervisor};

#[test]
fn every_sort_is_in_the_table_once() {
    assert_eq!(TABLE.map(|(sort, _)| sort), Sort::ALL);
    assert!(TABLE.iter().all(|(_, shows)| shows[0] == Show::Whole), "internal lists are to be typed from");
    assert!(TABLE.iter().all(|(_, shows)| !shows[1..].contains(&Show::Whole)), "nothing leaves unsearched");
}

#[test]
fn identifiers_keep_six_and_four() {
    check(Supervisor, Sort::Identifier, ID, "342401********1237");
    check(Public, Sort::Identifier, ID, "**************1237");
    check(Internal, Sort::Identifier, ID, ID);
    check(Supervisor, Sort::Identifier, "342401800101123", "342401*****1123");
    check(Supervisor, Sort::Identifier, "无", "无");
    check(Supervisor, Sort::Identifier, "34240119", "3424****");
    check(Public, Sort::Identifier, "3.42401E+17", "3.42401E+17");
    check(Supervisor, Sort::Identifier, "34240119800101123×", "342401********123×");
    let two = "342401198001011237/342401198001011238";
    check(Supervisor, Sort::Identifier, two, "342401********1237/342401********1238");
    check(Supervisor, Sort::Identifier, "342401198001011237王小明", "342401********1237王小明");
    check(Public, Sort::Identifier, "342401198001011237王小明", "**************1237王*");
}

#[test]
fn what_stands_in_an_identifiers_place_may_be_a_name() {
    check(Public, Sort::Identifier, "张三", "张*");
    check(Public, Sort::Identifier, "王小明", "王*");
    check(Public, Sort::Identifier, "未办理", "未办理");
    check(Public, Sort::Identifier, "无", "无");
    check(Supervisor, Sort::Name, ID, "342401********1237");
    check(Supervisor, Sort::Name, "张三13812345678", "张三138****5678");
    check(Public, Sort::Name, ID, "*");
    check(Public, Sort::Name, "张三", "张*");
}

#[test]
fn free_text_loses_identifiers_and_phones_but_not_years() {
    check(Supervisor, Sort::Text, "证件号码 342401198001011237 有误", "证件号码 342401********1237 有误");
    check(Supervisor, Sort::Text, "应为34240119800101123Ｘ。", "应为342401********123Ｘ。");
    check(Supervisor, Sort::Text, "342401 19800101 1237", "342401**********1237");
    check(Supervisor, Sort::Text, "电话13812345678不一致", "电话138****5678不一致");
    check(Supervisor, Sort::Text, "2016-12-31 至 2018-12-31", "2016-12-31 至 2018-12-31");
    check(Supervisor, Sort::Text, "3.42401198001E+17", "3.4240*******E+17");
    check(Supervisor, Sort::Text, "E+340000192001010000", "E+3400**********0000");
    check(Public, Sort::Text, "张三的电话13812345678", "张*的电话*******5678");
    check(Public, Sort::Text, "欧阳建国和阿依古丽·买买提", "欧*和阿*");
    check(Supervisor, Sort::Text, "张三", "张三");
}

#[test]
fn phones() {
    check(Supervisor, Sort::Phone, "13812345678", "138****5678");
    check(Public, Sort::Phone, "13812345678", "*******5678");
    check(Supervisor, Sort::Phone, ID, "**************1237");
    check(Public, Sort::Phone, "张三", "张*");
}

#[test]
fn a_households_number_may_be_long() {
    check(Supervisor, Sort::Key, "5700000123456789", "5700000123456789");
    check(Supervisor, Sort::Key, ID, "342401********1237");
    check(Public, Sort::Key, "张三", "张*");
}

#[test]
fn birth_dates_lose_their_day() {
    for (printed, year, nothing) in [
        ("1980-01-01", "1980-**-**", "****-**-**"),
        ("19800101", "1980****", "********"),
        ("1980年1月1日", "1980年*月*日", "****年*月*日"),
        ("29221", "*****", "*****"),
        ("一九八〇年元月", "****年元月", "****年元月"),
    ] {
        let people = people();
        let beside = Veil::new(Supervisor, &people).beside([ID]).value(Sort::Birth, printed).into_owned();
        assert_eq!(beside, year, "beside a number");
        check(Supervisor, Sort::Birth, printed, printed);
        check(Public, Sort::Birth, printed, nothing);
        check(Internal, Sort::Birth, printed, printed);
    }
}

#[test]
fn illness_is_not_published() {
    check(Public, Sort::Health, "患有大病", "*");
    check(Supervisor, Sort::Health, "患有大病", "患有大病");
    check(Public, Sort::Label, "因病", "*");
    check(Public, Sort::Item, "困难残疾人生活补贴", "困难*人生活补贴");
    check(Public, Sort::Text, "是否参加大病保险", "是否参加大病保险");
    let people = people();
    let words = words!("有{}人患有大病，未列{}", 2, Sort::Label.of("因病"));
    assert_eq!(Veil::new(Public, &people).beside([]).words(&words), "有2人*，未列*");
}

#[test]
fn a_birth_date_that_the_rows_identifier_tells_is_hidden_wherever_it_stands() {
    let people = people();
    let row = Veil::new(Supervisor, &people).beside([ID]);
    for (sort, text, expected) in [
        (Sort::Date, "1980-01-01", "1980-**-**"),
        (Sort::Text, "生于1980年1月1日", "生于1980年*月*日"),
        (Sort::Text, "A19800101B", "A1980****B"),
        (Sort::Date, "1980-01-02", "1980-01-02"),
        (Sort::Key, "19800101", "1980****"),
    ] {
        assert_eq!(row.value(sort, text), expected);
    }
}

/// A number, and what may be told of its owner.
fn somebody() -> impl Strategy<Value = (String, [u32; 3])> {
    ("34[0-9]{4}", 1920_u32..2020, 1_u32..13, 1_u32..29, "[0-9]{3}[0-9X]").prop_map(
        |(area, year, month, day, order)| (format!("{area}{year}{month:02}{day:02}{order}"), [year, month, day]),
    )
}

/// Whether the number follows from what the cells of a row tell: any six digits that could be a county's (the county's own
/// are known to everybody), any date in any of them, any four characters at the end.
fn rebuilds(cells: &[String], id: &str) -> bool {
    let text = cells.join("\n");
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let dates: Vec<String> = text.split(['\n', '，', '“', '”']).map(digits).collect();
    let birth = &id[6..14];
    let short = format!("{}{}{}", &birth[..4], birth[4..6].trim_start_matches('0'), birth[6..].trim_start_matches('0'));
    text.contains(id) || dates.iter().any(|date| date.contains(birth) || *date == short)
}

proptest! {
    #[test]
    fn no_whole_identifier_leaks(
        before in "[^0-9]{0,8}", (id, _) in somebody(), after in "[^0-9]{0,8}", sort in 0..Sort::ALL.len(),
        public in any::<bool>(),
    ) {
        let (people, mask) = (people(), if public { Public } else { Supervisor });
        let shown = Veil::new(mask, &people).beside([]).value(Sort::ALL[sort], &format!("{before}{id}{after}")).into_owned();
        prop_assert!(!shown.contains(&id[..14]), "{shown}");
        prop_assert!(!shown.contains(&id[6..]), "{shown}");
    }

    /// Whatever a rule says of a person, with the number in one cell and the birth date in others, in any form and as
    /// any sort of value: the row does not give the number back.
    #[test]
    fn a_row_does_not_give_the_number_back(
        (id, [year, month, day]) in somebody(), sorts in proptest::collection::vec(0..Sort::ALL.len(), 6),
        public in any::<bool>(),
    ) {
        let forms = [
            format!("{year}-{month:02}-{day:02}"), format!("{year}{month:02}{day:02}"), format!("{year}年{month}月{day}日"),
            format!("{year}/{month}/{day}"), format!("{year}.{month:02}.{day:02}"), id.clone(),
        ];
        let (people, mask) = (people(), if public { Public } else { Supervisor });
        let row = Veil::new(mask, &people).beside([id.as_str()]);
        let cells: Vec<String> = sorts.iter().zip(&forms).map(|(ix, form)| {
            let value = Sort::ALL[*ix].of(form.as_str());
            row.words(&words!("证件号码“{}”，登记为“{}”", Sort::Identifier.of(id.as_str()), value)).into_owned()
        }).collect();
        prop_assert!(!rebuilds(&cells, &id), "{cells:?}");
    }

    #[test]
    fn ordinary_text_is_untouched(text in "[\u{4e00}-\u{9fa5}，。0-9]{0,9}") {
        let people = People::default();
        let row = Veil::new(Supervisor, &people).beside([]);
        prop_assert_eq!(row.value(Sort::Text, &text), text.as_str());
    }
}
