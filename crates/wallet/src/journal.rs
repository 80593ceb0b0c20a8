//! The wallet's books for an accounting program.

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
    bank_account::BankCode,
    id::{PaymentId, PayoutId, RefundId, RemittanceId, StaffId, TopupId},
};
use kanuki_record::{AuditEntry, Unit};

use crate::{Wallet, WalletError, chart, reconcile::movements};

/// What our accounts and movements are called; `docs/chart-of-accounts.md` explains each.
pub const WORDS: Words = Words { account, reason, reference };

const fn account(code: u16) -> &'static str {
    match code {
        chart::CODE_BANK_CLEARING => "bank clearing 銀行清算",
        chart::CODE_SAFEGUARDED => "safeguarded funds 供託・信託",
        chart::CODE_CUSTOMER => "customer e-money 利用者残高",
        chart::CODE_MERCHANT => "merchant payable 加盟店未払",
        chart::CODE_ESCROW => "escrow 預り",
        chart::CODE_SUSPENSE => "suspense 仮受",
        chart::CODE_FEES => "fees 手数料",
        chart::CODE_COMPENSATION => "compensation 補償",
        _ => "other その他",
    }
}

const fn reason(code: u16) -> &'static str {
    match code {
        chart::MOVED_TOPUP => "top-up チャージ",
        chart::MOVED_REMITTANCE => "remittance 送金",
        chart::MOVED_PAYMENT => "payment 支払い",
        chart::MOVED_PAYOUT => "payout 出金",
        chart::MOVED_REFUND => "refund 返金",
        chart::MOVED_COMPENSATION => "compensation 補償",
        _ => "other その他",
    }
}

fn reference(code: u16, bits: u128) -> String {
    match code {
        chart::MOVED_TOPUP => TopupId::from_bits(bits).to_string(),
        chart::MOVED_REMITTANCE => RemittanceId::from_bits(bits).to_string(),
        chart::MOVED_PAYMENT => PaymentId::from_bits(bits).to_string(),
        chart::MOVED_PAYOUT => PayoutId::from_bits(bits).to_string(),
        chart::MOVED_REFUND => RefundId::from_bits(bits).to_string(),
        _ => String::new(),
    }
}

impl Wallet {
    /// The journal (仕訳帳, FT-54) of `days`, as a file.
    pub async fn journal_file(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        days: Days,
        (form, encoding): (Form, Encoding),
    ) -> Result<Result<Vec<u8>, NotWritten>, WalletError> {
        let journal = self.ledger.journal(days.stretch(POSTINGS_MAX), ctx.now).await;
        let made = csv(&journal.map_err(DeskError::from)?, &WORDS, form, encoding);
        if made.is_ok() {
            let entry = exported((ctx.now, by), "journal", days);
            self.note_export(entry.with("form", form.name())).await?;
        }
        Ok(made)
    }

    /// The account in which we settle with `bank`, as a bank tells it: 全銀 03.
    pub async fn account_file(
        &self,
        (ctx, by): (&Ctx<'_>, StaffId),
        bank: BankCode,
        days: Days,
        of: (&Settled, &str),
    ) -> Result<Result<Vec<u8>, NotWritten>, WalletError> {
        self.partner(bank).await?;
        let clearing = chart::bank_clearing(bank);
        let movements = movements(&self.book, bank).await?;
        let between = Between { bank, clearing, movements, is_wallet: true };
        let journal = self.ledger.journal(between.stretch(days, POSTINGS_MAX), ctx.now).await;
        let made = between.file(&journal.map_err(DeskError::from)?, days, of, ctx.now);
        if made.is_ok() {
            let entry = exported((ctx.now, by), "account", days);
            self.note_export(entry.with("partner", bank)).await?;
        }
        Ok(made)
    }

    /// Writes down who took a file before its bytes leave.
    async fn note_export(&self, entry: AuditEntry) -> Result<(), WalletError> {
        let mut unit = Unit::new();
        unit.audit(entry);
        Ok(self.book.commit(unit).await?)
    }
}
