//! A bank's list of contracts is taken over: checked as a whole first, then written in units.
//!
//! 1. [`check`](super::check) reads the whole file and refuses it at the first line that is wrong.
//! 2. `compare` says what it would change, and changes nothing (the dry run ends here).
//! 3. `apply` writes it, a few hundred rows and its own progress in one unit, so that a crash is
//!    continued by importing the same file again.
//! 4. Last, what a whole list does not name any more is marked so. Nothing is ever removed.
//!
//! Memory grows by sixteen bytes a row.

use std::collections::BTreeSet;

use jiff::{Timestamp, civil::Date};
use kanuki_domain::{
    Ctx,
    agreement::today,
    id::{ImportId, StaffId},
};
use kanuki_formats::register::{Head, Layout, RegisterError, Row};
use kanuki_record::{AuditEntry, RecordError, Stored, Unit, record, vault::PersonKey};
use serde::{Deserialize, Serialize};

use super::{
    Contract, Kind, Standing,
    check::{Checked, Reading, Source, Wanted},
    next::{self, Change},
};
use crate::{Bank, BankError, ContractVerb, holder::load};

/// Rows that are written together.
const UNIT_ROWS: usize = 250;

/// Why a list was not taken over. Nothing of it was used, unless it was begun before.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file is not as it must be.
    #[error("{0}")]
    Register(#[from] RegisterError),
    /// A list of this kind is older than the newest that was taken over.
    #[error("a list of {0} was taken over already; an older one would undo it")]
    Older(Date),
    /// It says what has not been yet; every true list after it would be older.
    #[error("the list is of {0}, a day that has not come")]
    Future(Date),
    /// Another list of this kind is being taken over.
    #[error("{0} of the same kind is not finished: import its file again to finish it")]
    Busy(ImportId),
    /// The file is not the one that was checked.
    #[error("the file changed while it was read")]
    Changed,
    /// The bank could not.
    #[error("the bank's records or core could not be used")]
    Bank(#[from] BankError),
}

impl From<RecordError> for ImportError {
    fn from(error: RecordError) -> Self {
        Self::Bank(error.into())
    }
}

/// What a list changes, or changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Contracts in the list.
    pub rows: u64,
    /// Named for the first time.
    pub fresh: u64,
    /// As they were.
    pub same: u64,
    /// Described otherwise than before.
    pub described: u64,
    /// Over, says the list.
    pub ended: u64,
    /// There again.
    pub back: u64,
    /// Not named any more.
    pub unlisted: u64,
    /// Stopped here, and yet going on there: ordered to stop again.
    pub contradicted: u64,
    /// Known from a newer list.
    pub older: u64,
}

impl Report {
    fn count(&mut self, change: Change) {
        let counter = match change {
            Change::Fresh => &mut self.fresh,
            Change::Same => &mut self.same,
            Change::Described => &mut self.described,
            Change::Ended => &mut self.ended,
            Change::Back => &mut self.back,
            Change::Contradicted => &mut self.contradicted,
            Change::Older => &mut self.older,
        };
        *counter = counter.saturating_add(1);
    }
}

/// Where an import stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ImportState {
    /// Uploaded at the desk; a second person must accept it.
    Waiting,
    /// Being written.
    Applying,
    /// Written.
    Done {
        /// When.
        at: Timestamp,
    },
    /// Not accepted.
    Declined {
        /// When.
        at: Timestamp,
    },
}

/// One list, taken over or about to be.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Import {
    /// Its name.
    pub import_id: ImportId,
    /// What it holds.
    pub kind: Kind,
    /// In which layout.
    pub layout: Layout,
    /// The day it is true of.
    pub as_of: Date,
    /// SHA-256 of the file, in hex.
    pub digest: String,
    /// Branches that were named as newer than the list of branches.
    pub new_branches: BTreeSet<String>,
    /// Who brought it.
    pub brought_by: String,
    /// When.
    pub brought_at: Timestamp,
    /// Who accepted it, at the desk.
    pub accepted_by: Option<StaffId>,
    /// Where it stands.
    pub state: ImportState,
    /// What it changes, by the comparison before.
    pub report: Report,
    /// How many of its rows are written.
    pub written: u64,
    /// Up to which contract the missing ones are marked.
    pub swept_to: String,
}

record! { Import => "import" by |i| i.import_id.to_string();
    many state = |i| Some(match i.state {
        ImportState::Waiting => "waiting",
        ImportState::Applying => "applying",
        ImportState::Done { .. } => "done",
        ImportState::Declined { .. } => "declined",
    }.to_owned());
    many digest = |i| Some(i.digest.clone());
    many done_kind = |i| (matches!(i.state, ImportState::Done { .. }) && i.layout == Layout::Csv)
        .then(|| i.kind.name().to_owned());
    unique running_kind = |i| (i.state == ImportState::Applying).then(|| i.kind.name().to_owned());
}

impl Bank {
    /// What a list would change. Changes nothing.
    pub async fn compare_register(
        &self,
        ctx: &Ctx<'_>,
        source: &dyn Source,
        wanted: &Wanted,
        checked: &Checked,
    ) -> Result<Report, ImportError> {
        let tomorrow = today(ctx.now).tomorrow().unwrap_or(Date::MAX);
        if checked.head.as_of > tomorrow {
            return Err(ImportError::Future(checked.head.as_of));
        }
        self.require_newest(&checked.head).await?;
        let mut reading = Reading::open(self, source, wanted)?;
        let mut report = Report { rows: checked.rows, ..Report::default() };
        while let Some(row) = reading.next_row()? {
            let id = self.contract_id(checked.head.kind, &row);
            let known = self.book.find::<Contract>(id).await?;
            report.count(
                known.map_or(Change::Fresh, |known| next::change(&known, &row, checked.head.as_of)),
            );
        }
        if next::tells_by_silence(checked.head.layout) {
            let mut after = String::new();
            loop {
                let page = self.book.scan::<Contract>(&after).await?;
                let Some(last) = page.last() else { break };
                after = last.contract_id.to_string();
                let missing = page.iter().filter(|known| is_missing(known, checked)).count();
                report.unlisted =
                    report.unlisted.saturating_add(u64::try_from(missing).unwrap_or(u64::MAX));
            }
        }
        Ok(report)
    }

    /// A whole list that is older than the newest whole one would undo it.
    pub(super) async fn require_newest(&self, head: &Head) -> Result<(), ImportError> {
        if head.layout != Layout::Csv {
            return Ok(());
        }
        let done = self.book.list::<Import>("done_kind", head.kind.name()).await?;
        match done.iter().map(|import| import.as_of).max() {
            Some(newest) if newest > head.as_of => Err(ImportError::Older(newest)),
            Some(_) | None => Ok(()),
        }
    }

    /// Takes a list over, or finishes taking it over. One that was taken over already changes
    /// nothing and answers with its import.
    pub async fn import_register(
        &self,
        ctx: &Ctx<'_>,
        by: &str,
        source: &dyn Source,
        wanted: &Wanted,
    ) -> Result<Import, ImportError> {
        let checked = self.check_register(source, wanted)?;
        let earlier = self.book.list::<Import>("digest", &checked.digest).await?;
        let earlier = earlier.into_iter().filter(|import| import.kind == wanted.kind);
        for import in earlier {
            match import.state {
                ImportState::Done { .. } => return Ok(import.into_inner()),
                ImportState::Applying => {
                    return self.apply_register(ctx, import, source, &checked).await;
                }
                ImportState::Waiting | ImportState::Declined { .. } => {}
            }
        }
        self.require_idle(wanted.kind).await?;
        let report = self.compare_register(ctx, source, wanted, &checked).await?;
        let import = Import {
            state: ImportState::Applying,
            ..Import::new(ctx, by, &checked, wanted, report)
        };
        let mut unit = Unit::new();
        unit.insert(&import).audit(import.audit(ctx, by, "register.import_began"));
        match self.book.commit(unit).await {
            Ok(()) => {}
            Err(RecordError::Duplicate { .. }) => {
                self.require_idle(wanted.kind).await?;
                return Err(ImportError::Changed);
            }
            Err(error) => return Err(error.into()),
        }
        let import = self.book.load::<Import>(import.import_id).await?;
        self.apply_register(ctx, import, source, &checked).await
    }

    pub(super) async fn require_idle(&self, kind: Kind) -> Result<(), ImportError> {
        let running = self.book.find_by::<Import>("running_kind", kind.name()).await?;
        running.map_or(Ok(()), |import| Err(ImportError::Busy(import.import_id)))
    }

    /// Writes what is not written yet, then marks what the list does not name.
    pub(super) async fn apply_register(
        &self,
        ctx: &Ctx<'_>,
        mut import: Stored<Import>,
        source: &dyn Source,
        checked: &Checked,
    ) -> Result<Import, ImportError> {
        let wanted = Wanted {
            kind: import.kind,
            as_of: Some(import.as_of),
            new_branches: import.new_branches.clone(),
        };
        if import.written == 0
            && let Err(older) = self.require_newest(&checked.head).await
        {
            // A newer one was finished between this one's acceptance and its first row.
            if matches!(older, ImportError::Older(_)) {
                self.drop_import(ctx, import).await?;
            }
            return Err(older);
        }
        let key = self.register_key(ctx).await?;
        let mut reading = Reading::open(self, source, &wanted)?;
        for _ in 0..import.written {
            reading.next_row()?.ok_or(ImportError::Changed)?;
        }
        loop {
            let mut rows = Vec::with_capacity(UNIT_ROWS);
            while rows.len() < UNIT_ROWS
                && let Some(row) = reading.next_row()?
            {
                rows.push(row);
            }
            if rows.is_empty() {
                break;
            }
            import = self.write_rows(ctx, import, &key, &rows).await?;
        }
        if reading.digest() != import.digest {
            return Err(ImportError::Changed);
        }
        if next::tells_by_silence(import.layout) {
            import = self.mark_missing(ctx, import, checked).await?;
        }
        import.edit().state = ImportState::Done { at: ctx.now };
        let mut unit = Unit::new();
        unit.update(&import).audit(import.audit(ctx, "system", "register.imported"));
        self.drop_upload(&mut unit, import.import_id).await?;
        self.book.commit(unit).await?;
        self.count_contracts(ctx).await?;
        Ok(import.into_inner())
    }

    async fn write_rows(
        &self,
        ctx: &Ctx<'_>,
        mut import: Stored<Import>,
        key: &PersonKey,
        rows: &[Row],
    ) -> Result<Stored<Import>, ImportError> {
        let mut unit = Unit::new();
        for row in rows {
            let id = self.contract_id(import.kind, row);
            match self.book.find::<Contract>(id).await? {
                Some(mut known) => {
                    let change = next::change(&known, row, import.as_of);
                    if change == Change::Older {
                        continue;
                    }
                    let contract = known.edit();
                    next::apply(contract, row, change, ctx.now);
                    contract.listed_on = import.as_of;
                    contract.listed_by = import.import_id;
                    unit.update(&known);
                }
                None => {
                    unit.insert(&self.fresh_contract(ctx, key, &import, row)?);
                }
            }
        }
        let count = u64::try_from(rows.len()).unwrap_or(u64::MAX);
        import.edit().written = import.written.saturating_add(count);
        self.commit_step(unit, import).await
    }

    fn fresh_contract(
        &self,
        ctx: &Ctx<'_>,
        key: &PersonKey,
        import: &Import,
        row: &Row,
    ) -> Result<Contract, ImportError> {
        let is_ended = row.is_ended;
        Ok(Contract {
            contract_id: self.contract_id(import.kind, row),
            kind: import.kind,
            collector_code: row.collector_code.clone(),
            collector_name: row.collector_name.clone(),
            account_id: self.account_id(&row.account),
            account_mask: row.account.mask(),
            details: self.seal_details(ctx, key, row)?,
            started_on: row.started_on,
            listed_on: import.as_of,
            listed_by: import.import_id,
            standing: if is_ended {
                Standing::Ended { on: row.ended_on }
            } else {
                Standing::Listed
            },
            order: None,
            verb: ContractVerb::Stop,
            orders: 0,
            before_hold: None,
            kept_at: None,
            mail: None,
        })
    }

    async fn mark_missing(
        &self,
        ctx: &Ctx<'_>,
        mut import: Stored<Import>,
        checked: &Checked,
    ) -> Result<Stored<Import>, ImportError> {
        loop {
            let page = self.book.scan::<Contract>(&import.swept_to).await?;
            let Some(last) = page.last() else { return Ok(import) };
            let swept_to = last.contract_id.to_string();
            let mut unit = Unit::new();
            for mut contract in page {
                if is_missing(&contract, checked) {
                    contract.edit().standing = Standing::Unlisted { since: checked.head.as_of };
                    unit.update(&contract);
                    let entry = AuditEntry::new(
                        ctx.now,
                        import.import_id,
                        "contract.unlisted",
                        contract.contract_id,
                    );
                    unit.audit(entry);
                }
            }
            import.edit().swept_to = swept_to;
            import = self.commit_step(unit, import).await?;
        }
    }

    /// Rows and how far the import has come are one unit.
    async fn commit_step(
        &self,
        mut unit: Unit,
        import: Stored<Import>,
    ) -> Result<Stored<Import>, ImportError> {
        unit.update(&import);
        self.book.commit(unit).await?;
        Ok(load::<Import>(&self.book, import.import_id).await?)
    }
}

/// Known as going on, of this kind, and not named by the list.
fn is_missing(known: &Contract, checked: &Checked) -> bool {
    known.kind == checked.head.kind
        && known.standing == Standing::Listed
        && known.listed_on <= checked.head.as_of
        && !checked.names(known.contract_id)
}

impl Import {
    /// What it is of, as its file says.
    pub(super) const fn head(&self) -> Head {
        Head { layout: self.layout, kind: self.kind, as_of: self.as_of }
    }

    pub(super) fn new(
        ctx: &Ctx<'_>,
        by: &str,
        checked: &Checked,
        wanted: &Wanted,
        report: Report,
    ) -> Self {
        Self {
            import_id: ImportId::generate(ctx),
            kind: checked.head.kind,
            layout: checked.head.layout,
            as_of: checked.head.as_of,
            digest: checked.digest.clone(),
            new_branches: wanted.new_branches.clone(),
            brought_by: by.to_owned(),
            brought_at: ctx.now,
            accepted_by: None,
            state: ImportState::Waiting,
            report,
            written: 0,
            swept_to: String::new(),
        }
    }

    pub(super) fn audit(&self, ctx: &Ctx<'_>, by: &str, act: &'static str) -> AuditEntry {
        AuditEntry::new(ctx.now, by, act, self.import_id)
            .with("kind", self.kind.name())
            .with("as_of", self.as_of)
            .with("sha256", &self.digest)
            .with("rows", self.report.rows)
            .with("unlisted", self.report.unlisted)
    }
}
