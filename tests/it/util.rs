//! The harness: a scratch folder with the shipped pipelines and a small county's exports, the built program run on
//! it, and what it left behind read back.
//!
//! The small county has two townships of four households; both sides agree on everybody, so that whatever a test
//! changes is the only thing there is to find.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use polars::prelude::*;
use rust_xlsxwriter::Workbook;
use tempfile::TempDir;

/// Exit codes of the program.
pub(crate) const DONE: i32 = 0;
pub(crate) const GATE: i32 = 1;
pub(crate) const CONFIGURATION: i32 = 2;
pub(crate) const REFUSED: i32 = 3;
pub(crate) const LOCKED: i32 = 75;
pub(crate) const UNCHANGED: i32 = 99;

/// Tables that every run publishes.
pub(crate) const TABLES: [&str; 9] = [
    "benefit_links",
    "findings",
    "household_links",
    "items",
    "member_links",
    "movements",
    "not_compared",
    "rejects",
    "tally",
];

/// Townships of the small county.
pub(crate) const TOWNSHIPS: [&str; 2] = ["城关镇", "经济开发区"];

/// A scratch project: `pipelines/`, `input/national/`, `input/provincial/`, `out/`.
pub(crate) struct Project {
    dir: TempDir,
}

impl Project {
    /// The shipped pipelines and the small county, every township a CSV file of its own on each side.
    pub(crate) fn small() -> Self {
        let project = Self::empty();
        for township in TOWNSHIPS {
            for kind in Kind::ALL {
                project.write(&kind.file(township), Export::of(kind, township).csv());
            }
        }
        project
    }

    /// The shipped pipelines and the sample data.
    pub(crate) fn sample() -> Self {
        let project = Self::empty();
        for folder in ["national", "provincial", "rolls"] {
            copy_dir(&shipped("sample-data").join(folder), &project.path("input").join(folder));
        }
        project
    }

    /// The sample data and a run on it, for tests that only look; one run serves all that look at the same time.
    pub(crate) fn sample_run() -> Arc<Self> {
        static SHARED: Mutex<Weak<Project>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let project = Arc::new(Self::sample());
            project.run().exits(DONE);
            *shared = Arc::downgrade(&project);
            project
        })
    }

    /// The shipped pipelines and no exports.
    pub(crate) fn empty() -> Self {
        let project = Self { dir: tempfile::tempdir().expect("a scratch folder") };
        copy_dir(&shipped("pipelines"), &project.path("pipelines"));
        fs::create_dir_all(project.path("input/national")).expect("a folder");
        fs::create_dir_all(project.path("input/provincial")).expect("a folder");
        project
    }

    /// A project of its own with the same settings, exports and results.
    pub(crate) fn copied(&self) -> Self {
        let copy = Self { dir: tempfile::tempdir().expect("a scratch folder") };
        copy_dir(self.dir.path(), copy.dir.path());
        copy
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.dir.path().join(relative)
    }

    /// Writes an export, given relative to the input folder.
    pub(crate) fn write(&self, file: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path("input").join(file);
        fs::create_dir_all(path.parent().expect("a folder")).expect("the folder of an export");
        fs::write(path, bytes).expect("an export written");
    }

    /// The exports below a folder of the input, by path from there.
    pub(crate) fn exports(&self, folder: &str) -> Vec<String> {
        let mut files = Vec::new();
        list(&self.path("input"), &self.path("input").join(folder), &mut files);
        files.sort();
        files
    }

    pub(crate) fn remove(&self, file: &str) {
        fs::remove_file(self.path("input").join(file)).expect("an export removed");
    }

    /// Replaces a text that a file of the project holds exactly once.
    #[track_caller]
    pub(crate) fn edit(&self, file: &str, from: &str, to: &str) {
        let path = self.path(file);
        let before = fs::read_to_string(&path).unwrap_or_else(|cause| panic!("{}: {cause}", path.display()));
        assert_eq!(before.matches(from).count(), 1, "{file}: {from:?}");
        fs::write(path, before.replace(from, to)).expect("a file written");
    }

    /// Lets exports shrink, as when a township is left out on purpose.
    pub(crate) fn relax_guard(&self) {
        self.edit("pipelines/county.toml", "max_shrink_percent = 10", "max_shrink_percent = 100");
    }

    /// `hedui run` on the county's pipeline, as of a fixed day.
    pub(crate) fn run(&self) -> Ran {
        self.run_with(&["--as-of", "2018-12-31"])
    }

    /// `hedui run` on the county's pipeline with more arguments.
    pub(crate) fn run_with(&self, more: &[&str]) -> Ran {
        self.hedui(&[&RUN, more].concat())
    }

    /// `hedui run` as [`Self::run`] does it, under way.
    pub(crate) fn start_run(&self) -> Child {
        let mut command = self.command(&[&RUN[..], &["--as-of", "2018-12-31"]].concat());
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts")
    }

    /// `hedui run` started by a shell after it has done `first`; the exit code, `None` after a signal.
    #[cfg(unix)]
    pub(crate) fn shell(&self, first: &str) -> Option<i32> {
        let run = self.command(&[&RUN[..], &["--as-of", "2018-12-31"]].concat());
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("{first} \"$0\" \"$@\"")]).arg(run.get_program()).args(run.get_args());
        shell.current_dir(self.dir.path()).stdout(Stdio::null()).stderr(Stdio::null());
        shell.status().expect("a shell").code()
    }

    /// `hedui run` by somebody who may not write `file` although all else is theirs: rights bind everybody but root.
    #[cfg(unix)]
    pub(crate) fn run_without_right_to(&self, file: &str) -> Ran {
        use std::os::unix::fs::{MetadataExt, PermissionsExt};
        use std::os::unix::process::CommandExt;
        const NOBODY: u32 = 65_534;
        let file = self.path(file);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o444)).expect("a file made read-only");
        let mut run = self.command(&[&RUN[..], &["--as-of", "2018-12-31"]].concat());
        if fs::metadata(&file).expect("a file").uid() == 0 {
            let program = self.path("hedui");
            fs::hard_link(run.get_program(), &program)
                .or_else(|_| fs::copy(run.get_program(), &program).map(drop))
                .expect("the program where nobody may start it");
            let args: Vec<_> = run.get_args().map(ToOwned::to_owned).collect();
            run = Command::new(&program);
            run.args(args).current_dir(self.dir.path()).uid(NOBODY).gid(NOBODY);
            give_away(self.dir.path(), NOBODY, &[&file, &program]);
        }
        ended(run.output().expect("the program starts"))
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hedui"));
        command.args(args).current_dir(self.dir.path());
        command
    }

    /// The program with these arguments, in the scratch folder.
    pub(crate) fn hedui(&self, args: &[&str]) -> Ran {
        ended(self.command(args).output().expect("the program starts"))
    }

    /// A published table of the latest run: all columns as text, null as `∅`.
    pub(crate) fn table(&self, name: &str) -> Vec<Record> {
        records(&self.frame(name))
    }

    /// A published table of the latest run.
    pub(crate) fn frame(&self, name: &str) -> DataFrame {
        hedui::emit::read_table(&self.path("out/latest"), name).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The run that `latest` points to; `None` before the first.
    pub(crate) fn latest(&self) -> Option<PathBuf> {
        fs::canonicalize(self.path("out/latest")).ok()
    }

    /// Files of the latest run below a folder, sorted, relative to it.
    pub(crate) fn published(&self, below: &str) -> Vec<String> {
        let root = self.path("out/latest").join(below);
        let mut files = Vec::new();
        list(&root, &root, &mut files);
        files.sort();
        files
    }

    /// Everything the latest run published that must not depend on when it ran: file → bytes.
    pub(crate) fn lasting_outputs(&self) -> BTreeMap<String, Vec<u8>> {
        let mut outputs = files(&self.path("out/latest"));
        outputs.retain(|name, _| name != "manifest.json" && name != "log.jsonl");
        outputs
    }

    /// The bytes of a file of the latest run.
    pub(crate) fn output(&self, name: &str) -> Vec<u8> {
        fs::read(self.path("out/latest").join(name)).unwrap_or_else(|cause| panic!("{name}: {cause}"))
    }

    /// The ledger is sound, and its items are those of the latest run.
    pub(crate) fn ledger_is_that_of_latest(&self) -> bool {
        let ledger = rusqlite::Connection::open(self.path("out/ledger.sqlite")).expect("a ledger");
        let ask = |query: &str| -> String { ledger.query_row(query, [], |row| row.get(0)).expect("an answer") };
        let items = "SELECT group_concat(item_id || ' ' || state, ';') FROM (SELECT * FROM items ORDER BY item_id)";
        let mut published: Vec<String> =
            self.table("items").iter().map(|item| format!("{} {}", item["item_id"], item["state"])).collect();
        published.sort();
        ask("PRAGMA integrity_check") == "ok" && ask(items) == published.join(";")
    }

    /// Entries of `out/runs`, sorted; none before the first run.
    pub(crate) fn runs(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path("out/runs")).into_iter().flatten();
        let mut names: Vec<_> = entries.map(|entry| text(Path::new(&entry.expect("an entry").file_name()))).collect();
        names.sort();
        names
    }
}

/// `hedui run` on the county's pipeline, everything in the scratch folder.
const RUN: [&str; 6] = ["run", "pipelines/county.toml", "--input", "input", "--out", "out"];

/// Makes all below a folder somebody's, save what is kept.
#[cfg(unix)]
fn give_away(path: &Path, to: u32, kept: &[&Path]) {
    if kept.contains(&path) {
        return;
    }
    std::os::unix::fs::lchown(path, Some(to), Some(to)).expect("given away");
    if path.is_dir() && !path.is_symlink() {
        fs::read_dir(path).expect("a folder").for_each(|entry| give_away(&entry.expect("an entry").path(), to, kept));
    }
}

fn ended(output: Output) -> Ran {
    let code = output.status.code().unwrap_or_else(|| panic!("killed by a signal: {}", output.status));
    let [stdout, stderr] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).expect("UTF-8"));
    Ran { code, stdout, stderr }
}

/// One record of a published table: column → value as text.
pub(crate) type Record = BTreeMap<String, String>;

/// What a run of the program gave.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// The exit code is the expected one.
    #[track_caller]
    pub(crate) fn exits(&self, code: i32) -> &Self {
        assert!(self.code == code, "exit code {}, expected {code}\n{}", self.code, self.shown());
        self
    }

    /// Every word is on stderr.
    #[track_caller]
    pub(crate) fn says(&self, words: &[&str]) -> &Self {
        for word in words {
            assert!(self.stderr.contains(word), "stderr lacks {word:?}\n{}", self.shown());
        }
        self
    }

    /// One line of stderr holds all the words, and a remedy in brackets after them.
    #[track_caller]
    pub(crate) fn explains(&self, words: &[&str]) -> &Self {
        let explains = |line: &&str| words.iter().all(|word| line.contains(word)) && line.contains('（');
        assert!(self.stderr.lines().any(|line| explains(&line)), "no line explains {words:?}\n{}", self.shown());
        self
    }

    /// None of the words is on stdout or stderr: persons' data never are.
    #[track_caller]
    pub(crate) fn hides(&self, words: &[&str]) -> &Self {
        for word in words {
            let told = self.stderr.contains(word) || self.stdout.contains(word);
            assert!(!told, "{word:?} was printed\n{}", self.shown());
        }
        self
    }

    fn shown(&self) -> String {
        let ruler = "─".repeat(60);
        format!("{ruler} stdout\n{}{ruler} stderr\n{}{ruler}", self.stdout, self.stderr)
    }
}

/// Fails with both texts between rulers, the first different line named.
#[track_caller]
pub(crate) fn assert_same(found: &str, expected: &str) {
    if found != expected {
        let line = found.lines().zip(expected.lines()).take_while(|(a, b)| a == b).count() + 1;
        let ruler = "─".repeat(60);
        panic!("different from line {line}\n{ruler} found\n{found}\n{ruler} expected\n{expected}\n{ruler}");
    }
}

/// The text with what differs from run to run replaced: the scratch folder, run ids, hashes, times, durations.
pub(crate) fn redacted(text: &str, project: &Project) -> String {
    let folder = project.dir.path().to_string_lossy().into_owned();
    let text = text.replace(&folder, "[folder]");
    let words = text.split_inclusive(|c: char| !(c.is_ascii_alphanumeric() || "-:.".contains(c)));
    words.map(|word| redacted_word(word).unwrap_or_else(|| word.to_owned())).collect()
}

fn redacted_word(word: &str) -> Option<String> {
    let body = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
    let rest = &word[body.len()..];
    let digits = body.chars().filter(char::is_ascii_digit).count();
    let is_hash = body.len() >= 16 && digits > 0 && body.chars().all(|c| c.is_ascii_hexdigit());
    let is_time = body.contains(':') && digits >= 4 && body.chars().all(|c| c.is_ascii_digit() || "-:.TZ".contains(c));
    let is_run_id = digits >= 8 && body.len() >= 13 && body.contains('-') && !body.starts_with('-');
    let is_duration =
        body.ends_with('s') && digits > 0 && body.chars().all(|c| c.is_ascii_digit() || ".ms".contains(c));
    let kind = match (is_hash, is_time, is_run_id, is_duration) {
        (true, ..) => "hash",
        (_, true, ..) => "time",
        (_, _, true, _) => "run",
        (_, _, _, true) => "duration",
        _ => return None,
    };
    Some(format!("[{kind}]{rest}"))
}

/// The kinds of export that the small county has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    National,
    Household,
    Member,
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::National, Self::Household, Self::Member];

    /// Where the pipeline looks for it.
    pub(crate) fn file(self, township: &str) -> String {
        match self {
            Self::National => format!("national/贫困户信息-{township}.csv"),
            Self::Household => format!("provincial/户信息-{township}.csv"),
            Self::Member => format!("provincial/人员信息-{township}.csv"),
        }
    }

    fn headers(self) -> &'static str {
        match self {
            Self::National => {
                "序号 县(市、区、旗) 乡(镇) 行政村 自然村 户编号 人编号 姓名 证件号码 人数 与户主关系 民族 文化程度 在校生状况 健康状况 \
                 劳动技能 务工状况 务工时间（月） 参加大病医疗 脱贫属性 脱贫年度 贫困户属性 致贫原因1 危房户 饮水安全 饮水困难 人均纯收入 联系电话"
            }
            Self::Household => {
                "序号 区县 乡镇 村 组 户编号 户主姓名 户主证件号码 家庭人口数 贫困户属性 脱贫属性 脱贫年度 主要致贫原因 是否危房户 \
                 是否解决安全饮用水 人均纯收入（元） 户联系电话 帮扶责任人"
            }
            Self::Member => {
                "序号 乡镇 村 户编号 户主姓名 人编号 姓名 身份证号码 性别 出生日期 与户主关系 民族 文化程度 在校生情况 健康状况 劳动能力 \
                 务工情况 务工月数 是否参加大病保险 联系电话"
            }
        }
    }
}

/// An export as a table of cells: the header, then the rows.
#[derive(Clone)]
pub(crate) struct Export {
    pub(crate) rows: Vec<Vec<String>>,
}

impl Export {
    /// What one system exports of one township.
    pub(crate) fn of(kind: Kind, township: &str) -> Self {
        let headers: Vec<&str> = kind.headers().split_whitespace().collect();
        let people = people(township);
        let shown = people.iter().filter(|person| kind != Kind::Household || person.is_head());
        let mut rows = vec![headers.iter().map(|header| (*header).to_owned()).collect()];
        for (ix, person) in shown.enumerate() {
            rows.push(headers.iter().map(|header| person.cell(header, kind, ix + 1)).collect());
        }
        Self { rows }
    }

    /// Sets one cell; `row` is 1-based as in a spreadsheet, the header being row 1.
    #[must_use]
    pub(crate) fn with(mut self, row: usize, header: &str, value: &str) -> Self {
        let column = self.column(header);
        self.rows[row - 1][column] = value.to_owned();
        self
    }

    /// Without the column of that header.
    #[must_use]
    pub(crate) fn without(mut self, header: &str) -> Self {
        let column = self.column(header);
        for row in &mut self.rows {
            row.remove(column);
        }
        self
    }

    /// The header and the rows chosen by their number (1-based, the header being row 1).
    #[must_use]
    pub(crate) fn keeping(&self, rows: impl Fn(usize) -> bool) -> Self {
        let kept = self.rows.iter().enumerate().filter(|(ix, _)| *ix == 0 || rows(ix + 1));
        Self { rows: kept.map(|(_, row)| row.clone()).collect() }
    }

    pub(crate) fn cell(&self, row: usize, header: &str) -> &str {
        &self.rows[row - 1][self.column(header)]
    }

    fn column(&self, header: &str) -> usize {
        self.rows[0].iter().position(|cell| cell == header).unwrap_or_else(|| panic!("no column {header}"))
    }

    /// As a CSV file of UTF-8.
    pub(crate) fn csv(&self) -> String {
        self.rows.iter().map(|row| row.join(",") + "\r\n").collect()
    }

    /// As a workbook of one sheet, every cell text; `more` may add to the workbook.
    pub(crate) fn xlsx(&self, more: impl FnOnce(&mut Workbook)) -> Vec<u8> {
        let mut workbook = Workbook::new();
        let sheet = workbook.add_worksheet();
        for (at, row) in self.rows.iter().enumerate() {
            for (column, cell) in row.iter().enumerate() {
                let (row, column) = (u32::try_from(at).expect("small"), u16::try_from(column).expect("small"));
                sheet.write_string(row, column, cell).expect("a cell");
            }
        }
        more(&mut workbook);
        workbook.save_to_buffer().expect("a workbook")
    }
}

/// Somebody of the small county.
pub(crate) struct Person {
    pub(crate) township: String,
    pub(crate) household_no: String,
    pub(crate) person_no: String,
    pub(crate) name: String,
    pub(crate) id_no: String,
    pub(crate) head: (String, String),
    relation: &'static str,
    born: &'static str,
}

/// A surname, and three people: given name, relation to the head, birth date.
type Family = (&'static str, [(&'static str, &'static str, &'static str); 3]);

const FAMILIES: [Family; 4] = [
    ("赵", [("建国", "户主", "19650312"), ("桂英", "配偶", "19670820"), ("明亮", "之子", "19930105")]),
    ("钱", [("德福", "户主", "19580724"), ("秀兰", "配偶", "19601111"), ("晓燕", "之女", "19880930")]),
    ("孙", [("长根", "户主", "19711009"), ("玉梅", "配偶", "19730226"), ("志远", "之子", "19991218")]),
    ("李", [("传宝", "户主", "19490515"), ("凤霞", "配偶", "19510603"), ("海涛", "之子", "19760407")]),
];

/// The people of one township: four households of three, in household order.
pub(crate) fn people(township: &str) -> Vec<Person> {
    let town = TOWNSHIPS.iter().position(|known| *known == township).expect("a township of the small county");
    let mut people = Vec::new();
    for (family, (surname, members)) in FAMILIES.iter().enumerate() {
        let household_no = format!("34240100{town}{family:03}");
        let full = |ix: usize| format!("{}{}{}", surname, members[ix].0, ["", "生"][town]);
        let sequence = |ix: usize| 100 * town + 10 * family + [1, 2, if members[2].1 == "之女" { 4 } else { 3 }][ix];
        let id = |ix: usize| id_no(members[ix].2, sequence(ix));
        for (ix, (_, relation, born)) in members.iter().enumerate() {
            people.push(Person {
                township: township.to_owned(),
                person_no: format!("{household_no}{ix:02}"),
                household_no: household_no.clone(),
                name: full(ix),
                id_no: id(ix),
                head: (full(0), id(0)),
                relation,
                born,
            });
        }
    }
    people
}

/// An identifier with its check character; the third sequence digit tells the sex.
fn id_no(born: &str, sequence: usize) -> String {
    let body = format!("342401{born}{sequence:03}");
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = body.bytes().zip(weights).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    format!("{body}{}", char::from(b"10X98765432"[sum as usize % 11]))
}

impl Person {
    fn is_head(&self) -> bool {
        self.relation == "户主"
    }

    fn is_male(&self) -> bool {
        self.id_no.as_bytes()[16] % 2 == 1
    }

    fn cell(&self, header: &str, kind: Kind, serial: usize) -> String {
        let born = format!("{}-{}-{}", &self.born[..4], &self.born[4..6], &self.born[6..]);
        match header {
            "序号" => serial.to_string(),
            "县(市、区、旗)" | "区县" => "示例县".into(),
            "乡(镇)" | "乡镇" => self.township.clone(),
            "行政村" | "村" => "前进村".into(),
            "户编号" => self.household_no.clone(),
            "人编号" => self.person_no.clone(),
            "姓名" => self.name.clone(),
            "证件号码" | "身份证号码" => self.id_no.clone(),
            "户主姓名" => self.head.0.clone(),
            "户主证件号码" => self.head.1.clone(),
            "人数" | "家庭人口数" => "3".into(),
            "与户主关系" => self.relation.into(),
            "性别" => if self.is_male() { "男" } else { "女" }.into(),
            "出生日期" => born,
            "民族" => "汉族".into(),
            "文化程度" => "初中".into(),
            "在校生状况" | "在校生情况" => "非在校生".into(),
            "健康状况" => "健康".into(),
            "劳动技能" | "劳动能力" => "普通劳动力".into(),
            "务工时间（月）" | "务工月数" => "0".into(),
            "参加大病医疗" | "是否参加大病保险" | "是否解决安全饮用水" | "饮水安全" => {
                "是".into()
            }
            "危房户" | "是否危房户" | "饮水困难" => "否".into(),
            "脱贫属性" => "已脱贫".into(),
            "脱贫年度" => "2017".into(),
            "贫困户属性" => "一般贫困户".into(),
            "致贫原因1" | "主要致贫原因" => "缺技术".into(),
            "人均纯收入" | "人均纯收入（元）" => "6500.00".into(),
            "联系电话" | "户联系电话" if kind != Kind::Member || self.is_head() => "13805640001".into(),
            _ => String::new(),
        }
    }
}

/// Every file below a folder: path relative to it → bytes.
pub(crate) fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut names = Vec::new();
    list(root, root, &mut names);
    names.into_iter().map(|name| (name.clone(), fs::read(root.join(name)).expect("a file read"))).collect()
}

/// Something of the repository.
pub(crate) fn shipped(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)
}

pub(crate) fn copy_dir(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).unwrap_or_else(|cause| panic!("{}: {cause}", from.display())) {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        match (fs::read_link(&path), path.is_dir()) {
            (Ok(pointed), _) => std::os::unix::fs::symlink(pointed, &target).expect("a link copied"),
            (Err(_), true) => copy_dir(&path, &target),
            (Err(_), false) => _ = fs::copy(&path, &target).expect("a file copied"),
        }
    }
}

fn list(root: &Path, dir: &Path, files: &mut Vec<String>) {
    for entry in fs::read_dir(dir).unwrap_or_else(|cause| panic!("{}: {cause}", dir.display())) {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => list(root, &path, files),
            false => files.push(text(path.strip_prefix(root).expect("below the root"))),
        }
    }
}

fn text(path: &Path) -> String {
    path.to_str().expect("a UTF-8 path").to_owned()
}

fn records(frame: &DataFrame) -> Vec<Record> {
    let columns: Vec<_> = frame.columns().iter().map(|column| (column.name().to_string(), words(column))).collect();
    let record = |row: usize| columns.iter().map(|(name, words)| (name.clone(), words[row].clone())).collect();
    (0..frame.height()).map(record).collect()
}

fn words(column: &Column) -> Vec<String> {
    let texts = column.cast(&DataType::String).expect("a column of scalars");
    texts.str().expect("text").iter().map(|word| word.unwrap_or("∅").to_owned()).collect()
}

/// The cells of one sheet of a workbook, as text.
pub(crate) fn sheet(path: &Path, name: &str) -> Vec<Vec<String>> {
    use calamine::Reader;
    let mut book: calamine::Xlsx<_> = calamine::open_workbook(path).expect("a workbook");
    let range = book.worksheet_range(name).unwrap_or_else(|cause| panic!("{}[{name}]: {cause}", path.display()));
    range.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect()
}

#[test]
fn identifiers_of_the_small_county_are_valid_and_unique() {
    // 11010519491231002X is the worked example of GB 11643-1999; its first six digits are not ours.
    let sum: u32 = "11010519491231002"
        .bytes()
        .zip([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    assert_eq!(b"10X98765432"[sum as usize % 11], b'X');
    let mut ids: Vec<String> = TOWNSHIPS.iter().flat_map(|town| people(town)).map(|person| person.id_no).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 24);
    let sexes: Vec<bool> = people(TOWNSHIPS[0]).iter().map(Person::is_male).collect();
    assert_eq!(sexes, [true, false, true, true, false, false, true, false, true, true, false, true]);
}

#[test]
fn a_workbook_written_is_the_workbook_read() {
    let project = Project { dir: tempfile::tempdir().expect("a scratch folder") };
    let export = Export::of(Kind::National, TOWNSHIPS[0]);
    let path = project.path("book.xlsx");
    fs::write(&path, export.xlsx(|_| {})).expect("a workbook written");
    // Beyond the last filled cell of all rows there is nothing to read back.
    let width = |row: &[String]| row.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1);
    let filled = |rows: Vec<Vec<String>>| -> Vec<Vec<String>> {
        rows.into_iter().map(|row| row[..width(&row)].to_vec()).collect()
    };
    assert_eq!(filled(sheet(&path, "Sheet1")), filled(export.rows));
}

#[test]
fn redaction_keeps_what_is_the_same_in_every_run() {
    let project = Project { dir: tempfile::tempdir().expect("a scratch folder") };
    let folder = project.dir.path().display().to_string();
    for (text, expected) in [
        ("2018-12-31: 24 人", "2018-12-31: 24 人"),
        ("runs/20181231-093000-ab12/data", "runs/[run]/data"),
        ("blake3 9f86d081884c7d659a2feaa0c55ad015, 12 行", "blake3 [hash], 12 行"),
        ("at 2018-12-31T09:30:00Z", "at [time]"),
        ("用时 1.25s", "用时 [duration]"),
        ("F-relation 3 rules", "F-relation 3 rules"),
    ] {
        assert_same(&redacted(text, &project), expected);
    }
    assert_same(&redacted(&format!("{folder}/out"), &project), "[folder]/out");
}
