//! Mistakes of delivery: what officers send when nobody has corrected anything.
//!
//! Every mistake is tried on the sample county after a good run: the exports are changed, the county is run again a day
//! later, the exports are put back, and it is run once more. Nobody corrected anything, so in neither run may an item be
//! closed as corrected, and none may appear that is not about the new content. A run may also refuse, as long as it says
//! why. Counter-checks hold that what is corrected *is* closed: a program that believes nothing would be of no use.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex};

use super::book::Book;
use super::util::{CONFIGURATION, DONE, Project, REFUSED, Record, copy_dir};

pub(crate) const TOWNS: [&str; 3] = ["城关镇", "王店镇", "经济开发区"];
/// The day of the good run, and of those after it.
const DAYS: [&str; 8] =
    ["2018-12-31", "2019-01-01", "2019-01-02", "2019-01-03", "2019-01-04", "2019-01-05", "2019-01-06", "2019-01-07"];

/// What is done to the exports before each run.
type Make = dyn Fn(&Trial, usize) + Send + Sync;

/// One mistake: what is done before each run.
pub(crate) struct Mistake {
    pub(crate) name: String,
    steps: usize,
    make: Box<Make>,
    args: Vec<&'static str>,
    /// Must end with exit 2 or 3 before anything is published.
    refused: bool,
    /// Must be without any effect.
    harmless: bool,
    /// Rules whose findings may be new: the mistake makes true ones.
    may_tell: Vec<&'static str>,
}

impl Mistake {
    pub(crate) fn new(name: impl Into<String>, make: impl Fn(&Trial) + Send + Sync + 'static) -> Self {
        let (make, args) = (Box::new(move |trial: &Trial, _| make(trial)), Vec::new());
        Self { name: name.into(), steps: 1, make, args, refused: false, harmless: false, may_tell: Vec::new() }
    }

    pub(crate) fn in_steps(
        name: impl Into<String>,
        steps: usize,
        make: impl Fn(&Trial, usize) + Send + Sync + 'static,
    ) -> Self {
        Self { steps, make: Box::new(make), ..Self::new(name, |_| {}) }
    }

    /// It must be refused.
    pub(crate) fn refused(self) -> Self {
        Self { refused: true, ..self }
    }

    /// It is none: nothing may change.
    pub(crate) fn harmless(self) -> Self {
        Self { harmless: true, ..self }
    }

    /// More arguments for the run.
    pub(crate) fn with(self, args: &[&'static str]) -> Self {
        Self { args: args.to_vec(), ..self }
    }

    /// Findings of these rules are true.
    pub(crate) fn may_tell(self, rules: &[&'static str]) -> Self {
        Self { may_tell: rules.to_vec(), ..self }
    }
}

/// What a mistake did.
#[derive(Debug, Default)]
pub(crate) struct Effect {
    pub(crate) name: String,
    /// Exit code of the (last) run with the mistake, and after the exports were put back.
    pub(crate) exits: [i32; 2],
    /// Items closed as corrected with the mistake, and after it.
    pub(crate) closed: [usize; 2],
    /// Items that appeared with the mistake, and after it.
    pub(crate) new: [usize; 2],
    /// Items that were open and are now ended otherwise than as corrected, with the mistake and after it.
    pub(crate) other: [usize; 2],
    /// What the program said first when it refused.
    pub(crate) said: String,
    /// Why this is not as it must be; empty when it is.
    pub(crate) wrong: Vec<String>,
}

impl Effect {
    pub(crate) fn line(&self) -> String {
        let Self { name, exits: [exit, back], closed, new, other, said, wrong } = self;
        let verdict = if wrong.is_empty() { "holds" } else { "FAILS" };
        format!(
            "{name}\t{exit}\t{}\t{}\t{}\t{back}\t{}\t{}\t{}\t{verdict}\t{said}",
            closed[0], new[0], other[0], closed[1], new[1], other[1]
        )
    }
}

/// Header of [`Effect::line`].
pub(crate) const COLUMNS: &str =
    "mistake\texit\tclosed\tnew\tother\texit after\tclosed after\tnew after\tother after\tverdict\tsaid";

/// The sample county after a good run.
pub(crate) static BASE: LazyLock<Project> = LazyLock::new(|| {
    let project = Project::sample();
    project.run_with(&["--as-of", DAYS[0]]).exits(DONE);
    project
});

/// A copy of the county on which one mistake is tried.
pub(crate) struct Trial {
    pub(crate) project: Project,
}

impl Trial {
    pub(crate) fn new() -> Self {
        Self { project: BASE.copied() }
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.project.path("input").join(file)
    }

    pub(crate) fn remove(&self, file: &str) {
        fs::remove_file(self.path(file)).unwrap_or_else(|cause| panic!("{file}: {cause}"));
    }

    pub(crate) fn copy(&self, from: &str, to: &str) {
        fs::copy(self.path(from), self.path(to)).unwrap_or_else(|cause| panic!("{from} → {to}: {cause}"));
    }

    /// Changes an export; also saved when nothing in it changes.
    pub(crate) fn edit(&self, file: &str, change: impl FnOnce(&mut Book)) {
        let mut book = Book::open(&self.path(file));
        change(&mut book);
        book.save(&self.path(file));
    }

    pub(crate) fn edit_all(&self, files: &[String], change: impl Fn(&mut Book)) {
        files.iter().for_each(|file| self.edit(file, &change));
    }

    /// The exports as they were.
    fn put_back(&self) {
        for folder in ["input", "pipelines"] {
            fs::remove_dir_all(self.project.path(folder)).expect("a folder removed");
            copy_dir(&BASE.path(folder), &self.project.path(folder));
        }
    }

    /// Every item of the ledger by its id.
    pub(crate) fn items(&self) -> BTreeMap<String, Record> {
        let Ok(ledger) = rusqlite::Connection::open(self.project.path("out/ledger.sqlite")) else {
            panic!("no ledger")
        };
        let Ok(mut query) = ledger.prepare("SELECT * FROM items") else { return BTreeMap::new() };
        let columns: Vec<String> = query.column_names().map(str::to_owned).collect();
        let record = |row: &rusqlite::Row<'_>| -> rusqlite::Result<Record> {
            let text = |ix: usize| -> rusqlite::Result<String> {
                use rusqlite::types::ValueRef::{Integer, Null, Text};
                Ok(match row.get_ref(ix)? {
                    Null => "∅".to_owned(),
                    Integer(number) => number.to_string(),
                    Text(text) => String::from_utf8_lossy(text).into_owned(),
                    other => format!("{other:?}"),
                })
            };
            columns.iter().enumerate().map(|(ix, name)| Ok((name.clone(), text(ix)?))).collect()
        };
        let items = query.query_map([], record).expect("the items").map(|item| item.expect("an item"));
        items.map(|item| (item["item_id"].clone(), item)).collect()
    }
}

/// What a run of the program did to the ledger.
#[derive(Debug, Default)]
struct Change {
    closed: Vec<Record>,
    new: Vec<Record>,
    other: usize,
}

impl Change {
    fn between(before: &BTreeMap<String, Record>, after: &BTreeMap<String, Record>) -> Self {
        let mut change = Self::default();
        for (id, item) in after {
            match before.get(id) {
                None => change.new.push(item.clone()),
                Some(old) if corrected(item) && !corrected(old) => change.closed.push(item.clone()),
                Some(old) if ended(item) && !ended(old) => change.other += 1,
                Some(_) => {}
            }
        }
        change
    }
}

/// Whether an item counts as 销号.
pub(crate) fn corrected(item: &Record) -> bool {
    item["state"] == "closed"
}

/// Whether nobody is asked to correct it any more, for whatever reason.
fn ended(item: &Record) -> bool {
    !["open", "reopened", "frozen"].contains(&item["state"].as_str())
}

/// Tries one mistake.
pub(crate) fn attempt(mistake: &Mistake) -> Effect {
    let trial = Trial::new();
    let mut effect = Effect { name: mistake.name.clone(), ..Effect::default() };
    let mut told: BTreeSet<String> = BTreeSet::new();
    for step in 0..mistake.steps {
        let before = trial.items();
        (mistake.make)(&trial, step);
        let day = ["--as-of", DAYS[step + 1]];
        let args = if mistake.args.is_empty() { &day } else { mistake.args.as_slice() };
        let ran = trial.project.run_with(args);
        let change = Change::between(&before, &trial.items());
        effect.exits[0] = ran.code;
        effect.note(0, &change, mistake, &mut told);
        effect.said = ran.stderr.lines().find(|line| line.starts_with("错误")).unwrap_or_default().to_owned();
        let expected = if mistake.refused { [CONFIGURATION, REFUSED] } else { [DONE, REFUSED] };
        if !expected.contains(&ran.code) || (mistake.harmless && ran.code != DONE) {
            effect.wrong.push(format!("exit {}: {}", ran.code, ran.stderr));
        }
        if ran.code != DONE {
            break;
        }
    }
    trial.put_back();
    restore_results(&trial);
    let before = trial.items();
    let ran = trial.project.run_with(&["--as-of", DAYS[mistake.steps + 1]]);
    let change = Change::between(&before, &trial.items());
    effect.exits[1] = ran.code;
    effect.note(1, &change, mistake, &mut told);
    if ran.code != DONE {
        effect.wrong.push(format!("exit {} after the exports were put back: {}", ran.code, ran.stderr));
    }
    effect.told(told)
}

impl Effect {
    fn note(&mut self, run: usize, change: &Change, mistake: &Mistake, told: &mut BTreeSet<String>) {
        let is_about_content = |item: &Record| mistake.may_tell.iter().any(|rule| item["rule_id"].starts_with(rule));
        // With the mistake nothing may close, whatever it makes true; what it made ends when it is over.
        let may_close = |item: &Record| run == 1 && is_about_content(item);
        let closed = change.closed.iter().filter(|item| !may_close(item)).count();
        let new = change.new.iter().filter(|item| !is_about_content(item)).count();
        self.closed[run] += closed;
        self.new[run] += new;
        self.other[run] += change.other;
        for item in change.closed.iter().filter(|item| !may_close(item)) {
            told.insert(format!("closed {}", item["rule_id"]));
        }
        for item in change.new.iter().filter(|item| !is_about_content(item)) {
            told.insert(format!("new {}", item["rule_id"]));
        }
        if closed + new > 0 || (mistake.harmless && change.other > 0) {
            let when = ["with the mistake", "after it"][run];
            self.wrong.push(format!("{when}: closed {closed}, new {new}, ended otherwise {}", change.other));
        }
    }

    fn told(mut self, rules: BTreeSet<String>) -> Self {
        if !self.wrong.is_empty() && !rules.is_empty() {
            let rules: Vec<String> = rules.into_iter().take(12).collect();
            self.wrong.push(rules.join(", "));
        }
        self
    }
}

/// What a mistake took from the results folder comes back.
fn restore_results(trial: &Trial) {
    for name in ["latest", "ledger.sqlite"] {
        let set_aside = trial.project.path(&format!("{name}.aside"));
        let place = trial.project.path(&format!("out/{name}"));
        if set_aside.symlink_metadata().is_ok() {
            _ = fs::remove_file(&place);
            fs::rename(set_aside, place).expect("put back");
        }
    }
}

pub(crate) fn set_aside(trial: &Trial, name: &str) {
    let (from, to) = (format!("out/{name}"), format!("{name}.aside"));
    fs::rename(trial.project.path(&from), trial.project.path(&to)).expect("set aside");
}

/// Tries mistakes, two at a time; effects in the order of the mistakes.
pub(crate) fn attempt_all(mistakes: &[Mistake]) -> Vec<Effect> {
    LazyLock::force(&BASE);
    let (next, effects) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(mistake) = mistakes.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let effect = attempt(mistake);
                    effects.lock().expect("no panic").insert(mistake.name.clone(), effect);
                }
            });
        }
    });
    let mut effects = effects.into_inner().expect("no panic");
    mistakes.iter().map(|mistake| effects.remove(&mistake.name).expect("names are unique")).collect()
}

#[track_caller]
fn all_hold(effects: &[Effect]) {
    let failed: Vec<String> = effects
        .iter()
        .filter(|effect| !effect.wrong.is_empty())
        .map(|effect| format!("{}\n    {}", effect.line(), effect.wrong.join("\n    ")))
        .collect();
    assert!(failed.is_empty(), "{} of {} fail\n{COLUMNS}\n{}", failed.len(), effects.len(), failed.join("\n"));
}

#[test]
fn names_of_mistakes_are_unique() {
    let mistakes = super::mistakes::mistakes();
    let names: BTreeSet<&str> = mistakes.iter().map(|mistake| mistake.name.as_str()).collect();
    assert_eq!(names.len(), mistakes.len());
}

/// Mistakes that counties were seen to make; all others are tried by `cargo bench --bench reliability`.
const SEEN: [&str; 30] = [
    "absent: national measures of one township",
    "absent: provincial measures of one township",
    "absent: provincial households of one township",
    "absent: provincial registers of one township",
    "absent: the rolls of one township",
    "absent: 2017 on the national side",
    "absent: one township altogether",
    "exchanged: a neighbour's national measures",
    "exchanged: the platform's measures in place of the national ones",
    "exchanged: the national measures in place of the platform's",
    "exchanged: the platform's people in place of the national ones",
    "thinned: the first half of national measures",
    "thinned: 40 % of one township's households on both sides",
    "thinned: 40 % of one township's households on the platform",
    "thinned: 40 % of one township's households in the national system",
    "thinned: 40 households of one township on both sides",
    "thinned: one village on both sides",
    "thinned: every person row with a finding on both sides",
    "thinned: 8 % more households in each run",
    "a third of the rows rejected: national people",
    "column gone: 健康状况 of one township's national people",
    "cells empty: every second number on both sides",
    "repeated: national measures, saved again",
    "settings: another site_key",
    "settings: every number in the rules ten times as high",
    "settings: an as-of date seventy years ahead",
    "results: no ledger beside the runs",
    "form: rows shuffled in every file",
    "form: rows reversed in one township's national people",
    "form: a village renamed on both sides",
];

#[test]
fn mistakes_that_were_seen_close_nothing_and_invent_nothing() {
    let mut mistakes = super::mistakes::mistakes();
    mistakes.retain(|mistake| SEEN.contains(&mistake.name.as_str()));
    assert_eq!(mistakes.len(), SEEN.len(), "a name is wrong");
    all_hold(&attempt_all(&mistakes));
}

/// Every mistake, with a table of what each did. `HEDUI_MISTAKES=word` tries those whose name has the word.
#[test]
#[ignore = "takes minutes"]
fn all_delivery_mistakes() {
    let word = std::env::var("HEDUI_MISTAKES").unwrap_or_default();
    let mistakes: Vec<Mistake> =
        super::mistakes::mistakes().into_iter().filter(|mistake| mistake.name.contains(&word)).collect();
    let effects = attempt_all(&mistakes);
    if let Ok(path) = std::env::var("HEDUI_MISTAKES_TABLE") {
        let lines = |effect: &Effect| format!("{}\t{}\n", effect.line(), effect.wrong.join(" | ").replace('\n', " "));
        let table: String = effects.iter().map(lines).collect();
        fs::write(path, format!("{COLUMNS}\twrong\n{table}")).expect("the table written");
    }
    all_hold(&effects);
}

/// Values of the platform that its people set to the national ones: rule, header on the platform.
const CORRECTED: [(&str, &str); 7] = [
    ("F-relation", "与户主关系"),
    ("F-labour", "劳动能力"),
    ("F-ethnicity", "民族"),
    ("F-household_type", "贫困户属性"),
    ("F-dilapidated", "是否危房户"),
    ("F-exit_year", "脱贫年度"),
    ("F-income_per_capita", "人均纯收入（元）"),
];

/// Corrects one township's values on the platform; the items that must close.
fn correct_values(trial: &Trial, town: &str) -> BTreeSet<String> {
    let mut corrected = BTreeSet::new();
    for finding in BASE.table("findings") {
        let header = CORRECTED.iter().find(|(rule, _)| finding["rule_id"] == *rule).map(|(_, header)| header);
        let Some(header) = header.filter(|_| finding["township"] == town && finding["correct_in"] == "provincial")
        else {
            continue;
        };
        let row = finding["provincial_row"].parse::<usize>().expect("a row") - 1;
        trial.edit(&finding["provincial_file"], |book| book.set(row, header, &finding["national_value"]));
        corrected.insert(finding["finding_id"].clone());
    }
    assert!(corrected.len() >= 5, "{corrected:?}");
    corrected
}

/// Runs once more; all of these are closed as corrected, and nothing else in other townships.
#[track_caller]
fn closes(trial: &Trial, expected: &BTreeSet<String>, town: &str, accept: &[&str]) {
    let before = trial.items();
    trial.project.run_with(&[&["--as-of", DAYS[1]], accept].concat()).exits(DONE);
    let after = trial.items();
    let open: Vec<&Record> = expected.iter().map(|id| &after[id]).filter(|item| !corrected(item)).collect();
    assert!(open.is_empty(), "not closed: {open:#?}");
    let elsewhere: Vec<&Record> = after
        .values()
        .filter(|item| corrected(item) && !corrected(&before[&item["item_id"]]) && item["township"] != town)
        .collect();
    assert!(elsewhere.is_empty(), "closed elsewhere: {elsewhere:#?}");
}

#[test]
fn what_is_corrected_is_closed() {
    let trial = Trial::new();
    let corrected = correct_values(&trial, TOWNS[0]);
    closes(&trial, &corrected, TOWNS[0], &[]);
}

#[test]
fn what_is_corrected_is_closed_although_the_neighbour_delivered_nothing() {
    let trial = Trial::new();
    let corrected = correct_values(&trial, TOWNS[0]);
    for folder in ["national", "national/2017", "provincial", "provincial/2017", "rolls"] {
        for entry in fs::read_dir(trial.path(folder)).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.to_string_lossy().contains(TOWNS[1]) {
                fs::remove_file(path).expect("removed");
            }
        }
    }
    closes(&trial, &corrected, TOWNS[0], &["--accept", TOWNS[1]]);
}

/// What was asked for is a row more, or a row less.
#[test]
fn a_measure_recorded_or_struck_off_closes_its_item() {
    let trial = Trial::new();
    let (town, mut corrected) = (TOWNS[0], BTreeSet::new());
    let findings = BASE.table("findings");
    let of_rule = |rule: &'static str| findings.iter().filter(move |f| f["rule_id"] == rule && f["township"] == town);
    let national = Book::open(&trial.path(&format!("national/帮扶措施_{town}.xlsx")));
    let platform = format!("provincial/帮扶措施_{town}.xlsx");
    let struck: BTreeSet<usize> =
        of_rule("B-duplicate").map(|finding| finding["provincial_row"].parse::<usize>().expect("a row") - 1).collect();
    corrected.extend(of_rule("B-duplicate").map(|finding| finding["finding_id"].clone()));
    trial.edit(&platform, |book| {
        for finding in of_rule("B-missing").filter(|finding| finding["national_row"] != "∅") {
            let row = finding["national_row"].parse::<usize>().expect("a row") - 1;
            let cells = [
                ("乡镇", "乡(镇)"),
                ("村", "行政村"),
                ("户主姓名", "户主姓名"),
                ("姓名", "姓名"),
                ("身份证号码", "证件号码"),
                ("年度", "年度"),
                ("措施类别", "项目类别"),
                ("措施名称", "项目内容"),
                ("享受金额（元）", "金额(元)"),
                ("享受时间", "实施时间"),
            ];
            let mut record: Vec<(&str, String)> =
                cells.iter().map(|(platform, header)| (*platform, national.cell(row, header))).collect();
            record.push(("户编号", finding["provincial_household_no"].clone()));
            book.push(&record);
            corrected.insert(finding["finding_id"].clone());
        }
        book.keep(|_, row| !struck.contains(&row));
    });
    assert!(corrected.len() >= 10, "{corrected:?}");
    closes(&trial, &corrected, town, &[]);
}
