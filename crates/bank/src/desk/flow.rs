//! How money came together at a wallet, or in an account, and went on, as far as this bank moved it: for
//! whoever works a case about it.

use kanuki_domain::{Ctx, id::StaffId};
use kanuki_record::{AuditEntry, Unit};
use kanuki_risk::{
    Key, Subject,
    flow::{Flow, Move},
};

use crate::{
    Bank, BankError,
    credit::Credit,
    debit::{Debit, DebitState},
    mandate::{Mandate, wallet_name},
};

/// So many mandates are looked at of whoever it is about.
const MANDATES_MAX: usize = 100;
/// And so many of each whom a way begins or ends with.
const MANDATES_BEYOND: usize = 10;

impl Bank {
    /// How money came together at the wallet or in the account that `key` names, and went on; nothing
    /// for anybody else. That somebody looked is written down.
    pub async fn read_flow(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        key: &Key,
    ) -> Result<Option<Flow>, BankError> {
        let crowd = if key.subject() == Subject::Wallet {
            Subject::Account
        } else if key.subject() == Subject::Account {
            Subject::Wallet
        } else {
            return Ok(None);
        };
        let mut unit = Unit::new();
        let about = format!("{}|{}", key.subject().name(), key.value());
        unit.audit(AuditEntry::new(ctx.now, by, "flow.read", about));
        self.book.commit(unit).await?;
        let (moves, is_cut) = self.moves_of(key, MANDATES_MAX).await?;
        let flow = Flow::of((key.clone(), crowd), moves, is_cut);
        let (mut before, mut after) = (Vec::new(), Vec::new());
        for (payer, _) in flow.payers() {
            before.extend(self.moves_of(payer, MANDATES_BEYOND).await?.0);
        }
        for (payee, _) in flow.payees() {
            after.extend(self.moves_of(payee, MANDATES_BEYOND).await?.0);
        }
        Ok(Some(flow.with(&before, &after)))
    }

    /// What was debited from accounts for a wallet and paid to them from it, of its newest mandates, and
    /// whether there may be more.
    async fn moves_of(&self, key: &Key, most: usize) -> Result<(Vec<Move>, bool), BankError> {
        let index = if key.subject() == Subject::Wallet { "wallet" } else { "account_id" };
        let mut mandates = self.book.list::<Mandate>(index, key.value()).await?;
        let is_cut = mandates.len() > most;
        mandates.truncate(most);
        let mut moves = Vec::new();
        for mandate in &mandates {
            let account = Key::Account(mandate.account_id.to_string());
            let wallet = Key::Wallet(wallet_name(&mandate.client_id, &mandate.account_ref));
            let id = mandate.mandate_id.to_string();
            for debit in self.book.list::<Debit>("mandate_id", &id).await? {
                if let DebitState::Booked { at } = debit.state {
                    let (from, to) = (account.clone(), wallet.clone());
                    moves.push(Move { at, from, to, amount: debit.amount });
                }
            }
            for credit in self.book.list::<Credit>("mandate_id", &id).await? {
                if let DebitState::Booked { at } = credit.state {
                    let (from, to) = (wallet.clone(), account.clone());
                    moves.push(Move { at, from, to, amount: credit.amount });
                }
            }
        }
        Ok((moves, is_cut))
    }
}
