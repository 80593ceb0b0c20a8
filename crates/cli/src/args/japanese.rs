//! What the command line itself says, in Japanese: how the holders' commands are used, and what is wrong with
//! what was typed. Those whom these commands are for read no English; with `--english` it stays as it is.

use std::ffi::OsString;

use clap::{
    Arg, ArgAction, Command,
    error::{ContextKind, ContextValue, ErrorKind},
};
use kanuki_watch::Lang;

use super::japanese_words::{COMMANDS, COMMON, FORMATS, Said};
use crate::day::NoDay;

/// How a command's help is laid out.
const TEMPLATE: &str =
    "{before-help}{about-with-newline}\n使い方: {usage}\n\n{all-args}{after-help}";

/// The language that a command of a holder answers in; none for the commands of companies.
pub(crate) fn language(argv: &[OsString]) -> Option<Lang> {
    let words: Vec<&str> = argv.iter().skip(1).filter_map(|word| word.to_str()).collect();
    let mut rest = words.iter();
    let command = loop {
        match *rest.next()? {
            "--log" => {
                rest.next()?;
            }
            "help" => {}
            word if word.starts_with('-') => {}
            word => break word,
        }
    };
    let is_holders = COMMANDS.iter().any(|said| said.name == command) || command == FORMATS.name;
    let is_english = words.contains(&"--english");
    is_holders.then_some(if is_english { Lang::En } else { Lang::Ja })
}

/// The commands with every word of them in Japanese.
pub(crate) fn localized(mut command: Command) -> Command {
    command = command.mut_arg("log", |arg| arg.hide(true));
    for said in &COMMANDS {
        command = command.mut_subcommand(said.name, |sub| told(sub, said));
    }
    command.mut_subcommand(FORMATS.name, |sub| {
        let sub = told(sub, &FORMATS).disable_help_subcommand(true);
        let sub = sub.subcommand_help_heading("種類").subcommand_value_name("種類");
        FORMATS.subs.iter().fold(sub, |sub, said| sub.mut_subcommand(said.name, |s| told(s, said)))
    })
}

fn told(command: Command, said: &'static Said) -> Command {
    let help = Arg::new("help").short('h').long("help").action(ArgAction::Help);
    let command = command.about(said.about).long_about(said.about).help_template(TEMPLATE);
    let command = command.override_usage(said.usage).disable_help_flag(true).arg(help);
    command.mut_args(|arg| {
        let heading = if arg.is_positional() { "引数" } else { "オプション" };
        let id = arg.get_id().as_str().to_owned();
        let known = said.args.iter().chain(&COMMON).find(|(name, ..)| *name == id);
        let arg = arg.help_heading(heading);
        // The words name it where there is one.
        let arg = if arg.get_action().takes_values() { arg.hide_default_value(true) } else { arg };
        match known {
            Some((_, "", help)) => arg.help(*help),
            Some((_, value, help)) => arg.help(*help).value_name(*value),
            None => arg,
        }
    })
}

/// What is wrong with what was typed, and how to read on.
pub(crate) fn refusal(error: &clap::Error) -> String {
    let why = why(error);
    format!("{why}\nくわしくは: --help を付けると、使い方が出ます")
}

fn why(error: &clap::Error) -> String {
    let said = |kind| strings(error, kind).join("、");
    let (arg, value) = (said(ContextKind::InvalidArg), said(ContextKind::InvalidValue));
    match error.kind() {
        ErrorKind::UnknownArgument => {
            let near = said(ContextKind::SuggestedArg);
            format!("「{arg}」は、ここでは使えません{}", perhaps(&near))
        }
        ErrorKind::InvalidSubcommand => {
            let typed = said(ContextKind::InvalidSubcommand);
            let near = said(ContextKind::SuggestedSubcommand);
            format!("「{typed}」という種類はありません{}", perhaps(&near))
        }
        ErrorKind::MissingSubcommand => "種類が書かれていません".to_owned(),
        ErrorKind::MissingRequiredArgument => format!("{arg} が書かれていません"),
        ErrorKind::ArgumentConflict => {
            let other = said(ContextKind::PriorArg);
            if other.is_empty() || other == arg {
                format!("{arg} は、1回だけ書けます")
            } else {
                format!("{arg} は、{other} といっしょには使えません")
            }
        }
        ErrorKind::InvalidValue | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues
            if value.is_empty() =>
        {
            format!("{arg} には、そのあとに書くものが要ります")
        }
        ErrorKind::ValueValidation => {
            let source = std::error::Error::source(error);
            match source.and_then(|source| source.downcast_ref::<NoDay>()) {
                Some(no_day) => format!("{arg}: {}", no_day.ja),
                None => {
                    format!("{arg}: 「{value}」は使えません。決められた範囲の数字で書いてください")
                }
            }
        }
        ErrorKind::InvalidUtf8 => "書かれたものの文字コードがUTF-8ではありません".to_owned(),
        _ if arg.is_empty() => "書き方が決まりに合いません".to_owned(),
        _ => format!("{arg}: 書き方が決まりに合いません"),
    }
}

fn perhaps(near: &str) -> String {
    if near.is_empty() { String::new() } else { format!("。もしかして: {near}") }
}

fn strings(error: &clap::Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(one)) => vec![one.clone()],
        Some(ContextValue::Strings(many)) => many.clone(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::{super::Args, *};

    /// The words that a command shows, its own and those of its arguments.
    fn shown(command: &Command) -> Vec<String> {
        let about = command.get_about().map(ToString::to_string);
        let args = command.get_arguments().filter(|arg| !arg.is_hide_set());
        let helps = args.map(|arg| match arg.get_help() {
            Some(help) => help.to_string(),
            None => panic!("{} of {} has no words", arg.get_id(), command.get_name()),
        });
        about.into_iter().chain(helps).collect()
    }

    #[test]
    fn every_word_of_the_holders_commands_is_japanese() {
        localized(Args::command()).debug_assert();
        let command = localized(Args::command());
        let is_japanese = |c: char| matches!(c, 'ぁ'..='ヿ' | '一'..='龠');
        let of = |name: &str| command.find_subcommand(name).unwrap();
        let formats = of(FORMATS.name);
        let mut all: Vec<&Command> = COMMANDS.iter().map(|said| of(said.name)).collect();
        all.push(formats);
        all.extend(formats.get_subcommands());
        assert_eq!(all.len(), COMMANDS.len() + 1 + FORMATS.subs.len(), "every kind is told");
        for command in all {
            for words in shown(command) {
                assert!(words.chars().any(is_japanese), "{}: {words}", command.get_name());
            }
        }
    }

    #[test]
    fn the_language_is_the_commands() {
        let of = |line: &str| {
            let argv: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            language(&argv)
        };
        for (line, expected) in [
            ("kanuki watch a.csv", Some(Lang::Ja)),
            ("kanuki --log debug formats bank 1", Some(Lang::Ja)),
            ("kanuki help check", Some(Lang::Ja)),
            ("kanuki assess --english", Some(Lang::En)),
            ("kanuki lab list", None),
            ("kanuki", None),
            ("kanuki --help", None),
        ] {
            assert_eq!(of(line), expected, "{line}");
        }
    }
}
