//! `hedui synth`: a county that does not exist, with its truth.

use super::Status;
use super::args::{SynthArgs, SynthFormat};
use super::terminal::{self, Log, Progress};
use crate::error::{Lang, Result};
use crate::run::Watch;
use crate::say;
use crate::synth::{self, Format};

pub(super) fn synth(args: &SynthArgs, lang: Lang, quiet: bool) -> Result<Status> {
    let settings = settings(args);
    let progress = Progress::new(lang, quiet, Log::default());
    progress.stage(say!("生成合成数据", "making a synthetic county"), args.households);
    let made = synth::generate(&settings, &args.out, |households| {
        for _ in 0..households {
            progress.step();
        }
    });
    progress.finish();
    let made = made?;
    let (households, members, files) = (made.households, made.persons, made.files.len());
    let folder = args.out.display();
    let text = say!(
        "{folder}：{households} 户 {members} 人，{files} 个文件（全部为合成数据）",
        "{folder}: {households} households, {members} people, {files} files (all synthetic)"
    );
    terminal::tell(text.get(lang));
    Ok(Status::Done)
}

fn settings(args: &SynthArgs) -> synth::Settings {
    // As a county has them: workbooks from one system, GB18030 text from the other.
    let [national_format, provincial_format] = match args.format {
        SynthFormat::Mixed => [Format::Xlsx, Format::Csv],
        SynthFormat::Xlsx => [Format::Xlsx; 2],
        SynthFormat::Csv => [Format::Csv; 2],
        SynthFormat::Utf8 => [Format::Utf8Csv; 2],
        SynthFormat::Parquet => [Format::Parquet; 2],
    };
    synth::Settings {
        households: args.households,
        seed: args.seed,
        damage: args.damage,
        errors: args.errors,
        missing_ids: args.missing_ids,
        own_numbers: args.own_numbers,
        rolls: args.rolls,
        data_years: args.data_years.clone(),
        years: if args.no_benefits { Vec::new() } else { args.years.clone() },
        national_format,
        provincial_format,
        ..synth::Settings::default()
    }
}
