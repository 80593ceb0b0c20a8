//! The bank's books of its gateway for an accounting program.

use kanuki_desk::{
    DeskError,
    journal::{
        Days, Encoding, Form, NotWritten, POSTINGS_MAX, Words,
        account::{Between, Settled},
        csv, exported,
    },
};
use kanuki_domain::{
    Ctx,
    id::{CaseId, StaffId},
};
use kanuki_record::{AuditEntry, Unit};

use crate::{Bank, BankError, chart, reconcile::movements};

/// What our accounts and movements are called; `docs/chart-of-accounts.md` explains each.
pub const WORDS: Words = Words { account, reason, reference };

const fn account(code: u16) -> &'static str {
    match code {
        chart::CODE_CORE_CLEARING => "core clearing 勘定系清算",
        chart::CODE_PARTNER_CLEARING => "partner clearing 提携先清算",
        chart::CODE_SUSPENSE => "suspense 仮受",
        chart::CODE_COMPENSATION => "compensation 補償",
        _ => "other その他",
    }
}

/// The accounts on both sides say whether it was a debit or a payout.
const fn reason(code: u16) -> &'static str {
    match code {
        chart::CODE_PARTNER_CLEARING => "with a partner 提携先との入出金",
        chart::CODE_COMPENSATION => "compensation 補償",
        _ => "other その他",
    }
}

fn reference(code: u16, bits: u128) -> String {
    match code {
        chart::CODE_COMPENSATION => CaseId::from_bits(bits).to_string(),
        _ => String::new(),
    }
}

impl Bank {
    /// The journal (仕訳帳) of `days`, as a file.
    pub async fn journal_file(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        days: Days,
        (form, encoding): (Form, Encoding),
    ) -> Result<Result<Vec<u8>, NotWritten>, BankError> {
        let journal = self.ledger.journal(days.stretch(POSTINGS_MAX), ctx.now).await;
        let made = csv(&journal.map_err(DeskError::from)?, &WORDS, form, encoding);
        if made.is_ok() {
            let entry = exported((ctx.now, by), "journal", days);
            self.note_export(entry.with("form", form.name())).await?;
        }
        Ok(made)
    }

    /// The account in which we settle with the partner `client_id`, as a bank tells it: 全銀 03.
    pub async fn account_file(
        &self,
        (ctx, by): (&Ctx<'_>, StaffId),
        client_id: &str,
        days: Days,
        of: (&Settled, &str),
    ) -> Result<Result<Vec<u8>, NotWritten>, BankError> {
        self.known_partner(client_id).await?;
        let clearing = chart::partner_clearing(client_id);
        let movements = movements(&self.book, client_id).await?;
        let between = Between { bank: self.config.code, clearing, movements, is_wallet: false };
        let journal = self.ledger.journal(between.stretch(days, POSTINGS_MAX), ctx.now).await;
        let made = between.file(&journal.map_err(DeskError::from)?, days, of, ctx.now);
        if made.is_ok() {
            let entry = exported((ctx.now, by), "account", days);
            self.note_export(entry.with("partner", client_id)).await?;
        }
        Ok(made)
    }

    /// Writes down who took a file before its bytes leave.
    async fn note_export(&self, entry: AuditEntry) -> Result<(), BankError> {
        let mut unit = Unit::new();
        unit.audit(entry);
        Ok(self.book.commit(unit).await?)
    }
}
