//! At the victim's bank, with whatever passkeys the thief's browser has there.

use crate::{
    browser::{Browser, Page, WebError},
    honest::letter_code,
    hunt::{
        moves::{Move, What},
        scene::Scene,
    },
    measure::Answer,
    playbook::thief::got,
    walk::{
        self,
        fill::{fill, form_to, form_where, is_done},
    },
};

/// Opens `path` behind the bank's sign-in.
pub(super) async fn inside(
    browser: &mut Browser,
    pages: &str,
    path: &str,
) -> Result<Page, WebError> {
    walk::bank::portal(browser, pages).await?;
    browser.open(&format!("{pages}{path}")).await
}

/// Presses the form of the page at `path` that goes to `action`, and signs where that is asked for.
pub(super) async fn press(
    browser: &mut Browser,
    pages: &str,
    (path, action): (&str, &str),
) -> Result<Answer, WebError> {
    let page = inside(browser, pages, path).await?;
    let form = form_to(&page, action)?;
    let page = fill(browser, &page, form, &[]).await?;
    Ok(got(is_done(&page)))
}

impl Scene {
    pub(super) async fn at_the_bank(&mut self, one: Move) -> Result<Answer, WebError> {
        let (pages, amount) = (self.pages(), one.yen());
        let browser = &mut self.thief.browser;
        match one.what {
            What::Mail => {
                let mail = "new@example.net";
                let page = walk::bank::change_mail(browser, &pages, mail).await?;
                Ok(got(page.url.query() == Some("done=1")))
            }
            What::Raise => {
                let page = walk::bank::raise(browser, &pages, amount).await?;
                Ok(got(walk::bank::is_raised(&page)))
            }
            What::Lower => {
                let page = walk::bank::lower(browser, &pages, amount).await?;
                Ok(got(page.status.is_success()))
            }
            What::StopAll => {
                let way = ("/holder/stop-all", "/holder/stop-all");
                let stopped = press(browser, &pages, way).await?;
                self.note_stop_all(stopped);
                Ok(stopped)
            }
            What::Lock => {
                let locked = press(browser, &pages, ("/holder/lock", "/holder/lock")).await?;
                if locked == Answer::Got {
                    self.notes.lock();
                }
                Ok(locked)
            }
            What::Unlock => {
                let way = ("/holder/lock", "/holder/lock/open");
                let opened = press(browser, &pages, way).await?;
                if opened == Answer::Got {
                    self.notes.unlock(self.world.now());
                }
                Ok(opened)
            }
            What::Alerts => hear_of_less(browser, &pages).await,
            What::LostKey => lose_a_key(browser, &pages).await,
            What::Look => self.look_without_a_key().await,
            _ => self.type_a_letter().await,
        }
    }

    pub(super) fn note_stop_all(&self, stopped: Answer) {
        if stopped == Answer::Got {
            self.notes.stop(self.world.now());
            self.notes.lock();
        }
    }

    /// The way of holders without a passkey: a code of the machine, then everything stops.
    async fn look_without_a_key(&mut self) -> Result<Answer, WebError> {
        let (world, victim, pages) = (self.world.clone(), self.victim.clone(), self.pages());
        let browser = &mut self.thief.browser;
        let page = browser.open(&format!("{pages}/holder/look")).await?;
        let form = form_to(&page, "/holder/look")?
            .with("branch", victim.account.branch())
            .with("number", victim.account.number())
            .with("proof", "atm");
        let page = browser.submit(&page, &form).await?;
        let reference = walk::bank::reference(&page)?;
        let slip = world.teller_machine(victim.bank, &victim.account, &victim.pin, &reference);
        let slip = slip.await.ok_or_else(|| page.missing("slip from the machine"))?;
        let page = walk::bank::type_code(browser, &page, &slip).await?;
        let form = form_to(&page, "/holder/look/enter")?;
        let inside = browser.submit(&page, &form).await?;
        // Whoever may only look must find no way to loosen.
        let opened = browser.open(&format!("{pages}/holder/lock")).await?;
        let form = form_to(&opened, "/holder/lock/open");
        if let Ok(form) = form {
            let page = browser.submit(&opened, &form).await?;
            if page.passkey_form().is_err() && is_done(&page) {
                let found = "whoever may only look opened a lock".to_owned();
                self.notes.broken.borrow_mut().insert(found);
            }
        }
        Ok(got(is_done(&inside)))
    }

    /// The holder reads out what the bank's newest letter says.
    async fn type_a_letter(&mut self) -> Result<Answer, WebError> {
        let letters = self.world.post.read(&self.victim.address);
        let code = letters.iter().rev().find_map(|letter| letter_code(&letter.letter.body));
        let Some(code) = code else { return Ok(Answer::Refused) };
        let pages = self.pages();
        let page = walk::bank::confirm_letter(&mut self.thief.browser, &pages, &code).await?;
        Ok(got(page.url.query().is_some_and(|query| query.contains("confirmed"))))
    }
}

/// Chooses the most that the page offers to be silent about.
async fn hear_of_less(browser: &mut Browser, pages: &str) -> Result<Answer, WebError> {
    let page = inside(browser, pages, "/holder/alerts").await?;
    let form = form_where(&page, "choice of notices", |form| form.asks("debits_from"))?;
    let most = form.choices("debits_from").last().cloned().unwrap_or_default();
    let page = fill(browser, &page, form, &[("debits_from", &most)]).await?;
    Ok(got(is_done(&page)))
}

/// Says that the first passkey of the list is lost, and with it what it signed.
async fn lose_a_key(browser: &mut Browser, pages: &str) -> Result<Answer, WebError> {
    let page = inside(browser, pages, "/holder/security").await?;
    let ends = |link: &&String| link.starts_with("/holder/security/") && link.ends_with("/end");
    let link = page.document.links.iter().find(ends).cloned();
    let link = link.ok_or_else(|| page.missing("passkey to end"))?;
    let page = browser.follow(&page, &link).await?;
    let form = form_where(&page, "loss", |form| form.value("why") == Some("lost"))?;
    let page = fill(browser, &page, form, &[]).await?;
    Ok(got(is_done(&page)))
}
