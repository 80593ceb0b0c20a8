//! What the pages of profiles say, in plain Japanese and in English.

use jiff::civil::Date;
use kanuki_domain::barrier::{AttackPath, Barrier};

use super::SourceKind;
use crate::words::Lang;

/// A text in both languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Both {
    /// 日本語
    pub ja: &'static str,
    /// English
    pub en: &'static str,
}

impl Both {
    /// The text for one reader.
    #[must_use]
    pub const fn pick(self, lang: Lang) -> &'static str {
        lang.pick(self.ja, self.en)
    }
}

/// What a way is called.
#[must_use]
pub const fn path(path: AttackPath) -> Both {
    let (ja, en) = match path {
        AttackPath::Link => ("勝手に口座をつなぐ", "Linking the account"),
        AttackPath::SignIn => ("本人になりすまして入る", "Signing in as you"),
        AttackPath::ContactChange => ("連絡先を書きかえる", "Changing your contacts"),
        AttackPath::Transfer => ("中から送金する", "Sending money from inside"),
        AttackPath::Recovery => {
            ("「なくした」と言って入り直す", "Coming in as somebody who lost access")
        }
    };
    Both { ja, en }
}

/// What stands in the way, in few words.
#[must_use]
pub const fn barrier(barrier: Barrier) -> Both {
    let (ja, en) = match barrier {
        Barrier::Unknown => ("不明", "unknown"),
        Barrier::Nothing => ("あなたのものは何も要らない", "nothing of yours is needed"),
        Barrier::Knowledge => ("知られるだけで足りる", "what others can learn is enough"),
        Barrier::Code => ("番号を聞き出すか横取りする", "a code, talked out of you or intercepted"),
        Barrier::Device => ("手元の機器・カードか窓口が要る", "a thing in your hand, or a branch"),
        Barrier::Bound => ("だまし取れない証明が要る", "a proof that cannot be phished"),
    };
    Both { ja, en }
}

/// Who says it.
#[must_use]
pub const fn source(kind: SourceKind) -> Both {
    let (ja, en) = match kind {
        SourceKind::Institution => ("本人の発表", "the institution itself"),
        SourceKind::Regulator => ("監督官庁", "its regulator"),
        SourceKind::Measurement => ("測定", "measured"),
        SourceKind::Press => ("報道", "press"),
        SourceKind::Private => ("個人の記録", "a private record"),
    };
    Both { ja, en }
}

/// What is not known, in one word that is no reproach.
pub(super) const UNKNOWN: Both = Both { ja: "不明", en: "unknown" };

/// How long before the day that is looked at a source was; one may have come after it, and told of it.
#[must_use]
pub(super) fn age(lang: Lang, from: Date, to: Date) -> String {
    let days = from.until(to).map_or(0, |span| span.get_days());
    let is_later = days < 0;
    let days = days.saturating_abs();
    let months = days.checked_div(30).unwrap_or(0);
    let years = days.checked_div(365).unwrap_or(0);
    let (ago, old) = if is_later { ("後", "later") } else { ("前", "old") };
    match (lang, years, months) {
        (Lang::Ja, 0, 0) if days == 0 => "同じ日".to_owned(),
        (Lang::En, 0, 0) if days == 0 => "the same day".to_owned(),
        (Lang::Ja, 0, 0) => format!("{days}日{ago}"),
        (Lang::Ja, 0, months) => format!("約{months}か月{ago}"),
        (Lang::Ja, years, _) => format!("約{years}年{ago}"),
        (Lang::En, 0, 0) if days == 1 => format!("1 day {old}"),
        (Lang::En, 0, 0) => format!("{days} days {old}"),
        (Lang::En, 0, months) => format!("about {months} months {old}"),
        (Lang::En, years, _) => format!("about {years} years {old}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_that_came_after_the_day_says_so() {
        let day = jiff::civil::date(2020, 9, 8);
        let told = |from: Date| (age(Lang::Ja, from, day), age(Lang::En, from, day));
        for (from, ja, en) in [
            (jiff::civil::date(2020, 9, 14), "6日後", "6 days later"),
            (jiff::civil::date(2020, 11, 16), "約2か月後", "about 2 months later"),
            (jiff::civil::date(2020, 9, 8), "同じ日", "the same day"),
            (jiff::civil::date(2020, 9, 7), "1日前", "1 day old"),
            (jiff::civil::date(2018, 9, 7), "約2年前", "about 2 years old"),
        ] {
            assert_eq!(told(from), (ja.to_owned(), en.to_owned()), "{from}");
        }
    }
}
