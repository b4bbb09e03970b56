//! The mistakes of delivery, one by one: what an officer does to the exports of the sample county, its settings or its
//! results folder before a run.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use super::book::Book;
use super::deliveries::{BASE, Mistake, TOWNS, Trial, set_aside};

const TOWN: &str = TOWNS[0];
const NEIGHBOUR: &str = TOWNS[1];
const LAST: &str = TOWNS[2];

/// The kinds of export of the sample county: name for people, path, and whether its rows are people or households.
const KINDS: [(&str, &str, bool); 15] = [
    ("national people", "national/贫困户信息查询", true),
    ("national measures", "national/帮扶措施", false),
    ("provincial households", "provincial/户信息", true),
    ("provincial people", "provincial/人员信息", true),
    ("provincial measures", "provincial/帮扶措施", false),
    ("outcomes", "provincial/帮扶成效", false),
    ("national people 2017", "national/2017/贫困户信息查询", true),
    ("provincial households 2017", "provincial/2017/户信息", true),
    ("provincial people 2017", "provincial/2017/人员信息", true),
    ("disability roll", "rolls/残疾人", false),
    ("dibao roll", "rolls/低保", false),
    ("education roll", "rolls/教育资助", false),
    ("chronic roll", "rolls/慢性病卡", false),
    ("insurance roll", "rolls/医保代缴", false),
    ("yulu roll", "rolls/雨露计划", false),
];
const NATIONAL: &str = KINDS[0].1;
const NATIONAL_MEASURES: &str = KINDS[1].1;
const HOUSEHOLDS: &str = KINDS[2].1;
const MEMBERS: &str = KINDS[3].1;
const MEASURES: &str = KINDS[4].1;
const OUTCOMES: &str = KINDS[5].1;
/// People and households of the newest year.
const REGISTERS: [&str; 3] = [NATIONAL, HOUSEHOLDS, MEMBERS];

/// An export of the sample county, relative to the input folder.
fn export(stem: &str, town: &str) -> String {
    format!("{stem}_{town}.xlsx")
}

/// The mistakes that people were seen to make.
pub(crate) fn mistakes() -> Vec<Mistake> {
    [absent(), exchanged(), thinned(), emptied(), repeated(), settings(), results(), forms()]
        .into_iter()
        .flatten()
        .collect()
}

/// Files that did not arrive.
fn absent() -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    for (kind, stem, _) in KINDS {
        mistakes.push(Mistake::new(format!("absent: {kind} of one township"), move |trial| {
            trial.remove(&export(stem, TOWN));
        }));
        mistakes.push(Mistake::new(format!("absent: {kind} of all townships"), move |trial| {
            TOWNS.iter().for_each(|town| trial.remove(&export(stem, town)));
        }));
    }
    let folders: [(&str, &[&str]); 7] = [
        ("the national side of one township", &["national", "national/2017"]),
        ("the provincial side of one township", &["provincial", "provincial/2017"]),
        ("the newest year of one township on both sides", &["national", "provincial"]),
        ("one township on both sides", &["national", "national/2017", "provincial", "provincial/2017"]),
        ("one township altogether", &["national", "national/2017", "provincial", "provincial/2017", "rolls"]),
        ("the rolls of one township", &["rolls"]),
        ("2017 of one township", &["national/2017", "provincial/2017"]),
    ];
    for (name, folders) in folders {
        mistakes.push(Mistake::new(format!("absent: {name}"), move |trial| {
            KINDS.iter().filter(|(_, stem, _)| folders.contains(&folder(stem))).for_each(|(_, stem, _)| {
                trial.remove(&export(stem, LAST));
            });
        }));
    }
    for (name, folders) in [
        ("2017 on the national side", vec!["national/2017"]),
        ("2017 on the provincial side", vec!["provincial/2017"]),
        ("2017 on both sides", vec!["national/2017", "provincial/2017"]),
        ("all rolls", vec!["rolls"]),
    ] {
        mistakes.push(Mistake::new(format!("absent: {name}"), move |trial| {
            folders.iter().for_each(|folder| fs::remove_dir_all(trial.path(folder)).expect("a folder"));
        }));
    }
    mistakes.push(Mistake::new("absent: provincial registers of one township", |trial| {
        [HOUSEHOLDS, MEMBERS].iter().for_each(|stem| trial.remove(&export(stem, TOWN)));
    }));
    mistakes
}

/// The folder of an export.
fn folder(stem: &str) -> &str {
    stem.rsplit_once('/').expect("a folder").0
}

/// Files that are something else than their name says.
fn exchanged() -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    for (kind, stem, _) in KINDS {
        mistakes.push(
            Mistake::new(format!("exchanged: a neighbour's {kind}"), move |trial| {
                trial.copy(&export(stem, NEIGHBOUR), &export(stem, TOWN));
            })
            .refused(),
        );
        mistakes.push(
            Mistake::new(format!("exchanged: a neighbour's {kind}, saved again"), move |trial| {
                trial.copy(&export(stem, NEIGHBOUR), &export(stem, TOWN));
                trial.edit(&export(stem, TOWN), |_| {});
            })
            .refused(),
        );
    }
    for (name, from, to) in [
        ("the platform's measures in place of the national ones", MEASURES, NATIONAL_MEASURES),
        ("the national measures in place of the platform's", NATIONAL_MEASURES, MEASURES),
        ("the platform's people in place of the national ones", MEMBERS, NATIONAL),
        ("the national people in place of the platform's", NATIONAL, MEMBERS),
        ("measures in place of outcomes", MEASURES, OUTCOMES),
        ("outcomes in place of measures", OUTCOMES, MEASURES),
        ("people in place of households", MEMBERS, HOUSEHOLDS),
        ("2017's national people in place of 2018's", "national/2017/贫困户信息查询", NATIONAL),
        ("2018's national people in place of 2017's", NATIONAL, "national/2017/贫困户信息查询"),
        ("2017's platform people in place of 2018's", "provincial/2017/人员信息", MEMBERS),
        ("the dibao roll in place of the disability roll", "rolls/低保", "rolls/残疾人"),
    ] {
        mistakes.push(
            Mistake::new(format!("exchanged: {name}"), move |trial| {
                trial.copy(&export(from, TOWN), &export(to, TOWN));
            })
            .refused(),
        );
    }
    mistakes
}

/// Which records to keep, by ordinal and how many there are.
type Half = fn(usize, usize) -> bool;

/// Files in which rows are missing.
fn thinned() -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    for (kind, stem, _) in KINDS {
        let halves: [(&str, Half); 3] = [
            ("the first half of", |ix, all| ix < all / 2),
            ("the second half of", |ix, all| ix >= all / 2),
            ("every second row of", |ix, _| ix.is_multiple_of(2)),
        ];
        for (half, keep) in halves {
            mistakes.push(Mistake::new(format!("thinned: {half} {kind}"), move |trial| {
                trial.edit(&export(stem, TOWN), |book| {
                    let all = book.records().len();
                    book.keep(|ix, _| keep(ix, all));
                });
            }));
        }
        mistakes.push(Mistake::new(format!("thinned: no row of {kind}"), move |trial| {
            trial.edit(&export(stem, TOWN), |book| book.keep(|_, _| false));
        }));
    }
    for (name, stems) in [
        ("on both sides", &REGISTERS[..]),
        ("on the platform", &[HOUSEHOLDS, MEMBERS][..]),
        ("in the national system", &[NATIONAL][..]),
    ] {
        mistakes.push(Mistake::new(format!("thinned: 40 % of one township's households {name}"), move |trial| {
            keep_households(trial, stems, TOWN, |ix| ix % 5 > 1);
        }));
        mistakes.push(Mistake::new(format!("thinned: 40 households of one township {name}"), move |trial| {
            keep_households(trial, stems, TOWN, |ix| ix >= 40);
        }));
        mistakes.push(Mistake::new(format!("thinned: one village {name}"), move |trial| {
            let village = village(TOWN);
            for stem in stems {
                trial.edit(&export(stem, TOWN), |book| {
                    let header = village_header(stem);
                    let mine: BTreeSet<usize> =
                        book.records().into_iter().filter(|row| book.cell(*row, header) == village).collect();
                    book.keep(|_, row| !mine.contains(&row));
                });
            }
        }));
    }
    mistakes.push(Mistake::new("thinned: one village in every file of both sides", |trial| {
        let village = village(TOWN);
        for stem in [NATIONAL, NATIONAL_MEASURES, HOUSEHOLDS, MEMBERS, MEASURES, OUTCOMES] {
            trial.edit(&export(stem, TOWN), |book| {
                let header = village_header(stem);
                let mine: BTreeSet<usize> =
                    book.records().into_iter().filter(|row| book.cell(*row, header) == village).collect();
                book.keep(|_, row| !mine.contains(&row));
            });
        }
    }));
    mistakes.push(Mistake::new("thinned: every person row with a finding on both sides", |trial| {
        let mut rows: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        for finding in BASE.table("findings") {
            for side in ["national", "provincial"] {
                let file = finding[&format!("{side}_file")].clone();
                if let (true, Ok(row)) = (file != "∅", finding[&format!("{side}_row")].parse::<usize>()) {
                    rows.entry(file).or_default().insert(row - 1);
                }
            }
        }
        for (file, rows) in rows {
            if [NATIONAL, MEMBERS].iter().any(|stem| file.starts_with(stem)) {
                trial.edit(&file, |book| book.keep(|_, row| !rows.contains(&row)));
            }
        }
    }));
    for (percent, steps) in [(4, 6), (8, 6), (15, 5)] {
        let mistake = Mistake::in_steps(
            format!("thinned: {percent} % more households in each run"),
            steps,
            move |trial, step| {
                let gone = (step + 1) * percent;
                TOWNS.iter().for_each(|town| keep_households(trial, &REGISTERS, town, |ix| ix % 100 >= gone));
            },
        );
        // Records and rolls of those who are gone are still there.
        mistakes.push(mistake.may_tell(&["B-", "P-", "R-", "C-", "S-"]));
    }
    mistakes
}

/// Keeps households of one township by their ordinal in the untouched national export.
fn keep_households(trial: &Trial, stems: &[&str], town: &str, keep: impl Fn(usize) -> bool) {
    let people = Book::open(&BASE.path("input").join(export(NATIONAL, town)));
    let mut numbers: Vec<String> = people.records().into_iter().map(|row| people.cell(row, "户编号")).collect();
    numbers.sort();
    numbers.dedup();
    let gone: BTreeSet<&String> = numbers.iter().enumerate().filter(|(ix, _)| !keep(*ix)).map(|(_, no)| no).collect();
    for stem in stems {
        trial.edit(&export(stem, town), |book| {
            let mine: BTreeSet<usize> =
                book.records().into_iter().filter(|row| gone.contains(&book.cell(*row, "户编号"))).collect();
            book.keep(|_, row| !mine.contains(&row));
        });
    }
}

fn village_header(stem: &str) -> &'static str {
    if stem.starts_with("national") { "行政村" } else { "村" }
}

/// A village of a township: the one most people live in.
fn village(town: &str) -> String {
    let people = Book::open(&BASE.path("input").join(export(NATIONAL, town)));
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    people.records().into_iter().for_each(|row| *counts.entry(people.cell(row, "行政村")).or_default() += 1);
    counts.into_iter().max_by_key(|(_, people)| *people).expect("a village").0
}

/// Columns and cells that are missing.
fn emptied() -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    for (kind, stem, header) in [
        ("national people", NATIONAL, "健康状况"),
        ("national people", NATIONAL, "务工时间（月）"),
        ("national people", NATIONAL, "行政村"),
        ("national people", NATIONAL, "乡(镇)"),
        ("national people", NATIONAL, "人均纯收入"),
        ("national measures", NATIONAL_MEASURES, "金额(元)"),
        ("national measures", NATIONAL_MEASURES, "年度"),
        ("provincial households", HOUSEHOLDS, "主要致贫原因"),
        ("provincial households", HOUSEHOLDS, "人均纯收入（元）"),
        ("provincial people", MEMBERS, "文化程度"),
        ("provincial people", MEMBERS, "与户主关系"),
        ("provincial people", MEMBERS, "身份证号码"),
        ("provincial measures", MEASURES, "享受金额（元）"),
        ("provincial measures", MEASURES, "身份证号码"),
        ("outcomes", OUTCOMES, "成效内容"),
        ("dibao roll", "rolls/低保", "年发放金额"),
    ] {
        mistakes.push(Mistake::new(format!("column gone: {header} of one township's {kind}"), move |trial| {
            trial.edit(&export(stem, TOWN), |book| book.drop_column(header));
        }));
        mistakes.push(Mistake::new(format!("column gone: {header} of all {kind}"), move |trial| {
            trial.edit_all(&TOWNS.map(|town| export(stem, town)), |book| book.drop_column(header));
        }));
        mistakes.push(Mistake::new(format!("column empty: {header} of one township's {kind}"), move |trial| {
            trial.edit(&export(stem, TOWN), |book| book.fill(header, |_, _| String::new()));
        }));
    }
    for (name, files) in [
        ("the national side", vec![(NATIONAL, "证件号码")]),
        ("the platform", vec![(MEMBERS, "身份证号码")]),
        ("both sides", vec![(NATIONAL, "证件号码"), (MEMBERS, "身份证号码")]),
    ] {
        let emptied = files.clone();
        mistakes.push(Mistake::new(format!("cells empty: every second number on {name}"), move |trial| {
            for (stem, header) in &emptied {
                trial.edit(&export(stem, TOWN), |book| {
                    book.fill(header, |ix, number| if ix % 2 == 1 { String::new() } else { number.to_owned() });
                });
            }
        }));
        mistakes.push(
            Mistake::new(format!("cells masked: numbers on {name}"), move |trial| {
                for (stem, header) in &files {
                    trial.edit(&export(stem, TOWN), |book| book.fill(header, |_, number| masked(number)));
                }
            })
            .may_tell(&["I-masked"]),
        );
    }
    mistakes.push(
        Mistake::new("cells rounded: household numbers of the platform's people", |trial| {
            let rounded = |number: &str| format!("{}0", &number[..number.len() - 1]);
            trial.edit(&export(MEMBERS, TOWN), |book| book.fill("户编号", |_, number| rounded(number)));
        })
        .refused(),
    );
    mistakes.push(
        Mistake::new("cells damaged: a character of every name on the national side", |trial| {
            let lost = |name: &str| name.chars().take(1).chain(['?']).collect();
            trial.edit(&export(NATIONAL, TOWN), |book| book.fill("姓名", |_, name| lost(name)));
        })
        .refused(),
    );
    mistakes.push(Mistake::new("cells masked: names on the national side", |trial| {
        trial.edit(&export(NATIONAL, TOWN), |book| {
            book.fill("姓名", |_, name| name.chars().take(1).chain("**".chars()).collect());
        });
    }));
    for (kind, stem, headers) in [
        ("national people", NATIONAL, &["姓名", "证件号码"][..]),
        ("provincial people", MEMBERS, &["姓名", "身份证号码"][..]),
        ("provincial households", HOUSEHOLDS, &["户编号", "户主姓名", "户主证件号码"][..]),
        ("national measures", NATIONAL_MEASURES, &["项目类别", "项目内容", "成效"][..]),
        ("provincial measures", MEASURES, &["措施类别", "措施名称"][..]),
        ("dibao roll", "rolls/低保", &["姓名", "身份证号码"][..]),
    ] {
        mistakes.push(Mistake::new(format!("a third of the rows rejected: {kind}"), move |trial| {
            trial.edit(&export(stem, TOWN), |book| {
                for header in headers {
                    book.fill(header, |ix, cell| if ix % 3 == 0 { String::new() } else { cell.to_owned() });
                }
            });
        }));
    }
    for header in ["健康状况", "在校生情况", "劳动能力", "是否享受低保"] {
        mistakes.push(
            Mistake::new(format!("cells nonsense: {header} of every tenth person of the platform"), move |trial| {
                trial.edit(&export(MEMBERS, TOWN), |book| {
                    book.fill(header, |ix, cell| if ix % 10 == 0 { "不详待核".into() } else { cell.to_owned() });
                });
            })
            .may_tell(&["I-"]),
        );
    }
    mistakes.push(
        Mistake::new("cells nonsense: amounts of national measures that have a finding", |trial| {
            for row in rows_with_findings("national", &export(NATIONAL_MEASURES, TOWN)) {
                trial.edit(&export(NATIONAL_MEASURES, TOWN), |book| book.set(row, "金额(元)", "详见附件"));
            }
        })
        .may_tell(&["I-"]),
    );
    mistakes.push(
        Mistake::new("rows gone: national measures that have a finding", |trial| {
            let rows = rows_with_findings("national", &export(NATIONAL_MEASURES, TOWN));
            trial.edit(&export(NATIONAL_MEASURES, TOWN), |book| book.keep(|_, row| !rows.contains(&row)));
        })
        .may_tell(&["B-extra", "B-year", "O-", "E-", "R-", "C-", "L-"]),
    );
    mistakes.push(
        Mistake::new("a household number mistyped in one row of the platform's people", |trial| {
            trial.edit(&export(MEMBERS, NEIGHBOUR), |book| {
                let row = book.records()[10];
                book.set(row, "户编号", "5700000000999999");
            });
        })
        .may_tell(&["H-", "L-", "C-", "O-", "E-"]),
    );
    mistakes.push(
        Mistake::new("columns slipped by one in one township's national people", |trial| {
            trial.edit(&export(NATIONAL, TOWN), |book| {
                let headers = book.headers();
                for row in book.records() {
                    let cells: Vec<String> = headers.iter().map(|header| book.cell(row, header)).collect();
                    for (header, cell) in headers.iter().skip(2).zip(&cells[1..]) {
                        book.set(row, header, cell);
                    }
                }
            });
        })
        .refused(),
    );
    mistakes
}

/// The rows of an export that findings point at.
fn rows_with_findings(side: &str, file: &str) -> BTreeSet<usize> {
    let findings = BASE.table("findings").into_iter().filter(|finding| finding[&format!("{side}_file")] == file);
    findings.filter_map(|finding| finding[&format!("{side}_row")].parse::<usize>().ok()).map(|row| row - 1).collect()
}

fn masked(number: &str) -> String {
    let mask = |(ix, c): (usize, char)| if (6..14).contains(&ix) { '*' } else { c };
    number.chars().enumerate().map(mask).collect()
}

/// Files delivered twice.
fn repeated() -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    for (kind, stem, _) in KINDS {
        let twice = |stem: &'static str, change: fn(&mut Book)| {
            move |trial: &Trial| {
                let copy = format!("{stem}_{TOWN} (1).xlsx");
                trial.copy(&export(stem, TOWN), &copy);
                trial.edit(&copy, change);
            }
        };
        mistakes.push(Mistake::new(format!("repeated: {kind}, saved again"), twice(stem, |_| {})));
        let without_some = twice(stem, |book| book.keep(|ix, _| ix % 20 != 0));
        mistakes.push(Mistake::new(format!("repeated: {kind} without some rows"), without_some));
        mistakes.push(Mistake::new(format!("repeated: {kind}, the same bytes"), move |trial| {
            trial.copy(&export(stem, TOWN), &format!("{stem}_{TOWN} (1).xlsx"));
        }));
    }
    mistakes
}

/// Settings that were changed; what a changed rule finds is new, what it no longer finds is not corrected.
fn settings() -> Vec<Mistake> {
    let edit = |file: &'static str, from: &'static str, to: &'static str| {
        move |trial: &Trial| trial.project.edit(&format!("pipelines/{file}"), from, to)
    };
    let rules = |change: fn(&str) -> String| {
        move |trial: &Trial| {
            for entry in fs::read_dir(trial.project.path("pipelines/rules")).expect("rules") {
                let path = entry.expect("an entry").path();
                let lines = fs::read_to_string(&path).expect("rules");
                let changed: Vec<String> = without_examples(&lines).map(change).collect();
                fs::write(path, changed.join("\n")).expect("rules");
            }
        }
    };
    vec![
        Mistake::new(
            "settings: another site_key",
            edit("county.toml", "site_key = \"示例县-2018\"", "site_key = \"示例县-2019\""),
        )
        .refused(),
        Mistake::new("settings: another title", edit("county.toml", "title = \"示例县\"", "title = \"样例县\""))
            .harmless(),
        Mistake::new("settings: every number in the rules ten times as high", rules(|line| scaled(line, 10.0)))
            .may_tell(&[""]),
        Mistake::new("settings: every number in the rules a tenth", rules(|line| scaled(line, 0.1))).may_tell(&[""]),
        Mistake::new(
            "settings: no condition ever holds",
            rules(|line| match line.strip_prefix("when = \"").filter(|condition| condition.ends_with('"')) {
                Some(condition) if !condition.starts_with("\"\"") => {
                    format!("when = \"1 = 2 AND ({}", condition.replacen('"', ")\"", 1))
                }
                _ => line.to_owned(),
            }),
        ),
        Mistake::new(
            "settings: other words in the rules",
            rules(|line| match line.strip_prefix("remedy = \"") {
                Some(words) => format!("remedy = \"请{words}"),
                None => line.to_owned(),
            }),
        )
        .harmless(),
        Mistake::new(
            "settings: a rule switched off",
            edit("county.toml", "disabled = []", "disabled = [\"L-100\", \"F-relation\"]"),
        ),
        Mistake::new("settings: a rule dropped from its file", |trial| {
            fs::remove_file(trial.project.path("pipelines/rules/labour.toml")).expect("rules");
        }),
        Mistake::new("settings: spellings dropped from a vocabulary", |trial| {
            let path = trial.project.path("pipelines/vocabularies/health.toml");
            let text = fs::read_to_string(&path).expect("a vocabulary");
            fs::write(
                path,
                text.replace("synonyms = [", "synonyms = [] # [")
                    .replace("\n    \"", "\n    # \"")
                    .replace("\n]\n", "\n# ]\n"),
            )
            .expect("written");
        })
        .may_tell(&["I-label"]),
        Mistake::new("settings: an as-of date seventy years ahead", |_| {}).with(&["--as-of", "2088-12-31"]).refused(),
        Mistake::new("settings: an as-of date before the last run", |_| {}).with(&["--as-of", "2018-06-30"]),
    ]
}

/// The lines of a rule file but for the rows that rules must hit or miss.
fn without_examples(text: &str) -> impl Iterator<Item = &str> {
    let mut inside = false;
    text.lines().filter(move |line| {
        let begins = line.starts_with("hit = [") || line.starts_with("miss = [");
        let is_example = inside || begins;
        inside = is_example && !line.ends_with(']');
        !is_example
    })
}

/// A line of parameters with its numbers scaled.
fn scaled(line: &str, factor: f64) -> String {
    let Some((name, rest)) = line.split_once("parameters = {") else { return line.to_owned() };
    let scale = |part: &str| match part.trim().parse::<f64>() {
        Ok(number) if number.fract() == 0.0 && number * factor >= 1.0 => format!("{}", (number * factor).round()),
        _ => part.to_owned(),
    };
    let pairs = rest
        .trim_end_matches(['}', ' '])
        .split(',')
        .map(|pair| pair.split_once('=').map_or(pair.to_owned(), |(key, value)| format!("{key}= {}", scale(value))));
    format!("{name}parameters = {{{} }}", pairs.collect::<Vec<_>>().join(","))
}

/// What is missing from the results folder.
fn results() -> Vec<Mistake> {
    vec![
        Mistake::new("results: no latest", |trial| set_aside(trial, "latest")),
        Mistake::new("results: no latest, and a township absent", |trial| {
            set_aside(trial, "latest");
            REGISTERS.iter().for_each(|stem| trial.remove(&export(stem, TOWN)));
        }),
        Mistake::new("results: no ledger beside the runs", |trial| set_aside(trial, "ledger.sqlite")).refused(),
    ]
}

/// The same content in another form: must be without effect.
fn forms() -> Vec<Mistake> {
    let files = || KINDS.iter().flat_map(|(_, stem, _)| TOWNS.map(|town| export(stem, town))).collect::<Vec<_>>();
    let each = move |change: fn(&mut Book)| move |trial: &Trial| trial.edit_all(&files(), change);
    let mut mistakes = vec![
        Mistake::new("form: every file saved again", each(|_| {})),
        Mistake::new("form: rows reversed in every file", each(|book| book.reorder(|rows| rows.reverse()))),
        Mistake::new("form: rows shuffled in every file", each(|book| book.reorder(shuffle))),
        Mistake::new("form: columns reversed in every file", each(Book::reverse_columns)),
        Mistake::new(
            "form: blanks around every value",
            each(|book| {
                for header in book.headers() {
                    book.fill(&header, |_, cell| if cell.is_empty() { String::new() } else { format!("　{cell} ") });
                }
            }),
        ),
        Mistake::new("form: every file as text", move |trial| {
            for file in files() {
                let csv = Book::open(&trial.path(&file)).csv();
                trial.remove(&file);
                fs::write(trial.path(&file.replace(".xlsx", ".csv")), csv).expect("a file written");
            }
        }),
        Mistake::new("form: other file names", move |trial| {
            for file in files() {
                fs::rename(trial.path(&file), trial.path(&file.replace(".xlsx", "（最新）.xlsx"))).expect("renamed");
            }
        }),
    ];
    for (kind, stem, _) in KINDS {
        mistakes.push(Mistake::new(format!("form: rows reversed in one township's {kind}"), move |trial| {
            trial.edit(&export(stem, TOWN), |book| book.reorder(|rows| rows.reverse()));
        }));
        mistakes.push(Mistake::new(format!("form: rows shuffled in one township's {kind}"), move |trial| {
            trial.edit(&export(stem, TOWN), |book| book.reorder(shuffle));
        }));
        mistakes.push(Mistake::new(format!("form: one township's {kind} in two files"), move |trial| {
            let (file, rest) = (export(stem, TOWN), format!("{stem}_{TOWN}_2.xlsx"));
            trial.copy(&file, &rest);
            let half = Book::open(&trial.path(&file)).records().len() / 2;
            trial.edit(&file, |book| book.keep(|ix, _| ix < half));
            trial.edit(&rest, |book| book.keep(|ix, _| ix >= half));
        }));
    }
    let mut mistakes: Vec<Mistake> = mistakes.into_iter().map(Mistake::harmless).collect();
    for (name, stems) in [
        ("on both sides", vec![NATIONAL, NATIONAL_MEASURES, HOUSEHOLDS, MEMBERS, MEASURES, OUTCOMES]),
        ("in the registers of both sides", REGISTERS.to_vec()),
        ("on the national side", vec![NATIONAL, NATIONAL_MEASURES]),
    ] {
        let mistake = Mistake::new(format!("form: a village renamed {name}"), move |trial| {
            let village = village(TOWN);
            for stem in &stems {
                trial.edit(&export(stem, TOWN), |book| {
                    book.fill(village_header(stem), |_, cell| {
                        if cell == village { "新合并村".to_owned() } else { cell.to_owned() }
                    });
                });
            }
        });
        // That one system calls it otherwise than the other is true, and told.
        mistakes.push(mistake.may_tell(&["H-village"]));
    }
    mistakes.push(Mistake::new("form: a township renamed on both sides", |trial| {
        for stem in [NATIONAL, NATIONAL_MEASURES, HOUSEHOLDS, MEMBERS, MEASURES, OUTCOMES] {
            let header = if stem.starts_with("national") { "乡(镇)" } else { "乡镇" };
            trial.edit(&export(stem, TOWN), |book| book.fill(header, |_, _| "城东镇".to_owned()));
        }
    }));
    mistakes
}

/// Always the same disorder.
fn shuffle<T>(rows: &mut [T]) {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    for at in (1..rows.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        rows.swap(at, usize::try_from(state >> 33).expect("32 bits") % (at + 1));
    }
}
