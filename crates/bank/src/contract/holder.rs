//! What a holder sees of contracts made elsewhere, and what they can do about one.

use kanuki_desk::{
    notice::{self, Recipient},
    outbox::Content,
};
use kanuki_domain::{
    Ctx,
    id::{ContractId, HolderId},
    mandate::StoppedBy,
};
use kanuki_record::{AuditEntry, RecordError, Stored, Unit};

use super::{Contract, Standing};
use crate::{
    Bank, BankError, ContractVerb,
    holder::{Known, load},
    stop::order::Ordered,
};

/// How often a stop begins again because something else changed the contract meanwhile.
const TRIES_MAX: u32 = 5;

impl Bank {
    /// Every contract on every account of a holder that the lists know, over ones too.
    pub async fn contracts_of(&self, holder_id: HolderId) -> Result<Vec<Contract>, BankError> {
        let known = self.known(holder_id).await?;
        let mut all = self.contracts_on(&known).await?;
        // Wallets first: those are what the holder must decide about.
        all.sort_by(|a, b| (a.kind, &a.collector_name).cmp(&(b.kind, &b.collector_name)));
        Ok(all.into_iter().map(Stored::into_inner).collect())
    }

    pub(crate) async fn contracts_on(
        &self,
        known: &Known,
    ) -> Result<Vec<Stored<Contract>>, BankError> {
        let mut all = Vec::new();
        for account in &known.core.accounts {
            let id = self.account_id(&account.account).to_string();
            all.extend(self.book.list::<Contract>("account_id", &id).await?);
        }
        Ok(all)
    }

    /// A contract on an account of this holder; another person's looks like none.
    pub async fn contract_of(
        &self,
        holder_id: HolderId,
        contract_id: ContractId,
    ) -> Result<Stored<Contract>, BankError> {
        let contract = load::<Contract>(&self.book, contract_id).await?;
        let known = self.known(holder_id).await?;
        let mut accounts = known.core.accounts.iter();
        if accounts.any(|a| self.account_id(&a.account) == contract.account_id) {
            Ok(contract)
        } else {
            Err(BankError::NotAvailable)
        }
    }

    /// The holder says that a contract is theirs. That is noted, and allows nothing: a wallet's
    /// debits ¥0 here until it is linked anew.
    pub async fn keep_contract(
        &self,
        ctx: &Ctx<'_>,
        holder_id: HolderId,
        contract_id: ContractId,
    ) -> Result<(), BankError> {
        let mut contract = self.contract_of(holder_id, contract_id).await?;
        if !contract.standing.is_open() {
            return Err(BankError::NotAvailable);
        }
        if contract.kept_at.is_some() {
            return Ok(());
        }
        contract.edit().kept_at = Some(ctx.now);
        let mut unit = Unit::new();
        unit.update(&contract);
        unit.audit(AuditEntry::new(ctx.now, holder_id, "contract.kept", contract_id));
        Ok(self.book.commit(unit).await?)
    }

    /// The holder stops a contract: here at once, and where it is kept as soon as that answers.
    pub async fn stop_contract(
        &self,
        ctx: &Ctx<'_>,
        holder_id: HolderId,
        contract_id: ContractId,
    ) -> Result<(), BankError> {
        let allowed = self.contract_of(holder_id, contract_id).await.map(drop);
        self.stop_allowed(ctx, allowed, (holder_id, StoppedBy::Holder), contract_id).await
    }

    /// Stops a contract that this holder may stop. While the core is silent nobody can say whose account
    /// it is on: then it is an order ([`BankError::StoppedInPart`]), of contracts that exist.
    pub(crate) async fn stop_allowed(
        &self,
        ctx: &Ctx<'_>,
        allowed: Result<(), BankError>,
        (holder_id, by): (HolderId, StoppedBy),
        contract_id: ContractId,
    ) -> Result<(), BankError> {
        let done = match allowed {
            Ok(()) => self.end_contract(ctx, (holder_id, by), contract_id).await,
            Err(error) => Err(error),
        };
        let what = Ordered::Contract { contract_id, by };
        self.or_order(ctx, done, (holder_id, format!("{by:?}")), what).await
    }

    /// Stops one contract and tells its holder; stopping twice is fine. By a delegate it is held.
    pub(crate) async fn end_contract(
        &self,
        ctx: &Ctx<'_>,
        (holder_id, by): (HolderId, StoppedBy),
        contract_id: ContractId,
    ) -> Result<(), BankError> {
        let known = self.known(holder_id).await?;
        for _ in 1..TRIES_MAX {
            match self.end_contract_once(ctx, (&known, by), contract_id).await {
                Err(BankError::Record(RecordError::Conflict { .. })) => {}
                done => return done,
            }
        }
        self.end_contract_once(ctx, (&known, by), contract_id).await
    }

    async fn end_contract_once(
        &self,
        ctx: &Ctx<'_>,
        (known, by): (&Known, StoppedBy),
        contract_id: ContractId,
    ) -> Result<(), BankError> {
        let mut contract = load::<Contract>(&self.book, contract_id).await?;
        // What the list says is over may be stopped all the same: lists are wrong at times.
        if matches!(contract.standing, Standing::Stopped { .. } | Standing::Replaced { .. }) {
            return Ok(());
        }
        let (act, kind) = match by {
            StoppedBy::Delegate => {
                if matches!(contract.standing, Standing::Held { .. }) {
                    return Ok(());
                }
                contract.edit().hold(ctx.now);
                ("contract.held", "contract_held")
            }
            StoppedBy::Holder | StoppedBy::Bank | StoppedBy::Wallet => {
                let row = contract.edit();
                row.standing = Standing::Stopped { by, at: ctx.now };
                row.tell_core(ctx.now, ContractVerb::Stop);
                ("contract.stopped", "contract_stopped")
            }
        };
        let mut unit = Unit::new();
        unit.update(&contract);
        unit.audit(AuditEntry::new(ctx.now, known.holder.holder_id, act, contract_id));
        self.tell_of_contract(ctx, &mut unit, known, (kind, &contract))?;
        Ok(self.book.commit(unit).await?)
    }

    /// Adds to `unit` that every contact of the holder hears of a change of a contract.
    pub(super) fn tell_of_contract(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        known: &Known,
        (kind, contract): (&str, &Contract),
    ) -> Result<(), BankError> {
        let content = Content::new(kind)
            .with("bank", &self.config.name)
            .with("collector", &contract.collector_name)
            .with("account", &contract.account_mask);
        let recipient = Recipient { key: &known.key, contacts: &known.contacts() };
        notice::write_to_all(unit, &self.vault, ctx, recipient, &content)?;
        self.tell_watchers(unit, ctx, known, &content.kind)
    }
}
