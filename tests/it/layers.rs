//! The map of the source, held: who may use whom, and which modules are doors to the world outside.
//!
//! Layers: a module uses modules of lower layers and its own children. Doors: files, clock, environment, printing,
//! randomness and processes are used by the modules named below and by nobody else, so that everything between is
//! pure. Unit tests may do as they like. The checkers read code as text (comments and strings blanked out); they are
//! themselves tested on sources that offend.

use std::fs;
use std::path::Path;

/// Lowest first. A module may use every module on a line above its own.
const LAYERS: &[&[&str]] = &[
    &["error", "private"],
    &["engine", "table", "similarity"],
    &["ingest", "normalise"],
    &["link", "synth"],
    &["audit"],
    &["ledger"],
    &["emit"],
    &["pipeline"],
    &["run"],
    &["cli"],
];

/// Macros exported at the crate's root, with the module that defines them.
const ROOT_MACROS: &[(&str, &str)] = &[("say", "error"), ("words", "table")];

/// What opens a door, and who may: a module, or one file of it.
const DOORS: &[(&[&str], &[&str])] = &[
    (
        &["std::fs", "fs::", "File::", "tempfile::"],
        &["ingest", "ledger::store", "emit", "pipeline", "synth", "run", "cli", "private"],
    ),
    (&["SystemTime", "Instant", "::now("], &["cli"]),
    (&["std::env", "env::"], &["cli", "main"]),
    (&["println!", "eprintln!", "print!", "eprint!", "stdout(", "stderr("], &["cli"]),
    (&["rand::", "rand_chacha::"], &["synth"]),
    (&["std::process", "process::"], &["cli", "main", "run"]),
    (&["std::net", "TcpStream", "UdpSocket"], &[]),
];

#[test]
fn modules_use_lower_layers_only() {
    let offences = scan(layer_offences);
    assert!(offences.is_empty(), "\n{}\n", offences.join("\n"));
}

#[test]
fn only_doors_touch_the_world() {
    let offences = scan(door_offences);
    assert!(offences.is_empty(), "\n{}\n", offences.join("\n"));
}

/// One source file: its path below `src`, its module path, and its code without comments, strings and unit tests.
struct Source {
    file: String,
    module: Vec<String>,
    code: String,
}

impl Source {
    fn new(file: &str, text: &str) -> Self {
        let mut module: Vec<String> = file.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
        if module.last().is_some_and(|last| last == "mod") {
            module.pop();
        }
        Self { file: file.to_owned(), module, code: without_tests(&blanked(text)) }
    }

    fn top(&self) -> &str {
        &self.module[0]
    }

    /// The modules declared as `#[cfg(test)] mod name;`.
    fn test_modules(&self) -> Vec<Vec<String>> {
        let declared = self.code.split("#[cfg(test)]").skip(1).filter_map(|rest| rest.split_once(';'));
        let names = declared.filter_map(|(line, _)| line.trim().rsplit_once("mod ").map(|(_, name)| name.to_owned()));
        names.map(|name| [self.module.clone(), vec![name]].concat()).collect()
    }

    fn place(&self, at: usize) -> String {
        format!("src/{}:{}", self.file, self.code[..at].matches('\n').count() + 1)
    }
}

fn scan(check: fn(&Source) -> Vec<String>) -> Vec<String> {
    let mut sources = Vec::new();
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    collect(&src, &src, &mut sources);
    assert!(sources.len() > 10, "the scan found {} files only", sources.len());
    sources.sort_by(|a, b| a.file.cmp(&b.file));
    let tests: Vec<Vec<String>> = sources.iter().flat_map(Source::test_modules).collect();
    let is_test = |source: &&Source| tests.iter().any(|test| source.module.starts_with(test));
    sources.iter().filter(|source| !is_test(source)).flat_map(check).collect()
}

fn collect(root: &Path, dir: &Path, sources: &mut Vec<Source>) {
    for entry in fs::read_dir(dir).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(root, &path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let file = path.strip_prefix(root).expect("below src").to_string_lossy().replace('\\', "/");
            sources.push(Source::new(&file, &fs::read_to_string(&path).expect("readable source")));
        }
    }
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|modules| modules.contains(&module))
}

fn layer_offences(source: &Source) -> Vec<String> {
    let own = source.top();
    if matches!(own, "lib" | "main") {
        return Vec::new();
    }
    let Some(own_layer) = layer(own) else { return vec![format!("src/{}: {own} is in no layer", source.file)] };
    let used = used_modules(source).into_iter().filter(|(_, module)| module != own);
    used.filter_map(|(at, module)| {
        let place = source.place(at);
        match layer(&module) {
            None => Some(format!("{place}: crate::{module} is in no layer (use the module that defines it)")),
            Some(layer) if layer >= own_layer => Some(format!("{place}: {own} uses {module}, which is not below it")),
            Some(_) => None,
        }
    })
    .collect()
}

/// Every top module that the code names, by `crate::…` or by enough `super::`, with the place.
fn used_modules(source: &Source) -> Vec<(usize, String)> {
    let code = &source.code;
    let mut used = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let is_path_start = !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        if is_path_start {
            used.extend(heads(&code[at + "crate::".len()..]).into_iter().map(|module| (at, module)));
        }
    }
    let root = "super::".repeat(source.module.len());
    for (at, _) in code.match_indices(&root) {
        used.extend(heads(&code[at + root.len()..]).into_iter().map(|module| (at, module)));
    }
    for (_, module) in &mut used {
        if let Some((_, definer)) = ROOT_MACROS.iter().find(|(name, _)| *name == module.as_str()) {
            *module = (*definer).to_owned();
        }
    }
    used
}

/// The first names of what follows a path prefix: one name, or one of each member of a `{…}` group.
fn heads(rest: &str) -> Vec<String> {
    let Some(group) = rest.strip_prefix('{') else { return vec![name(rest)] };
    let mut members = vec![String::new()];
    let mut depth = 0;
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => members.push(String::new()),
            _ if depth == 0 => members.last_mut().expect("one member at least").push(c),
            _ => {}
        }
    }
    members.iter().map(|member| name(member.trim())).filter(|name| !name.is_empty()).collect()
}

fn name(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

fn door_offences(source: &Source) -> Vec<String> {
    let module = source.module.join("::");
    let may = |doors: &[&str]| doors.iter().any(|door| module == *door || module.starts_with(&format!("{door}::")));
    DOORS
        .iter()
        .filter(|(_, doors)| !may(doors))
        .flat_map(|(signs, doors)| signs.iter().map(move |sign| (*sign, *doors)))
        .flat_map(|(sign, doors)| places(&source.code, sign).into_iter().map(move |at| (at, sign, doors)))
        .map(|(at, sign, doors)| format!("{}: {sign} belongs to {doors:?}", source.place(at)))
        .collect()
}

/// Where `sign` begins a word.
fn places(code: &str, sign: &str) -> Vec<usize> {
    let begins = |at: &usize| !code[..*at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
    let anywhere = sign.starts_with("::");
    code.match_indices(sign).map(|(at, _)| at).filter(|at| anywhere || begins(at)).collect()
}

/// The code with comments, strings and quote characters blanked out, line breaks and lengths kept.
fn blanked(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let skip = match c {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '"' => string_len(rest),
            'r' if rest.starts_with("r\"") || rest.starts_with("r#") => raw_string_len(rest),
            '\'' if rest.starts_with("'\"'") => 3,
            '\'' if rest.starts_with("'\\") => rest[2..].char_indices().nth(1).map_or(rest.len(), |(at, _)| at + 2),
            _ => 0,
        };
        if skip == 0 {
            code.push(c);
            rest = &rest[c.len_utf8()..];
        } else {
            code.extend(rest[..skip].bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
            rest = &rest[skip..];
        }
    }
    code
}

fn string_len(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Length of `r"…"` or `r#"…"#`; 0 for a raw identifier such as `r#type`.
fn raw_string_len(text: &str) -> usize {
    let hashes = text[1..].chars().take_while(|c| *c == '#').count();
    if !text[1 + hashes..].starts_with('"') {
        return 0;
    }
    let end = format!("\"{}", "#".repeat(hashes));
    let body = 2 + hashes;
    text[body..].find(&end).map_or(text.len(), |at| body + at + end.len())
}

/// Unit tests stand at the foot of a file, in a module of their own.
fn without_tests(code: &str) -> String {
    let is_test_module = |at: &usize| {
        let rest = code[*at..].trim_start_matches("#[cfg(test)]").trim_start();
        rest.lines().next().is_some_and(|line| line.contains("mod ") && line.contains('{'))
    };
    let foot = code.match_indices("#[cfg(test)]").map(|(at, _)| at).find(is_test_module);
    code[..foot.unwrap_or(code.len())].to_owned()
}

#[test]
fn test_modules_of_their_own_file_are_known() {
    let source = Source::new("emit/mod.rs", "mod mask;\n#[cfg(test)]\nmod example;\n\n#[cfg(test)]\nmod tests {}\n");
    assert_eq!(source.test_modules(), [["emit", "example"]]);
}

fn check(file: &str, text: &str, checker: fn(&Source) -> Vec<String>, expected: &[&str]) {
    let offences = checker(&Source::new(file, text));
    let found: Vec<&str> = offences.iter().map(|offence| offence.split(": ").next().unwrap_or_default()).collect();
    assert_eq!(found, expected, "{file}: {text}\n{offences:#?}");
}

#[test]
fn the_layer_check_can_fail() {
    let fails = |file: &str, text: &str| check(file, text, layer_offences, &[&format!("src/{file}:1")]);
    let holds = |file: &str, text: &str| check(file, text, layer_offences, &[]);
    fails("link/block.rs", "use crate::audit::Audit;");
    fails("link/block.rs", "use crate::synth::Truth;");
    fails("link/block.rs", "use crate::{error::Result, table::{Item, Side}, cli::run};");
    fails("link/block.rs", "fn f() -> crate::emit::Mask { todo!() }");
    fails("link/block.rs", "use super::super::ledger;");
    fails("link/mod.rs", "use super::ledger;");
    fails("table/item.rs", "use crate::similarity::jaro;");
    fails("link/block.rs", "use crate::Helper;");
    holds("link/block.rs", "use crate::{error::Result, table::{Item, Side}};\nuse super::model;\nuse crate::say;");
    holds("link/block.rs", "/// See [`crate::audit`].\nconst S: &str = \"crate::audit\";");
    holds("link/block.rs", "#[cfg(test)]\nmod tests {\n    use crate::synth::Truth;\n}");
    holds("run.rs", "use crate::{audit, emit, ingest, ledger, link, normalise, pipeline};");
    fails("run.rs", "use crate::cli::Progress;");
    check("novel.rs", "fn f() {}", layer_offences, &["src/novel.rs"]);
    check("link/a.rs", "\n\nuse crate::{\n    run,\n};", layer_offences, &["src/link/a.rs:3"]);
}

#[test]
fn the_door_check_can_fail() {
    let fails = |file: &str, text: &str| assert!(!door_offences(&Source::new(file, text)).is_empty(), "{file}: {text}");
    let holds = |file: &str, text: &str| check(file, text, door_offences, &[]);
    fails("link/model.rs", "let text = std::fs::read(path)?;");
    fails("ledger/life.rs", "use std::fs;");
    fails("ledger/life.rs", "let f = File::open(path)?;");
    fails("audit/mod.rs", "let t = Instant::now();");
    fails("emit/summary.rs", "let today = jiff::Zoned::now();");
    fails("run.rs", "let home = std::env::var(\"HOME\");");
    fails("emit/mod.rs", "println!(\"{x}\");");
    fails("link/fit.rs", "let mut rng = rand::rng();");
    fails("cli/mod.rs", "std::net::TcpStream::connect(x)");
    holds("ledger/store.rs", "std::fs::read(path)");
    holds("cli/run.rs", "let t = Instant::now(); println!(\"{t:?}\");");
    holds("link/model.rs", "// std::fs is for doors\nlet operand::X = strand::y(writeln!(f, \"print!\"));");
    holds("link/model.rs", "let quote = ['\"', '\\'', 'x']; let raw = r#\"std::fs\"#;");
}
