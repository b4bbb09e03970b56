//! Everything that can be wrong in [`Settings`] without seeing data, collected and reported together.

use std::collections::BTreeSet;

use crate::error::{Error, Result, Text};
use crate::say;

use super::pattern::{MAX_COMPARISONS, MAX_LEVELS};
use super::settings::{Comparison, Kind, REVERSED, Settings};

/// Columns that one comparison may read.
const MAX_COLUMNS: usize = 4;

/// Checks settings.
///
/// # Errors
/// All mistakes as one configuration error.
pub fn check(settings: &Settings) -> Result<()> {
    let mut mistakes = Vec::new();
    check_scales(settings, &mut mistakes);
    check_names(settings, &mut mistakes);
    check_references(settings, &mut mistakes);
    for comparison in &settings.comparison {
        check_comparison(comparison, &mut mistakes);
    }
    let errors = mistakes.into_iter().map(Error::configuration).collect();
    Error::all(errors).map_or(Ok(()), Err)
}

fn check_scales(settings: &Settings, mistakes: &mut Vec<Text>) {
    let thresholds = settings.thresholds;
    if settings.comparison.is_empty() {
        mistakes.push(say!("没有 comparison，无从比对", "no `comparison` is listed, so nothing can be compared"));
    }
    if !is_probability(settings.match_prior) {
        let value = settings.match_prior;
        mistakes
            .push(say!("match_prior = {value}，应在 0 与 1 之间", "match_prior is {value}, expected between 0 and 1"));
    }
    if !(thresholds.review_bits <= thresholds.match_bits && thresholds.margin_bits >= 0.0) {
        mistakes.push(say!(
            "thresholds：review_bits 不得大于 match_bits，margin_bits 不得为负",
            "thresholds: review_bits must not exceed match_bits, and margin_bits must not be negative"
        ));
    }
    if let Some(household) = &settings.household
        && !is_probability(household.match_prior)
    {
        let value = household.match_prior;
        mistakes.push(say!(
            "household.match_prior = {value}，应在 0 与 1 之间",
            "household.match_prior is {value}, expected between 0 and 1"
        ));
    }
    if settings.comparison.len() > MAX_COMPARISONS {
        let count = settings.comparison.len();
        mistakes.push(say!(
            "comparison 共 {count} 项，最多 {MAX_COMPARISONS} 项",
            "{count} comparisons are listed, at most {MAX_COMPARISONS} fit a pattern"
        ));
    }
}

fn check_names(settings: &Settings, mistakes: &mut Vec<Text>) {
    let mut seen = BTreeSet::new();
    let comparisons = settings.comparison.iter().map(|comparison| ("comparison", &comparison.name));
    let rules = settings.blocking.iter().map(|rule| ("blocking", &rule.name));
    for (table, name) in comparisons.chain(rules) {
        if !seen.insert((table, name)) {
            mistakes.push(say!("{table} 名称重复：{name}", "{table} `{name}` is listed twice"));
        }
    }
    for rule in settings.blocking.iter().filter(|rule| rule.keys.is_empty()) {
        let name = &rule.name;
        mistakes.push(say!("blocking {name} 没有 keys", "blocking rule `{name}` has no keys"));
    }
}

fn check_references(settings: &Settings, mistakes: &mut Vec<Text>) {
    if let Some(identity) = &settings.identity {
        let levels = identity.compatible.iter().chain(&identity.conflicting);
        check_levels(settings, "identity", &identity.name, levels, mistakes);
    }
    for (position, comparison) in settings.comparison.iter().enumerate() {
        let Some(unless) = &comparison.unless else { continue };
        let name = &comparison.name;
        check_levels(settings, name, &unless.comparison, unless.levels.iter(), mistakes);
        if settings.comparison(&unless.comparison).is_some_and(|other| other >= position) {
            let other = &unless.comparison;
            mistakes.push(say!(
                "{name}.unless：{other} 应排在 {name} 之前",
                "{name}.unless: `{other}` must be listed before `{name}`"
            ));
        }
    }
}

fn check_levels<'a>(
    settings: &Settings,
    from: &str,
    name: &str,
    levels: impl Iterator<Item = &'a String>,
    mistakes: &mut Vec<Text>,
) {
    let Some(position) = settings.comparison(name) else {
        mistakes.push(say!("{from}：没有名为 {name} 的 comparison", "{from}: no comparison is named `{name}`"));
        return;
    };
    for level in levels.filter(|level| !settings.comparison[position].levels.iter().any(|other| other.level == **level))
    {
        mistakes.push(say!("{from}：{name} 没有等级 {level}", "{from}: comparison `{name}` has no level `{level}`"));
    }
}

fn check_comparison(comparison: &Comparison, mistakes: &mut Vec<Text>) {
    let name = &comparison.name;
    let most = match comparison.kind {
        Kind::Nested | Kind::Set => MAX_COLUMNS,
        Kind::Text | Kind::Edits => 2,
        _ => 1,
    };
    if comparison.columns.is_empty() || comparison.columns.len() > most {
        mistakes.push(match most {
            1 => say!("{name}：columns 应为一列", "{name}: `columns` must name one column"),
            _ => say!("{name}：columns 应为一至 {most} 列", "{name}: `columns` must name 1 to {most} columns"),
        });
    }
    if comparison.levels.is_empty() || comparison.levels.len() > MAX_LEVELS {
        let count = comparison.levels.len();
        mistakes.push(say!(
            "{name}：levels 共 {count} 个，应为 1 至 {MAX_LEVELS} 个",
            "{name}: {count} levels are listed, expected 1 to {MAX_LEVELS}"
        ));
        return;
    }
    check_level_names(comparison, mistakes);
    for level in &comparison.levels {
        let probabilities = [Some(level.m), Some(level.u), level.u_within];
        if !probabilities.into_iter().flatten().all(is_probability) {
            let level = &level.level;
            mistakes.push(say!(
                "{name}.{level}：m、u、u_within 应大于 0、小于 1",
                "{name}.{level}: m, u and u_within must lie between 0 and 1, both excluded"
            ));
        }
    }
}

fn check_level_names(comparison: &Comparison, mistakes: &mut Vec<Text>) {
    let name = &comparison.name;
    let known = comparison.kind.level_names();
    if known.is_empty() {
        check_bounds(comparison, mistakes);
        return;
    }
    let order: Option<Vec<usize>> =
        comparison.levels.iter().map(|level| known.iter().position(|known| *known == level.level)).collect();
    let ends = comparison.levels.last().map(|level| level.level.as_str()) == known.last().copied();
    if !order.is_some_and(|order| order.is_sorted_by(|above, below| above < below)) || !ends {
        let expected = known.join(", ");
        mistakes.push(say!(
            "{name}：levels 只能取 {expected}，依此顺序，且须有最后一个",
            "{name}: levels must be among {expected}, in this order, the last one included"
        ));
    }
}

/// Bounds must loosen from level to level, and the last level must take whatever is left.
fn check_bounds(comparison: &Comparison, mistakes: &mut Vec<Text>) {
    let name = &comparison.name;
    let levels = || comparison.levels.iter().filter(|level| level.level != REVERSED);
    let by_similarity = matches!(comparison.kind, Kind::Text | Kind::Words);
    let (bound, foreign, cuts): (_, _, Vec<f64>) = if by_similarity {
        let cuts = levels().map(|level| -level.at_least.unwrap_or(f64::NEG_INFINITY)).collect();
        ("at_least", levels().any(|level| level.at_most.is_some()), cuts)
    } else {
        let cuts = levels().map(|level| level.at_most.unwrap_or(f64::INFINITY)).collect();
        ("at_most", levels().any(|level| level.at_least.is_some()), cuts)
    };
    if foreign || !cuts.is_sorted_by(|above, below| above < below) || cuts.last().is_none_or(|last| last.is_finite()) {
        mistakes.push(say!(
            "{name}：各级写 {bound}，逐级放宽，最后一级不写",
            "{name}: levels state `{bound}`, looser from level to level, and the last level has none"
        ));
    }
    if levels().count() < comparison.levels.len() && comparison.columns.len() != 2 {
        mistakes.push(say!("{name}：等级 {REVERSED} 须有第二列", "{name}: level `{REVERSED}` needs a second column"));
    }
}

fn is_probability(value: f64) -> bool {
    value > 0.0 && value < 1.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Lang;

    fn check_message(change: impl FnOnce(&mut Settings), expected: &[&str]) {
        let mut settings = crate::link::tests::settings();
        change(&mut settings);
        let lines = check(&settings).map_or_else(|error| error.lines(Lang::En), |()| Vec::new());
        assert_eq!(lines, expected);
    }

    #[test]
    fn shipped_settings_are_sound() {
        check_message(|_| (), &[]);
    }

    #[test]
    fn every_mistake_is_reported_at_once() {
        check_message(
            |settings| {
                settings.match_prior = 0.0;
                settings.thresholds.review_bits = 9.0;
                settings.comparison[1].levels[0].m = 1.0;
                settings.blocking[1].name = settings.blocking[0].name.clone();
                settings.blocking[1].keys.clear();
            },
            &[
                "match_prior is 0, expected between 0 and 1",
                "thresholds: review_bits must not exceed match_bits, and margin_bits must not be negative",
                "blocking `证件号码前15位` is listed twice",
                "blocking rule `证件号码前15位` has no keys",
                "name.exact: m, u and u_within must lie between 0 and 1, both excluded",
            ],
        );
    }

    #[test]
    fn references_are_followed() {
        check_message(
            |settings| {
                settings.comparison[2].unless.as_mut().expect("birth").comparison = "identity".into();
                settings.identity.as_mut().expect("identity").compatible = vec!["exactly".into()];
                settings.comparison[0].levels.swap(0, 1);
            },
            &[
                "identity: comparison `name` has no level `exactly`",
                "birth: no comparison is named `identity`",
                "identifier: levels must be among exact, equal_invalid, truncated, one_error, two_errors, masked, same_birth, \
                 damaged_differ, differ, in this order, the last one included",
            ],
        );
    }
}
