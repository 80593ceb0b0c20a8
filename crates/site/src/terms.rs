//! A mandate's terms in people's words: the same at the wallet, at the bank, on paper and on desks.
//!
//! Everything is taken apart field by field, without `..`: a field that is added to the terms and has
//! no words here does not compile. So no consent page can leave out what it asks for.

use kanuki_domain::{
    Yen,
    mandate::{Alignment, Interaction, Period, PeriodicCap, Terms, Zone},
};

use crate::{Words, show};

/// Every field of the terms: what it is, and its value.
#[must_use]
pub fn lines(words: &Words<'_>, terms: &Terms) -> Vec<(String, String)> {
    let Terms { max_individual, periodic, max_debits, valid_from, valid_to, interaction } = terms;
    let mut lines = vec![(words.t("terms-each"), up_to(words, *max_individual))];
    lines.extend(periodic.iter().map(|cap| (period(words, cap), amount(words, cap))));
    if let Some(most) = max_debits {
        let value = words.t_args("terms-times", &[("count", u64::from(most.get()).into())]);
        lines.push((words.t("terms-count"), value));
    }
    let from = show::instant(words.lang, *valid_from);
    let to = show::instant(words.lang, *valid_to);
    let valid = words.t_args("terms-period", &[("from", from.into()), ("to", to.into())]);
    lines.push((words.t("terms-valid"), valid));
    lines.push((words.t("terms-presence"), presence(words, interaction)));
    lines
}

/// [`lines`] as one sentence, for a letter or a cell.
#[must_use]
pub fn in_a_line(words: &Words<'_>, terms: &Terms) -> String {
    let pair = |(label, value)| {
        words.t_args(
            "terms-pair",
            &[("label", label), ("value", value)]
                .map(|(name, text): (&str, String)| (name, text.into())),
        )
    };
    let pairs: Vec<String> = lines(words, terms).into_iter().map(pair).collect();
    pairs.join(&words.t("terms-and"))
}

/// What period a cap is for: `30日間の合計`, `In all in a calendar month`.
#[must_use]
pub fn period(words: &Words<'_>, cap: &PeriodicCap) -> String {
    let PeriodicCap { period, alignment, amount: _, max_debits: _ } = cap;
    let label = match (alignment, period) {
        (Alignment::Rolling, period) => {
            let secs = u64::try_from(period.window_secs()).unwrap_or(0);
            words.t_args("terms-within", &[("span", show::span(words.lang, secs).into())])
        }
        (Alignment::Calendar(_), Period::Day) => words.t("terms-calendar-day"),
        (Alignment::Calendar(_), Period::Week) => words.t("terms-calendar-week"),
        (Alignment::Calendar(_), Period::Fortnight) => words.t("terms-calendar-fortnight"),
        (Alignment::Calendar(_), Period::Month) => words.t("terms-calendar-month"),
        (Alignment::Calendar(_), Period::HalfYear) => words.t("terms-calendar-half-year"),
        (Alignment::Calendar(_), Period::Year) => words.t("terms-calendar-year"),
        (Alignment::Consent(_), Period::Day) => words.t("terms-consent-day"),
        (Alignment::Consent(_), Period::Week) => words.t("terms-consent-week"),
        (Alignment::Consent(_), Period::Fortnight) => words.t("terms-consent-fortnight"),
        (Alignment::Consent(_), Period::Month) => words.t("terms-consent-month"),
        (Alignment::Consent(_), Period::HalfYear) => words.t("terms-consent-half-year"),
        (Alignment::Consent(_), Period::Year) => words.t("terms-consent-year"),
    };
    match alignment.zone().filter(|zone| **zone != Zone::japan()) {
        Some(zone) => {
            let named = [("label", label.into()), ("zone", zone.name().into())];
            words.t_args("terms-zoned", &named)
        }
        None => label,
    }
}

/// How much, and how often: `¥50,000まで`, `¥50,000、5回まで`.
fn amount(words: &Words<'_>, cap: &PeriodicCap) -> String {
    match cap.max_debits {
        Some(most) => words.t_args(
            "terms-amount-times",
            &[("amount", cap.amount.into()), ("count", u64::from(most.get()).into())],
        ),
        None => up_to(words, cap.amount),
    }
}

/// `¥50,000まで`: beside what it is for, a bare amount reads as what will be taken.
fn up_to(words: &Words<'_>, amount: Yen) -> String {
    words.t_args("terms-up-to", &[("amount", amount.into())])
}

fn presence(words: &Words<'_>, interaction: &[Interaction]) -> String {
    let has = |how: Interaction| interaction.contains(&how);
    words.t(match (has(Interaction::InSession), has(Interaction::OffSession)) {
        (true, true) => "terms-presence-both",
        (true, false) => "terms-presence-in",
        (false, true) => "terms-presence-off",
        (false, false) => "terms-presence-none",
    })
}
