//! What a customer was told, and what this company and the banks told each other of their links.

use std::collections::BTreeSet;

use kanuki_desk::{
    pack::{Direction, Pack, Reader, SignalFacts, ToldTo, Wording, line_of, told_to},
    registry::every,
    signal::noted,
};
use kanuki_domain::{
    bank_account::BankCode,
    id::{CaseId, CustomerId, MessageId},
};
use kanuki_record::Stored;
use kanuki_wire::set;

use crate::{Wallet, WalletError, event::OutEvent, link::Link};

impl Wallet {
    /// Adds what went over the line about these links, about the case, or about whom both companies know by
    /// the name that we made.
    pub(super) async fn add_signals(
        &self,
        pack: &mut Pack,
        (links, case_id): (&[Stored<Link>], CaseId),
    ) -> Result<(), WalletError> {
        let number = case_id.to_string();
        let known: BTreeSet<(BankCode, &str)> =
            links.iter().map(|link| (link.bank, link.account_ref.as_str())).collect();
        let is_theirs = |event: &OutEvent| {
            known.contains(&(event.bank, event.subject.as_str())) || event.subject == number
        };
        let mut all = Vec::new();
        for event in every::<OutEvent>(&self.book, is_theirs).await? {
            all.push(self.sent_facts(pack, &event).await);
        }
        let about: Vec<String> =
            links.iter().map(|link| link.mandate_id.to_string()).chain([number.clone()]).collect();
        let banks: BTreeSet<BankCode> = links.iter().map(|link| link.bank).collect();
        for bank in banks {
            let subjects: Vec<String> = known
                .iter()
                .filter(|(at, _)| *at == bank)
                .map(|(_, subject)| (*subject).to_owned())
                .collect();
            let named = (&*about, &*subjects);
            let taken = noted::taken_about(&self.book, &bank.to_string(), named).await?;
            all.extend(taken.into_iter().map(SignalFacts::received));
        }
        all.retain(|signal| signal.is_for(&pack.made_for));
        pack.signals.extend(all);
        Ok(())
    }

    /// What a bank was told, read from the token that it was sent. One whose key or bank is gone is told by
    /// what the row itself knows.
    async fn sent_facts(&self, pack: &Pack, event: &OutEvent) -> SignalFacts {
        let told = match self.partner(event.bank).await {
            Ok(bank) => {
                let (issuer, keys) = (&self.config.issuer, self.event_jwks());
                set::verify(&event.token, issuer, &bank.issuer, &keys, pack.made_at).ok()
            }
            Err(_) => None,
        };
        let named = event.event_id.parse::<MessageId>().map(MessageId::made_at);
        let at = told.as_ref().map(|told| told.issued_at);
        SignalFacts {
            at: at.or(named.ok()).unwrap_or(pack.case.opened_at),
            id: event.event_id.clone(),
            direction: Direction::Sent,
            partner: event.bank.to_string(),
            kind: event.uri.rsplit('/').next().unwrap_or_default().to_owned(),
            subject: event.subject.clone(),
            about: told.as_ref().and_then(|told| noted::about_of(&told.event)),
            status: told.map(|told| noted::status_of(&told.event)).unwrap_or_default().to_owned(),
            line: line_of(
                event.due_at.is_some(),
                event.given_up_at.is_some(),
                event.refused.is_some(),
            ),
            acknowledged_at: event.taken_at,
            did: Vec::new(),
        }
    }

    /// Adds what the customer was told. No bank hears of it, and no code stands in it.
    pub(super) async fn add_told(
        &self,
        pack: &mut Pack,
        customer: CustomerId,
        wording: &dyn Wording,
    ) -> Result<(), WalletError> {
        if pack.made_for.is_partner() {
            return Ok(());
        }
        let person_id = &*customer.to_string();
        let of = ToldTo { book: &self.book, vault: &self.vault, person_id, wording };
        // Whoever is signed in may be a thief, and must not read here of a list: its notices go to the
        // contacts on file.
        let is_person = matches!(pack.made_for, Reader::Person);
        let is_shown = |kind: &str| !(is_person && matches!(kind, "leaked" | "leak_over"));
        let (told, used) = told_to(of, is_shown).await?;
        pack.told.extend(told);
        pack.timeline.extend(used);
        Ok(())
    }
}
