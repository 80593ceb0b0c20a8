//! Days that people write behind an option: one reader for all of them.

use std::fmt;

use jiff::civil::Date;
use kanuki_domain::agreement;
use kanuki_site::Clock as _;
use kanuki_watch::{
    Lang,
    date::{self, NoAnswer},
};

use crate::real::SystemClock;

/// Why what stands behind an option is no day, in both languages: the option is read before it is known which
/// one was asked for.
#[derive(Debug)]
pub(crate) struct NoDay {
    pub(crate) ja: String,
    en: String,
}

impl fmt::Display for NoDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.en)
    }
}

impl std::error::Error for NoDay {}

/// A day behind an option.
pub(crate) fn option(text: &str) -> Result<Date, NoDay> {
    read(text, Lang::Ja).map_err(|ja| {
        let en = read(text, Lang::En).err().unwrap_or_default();
        NoDay { ja, en }
    })
}

/// `2020-09-10`, `2020/9/10`, `R2.9.10`, `令和2年9月10日`; or why it is none.
pub(crate) fn read(text: &str, lang: Lang) -> Result<Date, String> {
    date::answer(text, today()).map_err(|why| match (why, lang) {
        (NoAnswer::Not, Lang::Ja) => format!(
            "「{text}」は日付として読めません。2020-09-10、2020/9/10、R2.9.10、令和2年9月10日のように書いてください"
        ),
        (NoAnswer::Not, Lang::En) => {
            format!("{text:?} is no date; write it as 2020-09-10, 2020/9/10 or R2.9.10")
        }
        (NoAnswer::Either(a, b), Lang::Ja) => format!(
            "「{text}」は{}とも{}とも読めます。西暦4桁で書いてください",
            lang.date(a),
            lang.date(b)
        ),
        (NoAnswer::Either(a, b), Lang::En) => format!(
            "{text:?} may be {} or {}; write all four digits of the year",
            lang.date(a),
            lang.date(b)
        ),
    })
}

/// The day in Japan, wherever this machine thinks that it is: its statements have that day's lines.
pub(crate) fn today() -> Date {
    agreement::today(SystemClock.now())
}
