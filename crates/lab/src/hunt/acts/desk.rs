//! At the desks: somebody calls, somebody asks for a release, two people agree.
//!
//! Who works there follows the handbook as far as the pages go, and believes whoever calls: what such a
//! person can be talked into is what is looked for. Where the thief has the first seat, he has it alone.

use kanuki_domain::Yen;

use super::super::story::Given;
use crate::{
    browser::{Form, Page, WebError},
    hunt::scene::Scene,
    measure::Answer,
    playbook::thief::{Thief, got},
    walk::{
        desk,
        fill::{fill, force, form_to, form_where, is_done},
    },
    world::Desk,
};

/// What the desk is asked to do for a caller, by its way.
const ACTS: [&str; 9] = [
    "stop-all",
    "stop",
    "lower",
    "lock",
    "invite-delegate",
    "end-delegates",
    "alerts",
    // Nothing was read back.
    "stop-all",
    // Nothing that the page offers.
    "release",
];
const NOT_READ_BACK: u64 = 7;

impl Scene {
    /// The bank's telephone desk opens a case for the caller and does what is asked.
    pub(super) async fn call_the_desk(&mut self, way: u64) -> Result<Answer, WebError> {
        let place = Desk::Bank(self.victim.bank);
        let pages = self.world.desk_pages(place);
        let account = self.victim.account.clone();
        let act = usize::try_from(way).ok().and_then(|way| ACTS.get(way)).copied();
        let act = act.unwrap_or_default();
        let staff = self.at_desk(place, 0).await?;
        let page = desk::visit(&mut staff.browser, &pages, "/desk/phone").await?;
        let fields = [
            ("branch", account.branch()),
            ("number", account.number()),
            ("believed", "called_back"),
        ];
        let form = form_to(&page, "/desk/phone")?;
        let case = fill(&mut staff.browser, &page, form, &fields).await?;
        let form = form_of(&case, act)?;
        let mut fields = vec![("act", act)];
        if way != NOT_READ_BACK {
            fields.push(("read_back", "yes"));
        }
        if act == "invite-delegate" {
            fields.push(("label", "friend"));
        }
        let page = fill(&mut staff.browser, &case, form, &fields).await?;
        let answer = got(is_done(&page));
        if answer == Answer::Got {
            match way {
                0 => self.note_stop_all(answer),
                3 => self.notes.lock(),
                7 | 8 => {
                    let found = format!("the telephone desk did what it may not ({way})");
                    self.notes.broken.borrow_mut().insert(found);
                }
                _ => {}
            }
        }
        Ok(answer)
    }

    /// The first at each desk asks for the end of every stop that the cases show.
    pub(super) async fn ask_for_release(&mut self) -> Result<Answer, WebError> {
        let mut answer = Answer::Refused;
        for place in [Desk::Bank(self.victim.bank), Desk::Wallet] {
            let pages = self.world.desk_pages(place);
            let staff = self.at_desk(place, 0).await?;
            if staff.ask_for_every_release(&pages).await? == Answer::Got {
                answer = Answer::Got;
            }
        }
        self.release_is_asked |= answer == Answer::Got;
        Ok(answer)
    }

    /// The second at each desk agrees to whatever waits; where the first seat is a thief's, nobody else
    /// does, and he tries it himself.
    pub(super) async fn agree(&mut self) -> Result<Answer, WebError> {
        let number = usize::from(self.given != Given::Desk);
        let mut answer = Answer::Refused;
        for place in [Desk::Bank(self.victim.bank), Desk::Wallet] {
            let pages = self.world.desk_pages(place);
            let staff = self.at_desk(place, number).await?;
            if staff.agree_to_all(&pages).await? == Answer::Got {
                answer = Answer::Got;
            }
        }
        if answer == Answer::Got {
            if number == 0 {
                let found = "one person at a desk agreed with their own request".to_owned();
                self.notes.broken.borrow_mut().insert(found);
            }
            if self.release_is_asked {
                self.notes.resume(self.world.now());
            }
        }
        Ok(answer)
    }

    /// The wallet's desk gives back what the cases show, as far as the first there can go.
    pub(super) async fn refund(&mut self, amount: Yen) -> Result<Answer, WebError> {
        let pages = self.world.desk_pages(Desk::Wallet);
        let sum = amount.amount().to_string();
        let staff = self.at_desk(Desk::Wallet, 0).await?;
        let mut answer = Answer::Refused;
        for (list, case) in staff.cases(&pages).await? {
            let page = staff.browser.follow(&list, &case).await?;
            let asks = |form: &Form| form.action.ends_with("/refund");
            let Ok(form) = form_where(&page, "refund", asks) else { continue };
            let Some(topup) = form.choices("topup").first().cloned() else { continue };
            let fields = [("topup", topup.as_str()), ("amount", &sum), ("reason", "asked for")];
            if is_done(&fill(&mut staff.browser, &page, form, &fields).await?) {
                answer = Answer::Got;
            }
        }
        Ok(answer)
    }
}

/// The form of a case that does `act`: the button is not part of what is read, so it is known by its fields.
fn form_of(case: &Page, act: &str) -> Result<Form, WebError> {
    let is_act = |form: &Form| form.action.ends_with("/phone");
    let has_caps = |form: &Form| form.names().any(|name| name.starts_with("cap0-"));
    let is_meant = |form: &Form| match act {
        "stop" => form.asks("mandate") && !has_caps(form),
        "lower" => form.asks("mandate") && has_caps(form),
        "alerts" => form.asks("debits_from"),
        "invite-delegate" => form.asks("label"),
        _ => !form.asks("mandate") && !form.asks("label") && !form.asks("debits_from"),
    };
    form_where(case, act, |form| is_act(form) && is_meant(form))
}

impl Thief {
    /// The cases that the desk lists, each with the page it stands on.
    async fn cases(&mut self, pages: &str) -> Result<Vec<(Page, String)>, WebError> {
        let list = desk::visit(&mut self.browser, pages, "/desk").await?;
        let is_case = |link: &&String| link.starts_with("/desk/cases/");
        let mut links: Vec<String> = list.document.links.iter().filter(is_case).cloned().collect();
        links.dedup();
        Ok(links.into_iter().map(|link| (list.clone(), link)).collect())
    }

    async fn ask_for_every_release(&mut self, pages: &str) -> Result<Answer, WebError> {
        let mut answer = Answer::Refused;
        for (list, case) in self.cases(pages).await? {
            let page = self.browser.follow(&list, &case).await?;
            let ends = |form: &Form| {
                let ways = ["/release", "/unfreeze", "/resume"];
                ways.iter().any(|way| form.action.ends_with(way))
            };
            let forms: Vec<Form> =
                page.document.forms.iter().filter(|form| ends(form)).cloned().collect();
            for form in forms {
                let fields = [("reason", "asked for by the holder")];
                let after = fill(&mut self.browser, &page, form, &fields).await?;
                if is_done(&after) {
                    answer = Answer::Got;
                }
            }
        }
        Ok(answer)
    }

    /// Agrees to every request that waits; got if one waits no longer.
    async fn agree_to_all(&mut self, pages: &str) -> Result<Answer, WebError> {
        let page = desk::visit(&mut self.browser, pages, "/desk/approvals").await?;
        let before = desk::waiting(&page);
        for id in &before {
            // Whose last proof is stale is asked for the passkey first, and presses again.
            for _ in 0..2 {
                for (action, fields) in [
                    (format!("/desk/approvals/{id}/approve"), vec![]),
                    (format!("/desk/approvals/{id}"), vec![("answer", "agree")]),
                ] {
                    force(&mut self.browser, &page, &action, &fields).await?;
                }
            }
        }
        let page = desk::visit(&mut self.browser, pages, "/desk/approvals").await?;
        let after = desk::waiting(&page);
        Ok(got(before.iter().any(|id| !after.contains(id))))
    }
}
