//! Who works at the desks: the operator hands each of them a code on paper, once.

use kanuki_domain::mandate::later;

use super::{WALLET, World};
use crate::sim::chance::Chance;

/// How long the code on the paper is good, in seconds.
const CODE_SECS: i64 = 7 * 86_400;

/// Whose desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Desk {
    Wallet,
    /// The bank in this place.
    Bank(usize),
}

impl World {
    /// Where the pages of a desk are.
    pub(crate) fn desk_pages(&self, desk: Desk) -> String {
        match desk {
            Desk::Wallet => WALLET.to_owned(),
            Desk::Bank(place) => self.pages(place),
        }
    }

    /// Invites a member of staff called `name`; the code that the operator hands them.
    pub(crate) async fn invite_staff(&self, desk: Desk, name: &str) -> anyhow::Result<String> {
        let code = Chance::of(self.seed, &format!("activation of {name}")).digits(20);
        let until = later(self.now(), CODE_SECS);
        match desk {
            Desk::Wallet => {
                let moment = self.wallet.state.site.world.moment("");
                self.wallet.state.wallet.invite_staff(&moment.ctx(), name, &code, until).await?;
            }
            Desk::Bank(place) => {
                let bank = self.bank(place)?;
                let moment = bank.state.site.world.moment("");
                bank.state.bank.invite_staff(&moment.ctx(), name, &code, until).await?;
            }
        }
        Ok(code)
    }
}
