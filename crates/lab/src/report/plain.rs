//! A crime for everybody, in plain Japanese: how it goes, how one would notice, what to do, and the
//! picture of the run. The words come from the scenario file.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{
    Report, Run,
    chart::{Words, chart},
    html::STYLE,
};
use crate::playbook::Scenario;

/// What a policy is called where nobody knows our names for it.
fn policy(run: &Run) -> String {
    let name = match run.policy.as_str() {
        "2020" => "2020年のしくみ",
        "2020-after" => "2020年末のしくみ",
        own if run.policy_file.is_some() => own,
        _ => "Kanuki のしくみ",
    };
    match run.start {
        super::Start::Outside => name.to_owned(),
        super::Start::Inside => format!("{name}（すでに入り込まれた場合）"),
    }
}

fn section(title: &str, lines: &[String]) -> Markup {
    html! {
        h2 { (title) }
        ul { @for line in lines { li { (line) } } }
    }
}

impl Report {
    /// One page for each of `scenarios` that was run: the name of its file, and the page.
    #[must_use]
    pub fn to_plain_pages(&self, scenarios: &[Scenario]) -> Vec<(String, String)> {
        let page = |scenario: &Scenario| {
            let runs: Vec<&Run> = self.runs.iter().filter(|r| r.playbook == scenario.id).collect();
            let page = (!runs.is_empty()).then(|| plain(scenario, &runs));
            page.map(|page| (format!("{}.html", scenario.id), page))
        };
        scenarios.iter().filter_map(page).collect()
    }
}

fn plain(scenario: &Scenario, runs: &[&Run]) -> String {
    let named: Vec<(String, &Run)> = runs.iter().map(|run| (policy(run), *run)).collect();
    let page = html! {
        (DOCTYPE)
        html lang="ja" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (scenario.told.ja.title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { (scenario.told.ja.title) }
                (section("どう進むか", &scenario.told.ja.how))
                (section("どう気づくか", &scenario.told.ja.notice))
                (section("いますること", &scenario.told.ja.act))
                h2 { "実験では" }
                p {
                    "同じ手口を、作り物の町で、作り物の人たちを相手に試しました。攻撃が終わって30日後に、"
                    "被害者から出たまま戻らなかった金額です。"
                }
                div.scroll tabindex="0" {
                    table {
                        thead { tr { th { "しくみ" } th { "失われた金額" } th { "被害者" } } }
                        tbody {
                            @for run in runs {
                                tr {
                                    td { (policy(run)) }
                                    td class=(if run.loss.yen_lost.is_zero() { "good" } else { "bad" }) {
                                        (run.loss.yen_lost)
                                    }
                                    td { (run.loss.victims) "人" }
                                }
                            }
                        }
                    }
                }
                (chart(&named, Words::Japanese))
            }
        }
    };
    page.into_string()
}
