//! The balance over time, with a mark at each finding.

use std::fmt::Write as _;

use jiff::civil::Date;
use maud::{Markup, PreEscaped, html};

use crate::{amount::Money, finding::Finding, household::Account, words::Lang};

const WIDTH: i64 = 640;
const HEIGHT: i64 = 260;
const TOP: i64 = 38;
const BOTTOM: i64 = 40;
/// No screen shows more points than this.
const POINTS: usize = 600;

struct Scale {
    first: Date,
    days: i64,
    low: i64,
    high: i64,
}

fn part(value: i64, of: i64, size: i64) -> i64 {
    value.saturating_mul(size).checked_div(of.max(1)).unwrap_or(0)
}

impl Scale {
    fn x(&self, date: Date) -> i64 {
        let days = i64::from(self.first.until(date).map_or(0, |span| span.get_days()));
        part(days, self.days, WIDTH)
    }

    fn y(&self, balance: i64) -> i64 {
        let room = HEIGHT.saturating_sub(TOP).saturating_sub(BOTTOM);
        let above = balance.saturating_sub(self.low);
        let span = self.high.saturating_sub(self.low);
        HEIGHT.saturating_sub(BOTTOM).saturating_sub(part(above, span, room))
    }
}

/// The last balance of each day that has one.
fn days_of(account: &Account) -> Vec<(Date, i64)> {
    let mut days: Vec<(Date, i64)> = Vec::new();
    for line in account.statements.iter().flat_map(|s| &s.lines) {
        let Some(balance) = line.balance else { continue };
        match days.last_mut() {
            Some((day, last)) if *day == line.date => *last = balance.yen(),
            _ => days.push((line.date, balance.yen())),
        }
    }
    let step = days.len().checked_div(POINTS).unwrap_or(0).max(1);
    let last = days.last().copied();
    let mut thinned: Vec<(Date, i64)> = days.into_iter().step_by(step).collect();
    if thinned.last() != last.as_ref() {
        thinned.extend(last);
    }
    thinned
}

/// The days that follow each other without a hole, hole by hole.
fn runs<'d>(days: &'d [(Date, i64)], account: &Account) -> Vec<&'d [(Date, i64)]> {
    let is_hole = |(from, _): &(Date, i64), (to, _): &(Date, i64)| {
        account.gaps.iter().any(|gap| *from <= gap.from && gap.to <= *to)
    };
    days.chunk_by(|a, b| !is_hole(a, b)).collect()
}

/// A balance stays as it was until the day on which something moves it: a slope would show a loss as a habit.
fn steps(run: &[(Date, i64)]) -> Vec<(Date, i64)> {
    let pairs = run.iter().zip(run.iter().skip(1));
    let moved = pairs.flat_map(|((_, before), (day, after))| [(*day, *before), (*day, *after)]);
    run.first().copied().into_iter().chain(moved).collect()
}

/// A picture of the account, said in words for whoever cannot see it.
pub(super) fn timeline(account: &Account, findings: &[&Finding], lang: Lang) -> Markup {
    // Files that do not agree have no one line of balances.
    if account.gaps.iter().any(|gap| gap.is_clash) {
        return html! {};
    }
    let days = days_of(account);
    let (Some((first, _)), Some((last, closing))) = (days.first(), days.last()) else {
        return html! {};
    };
    let balances = || days.iter().map(|(_, balance)| *balance);
    let scale = Scale {
        first: *first,
        days: i64::from(first.until(*last).map_or(0, |span| span.get_days())),
        low: balances().min().unwrap_or(0).min(0),
        high: balances().max().unwrap_or(0).max(1),
    };
    let points = |days: &mut dyn Iterator<Item = &(Date, i64)>| {
        let mut line = String::new();
        for (date, balance) in days {
            let _ = write!(line, "{},{} ", scale.x(*date), scale.y(*balance));
        }
        line
    };
    let runs = runs(&days, account);
    let lines: Vec<String> = runs.iter().map(|run| points(&mut steps(run).iter())).collect();
    let holes: Vec<String> = runs
        .iter()
        .zip(runs.iter().skip(1))
        .map(|(before, after)| points(&mut before.last().into_iter().chain(after.first())))
        .collect();
    let mut marks = String::new();
    for finding in findings {
        let near = days.iter().rfind(|(day, _)| *day <= finding.date);
        let balance = near.map_or(*closing, |(_, balance)| *balance);
        let (x, y) = (scale.x(finding.date), scale.y(balance));
        let _ = write!(marks, r#"<circle class="mark" cx="{x}" cy="{y}" r="6"/>"#);
    }
    let zero = scale.y(0);
    let title = match lang {
        Lang::Ja => format!(
            "{}から{}までの残高。しるしは確かめたいところ({}か所)。",
            lang.date(*first),
            lang.date(*last),
            findings.len()
        ),
        Lang::En => format!(
            "The balance from {} to {}; {} marks where to look.",
            lang.date(*first),
            lang.date(*last),
            findings.len()
        ),
    };
    let shown = |balance| Money::new(balance).unwrap_or_default();
    html! {
        svg viewBox={ "-8 0 " (WIDTH.saturating_add(16)) " " (HEIGHT) } role="img" aria-label=(title) {
            line.zero x1="0" x2=(WIDTH) y1=(zero) y2=(zero) {}
            @for line in &lines { polyline.balance points=(line.trim()) {} }
            @for hole in &holes { polyline.hole points=(hole.trim()) {} }
            (PreEscaped(marks))
            text x="0" y="24" { (shown(scale.high)) }
            text x="0" y=(zero.saturating_sub(8)) { (Money::ZERO) }
            text x="0" y=(HEIGHT.saturating_sub(10)) { (lang.date(*first)) }
            text x=(WIDTH) y=(HEIGHT.saturating_sub(10)) text-anchor="end" { (lang.date(*last)) }
        }
        @if !findings.is_empty() {
            p.small { (lang.pick("図の丸いしるしは、下で確かめていただくところです。",
                "The dots are what is to be checked below.")) }
        }
        @if !holes.is_empty() { p.small { (lang.hole()) } }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_balance_stands_until_the_day_that_moves_it() {
        let (may, june, july) = (date(2026, 5, 1), date(2026, 6, 1), date(2026, 7, 1));
        let days = [(may, 100), (june, 100), (july, 20)];

        let expected = [(may, 100), (june, 100), (june, 100), (july, 100), (july, 20)];
        assert_eq!(steps(&days), expected);
        assert_eq!(steps(&days[..1]), days[..1]);
        assert_eq!(steps(&[]), []);
    }
}
