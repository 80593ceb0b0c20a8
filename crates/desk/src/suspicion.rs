//! Drafts of reports of suspicious transactions (疑わしい取引の届出, FT-57).
//!
//! ```text
//!  working ─ somebody else has read it ─▶ checked ─ handed in by hand ─▶ filed
//!     ▲───────── written on ─────────────────┘
//!     └── dropped by somebody other than its last writer; the text stays
//! ```
//!
//! The law forbids that a person learns of their report. So a draft is a row of its own that no other
//! row names: not the case or the hit that it was begun from, no notice, event, claim, report or pack.
//! Its text is sealed under a key of its own, because it has to be kept when the person is forgotten;
//! whoever reads it leaves an entry in the audit log, which names the draft and nobody else.

use jiff::Timestamp;
use kanuki_domain::{
    Ctx,
    id::{StaffId, SuspicionId},
};
use kanuki_formats::text::safe_line;
use kanuki_record::{
    AuditEntry, Book, Stored, Unit, record,
    vault::{PersonKey, Sealed, Vault},
};
use serde::{Deserialize, Serialize};

use crate::{DeskError, officer::Officer};

/// Where the text is sealed.
const TEXT: &str = "suspicion|text";
/// The longest of its texts, in characters.
pub const TEXT_MAX: u16 = 4_000;

/// The longest number of an authority, in characters.
const NUMBER_MAX: usize = 80;

/// What a draft says: the parts that every report asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// The hit or case that it was begun from, if any: an id.
    #[serde(default)]
    pub from: String,
    /// Who: name, birth date, address, number.
    #[serde(default)]
    pub who: String,
    /// Which transactions: when, where, of what kind, how much.
    #[serde(default)]
    pub what: String,
    /// Why they are suspicious (疑わしいと認めた理由).
    #[serde(default)]
    pub why: String,
    /// What the company did.
    #[serde(default)]
    pub done: String,
}

impl Text {
    /// What was typed, line by line, without what hides or reorders.
    fn cleaned(self) -> Self {
        let most = usize::from(TEXT_MAX);
        let clean = |typed: &str| {
            let lines: Vec<String> = typed.lines().map(|line| safe_line(line, most)).collect();
            lines.join("\n").trim().chars().take(most).collect()
        };
        Self {
            who: clean(&self.who),
            what: clean(&self.what),
            why: clean(&self.why),
            done: clean(&self.done),
            from: self.from,
        }
    }
}

/// Where a draft stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Standing {
    /// It is being written.
    Working,
    /// Somebody other than its last writer has read it.
    Checked {
        /// Who.
        by: StaffId,
        /// When.
        at: Timestamp,
    },
    /// It was handed in, outside of this software.
    Filed {
        /// Who did it.
        by: StaffId,
        /// When it was noted.
        at: Timestamp,
        /// The number that the authority gave.
        number: String,
    },
    /// There is nothing to report.
    Dropped {
        /// Who said so.
        by: StaffId,
        /// When.
        at: Timestamp,
    },
}

impl Standing {
    /// As part of a text key.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Working => "working",
            Self::Checked { .. } => "checked",
            Self::Filed { .. } => "filed",
            Self::Dropped { .. } => "dropped",
        }
    }

    const fn is_over(&self) -> bool {
        matches!(self, Self::Filed { .. } | Self::Dropped { .. })
    }
}

/// One draft.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Suspicion {
    /// Its number; it says nothing to anybody else.
    pub suspicion_id: SuspicionId,
    /// Who began it.
    pub begun_by: StaffId,
    /// When.
    pub begun_at: Timestamp,
    /// Who wrote it last.
    pub written_by: StaffId,
    /// When.
    pub written_at: Timestamp,
    /// Where it stands.
    pub standing: Standing,
    sealed: Sealed,
}

record! { Suspicion => "suspicion" by |s| s.suspicion_id.to_string();
    many state = |s| Some(if s.standing.is_over() { "over" } else { "open" }.to_owned());
}

/// The desk's drafts.
#[derive(Clone, Copy, Debug)]
pub struct Drafts<'a> {
    /// The company's records.
    pub book: &'a Book,
    /// Its keys.
    pub vault: &'a Vault,
}

impl Drafts<'_> {
    /// Begins one.
    pub async fn begin(
        &self,
        ctx: &Ctx<'_>,
        officer: Officer,
        text: &Text,
    ) -> Result<SuspicionId, DeskError> {
        let by = officer.id();
        let suspicion_id = SuspicionId::generate(ctx);
        let key = self.vault.create_person(ctx, suspicion_id)?;
        let draft = Suspicion {
            suspicion_id,
            begun_by: by,
            begun_at: ctx.now,
            written_by: by,
            written_at: ctx.now,
            standing: Standing::Working,
            sealed: self.vault.seal(ctx, &key, TEXT, text)?,
        };
        let mut unit = Unit::new();
        unit.insert(&key).insert(&draft).audit(AuditEntry::new(
            ctx.now,
            by,
            "suspicion.begun",
            suspicion_id,
        ));
        self.book.commit(unit).await?;
        Ok(suspicion_id)
    }

    /// Drafts by state, newest first. That somebody looked is written down.
    pub async fn list(
        &self,
        ctx: &Ctx<'_>,
        officer: Officer,
        is_over: bool,
    ) -> Result<Vec<Suspicion>, DeskError> {
        let by = officer.id();
        let state = if is_over { "over" } else { "open" };
        let all = self.book.list::<Suspicion>("state", state).await?;
        let mut unit = Unit::new();
        unit.audit(AuditEntry::new(ctx.now, by, "suspicion.listed", state));
        self.book.commit(unit).await?;
        Ok(all.into_iter().map(Stored::into_inner).collect())
    }

    /// One draft with its text. That somebody looked is written down before they see it.
    pub async fn read(
        &self,
        ctx: &Ctx<'_>,
        officer: Officer,
        id: SuspicionId,
    ) -> Result<(Suspicion, Text), DeskError> {
        let by = officer.id();
        let draft = self.find(id).await?.into_inner();
        let mut unit = Unit::new();
        unit.audit(AuditEntry::new(ctx.now, by, "suspicion.read", id));
        self.book.commit(unit).await?;
        let key = self.book.load::<PersonKey>(id).await?;
        let text = self.vault.open(&key, TEXT, &draft.sealed)?;
        Ok((draft, text))
    }

    /// Writes it anew: whoever had checked it has to read it again. Where it came from stays.
    pub async fn write(
        &self,
        ctx: &Ctx<'_>,
        officer: Officer,
        (id, text): (SuspicionId, Text),
    ) -> Result<(), DeskError> {
        let by = officer.id();
        let mut draft = self.open(id).await?;
        let key = self.book.load::<PersonKey>(id).await?;
        let before: Text = self.vault.open(&key, TEXT, &draft.sealed)?;
        let text = Text { from: before.from, ..text }.cleaned();
        let sealed = self.vault.seal(ctx, &key, TEXT, &text)?;
        let edit = draft.edit();
        (edit.written_by, edit.written_at) = (by, ctx.now);
        edit.standing = Standing::Working;
        edit.sealed = sealed;
        self.keep(&draft, AuditEntry::new(ctx.now, by, "suspicion.written", id)).await
    }

    /// Somebody other than its last writer has read it.
    pub async fn check(
        &self,
        ctx: &Ctx<'_>,
        officer: Officer,
        id: SuspicionId,
    ) -> Result<(), DeskError> {
        let by = officer.id();
        let mut draft = self.open(id).await?;
        if draft.standing != Standing::Working {
            return Err(DeskError::Decided);
        }
        if draft.written_by == by {
            return Err(DeskError::SamePerson);
        }
        draft.edit().standing = Standing::Checked { by, at: ctx.now };
        self.keep(&draft, AuditEntry::new(ctx.now, by, "suspicion.checked", id)).await
    }

    /// It was handed in, under this number.
    pub async fn file(
        &self,
        ctx: &Ctx<'_>,
        officer: Officer,
        (id, number): (SuspicionId, &str),
    ) -> Result<(), DeskError> {
        let by = officer.id();
        let mut draft = self.open(id).await?;
        if !matches!(draft.standing, Standing::Checked { .. }) {
            return Err(DeskError::Decided);
        }
        let number = safe_line(number, NUMBER_MAX);
        if number.is_empty() {
            return Err(DeskError::NeedsOutcome);
        }
        draft.edit().standing = Standing::Filed { by, at: ctx.now, number };
        self.keep(&draft, AuditEntry::new(ctx.now, by, "suspicion.filed", id)).await
    }

    /// Somebody other than its last writer finds nothing to report. The text stays: why not is asked later.
    pub async fn drop(
        &self,
        ctx: &Ctx<'_>,
        officer: Officer,
        id: SuspicionId,
    ) -> Result<(), DeskError> {
        let by = officer.id();
        let mut draft = self.open(id).await?;
        if draft.written_by == by {
            return Err(DeskError::SamePerson);
        }
        draft.edit().standing = Standing::Dropped { by, at: ctx.now };
        self.keep(&draft, AuditEntry::new(ctx.now, by, "suspicion.dropped", id)).await
    }

    async fn find(&self, id: SuspicionId) -> Result<Stored<Suspicion>, DeskError> {
        self.book.find::<Suspicion>(id).await?.ok_or(DeskError::NotAccepted)
    }

    async fn open(&self, id: SuspicionId) -> Result<Stored<Suspicion>, DeskError> {
        let draft = self.find(id).await?;
        if draft.standing.is_over() { Err(DeskError::Decided) } else { Ok(draft) }
    }

    async fn keep(&self, draft: &Stored<Suspicion>, entry: AuditEntry) -> Result<(), DeskError> {
        let mut unit = Unit::new();
        unit.update(draft).audit(entry);
        Ok(self.book.commit(unit).await?)
    }
}
