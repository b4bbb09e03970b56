//! Progress, colour, and data that may meet a closed pipe.

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tracing_subscriber::fmt::MakeWriter;

use crate::error::{Error, Lang, Result, Text, shown};
use crate::run::Watch;
use crate::{emit, private, say};

/// What stands before an error on the terminal.
pub(crate) fn error_mark(lang: Lang) -> &'static str {
    match (lang, io::stderr().is_terminal()) {
        (Lang::Zh, true) => "\u{1b}[1;31m错误\u{1b}[0m ",
        (Lang::Zh, false) => "错误 ",
        (Lang::En, true) => "\u{1b}[1;31merror\u{1b}[0m ",
        (Lang::En, false) => "error ",
    }
}

/// Tells a person something, on stderr: the only way to print what may hold words of an export. Nobody listening is no
/// reason to fail.
pub(crate) fn tell(text: &str) {
    let _ = writeln!(io::stderr(), "{}", shown::visible_lines(text));
}

/// Writes data to stdout, escapes in it made visible; a closed pipe ends the program quietly, as `head` expects.
pub(crate) fn data(text: &str) -> Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(shown::visible_lines(text).as_bytes()).and_then(|()| stdout.flush()) {
        Err(cause) if cause.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::output(say!("写不出结果: {cause}", "cannot write the result: {cause}")))
        }
        _ => Ok(()),
    }
}

/// Stages and steps as a progress bar on a terminal, as nothing elsewhere; opens the run's log when its folder exists.
pub(crate) struct Progress {
    bar: ProgressBar,
    lang: Lang,
    log: Log,
}

impl Progress {
    /// A bar on stderr, hidden when stderr is no terminal or `quiet` is asked for.
    pub(crate) fn new(lang: Lang, quiet: bool, log: Log) -> Self {
        let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        Self { bar: ProgressBar::with_draw_target(None, target), lang, log }
    }

    /// Removes the bar.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Watch for Progress {
    fn stage(&self, title: Text, steps: u64) {
        let template = match steps {
            0 => "{spinner} {msg} {elapsed}",
            _ => "{spinner} {msg} {wide_bar} {pos}/{len} {elapsed}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style);
        }
        self.bar.set_position(0);
        self.bar.set_length(steps);
        self.bar.set_message(title.get(self.lang).to_owned());
        self.bar.tick();
    }
    fn step(&self) {
        self.bar.inc(1);
    }
    fn told(&self, what: Text) {
        self.bar.suspend(|| tell(what.get(self.lang)));
    }
    fn staged(&self, folder: &Path) {
        self.log.open(&folder.join(emit::publish::LOG));
    }
}

/// Where log lines go: kept in memory until the run's folder exists, then in its file.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Target>>);

enum Target {
    Memory(Vec<u8>),
    File(File),
}

impl Default for Target {
    fn default() -> Self {
        Self::Memory(Vec::new())
    }
}

impl Log {
    fn open(&self, path: &Path) {
        let mut target = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Target::Memory(lines), Ok(mut file)) = (&*target, private::create(path)) {
            // A log that cannot be written must not stop a reconciliation.
            let _ = file.write_all(lines);
            *target = Target::File(file);
        }
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Target::Memory(lines) => lines.write(bytes),
            Target::File(file) => file.write(bytes),
        }
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;
    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}
