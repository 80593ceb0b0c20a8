//! Keys of the wallet: recovered with a card, added, ended; and codes that nobody told.

use kanuki_passkey::soft::SoftAuthenticator;

use crate::{
    browser::{Page, WebError},
    hunt::{
        moves::{Move, What},
        scene::Scene,
    },
    measure::Answer,
    playbook::thief::got,
    sim::chance::Chance,
    walk::{self, fill::is_done},
    world::WALLET,
};

impl Scene {
    pub(super) async fn change_keys(&mut self, one: Move) -> Result<Answer, WebError> {
        match one.what {
            What::Recover => {
                let browser = &mut self.thief.browser;
                let code = walk::wallet::ask_recovery(browser, &self.victim.email).await?;
                self.recovery = Some(code);
                // The page is the same for everybody: a code alone is nothing that he has got.
                Ok(Answer::Refused)
            }
            What::Reclaim => self.reclaim().await,
            What::Device => self.add_a_device().await,
            What::DropKey => {
                let page = walk::wallet::visit(&mut self.thief.browser, "/security").await?;
                let link = page.link("/security/passkeys/")?;
                let page = self.thief.browser.follow(&page, &link).await?;
                let page = self.thief.browser.submit_passkey(&page, &[]).await?;
                Ok(got(page.url.query() == Some("changed=1")))
            }
            _ => self.guess(one.number).await,
        }
    }

    /// A passkey on another device, which the telephone's own one agrees to.
    async fn add_a_device(&mut self) -> Result<Answer, WebError> {
        let browser = &mut self.thief.browser;
        let page = walk::wallet::visit(browser, "/security/add").await?;
        let page = browser.submit_passkey(&page, &[]).await?;
        // A device that has a passkey of the wallet makes no second one.
        let other = SoftAuthenticator::from_seed(Chance::bytes(self.world.seed, "second device"));
        let own = std::mem::replace(&mut browser.keys, other);
        let added = browser.submit_passkey(&page, &[]).await;
        browser.keys = own;
        Ok(got(added?.url.query() == Some("changed=1")))
    }

    /// To the card with the code of the recovery, and from there to a passkey of his own.
    async fn reclaim(&mut self) -> Result<Answer, WebError> {
        let Some(code) = self.recovery.clone() else { return Ok(Answer::Refused) };
        let papers = self.papers.clone();
        let card = self.world.operator.card(&papers.on_card(), papers.serial());
        let Ok(card) = card else { return Ok(Answer::Refused) };
        Ok(got(walk::wallet::reclaim(&mut self.thief.browser, &code, &card).await?))
    }

    /// Five codes that he made up; got if a page believes one.
    async fn guess(&mut self, way: u64) -> Result<Answer, WebError> {
        let pages = self.pages();
        let (url, opens): (String, fn(&Page) -> bool) = match way {
            0 => (format!("{WALLET}/stop"), |page| page.form("/stop/press").is_ok()),
            1 => (format!("{pages}/stop"), |page| page.form("/stop/confirm").is_ok()),
            2 => (format!("{WALLET}/recover"), |page| page.url.path() == "/card"),
            _ => (format!("{pages}/delegate/join"), |page| page.passkey_form().is_ok()),
        };
        for _ in 0..5 {
            let guess = match way {
                2 => self.thief.made_up_recovery(),
                _ => self.thief.chance.digits(12),
            };
            let page = self.thief.browser.open(&url).await?;
            let page = walk::bank::type_code(&mut self.thief.browser, &page, &guess).await?;
            if opens(&page) && is_done_or_asks(&page) {
                let found = "a code that somebody made up was believed".to_owned();
                self.notes.broken.borrow_mut().insert(found);
                return Ok(Answer::Got);
            }
        }
        Ok(Answer::Refused)
    }
}

/// A page that goes on, with or without a passkey.
fn is_done_or_asks(page: &Page) -> bool {
    is_done(page) || (page.status.is_success() && page.passkey_form().is_ok())
}
