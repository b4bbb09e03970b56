//! From what the files say to what the stages use: names → fields, labels → vocabularies, conditions → proofs.
//! Collects every mistake, each with file and line.

mod catalogue;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::de::DeserializeOwned;
use toml::Spanned;
use unicode_normalization::UnicodeNormalization;

use super::document::Document;
use super::options::{
    ColumnOptions, PipelineOptions, ProfileOptions, RollSourceOptions, SourceOptions, VocabularyOptions,
    default_profiles, default_rules, default_vocabularies,
};
use super::wording::nearest;
use super::{ConfigFile, Guard, Plan, Profile, Source};
use crate::error::{Error, Place, Result, Text};
use crate::ingest::{Binding, BoundField, Limits};
use crate::normalise::{ITEM_COLUMN, Prover, Shape, Vocabularies, Vocabulary};
use crate::table::{FIELDS, Kind, Roll, Severity, Side, Supplier, schema};
use crate::{audit, emit, link, normalise, say};
use catalogue::Library;

/// The version of every pipeline file this program reads.
const SCHEMA: u32 = 1;

/// Reads the pipeline file and everything it names.
pub(super) fn resolve(path: &Path) -> Result<Plan> {
    let mut resolver = Resolver::new(path);
    let plan = resolver.plan(path);
    match (plan, Error::all(resolver.errors)) {
        (Some(plan), None) => Ok(plan),
        (_, Some(errors)) => Err(errors),
        (None, None) => Err(Error::internal(say!("流水线未能解析", "the pipeline could not be resolved"))),
    }
}

/// Carries what is read and what is wrong with it.
struct Resolver {
    base: PathBuf,
    files: Vec<ConfigFile>,
    errors: Vec<Error>,
}

/// A file that was read: shown path and text.
struct Loaded {
    file: String,
    text: String,
}

impl Loaded {
    fn document(&self) -> Document<'_> {
        Document { file: &self.file, text: &self.text }
    }
    fn place(&self, span: &Range<usize>) -> Place {
        self.document().place(span)
    }
}

impl Resolver {
    fn new(path: &Path) -> Self {
        let base = path.parent().map(Path::to_path_buf).unwrap_or_default();
        Self { base, files: Vec::new(), errors: Vec::new() }
    }

    fn plan(&mut self, path: &Path) -> Option<Plan> {
        let main = self.load(path)?;
        let Some(options) = self.read::<PipelineOptions>(&main) else {
            self.read_beside(&main);
            return None;
        };
        self.check_schema(&main, &options.schema);
        let profiles = self.profiles(&main, &options.profiles);
        let mut vocabularies = self.vocabularies(&main, &options.vocabularies);
        let library = self.rules(&main, &options.rules);
        let benefits = self.benefits(&main, &options.benefits, &mut vocabularies);
        self.check_proved_items(&main, &profiles, &benefits);
        self.check_measures(&library.measures, &benefits, &vocabularies);
        let link = self.link(&main, &options.link).unwrap_or_default();
        let mut sources = self.sources(&main, &options.source, &profiles);
        sources.extend(options.roll.iter().filter_map(|roll| self.roll(&main, roll, &profiles)));
        let as_of = self.date(&main, options.as_of.as_ref(), "as_of");
        let deadline = self.date(&main, options.worklist.deadline.as_ref(), "deadline");
        let audit = self.audit(&main, &options, library, benefits, &vocabularies);
        Some(Plan {
            file: main.file,
            title: options.title,
            input: self.base.join(&options.input),
            out: self.base.join(&options.out),
            as_of,
            sources,
            profiles: profiles.into_values().collect(),
            normalise: normalise::Settings { vocabularies, latest_birth: None },
            link,
            emit: emit::Settings {
                worklist_mask: options.worklist.mask,
                contact: options.worklist.contact,
                deadline,
                site_key: audit.site_key.clone(),
                ..emit::Settings::default()
            },
            audit,
            guard: Guard {
                max_shrink_percent: options.guard.max_shrink_percent,
                max_reject_percent: options.guard.max_reject_percent,
                townships: options.guard.townships,
                accept: options.guard.accept,
            },
            limits: Limits::default(),
            files: std::mem::take(&mut self.files),
        })
    }

    /// The usual files beside a pipeline file whose own form is wrong: their mistakes are told in the same breath.
    fn read_beside(&mut self, main: &Loaded) {
        let mut beside = Self { base: self.base.clone(), files: Vec::new(), errors: Vec::new() };
        beside.profiles(main, &default_profiles());
        beside.vocabularies(main, &default_vocabularies());
        beside.rules(main, &default_rules());
        beside.errors.retain(|error| error.place().is_none_or(|place| place.file != main.file));
        self.errors.extend(beside.errors);
    }

    fn load(&mut self, path: &Path) -> Option<Loaded> {
        let file = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => {
                let blake3 = blake3::hash(text.as_bytes()).to_hex().to_string();
                self.files.push(ConfigFile { file: file.clone(), blake3 });
                Some(Loaded { file, text })
            }
            Err(cause) => {
                self.errors.push(
                    Error::configuration(say!("读不了这个文件: {cause}", "cannot read this file: {cause}"))
                        .at(Place::file(file))
                        .remedy(say!("检查路径；文件须为 UTF-8", "check the path; the file must be UTF-8")),
                );
                None
            }
        }
    }

    fn read<T: DeserializeOwned>(&mut self, loaded: &Loaded) -> Option<T> {
        let (value, errors) = loaded.document().read();
        self.errors.extend(errors);
        value
    }

    fn mistake(&mut self, loaded: &Loaded, span: &Range<usize>, problem: Text) {
        self.errors.push(Error::configuration(problem).at(loaded.place(span)));
    }

    fn check_schema(&mut self, loaded: &Loaded, schema: &Spanned<u32>) {
        let found = *schema.get_ref();
        if found != SCHEMA {
            let problem = say!(
                "schema = {found}，本程序只认 schema = {SCHEMA}",
                "schema = {found}, but this program reads schema = {SCHEMA}"
            );
            self.mistake(loaded, &schema.span(), problem);
        }
    }

    /// Loads every file that the patterns name, sorted; a pattern that names nothing is a mistake.
    fn matching(&mut self, main: &Loaded, patterns: &[Spanned<String>]) -> Vec<Loaded> {
        let mut paths = BTreeSet::new();
        for pattern in patterns {
            let text = pattern.get_ref();
            let full = self.base.join(text);
            let found: Vec<PathBuf> =
                glob::glob(&full.to_string_lossy()).map(|paths| paths.flatten().collect()).unwrap_or_default();
            if found.is_empty() {
                let problem = say!("没有文件符合 `{text}`", "no file matches `{text}`");
                self.mistake(main, &pattern.span(), problem);
            }
            paths.extend(found);
        }
        paths.iter().filter_map(|path| self.load(path)).collect()
    }

    fn profiles(&mut self, main: &Loaded, patterns: &[Spanned<String>]) -> BTreeMap<String, Arc<Profile>> {
        let mut profiles = BTreeMap::new();
        for loaded in self.matching(main, patterns) {
            let Some(options) = self.read::<ProfileOptions>(&loaded) else { continue };
            self.check_schema(&loaded, &options.schema);
            let id = options.id.get_ref().clone();
            let span = options.id.span();
            if let Some(profile) = self.profile(&loaded, options)
                && profiles.insert(id.clone(), Arc::new(profile)).is_some()
            {
                self.mistake(&loaded, &span, say!("导出样式 `{id}` 定义了两次", "profile `{id}` is defined twice"));
            }
        }
        profiles
    }

    fn profile(&mut self, loaded: &Loaded, options: ProfileOptions) -> Option<Profile> {
        let shape = self.word(loaded, &options.shape, SHAPES);
        let side = options.side.as_ref().map(|side| self.word(loaded, side, SIDES));
        let mut claimed: BTreeMap<String, String> = BTreeMap::new();
        let mut fields = Vec::new();
        for column in &options.column {
            let Some(name) = self.bound_name(loaded, column, shape) else { continue };
            for header in column.headers.get_ref() {
                let key = fold(header);
                if let Some(other) = claimed.insert(key, name.clone())
                    && other != name
                {
                    let problem = say!(
                        "列名“{header}”同时指 `{other}` 和 `{name}`",
                        "header “{header}” names both `{other}` and `{name}`"
                    );
                    self.mistake(loaded, &column.headers.span(), problem);
                }
            }
            let headers = column.headers.get_ref().clone();
            fields.push(BoundField { field: name, headers, required: column.required, kind: None });
        }
        let id = options.id.into_inner();
        let title = options.title;
        let binding = Binding { profile: id.clone(), title: title.clone(), fields };
        let side = match side {
            Some(side) => Some(side?),
            None => None,
        };
        let shape = shape?;
        let prover = (shape == Shape::Roll).then(|| Prover {
            roll: Roll {
                id: id.clone(),
                title: title.clone(),
                holder: options.holder,
                outsiders: options.outsiders,
                insiders: options.insiders,
            },
            proves: options.proves.into_iter().map(Spanned::into_inner).collect(),
        });
        Some(Profile { id, title, side, shape, binding, prover })
    }

    /// The field that a column is bound to; in a roll, a column may also stand for one item.
    fn bound_name(&mut self, loaded: &Loaded, column: &ColumnOptions, shape: Option<Shape>) -> Option<String> {
        match (&column.field, &column.item) {
            (Some(field), None) => {
                let name = field.get_ref();
                if let Some(field) = schema::field(name) {
                    return Some(field.name.to_owned());
                }
                let known = nearest(name, FIELDS.iter().map(|field| field.name)).unwrap_or("household_no");
                let problem = say!(
                    "没有 `{name}` 这个指标（是不是 `{known}`？）",
                    "there is no field `{name}` (did you mean `{known}`?)"
                );
                self.mistake(loaded, &field.span(), problem);
            }
            (None, Some(item)) if shape.is_none_or(|shape| shape == Shape::Roll) => {
                return Some(format!("{ITEM_COLUMN}{}", item.get_ref()));
            }
            _ => {
                let problem = say!(
                    "每列写 field，或（仅名册）写 item，二者取一",
                    "a column has a `field`, or (in a roll) an `item`, and not both"
                );
                self.mistake(loaded, &column.headers.span(), problem);
            }
        }
        None
    }

    /// The value a word stands for; a mistake when it stands for none.
    fn word<T: Copy>(&mut self, loaded: &Loaded, word: &Spanned<String>, known: &[(&str, T)]) -> Option<T> {
        let found = known.iter().find(|(name, _)| name == word.get_ref()).map(|(_, value)| *value);
        if found.is_none() {
            let text = word.get_ref();
            let words: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
            let words = words.join(" | ");
            let problem = say!("`{text}` 不是可用的值，可用: {words}", "`{text}` is not one of: {words}");
            self.mistake(loaded, &word.span(), problem);
        }
        found
    }

    fn vocabularies(&mut self, main: &Loaded, patterns: &[Spanned<String>]) -> Vocabularies {
        let mut by_name = BTreeMap::new();
        for loaded in self.matching(main, patterns) {
            let Some(options) = self.read::<VocabularyOptions>(&loaded) else { continue };
            self.check_schema(&loaded, &options.schema);
            let name = options.name.get_ref().clone();
            let span = options.name.span();
            let vocabulary = self.vocabulary(&loaded, options);
            if by_name.insert(name.clone(), vocabulary).is_some() {
                self.mistake(&loaded, &span, say!("词表 `{name}` 定义了两次", "vocabulary `{name}` is defined twice"));
            }
        }
        for field in FIELDS {
            // The names of items are in the catalogue.
            if let Kind::Label(name) | Kind::Labels(name) = field.kind
                && name != "benefit_item"
                && !by_name.contains_key(name)
            {
                let title = field.title;
                self.errors.push(
                    Error::configuration(say!(
                        "缺少词表 `{name}`（指标“{title}”用）",
                        "vocabulary `{name}` (of field “{title}”) is missing"
                    ))
                    .at(Place::file(&main.file)),
                );
            }
        }
        Vocabularies { by_name }
    }

    fn vocabulary(&mut self, loaded: &Loaded, options: VocabularyOptions) -> Vocabulary {
        let mut owner: BTreeMap<String, String> = BTreeMap::new();
        for label in &options.label {
            for spelling in std::iter::once(&label.label).chain(&label.synonyms) {
                let text = spelling.get_ref();
                let mine = label.label.get_ref();
                if let Some(other) = owner.insert(fold(text), mine.clone())
                    && other != *mine
                {
                    let problem =
                        say!("“{text}”既归“{other}”又归“{mine}”", "“{text}” belongs to both “{other}” and “{mine}”");
                    self.mistake(loaded, &spelling.span(), problem);
                }
            }
        }
        if let Some(blank) = &options.blank_equals
            && !options.label.iter().any(|label| label.label.get_ref() == blank.get_ref())
        {
            let text = blank.get_ref();
            let problem = say!("“{text}”不在本词表里", "“{text}” is not a label of this list");
            self.mistake(loaded, &blank.span(), problem);
        }
        Vocabulary {
            labels: options
                .label
                .into_iter()
                .map(|label| {
                    let synonyms = label.synonyms.into_iter().map(Spanned::into_inner).collect();
                    (label.label.into_inner(), synonyms)
                })
                .collect(),
            blank_equals: options.blank_equals.map(Spanned::into_inner),
        }
    }

    fn link(&mut self, main: &Loaded, path: &Spanned<String>) -> Option<link::Settings> {
        let full = self.base.join(path.get_ref());
        if !full.is_file() {
            let text = path.get_ref();
            self.mistake(main, &path.span(), say!("没有文件 `{text}`", "there is no file `{text}`"));
            return None;
        }
        let loaded = self.load(&full)?;
        let settings: link::Settings = self.read(&loaded)?;
        if let Err(mistakes) = link::check(&settings) {
            self.errors.push(mistakes.at(Place::file(&loaded.file)));
        }
        Some(settings)
    }

    fn sources(
        &mut self,
        main: &Loaded,
        options: &[SourceOptions],
        profiles: &BTreeMap<String, Arc<Profile>>,
    ) -> Vec<Source> {
        let sources: Vec<Source> = options.iter().flat_map(|source| self.source(main, source, profiles)).collect();
        for side in Side::BOTH {
            let has_people = |source: &SourceOptions| {
                let shape = profiles.get(source.profile.get_ref()).map(|profile| profile.shape);
                source.side.get_ref() == side.word() && shape.is_none_or(|shape| shape == Shape::Person)
            };
            if !options.iter().any(has_people) {
                let word = side.word();
                let title = side.title();
                let problem = say!(
                    "没有{title}的人员导出（side = \"{word}\"）",
                    "no [[source]] exports the people of side = \"{word}\""
                );
                self.errors.push(Error::configuration(problem).at(Place::file(&main.file)));
            }
        }
        sources
    }

    fn source(
        &mut self,
        main: &Loaded,
        options: &SourceOptions,
        profiles: &BTreeMap<String, Arc<Profile>>,
    ) -> Vec<Source> {
        let side = self.word(main, &options.side, SIDES);
        let profile = self.profile_of(main, &options.profile, profiles, false);
        if let (Some(side), Some(profile)) = (side, &profile)
            && profile.side.is_some_and(|expected| expected != side)
        {
            let (found, id, title) = (side.title(), &profile.id, &profile.title);
            let problem =
                say!("样式 `{id}`（{title}）不是{found}的导出", "profile `{id}` is not an export of this side");
            self.mistake(main, &options.profile.span(), problem);
        }
        self.check_patterns(main, &options.files);
        let (Some(side), Some(profile)) = (side, profile) else { return Vec::new() };
        let source = |data_year: Option<i32>, files: Vec<String>| Source {
            supplier: Supplier::System(side),
            profile: profile.clone(),
            files,
            data_year,
            optional: options.optional,
        };
        let files = options.files.get_ref();
        if let Some(years) = options.years.as_ref().filter(|years| years.get_ref().is_empty()) {
            self.mistake(main, &years.span(), say!("years 是空的", "`years` is empty"));
        }
        let Some(years) = &options.years else { return vec![source(options.data_year, files.clone())] };
        if options.data_year.is_some() || files.iter().any(|pattern| !pattern.contains(YEAR)) {
            let problem = say!(
                "写了 years，就不再写 data_year，files 里要有 {{year}}",
                "with `years` there is no `data_year`, and `files` say {{year}}"
            );
            self.mistake(main, &years.span(), problem);
        }
        let files_of = |year: i32| files.iter().map(|pattern| pattern.replace(YEAR, &year.to_string())).collect();
        years.get_ref().iter().map(|year| source(Some(*year), files_of(*year))).collect()
    }

    fn roll(
        &mut self,
        main: &Loaded,
        options: &RollSourceOptions,
        profiles: &BTreeMap<String, Arc<Profile>>,
    ) -> Option<Source> {
        let profile = self.profile_of(main, &options.profile, profiles, true);
        self.check_patterns(main, &options.files);
        Some(Source {
            supplier: Supplier::Department,
            profile: profile?,
            files: options.files.get_ref().clone(),
            data_year: options.data_year,
            optional: options.optional,
        })
    }

    /// The profile that a source names; a roll's for a roll, another for a system's export.
    fn profile_of(
        &mut self,
        main: &Loaded,
        name: &Spanned<String>,
        profiles: &BTreeMap<String, Arc<Profile>>,
        is_roll: bool,
    ) -> Option<Arc<Profile>> {
        let id = name.get_ref();
        let profile = profiles.get(id).cloned();
        match &profile {
            None => {
                let known = nearest(id, profiles.keys().map(String::as_str)).unwrap_or("-").to_owned();
                let problem = say!(
                    "没有导出样式 `{id}`（是不是 `{known}`？）",
                    "there is no profile `{id}` (did you mean `{known}`?)"
                );
                self.mistake(main, &name.span(), problem);
            }
            Some(profile) if (profile.shape == Shape::Roll) != is_roll => {
                let problem = say!(
                    "样式 `{id}`：部门名册写在 [[roll]]，系统导出写在 [[source]]",
                    "profile `{id}`: rolls belong under [[roll]], the systems' exports under [[source]]"
                );
                self.mistake(main, &name.span(), problem);
            }
            Some(_) => {}
        }
        profile
    }

    fn check_patterns(&mut self, main: &Loaded, files: &Spanned<Vec<String>>) {
        if files.get_ref().is_empty() {
            let problem = say!("files 是空的", "`files` is empty");
            self.mistake(main, &files.span(), problem);
        }
        for pattern in files.get_ref() {
            if let Err(cause) = glob::Pattern::new(pattern) {
                let problem = say!("文件样式 `{pattern}` 写错了: {cause}", "bad file pattern `{pattern}`: {cause}");
                self.mistake(main, &files.span(), problem);
            }
        }
    }

    fn date(&mut self, loaded: &Loaded, date: Option<&Spanned<String>>, key: &str) -> Option<String> {
        let date = date?;
        let text = date.get_ref();
        match text.parse::<jiff::civil::Date>() {
            Ok(date) => Some(date.to_string()),
            Err(_) => {
                let problem = say!(
                    "{key} = \"{text}\" 不是日期（应为 YYYY-MM-DD）",
                    "{key} = \"{text}\" is not a date (YYYY-MM-DD expected)"
                );
                self.mistake(loaded, &date.span(), problem);
                None
            }
        }
    }

    fn audit(
        &mut self,
        main: &Loaded,
        options: &PipelineOptions,
        library: Library,
        benefits: Vec<audit::BenefitItem>,
        vocabularies: &Vocabularies,
    ) -> audit::Settings {
        let mut switches = audit::Switches::default();
        for (rule, severity) in &options.audit.severity {
            if let Some(severity) = self.word(main, severity, SEVERITIES) {
                switches.severity.insert(rule.clone(), severity);
            }
        }
        switches.disabled = options.audit.disabled.iter().map(|rule| rule.get_ref().clone()).collect();
        let digest = |list: &Vocabulary| blake3::hash(format!("{list:?}").as_bytes()).to_hex()[..16].to_owned();
        let vocabulary_digests = vocabularies.by_name.iter().map(|(name, list)| (name.clone(), digest(list))).collect();
        let vocabularies = vocabularies.by_name.iter();
        let defaults = audit::Settings::default();
        let of_lists = vocabularies.filter_map(|(name, list)| Some((name.clone(), list.blank_equals.clone()?)));
        let settings = audit::Settings {
            site_key: self.site_key(main, options),
            logic: library.rules,
            elsewhere: library.elsewhere,
            left_out: library.left_out,
            benefits,
            blank_equals: defaults.blank_equals.clone().into_iter().chain(of_lists).collect(),
            vocabulary_digests,
            tolerances: options.audit.tolerances.clone(),
            switches,
            ..defaults
        };
        self.check_rule_names(main, options, &settings);
        self.check_named_rules(main, &settings);
        settings
    }

    /// Item numbers depend on it, so it must not follow from anything that may be renamed.
    fn site_key(&mut self, main: &Loaded, options: &PipelineOptions) -> String {
        let key = options.site_key.as_ref().map(|key| key.get_ref().trim()).unwrap_or_default();
        if key.is_empty() {
            let span = options.site_key.as_ref().map_or_else(|| options.schema.span(), Spanned::span);
            self.errors.push(
                Error::configuration(say!("没有 site_key", "there is no site_key")).at(main.place(&span)).remedy(say!(
                    "加一行 site_key = \"本县的一个固定词\"，以后不要再改：条目编号由它产生",
                    "add site_key = \"a fixed word of this county\", and never change it: item numbers come from it"
                )),
            );
        }
        key.to_owned()
    }

    /// Rules named in `[audit]` must exist.
    fn check_rule_names(&mut self, main: &Loaded, options: &PipelineOptions, settings: &audit::Settings) {
        let pages = audit::pages(settings);
        let known: BTreeSet<&str> = pages.iter().map(|page| page.id.as_str()).collect();
        let named = options.audit.disabled.iter().map(|rule| (rule.get_ref().as_str(), rule.span()));
        let overridden = options.audit.severity.iter().map(|(rule, severity)| (rule.as_str(), severity.span()));
        for (rule, span) in named.chain(overridden) {
            if !known.contains(rule) {
                let near = nearest(rule, known.iter().copied()).unwrap_or("-").to_owned();
                let problem = say!(
                    "没有规则 `{rule}`（是不是 `{near}`？）",
                    "there is no rule `{rule}` (did you mean `{near}`?)"
                );
                self.mistake(main, &span, problem);
            }
        }
    }
}

/// What stands for the year in the patterns of several years.
const YEAR: &str = "{year}";
const SIDES: &[(&str, Side)] = &[("national", Side::National), ("provincial", Side::Provincial)];
const SHAPES: &[(&str, Shape)] = &[
    ("person", Shape::Person),
    ("household", Shape::Household),
    ("benefit", Shape::Benefit),
    ("outcome", Shape::Outcome),
    ("roll", Shape::Roll),
];
const SEVERITIES: &[(&str, Severity)] =
    &[("info", Severity::Info), ("warning", Severity::Warning), ("error", Severity::Error)];

/// Headers and labels that differ only in width, case or blanks are one.
fn fold(text: &str) -> String {
    text.nfkc().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}
