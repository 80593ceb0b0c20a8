//! Who asked for a holder's account: which company, when, how far they came, and what happened.
//!
//! A link is known to be about somebody once they have signed in with it; an enrolment, by the
//! account that was typed. The list holds what was refused as well as what was not.

use std::collections::BTreeSet;

use jiff::Timestamp;
use kanuki_domain::{bank_account::AccountNumber, id::HolderId, route::Route};
use kanuki_record::{Order, PAGE_MAX, Stored};
use serde::{Deserialize, Serialize};

use crate::{
    Bank, BankError,
    holder::enrol::{Enrolment, Progress, Purpose},
    link::Pushed,
};

/// The most entries of each kind that the list shows. Enrolments cost anybody nothing to start, so
/// however many there are they push out no link, and none that led to a proof.
const SHOWN_MAX: usize = 100;

/// What became of a request to link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The account was locked against new links.
    Locked,
    /// The wallet's customer and the holder were not the same person.
    Mismatch,
    /// Too many tries, or a breaker was open.
    Paused,
    /// The holder said no.
    Refused,
    /// It was signed.
    Signed,
}

/// What somebody asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// To link an account to a wallet.
    Link {
        /// The wallet's name, from the registry.
        partner_name: String,
        /// What became of it; none when it was left half way.
        outcome: Option<Outcome>,
    },
    /// To register a passkey, or to look without one.
    Enrolment {
        /// Only to look and to stop, or for a passkey.
        is_look: bool,
        /// How it was to be proven.
        proof: Route,
        /// Wrong codes that were typed.
        wrong_codes: u32,
        /// How far it came.
        progress: Progress,
    },
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// When.
    pub at: Timestamp,
    /// Which account, once that was known.
    pub account_mask: Option<String>,
    /// What.
    pub what: What,
}

impl Bank {
    /// Everything that was asked about this holder and their accounts, newest first.
    pub async fn asked_about(&self, holder_id: HolderId) -> Result<Vec<Asked>, BankError> {
        let mut all = self.links_asked(holder_id).await?;
        let [mut started, mut guessed, mut proven] = [Vec::new(), Vec::new(), Vec::new()];
        for account in self.known(holder_id).await?.core.accounts {
            for enrolment in self.enrolments_about(&account.account).await? {
                let list = match (enrolment.progress, enrolment.attempts) {
                    (Progress::Waiting, 0) => &mut started,
                    (Progress::Waiting, _) => &mut guessed,
                    (Progress::Proven | Progress::Done, _) => &mut proven,
                };
                list.push(Asked {
                    at: enrolment.started_at.unwrap_or(Timestamp::UNIX_EPOCH),
                    account_mask: Some(account.account.mask()),
                    what: What::Enrolment {
                        is_look: enrolment.purpose == Purpose::Look,
                        proof: enrolment.proof,
                        wrong_codes: enrolment.attempts,
                        progress: enrolment.progress,
                    },
                });
            }
        }
        for mut list in [started, guessed, proven] {
            list.retain(|asked| asked.at > Timestamp::UNIX_EPOCH);
            list.sort_by_key(|asked| std::cmp::Reverse(asked.at));
            list.truncate(SHOWN_MAX);
            all.extend(list);
        }
        all.sort_by_key(|asked| std::cmp::Reverse(asked.at));
        Ok(all)
    }

    /// The newest enrolments for an account, and those that led to a proof however old they are.
    async fn enrolments_about(&self, account: &AccountNumber) -> Result<Vec<Enrolment>, BankError> {
        let id = self.account_id(account).to_string();
        let page =
            async |key| self.book.page::<Enrolment>(key, &id, Order::NewestFirst, PAGE_MAX).await;
        let mut found = page("typed_account").await?;
        let known: BTreeSet<_> = found.iter().map(|e| e.enrolment_id).collect();
        let proven = page("proven_account").await?.into_iter();
        found.extend(proven.filter(|e| !known.contains(&e.enrolment_id)));
        Ok(found.into_iter().map(Stored::into_inner).collect())
    }

    async fn links_asked(&self, holder_id: HolderId) -> Result<Vec<Asked>, BankError> {
        let mut asked = Vec::new();
        let pushed = self.book.list::<Pushed>("holder_id", &holder_id.to_string()).await?;
        for request in pushed.iter().take(SHOWN_MAX) {
            let Some(at) = request.asked_at else { continue };
            let partner_name = match self.partner(&request.client_id).await {
                Ok(partner) => partner.name,
                Err(BankError::NotAvailable) => request.client_id.clone(),
                Err(error) => return Err(error),
            };
            let mask = request.chosen.as_ref().map(|chosen| chosen.mask.clone());
            let what = What::Link { partner_name, outcome: request.outcome };
            asked.push(Asked { at, account_mask: mask, what });
        }
        Ok(asked)
    }
}
