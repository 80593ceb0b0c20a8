//! What people do away from the web: they call, stand at a machine, get paid, read their passbook.

use kanuki_demo::core::{Direction, OrderId, StatementLine, Teller, TellerAnswer};
use kanuki_domain::{Yen, bank_account::AccountNumber};

use super::World;
use crate::people::Person;

impl World {
    /// Calls a bank from `phone` and types `reference`; true if the bank took it.
    pub(crate) async fn call(&self, place: usize, phone: &str, reference: &str) -> bool {
        let Some(bank) = self.banks.get(place) else { return false };
        let moment = bank.state.site.world.moment("");
        let taken = bank.state.bank.call_received(&moment.ctx(), phone, reference).await;
        let taken = taken.unwrap_or(false);
        self.trace.write(self.now(), phone, &format!("CALL {} {taken}", bank.demo.host));
        taken
    }

    /// Puts the card of `account` into a machine of its bank, types `pin` and the `reference` of the
    /// page; the slip it prints.
    ///
    /// Only who holds the card can do this.
    pub(crate) async fn teller_machine(
        &self,
        place: usize,
        account: &AccountNumber,
        pin: &str,
        reference: &str,
    ) -> Option<String> {
        let bank = self.banks.get(place)?;
        if !bank.core.check_pin(account, pin, None) {
            return None;
        }
        let moment = bank.state.site.world.moment("");
        if self.tamper.machines_are_branches {
            let ctx = moment.ctx();
            let handed = bank.state.bank.activate_at_branch(&ctx, account, reference).await;
            return handed.ok().flatten();
        }
        bank.state.bank.atm_code(&moment.ctx(), account, reference).await.ok().flatten()
    }

    /// Stands at a branch with proof of who one is and the `reference` of a page, and leaves with
    /// the code for that page.
    pub(crate) async fn branch(&self, person: &Person, reference: &str) -> Option<String> {
        let bank = self.banks.get(person.bank)?;
        let moment = bank.state.site.world.moment("");
        let handed =
            bank.state.bank.activate_at_branch(&moment.ctx(), &person.account, reference).await;
        handed.ok().flatten()
    }

    /// An employer or a pension office pays in.
    pub(crate) async fn pay_in(
        &self,
        person: &Person,
        order: &str,
        amount: Yen,
    ) -> anyhow::Result<()> {
        let bank = self.bank(person.bank)?;
        let teller = Teller {
            id: Some(OrderId::parse(order)?),
            at: person.account.clone(),
            amount,
            direction: Direction::In,
        };
        match bank.core.teller(&teller).await? {
            TellerAnswer::Booked { .. } => {
                self.tally.borrow_mut().pay_in(person.bank, amount);
                Ok(())
            }
            TellerAnswer::Refused { reason } => anyhow::bail!("pay was refused: {reason:?}"),
        }
    }

    /// The lines of a passbook, newest first.
    pub(crate) async fn passbook(&self, person: &Person) -> anyhow::Result<Vec<StatementLine>> {
        let bank = self.bank(person.bank)?;
        Ok(bank.core.statement(&person.account).await?.unwrap_or_default())
    }

    /// What `person`'s account has borrowed from the time deposit beside it.
    pub(crate) async fn borrowed(&self, person: &Person) -> anyhow::Result<Yen> {
        let bank = self.bank(person.bank)?;
        let found = bank.core.account(&person.account);
        let (_, account) = found.ok_or_else(|| anyhow::anyhow!("no account of {}", person.key))?;
        Ok(bank.core.standing(account).await?.borrowed())
    }

    /// What `person` has on the account now.
    pub(crate) async fn deposit(&self, person: &Person) -> anyhow::Result<Yen> {
        let bank = self.bank(person.bank)?;
        let found = bank.core.account(&person.account);
        let (_, account) = found.ok_or_else(|| anyhow::anyhow!("no account of {}", person.key))?;
        Ok(bank.core.standing(account).await?.available())
    }

    /// All that is a person's own: in their account, and in the wallet under their mail address.
    pub(crate) async fn owned_by(&self, person: &Person) -> Yen {
        let deposit = self.deposit(person).await.unwrap_or_default();
        let wallet = self.in_wallet(&person.email).await.unwrap_or_default();
        deposit.plus(wallet).unwrap_or(Yen::MAX)
    }
}
