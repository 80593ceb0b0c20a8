//! Letters that ask holders to link anew or to stop: in waves, so many a day, to the address on file.
//!
//! A letter has no link (FT-41): it names the bank's page, and a stop code that needs no sign-in. The
//! row that says "written" and the message itself are one unit, so a crash doubles none.

use jiff::{Timestamp, civil::Date};
use kanuki_desk::{notice, outbox::Content};
use kanuki_domain::{
    Ctx,
    id::{ContractId, HolderId, LetterId, MessageId, StaffId, encode_base32},
    mandate::StoppedBy,
};
use kanuki_record::{AuditEntry, Order, RecordError, Stored, Unit, record};
use serde::{Deserialize, Serialize};

use super::{Contract, Mail};
use crate::{
    Bank, BankError,
    holder::{Known, load},
};

/// Most letters that may be written in a day; a printer's day, not a rule.
pub const PER_DAY_MAX: u32 = 20_000;
/// Most that one pass of the worker writes.
const WAVE: usize = 100;

/// How letters are written: one row, made by the first who starts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Mailing {
    /// Whether letters are being written.
    pub is_running: bool,
    /// So many a day, by Japan's calendar.
    pub per_day: u32,
    /// Who last started or paused it.
    pub by: StaffId,
    /// When.
    pub at: Timestamp,
    /// The last day on which one was written.
    pub day: Option<Date>,
    /// How many on that day.
    pub written: u32,
    /// How many in all.
    pub total: u64,
}

const MAILING: &str = "mailing";

record! { Mailing => "mailing" by |_| MAILING.to_owned(); }

/// A letter that was written.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ContractLetter {
    /// Its name.
    pub letter_id: LetterId,
    /// To whom.
    pub holder_id: HolderId,
    /// About which contracts.
    pub contracts: Vec<ContractId>,
    /// The message that it is, for the letter house's reports.
    #[serde(default)]
    pub message_id: Option<MessageId>,
    /// What is printed on it, for when it comes back.
    pub reference: String,
    /// When it was written.
    pub written_at: Timestamp,
    /// When it came back.
    pub returned_at: Option<Timestamp>,
}

record! { ContractLetter => "contract_letter" by |l| l.letter_id.to_string();
    unique reference = |l| Some(l.reference.clone());
    many message_id = |l| l.message_id.map(|id| id.to_string());
}

/// The day in Japan.
fn today(now: Timestamp) -> Date {
    now.to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(9))).date()
}

impl Mailing {
    fn left(&self, now: Timestamp) -> u32 {
        let written = if self.day == Some(today(now)) { self.written } else { 0 };
        self.per_day.saturating_sub(written)
    }

    fn count(&mut self, now: Timestamp) {
        if self.day != Some(today(now)) {
            (self.day, self.written) = (Some(today(now)), 0);
        }
        self.written = self.written.saturating_add(1);
        self.total = self.total.saturating_add(1);
    }
}

impl Bank {
    /// How letters are written now, if anybody ever started.
    pub async fn mailing(&self) -> Result<Option<Mailing>, BankError> {
        Ok(self.book.find::<Mailing>(MAILING).await?.map(Stored::into_inner))
    }

    /// Starts writing so many letters a day, or changes how many.
    pub async fn start_mailing(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        per_day: u32,
    ) -> Result<(), BankError> {
        if per_day == 0 || per_day > PER_DAY_MAX {
            return Err(BankError::Amounts);
        }
        let mut unit = Unit::new();
        let set =
            |mailing: Mailing| Mailing { is_running: true, per_day, by, at: ctx.now, ..mailing };
        let fresh =
            Mailing { is_running: true, per_day, by, at: ctx.now, day: None, written: 0, total: 0 };
        match self.book.find::<Mailing>(MAILING).await? {
            Some(mut mailing) => {
                *mailing.edit() = set(mailing.clone().into_inner());
                unit.update(&mailing);
            }
            None => {
                unit.insert(&fresh);
            }
        }
        let entry = AuditEntry::new(ctx.now, by, "mailing.started", MAILING);
        unit.audit(entry.with("per_day", per_day));
        Ok(self.book.commit(unit).await?)
    }

    /// Writes no more until somebody starts again.
    pub async fn pause_mailing(&self, ctx: &Ctx<'_>, by: StaffId) -> Result<(), BankError> {
        let mut mailing = load::<Mailing>(&self.book, MAILING).await?;
        let row = mailing.edit();
        (row.is_running, row.by, row.at) = (false, by, ctx.now);
        let mut unit = Unit::new();
        unit.update(&mailing);
        unit.audit(AuditEntry::new(ctx.now, by, "mailing.paused", MAILING));
        Ok(self.book.commit(unit).await?)
    }

    /// Writes the letters that are due, one unit each. Called by the worker; says how many contracts
    /// were dealt with.
    pub async fn write_contract_letters(&self, ctx: &Ctx<'_>) -> Result<usize, BankError> {
        let Some(mut mailing) = self.book.find::<Mailing>(MAILING).await? else { return Ok(0) };
        let mut done: usize = 0;
        let due = self.book.page::<Contract>("unwritten", "yes", Order::OldestFirst, WAVE).await?;
        for contract in due {
            if !mailing.is_running || mailing.left(ctx.now) == 0 {
                break;
            }
            // An earlier letter of this pass may have been about this one too.
            let contract = self.book.load::<Contract>(contract.contract_id).await?;
            if !contract.waits_for_letter() {
                continue;
            }
            match self.ask_by_letter(ctx, &mut mailing, contract).await {
                // Another node was faster: it writes on.
                Err(BankError::Record(RecordError::Conflict { .. })) => break,
                written => written?,
            }
            mailing = self.book.load::<Mailing>(MAILING).await?;
            done = done.saturating_add(1);
        }
        Ok(done)
    }

    async fn ask_by_letter(
        &self,
        ctx: &Ctx<'_>,
        mailing: &mut Stored<Mailing>,
        mut contract: Stored<Contract>,
    ) -> Result<(), BankError> {
        let details = self.open_details(ctx, &contract).await?;
        let mut unit = Unit::new();
        let known = match self.core.find_by_account(&details.account).await? {
            Some(core) => Some(self.meet_holder(ctx, core).await?),
            None => None,
        };
        let Some((known, letterbox)) = known.and_then(|k| k.letterbox(ctx.now).map(|to| (k, to)))
        else {
            contract.edit().mail = Some(Mail::NoAddress { at: ctx.now });
            let id = contract.contract_id;
            unit.update(&contract);
            unit.audit(AuditEntry::new(ctx.now, "system", "contract.no_address", id));
            return Ok(self.book.commit(unit).await?);
        };
        let letter = ContractLetter {
            letter_id: LetterId::generate(ctx),
            holder_id: known.holder.holder_id,
            contracts: Vec::new(),
            message_id: None,
            reference: reference(ctx),
            written_at: ctx.now,
            returned_at: None,
        };
        let (mut letter, lines) =
            self.mark_written(ctx, &mut unit, &known, (contract, letter)).await?;
        let content = Content::new("contract_letter")
            .with("bank", &self.config.name)
            .with("contracts", lines)
            .with("reference", &letter.reference);
        let contacts = [letterbox];
        let recipient = notice::Recipient { key: &known.key, contacts: &contacts };
        let id = letter.letter_id;
        let messages = notice::tell_named(&mut unit, &self.vault, ctx, recipient, id, content)?;
        letter.message_id = messages.first().copied();
        unit.insert(&letter);
        mailing.edit().count(ctx.now);
        unit.update(mailing);
        unit.audit(AuditEntry::new(ctx.now, "system", "contract.letter_written", id));
        Ok(self.book.commit(unit).await?)
    }

    /// Everything of this holder that waits goes into one letter. Returns it with its lines.
    async fn mark_written(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        known: &Known,
        (first, mut letter): (Stored<Contract>, ContractLetter),
    ) -> Result<(ContractLetter, String), BankError> {
        let id = first.contract_id;
        let mut all = vec![first];
        let others = self.contracts_on(known).await?;
        all.extend(others.into_iter().filter(|c| c.contract_id != id && c.waits_for_letter()));
        let mut lines = Vec::new();
        for mut contract in all {
            let mail = Mail::Sent { letter_id: letter.letter_id, at: ctx.now };
            contract.edit().mail = Some(mail);
            letter.contracts.push(contract.contract_id);
            lines.push(format!("{} ({})", contract.collector_name, contract.account_mask));
            unit.update(&contract);
        }
        Ok((letter, lines.join(", ")))
    }

    /// Notes that a letter came back. What it was about stays as it is: ¥0.
    pub async fn letter_returned(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        reference: &str,
    ) -> Result<(), BankError> {
        let typed = reference.trim().to_lowercase();
        let found = self.book.find_by::<ContractLetter>("reference", &typed).await?;
        let letter = found.ok_or(BankError::NotAvailable)?;
        let mut unit = Unit::new();
        self.mark_returned(ctx, &mut unit, by, letter).await?;
        Ok(self.book.commit(unit).await?)
    }

    /// The letter house says what became of a message. True if it was a letter about contracts.
    pub(crate) async fn contract_letter_reported(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        (message_id, came_back): (MessageId, bool),
    ) -> Result<bool, BankError> {
        let id = message_id.to_string();
        let Some(letter) = self.book.find_by::<ContractLetter>("message_id", &id).await? else {
            return Ok(false);
        };
        if came_back {
            self.mark_returned(ctx, unit, "letters", letter).await?;
        }
        Ok(true)
    }

    async fn mark_returned(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        by: impl ToString,
        mut letter: Stored<ContractLetter>,
    ) -> Result<(), BankError> {
        if letter.returned_at.is_some() {
            return Ok(());
        }
        letter.edit().returned_at = Some(ctx.now);
        let letter_id = letter.letter_id;
        unit.update(&letter);
        for id in &letter.contracts {
            let mut contract = load::<Contract>(&self.book, id).await?;
            contract.edit().mail = Some(Mail::Returned { letter_id, at: ctx.now });
            unit.update(&contract);
        }
        unit.audit(AuditEntry::new(ctx.now, by, "contract.letter_returned", letter_id));
        Ok(())
    }

    /// The contracts that a letter is about.
    pub(crate) async fn contracts_in(&self, id: LetterId) -> Result<Vec<Contract>, BankError> {
        let letter = load::<ContractLetter>(&self.book, id).await?;
        let mut contracts = Vec::new();
        for id in &letter.contracts {
            contracts.push(load::<Contract>(&self.book, id).await?.into_inner());
        }
        Ok(contracts)
    }

    /// The stop code of a letter was typed: everything it is about ends.
    pub(crate) async fn stop_letter(&self, ctx: &Ctx<'_>, id: LetterId) -> Result<(), BankError> {
        let letter = load::<ContractLetter>(&self.book, id).await?;
        for contract_id in &letter.contracts {
            self.end_contract(ctx, (letter.holder_id, StoppedBy::Holder), *contract_id).await?;
        }
        Ok(())
    }
}

/// Ten letters that a person can read off a returned envelope.
fn reference(ctx: &Ctx<'_>) -> String {
    encode_base32(u128::from_be_bytes(ctx.random())).chars().skip(16).collect()
}
