//! What the thieves came to, for a terminal, for programs and as a page.

use std::fmt::Write as _;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{Foray, OutsideIn, Verdict};
use crate::report::STYLE;

/// Refusals of which each is told; of more, only how many.
const TOLD_MAX: usize = 6;

impl Foray {
    fn money(&self) -> String {
        self.taken.map_or_else(
            || "nobody showed the books".to_owned(),
            |taken| format!("{taken} taken from deposits, as the banks' books say"),
        )
    }

    /// The verdict in words, and why nothing was learned.
    fn verdict_text(&self) -> String {
        match self.verdict() {
            Verdict::Kept => "he gained nothing".to_owned(),
            Verdict::Missed => "MISSED".to_owned(),
            Verdict::NothingLearned => {
                let mut why = Vec::new();
                if !self.strange.is_empty() || !self.untried.is_empty() {
                    why.push("not everything was answered by a company".to_owned());
                }
                if self.met.is_empty() {
                    why.push("nobody answered".to_owned());
                } else if !self.unmet.is_empty() {
                    why.push(format!("he was never answered at {}", self.unmet.join(", ")));
                }
                format!("NOTHING WAS LEARNED: {}", why.join("; "))
            }
        }
    }
}

impl OutsideIn {
    /// For a terminal.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = format!("against {} (seed {})\n", self.pages.join(", "), self.seed);
        for foray in &self.played {
            let Foray { playbook, about, attempts, gained, refused, met, .. } = foray;
            let _infallible = write!(
                text,
                "\n{playbook}: {about}\n  {attempts} attempts, {} refused, answered at {} routes; \
                 {}; {}\n",
                foray.refusals(),
                met.len(),
                foray.money(),
                foray.verdict_text(),
            );
            for (what, times) in gained {
                let _infallible = writeln!(text, "  GAINED {times} × {what}");
            }
            for (what, times) in &foray.untried {
                let _infallible = writeln!(text, "  NOT TRIED {times} × {what}");
            }
            for (what, times) in &foray.strange {
                let _infallible = writeln!(text, "  NO COMPANY'S ANSWER {times} × {what}");
            }
            for (what, times) in refused.iter().take(TOLD_MAX) {
                let _infallible = writeln!(text, "  {times} × {what}");
            }
            if let Some(more) = refused.len().checked_sub(TOLD_MAX).filter(|more| *more > 0) {
                let _infallible = writeln!(text, "  and {more} more kinds of refusal");
            }
        }
        if !self.not_played.is_empty() {
            text.push_str("\nnot played over the network\n");
        }
        for not in &self.not_played {
            let _infallible = writeln!(text, "  {:<26} {}", not.playbook, not.why);
        }
        text
    }

    /// For programs: amounts are strings of digits.
    ///
    /// # Errors
    ///
    /// None that is known: every field can be written.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        let mut value = serde_json::to_value(self)?;
        if let Some(fields) = value.as_object_mut() {
            fields.insert("ok".to_owned(), self.is_ok().into());
        }
        serde_json::to_string_pretty(&value)
    }

    /// As one page that needs nothing from elsewhere.
    #[must_use]
    pub fn to_html(&self) -> String {
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { "Kanuki attack lab, outside in" }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    h1 { "What thieves came to over the network" }
                    p.lead { "Against " (self.pages.join(", ")) "; seed " (self.seed) "." }
                    @for foray in &self.played { (section(foray)) }
                    h2 { "Not played over the network" }
                    div.scroll tabindex="0" {
                        table {
                            thead { tr { th { "Crime" } th { "What it needs" } } }
                            tbody {
                                @for not in &self.not_played {
                                    tr { td { (not.playbook) } td { (not.why) } }
                                }
                            }
                        }
                    }
                }
            }
        };
        page.into_string()
    }
}

fn section(foray: &Foray) -> Markup {
    html! {
        h2 { (foray.playbook) }
        p { (foray.about) }
        p class=(if foray.is_ok() { "good" } else { "bad" }) {
            (foray.attempts) " attempts, " (foray.refusals()) " refused; " (foray.money()) "; "
            (foray.verdict_text()) "."
        }
        @for (title, rows) in [("Gained", &foray.gained), ("Could not be tried", &foray.untried),
            ("Answered by no company", &foray.strange), ("Refused", &foray.refused),
            ("Where he was answered", &foray.met)] {
            @if !rows.is_empty() {
                div.scroll tabindex="0" {
                    table {
                        thead { tr { th { (title) } th { "Times" } } }
                        tbody { @for (what, times) in rows { tr { td { (what) } td { (times) } } } }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use kanuki_domain::Yen;

    use super::*;
    use crate::target::NotPlayed;

    fn outside_in(gained: bool, taken: Option<u32>) -> OutsideIn {
        let foray = Foray {
            playbook: "name-harvest".to_owned(),
            about: "asks".to_owned(),
            attempts: 3,
            gained: gained.then(|| ("a name".to_owned(), 1)).into_iter().collect(),
            refused: vec![("a name: refused".to_owned(), 2)],
            met: vec![("GET / 200".to_owned(), 9)],
            untried: Vec::new(),
            strange: Vec::new(),
            unmet: Vec::new(),
            taken: taken.map(Yen::of),
        };
        let not = NotPlayed { playbook: "insider".to_owned(), why: "it sits at a desk" };
        let pages = vec!["http://wallet.localhost:8080".to_owned()];
        OutsideIn { pages, seed: 1, played: vec![foray], not_played: vec![not] }
    }

    #[test]
    fn gains_and_yen_in_the_books_are_missed_bars_and_unseen_books_are_no_zero() {
        assert!(outside_in(false, Some(0)).is_ok());
        assert!(!outside_in(true, Some(0)).is_ok());
        assert!(!outside_in(false, Some(1)).is_ok());
        let nobody_looked = outside_in(false, None);
        assert!(nobody_looked.is_ok() && !nobody_looked.to_text().contains('¥'));
        let nothing = OutsideIn { played: Vec::new(), ..outside_in(false, None) };
        assert!(!nothing.is_ok(), "nothing was played");
    }

    #[test]
    fn who_met_no_wall_or_no_company_is_no_all_clear() {
        let whole = outside_in(false, Some(0)).played.remove(0);
        let none = || vec![("GET wallet.localhost/".to_owned(), 1)];
        for foray in [
            Foray { unmet: vec!["POST /recover 200".to_owned()], ..whole.clone() },
            Foray { untried: none(), ..whole.clone() },
            Foray { strange: none(), ..whole.clone() },
            Foray { met: Vec::new(), ..whole.clone() },
        ] {
            assert_eq!(foray.verdict(), Verdict::NothingLearned, "{foray:?}");
            let report =
                OutsideIn { played: vec![whole.clone(), foray], ..outside_in(false, None) };
            assert!(!report.is_ok());
            for shown in [report.to_text(), report.to_html()] {
                assert!(shown.contains("NOTHING WAS LEARNED"), "{shown}");
            }
        }
        // Something gained is never made smaller by what was not learned.
        let gained = vec![("a name".to_owned(), 1)];
        let foray = Foray { gained, unmet: vec!["POST /stop 422".to_owned()], ..whole };
        assert_eq!(foray.verdict(), Verdict::Missed);
    }

    #[test]
    fn all_three_forms_say_what_was_done_and_what_was_not() {
        let report = outside_in(true, Some(0));
        let json: serde_json::Value = serde_json::from_str(&report.to_json().unwrap()).unwrap();

        assert_eq!(json["played"][0]["taken"], "0");
        assert_eq!(json["ok"], false);
        let (text, page) = (report.to_text(), report.to_html());
        assert!(text.contains("GAINED 1 × a name") && text.contains("3 attempts, 2 refused"));
        for shown in [&text, &page] {
            assert!(shown.contains("insider") && shown.contains("it sits at a desk"), "{shown}");
        }
        assert!(!page.contains("<script") && !page.contains("src="));
    }
}
