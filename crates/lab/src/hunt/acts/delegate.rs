//! Who looks after the victim's accounts: how one becomes that, and what one tries as it.

use crate::{
    browser::{Browser, Page, WebError},
    honest::stop_code,
    hunt::scene::Scene,
    measure::Answer,
    playbook::thief::{Thief, got},
    walk::fill::{fill, force, form_to, form_where, is_done, shown_code},
};

const LIST: &str = "/holder/delegates";

impl Scene {
    /// The holder invites the thief, and hands the code over.
    pub(in crate::hunt) async fn trust_somebody(&mut self) -> Result<(), WebError> {
        let pages = self.pages();
        let Some(home) = self.home.as_mut() else { return Ok(()) };
        let code = invite(home, &pages).await?;
        self.join(&code).await?;
        Ok(())
    }

    /// With the passkey that is there, somebody is invited; an accomplice comes in.
    pub(super) async fn appoint(&mut self) -> Result<Answer, WebError> {
        let pages = self.pages();
        let code = invite(&mut self.thief.browser, &pages).await?;
        self.join(&code).await
    }

    /// The invitation that the bank sent by letter, read before its receiver does.
    pub(super) async fn join_by_letter(&mut self) -> Result<Answer, WebError> {
        let letters = self.world.post.read(&self.victim.address);
        let code = letters.iter().rev().find_map(|letter| stop_code(&letter.letter.body));
        let Some(code) = code else { return Ok(Answer::Refused) };
        self.join(&code).await
    }

    async fn join(&mut self, code: &str) -> Result<Answer, WebError> {
        let pages = self.pages();
        let mut one = Thief::new(&self.world, "thief who looks after", self.victim.network);
        one.change_skin();
        let page = one.browser.open(&format!("{pages}/delegate/join")).await?;
        let form = form_to(&page, "/delegate/join")?;
        let page = fill(&mut one.browser, &page, form, &[("code", code)]).await?;
        let has_joined = page.is_at("/delegate");
        if has_joined {
            self.delegate = Some(one);
        }
        Ok(got(has_joined))
    }

    /// What a delegate may do (0 to 3) and may not (4 to 8).
    pub(super) async fn act_as_delegate(&mut self, way: u64) -> Result<Answer, WebError> {
        let pages = self.pages();
        let Some(one) = self.delegate.as_mut() else { return Ok(Answer::Refused) };
        let portal = one.delegate_portal(&pages).await?;
        let page = match way {
            0 => one.look_around(&portal).await?,
            1 => {
                let link = portal.link("/holder/mandates/")?;
                one.end_mandate(&portal, &link).await?
            }
            2 => one.press_at(&pages, "/holder/stop-all").await?,
            3 => one.press_at(&pages, "/holder/lock").await?,
            4 => one.raise_as_delegate(&portal).await?,
            5 => {
                let fields = [("kind", "email"), ("to", "new@example.net")];
                force(&mut one.browser, &portal, "/holder/contacts", &fields).await?
            }
            6 => {
                let fields = [("label", "another"), ("tells", "yes")];
                force(&mut one.browser, &portal, LIST, &fields).await?
            }
            7 => one.open_the_lock(&pages).await?,
            _ => {
                let page = one.browser.open(&format!("{pages}/delegate")).await?;
                let form = form_to(&page, "/delegate/leave")?;
                fill(&mut one.browser, &page, form, &[]).await?
            }
        };
        let answer = got(is_done(&page));
        if answer == Answer::Got && (4..=7).contains(&way) {
            let found = format!("a delegate did what only the holder may ({way})");
            self.notes.broken.borrow_mut().insert(found);
        }
        if answer == Answer::Got && (way == 2 || way == 3) {
            self.notes.lock();
        }
        Ok(answer)
    }

    /// The holder's page, or whoever holds the holder's telephone, ends every delegation.
    pub(super) async fn end_delegates(&mut self) -> Result<Answer, WebError> {
        let pages = self.pages();
        end_all(&mut self.thief.browser, &pages).await
    }
}

/// Signs an invitation; the code that the page shows once.
async fn invite(browser: &mut Browser, pages: &str) -> Result<String, WebError> {
    let page = super::holder::inside(browser, pages, LIST).await?;
    let form = form_to(&page, LIST)?;
    let page = fill(browser, &page, form, &[("label", "friend")]).await?;
    shown_code(&page)
}

impl Thief {
    /// The holder's pages as a delegate sees them.
    async fn delegate_portal(&mut self, pages: &str) -> Result<Page, WebError> {
        let page = self.browser.open(&format!("{pages}/holder")).await?;
        if page.is_at("/holder") {
            return Ok(page);
        }
        let page = self.browser.open(&format!("{pages}/delegate/sign-in")).await?;
        self.browser.submit_passkey(&page, &[]).await
    }

    /// Every page that the portal leads to.
    async fn look_around(&mut self, portal: &Page) -> Result<Page, WebError> {
        let inner = portal.document.links.iter().filter(|link| link.starts_with("/holder/"));
        let links: Vec<String> = inner.take(8).cloned().collect();
        let mut last = portal.clone();
        for link in links {
            last = self.browser.follow(portal, &link).await?;
        }
        Ok(last)
    }

    async fn press_at(&mut self, pages: &str, path: &str) -> Result<Page, WebError> {
        let page = self.browser.open(&format!("{pages}{path}")).await?;
        let form = form_to(&page, path)?;
        fill(&mut self.browser, &page, form, &[]).await
    }

    async fn end_mandate(&mut self, portal: &Page, link: &str) -> Result<Page, WebError> {
        let page = self.browser.follow(portal, &format!("{link}/stop")).await?;
        let form = form_to(&page, &format!("{link}/stop"))?;
        fill(&mut self.browser, &page, form, &[]).await
    }

    async fn raise_as_delegate(&mut self, portal: &Page) -> Result<Page, WebError> {
        let link = portal.link("/holder/mandates/")?;
        let fields = [("per_day", "50000"), ("per_month", "300000")];
        force(&mut self.browser, portal, &format!("{link}/raise"), &fields).await
    }

    async fn open_the_lock(&mut self, pages: &str) -> Result<Page, WebError> {
        let page = self.browser.open(&format!("{pages}/holder/lock")).await?;
        let own = form_where(&page, "account", |form| form.asks("account"))?;
        let account = own.value("account").unwrap_or_default().to_owned();
        force(&mut self.browser, &page, "/holder/lock/open", &[("account", &account)]).await
    }
}

/// Ends every delegation that the page shows.
pub(super) async fn end_all(browser: &mut Browser, pages: &str) -> Result<Answer, WebError> {
    let page = super::holder::inside(browser, pages, LIST).await?;
    let ends: Vec<_> =
        page.document.forms.iter().filter(|form| form.action.ends_with("/end")).cloned().collect();
    for form in &ends {
        fill(browser, &page, form.clone(), &[]).await?;
    }
    Ok(got(!ends.is_empty()))
}
