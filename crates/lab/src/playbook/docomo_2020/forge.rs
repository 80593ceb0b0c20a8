//! Requests that no page offers, made by hand.

use super::Thief;
use crate::{
    browser::WebError, measure::Answer, people::Person, policy::y2020::PATHS_2020, walk,
    world::WALLET,
};

impl Thief {
    /// Looks for the pages of 2020 at the wallet and at a bank.
    pub(super) async fn try_old_pages(&mut self, pages: &str) -> Result<Answer, WebError> {
        for host in [WALLET, pages] {
            for path in PATHS_2020 {
                let page = self.browser.open(&format!("{host}{path}")).await?;
                if page.status.is_success() {
                    return Ok(Answer::Got);
                }
            }
        }
        Ok(Answer::Refused)
    }

    /// Comes to a bank's consent with a request that nobody pushed.
    pub(super) async fn try_made_up_request(&mut self, pages: &str) -> Result<Answer, WebError> {
        let handle = self.chance.digits(26);
        let request = format!("urn:ietf:params:oauth:request_uri:{handle}");
        let url = format!("{pages}/authorize?client_id=kanuki-wallet&request_uri={request}");
        let page = self.browser.open(&url).await?;
        Ok(if page.passkey_form().is_ok() { Answer::Got } else { Answer::Refused })
    }

    /// Types guesses where a code from a branch is asked for.
    pub(super) async fn try_branch_codes(&mut self, victim: &Person) -> Result<Answer, WebError> {
        let pages = self.world.pages(victim.bank);
        let page = self.browser.open(&format!("{pages}/enrol")).await?;
        let mut page = walk::bank::start(&mut self.browser, &page, victim, "branch").await?;
        for _ in 0..3 {
            let guess = self.chance.digits(10);
            page = walk::bank::type_code(&mut self.browser, &page, &guess).await?;
            if page.passkey_form().is_ok() {
                return Ok(Answer::Got);
            }
        }
        Ok(Answer::Refused)
    }
}
