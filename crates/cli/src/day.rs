//! Days that people write behind an option: one reader for all of them.

use jiff::{civil::Date, tz::TimeZone};
use kanuki_site::Clock as _;
use kanuki_watch::{
    Lang,
    date::{self, NoAnswer},
};

use crate::real::SystemClock;

/// For options whose refusals the command line's own words surround, which are English: both languages.
pub(crate) fn option(text: &str) -> Result<Date, String> {
    let read = |lang| read(text, lang);
    read(Lang::Ja).map_err(|ja| match read(Lang::En) {
        Err(en) => format!("{ja} / {en}"),
        Ok(_) => ja,
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

/// The day on this machine.
pub(crate) fn today() -> Date {
    SystemClock.now().to_zoned(TimeZone::system()).date()
}
