//! Whether the books agree: within each company, between them, and with the cores.
//!
//! The lab may look where no actor can. What it finds here is a fault of the product.

use kanuki_desk::{gate::Gate, reconcile::compare};
use kanuki_domain::Yen;
use kanuki_ledger::{
    Account, LEDGER_YEN, LedgerEngine as _, MemoryEngine, PendingState, TransferRecord,
};
use kanuki_record::{Book, PAGE_MAX, audit::ChainWalk};
use kanuki_wallet::payout::{Payout, PayoutState};

use super::{BankBox, Company, FIRST, WalletBox, World};

/// Sums of one company's money accounts.
#[derive(Default)]
struct Sums {
    debits: u64,
    credits: u64,
    pending: u64,
}

fn sums(ledger: &MemoryEngine) -> Sums {
    let mut sums = Sums::default();
    for account in ledger.snapshot().accounts().filter(|a| a.ledger == LEDGER_YEN) {
        sums.debits = sums.debits.saturating_add(account.debits_posted.amount());
        sums.credits = sums.credits.saturating_add(account.credits_posted.amount());
        sums.pending = sums.pending.saturating_add(account.debits_pending.amount());
    }
    sums
}

/// Money that is reserved and neither moved nor given back: at the end of a world it hangs. How much,
/// and since when and until when the oldest of it.
fn hanging(name: &str, pending: u64, ledger: &MemoryEngine) -> Option<String> {
    let is_pending = |record: &TransferRecord| {
        record.transfer.ledger == LEDGER_YEN
            && matches!(record.pending, Some(PendingState::Pending { .. }))
    };
    let books = ledger.snapshot();
    let oldest = books.transfers().filter(is_pending).min_by_key(|r| r.transfer.timestamp);
    let told = oldest.map(|TransferRecord { transfer, pending }| {
        let until = match pending {
            Some(PendingState::Pending { expires_at: Some(at) }) => format!("until {at}"),
            _ => "without an end".to_owned(),
        };
        let (amount, code, made) = (transfer.amount, transfer.code, transfer.timestamp);
        format!(", the oldest {amount} of code {code} since {made} {until}")
    });
    let told = told.unwrap_or_default();
    (pending > 0).then(|| format!("{name} still has {pending} yen pending{told}"))
}

impl World {
    /// What does not agree, in sentences; nothing if all is well.
    pub(crate) async fn audit(&self) -> anyhow::Result<Vec<String>> {
        let mut findings = Vec::new();
        for wallet in self.wallets() {
            let (told, own) = (wallet.company.told, sums(&wallet.ledger));
            let what = format!("the {told}'s debits and credits");
            check(&mut findings, &what, own.debits, own.credits);
        }
        for (place, bank) in self.banks.iter().enumerate() {
            let name = bank.demo.host;
            let own = sums(&bank.ledger);
            check(&mut findings, &format!("{name}'s debits and credits"), own.debits, own.credits);
            for wallet in self.wallets() {
                self.audit_between(&mut findings, wallet, (place, bank)).await?;
            }
            let clearing = kanuki_bank::chart::core_clearing();
            let (taken, given) =
                (debit_of(bank, clearing).await?, credit_of(bank, clearing).await?);
            let (gone, come) = self.moved_at(place).await?;
            check(&mut findings, &format!("{name}'s core and its gateway"), gone, taken);
            check(&mut findings, &format!("payouts at {name}'s core and its gateway"), come, given);
            findings.extend(hanging(name, own.pending, &bank.ledger));
        }
        for wallet in self.wallets() {
            let name = format!("the {}", wallet.company.told);
            findings.extend(trail(&name, &wallet.state.wallet.book).await?);
        }
        for bank in &self.banks {
            findings.extend(trail(bank.demo.host, &bank.state.bank.book).await?);
        }
        for wallet in self.wallets() {
            let pending = sums(&wallet.ledger).pending;
            let pending = pending.saturating_sub(self.kept_by_a_stop(wallet).await?);
            let name = format!("the {}", wallet.company.told);
            findings.extend(hanging(&name, pending, &wallet.ledger));
        }
        Ok(findings)
    }

    /// What one wallet and one bank say of each other.
    async fn audit_between(
        &self,
        findings: &mut Vec<String>,
        wallet: &WalletBox,
        (place, bank): (usize, &BankBox),
    ) -> anyhow::Result<()> {
        let Company { told, client_id, .. } = wallet.company;
        // What somebody took with the first wallet's own keys, that wallet knows nothing of.
        let is_first = wallet.company == &FIRST;
        let outside = if is_first { self.tally.borrow().outside(place) } else { 0 };
        // What a rogue bank told of and never did is in no book of its own.
        let made_up = if is_first { self.made_up_at(place).amount() } else { 0 };
        let claimed = self.wallet_owed_by(wallet, bank).await?.saturating_add(outside);
        let owing = credit_of(bank, kanuki_bank::chart::partner_clearing(client_id)).await?;
        let owing = owing.saturating_add(made_up);
        let what = format!("the clearing of {told} and {}", bank.demo.host);
        check(findings, &what, claimed, owing);
        if outside == 0 && made_up == 0 {
            self.lay_side_by_side(findings, wallet, bank).await?;
        }
        Ok(())
    }

    /// What the wallet owes to payouts that were held when their wallet or their link was stopped: it rests
    /// until two people decide about the case, and nobody decides in the lab.
    async fn kept_by_a_stop(&self, wallet: &WalletBox) -> anyhow::Result<u64> {
        let mut kept = 0_u64;
        for payout in wallet.state.wallet.book.list::<Payout>("state", "open").await? {
            let gates = [
                Gate::of("wallet", payout.wallet_id),
                Gate::of("wallet-switch", payout.wallet_id),
                Gate::of("link", payout.link_id),
                Gate::of("link-switch", payout.link_id),
            ];
            let is_held = matches!(payout.state, PayoutState::Held { .. });
            let mut is_stopped = false;
            for gate in gates {
                is_stopped |= gate.is_closed(&*wallet.ledger, self.now()).await?;
            }
            if is_held && is_stopped {
                kept = kept.saturating_add(payout.amount.amount());
            }
        }
        Ok(kept)
    }

    /// Every debit, payout and refund, by its id, as each company tells of it to the other.
    async fn lay_side_by_side(
        &self,
        findings: &mut Vec<String>,
        wallet: &WalletBox,
        bank: &BankBox,
    ) -> anyhow::Result<()> {
        let Company { told, client_id, .. } = wallet.company;
        let moment = wallet.state.site.world.moment("");
        let ctx = moment.ctx();
        let ours = wallet.state.wallet.statement_about(&ctx, bank.code, None).await?;
        let theirs = bank.state.bank.statement_about(&ctx, client_id, None).await?;
        for difference in compare(&ours, &theirs)?.differences {
            findings.push(format!("{told} and {} disagree: {difference:?}", bank.demo.host));
        }
        Ok(())
    }

    /// What a wallet's books say that a bank owes it.
    async fn wallet_owed_by(&self, wallet: &WalletBox, bank: &BankBox) -> anyhow::Result<u64> {
        let id = kanuki_wallet::chart::bank_clearing(bank.code);
        let found = wallet.ledger.find_account(id, self.now()).await?;
        Ok(found.map_or(0, |account| net_debit(&account)))
    }

    /// What left the deposits of a bank's customers through the gateway, or came to them, less the
    /// other.
    async fn moved_at(&self, place: usize) -> anyhow::Result<(u64, u64)> {
        let (mut brought, mut there) = (0_u64, 0_u64);
        for person in self.town.at_bank(place) {
            brought = brought.saturating_add(person.opening.amount());
            there = there.saturating_add(self.deposit(person).await?.amount());
            let borrowed = self.borrowed(person).await?.amount();
            brought = brought.saturating_add(borrowed);
        }
        let paid_in = self.tally.borrow().paid_in(place);
        let brought = brought.saturating_add(paid_in);
        Ok((brought.saturating_sub(there), there.saturating_sub(brought)))
    }

    /// What the bank in this place confirmed and never took from anybody.
    fn made_up_at(&self, place: usize) -> Yen {
        let rogue = self.rogue_bank.as_ref().filter(|rogue| rogue.place == place);
        rogue.map_or(Yen::ZERO, |rogue| rogue.made_up())
    }

    /// What is missing from every bystander's account now, by the largest first.
    pub(crate) async fn missing(&self) -> anyhow::Result<Vec<Yen>> {
        let mut missing = Vec::new();
        for person in &self.town.bystanders {
            let left = self.deposit(person).await?;
            let gone = person.opening.minus_or_zero(left).plus(self.borrowed(person).await?)?;
            // What they hold in a wallet of their own is theirs.
            let gone = gone.minus_or_zero(self.purse(person).await?);
            let gone = gone.minus_or_zero(self.own_spending(&person.key));
            if !gone.is_zero() {
                missing.push(gone);
            }
        }
        Ok(missing)
    }
}

impl World {
    /// What is in the wallets that `person` opened, wherever.
    async fn purse(&self, person: &crate::people::Person) -> anyhow::Result<Yen> {
        let mut sum = Yen::ZERO;
        for WalletBox { state, ledger, .. } in self.wallets() {
            let wallet = &state.wallet;
            let hash = wallet.vault.blind("mail", person.email.as_bytes());
            let found = wallet.book.list::<kanuki_wallet::Customer>("mail_hash", &hash).await?;
            let Some(customer) = found.first() else { continue };
            let id = kanuki_wallet::chart::customer(customer.wallet_id);
            let account = ledger.find_account(id, self.now()).await?;
            let held = account.map_or(Yen::ZERO, |account| account.credit_balance());
            sum = sum.plus(held)?;
        }
        Ok(sum)
    }
}

/// What is wrong with the chain of a company's audit log, if anything is.
async fn trail(name: &str, book: &Book) -> anyhow::Result<Option<String>> {
    let mut walk = ChainWalk::default();
    loop {
        let page = book.records().audit_log(walk.head().0, PAGE_MAX).await?;
        if page.is_empty() {
            return Ok(None);
        }
        for entry in &page {
            if let Err(problem) = walk.step(entry) {
                return Ok(Some(format!("the audit log of {name} is broken: {problem}")));
            }
        }
    }
}

fn net_debit(account: &Account) -> u64 {
    account.debit_balance().amount()
}

async fn debit_of(bank: &BankBox, id: kanuki_ledger::AccountId) -> anyhow::Result<u64> {
    let found = bank.ledger.find_account(id, bank.state.site.world.now()).await?;
    Ok(found.map_or(0, |account| account.debit_balance().amount()))
}

async fn credit_of(bank: &BankBox, id: kanuki_ledger::AccountId) -> anyhow::Result<u64> {
    let found = bank.ledger.find_account(id, bank.state.site.world.now()).await?;
    Ok(found.map_or(0, |account| account.credit_balance().amount()))
}

fn check(findings: &mut Vec<String>, what: &str, one: u64, other: u64) {
    if one != other {
        findings.push(format!("{what} do not agree: {one} and {other} yen"));
    }
}
