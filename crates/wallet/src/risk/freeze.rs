//! A rule says that a wallet may do nothing more (`then freeze`).
//!
//! The freeze is an order beside the refused attempt, in one unit, so that no crash loses it; it is
//! carried out at once, and by the worker where that failed. Whose wallet it is, the attempt says:
//! of one that names nobody (a wallet that is being opened) only the attempt is refused.

use kanuki_desk::{case::Case, rule, score};
use kanuki_domain::{Ctx, id::CustomerId};
use kanuki_record::{Stored, Unit, record};
use kanuki_risk::{Key, Kind, Record};
use serde::{Deserialize, Serialize};

use super::Verdict;
use crate::{Wallet, WalletError, error::insist, freeze::Stopping};

/// A freeze that is not carried out yet.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct FreezeOrder {
    customer_id: CustomerId,
    /// As it will be opened.
    case: Case,
}

record! { FreezeOrder => "freeze_order" by |order| order.case.case_id.to_string();
    many standing = |_| Some(WAITS.to_owned());
}

const WAITS: &str = "waits";

/// Adds to `unit` that what `record` is about is to be frozen.
pub(super) fn order(ctx: &Ctx<'_>, unit: &mut Unit, record: Option<&Record>) {
    // Who is being made by what is refused here is nobody.
    let known = record.filter(|record| record.signal.kind != Kind::WalletOpened);
    let person = known.and_then(|record| {
        record.signal.keys.iter().find_map(|key| match key {
            Key::Person(id) => id.parse::<CustomerId>().ok(),
            _ => None,
        })
    });
    let Some(customer_id) = person else { return };
    if let Some(case) = rule::freezing(ctx, record, customer_id.to_string()) {
        if let Some(record) = record {
            score::keep(unit, case.case_id, record);
        }
        unit.insert(&FreezeOrder { customer_id, case });
    }
}

impl Wallet {
    /// Carries out what a verdict that was committed asks for; what cannot be done now is the worker's.
    pub(crate) async fn obey(&self, ctx: &Ctx<'_>, verdict: Verdict) {
        if verdict.is_freeze()
            && let Err(error) = self.drive_freezes(ctx).await
        {
            tracing::warn!(%error, "a freeze waits for the worker");
        }
    }

    /// Carries out every freeze that a rule asked for; one that fails stops no other. Called by the
    /// worker; can be repeated.
    pub(crate) async fn drive_freezes(&self, ctx: &Ctx<'_>) -> Result<(), WalletError> {
        for order in self.book.every::<FreezeOrder>("standing", WAITS).await? {
            let case_id = order.case.case_id;
            if let Err(error) = self.freeze_by_rule(ctx, order).await {
                tracing::warn!(%error, case = %case_id, "a freeze waits");
            }
        }
        Ok(())
    }

    async fn freeze_by_rule(
        &self,
        ctx: &Ctx<'_>,
        order: Stored<FreezeOrder>,
    ) -> Result<(), WalletError> {
        let key = order.case.case_id;
        let frozen = insist!({
            // Gone where somebody else carried it out at the same moment.
            let Some(order) = self.book.find::<FreezeOrder>(key).await? else { return Ok(()) };
            let (id, case) = (order.customer_id, order.case.clone());
            let mut unit = Unit::new();
            unit.delete(&order);
            let stopping = Stopping {
                by: "system",
                case,
                named: None,
                joins: None,
                is_shared: false,
                except: None,
                is_alone: false,
                in_front: None,
            };
            self.freeze_in(ctx, unit, id, stopping).await
        });
        frozen.map(drop)
    }
}
