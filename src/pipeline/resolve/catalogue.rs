//! Rules, correspondences and the benefit catalogue: read, proved on rows, and held against one another. What is wrong with a
//! condition is told with the line of that condition.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use toml::Spanned;

use super::super::Profile;
use super::super::options::{BenefitFileOptions, RuleFileOptions};
use super::super::wording::nearest;
use super::{Loaded, Resolver, fold};
use crate::error::{Error, Place};
use crate::normalise::{ITEM_COLUMN, Vocabularies, Vocabulary};
use crate::{audit, say};

/// What the rule files hold.
#[derive(Default)]
pub(super) struct Library {
    pub(super) rules: Vec<audit::LogicRule>,
    pub(super) elsewhere: Vec<audit::Elsewhere>,
    pub(super) left_out: Vec<audit::LeftOut>,
    /// Measures of correspondences, and where they are named.
    pub(super) measures: Vec<(Place, audit::Measures)>,
}

impl Resolver {
    pub(super) fn rules(&mut self, main: &Loaded, patterns: &[Spanned<String>]) -> Library {
        let built_in: BTreeSet<String> =
            audit::pages(&audit::Settings::default()).into_iter().map(|page| page.id).collect();
        let mut rules: BTreeMap<String, audit::LogicRule> = BTreeMap::new();
        let mut library = Library::default();
        for loaded in self.matching(main, patterns) {
            let Some(options) = self.read::<RuleFileOptions>(&loaded) else { continue };
            self.check_schema(&loaded, &options.schema);
            for found in &options.correspondence {
                library.measures.push((
                    loaded.document().place_of_key(&found.span(), "measures"),
                    found.get_ref().measures.clone(),
                ));
            }
            let correspondences =
                options.correspondence.into_iter().map(|found| (found.span(), found.get_ref().rule()));
            let own = options.rule.into_iter().map(|rule| (rule.span(), rule.into_inner()));
            for (span, rule) in own.chain(correspondences) {
                if let Err(cause) = audit::prove(&rule) {
                    self.errors.push(cause.at(loaded.document().place_of_key(&span, "when")));
                }
                let id = rule.id.clone();
                if rules.insert(id.clone(), rule).is_some() || built_in.contains(&id) {
                    self.mistake(&loaded, &span, say!("规则 `{id}` 定义了两次", "rule `{id}` is defined twice"));
                }
            }
            library.elsewhere.extend(options.elsewhere);
            library.left_out.extend(options.left_out);
        }
        Library { rules: rules.into_values().collect(), ..library }
    }

    /// Reads the catalogue, and makes the vocabulary of items from the names it gives them.
    pub(super) fn benefits(
        &mut self,
        main: &Loaded,
        patterns: &[Spanned<String>],
        vocabularies: &mut Vocabularies,
    ) -> Vec<audit::BenefitItem> {
        let categories =
            vocabularies.by_name.get("benefit_category").map(|list| list.labels.clone()).unwrap_or_default();
        let mut items: BTreeMap<String, audit::BenefitItem> = BTreeMap::new();
        let mut owner: BTreeMap<String, String> = BTreeMap::new();
        for loaded in self.matching(main, patterns) {
            let Some(options) = self.read::<BenefitFileOptions>(&loaded) else { continue };
            self.check_schema(&loaded, &options.schema);
            for item in options.item {
                let span = item.span();
                let item = item.into_inner();
                let name = item.item.clone();
                for spelling in std::iter::once(&item.item).chain(&item.names) {
                    if let Some(other) = owner.insert(fold(spelling), name.clone())
                        && other != name
                    {
                        let place = loaded.document().place_of_key(&span, "names");
                        let problem = say!(
                            "“{spelling}”既归“{other}”又归“{name}”",
                            "“{spelling}” belongs to both “{other}” and “{name}”"
                        );
                        self.errors.push(Error::configuration(problem).at(place));
                    }
                }
                for category in
                    item.categories.iter().filter(|name| !categories.iter().any(|(label, _)| label == *name))
                {
                    let place = loaded.document().place_of_key(&span, "categories");
                    let problem = say!(
                        "“{category}”不在词表 benefit_category 里",
                        "“{category}” is not a label of vocabulary benefit_category"
                    );
                    self.errors.push(Error::configuration(problem).at(place));
                }
                if let Err(cause) = audit::prove_item(&item) {
                    self.errors.push(cause.at(loaded.document().place_of_key(&span, "eligible")));
                }
                if items.insert(name.clone(), item).is_some() {
                    let problem = say!("项目“{name}”定义了两次", "item “{name}” is defined twice");
                    self.mistake(&loaded, &span, problem);
                }
            }
        }
        self.check_item_names(main, &items);
        let labels = items.values().map(|item| (item.item.clone(), item.names.clone())).collect();
        if vocabularies.by_name.insert("benefit_item".to_owned(), Vocabulary { labels, blank_equals: None }).is_some() {
            let problem = say!(
                "词表 benefit_item 由帮扶措施目录的 names 生成，不能另写",
                "vocabulary benefit_item is made of the catalogue's `names`, and cannot be a file"
            );
            self.errors.push(Error::configuration(problem).at(Place::file(&main.file)));
        }
        items.into_values().collect()
    }

    /// Items that exclude one another must exist; more of them than a set can hold is a mistake.
    fn check_item_names(&mut self, main: &Loaded, items: &BTreeMap<String, audit::BenefitItem>) {
        for item in items.values() {
            for other in item.excludes.iter().filter(|other| !items.contains_key(*other)) {
                let name = &item.item;
                let problem =
                    say!("“{name}”的 excludes 里没有“{other}”这个项目", "“{name}” excludes the unknown item “{other}”");
                self.errors.push(Error::configuration(problem).at(Place::file(&main.file)));
            }
        }
        let count = items.len();
        if count > audit::MAX_ITEMS {
            let most = audit::MAX_ITEMS;
            let problem = say!("目录有 {count} 项，最多 {most} 项", "the catalogue has {count} items, at most {most}");
            self.errors.push(Error::configuration(problem).at(Place::file(&main.file)));
        }
    }

    /// Measures of correspondences must be known, and there must be one.
    pub(super) fn check_measures(
        &mut self,
        measures: &[(Place, audit::Measures)],
        items: &[audit::BenefitItem],
        vocabularies: &Vocabularies,
    ) {
        let categories =
            vocabularies.by_name.get("benefit_category").map(|list| list.labels.as_slice()).unwrap_or_default();
        for (place, measures) in measures {
            let category = |name: &&String| !categories.iter().any(|(label, _)| label == *name);
            let item = |name: &&String| !items.iter().any(|item| item.item == **name);
            let unknown = measures.categories.iter().filter(category).chain(measures.items.iter().filter(item));
            for name in unknown {
                let problem = say!("没有“{name}”这项措施或类别", "there is no measure or category “{name}”");
                self.errors.push(Error::configuration(problem).at(place.clone()));
            }
            if measures.categories.is_empty() && measures.items.is_empty() {
                let problem = say!("measures 里一项也没有", "`measures` names none");
                self.errors.push(Error::configuration(problem).at(place.clone()));
            }
        }
    }

    /// Items that rolls prove must be in the catalogue.
    pub(super) fn check_proved_items(
        &mut self,
        main: &Loaded,
        profiles: &BTreeMap<String, Arc<Profile>>,
        items: &[audit::BenefitItem],
    ) {
        for profile in profiles.values() {
            let own = profile.binding.fields.iter().filter_map(|field| field.field.strip_prefix(ITEM_COLUMN));
            let proves = profile.prover.iter().flat_map(|prover| prover.proves.iter().map(String::as_str));
            for name in own.chain(proves).filter(|name| !items.iter().any(|item| item.item == *name)) {
                let (id, known) =
                    (&profile.id, nearest(name, items.iter().map(|item| item.item.as_str())).unwrap_or("-"));
                let problem = say!(
                    "名册 `{id}` 中的“{name}”不在帮扶措施目录里（是不是“{known}”？）",
                    "roll `{id}`: “{name}” is not in the benefit catalogue (did you mean “{known}”?)"
                );
                self.errors.push(Error::configuration(problem).at(Place::file(&main.file)));
            }
        }
    }

    /// Rules that others follow, or that cover a number of the library, must exist.
    pub(super) fn check_named_rules(&mut self, main: &Loaded, settings: &audit::Settings) {
        let pages = audit::pages(settings);
        let known: BTreeSet<&str> = pages.iter().map(|page| page.id.as_str()).collect();
        let followed = settings.logic.iter().flat_map(|rule| rule.follows.iter().map(|other| (rule.id.clone(), other)));
        let covering =
            settings.elsewhere.iter().flat_map(|entry| entry.rules.iter().map(|rule| (entry.title.clone(), rule)));
        for (owner, rule) in followed.chain(covering).filter(|(_, rule)| !known.contains(rule.as_str())) {
            let near = nearest(rule, known.iter().copied()).unwrap_or("-").to_owned();
            let problem = say!(
                "“{owner}”引用了不存在的规则 `{rule}`（是不是 `{near}`？）",
                "“{owner}” names the unknown rule `{rule}` (did you mean `{near}`?)"
            );
            self.errors.push(Error::configuration(problem).at(Place::file(&main.file)));
        }
    }
}
