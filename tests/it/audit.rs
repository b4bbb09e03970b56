//! What the audit says, seen from outside: earlier years, departments' rolls, what a county adds by TOML alone.

use super::util::{CONFIGURATION, DONE, Export, Kind, Project, Record, TOWNSHIPS, people, sheet};

const TOWN: &str = TOWNSHIPS[0];
const BENEFITS: &str = "户编号,人编号,姓名,证件号码,年度,项目类别,项目内容,金额\r\n";

/// Measures of persons of the first township: `(person, year, category, item, yuan)`, person by number.
fn benefits(rows: &[(usize, &str, &str, &str, &str)]) -> String {
    let people = people(TOWN);
    let row = |&(person, year, category, item, yuan): &(usize, &str, &str, &str, &str)| {
        let person = &people[person];
        let (household, number, name, id) = (&person.household_no, &person.person_no, &person.name, &person.id_no);
        format!("{household},{number},{name},{id},{year},{category},{item},{yuan}\r\n")
    };
    rows.iter().fold(BENEFITS.to_owned(), |text, one| text + &row(one))
}

/// Both systems record the same measures.
fn record_on_both(project: &Project, text: &str) {
    project.write("national/帮扶措施.csv", text);
    // A file of the same bytes in both folders would be refused as misplaced.
    project.write("provincial/帮扶措施.csv", format!("{text}\r\n"));
}

/// A township's exports of an earlier year, saved anew.
fn of_2017(kind: Kind, export: Export) -> (String, String) {
    (kind.file(TOWN).replacen('/', "/2017/", 1), export.csv() + "\r\n")
}

fn found<'t>(table: &'t [Record], rule: &str) -> Vec<&'t Record> {
    table.iter().filter(|finding| finding["rule_id"] == rule).collect()
}

#[test]
fn a_roll_tells_what_is_missing_what_is_too_much_and_who_is_in_no_system() {
    let project = Project::small();
    let people = people(TOWN);
    let measures: Vec<_> = [0, 1, 2, 4].map(|person| (person, "2018", "综合保障", "低保", "3480")).into();
    record_on_both(&project, &benefits(&measures));
    // 1 is not on the roll; 5 is on the roll and recorded nowhere; 张未登 is in no system.
    let on_roll = [0, 2, 4, 5].map(|person| (people[person].name.clone(), people[person].id_no.clone()));
    let stranger = ("张未登".to_owned(), "342401195001010019".to_owned());
    let rows = on_roll.into_iter().chain([stranger]);
    let roll: String = rows.map(|(name, id)| format!("{TOWN},前进村,{name},{name},{id},2018,3480\r\n")).collect();
    project.write("rolls/低保.csv", format!("乡镇,村,户主姓名,姓名,身份证号码,年度,年发放金额\r\n{roll}"));
    project.run().exits(DONE);
    let table = project.table("findings");

    let missing = found(&table, "R-missing");
    assert_eq!(missing.len(), 1, "{missing:#?}");
    assert_eq!((&*missing[0]["name"], &*missing[0]["year"], &*missing[0]["field"]), (&*people[5].name, "2018", "item"));
    assert!(
        missing[0]["message"].contains("『低保』3480元") && missing[0]["message"].contains("第5行"),
        "{missing:#?}"
    );
    let extra = found(&table, "R-extra");
    assert_eq!(extra.iter().map(|finding| &*finding["name"]).collect::<Vec<_>>(), [&*people[1].name]);
    let outsiders = found(&table, "S-outsider");
    assert_eq!(outsiders.len(), 1, "{outsiders:#?}");
    assert_eq!((&*outsiders[0]["name"], &*outsiders[0]["village"]), ("张未登", "前进村"));
    assert_eq!((&*outsiders[0]["category"], &*outsiders[0]["correct_in"]), ("suspect", "visit"));
    let suspects: Vec<_> = project.published("worklists").into_iter().filter(|file| file.contains("疑似")).collect();
    assert!(!suspects.is_empty(), "suspects have a file of their own: {:?}", project.published("worklists"));
    assert!(found(&table, "B-missing").is_empty(), "the systems agree with one another");

    // Without the roll nothing of it is known any more, and nothing is closed.
    project.remove("rolls/低保.csv");
    project.run_with(&["--as-of", "2019-01-05"]).exits(DONE);
    let items = project.table("items");
    let states: Vec<_> =
        items.iter().filter(|item| item["rule_id"] == "R-missing").map(|item| &*item["state"]).collect();
    assert_eq!(states, ["frozen"]);
}

#[test]
fn every_year_is_compared_by_itself() {
    let project = Project::small();
    for kind in Kind::ALL {
        let export = Export::of(kind, TOWN);
        let export = if kind == Kind::Member { export.with(4, "文化程度", "小学") } else { export };
        let (file, text) = of_2017(kind, export);
        project.write(&file, text);
    }
    project.run_with(&["--as-of", "2019-01-01"]).exits(DONE);
    let table = project.table("findings");
    let education = found(&table, "F-education");
    assert_eq!(education.iter().map(|finding| &*finding["year"]).collect::<Vec<_>>(), ["2017"], "{education:#?}");
    assert_eq!(education[0]["provincial_file"], "provincial/2017/人员信息-城关镇.csv");
    assert_eq!(project.frame("member_links").height(), 24, "people are linked once, not once a year");

    // A year that is not delivered again closes nothing.
    for kind in Kind::ALL {
        project.remove(&kind.file(TOWN).replacen('/', "/2017/", 1));
    }
    project.run_with(&["--as-of", "2019-01-02"]).exits(DONE);
    let items = project.table("items");
    let item = items.iter().find(|item| item["rule_id"] == "F-education").expect("the item");
    assert_eq!((&*item["state"], &*item["year"]), ("frozen", "2017"));
}

#[test]
fn who_is_only_in_an_earlier_year_has_left() {
    let project = Project::small();
    for kind in Kind::ALL {
        let (file, text) = of_2017(kind, Export::of(kind, TOWN));
        project.write(&file, text);
    }
    // The platform does not export the third person any more.
    project.write(&Kind::Member.file(TOWN), Export::of(Kind::Member, TOWN).keeping(|row| row != 4).csv());
    project.run().exits(DONE);
    let table = project.table("findings");
    let left = found(&table, "P-left");
    assert_eq!(left.len(), 1, "{table:#?}");
    assert_eq!((&*left[0]["name"], &*left[0]["correct_in"]), (&*people(TOWN)[2].name, "provincial"));
    assert!(found(&table, "P-member").is_empty());
}

#[test]
fn entitled_and_not_recorded_is_to_be_verified() {
    let project = Project::small();
    // Everybody but one has the insurance paid, in both systems; no roll.
    let paid: Vec<_> = (0..11).map(|person| (person, "2018", "健康帮扶", "城乡居民基本医疗保险代缴", "180")).collect();
    record_on_both(&project, &benefits(&paid));
    let entitled =
        (2..14).fold(Export::of(Kind::National, TOWN), |export, row| export.with(row, "脱贫属性", "享受政策"));
    project.write(&Kind::National.file(TOWN), entitled.csv());
    project.run().exits(DONE);
    let table = project.table("findings");
    let due = found(&table, "E-基本医保代缴");
    assert_eq!(
        due.iter().map(|f| (&*f["name"], &*f["category"])).collect::<Vec<_>>(),
        [(&*people(TOWN)[11].name, "guarantee")]
    );
}

#[test]
fn one_payment_cannot_be_two_persons_nor_two_exclusive_items() {
    let project = Project::small();
    let national = [(2, "2018", "综合保障", "临时救助", "800"), (3, "2018", "综合保障", "低保", "3480")];
    let provincial = [(1, "2018", "综合保障", "低保", "3480"), (3, "2018", "综合保障", "低保", "3480")];
    let national =
        [&national[..], &[(2, "2018", "综合保障", "低保", "3480"), (3, "2018", "综合保障", "特困供养", "5280")]]
            .concat();
    let provincial =
        [&provincial[..], &[(2, "2018", "综合保障", "临时救助", "800"), (3, "2018", "综合保障", "特困供养", "5280")]]
            .concat();
    project.write("national/帮扶措施.csv", benefits(&national));
    project.write("provincial/帮扶措施.csv", benefits(&provincial));
    project.run().exits(DONE);
    let table = project.table("findings");
    let people = people(TOWN);
    let swapped = found(&table, "B-beneficiary");
    assert_eq!(swapped.len(), 1, "{swapped:#?}");
    let values = (&*swapped[0]["national_value"], &*swapped[0]["provincial_value"]);
    assert_eq!(values, (&*people[2].name, &*people[1].name));
    let exclusive = found(&table, "B-exclusive");
    assert_eq!(
        exclusive.iter().map(|f| (&*f["name"], &*f["correct_in"])).collect::<Vec<_>>(),
        [(&*people[3].name, "both")]
    );
    assert!(found(&table, "B-missing").is_empty() && found(&table, "B-extra").is_empty());
}

#[test]
fn an_illegal_value_of_the_reference_is_corrected_there() {
    let project = Project::small();
    let national = Export::of(Kind::National, TOWN).with(2, "务工状况", "省外务工").with(2, "务工时间（月）", "15");
    let provincial = Export::of(Kind::Member, TOWN).with(2, "务工情况", "省外务工").with(2, "务工月数", "10");
    project.write(&Kind::National.file(TOWN), national.csv());
    project.write(&Kind::Member.file(TOWN), provincial.csv());
    project.run().exits(DONE);
    let table = project.table("findings");
    let months = found(&table, "F-work_months");
    assert_eq!(months.len(), 1, "{months:#?}");
    assert_eq!(months[0]["correct_in"], "national");
    assert!(
        months[0]["remedy"].contains("务工时间不在0至12个月") && months[0]["remedy"].contains("“10”"),
        "{}",
        months[0]["remedy"]
    );
    let illegal = found(&table, "L-056");
    assert_eq!(illegal[0]["cause_id"], months[0]["finding_id"], "one correction settles both");
}

#[test]
fn an_item_of_ones_own_is_a_block_of_toml() {
    let project = Project::small();
    let own = "schema = 1\ntitle = \"本县项目\"\n\n[[item]]\nitem = \"暖冬补贴\"\nnames = [\"取暖补贴\"]\nunit = \"person\"\n\
               period = \"year\"\ncategories = [\"社会帮扶\"]\nholder = \"民政局\"\neligible = \"age_years >= 60\"\n\
               eligible_words = \"60周岁及以上\"\n";
    project.hedui(&["check", "pipelines/county.toml"]).exits(DONE);
    std::fs::write(project.path("pipelines/benefits/own.toml"), own).unwrap();
    let pairs = |item: &str| benefits(&[(0, "2018", "社会帮扶", item, "200"), (3, "2018", "社会帮扶", item, "200")]);
    project.write("national/帮扶措施.csv", pairs("暖冬补贴"));
    project.write("provincial/帮扶措施.csv", pairs("取暖补贴"));
    project.run().exits(DONE);
    let table = project.table("findings");
    assert!(found(&table, "B-missing").is_empty(), "another name of the same item");
    let not_due: Vec<_> = found(&table, "X-暖冬补贴").iter().map(|finding| &*finding["name"]).collect();
    assert_eq!(not_due, [&*people(TOWN)[0].name], "53 years old; the other is 60");
    project.hedui(&["explain", "X-暖冬补贴"]).exits(DONE);

    std::fs::write(project.path("pipelines/benefits/own.toml"), own.replace("age_years >=", "age_year >=")).unwrap();
    let ran = project.hedui(&["check", "pipelines/county.toml"]);
    ran.exits(CONFIGURATION);
    let line = own.lines().position(|line| line.starts_with("eligible =")).unwrap() + 1;
    let told = format!("pipelines/benefits/own.toml:{line}: ");
    assert!(ran.stderr.contains(&told) && ran.stderr.contains("age_years"), "{told}\n{}", ran.stderr);
}

#[test]
fn a_correspondence_and_its_own_rows_are_checked() {
    let project = Project::empty();
    let (from, to) = ("age_years = 12, labour = \"丧失劳动力\"", "age_years = 32, labour = \"丧失劳动力\"");
    project.edit("pipelines/rules/labour.toml", from, to);
    let ran = project.hedui(&["check", "pipelines/county.toml"]);
    ran.exits(CONFIGURATION);
    assert!(
        ran.stderr.contains("pipelines/rules/labour.toml:") && ran.stderr.contains("自带样例 hit"),
        "{}",
        ran.stderr
    );
}

#[test]
fn the_rule_book_has_a_page_for_every_rule_and_says_what_is_left_out() {
    let project = Project::empty();
    let book = project.hedui(&["rules", "--format", "md"]);
    let book = &book.exits(DONE).stdout;
    for words in [
        "### L-042 因病致贫而成员均无病",
        "### C-01",
        "### R-missing",
        "### E-慢性病卡",
        "## 帮扶措施目录",
        "## 不检查的序号",
    ] {
        assert!(book.contains(words), "{words}");
    }
    let pages = book.lines().filter(|line| line.starts_with("### ")).count();
    let listed = project.hedui(&["rules"]).exits(DONE).stdout.lines().count();
    assert_eq!(pages, listed);
    project.hedui(&["explain", "L-0422"]).exits(CONFIGURATION).explains(&["L-042", "因病致贫"]);
}

#[test]
fn a_suspect_is_told_neutrally_in_a_file_of_its_own() {
    let project = Project::sample_run();
    let table = project.table("findings");
    let suspects: Vec<_> = table.iter().filter(|finding| finding["category"] == "suspect").collect();
    assert!(suspects.len() > 10, "{}", suspects.len());
    for finding in &suspects {
        assert_eq!(finding["correct_in"], "visit");
        let words = format!("{}{}", finding["message"], finding["remedy"]);
        assert!(!words.contains("骗") && !words.contains("违规"), "{words}");
    }
    let files: Vec<_> = project.published("worklists").into_iter().filter(|file| file.contains("疑似")).collect();
    let rows: usize = files
        .iter()
        .map(|file| sheet(&project.latest().unwrap().join("worklists").join(file), "整改清单").len() - 2)
        .sum();
    assert_eq!(rows, suspects.len(), "{files:?}");
}
