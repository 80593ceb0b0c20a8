//! Staff at a branch see the person and their papers, and hand out a code for the page whose
//! reference the person brought: one that waits for a passkey, or a link that waits.
//!
//! The code counts on that page alone. A code that any browser could use would be worth as much to
//! whoever talked it out of the person as it is to them, and nothing comes after this route that
//! could tell the two apart.

use kanuki_desk::{outbox::Content, staff::activation_hash};
use kanuki_domain::{
    Ctx, bank_account::AccountNumber, limits::DAY_SECS, mandate::later, route::Route,
};
use kanuki_record::{AuditEntry, Unit, vault::PersonKey};

use super::{CODE_DIGITS, Purpose, digits};
use crate::{Bank, BankError, channel::Confirms, holder::load, mandate::Mandate};

/// How long a code can be used once it was handed out: long enough to go home to the page.
const HANDED_OUT_SECS: i64 = DAY_SECS;

/// What staff hand out.
#[derive(Debug)]
pub(crate) struct Activation {
    /// The code.
    pub(crate) code: String,
    /// Until when it can be used.
    pub(crate) until: jiff::Timestamp,
    /// Which link it confirms, if it is not for a passkey.
    pub(crate) confirms: Option<Confirms>,
    /// The key of the person.
    pub(crate) key: PersonKey,
}

impl Bank {
    /// Staff at a branch saw the holder of `account` in person, who brought the `reference` of a
    /// page: the code for that page. Nothing where no page of theirs waits under it.
    pub async fn activate_at_branch(
        &self,
        ctx: &Ctx<'_>,
        account: &AccountNumber,
        reference: &str,
    ) -> Result<Option<String>, BankError> {
        let mut unit = Unit::new();
        let handed = self.hand_out(ctx, &mut unit, (account, reference), "branch").await?;
        self.book.commit(unit).await?;
        Ok(handed.map(|handed| handed.code))
    }

    /// The same by a named member of staff, as part of `unit`. Asked again, it is a new code and the
    /// old one is void. Where it confirms a link, staff are told whose, so that they can ask.
    pub(crate) async fn hand_out(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        (account, reference): (&AccountNumber, &str),
        staff: &str,
    ) -> Result<Option<Activation>, BankError> {
        let Some(customer) = self.core.find_by_account(account).await? else { return Ok(None) };
        let waiting = self.waiting_for(ctx, Route::Branch, reference).await?;
        let is_theirs = |no: &Option<String>| no.as_ref() == Some(&customer.customer_no);
        let Some(mut enrolment) = waiting.into_iter().find(|e| is_theirs(&e.customer_no)) else {
            return Ok(None);
        };
        let known = self.meet_holder(ctx, customer).await?;
        let (id, holder_id) = (enrolment.enrolment_id, known.holder.holder_id);
        let code = digits(ctx, CODE_DIGITS);
        let until = enrolment.expires_at.min(later(ctx.now, HANDED_OUT_SECS));
        enrolment.edit().holder_id = Some(holder_id);
        enrolment.edit().code_hash = Some(activation_hash(&self.vault, &code));
        enrolment.edit().expires_at = until;
        unit.update(&enrolment);
        let confirms = match enrolment.purpose {
            Purpose::Confirm { mandate_id } => {
                let mandate = load::<Mandate>(&self.book, mandate_id).await?;
                let act = "mandate.code_handed_out";
                unit.audit(AuditEntry::new(ctx.now, "branch", act, mandate_id).with("by", staff));
                Some(Confirms::of(&mandate))
            }
            // No look is proven at a counter.
            Purpose::Look => return Ok(None),
            Purpose::Enrol => {
                let act = "enrolment.handed_out";
                unit.audit(
                    AuditEntry::new(ctx.now, "branch", act, holder_id)
                        .with("by", staff)
                        .with("enrolment", id),
                );
                // Whoever was sent to the counter by somebody else reads it before the passkey is
                // made, and whoever was impersonated there hears of it at all.
                self.tell(unit, ctx, &known, id, Content::new("code_handed_out"))?;
                None
            }
        };
        Ok(Some(Activation { code, until, confirms, key: known.key }))
    }
}
