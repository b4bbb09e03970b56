//! A small made-up outcome that every writer's tests share: two villages, one household without a village, all
//! outputs non-empty.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use polars::prelude::*;

use super::{InputFile, Outcome, OutputFile, Settings, write};
use crate::audit::{Audit, FieldAgreement, Recording, RuleRun, VillageCount};
use crate::ledger::Rolled;
use crate::link::{Model, Quality};
use crate::table::finding::RowPlace;
use crate::table::{
    BenefitLink, Category, CorrectIn, Decision, Fate, Finding, HouseholdLink, Item, ItemState, Linkage, MemberLink,
    Origin, People, Registry, Reject, Relation, RowClass, Scope, Severity, Side, Sort, SubjectRows, Tally,
};
use crate::words;

/// The pieces an [`Outcome`] borrows.
pub(crate) struct Example {
    pub(crate) registries: [Registry; 2],
    pub(crate) linkage: Linkage,
    pub(crate) model: Model,
    pub(crate) quality: Quality,
    pub(crate) audit: Audit,
    pub(crate) rolled: Rolled,
    pub(crate) tally: Tally,
    pub(crate) rejects: Vec<Reject>,
    pub(crate) inputs: Vec<InputFile>,
    pub(crate) settings: Settings,
    pub(crate) people: People,
}

const VILLAGES: [(&str, &str); 2] = [("城关镇", "东风村"), ("经济开发区", "红旗社区")];
pub(crate) const NAMES: [&str; 6] = ["张建国", "李秀英", "王子轩", "赵玉兰", "阿依古丽·买买提", "陈明"];
pub(crate) const HOUSEHOLDS: usize = 12;

impl Example {
    /// Two villages, twelve households of three members, and `per_household` findings for each household.
    pub(crate) fn new(per_household: usize) -> Self {
        let findings: Vec<Finding> =
            (0..HOUSEHOLDS).flat_map(|household| (0..per_household).map(move |ix| finding(household, ix))).collect();
        let registries = Side::BOTH.map(registry);
        let mut example = Self {
            people: People::of(&registries, None),
            registries,
            linkage: linkage(),
            model: Model::stated(&crate::link::Settings::default()),
            quality: Quality::default(),
            rolled: rolled(&findings),
            audit: audit(findings),
            tally: tally(),
            rejects: vec![reject()],
            inputs: Side::BOTH.map(input).into(),
            settings: Settings {
                deadline: Some("2019-03-15".into()),
                contact: Some("县扶贫办信息组 0564-0000000".into()),
                min_cell: 3,
                site_key: "test".into(),
                ..Settings::default()
            },
        };
        example.audit.findings.push(unplaced());
        example.audit.findings.push(suspect());
        example
    }

    pub(crate) fn outcome(&self) -> Outcome<'_> {
        Outcome {
            title: "示例县",
            run_id: "20190228T000000",
            as_of: "2019-02-28",
            registries: [&self.registries[0], &self.registries[1]],
            linkage: &self.linkage,
            clusters: None,
            model: &self.model,
            quality: &self.quality,
            audit: &self.audit,
            rolled: &self.rolled,
            tally: &self.tally,
            rejects: &self.rejects,
            notes: &[],
            inputs: &self.inputs,
            settings: &self.settings,
            people: &self.people,
        }
    }

    pub(crate) fn write(&self, dir: &Path) -> Vec<OutputFile> {
        write(&self.outcome(), dir).expect("everything is written")
    }
}

/// A valid-looking identifier of nobody.
pub(crate) fn id_no(household: usize, member: usize) -> String {
    format!("34240119{:02}{:02}11{:03}X", 40 + household * 3 % 60, 1 + member, 100 + household * 3 + member)
}

fn household_no(side: Side, household: usize) -> String {
    let prefix = if side == Side::National { 57_000_000_120_000_u64 } else { 34_150_300 };
    (prefix + household as u64).to_string()
}

fn village(household: usize) -> (&'static str, &'static str) {
    VILLAGES[household * VILLAGES.len() / HOUSEHOLDS]
}

/// The kinds of finding a household may have, in turn.
fn finding(household: usize, ix: usize) -> Finding {
    let (township, village) = village(household);
    let (national, provincial) = (household_no(Side::National, household), household_no(Side::Provincial, household));
    let member = ix % 3;
    let base = Finding {
        finding_id: format!("{:026}", household * 1000 + ix),
        rule_id: "F-education".into(),
        category: Category::Field,
        severity: Severity::Error,
        scope: Scope::Member,
        township: Some(township.into()),
        village: Some(village.into()),
        national_household_no: Some(national),
        national_person_no: Some(format!("5700000099{household:04}{member}")),
        provincial_household_no: Some(provincial),
        provincial_person_no: None,
        name: Some(NAMES[(household + member) % NAMES.len()].into()),
        head_name: Some(NAMES[household % NAMES.len()].into()),
        id_no: Some(id_no(household, member)),
        relation: Some(["户主", "配偶", "之子"][member].into()),
        year: None,
        field: Some("education".into()),
        national_value: Some("初中".into()),
        provincial_value: Some("小学".into()),
        correct_in: CorrectIn::Provincial,
        message: "文化程度两个系统不一致：国办系统为“初中”，省办平台为“小学”".into(),
        remedy: "核对户口簿或毕业证后，在省办平台将文化程度改为“初中”".into(),
        cause_id: None,
        national: Some(RowPlace { sheet_ix: 0, row: 4 + (household * 3 + member) as u32 }),
        provincial: Some(RowPlace { sheet_ix: 0, row: 2 + (household * 3 + member) as u32 }),
        side: None,
        about: "education".into(),
        subject: SubjectRows::default(),
    };
    match ix % 5 {
        0 => identity(base, household, member),
        1 => Finding { cause_id: Some(format!("{:026}", household * 1000 + ix - 1)), ..base },
        2 => benefit(base),
        3 => logic(base),
        _ => base,
    }
}

fn identity(base: Finding, household: usize, member: usize) -> Finding {
    let id = id_no(household, member);
    let wrong = format!("{}9{}", &id[..11], &id[12..]);
    Finding {
        rule_id: "I-003".into(),
        category: Category::Identity,
        field: Some("id_no".into()),
        message: words!(
            "省办平台证件号码 {} 校验位不符，与国办系统 {} 相差 1 位",
            Sort::Identifier.of(&wrong),
            Sort::Identifier.of(&id)
        ),
        remedy: "核对户口簿、身份证原件，在省办平台更正证件号码；更正后按证件号码关联的其他问题会一并消除".into(),
        national_value: Some(Sort::Identifier.of(&id).into()),
        provincial_value: Some(Sort::Identifier.of(&wrong).into()),
        ..base
    }
}

fn benefit(base: Finding) -> Finding {
    Finding {
        rule_id: "B-missing".into(),
        category: Category::Benefit,
        scope: Scope::Benefit,
        year: Some(2018),
        field: None,
        national_value: Some(words!("{}，2018年，1,260.50元", Sort::Item.of("健康脱贫351"))),
        provincial_value: None,
        message: "2018 年国办系统记有“健康脱贫351”1,260.50 元，省办平台没有记录，未做到应录尽录".into(),
        remedy: "核对一卡通发放记录后，在省办平台补录该项帮扶措施及成效".into(),
        ..base
    }
}

fn logic(base: Finding) -> Finding {
    Finding {
        rule_id: "L-037".into(),
        category: Category::Logic,
        severity: Severity::Warning,
        scope: Scope::Household,
        field: Some("household_phone".into()),
        national_value: Some(Sort::Phone.of("13812345678").into()),
        provincial_value: Some("未填".into()),
        correct_in: CorrectIn::Visit,
        message: words!(
            "主要致贫原因为“{}”，但全家健康状况均为“健康”，也没有慢性病、大病记录；联系电话{}",
            Sort::Label.of("因病"),
            Sort::Phone.of("13812345678")
        ),
        remedy: "入户核实致贫原因和家庭成员健康状况，以事实为准修改其中一项".into(),
        ..base
    }
}

fn unplaced() -> Finding {
    let finding = Finding { township: None, village: None, ..finding(0, 2) };
    Finding { finding_id: "Z0000000000000000000000001".into(), national_household_no: Some("57999".into()), ..finding }
}

fn suspect() -> Finding {
    Finding {
        finding_id: "Z0000000000000000000000002".into(),
        rule_id: "S-001".into(),
        category: Category::Suspect,
        severity: Severity::Info,
        correct_in: CorrectIn::Visit,
        message: "户口簿登记的成员未全部列入，可能未整户识别".into(),
        remedy: "入户核实家庭成员".into(),
        ..finding(1, 3)
    }
}

fn registry(side: Side) -> Registry {
    let members: Vec<(usize, usize)> =
        (0..HOUSEHOLDS).flat_map(|household| (0..3).map(move |m| (household, m))).collect();
    let text = |name: &str, of: &dyn Fn(usize, usize) -> String| {
        Column::new(name.into(), members.iter().map(|(household, member)| of(*household, *member)).collect::<Vec<_>>())
    };
    let rows: Vec<u32> = (0..members.len() as u32).map(|row| row + 2).collect();
    let members_frame = DataFrame::new_infer_height(vec![
        text("household_no", &|household, _| household_no(side, household)),
        text("name", &|household, member| NAMES[(household + member) % NAMES.len()].to_owned()),
        text("id_no", &id_no),
        text("township", &|household, _| village(household).0.to_owned()),
        text("village", &|household, _| village(household).1.to_owned()),
        text("relation", &|_, member| ["户主", "配偶", "之子"][member].to_owned()),
        Column::new("sheet_ix".into(), vec![0_u32; members.len()]),
        Column::new("row".into(), rows),
    ]);
    let households: Vec<usize> = (0..HOUSEHOLDS).collect();
    let household = |name: &str, of: &dyn Fn(usize) -> String| {
        Column::new(name.into(), households.iter().map(|household| of(*household)).collect::<Vec<_>>())
    };
    let households_frame = DataFrame::new_infer_height(vec![
        household("household_no", &|household| household_no(side, household)),
        household("hamlet", &|household| format!("第{}组", 12 - household)),
    ]);
    let benefits = DataFrame::new_infer_height(vec![
        Column::new("sheet_ix".into(), vec![0_u32; 3]),
        Column::new("row".into(), vec![2_u32, 3, 4]),
    ]);
    Registry {
        year: None,
        earlier: Vec::new(),
        side,
        members: members_frame.unwrap(),
        households: households_frame.unwrap(),
        benefits: benefits.unwrap(),
        outcomes: DataFrame::empty(),
        printed: Default::default(),
        origins: vec![Origin {
            file: format!("{}/人员.xlsx", side.word()),
            sheet: "Sheet1".into(),
            columns: Vec::new(),
        }],
        delivered: BTreeSet::new(),
        has_benefits: true,
        has_outcomes: false,
        unknown_labels: Vec::new(),
    }
}

fn linkage() -> Linkage {
    let members = 3 * HOUSEHOLDS as u32;
    let undecided = |ix: u32| ix >= members - 4;
    let link = |ix: u32| MemberLink {
        left: ix,
        right: if undecided(ix) { ix ^ 1 } else { ix },
        decision: if undecided(ix) { Decision::Review } else { Decision::Match },
        reason: "姓名不同，证件号码只差一位，同村同户，与另一候选人差距不足".into(),
        match_prob: if undecided(ix) { 0.62 } else { 0.9999 },
        weight_bits: 12.5,
        rule: "id18".into(),
    };
    let household =
        |ix| HouseholdLink { left: ix, right: ix, relation: Relation::Same, shared_members: 3, match_prob: 0.99 };
    let fate = |ix| if undecided(ix) { Fate::Review } else { Fate::Linked };
    Linkage {
        members: (0..members).map(link).collect(),
        households: (0..HOUSEHOLDS as u32).map(household).collect(),
        movements: Vec::new(),
        duplicates: [Vec::new(), Vec::new()],
        fates: [0, 1].map(|_| (0..members).map(fate).collect()),
        not_compared: [Vec::new(), Vec::new()],
        rules: Vec::new(),
    }
}

fn audit(findings: Vec<Finding>) -> Audit {
    let benefit = |national, provincial, decision| BenefitLink {
        national,
        provincial,
        decision,
        reason: "金额、年度相同".into(),
    };
    Audit {
        findings,
        benefit_links: vec![
            benefit(Some(0), Some(0), "match"),
            benefit(Some(1), None, "missing"),
            benefit(Some(2), Some(1), "match"),
            benefit(None, Some(2), "extra"),
        ],
        fields: VILLAGES.iter().flat_map(|place| fields(*place)).collect(),
        villages: VILLAGES.map(village_count).into(),
        recording: VILLAGES.iter().flat_map(|place| recording(*place)).collect(),
        rules: rules(),
        ..Audit::default()
    }
}

fn fields((township, village): (&str, &str)) -> Vec<FieldAgreement> {
    let field = |field, equal, differ, null_provincial| FieldAgreement {
        township: township.into(),
        village: village.into(),
        field,
        equal,
        both_null: 1,
        null_national: 0,
        null_provincial,
        differ,
        not_comparable: 0,
        unread: 0,
    };
    vec![
        field("relation", 16, 0, 0),
        field("education", 9, 6, 1),
        field("health", 13, 2, 1),
        field("work_months", 0, 0, 0),
    ]
}

fn village_count((township, village): (&str, &str)) -> VillageCount {
    VillageCount {
        township: township.into(),
        village: village.into(),
        members: [18, 18],
        households: [6, 6],
        members_linked: 16,
        households_linked: 6,
        households_judged: 6,
        households_consistent: 0,
    }
}

fn recording((township, village): (&str, &str)) -> Vec<Recording> {
    let recording = |item: &str, year, expected, recorded| Recording {
        township: township.into(),
        village: village.into(),
        item: item.into(),
        year: Some(year),
        expected,
        recorded,
    };
    vec![
        recording("健康脱贫351", 2018, 8, 2),
        recording("基本医保代缴", 2018, 18, 18),
        recording("雨露计划", 2017, 3, 1),
    ]
}

fn rules() -> Vec<RuleRun> {
    let rule = |id: &str, title: &str, category, severity, evaluated, findings| RuleRun {
        rule_id: id.into(),
        title: title.into(),
        category,
        severity,
        side: None,
        not_evaluated: None,
        years: BTreeSet::new(),
        evaluated,
        findings,
    };
    let mut rules = vec![
        rule("B-missing", "国办系统有而省办平台缺的帮扶措施", Category::Benefit, Severity::Error, 58, 10),
        rule("F-education", "文化程度不一致", Category::Field, Severity::Error, 32, 12),
        rule("I-003", "证件号码校验位不符", Category::Identity, Severity::Error, 36, 12),
        rule("L-037", "因病致贫而全家健康", Category::Logic, Severity::Warning, 12, 8),
    ];
    rules.push(RuleRun {
        not_evaluated: Some("省办平台未导出“住房面积”".into()),
        side: Some(Side::Provincial),
        ..rule("L-051", "住房面积与人口不相称", Category::Logic, Severity::Warning, 0, 0)
    });
    rules
}

fn rolled(findings: &[Finding]) -> Rolled {
    let item = |(ix, finding): (usize, &Finding)| Item {
        item_id: finding.finding_id.clone(),
        rule_id: finding.rule_id.clone(),
        township: finding.township.clone(),
        village: finding.village.clone(),
        state: if ix % 11 == 3 { ItemState::Reopened } else { ItemState::Open },
        first_seen: "2019-02-20".into(),
        last_seen: "2019-02-28".into(),
        year: finding.year,
        ..Item::default()
    };
    let mut items: Vec<Item> = findings.iter().enumerate().map(item).collect();
    items.sort_by(|a, b| a.item_id.cmp(&b.item_id));
    Rolled { items, new: 5, closed: 17, reopened: 2, ..Rolled::default() }
}

fn tally() -> Tally {
    let mut tally = Tally::default();
    for side in Side::BOTH {
        let file = format!("{}/人员.xlsx", side.word());
        let classes = BTreeMap::from([
            (RowClass::Title, 2),
            (RowClass::Header, 1),
            (RowClass::Accepted, 36),
            (RowClass::Rejected, 1),
        ]);
        tally.read(side.word(), &file, "Sheet1", 40);
        classes.into_iter().for_each(|(class, rows)| tally.add(side.word(), &file, "Sheet1", class, rows));
    }
    tally
}

fn reject() -> Reject {
    Reject {
        side: "national".into(),
        file: "national/人员.xlsx".into(),
        sheet: "Sheet1".into(),
        row: 40,
        reason: "证件号码和姓名都为空".into(),
        text: "1\t\t".into(),
    }
}

fn input(side: Side) -> InputFile {
    InputFile {
        side: side.word().into(),
        file: format!("{}/人员.xlsx", side.word()),
        profile: format!("{}-person", side.word()),
        format: "xlsx".into(),
        bytes: 1234,
        blake3: "a1b2c3d4e5f60718293a4b5c6d7e8f90".into(),
        rows: 40,
    }
}
