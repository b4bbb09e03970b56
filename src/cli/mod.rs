//! The command line: the only code that prints, reads the clock or the environment. One command per file.
//!
//! Human text goes to stderr, data to stdout. Exit codes: 0 done, 1 a `--fail-on` gate tripped, 2 usage or
//! configuration, 3 input refused, 4 output failed, 70 a mistake of ours, 75 another run holds the lock, 99 nothing new.

mod args;
mod check;
mod evaluate;
mod inspect;
mod link;
mod panics;
mod returns;
mod rules;
mod run;
mod synth;
mod terminal;
mod why;

use std::ffi::OsString;
use std::io::ErrorKind;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use crate::error::{Error, Kind, Lang};
use args::{Cli, Command};

/// How a command ended, when it ended well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// Done.
    Done,
    /// Done, and a gate tripped.
    Gate,
    /// Nothing to do.
    Unchanged,
}

/// Runs the program with `args` (the program's name first) and returns its exit code.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(usage) => return usage_exit(&usage),
    };
    let lang = Lang::from(cli.lang);
    panics::note_quietly();
    match panics::caught(|| dispatch(cli.command, lang, cli.quiet)) {
        Ok(Status::Done) => ExitCode::SUCCESS,
        Ok(Status::Gate) => ExitCode::from(1),
        Ok(Status::Unchanged) => ExitCode::from(99),
        Err(error) => {
            for line in error.lines(lang) {
                terminal::tell(&format!("{}{line}", terminal::error_mark(lang)));
            }
            ExitCode::from(exit_code(&error))
        }
    }
}

fn dispatch(command: Command, lang: Lang, quiet: bool) -> Result<Status, Error> {
    match command {
        Command::Run(args) => run::run(&args, lang, quiet),
        Command::Link(args) => link::link(&args, lang, quiet),
        Command::Check(args) => check::check(&args, lang),
        Command::Inspect(args) => inspect::inspect(&args, lang),
        Command::Why(args) => why::why(&args, lang),
        Command::Rules(args) => rules::rules(&args),
        Command::Explain(args) => rules::explain(&args),
        Command::Returns(args) => returns::returns(&args, lang),
        Command::Evaluate(args) => evaluate::evaluate(&args, lang),
        Command::Synth(args) => synth::synth(&args, lang, quiet),
        Command::Completions(args) => {
            clap_complete::generate(args.shell, &mut Cli::command(), "hedui", &mut std::io::stdout());
            Ok(Status::Done)
        }
    }
}

/// clap's own exit code, except that a closed pipe behind `--help` is nobody's error.
fn usage_exit(usage: &clap::Error) -> ExitCode {
    match usage.print() {
        Err(cause) if cause.kind() != ErrorKind::BrokenPipe => ExitCode::from(4),
        _ => ExitCode::from(u8::try_from(usage.exit_code()).unwrap_or(2)),
    }
}

fn exit_code(error: &Error) -> u8 {
    match error.kind() {
        Kind::Configuration => 2,
        Kind::Input => 3,
        Kind::Output => 4,
        Kind::Internal => 70,
        Kind::Locked => 75,
    }
}
