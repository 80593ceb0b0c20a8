//! The back-test as one page that needs nothing from elsewhere, in Japanese and in English.

use kanuki_domain::Yen;
use kanuki_risk::{Difference, OfRule, Outcome, Range, Report};
use kanuki_watch::Lang;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{
    picture::{Bar, bars},
    rules, signed,
    words::{Say, Words},
};

const STYLE: &str = "
:root { color-scheme: light dark; --ink: #1a1a1c; --soft: #5c5c62; --paper: #ffffff;
  --panel: #f4f5f7; --rule: #d5d7dc; --bad: #b3261e; --good: #115a36; --link: #0017c1; }
@media (prefers-color-scheme: dark) { :root { --ink: #ececf0; --soft: #a9abb3; --paper: #16171a;
  --panel: #212329; --rule: #3c3f47; --bad: #ff8f86; --good: #7ad6a3; --link: #9db2ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1rem 4rem; max-width: 68rem; background: var(--paper);
  color: var(--ink); font: 1rem/1.6 'BIZ UDPGothic', 'Noto Sans JP', system-ui, sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.3; } h2 { font-size: 1.25rem; margin-top: 2.5rem; }
a { color: var(--link); } nav a { display: inline-block; padding: .5rem 1rem .5rem 0; }
.lead, figcaption, caption { color: var(--soft); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .4rem .75rem; border-bottom: 1px solid var(--rule); text-align: right;
  vertical-align: top; }
tbody th, th:first-child { text-align: left; font-weight: 400; }
thead th { border-bottom: 2px solid var(--ink); } caption { text-align: left; }
td small { display: block; color: var(--soft); white-space: nowrap; }
figure { margin: 1rem 0; padding: 1rem; background: var(--panel); border-radius: .5rem;
  overflow-x: auto; }
svg { display: block; width: 100%; min-width: 36rem; height: auto; }
svg text { fill: var(--ink); font-size: 13px; } svg .value { fill: var(--soft); }
svg .good { fill: var(--good); } svg .bad { fill: var(--bad); }
svg .range { stroke: var(--ink); stroke-width: 2; }
section + section { border-top: 2px solid var(--ink); margin-top: 4rem; }
@media (forced-colors: active) { svg .good, svg .bad { fill: CanvasText; } }
";

/// What is drawn.
pub(super) struct Page<'a> {
    /// One by policy.
    pub(super) reports: &'a [Report],
    /// What each but the first has more than the first.
    pub(super) differences: &'a [Difference],
}

/// The same in one language.
struct Half<'a> {
    page: &'a Page<'a>,
    words: Words,
}

impl Page<'_> {
    /// The whole page.
    pub(super) fn draw(&self) -> String {
        let half = |lang| Half { page: self, words: Words(lang) };
        let page = html! {
            (DOCTYPE)
            html lang="ja" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { (Words(Lang::Ja).say(Say::Title)) " / " (Words(Lang::En).say(Say::Title)) }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    nav { a href="#ja" { "日本語" } a href="#en" lang="en" { "English" } }
                    (half(Lang::Ja).draw())
                    (half(Lang::En).draw())
                }
            }
        };
        page.into_string()
    }
}

impl Half<'_> {
    fn draw(&self) -> Markup {
        let (say, tag) = (|what| self.words.say(what), self.words.0.tag());
        html! {
            section id=(tag) lang=(tag) {
                h1 { (say(Say::Title)) }
                p.lead { (say(Say::Lead)) }
                p.lead { (say(Say::Ranges)) }
                h2 { (say(Say::Totals)) }
                (bars(say(Say::Totals), &self.yen()))
                (bars(say(Say::People), &self.people()))
                (self.totals())
                @if !self.page.differences.is_empty() { (self.beside()) }
                h2 { (say(Say::Rules)) }
                @for report in self.page.reports { (self.by_rule(report)) }
            }
        }
    }

    /// The name of a policy; with its place where another one has the same.
    fn named(&self, report: &Report) -> String {
        let reports = self.page.reports;
        let same = reports.iter().filter(|other| other.policy == report.policy).count();
        let at = reports.iter().position(|other| std::ptr::eq(other, report)).unwrap_or_default();
        match same {
            0 | 1 => report.policy.clone(),
            _ => format!("{} {}", at.saturating_add(1), report.policy),
        }
    }

    fn between<T: ToString>(&self, range: Range<T>) -> String {
        self.words.between(&range.low.to_string(), &range.high.to_string())
    }

    fn yen(&self) -> Vec<Bar> {
        let bar = |report: &Report, what, look, yen: Yen, range: Range<Yen>| Bar {
            name: format!("{} · {}", self.named(report), self.words.say(what)),
            look,
            value: yen.amount(),
            range: Some((range.low.amount(), range.high.amount())),
            shown: yen.to_string(),
        };
        let both = |report: &Report| {
            let ranges = report.ranges;
            [
                bar(report, Say::Stopped, "good", report.yen_stopped, ranges.yen_stopped),
                bar(report, Say::Lost, "bad", report.yen_lost, ranges.yen_lost),
            ]
        };
        self.page.reports.iter().flat_map(both).collect()
    }

    fn people(&self) -> Vec<Bar> {
        let mut all = Vec::new();
        for report in self.page.reports {
            let range = report.ranges.customers_bothered;
            all.push(Bar {
                name: format!("{} · {}", self.named(report), self.words.say(Say::Bothered)),
                look: "bad",
                value: report.customers_bothered,
                range: Some((range.low, range.high)),
                shown: grouped(report.customers_bothered),
            });
            for outcome in Outcome::ALL.into_iter().skip(1) {
                let met = report.customers_by_outcome.get(outcome.name()).copied();
                all.push(Bar {
                    name: format!("{} · {}", self.named(report), self.words.met(outcome)),
                    look: "bad",
                    value: met.unwrap_or_default(),
                    range: None,
                    shown: grouped(met.unwrap_or_default()),
                });
            }
        }
        all
    }

    fn totals(&self) -> Markup {
        let reports = self.page.reports;
        let row = |what: &str, cell: &dyn Fn(&Report) -> Markup| {
            html! { tr { th scope="row" { (what) } @for report in reports { td { (cell(report)) } } } }
        };
        let say = |what| self.words.say(what);
        let ranged = |value: String, range: String| html! { (value) small { (range) } };
        html! {
            div.scroll tabindex="0" {
                table {
                    thead { tr {
                        th scope="col" { (say(Say::Measure)) }
                        @for report in reports {
                            th scope="col" { (report.policy) " " (report.version) }
                        }
                    } }
                    tbody {
                        (row(say(Say::Events), &|r| html! { (grouped(r.events)) }))
                        (row(say(Say::Stopped), &|r| {
                            ranged(r.yen_stopped.to_string(), self.between(r.ranges.yen_stopped))
                        }))
                        (row(say(Say::ByChallenge), &|r| html! { (r.yen_stopped_by_challenge) }))
                        (row(say(Say::Lost), &|r| {
                            ranged(r.yen_lost.to_string(), self.between(r.ranges.yen_lost))
                        }))
                        (row(say(Say::Bothered), &|r| {
                            let range = self.between(r.ranges.customers_bothered);
                            ranged(grouped(r.customers_bothered), range)
                        }))
                        @for outcome in Outcome::ALL.into_iter().skip(1) {
                            (row(self.words.met(outcome), &|r| {
                                let met = r.customers_by_outcome.get(outcome.name()).copied();
                                html! { (grouped(met.unwrap_or_default())) }
                            }))
                        }
                        (row(say(Say::Customers), &|r| html! { (grouped(r.customers)) }))
                    }
                }
            }
        }
    }

    fn beside(&self) -> Markup {
        let say = |what| self.words.say(what);
        let people = |range: Range<i64>| {
            self.words.between(&format!("{:+}", range.low), &format!("{:+}", range.high))
        };
        html! {
            h2 { (say(Say::Beside)) }
            p { (say(Say::BesideLead)) }
            div.scroll tabindex="0" {
                table {
                    thead { tr {
                        th scope="col" { (say(Say::Measure)) }
                        th scope="col" { (say(Say::LostMore)) }
                        th scope="col" { (say(Say::BotheredMore)) }
                    } }
                    tbody {
                        @for (report, more) in self.page.reports.iter().skip(1).zip(self.page.differences) {
                            @let (low, high) = (more.yen_lost.low, more.yen_lost.high);
                            tr {
                                th scope="row" { (report.policy) " " (report.version) }
                                td { (self.words.between(&signed(low), &signed(high))) }
                                td { (people(more.customers_bothered)) }
                            }
                        }
                    }
                }
            }
        }
    }

    fn by_rule(&self, report: &Report) -> Markup {
        let of = |name: &&String| report.rules.get_key_value(*name);
        let met = |rule: &OfRule| rule.held.frauds > 0 || rule.held.honest > 0;
        let all = rules(std::slice::from_ref(report));
        let rules: Vec<_> = all.iter().filter_map(of).filter(|(_, rule)| met(rule)).collect();
        let title = format!("{} {}", report.policy, report.version);
        let bar = |(name, rule): &(&String, &OfRule)| Bar {
            name: (*name).clone(),
            look: "good",
            value: rule.held.fraud_yen.amount(),
            range: Some((rule.fraud_yen_range.low.amount(), rule.fraud_yen_range.high.amount())),
            shown: rule.held.fraud_yen.to_string(),
        };
        let people = |(name, rule): &(&String, &OfRule)| Bar {
            name: (*name).clone(),
            look: "bad",
            value: rule.customers,
            range: Some((rule.customers_range.low, rule.customers_range.high)),
            shown: grouped(rule.customers),
        };
        let caption = |what| format!("{title}: {}", self.words.say(what));
        html! {
            @if rules.is_empty() {
                p { (title) ": " (self.words.say(Say::NoRule)) }
            } @else {
                (bars(&caption(Say::FraudYen), &rules.iter().map(bar).collect::<Vec<_>>()))
                (bars(&caption(Say::RuleCustomers), &rules.iter().map(people).collect::<Vec<_>>()))
                (self.table_of_rules(&title, &rules))
            }
        }
    }

    fn table_of_rules(&self, title: &str, rules: &[(&String, &OfRule)]) -> Markup {
        let head =
            [Say::Rule, Say::Frauds, Say::FraudYen, Say::Alone, Say::Honest, Say::RuleCustomers];
        html! {
            div.scroll tabindex="0" {
                table {
                    caption { (title) }
                    thead { tr { @for what in head { th scope="col" { (self.words.say(what)) } } } }
                    tbody {
                        @for (name, rule) in rules {
                            tr {
                                th scope="row" {
                                    code { (name) }
                                    @if rule.is_shadow { (self.words.say(Say::Shadow)) }
                                }
                                td { (grouped(rule.held.frauds)) }
                                td { (rule.held.fraud_yen) small { (self.between(rule.fraud_yen_range)) } }
                                td { (rule.only_yen) }
                                td { (grouped(rule.held.honest)) }
                                td { (grouped(rule.customers)) small { (self.between(rule.customers_range)) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A number with separators between its thousands.
fn grouped(number: u64) -> String {
    Yen::new(number).unwrap_or(Yen::MAX).to_string().replacen('¥', "", 1)
}
