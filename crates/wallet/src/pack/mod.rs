//! The evidence pack of a case at the wallet: what moved in and out of one customer's wallet, what they
//! confirmed, what they and the banks were told. Proven again as it is made.
//!
//! The same form, the same signature and the same readers as the bank's (`desk::pack`), so that who has
//! both lays them side by side by the ids that both companies share.

mod moved;
mod told;

use std::collections::BTreeSet;

pub use kanuki_desk::pack::Packing;
use kanuki_desk::{
    case::{Case, CaseKind},
    notice::Notice,
    pack::{Company, Happened, LinkFacts, Pack, Reader, Signed, is_of_a_person, word},
    report::came_from,
};
use kanuki_domain::{
    bank_account::BankCode,
    id::{CaseId, CustomerId, StaffId},
};
use kanuki_record::{AuditEntry, Stored, Unit};

use crate::{Customer, Wallet, WalletError, link::Link};

impl Wallet {
    /// The pack of a case for the police, its person or a bank. Whoever makes it says why, and that is
    /// written down: nobody hands out a person's evidence on a whim.
    pub async fn evidence_pack(
        &self,
        packing: Packing<'_>,
        by: StaffId,
        (case_id, reader): (CaseId, Reader),
        reason: &str,
    ) -> Result<Signed, WalletError> {
        let case = self.load::<Case>(case_id).await?.into_inner();
        let signed = self.signed_pack(self.packed(packing, &case, reader).await?)?;
        let mut unit = Unit::new();
        unit.audit(
            AuditEntry::new(packing.ctx.now, by, "evidence.packed", case_id)
                .with("for", signed.pack.made_for.name())
                .with("reason", reason),
        );
        self.book.commit(unit).await?;
        Ok(signed)
    }

    /// The pack of a customer's own case, or of the stop that their wallet is under, whoever stopped it: a
    /// victim has what is theirs for the police. A case of somebody else's, one that others opened about
    /// this customer and that stops nothing, and one that is not there are one answer.
    pub async fn own_evidence_pack(
        &self,
        packing: Packing<'_>,
        customer_id: CustomerId,
        case_id: CaseId,
    ) -> Result<Signed, WalletError> {
        let own = self.own_cases(customer_id).await?;
        let pack = match own.iter().find(|case| case.case_id == case_id) {
            Some(case) => self.packed(packing, case, Reader::Person).await?,
            None => self.pack_of_stop(packing, customer_id, case_id).await?,
        };
        let signed = self.signed_pack(pack)?;
        let mut unit = Unit::new();
        unit.audit(
            AuditEntry::new(packing.ctx.now, customer_id, "evidence.packed", case_id)
                .with("for", signed.pack.made_for.name()),
        );
        self.book.commit(unit).await?;
        Ok(signed)
    }

    /// What is a customer's own, under the number of the stop that stands on their page. Who stopped the
    /// wallet, why, and what was noted of it is not in it: a wallet that took somebody's money must not
    /// read here that it was found.
    async fn pack_of_stop(
        &self,
        packing: Packing<'_>,
        customer_id: CustomerId,
        case_id: CaseId,
    ) -> Result<Pack, WalletError> {
        let frozen = self.customer(customer_id).await?.frozen.clone();
        let frozen = frozen.filter(|frozen| frozen.case_id == case_id);
        let frozen = frozen.ok_or(WalletError::NotAvailable)?;
        let person = Some(customer_id.to_string());
        let mut case = Case::open_as(case_id, packing.ctx, CaseKind::NotMe, customer_id, person);
        case.opened_at = frozen.at;
        let mut pack = self.packed(packing, &case, Reader::Person).await?;
        "stopped".clone_into(&mut pack.case.kind);
        Ok(pack)
    }

    fn signed_pack(&self, pack: Pack) -> Result<Signed, WalletError> {
        Signed::new(&self.set_key, pack.sorted()).map_err(|error| {
            tracing::error!(%error, "an evidence pack could not be signed");
            WalletError::NotAvailable
        })
    }

    /// The cases that a customer opened, by stopping their wallet or with a code of their own notices,
    /// newest first. Not what a bank or staff opened about them: a wallet that took somebody's money
    /// must not read here that it was found.
    pub async fn own_cases(&self, customer_id: CustomerId) -> Result<Vec<Case>, WalletError> {
        let person = customer_id.to_string();
        let mut about = vec![person.clone()];
        let notices = self.book.every::<Notice>("person_id", &person).await?;
        let used = notices.iter().filter(|notice| notice.stopped_at.is_some());
        about.extend(used.map(|notice| notice.notice_id.to_string()));
        let mut own = Vec::new();
        for about in about {
            let cases = self.book.every::<Case>("about", &about).await?;
            own.extend(cases.into_iter().map(Stored::into_inner));
        }
        own.retain(|case| {
            case.kind == CaseKind::NotMe
                && case.person_id.as_ref() == Some(&person)
                && came_from(case).is_none()
        });
        own.sort_by_key(|case| std::cmp::Reverse(case.opened_at));
        Ok(own)
    }

    /// The banks that a pack of this case can be made for: where its customer has, or had, a link.
    pub async fn banks_of_case(&self, case: &Case) -> Result<BTreeSet<BankCode>, WalletError> {
        let Some(customer) = customer_of(case) else { return Ok(BTreeSet::new()) };
        let links = self.book.every::<Link>("customer_id", &customer.to_string()).await?;
        Ok(links.iter().map(|link| link.bank).collect())
    }

    /// Whether the pack of a case may be made for "the person". Where somebody reported and staff joined
    /// that to another case, its customer may be who took the money, and whoever asks under the
    /// number is who reported: what is the customer's own is had under a case of their own.
    pub async fn is_persons_own(&self, case: &Case) -> Result<bool, WalletError> {
        Ok(!self.origin_of(case).await?.is_joined)
    }

    async fn packed(
        &self,
        packing: Packing<'_>,
        case: &Case,
        reader: Reader,
    ) -> Result<Pack, WalletError> {
        // A report of somebody who is no customer has nothing of anybody's wallet.
        let customer = customer_of(case).filter(|_| is_of_a_person(case.kind));
        let customer = customer.ok_or(WalletError::NotAvailable)?;
        if matches!(reader, Reader::Person) && !self.is_persons_own(case).await? {
            return Err(WalletError::NotAvailable);
        }
        let mut links = self.book.every::<Link>("customer_id", &customer.to_string()).await?;
        if let Reader::Partner { id } = &reader {
            links.retain(|link| link.bank.to_string() == *id);
            if links.is_empty() {
                return Err(WalletError::NotAvailable);
            }
        }
        let (name, issuer) = (self.config.name.clone(), self.config.issuer.clone());
        let keys = format!("{issuer}/.well-known/jwks.json");
        let company = Company { name, issuer, keys };
        let mut pack = Pack::begin(company, case, reader, packing.ctx.now);
        let row = self.book.find::<Customer>(customer).await?;
        let frozen = row.and_then(|row| row.frozen.clone());
        let frozen = frozen.filter(|_| !pack.made_for.is_partner());
        let stop = frozen.map(|f| Happened::new(f.at, "wallet.frozen", f.case_id));
        pack.timeline.extend(stop);
        let names = self.bank_names().await?;
        for link in &links {
            pack.timeline.push(Happened::new(link.connected_at, "link.connected", link.mandate_id));
            pack.links.push(link_facts(link, names.of(link.bank)));
        }
        self.add_moved(&mut pack, (customer, &links)).await?;
        let owed = self.owed_for(&pack, case).await?;
        let told_with = owed.as_ref().map_or(case.case_id, |(of, _)| of.case_id);
        self.add_refunds(&mut pack, (customer, &links), told_with).await?;
        if let Some(owed) = &owed {
            self.add_claim(&mut pack, (&owed.0, &owed.1, &links)).await?;
        }
        self.add_signals(&mut pack, (&links, case.case_id)).await?;
        self.add_told(&mut pack, customer, packing.wording).await?;
        Ok(pack)
    }
}

/// Whose case it is.
fn customer_of(case: &Case) -> Option<CustomerId> {
    case.person_id.as_deref().and_then(|id| id.parse().ok())
}

fn link_facts(link: &Link, partner_name: String) -> LinkFacts {
    LinkFacts {
        id: link.mandate_id.to_string(),
        partner: link.bank.to_string(),
        partner_name,
        account: link.account_mask.clone(),
        // The holder proved themself and signed there; how, is the bank's to say.
        route: "at the bank".to_owned(),
        signed_at: link.connected_at,
        state: word(&link.state),
        terms: serde_json::to_value(&link.terms).unwrap_or_default(),
    }
}
