//! Returned verdicts against what is known, and rulings against registries that change.

use super::*;
use crate::error::Lang;
use crate::ledger::pair::tests::registry;
use crate::table::Side;

/// A pair of people named by one hexadecimal digit each.
fn pair(people: &str) -> PairKey {
    let (left, right) = people.split_at(1);
    (left.repeat(13) + &right.repeat(13)).parse().unwrap()
}

/// `ab=` is "a and b are one person", `ab#` two, `ab?` unsure.
fn read(text: &str) -> (PairKey, Verdict) {
    let verdict = match &text[2..] {
        "=" => Verdict::Same,
        "#" => Verdict::Different,
        _ => Verdict::Unsure,
    };
    (pair(&text[..2]), verdict)
}

fn returned(file: &str, verdicts: &[&str]) -> Vec<Returned> {
    let rows = (3..).zip(verdicts);
    rows.map(|(row, text)| {
        let (pair, verdict) = read(text);
        let place = Place { row: Some(row), ..Place::sheet(file, "待判定") };
        Returned { pair, verdict, note: None, source: file.into(), blake3: format!("hash of {file}"), place }
    })
    .collect()
}

/// The store in small: what returning files one after the other leaves behind.
#[derive(Default)]
struct Store(Vec<Ruling>);

impl Store {
    /// Returns a file; the count of new, replaced and unchanged pairs.
    #[track_caller]
    fn takes(&mut self, file: &str, verdicts: &[&str], replace: bool, counts: [usize; 3]) {
        let (accepted, errors) = accept(&self.0, &returned(file, verdicts), replace, "2019-03-01");
        assert!(errors.is_empty(), "{errors:?}");
        let Accepted { new, replaced, unchanged } = accepted;
        assert_eq!([new.len(), replaced.len(), unchanged as usize], counts);
        let current = self.0.iter_mut().filter(|ruling| ruling.replaced_on.is_none());
        for ruling in current.filter(|ruling| replaced.contains(&ruling.pair)) {
            ruling.replaced_on = Some("2019-03-01".into());
        }
        self.0.extend(new);
    }
    /// Refuses a file, one line per expected text.
    #[track_caller]
    fn refuses(&self, file: &str, verdicts: &[&str], expected: &[&str]) {
        let (_, errors) = accept(&self.0, &returned(file, verdicts), false, "2019-03-01");
        let lines: Vec<String> = errors.iter().flat_map(|error| error.lines(Lang::Zh)).collect();
        assert_eq!(lines.len(), expected.len(), "{lines:#?}");
        for (line, words) in lines.iter().zip(expected) {
            assert!(line.contains(words) && line.contains('（'), "{words}: {line}");
        }
    }
    fn current(&self) -> Vec<(PairKey, Verdict)> {
        let current = self.0.iter().filter(|ruling| ruling.replaced_on.is_none());
        let mut current: Vec<_> = current.map(|ruling| (ruling.pair, ruling.verdict)).collect();
        current.sort_unstable();
        current
    }
}

#[test]
fn a_file_returned_twice_changes_nothing() {
    let mut store = Store::default();
    store.takes("一", &["ab=", "ac#", "dd?"], false, [3, 0, 0]);
    store.takes("一", &["ab=", "ac#", "dd?"], false, [0, 0, 3]);
    store.takes("一", &["ab=", "ac#", "dd?"], true, [0, 0, 3]);
}

#[test]
fn unsure_gives_way_and_takes_nothing_back() {
    let mut store = Store::default();
    store.takes("一", &["ab?", "cd=", "cd?"], false, [2, 0, 0]);
    store.takes("二", &["ab="], false, [1, 1, 0]);
    store.refuses("三", &["ab?"], &["三[待判定]:3: 与已保存的判定相反：2019-03-01 的 二 判定为“同一人”"]);
    store.takes("一", &["ab?"], false, [0, 0, 1]);
    assert_eq!(store.current(), [read("ab="), read("cd=")]);
}

#[test]
fn contradictions_within_files_are_told_with_both_places() {
    let store = Store::default();
    store.refuses("一", &["ab=", "ab#"], &["一[待判定]:4: 同一对人员有两种判定：这里是“不是同一人”，一[待判定]:3"]);
    store.refuses(
        "一",
        &["ab=", "ac="],
        &["一[待判定]:4: 同一个人被判定与两个不同的人是同一人，另一处是 一[待判定]:3"],
    );
    store.refuses("一", &["ab=", "cb=", "ad="], &["两个不同的人", "两个不同的人"]);
    store.refuses("一", &["ab=", "cd=", "ab#", "ad="], &["两种判定", "两个不同的人"]);
}

#[test]
fn a_later_file_overrules_only_when_asked_to() {
    let mut store = Store::default();
    store.takes("一", &["ab="], false, [1, 0, 0]);
    store.refuses("二", &["ab#"], &["与已保存的判定相反"]);
    store.takes("二", &["ab#"], true, [1, 1, 0]);
    // The old file once more, by mistake: it was overruled, and stays so.
    store.takes("一", &["ab="], false, [0, 0, 1]);
    assert_eq!(store.current(), [read("ab#")]);
    store.takes("一", &["ab="], true, [1, 1, 0]);
    assert_eq!((store.current(), store.0.len()), (vec![read("ab=")], 3));
}

#[test]
fn nobody_gets_a_second_partner_from_a_later_file() {
    let mut store = Store::default();
    store.takes("一", &["ab=", "cd="], false, [2, 0, 0]);
    store.refuses("二", &["ad="], &["二[待判定]:3: 其中一人在 2019-03-01 的 一", "其中一人在"]);
    store.takes("二", &["ad="], true, [1, 2, 0]);
    assert_eq!(store.current(), [read("ad=")]);
    store.takes("一", &["ab=", "cd="], false, [0, 0, 2]);
    assert_eq!(store.current(), [read("ad=")]);
}

#[test]
fn a_ruling_that_lapsed_is_in_nobody_s_way() {
    let mut store = Store::default();
    store.takes("一", &["ab="], false, [1, 0, 0]);
    store.0[0].lapsed_on = Some("2019-03-02".into());
    store.takes("二", &["ac="], false, [1, 0, 0]);
}

/// The registries of a story: people of each side by name and identifier.
fn registries(left: &[[&str; 2]], right: &[[&str; 2]]) -> [Registry; 2] {
    [registry(Side::National, left), registry(Side::Provincial, right)]
}

fn key_of(registries: &[Registry; 2], left: u32, right: u32) -> PairKey {
    let [left, right] =
        [(0, left), (1, right)].map(|(side, row)| PersonKeys::of(&registries[side], "site").unwrap().key(row));
    PairKey { left, right }
}

fn ruled(pair: PairKey, verdict: Verdict) -> Ruling {
    let place = Place::default();
    ruling(&Returned { pair, verdict, note: None, source: String::new(), blake3: String::new(), place }, "2019-03-01")
}

fn resolved(known: &[Ruling], [left, right]: &[Registry; 2]) -> Resolved {
    resolve(known, [left, right], "site").unwrap()
}

#[test]
fn a_ruling_finds_its_rows_wherever_they_are() {
    let before = registries(&[["甲", "1"], ["乙", "2"]], &[["甲", "9"], ["丙", "3"]]);
    let pairs = [key_of(&before, 0, 0), key_of(&before, 1, 1), key_of(&before, 1, 0)];
    let known = [ruled(pairs[0], Verdict::Same), ruled(pairs[1], Verdict::Different), ruled(pairs[2], Verdict::Unsure)];
    let now = registries(&[["乙", "2"], ["丁", "4"], ["甲", "1"]], &[["丙", "3"], ["甲", "9"]]);
    let link = |left, right, same| link::Ruling { left, right, same };
    let expected = Resolved { rulings: vec![link(0, 0, false), link(2, 1, true)], lapses: vec![] };
    assert_eq!(resolved(&known, &now), expected);
    // A record that an export holds twice.
    let twice = registries(&[["甲", "1"], ["乙", "2"], ["乙", "2"], ["甲", "1"]], &[["甲", "9"], ["丙", "3"]]);
    let expected = vec![link(0, 0, true), link(1, 1, false), link(2, 1, false)];
    assert_eq!(resolved(&known, &twice).rulings, expected);
}

#[test]
fn a_ruling_kept_under_a_number_without_the_site_s_key_still_rules() {
    let now = registries(&[["甲", "1"], ["乙", "2"]], &[["甲", "9"]]);
    let [left, right] = [(0, 1), (1, 0)].map(|(side, row)| PersonKeys::of(&now[side], "").unwrap().key(row));
    let known = [ruled(PairKey { left, right }, Verdict::Different)];
    let expected = Resolved { rulings: vec![link::Ruling { left: 1, right: 0, same: false }], lapses: vec![] };
    assert_eq!(resolved(&known, &now), expected);
}

#[test]
fn a_ruling_lapses_when_one_record_changes_and_holds_again_when_it_changes_back() {
    let before = registries(&[["甲", "1"]], &[["甲", "9"]]);
    let pair = key_of(&before, 0, 0);
    let mut known = [ruled(pair, Verdict::Same)];
    let corrected = registries(&[["甲", "1"]], &[["甲", "1"]]);
    assert_eq!(resolved(&known, &corrected), Resolved { rulings: vec![], lapses: vec![(pair, true)] });
    let elsewhere = registries(&[["乙", "1"]], &[["乙", "1"]]);
    assert_eq!(resolved(&known, &elsewhere), Resolved::default(), "neither was exported");
    known[0].lapsed_on = Some("2019-03-02".into());
    assert_eq!(resolved(&known, &corrected), Resolved::default());
    assert_eq!(resolved(&known, &before).lapses, [(pair, false)]);
    assert_eq!(resolved(&known, &before).rulings.len(), 1);
}

#[test]
fn of_two_rulings_that_cannot_both_hold_the_later_counts() {
    let now = registries(&[["甲", "1"]], &[["甲", "8"], ["甲", "9"]]);
    let known = [ruled(key_of(&now, 0, 0), Verdict::Same), ruled(key_of(&now, 0, 1), Verdict::Same)];
    assert_eq!(resolved(&known, &now).rulings, [link::Ruling { left: 0, right: 1, same: true }]);
    let replaced = known.map(|ruling| Ruling { replaced_on: Some("2019-03-02".into()), ..ruling });
    assert_eq!(resolved(&replaced, &now), Resolved::default());
}
