//! Small registries by hand: frames from rows, linkages from pairs.

use polars::prelude::*;

use super::settings::{BenefitItem, Correspondence, Elsewhere, LeftOut, LogicRule, Settings};
use crate::table::schema::{FIELDS, HOUSEHOLD_DERIVED, MEMBER_DERIVED, text_column};
use crate::table::{Decision, Fate, HouseholdLink, Linkage, MemberLink, Registry, Relation, Side};

/// A cell by column name, in the words of a CSV; empty is null.
pub(crate) type Row<'a> = &'a [(&'a str, &'a str)];

/// A frame with the columns that any row names, typed by the schema. Fields get their `_text` column, too.
pub(crate) fn frame(rows: &[Row<'_>], always: &[&str]) -> DataFrame {
    let mut names: Vec<&str> = always.to_vec();
    names.extend(rows.iter().flat_map(|row| row.iter().map(|(name, _)| *name)));
    names.sort_unstable();
    names.dedup();
    let cell = |row: Row<'_>, name: &str| {
        let value = row.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned());
        value.filter(|value| !value.is_empty())
    };
    let mut columns = Vec::new();
    for name in names {
        let text: Vec<Option<String>> = rows.iter().map(|row| cell(row, name)).collect();
        if FIELDS.iter().any(|field| field.name == name)
            && !rows.iter().any(|row| row.iter().any(|(n, _)| *n == text_column(name)))
        {
            columns.push(Column::new(text_column(name).into(), &text));
        }
        columns.push(typed(name, &text));
    }
    DataFrame::new(rows.len(), columns).unwrap()
}

fn typed(name: &str, text: &[Option<String>]) -> Column {
    let data_type = data_type(name);
    let parse = |what: &Option<String>| what.clone();
    let name: PlSmallStr = name.into();
    match data_type {
        DataType::Int32 => {
            Column::new(name, text.iter().map(|t| parse(t).map(|t| t.parse::<i32>().unwrap())).collect::<Vec<_>>())
        }
        DataType::Int64 => {
            let fen = |t: String| (t.parse::<f64>().unwrap() * 100.0).round() as i64;
            Column::new(name, text.iter().map(|t| parse(t).map(fen)).collect::<Vec<_>>())
        }
        DataType::UInt32 => {
            Column::new(name, text.iter().map(|t| parse(t).map(|t| t.parse::<u32>().unwrap())).collect::<Vec<_>>())
        }
        DataType::Float64 => {
            Column::new(name, text.iter().map(|t| parse(t).map(|t| t.parse::<f64>().unwrap())).collect::<Vec<_>>())
        }
        DataType::Boolean => Column::new(name, text.iter().map(|t| parse(t).map(|t| t == "是")).collect::<Vec<_>>()),
        DataType::Date => {
            let day = |t: String| {
                let date: jiff::civil::Date = t.parse().unwrap();
                (date - jiff::civil::date(1970, 1, 1)).get_days()
            };
            Column::new(name, text.iter().map(|t| parse(t).map(day)).collect::<Vec<_>>()).cast(&DataType::Date).unwrap()
        }
        _ => Column::new(name, text),
    }
}

fn data_type(name: &str) -> DataType {
    let field = FIELDS.iter().find(|field| field.name == name).map(|field| field.kind.data_type());
    let derived = MEMBER_DERIVED.iter().chain(HOUSEHOLD_DERIVED).find(|(other, ..)| *other == name);
    field.or(derived.map(|(_, data_type, _)| data_type.clone())).unwrap_or(match name {
        "member_ix" | "household_ix" => DataType::UInt32,
        _ => DataType::String,
    })
}

/// A registry from rows; derived columns that a row does not give are filled in as normalisation would.
pub(crate) fn registry(side: Side, members: &[Row<'_>], households: &[Row<'_>]) -> Registry {
    let member_always = [
        "household_ix",
        "name",
        "name_key",
        "id_no",
        "id18",
        "id_class",
        "born_on",
        "sex_known",
        "relation",
        "disability_kind",
        "disability_grade",
    ];
    let mut members = frame(members, &member_always);
    let mut households = frame(households, &["household_no", "township", "village", "head_ix"]);
    for frame in [&mut members, &mut households] {
        let rows = frame.height() as u32;
        frame.with_column(Column::new("sheet_ix".into(), vec![0u32; rows as usize])).unwrap();
        frame.with_column(Column::new("row".into(), (4..4 + rows).collect::<Vec<_>>())).unwrap();
    }
    Registry {
        side,
        year: None,
        earlier: Vec::new(),
        members,
        households,
        benefits: DataFrame::empty(),
        outcomes: DataFrame::empty(),
        printed: Default::default(),
        origins: Vec::new(),
        delivered: Default::default(),
        has_benefits: false,
        has_outcomes: false,
        unknown_labels: Vec::new(),
    }
}

/// A linkage: decided pairs of people, pairs of households; everybody else is on one side only.
pub(crate) fn linkage(
    members: &[(u32, u32, Decision)],
    households: &[(u32, u32, Relation, u32)],
    sizes: [usize; 2],
) -> Linkage {
    let mut fates = sizes.map(|size| vec![Fate::OnlyHere; size]);
    for (left, right, decision) in members {
        let fate = match decision {
            Decision::Match => Fate::Linked,
            Decision::Review => Fate::Review,
            Decision::Conflict => Fate::Conflict,
        };
        (fates[0][*left as usize], fates[1][*right as usize]) = (fate, fate);
    }
    let link = |&(left, right, decision): &(u32, u32, Decision)| MemberLink {
        left,
        right,
        decision,
        reason: "".into(),
        match_prob: 1.0,
        weight_bits: 20.0,
        rule: "id18".into(),
    };
    let household = |&(left, right, relation, shared_members): &(u32, u32, Relation, u32)| HouseholdLink {
        left,
        right,
        relation,
        shared_members,
        match_prob: 1.0,
    };
    Linkage {
        members: members.iter().map(link).collect(),
        households: households.iter().map(household).collect(),
        fates,
        ..Linkage::default()
    }
}

/// A rule file, with the form that the pipeline reads.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct RuleFile {
    rule: Vec<LogicRule>,
    correspondence: Vec<Correspondence>,
    elsewhere: Vec<Elsewhere>,
    left_out: Vec<LeftOut>,
}

#[derive(serde::Deserialize)]
struct Catalogue {
    item: Vec<BenefitItem>,
}

/// What ships with the tool: rules, correspondences among them, the library's other numbers, the catalogue.
pub(crate) fn shipped() -> Settings {
    let pipelines = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines");
    let mut files: Vec<_> =
        std::fs::read_dir(pipelines.join("rules")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut settings = Settings::default();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let read: RuleFile = toml::from_str(&text).unwrap_or_else(|cause| panic!("{}: {cause}", file.display()));
        settings.logic.extend(read.rule);
        settings.logic.extend(read.correspondence.iter().map(Correspondence::rule));
        settings.elsewhere.extend(read.elsewhere);
        settings.left_out.extend(read.left_out);
    }
    let catalogue = std::fs::read_to_string(pipelines.join("benefits/anhui-2016-2019.toml")).unwrap();
    settings.benefits = toml::from_str::<Catalogue>(&catalogue).unwrap().item;
    settings
}

/// The rules that ship with the tool.
pub(crate) fn shipped_rules() -> Vec<LogicRule> {
    shipped().logic
}

/// An audit without any roll.
pub(crate) fn audit(
    registries: [&Registry; 2],
    linkage: &Linkage,
    settings: &Settings,
    engine: crate::engine::Engine,
) -> crate::error::Result<super::Audit> {
    let (rolls, links) = Default::default();
    let (expected, aside) = Default::default();
    let evidence = super::Evidence { rolls: &rolls, links: &links, expected: &expected, aside: &aside };
    super::audit(registries, linkage, evidence, settings, engine)
}
