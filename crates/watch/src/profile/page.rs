//! The comparison as one file: no script, nothing to load, phone first, and it prints.

use jiff::civil::Date;
use kanuki_domain::barrier::AttackPath;
use maud::{Markup, html};

use super::{
    Assessment, InstitutionKind, page_parts as parts,
    since::Change,
    words::{self, UNKNOWN},
};
use crate::{report::shell, words::Lang};

/// What changed in one profile since an older file.
#[derive(Clone, Debug)]
pub struct Changed {
    /// Of which assessment, by place.
    pub place: usize,
    /// The older file's day.
    pub since: Date,
    /// What changed.
    pub changes: Vec<Change>,
}

/// One institution or several, side by side.
#[derive(Debug)]
pub struct Comparison<'a> {
    /// Each of them.
    pub assessments: &'a [Assessment<'a>],
    /// What changed since last time, where an older file was given.
    pub changed: &'a [Changed],
    /// Who publishes the page and takes corrections: a name with an address.
    pub publisher: Option<&'a str>,
    /// In which language.
    pub lang: Lang,
}

const STYLE: &str = "
main{max-width:72rem}.side{display:grid;gap:1rem;grid-template-columns:1fr}
@media (min-width:48rem){.side{grid-template-columns:repeat(auto-fit,minmax(min(100%,15rem),1fr))}}
.side .card{margin:0}.card h3{color:var(--ink)}.barrier{display:inline-block;font-weight:700;border:2px solid currentColor;border-radius:.5rem;padding:.15rem .6rem;margin:.35rem 0}
.barrier.unknown{border-style:dashed}.barrier.low{color:var(--warn)}.barrier.high{color:var(--blue)}
.card ul{margin:.25rem 0;padding-left:1.25rem}.card h4{margin:.75rem 0 .1rem;font-size:1rem}
.past{border-left:4px solid var(--line);padding-left:.75rem;margin-top:.75rem}
a{color:var(--blue);overflow-wrap:anywhere}a.ref{display:inline-block;min-width:1.5rem;min-height:1.5rem;text-align:center;font-size:1rem}dl{margin:.25rem 0}dt{font-weight:700}dd{margin:0 0 .5rem}
ol.sources{padding-left:2rem}ol.sources li{margin:.6rem 0;scroll-margin-top:1rem}.problem{border:2px solid var(--warn);border-radius:.75rem;padding:.25rem 1rem}
@media print{.side{display:block}.side .card{margin:.75rem 0}}
";

impl Comparison<'_> {
    /// The institution's name in the reader's language, with its code or id where another one is called
    /// the same.
    fn name(&self, place: usize) -> String {
        let name = |assessment: &Assessment<'_>| {
            self.lang.pick(&assessment.profile.name, &assessment.profile.name_en).to_owned()
        };
        let Some(assessment) = self.assessments.get(place) else { return String::new() };
        let (own, id) = (name(assessment), &assessment.profile.id);
        let is_alone = self.assessments.iter().filter(|other| name(other) == own).count() < 2;
        if is_alone { own } else { format!("{own} ({id})") }
    }

    fn t<'b>(&self, ja: &'b str, en: &'b str) -> &'b str {
        self.lang.pick(ja, en)
    }

    /// The whole page.
    #[must_use]
    pub fn page(&self) -> String {
        let title = self.t("攻撃する人には何が要るか", "What an attacker would need");
        shell(
            self.lang,
            title,
            STYLE,
            html! {
                h1 { (title) }
                (self.head())
                (self.changes())
                @for path in AttackPath::ALL { (self.way(path)) }
                (self.incidents())
                @for (place, assessment) in self.assessments.iter().enumerate() {
                    (parts::evidence(assessment, (place, &self.name(place)), self.lang))
                }
                (self.limits())
            },
        )
    }

    fn head(&self) -> Markup {
        let lang = self.lang;
        html! {
            section.summary {
                ul {
                    @for (place, assessment) in self.assessments.iter().enumerate() {
                        li {
                            b { (self.name(place)) } " "
                            @match assessment.profile.kind {
                                InstitutionKind::Bank => { (self.t("(銀行)", "(bank)")) }
                                InstitutionKind::Wallet => { (self.t("(決済サービス)", "(payment service)")) }
                            }
                            @if let Some(on) = assessment.profile.launched_on {
                                (self.t("、はじまり: ", ", since ")) (lang.date(on))
                            }
                        }
                    }
                }
                @if let Some(first) = self.assessments.first() {
                    p { (self.t("この日の時点で: ", "As of ")) (lang.date(first.on)) }
                }
                p { (self.t(
                    "公開された情報だけから、5つの道すじごとに、盗もうとする人に何が要るかを並べました。点数は付けません。「不明」は悪いという意味ではなく、確かな最近の情報がないという意味です。",
                    "From public sources alone: what a thief would need on each of five ways. There is no score. “Unknown” does not mean bad; it means that no current source says.")) }
            }
        }
    }

    fn changes(&self) -> Markup {
        let lang = self.lang;
        html! {
            @for changed in self.changed {
                @if let Some(assessment) = self.assessments.get(changed.place) {
                    section {
                        h2 { (self.name(changed.place)) ": "
                            @match lang {
                                Lang::Ja => { (lang.date(changed.since)) "から変わったこと" }
                                Lang::En => { "changes since " (lang.date(changed.since)) }
                            }
                        }
                        @if changed.changes.is_empty() {
                            p { (self.t("変わったことはありません。", "Nothing changed.")) }
                        }
                        ul {
                            @for change in &changed.changes {
                                li {
                                    @if change.is_worse() { b { (self.t("注意 ", "Take note ")) } }
                                    (change.say(assessment.profile, lang))
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    fn way(&self, path: AttackPath) -> Markup {
        html! {
            section {
                h2 { (words::path(path).pick(self.lang)) }
                div.side {
                    @for (place, assessment) in self.assessments.iter().enumerate() {
                        @if let Some(view) = assessment.path(path) {
                            (parts::card(assessment, (place, &self.name(place)), view, self.lang))
                        }
                    }
                }
            }
        }
    }

    fn incidents(&self) -> Markup {
        let lang = self.lang;
        html! {
            section {
                h2 { (self.t("事件のとき、どうしたか", "How they met what happened")) }
                div.side {
                    @for (place, assessment) in self.assessments.iter().enumerate() {
                        article.card {
                            h3 { (self.name(place)) }
                            @if assessment.incidents().next().is_none() {
                                p { (UNKNOWN.pick(lang)) (self.t("(記録がありません)", " (none is recorded)")) }
                            }
                            @for incident in assessment.incidents() {
                                (parts::incident(incident, assessment.on, lang))
                            }
                        }
                    }
                }
            }
        }
    }

    fn limits(&self) -> Markup {
        html! {
            section.limits {
                h2 { (self.t("この比べ方で分からないこと", "What this cannot know")) }
                ul {
                    li { (self.t(
                        "公表されていない守りや弱点は分かりません。書かれているとおりに動いているかも確かめていません。",
                        "Defences and weaknesses that nobody published, and whether things work as they are said to.")) }
                    li { (self.t(
                        "古い情報は過去の記録として分けてあり、今のことを言うものではありません。",
                        "What is old stands apart as history and says nothing about today.")) }
                    li { (self.t(
                        "まちがいを見つけたら、それぞれの「訂正の連絡先」へお知らせください。書かれた会社の反論は、そのまま載せます。",
                        "Report errors to the address for corrections of each profile. What the company itself replies is printed word for word.")) }
                }
                @match self.publisher {
                    Some(publisher) => {
                        p { b { (self.t("この比較を配った人(訂正と反論の宛先): ", "Published, and corrections and replies taken, by: ")) } (publisher) }
                    }
                    None => {
                        p { (self.t(
                            "この比較には、配る人の名前がありません。手元で読むためのものです。人に配るときは、訂正を受け付ける人の名前と連絡先を入れて作り直してください(--publisher)。",
                            "This comparison names nobody who publishes it: it is for your own reading. To hand it on, make it again with a name and an address for corrections (--publisher).")) }
                    }
                }
            }
        }
    }
}
