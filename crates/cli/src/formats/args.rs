//! What `kanuki formats` is told.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};
use kanuki_watch::Lang;

/// `kanuki formats`. Exit code 1 when a bank would send it back.
#[derive(Debug, Subcommand)]
pub(crate) enum Formats {
    /// Read a 全銀 file (21, 91, 01, 03) as strictly as a bank does, and say what is in it.
    Zengin(ZenginRead),
    /// Write a 全銀 file (21, 91, 01, 03) from the JSON that `zengin --json` prints.
    ZenginWrite(ZenginWrite),
    /// Look an institution up: by name, kana, Latin letters or code; merged and closed ones too.
    Bank(BankQuery),
    /// Look a branch up.
    Branch(BranchQuery),
    /// Fold a name as an account name, with the rule that fired; or compare two.
    Name(NameQuery),
    /// ゆうちょ 記号 and 番号 as 店番 and 口座番号, or back.
    Yucho(YuchoQuery),
    /// Read a JPQR code: a shop's, a customer's, or a customer's barcode.
    Jpqr(JpqrQuery),
    /// Write the text of a shop's JPQR code.
    JpqrMake(JpqrMake),
}

/// In which language a subcommand answers.
#[derive(Clone, Copy, Debug, ClapArgs)]
pub(crate) struct Tongue {
    /// Say it in English.
    #[arg(long)]
    english: bool,
}

/// How a subcommand answers.
#[derive(Clone, Copy, Debug, ClapArgs)]
pub(crate) struct How {
    #[command(flatten)]
    tongue: Tongue,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Tongue {
    /// Japanese, unless English was asked for.
    pub(crate) const fn lang(self) -> Lang {
        if self.english { Lang::En } else { Lang::Ja }
    }
}

impl How {
    /// Japanese, unless English was asked for.
    pub(crate) const fn lang(self) -> Lang {
        self.tongue.lang()
    }
}

/// `kanuki formats zengin`.
#[derive(Debug, ClapArgs)]
pub(crate) struct ZenginRead {
    /// The file.
    pub(crate) file: PathBuf,
    /// For 01 and 03, whose years have no era: a day that all of it is not after. Today, if not said.
    #[arg(long, value_name = "DATE", value_parser = crate::day::option)]
    pub(crate) as_of: Option<jiff::civil::Date>,
    #[command(flatten)]
    pub(crate) how: How,
}

/// `kanuki formats zengin-write`.
#[derive(Debug, ClapArgs)]
pub(crate) struct ZenginWrite {
    /// The JSON.
    pub(crate) file: PathBuf,
    /// Where to write the 全銀 file.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// CR and LF after each record.
    #[arg(long)]
    pub(crate) crlf: bool,
    /// Fill in what came of each debit: an answer, not a request.
    #[arg(long)]
    pub(crate) answer: bool,
    #[command(flatten)]
    pub(crate) tongue: Tongue,
}

/// `kanuki formats bank`.
#[derive(Debug, ClapArgs)]
pub(crate) struct BankQuery {
    /// What to look for.
    pub(crate) query: String,
    /// Corrections of your own over the list (see `formats::directory`).
    #[arg(long, value_name = "FILE")]
    pub(crate) corrections: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) how: How,
}

/// `kanuki formats branch`.
#[derive(Debug, ClapArgs)]
pub(crate) struct BranchQuery {
    /// The institution: its four digits, or its name.
    pub(crate) bank: String,
    /// What to look for: name, kana, Latin letters or code.
    pub(crate) query: String,
    /// Corrections of your own over the list.
    #[arg(long, value_name = "FILE")]
    pub(crate) corrections: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) how: How,
}

/// `kanuki formats name`.
#[derive(Debug, ClapArgs)]
pub(crate) struct NameQuery {
    /// The name, in kana or Latin letters.
    pub(crate) name: String,
    /// Another one: are they the same holder's? Exit code 1 when not.
    #[arg(long, value_name = "NAME")]
    pub(crate) same_as: Option<String>,
    #[command(flatten)]
    pub(crate) how: How,
}

/// `kanuki formats yucho`.
#[derive(Debug, ClapArgs)]
pub(crate) struct YuchoQuery {
    /// 記号 (five digits), or 店番 (three figures: 018, ０１８, 〇一八).
    pub(crate) first: String,
    /// 番号, or 口座番号.
    pub(crate) second: String,
    #[command(flatten)]
    pub(crate) how: How,
}

/// `kanuki formats jpqr`.
#[derive(Debug, ClapArgs)]
pub(crate) struct JpqrQuery {
    /// What the camera saw.
    pub(crate) code: String,
    #[command(flatten)]
    pub(crate) how: How,
}

/// `kanuki formats jpqr-make`.
#[derive(Debug, ClapArgs)]
pub(crate) struct JpqrMake {
    /// The shop's four numbers: 13, 4, 6 and 6 digits with hyphens between.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) shop: String,
    /// Its name in Latin letters.
    #[arg(long)]
    pub(crate) name: String,
    /// Its name in Japanese.
    #[arg(long, value_name = "NAME")]
    pub(crate) japanese_name: Option<String>,
    /// Its city in Latin letters.
    #[arg(long)]
    pub(crate) city: String,
    /// Its merchant category (ISO 18245).
    #[arg(long, default_value = "5999")]
    pub(crate) category: String,
    /// For one payment of this amount; without it the code is for printing.
    #[arg(long, value_name = "YEN")]
    pub(crate) amount: Option<String>,
    /// Which of the templates 26 to 51 it uses.
    #[arg(long, default_value_t = 26)]
    pub(crate) template: u8,
    #[command(flatten)]
    pub(crate) tongue: Tongue,
}
