//! A list that is brought to the desk: one person uploads it, another accepts it.
//!
//! Between the two the file is kept sealed, in parts, under a key of its own that goes with it.

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD as BASE64};
use kanuki_desk::{DeskError, staff::require_not_left};
use kanuki_domain::{
    Ctx,
    id::{ImportId, StaffId},
};
use kanuki_record::{
    Order, PAGE_MAX, RecordError, Stored, Unit, record,
    vault::{PersonKey, Sealed},
};
use serde::{Deserialize, Serialize};

use super::{
    check::Wanted,
    import::{Import, ImportError, ImportState},
};
use crate::{Bank, BankError, holder::load};

/// A piece of an uploaded file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Part {
    /// Which list and which piece, so that they sort.
    pub part_id: String,
    /// Of which list.
    pub import_id: ImportId,
    sealed: Sealed,
}

record! { Part => "import_part" by |p| p.part_id.clone();
    many import_id = |p| Some(p.import_id.to_string());
}

const PART_BYTES: usize = 48 * 1_024;
const PLACE: &str = "import_part|sealed";

impl Bank {
    /// Checks and compares an uploaded list, and keeps it for a second person.
    pub async fn upload_register(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        file: &[u8],
        wanted: &Wanted,
    ) -> Result<Import, ImportError> {
        let checked = self.check_register(&file, wanted)?;
        let report = self.compare_register(ctx, &file, wanted, &checked).await?;
        let import = Import::new(ctx, &by.to_string(), &checked, wanted, report);
        let key = self.vault.create_person(ctx, import.import_id)?;
        let mut unit = Unit::new();
        unit.insert(&import).insert(&key);
        for (number, bytes) in file.chunks(PART_BYTES).enumerate() {
            let sealed = self.vault.seal(ctx, &key, PLACE, &BASE64.encode(bytes))?;
            let part_id = format!("{}|{number:06}", import.import_id);
            unit.insert(&Part { part_id, import_id: import.import_id, sealed });
        }
        unit.audit(import.audit(ctx, &by.to_string(), "register.uploaded"));
        self.book.commit(unit).await?;
        Ok(import)
    }

    /// The newest imports first.
    pub async fn imports(&self) -> Result<Vec<Import>, BankError> {
        let mut all = Vec::new();
        for state in ["waiting", "applying", "done", "declined"] {
            let found = self.book.page::<Import>("state", state, Order::NewestFirst, 50).await?;
            all.extend(found.into_iter().map(Stored::into_inner));
        }
        all.sort_by_key(|import| std::cmp::Reverse(import.import_id));
        Ok(all)
    }

    /// A second person accepts a list, and the worker takes it over; or anyone declines it.
    pub async fn decide_import(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        import_id: ImportId,
        agrees: bool,
    ) -> Result<(), ImportError> {
        let mut import = load::<Import>(&self.book, import_id).await?;
        if import.state != ImportState::Waiting {
            return Err(BankError::from(DeskError::Decided).into());
        }
        let mut unit = Unit::new();
        let act = if agrees { "register.accepted" } else { "register.declined" };
        if agrees {
            if import.brought_by == by.to_string() {
                return Err(BankError::from(DeskError::SamePerson).into());
            }
            let brought = import.brought_by.parse::<StaffId>().ok();
            let people = brought.into_iter().chain([by]);
            require_not_left(&self.book, people).await.map_err(BankError::from)?;
            self.require_idle(import.kind).await?;
            // A newer list may have been taken over since this one was uploaded.
            self.require_newest(&import.head()).await?;
            import.edit().state = ImportState::Applying;
            import.edit().accepted_by = Some(by);
        } else {
            import.edit().state = ImportState::Declined { at: ctx.now };
            self.drop_upload(&mut unit, import_id).await?;
        }
        unit.update(&import).audit(import.audit(ctx, &by.to_string(), act));
        match self.book.commit(unit).await {
            Ok(()) => Ok(()),
            Err(RecordError::Duplicate { .. }) => self.require_idle(import.kind).await,
            Err(error) => Err(error.into()),
        }
    }

    /// Takes over what was accepted at the desk, and finishes what a crash cut short. Called by the
    /// worker; says how many lists were finished.
    pub async fn drive_imports(&self, ctx: &Ctx<'_>) -> Result<usize, BankError> {
        let mut finished: usize = 0;
        for import in self.book.list::<Import>("state", "applying").await? {
            let id = import.import_id;
            let Some(file) = self.uploaded(id).await? else { continue };
            match self.drive_import(ctx, import, &file).await {
                Ok(()) => finished = finished.saturating_add(1),
                Err(error) => tracing::warn!(%error, import.id = %id, "a list waits"),
            }
        }
        Ok(finished)
    }

    async fn drive_import(
        &self,
        ctx: &Ctx<'_>,
        import: Stored<Import>,
        file: &[u8],
    ) -> Result<(), ImportError> {
        let wanted = Wanted {
            kind: import.kind,
            as_of: Some(import.as_of),
            new_branches: import.new_branches.clone(),
        };
        let checked = self.check_register(&file, &wanted)?;
        self.apply_register(ctx, import, &file, &checked).await.map(drop)
    }

    /// The bytes that were uploaded; none of a list that the operator brings as a file.
    async fn uploaded(&self, import_id: ImportId) -> Result<Option<Vec<u8>>, BankError> {
        let Some(key) = self.book.find::<PersonKey>(import_id).await? else { return Ok(None) };
        let mut file = Vec::new();
        for part in self.parts(import_id).await? {
            let text: String = self.vault.open(&key, PLACE, &part.sealed)?;
            file.extend(BASE64.decode(text).map_err(|_| RecordError::Sealed)?);
        }
        Ok(Some(file))
    }

    async fn parts(&self, import_id: ImportId) -> Result<Vec<Stored<Part>>, BankError> {
        let (id, order) = (import_id.to_string(), Order::OldestFirst);
        Ok(self.book.page::<Part>("import_id", &id, order, PAGE_MAX).await?)
    }

    /// Nothing of it was used, and nothing of it will be.
    pub(super) async fn drop_import(
        &self,
        ctx: &Ctx<'_>,
        mut import: Stored<Import>,
    ) -> Result<(), ImportError> {
        import.edit().state = ImportState::Declined { at: ctx.now };
        let mut unit = Unit::new();
        unit.update(&import).audit(import.audit(ctx, "system", "register.outrun"));
        self.drop_upload(&mut unit, import.import_id).await?;
        Ok(self.book.commit(unit).await?)
    }

    /// Forgets an uploaded file together with what ends it.
    pub(super) async fn drop_upload(
        &self,
        unit: &mut Unit,
        import_id: ImportId,
    ) -> Result<(), BankError> {
        for part in self.parts(import_id).await? {
            unit.delete(&part);
        }
        if let Some(key) = self.book.find::<PersonKey>(import_id).await? {
            unit.delete(&key);
        }
        Ok(())
    }
}
