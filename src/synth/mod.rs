//! Populations with known truth: two registries' exports, and what is the same, different and wrong in them.
//!
//! [`generate`] makes a county (or many) from a seed. Each township is one [`scene::Scene`]: people with
//! valid numbers and free of contradictions ([`population`], [`fields`]), what they received ([`benefits`]), both
//! systems' copies ([`register`]), and then what goes wrong: the registers drift apart ([`differences`]), are filled
//! in wrongly ([`errors`]) and damaged ([`damage`]). When asked for, there are registers of earlier years too
//! ([`years`]), and departments' rolls ([`rolls`]). Exports look as county staff get them ([`layout`], [`sheet`]);
//! [`truth`] says which rows are one person. [`evaluate`] holds a run's links and findings against it.
//!
//! ```text
//! <dir>/national/贫困户信息查询_<township>.xlsx  帮扶措施_<township>.xlsx
//! <dir>/national/2017/贫困户信息查询_<township>.xlsx
//! <dir>/provincial/户信息_<township>.csv  人员信息_….csv  帮扶措施_….csv  帮扶成效_….csv
//! <dir>/provincial/2017/户信息_<township>.csv  人员信息_….csv
//! <dir>/rolls/残疾人_<township>.xlsx  低保_….xlsx  教育资助_….xlsx  慢性病卡_….xlsx  医保代缴_….xlsx  雨露计划_….xlsx
//! <dir>/truth/members.csv  households.csv  errors.csv
//! ```
//!
//! Invariants: townships are made apart, from streams numbered by township, so equal settings give equal bytes on
//! any number of threads, and memory is bounded by the townships in hand; no identifier can be a living person's.

mod benefits;
mod confusion;
mod contradictions;
mod damage;
mod differences;
mod draw;
mod errors;
pub mod evaluate;
mod fields;
mod identity;
mod layout;
mod names;
mod places;
mod population;
mod records;
mod register;
mod rolls;
mod scene;
mod sheet;
mod truth;
mod write_csv;
mod write_parquet;
mod write_xlsx;
mod years;

use std::fmt::Display;
use std::path::Path;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Place, Result};
use crate::table::Side;
use crate::{private, say};
use fields::Span;
use layout::Form;
use places::Township;
use scene::Scene;
use sheet::{Quirks, Sheet};

/// How exports are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// Workbooks, one per township.
    Xlsx,
    /// GB18030 without a byte-order mark, data rows with a comma too many; one per township.
    Csv,
    /// UTF-8 with a byte-order mark, one per township.
    Utf8Csv,
    /// Parquet, several townships per file.
    Parquet,
}

impl Format {
    const fn extension(self) -> &'static str {
        match self {
            Self::Xlsx => "xlsx",
            Self::Csv | Self::Utf8Csv => "csv",
            Self::Parquet => "parquet",
        }
    }
}

/// What to make.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Households, before some are lost from one side or the other. A household has 2.15 members on average.
    pub households: u64,
    /// Equal seeds give equal bytes.
    pub seed: u64,
    /// Damage to identifiers and names: 1.0 is 2 % and 1.5 % of the platform's, a fifth of that nationally.
    pub damage: f64,
    /// Differences and wrong entries: at 1.0 a few persons in a hundred have a problem; 0.0 makes none.
    pub errors: f64,
    /// Years whose measures are exported; none: no benefit exports.
    pub years: Vec<i32>,
    /// Years whose registers are exported, beside the newest of all years: earlier ones in folders of their own.
    pub data_years: Vec<i32>,
    /// Whether departments' rolls are exported; there are none without measures.
    pub rolls: bool,
    /// Format of the national exports.
    pub national_format: Format,
    /// Format of the provincial exports.
    pub provincial_format: Format,
    /// Share of the platform's persons left without an identifier, beside other damage.
    pub missing_ids: Option<f64>,
    /// Whether the platform numbers households and persons by itself.
    pub own_numbers: bool,
    /// Whether files have repeated headers, blank rows, footers, two-row headers and a hidden sheet.
    pub quirks: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            households: 600,
            seed: 1,
            damage: 1.0,
            errors: 1.0,
            years: vec![2016, 2017, 2018],
            data_years: vec![],
            rolls: false,
            national_format: Format::Xlsx,
            provincial_format: Format::Csv,
            missing_ids: None,
            own_numbers: true,
            quirks: true,
        }
    }
}

impl Settings {
    /// The year whose state the registers show.
    fn newest_year(&self) -> i32 {
        self.years.iter().chain(&self.data_years).copied().max().unwrap_or(2018)
    }
    /// Years whose registers are exported beside the newest, in order.
    fn earlier_years(&self) -> Vec<i32> {
        let newest = self.newest_year();
        let mut years: Vec<i32> = self.data_years.iter().copied().filter(|year| *year < newest).collect();
        years.sort_unstable();
        years.dedup();
        years
    }
    fn span(&self) -> Span {
        let newest = self.newest_year();
        let first = self.years.iter().chain(&self.data_years).copied().min().unwrap_or(newest);
        let registers = self.earlier_years().first().copied().unwrap_or(newest)..=newest;
        Span { years: first..=newest, registers }
    }
    fn has_rolls(&self) -> bool {
        self.rolls && !self.years.is_empty()
    }
    fn format(&self, side: &str) -> Format {
        if side == Side::Provincial.word() { self.provincial_format } else { self.national_format }
    }
    /// Parquet files hold several townships; a sheet holds one.
    fn townships_per_file(&self) -> usize {
        let parquet = [self.national_format, self.provincial_format].contains(&Format::Parquet);
        if parquet { 8 } else { 1 }
    }
    fn check(&self) -> Result<()> {
        let rates = [self.damage, self.errors, self.missing_ids.unwrap_or(0.0)];
        if rates.iter().any(|rate| !rate.is_finite() || *rate < 0.0) {
            let problem = say!("损坏程度不能为负数", "damage and error rates must not be negative");
            return Err(Error::configuration(problem));
        }
        if let Some(year) = self.years.iter().chain(&self.data_years).find(|year| !(2014..=2020).contains(*year)) {
            let problem = say!("年度 {year} 超出范围", "year {year} is out of range");
            let remedy = say!("请填 2014 至 2020 之间的年度", "give years from 2014 to 2020");
            return Err(Error::configuration(problem).remedy(remedy));
        }
        Ok(())
    }
}

/// What was made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Townships, development zones included.
    pub townships: u64,
    /// Households as they really are.
    pub households: u64,
    /// Persons as they really are.
    pub persons: u64,
    /// Person rows of each side in the newest year, national first.
    pub member_rows: [u64; 2],
    /// Benefit rows of each side.
    pub benefit_rows: [u64; 2],
    /// Outcome rows of the platform.
    pub outcome_rows: u64,
    /// Rows of departments' rolls.
    pub roll_rows: u64,
    /// Problems put in on purpose.
    pub injected: u64,
    /// Files written, relative to the folder, sorted; the truth included.
    pub files: Vec<String>,
}

impl Summary {
    fn add(&mut self, other: Self) {
        self.townships += other.townships;
        self.households += other.households;
        self.persons += other.persons;
        for side in 0..2 {
            self.member_rows[side] += other.member_rows[side];
            self.benefit_rows[side] += other.benefit_rows[side];
        }
        self.outcome_rows += other.outcome_rows;
        self.roll_rows += other.roll_rows;
        self.injected += other.injected;
        self.files.extend(other.files);
    }
}

/// Groups of townships made before their truth is appended, in order: bounds memory.
const GROUPS_AT_ONCE: usize = 8;

/// Makes a population in `dir`, which is created; `progress` hears of every township's households.
///
/// Errors: settings out of range, or a file that cannot be written.
pub fn generate(settings: &Settings, dir: &Path, progress: impl Fn(u64) + Sync) -> Result<Summary> {
    settings.check()?;
    for folder in folders(settings) {
        let path = dir.join(folder);
        private::create_dir(&path).map_err(|cause| unwritable(&path, &cause))?;
    }
    let townships = places::townships(settings.households);
    let groups: Vec<&[Township]> = townships.chunks(settings.townships_per_file()).collect();
    let mut truth = truth::Files::create(&dir.join("truth"))?;
    let mut summary = Summary::default();
    for batch in groups.chunks(GROUPS_AT_ONCE) {
        let made: Vec<Result<_>> = batch.par_iter().map(|group| make_group(settings, dir, group, &progress)).collect();
        for group in made {
            let (lines, counts) = group?;
            lines.iter().try_for_each(|lines| truth.append(lines))?;
            summary.add(counts);
        }
    }
    truth.finish()?;
    summary.files.extend(["members", "households", "errors"].map(|name| format!("truth/{name}.csv")));
    summary.files.sort();
    Ok(summary)
}

/// Everything that files are written to.
fn folders(settings: &Settings) -> Vec<String> {
    let mut folders: Vec<String> = ["national", "provincial", "truth"].map(str::to_owned).to_vec();
    for year in settings.earlier_years() {
        folders.extend(Side::BOTH.map(|side| format!("{}/{year}", side.word())));
    }
    if settings.has_rolls() {
        folders.push("rolls".to_owned());
    }
    folders
}

/// Makes the townships that share their files, one after the other.
fn make_group(
    settings: &Settings,
    dir: &Path,
    group: &[Township],
    progress: &(impl Fn(u64) + Sync),
) -> Result<(Vec<truth::Lines>, Summary)> {
    let mut exports = Exports::create(settings, dir, group)?;
    let mut all_lines = vec![];
    let mut summary = Summary::default();
    for township in group {
        let mut scene = Scene::set(settings, township);
        exports.write(&mut scene)?;
        let mut lines = truth::lines(&scene, &exports.written);
        for (year, registers, written) in &mut exports.earlier {
            let mut earlier = years::earlier(&scene, *year);
            registers.write(&mut earlier)?;
            truth::add_errors(&earlier, written, &mut lines);
        }
        summary.townships += 1;
        summary.households += scene.people.households.len() as u64;
        summary.persons += scene.people.persons.len() as u64;
        summary.injected += lines.injected;
        all_lines.push(lines);
        progress(scene.people.households.len() as u64);
    }
    summary.add(exports.close()?);
    Ok((all_lines, summary))
}

/// Files being created: names, quirks and formats of one group of townships.
struct Desk<'a> {
    settings: &'a Settings,
    dir: &'a Path,
    group: &'a [Township],
    files: Vec<String>,
}

impl Desk<'_> {
    /// A file in the folder of its side, or of a year of that side; its name.
    fn create(&mut self, form: &'static Form, year: Option<i32>) -> Result<(Sheet, String)> {
        let format = self.settings.format(form.side);
        let year = year.map(|year| format!("{year}/")).unwrap_or_default();
        let name = group_name(self.settings, self.group);
        let file = format!("{}/{year}{}_{name}.{}", form.side, form.stem, format.extension());
        let quirks = quirks(self.settings, form, format, &self.group[0]);
        self.files.push(file.clone());
        Ok((Sheet::create(&self.dir.join(&file), form, format, quirks)?, file))
    }
}

/// Both systems' registers of one year.
struct Registers {
    persons: Sheet,
    households: Sheet,
    members: Sheet,
}

impl Registers {
    fn create(desk: &mut Desk<'_>, year: Option<i32>) -> Result<(Self, truth::Written)> {
        let (persons, persons_file) = desk.create(&layout::PERSONS, year)?;
        let (households, _) = desk.create(&layout::HOUSEHOLDS, year)?;
        let (members, members_file) = desk.create(&layout::MEMBERS, year)?;
        let written = truth::Written { persons: [persons_file, members_file], ..truth::Written::default() };
        Ok((Self { persons, households, members }, written))
    }

    /// Writes one township; rows are noted on its cards.
    fn write(&mut self, scene: &mut Scene<'_>) -> Result<()> {
        let township = scene.township;
        let [national, provincial] = &mut scene.registers;
        layout::persons(national, township, &mut self.persons)?;
        layout::households(provincial, township, &mut self.households)?;
        layout::members(provincial, township, &mut self.members)
    }

    /// Person rows of each side.
    fn close(self) -> Result<[u64; 2]> {
        self.households.close()?;
        Ok([self.persons.close()?, self.members.close()?])
    }
}

/// The files of one group of townships.
struct Exports {
    registers: Registers,
    /// National measures, provincial measures, provincial outcomes.
    benefits: Option<[Sheet; 3]>,
    rolls: Vec<Sheet>,
    earlier: Vec<(i32, Registers, truth::Written)>,
    written: truth::Written,
    files: Vec<String>,
}

impl Exports {
    fn create(settings: &Settings, dir: &Path, group: &[Township]) -> Result<Self> {
        let mut desk = Desk { settings, dir, group, files: vec![] };
        let (registers, mut written) = Registers::create(&mut desk, None)?;
        let (mut benefits, mut rolls, mut earlier) = (None, vec![], vec![]);
        if !settings.years.is_empty() {
            let (national, national_file) = desk.create(&layout::NATIONAL_BENEFITS, None)?;
            let (provincial, provincial_file) = desk.create(&layout::BENEFITS, None)?;
            let (outcomes, _) = desk.create(&layout::OUTCOMES, None)?;
            written.benefits = [national_file, provincial_file];
            benefits = Some([national, provincial, outcomes]);
        }
        if settings.has_rolls() {
            for form in rolls::FORMS {
                let (sheet, file) = desk.create(form, None)?;
                rolls.push(sheet);
                written.rolls.push(file);
            }
        }
        for year in settings.earlier_years() {
            let (registers, written) = Registers::create(&mut desk, Some(year))?;
            earlier.push((year, registers, written));
        }
        Ok(Self { registers, benefits, rolls, earlier, written, files: desk.files })
    }

    /// Writes one township; rows are noted on its cards, measures and entries.
    fn write(&mut self, scene: &mut Scene<'_>) -> Result<()> {
        self.registers.write(scene)?;
        let places = scene.whereabouts();
        let township = scene.township;
        let [national, provincial] = &mut scene.registers;
        if let Some([national_sheet, provincial_sheet, outcomes]) = &mut self.benefits {
            layout::national_benefits(national, &places[0], township, national_sheet)?;
            layout::benefits(provincial, &places[1], township, provincial_sheet)?;
            layout::outcomes(provincial, &places[1], township, outcomes)?;
        }
        scene.rolls.iter_mut().zip(&mut self.rolls).try_for_each(|(roll, sheet)| roll.write(sheet))
    }

    fn close(self) -> Result<Summary> {
        let mut summary = Summary { files: self.files, ..Summary::default() };
        summary.member_rows = self.registers.close()?;
        if let Some([national, provincial, outcomes]) = self.benefits {
            summary.benefit_rows = [national.close()?, provincial.close()?];
            summary.outcome_rows = outcomes.close()?;
        }
        for roll in self.rolls {
            summary.roll_rows += roll.close()?;
        }
        for (_, registers, _) in self.earlier {
            registers.close()?;
        }
        Ok(summary)
    }
}

/// A township's name, or the number of the volume when several share a file.
fn group_name(settings: &Settings, group: &[Township]) -> String {
    match settings.townships_per_file() {
        1 => group[0].name.clone(),
        several => format!("第{:03}册", group[0].ix / several + 1),
    }
}

/// What the file of a form has beside header and records: national sheets have titles, and each kind of oddity is
/// found in some township's files.
fn quirks(settings: &Settings, form: &Form, format: Format, township: &Township) -> Quirks {
    let national = form.side == Side::National.word();
    let titles =
        vec![format!("{}{}", township.county, form.title), "导出人：张三　导出时间：2019-02-15 09:30".to_owned()];
    if format == Format::Parquet || !settings.quirks {
        return Quirks {
            titles: if national && format != Format::Parquet { titles } else { vec![] },
            ..Quirks::default()
        };
    }
    let ix = township.ix;
    Quirks {
        titles: if national || ix % 3 == 2 { titles } else { vec![] },
        two_row_header: ix % 7 == 1,
        repeat_header_every: (ix % 3 == 2).then_some(120),
        blank_row_every: (ix % 3 == 1).then_some(150),
        footer: ix % 3 != 1,
        hidden_sheet: ix.is_multiple_of(5),
    }
}

/// A file of ours that cannot be written.
fn unwritable(path: &Path, cause: &dyn Display) -> Error {
    Error::output(say!("无法写入: {cause}", "cannot be written: {cause}"))
        .at(Place::file(path.display().to_string()))
        .remedy(say!("请检查磁盘空间和文件夹权限", "check the disk space and the folder's permissions"))
}

#[cfg(test)]
mod tests;
