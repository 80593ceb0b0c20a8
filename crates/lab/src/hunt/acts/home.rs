//! The holder, who still has a device with the same passkeys at home, or only reads the mail.

use kanuki_domain::Yen;

use crate::{
    browser::WebError,
    honest::stop_code,
    hunt::scene::{Scene, at_home},
    measure::Answer,
    playbook::thief::got,
    walk::{
        self,
        fill::{fill, form_to, is_done},
    },
    world::WALLET,
};

/// What a careful holder lets a link take in a day.
const LITTLE: Yen = Yen::of(5_000);

impl Scene {
    /// The holder acts against the thief: locks, stops everything, lowers, stops the wallet, ends the link,
    /// calls a recovery off, ends delegations.
    pub(super) async fn at_home(&mut self, way: u64) -> Result<Answer, WebError> {
        let pages = self.pages();
        let Some(browser) = self.home.as_mut() else { return Ok(Answer::Refused) };
        let answer = match way {
            0 => super::holder::press(browser, &pages, ("/holder/lock", "/holder/lock")).await?,
            1 => {
                let way = ("/holder/stop-all", "/holder/stop-all");
                super::holder::press(browser, &pages, way).await?
            }
            2 => {
                let page = walk::bank::lower(browser, &pages, LITTLE).await?;
                got(is_done(&page))
            }
            3 => {
                let page = walk::wallet::freeze(browser).await?;
                got(is_done(&page))
            }
            4 => {
                let page = walk::wallet::sign_in(browser).await?;
                let page = browser.follow(&page, &page.link("/links/")?).await?;
                let form = page.form("/links/")?;
                got(is_done(&fill(browser, &page, form, &[]).await?))
            }
            5 => {
                let page = walk::wallet::visit(browser, "/security").await?;
                let form = form_to(&page, "/security/recovery/cancel")?;
                got(is_done(&fill(browser, &page, form, &[]).await?))
            }
            _ => super::delegate::end_all(browser, &pages).await?,
        };
        match way {
            0 if answer == Answer::Got => self.notes.lock(),
            1 => self.note_stop_all(answer),
            _ => {}
        }
        Ok(answer)
    }

    /// The holder types the newest code that a notice brought.
    pub(super) async fn holder_stops(&mut self) -> Result<Answer, WebError> {
        let mut home = at_home(&self.world, &self.victim);
        let messages = self.world.post.read(&self.victim.email);
        let Some(code) = messages.iter().rev().find_map(|m| stop_code(&m.letter.body)) else {
            return Ok(Answer::Refused);
        };
        let pages = self.pages();
        let page = match walk::bank::stop(&mut home, &pages, &code).await {
            Ok(page) => page,
            Err(_) => walk::bank::stop(&mut home, WALLET, &code).await?,
        };
        if page.status.is_success() {
            self.notes.stop(self.world.now());
        }
        Ok(got(page.status.is_success()))
    }
}
