//! What the wallet tells its risk engine, and where it listens to it.
//!
//! Each top-up that was asked for is a row, durable before the answer is given, so that a restart
//! forgets none: a wallet that starts [recalls](Wallet::recall_attempts) those of the last month.

use jiff::Timestamp;
use kanuki_domain::{
    Ctx, Yen,
    id::AttemptId,
    limits::{HOUR_SECS, MONTH_SECS},
};
use kanuki_record::{Unit, record};
use kanuki_risk::{Facts, Key, Kind, Record, Signal};
use serde::{Deserialize, Serialize};

use crate::{Customer, Wallet, WalletError, link::Link};

/// One attempt, as the engine saw it. Values are ids or blinded.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Attempt {
    /// Its id.
    attempt_id: AttemptId,
    /// The hour it belongs to, for finding it again.
    hour: i64,
    signal: Signal,
    /// What was decided, where a rule held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    record: Option<Record>,
}

record! { Attempt => "attempt" by |a| a.attempt_id.to_string();
    many hour = |a| Some(a.hour.to_string());
}

impl Attempt {
    /// True once no rule looks at it any more.
    pub(crate) fn is_over(&self, now: Timestamp) -> bool {
        now.duration_since(self.signal.at).as_secs() > MONTH_SECS
    }
}

fn hour_of(at: Timestamp) -> i64 {
    at.as_second().div_euclid(HOUR_SECS)
}

impl Wallet {
    /// Notes that a wallet asks for money from its bank, and whether that may go on. `device` is the
    /// keyed hash of the customer's, where it is known.
    ///
    /// Counted in any case; what money hangs on are the caps, which are ledger accounts.
    pub(crate) async fn allows_topup(
        &self,
        ctx: &Ctx<'_>,
        (customer, link): (&Customer, &Link),
        amount: Yen,
        device: Option<&str>,
    ) -> Result<bool, WalletError> {
        let keys = vec![
            Key::Wallet(customer.wallet_id.to_string()),
            Key::Person(customer.customer_id.to_string()),
            Key::Account(format!("{}|{}", link.bank, link.account_handle)),
            Key::Device(device.unwrap_or_default().to_owned()),
            Key::Block(ctx.address_block.to_owned()),
        ];
        let facts = Facts {
            linked_at: Some(link.connected_at),
            opened_at: Some(customer.opened_at),
            ..Facts::default()
        };
        let signal = Signal::new(Kind::Topup, ctx.now, keys).with_amount(amount).with_facts(facts);
        let decision = self.risk.decide(&signal);
        let is_plain = decision.reasons.is_empty() && decision.shadow.is_empty();
        let record = (!is_plain).then(|| self.risk.record(&signal, &decision));
        let (attempt_id, hour) = (AttemptId::generate(ctx), hour_of(ctx.now));
        let mut unit = Unit::new();
        unit.insert(&Attempt { attempt_id, hour, signal, record });
        self.book.commit(unit).await?;
        Ok(decision.is_approved() || !self.rules.listens_to_risk())
    }

    /// Shows the engine what still counts: called once when a wallet starts. Returns how many
    /// attempts were recalled.
    pub async fn recall_attempts(&self, now: Timestamp) -> Result<usize, WalletError> {
        let mut recalled: usize = 0;
        for back in (0..=MONTH_SECS.div_euclid(HOUR_SECS)).rev() {
            let hour = hour_of(now).saturating_sub(back).to_string();
            for attempt in self.book.every::<Attempt>("hour", &hour).await? {
                self.risk.observe(&attempt.signal);
                recalled = recalled.saturating_add(1);
            }
        }
        Ok(recalled)
    }
}
