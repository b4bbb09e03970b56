use std::collections::BTreeMap;

use crate::normalise::fixture::{column, part};
use crate::normalise::{Beneficiaries, Part, Shape, assemble};
use crate::table::{Registry, Reject, Side};

const HUSBAND: &str = "341227195203041236";
const WIFE: &str = "11010519491231002X";

fn registry(parts: Vec<Part>) -> Registry {
    assembled(parts).0
}

fn assembled(parts: Vec<Part>) -> (Registry, Vec<Reject>) {
    let (benefits, register) =
        parts.into_iter().partition(|part| matches!(part.shape, Shape::Benefit | Shape::Outcome));
    let settle = |beneficiaries: &Beneficiaries<'_>| {
        let benefits: Vec<Part> = benefits;
        benefits.into_iter().map(|part| beneficiaries.settle(part)).collect()
    };
    let (registry, rejects, _) = assemble(Side::National, register, &|| Ok(Vec::new()), settle).unwrap();
    (registry, rejects)
}

fn persons() -> Part {
    part(
        "a.csv",
        Shape::Person,
        &[
            "township|village|household_no|person_no|name|id_no|relation|cause",
            &format!("城关镇|大王村|5700000000000001|11|张三|{HUSBAND}|户主|因病"),
            &format!("城关镇|大王村|5700000000000001|12|李四|{WIFE}42|配偶|因病"),
            "城关镇|大王村|5700000000000002|21|王五|3.41E+17|之子|因残",
            "城关镇|大王村||31|赵六||户主|",
        ],
    )
}

#[test]
fn person_rows_alone_make_households() {
    let registry = registry(vec![persons()]);
    assert_eq!(column(&registry.members, "household_ix"), ["0", "0", "1", "-"]);
    assert_eq!(column(&registry.members, "id18"), ["341227195203041236", WIFE, "-", "-"].map(String::from));
    assert_eq!(column(&registry.members, "id_class"), ["valid18", "disability20", "scientific", "empty"]);
    assert_eq!(column(&registry.members, "sex_known"), ["男", "女", "-", "-"]);
    assert_eq!(column(&registry.households, "household_no"), ["5700000000000001", "5700000000000002"]);
    assert_eq!(column(&registry.households, "head_ix"), ["0", "-"]);
    assert_eq!(column(&registry.households, "members_listed"), ["2", "1"]);
    assert_eq!(column(&registry.households, "own_row"), ["false", "false"]);
    assert_eq!(column(&registry.households, "cause"), ["因病", "因残"]);
    assert_eq!(column(&registry.households, "cause_text"), ["因病", "因残"]);
    assert_eq!(column(&registry.households, "data_year"), ["2018", "2018"]);
    assert!(registry.delivered.contains("cause") && !registry.delivered.contains("sex"));
    assert!(!registry.has_benefits && !registry.has_outcomes);
    assert_eq!(registry.benefits.height(), 0);
    assert!(registry.benefits.column("member_ix").is_ok());
}

#[test]
fn a_household_export_wins_and_places_its_members() {
    let households = part(
        "h.csv",
        Shape::Household,
        &[
            "township|village|household_no|head_name|cause|dilapidated",
            "城关镇|大王村|2|王五|缺劳动力|是",
            "城关镇|小李村|1|张三||否",
            "城关镇|小李村|9|无人户|因病|否",
        ],
    );
    let members = part(
        "m.csv",
        Shape::Person,
        &[
            "household_no|name|relation|cause|housing_area",
            "1|张三|户主|因病|80",
            "2|王五|户主|因残|60",
            "3|孙七|配偶|因学|40",
        ],
    );
    let registry = registry(vec![members, households]);
    assert_eq!(column(&registry.households, "household_no"), ["1", "2", "3", "9"]);
    assert_eq!(column(&registry.households, "own_row"), ["true", "true", "false", "true"]);
    assert_eq!(column(&registry.households, "cause"), ["-", "缺劳力", "因学", "因病"]);
    assert_eq!(column(&registry.households, "cause_text"), ["-", "缺劳动力", "因学", "因病"]);
    assert_eq!(column(&registry.households, "housing_area"), ["80.0", "60.0", "40.0", "-"]);
    assert_eq!(column(&registry.households, "dilapidated"), ["false", "true", "-", "false"]);
    assert_eq!(column(&registry.households, "head_ix"), ["0", "1", "-", "-"]);
    assert_eq!(column(&registry.households, "members_listed"), ["1", "1", "1", "0"]);
    assert_eq!(column(&registry.members, "household_ix"), ["0", "1", "2"]);
    assert_eq!(column(&registry.members, "village"), ["小李村", "大王村", "-"]);
    let origins: Vec<_> = registry.origins.iter().map(|origin| origin.file.as_str()).collect();
    assert_eq!(origins, ["h.csv", "m.csv"]);
    assert_eq!(column(&registry.members, "sheet_ix"), ["1", "1", "1"]);
    assert_eq!(column(&registry.households, "sheet_ix"), ["0", "0", "1", "0"]);
}

#[test]
fn a_household_row_without_a_number_finds_its_own_through_the_head() {
    let rows =
        ["head_name|head_id_no|household_type".to_owned(), format!("张三|{HUSBAND}|五保户"), "钱八||低保户".to_owned()];
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let registry = registry(vec![persons(), part("h.csv", Shape::Household, &rows)]);
    let numbers = column(&registry.households, "household_no");
    assert_eq!(numbers[..2], ["5700000000000001", "5700000000000002"]);
    assert!(numbers[2].starts_with("无编号-"), "钱八 stays visible, though nobody lives there");
    assert_eq!(column(&registry.households, "household_type"), ["特困供养贫困户", "-", "低保贫困户"]);
    assert_eq!(column(&registry.households, "members_listed"), ["2", "1", "0"]);
}

#[test]
fn people_without_a_number_live_with_the_head_they_name() {
    let other = "342127197003041236";
    let rows = [
        "township|village|head_name|head_id_no|name|id_no|relation",
        &format!("城关镇|大王村|张三|{HUSBAND}|张三|{HUSBAND}|户主"),
        &format!("城关镇|大王村|张三|{HUSBAND}|李四|{WIFE}|配偶"),
        // The same name in the same village, another trustworthy identifier; and a row that names him without one.
        &format!("城关镇|大王村|张三|{other}|张三|{other}|户主"),
        "城关镇|大王村|王五|3.42E+17|王小五||之子",
        "城关镇|大王村委会|王五||王五||户主",
        "城关镇|大王村|||无户人||",
    ];
    let households = ["household_no|head_name|township|village|cause", "88|王五|城关镇|大王村|因病"];
    let (registry, rejects) =
        assembled(vec![part("m.csv", Shape::Person, &rows), part("h.csv", Shape::Household, &households)]);
    assert!(rejects.is_empty());
    assert_eq!(column(&registry.households, "household_no")[0], "88");
    let mut homes = homes(&registry);
    let of_number = homes.remove("0");
    assert_eq!(of_number, Some(vec!["王五".to_owned(), "王小五".to_owned()]));
    assert_eq!(homes.remove("-"), Some(vec!["无户人".to_owned()]));
    let mut others: Vec<Vec<String>> = homes.into_values().collect();
    others.sort();
    assert_eq!(others, [vec!["张三".to_owned()], vec!["张三".to_owned(), "李四".to_owned()]]);
}

#[test]
fn a_list_that_names_no_head_goes_from_head_to_head() {
    let rows = ["name|relation", "孤儿|之子", "张三|户主", "李四|配偶", "王五|本人", "赵六|之女"];
    let registry = registry(vec![part("m.csv", Shape::Person, &rows)]);
    let mut homes = homes(&registry);
    assert_eq!(homes.remove("-"), Some(vec!["孤儿".to_owned()]));
    let mut others: Vec<Vec<String>> = homes.into_values().collect();
    others.sort();
    assert_eq!(others, [["张三", "李四"].map(str::to_owned), ["王五", "赵六"].map(str::to_owned)]);
}

/// Who lives in which household, by name; `-` is none.
fn homes(registry: &Registry) -> BTreeMap<String, Vec<String>> {
    let mut homes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (home, name) in column(&registry.members, "household_ix").into_iter().zip(column(&registry.members, "name")) {
        homes.entry(home).or_default().push(name);
    }
    homes.values_mut().for_each(|names| names.sort());
    homes
}

/// Which of two rows speaks for the household is decided by what they say, not by which is first.
#[test]
fn a_household_told_twice_is_told_to_staff() {
    let told = |rows: [&str; 4]| {
        let rows = [&["household_no|head_name|cause"][..], &rows].concat();
        let (registry, rejects) = assembled(vec![part("h.csv", Shape::Household, &rows)]);
        assert_eq!(column(&registry.households, "household_no"), ["1", "2"]);
        let told: Vec<_> = rejects.into_iter().map(|reject| (reject.row, reject.reason, reject.text)).collect();
        let [(row, reason, text)] = &told[..] else { panic!("{told:?}") };
        // The row that is not used names the one that is.
        let used = if *row == 2 { 4 } else { 2 };
        assert_eq!(*reason, format!("户编号重复：h.csv第{used}行已有这一户"));
        (column(&registry.households, "cause"), text.clone())
    };
    let (cause, unused) = told(["1|张三|因病", "2|李四|因残", "1|张三|因学", "|（户主）|因学"]);
    assert_eq!(cause[1], "因残");
    assert!([("因病", "1\t张三\t因学\t"), ("因学", "1\t张三\t因病\t")].contains(&(cause[0].as_str(), unused.as_str())));
    assert_eq!(told(["1|张三|因学", "2|李四|因残", "1|张三|因病", "|（户主）|因学"]), (cause, unused));
}

#[test]
fn the_order_of_sheets_and_their_optional_columns_do_not_matter() {
    let sheets = || {
        [
            part(
                "b.csv",
                Shape::Person,
                &["household_no|name|education", "7|甲乙|初中", "8|丙丁|大学本科", "8|戊己|秀才"],
            ),
            part("a.csv", Shape::Person, &["household_no|name|health", "8|庚辛|残疾、慢性病", "6|壬癸|秀才"]),
            part("c.csv", Shape::Person, &["household_no|name|education", "9|子丑|秀才"]),
        ]
    };
    let [b, a, c] = sheets();
    let (one, other) = (
        registry(vec![a, b, c]),
        registry({
            let [b, a, c] = sheets();
            vec![c, b, a]
        }),
    );
    assert!(one.members.equals_missing(&other.members) && one.households.equals_missing(&other.households));
    assert_eq!((&one.origins, &one.unknown_labels), (&other.origins, &other.unknown_labels));
    assert_eq!(column(&one.members, "name"), ["壬癸", "甲乙", "丙丁", "庚辛", "戊己", "子丑"]);
    assert_eq!(column(&one.members, "education"), ["-", "初中", "大专及以上", "-", "-", "-"]);
    assert_eq!(column(&one.members, "health"), ["-", "-", "-", "长期慢性病,残疾", "-", "-"]);
    assert_eq!(column(&one.households, "household_no"), ["6", "7", "8", "9"]);
    let unknown: Vec<_> =
        one.unknown_labels.iter().map(|l| (l.field.as_str(), l.text.as_str(), l.rows, l.first)).collect();
    assert_eq!(unknown, [("education", "秀才", 2, (1, 4)), ("health", "秀才", 1, (0, 3))]);
    assert!(one.members.columns().iter().all(|column| column.as_materialized_series().n_chunks() == 1));
}

#[test]
fn benefits_find_their_household_and_member() {
    let wife_18 = format!("|||{WIFE}|农村低保|2018|||");
    let benefits = part(
        "z.csv",
        Shape::Benefit,
        &[
            "household_no|person_no|name|id_no|item|benefit_year|amount|benefit_date|outcome",
            &wife_18,
            "5700000000000001||张三||危房改造补助|2017年|2万元||已入住",
            "5700000000000001||某亲戚||慰问金||||",
            "|21|王五||雨露计划||1500|2016-09-01|",
            "|21|别人||雨露计划||1500|2016|",
            "|||3.41E+17|交通补贴||||",
            "404||孙七||走亲访友||||",
        ],
    );
    let registry = registry(vec![benefits, persons()]);
    assert_eq!(column(&registry.benefits, "member_ix"), ["1", "0", "-", "2", "-", "2", "-"]);
    assert_eq!(column(&registry.benefits, "household_ix"), ["0", "0", "0", "1", "-", "1", "-"]);
    assert_eq!(
        column(&registry.benefits, "item"),
        ["低保", "危房改造", "慰问捐助", "雨露计划", "雨露计划", "交通补贴", "-"]
    );
    assert_eq!(column(&registry.benefits, "benefit_year"), ["2018", "2017", "2018", "2016", "2016", "2018", "2018"]);
    assert_eq!(column(&registry.benefits, "amount"), ["-", "2000000", "-", "150000", "150000", "-", "-"]);
    assert!(registry.has_benefits && registry.has_outcomes);
    assert!(registry.benefits.column("name_key").is_err() && registry.benefits.column("name_text").is_err());
    assert_eq!(registry.unknown_labels.len(), 1);
    assert_eq!(registry.unknown_labels[0].text, "走亲访友");
}

#[test]
fn of_two_rows_with_one_identifier_the_name_decides() {
    let pasted = part(
        "a.csv",
        Shape::Person,
        &["household_no|name|id_no", &format!("1|张三|{HUSBAND}"), &format!("1|张小三|{HUSBAND}")],
    );
    let benefits = part(
        "z.csv",
        Shape::Benefit,
        &[
            "name|id_no|item",
            &format!("张小三|{HUSBAND}|低保"),
            &format!("张三|{HUSBAND}|低保"),
            &format!("|{HUSBAND}|低保"),
        ],
    );
    assert_eq!(column(&registry(vec![pasted, benefits]).benefits, "member_ix"), ["1", "0", "0"]);
}

#[test]
fn nothing_at_all_is_an_empty_registry_with_its_columns() {
    let registry = registry(Vec::new());
    assert_eq!(registry.members.height(), 0);
    assert!(registry.members.column("name_key").is_ok() && registry.members.column("household_ix").is_ok());
    assert!(registry.households.column("own_row").is_ok());
}
