//! A core banking system in memory, whose answers get lost where a test says so.

use std::{collections::BTreeMap, sync::Mutex};

use async_trait::async_trait;
use jiff::{Timestamp, civil::date};
use kanuki_bank::{
    Booking, CancelAnswer, ContractAnswer, ContractOrder, ContractVerb, CoreAccount, CoreAnswer,
    CoreBanking, CoreCustomer, CoreError, OnFile, WithdrawAnswer,
};
use kanuki_domain::{
    Masked, Yen,
    bank_account::AccountNumber,
    id::{ContactChangeId, DebitId},
};
use kanuki_wire::transaction::ContactKind;

/// Which answers of the core get lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Fault {
    #[default]
    None,
    /// The core never hears the call.
    BeforeDoing,
    /// The core does it, and nobody hears of it.
    AfterDoing,
}

#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is one thing that a core does not do")]
pub(crate) struct CoreState {
    pub(crate) balance: BTreeMap<String, u64>,
    /// What the passbook says about each order, as it came first.
    pub(crate) printed: Vec<(DebitId, Option<String>)>,
    entries: BTreeMap<DebitId, (&'static str, String, u64)>,
    pub(crate) faults: Vec<Fault>,
    /// Orders to stop a contract, by id, and what they were about.
    pub(crate) stops: BTreeMap<String, (String, String)>,
    pub(crate) orders: BTreeMap<String, (ContractVerb, (String, String))>,
    /// A core that knows no hold leaves it to people.
    pub(crate) knows_no_hold: bool,
    /// Since when contacts are on file, where a test says so.
    pub(crate) on_file: BTreeMap<String, OnFile>,
    pub(crate) phones: BTreeMap<String, String>,
    /// It says nothing about anybody.
    pub(crate) is_gone: bool,
    /// It does not answer about these account numbers.
    pub(crate) silent_about: Vec<&'static str>,
    /// It does not answer about contacts.
    pub(crate) deaf: bool,
    /// It sets money aside and will not take it, and takes none in.
    pub(crate) is_unwilling: bool,
    /// The first customer has this account beside the other.
    pub(crate) second_account: Option<&'static str>,
    /// It holds nobody's address.
    pub(crate) homeless: bool,
    /// It holds nobody's telephone number and mail address.
    pub(crate) by_letter: bool,
}

/// A core banking system in memory.
#[derive(Debug, Default)]
pub(crate) struct TestCore(pub(crate) Mutex<CoreState>);

fn customers() -> Vec<CoreCustomer> {
    let person = |no: &str, name: &str, kana: &str, phone: &str, number: &str| CoreCustomer {
        customer_no: no.to_owned(),
        name: Some(Masked::new(name.to_owned())),
        kana: Masked::new(kana.to_owned()),
        born_on: Some(Masked::new(date(1955, 3, 3))),
        address: Some(Masked::new("東京都千代田区千代田1-1".to_owned())),
        phone: Some(Masked::new(phone.to_owned())),
        email: Some(Masked::new(format!("{no}@example.jp"))),
        on_file: OnFile {
            phone_since: Some(Timestamp::UNIX_EPOCH),
            email_since: Some(Timestamp::UNIX_EPOCH),
            address_since: Some(Timestamp::UNIX_EPOCH),
        },
        accounts: vec![CoreAccount {
            account: AccountNumber::parse("001", number).unwrap(),
            available: Yen::of(500_000),
            overdraft_room: Yen::of(900_000),
        }],
    };
    vec![
        person("c1", "山田 花子", "ヤマダ ハナコ", "09011112222", "9000001"),
        person("c2", "鈴木 トメ", "スズキ トメ", "09033334444", "9000002"),
    ]
}

impl TestCore {
    fn fault(&self) -> Fault {
        self.0.lock().unwrap().faults.pop().unwrap_or_default()
    }

    pub(crate) fn balance(&self, number: &str) -> u64 {
        *self.0.lock().unwrap().balance.get(number).unwrap_or(&500_000)
    }

    /// The telephone number that a customer was given through us.
    pub(crate) fn contact(&self, customer_no: &str) -> Option<String> {
        self.0.lock().unwrap().phones.get(customer_no).cloned()
    }

    /// A customer as they are now.
    fn now(&self, mut customer: CoreCustomer) -> CoreCustomer {
        let state = self.0.lock().unwrap();
        if let Some(on_file) = state.on_file.get(&customer.customer_no) {
            customer.on_file = *on_file;
        }
        if let Some(phone) = state.phones.get(&customer.customer_no) {
            customer.phone = Some(Masked::new(phone.clone()));
            customer.on_file.phone_since = None;
        }
        if let Some(number) = state.second_account.filter(|_| customer.customer_no == "c1") {
            let mut second = customer.accounts[0].clone();
            second.account = AccountNumber::parse("001", number).unwrap();
            customer.accounts.push(second);
        }
        if state.homeless {
            customer.address = None;
        }
        if state.by_letter {
            (customer.phone, customer.email) = (None, None);
        }
        customer
    }

    fn print(&self, id: DebitId, text: Option<&str>) {
        let printed = &mut self.0.lock().unwrap().printed;
        if printed.iter().all(|(known, _)| *known != id) {
            printed.push((id, text.map(str::to_owned)));
        }
    }

    /// What the passbook says, in the order of the orders.
    pub(crate) fn passbook(&self) -> Vec<Option<String>> {
        self.0.lock().unwrap().printed.iter().map(|(_, text)| text.clone()).collect()
    }

    fn act<A>(&self, work: impl FnOnce(&mut CoreState) -> A) -> Result<A, CoreError> {
        match self.fault() {
            Fault::BeforeDoing => Err(CoreError::Unknown),
            Fault::None => Ok(work(&mut self.0.lock().unwrap())),
            Fault::AfterDoing => {
                work(&mut self.0.lock().unwrap());
                Err(CoreError::Unknown)
            }
        }
    }
}

#[async_trait]
impl CoreBanking for TestCore {
    async fn find_owner(&self, account: &AccountNumber) -> Result<Option<String>, CoreError> {
        let state = self.0.lock().unwrap();
        let is_silent = |number: &&str| AccountNumber::parse("001", number).unwrap() == *account;
        if state.is_gone || state.silent_about.iter().any(is_silent) {
            return Err(CoreError::Unknown);
        }
        drop(state);
        let found = customers().into_iter().find(|c| c.accounts[0].account == *account);
        Ok(found.map(|customer| customer.customer_no))
    }

    async fn find_customer(&self, customer_no: &str) -> Result<Option<CoreCustomer>, CoreError> {
        if self.0.lock().unwrap().is_gone {
            return Err(CoreError::Unknown);
        }
        let found = customers().into_iter().find(|c| c.customer_no == customer_no);
        Ok(found.map(|customer| self.now(customer)))
    }

    async fn reserve(
        &self,
        id: DebitId,
        account: &AccountNumber,
        amount: Yen,
        booking: Booking<'_>,
    ) -> Result<CoreAnswer, CoreError> {
        self.print(id, booking.text);
        let number = account.number().to_owned();
        self.act(|state| {
            if let Some((kind, _, _)) = state.entries.get(&id) {
                return match *kind {
                    "refused" => CoreAnswer::NotEnoughMoney,
                    "never" => CoreAnswer::Refused,
                    _ => CoreAnswer::Done,
                };
            }
            let balance = state.balance.entry(number.clone()).or_insert(500_000);
            if *balance < amount.amount() {
                state.entries.insert(id, ("refused", number, 0));
                return CoreAnswer::NotEnoughMoney;
            }
            *balance -= amount.amount();
            state.entries.insert(id, ("reserved", number, amount.amount()));
            CoreAnswer::Done
        })
    }

    async fn confirm(&self, id: DebitId) -> Result<CoreAnswer, CoreError> {
        self.act(|state| match state.entries.get_mut(&id) {
            Some(_) if state.is_unwilling => CoreAnswer::Refused,
            Some(entry) if matches!(entry.0, "reserved" | "confirmed") => {
                entry.0 = "confirmed";
                CoreAnswer::Done
            }
            _ => CoreAnswer::Refused,
        })
    }

    async fn cancel(&self, id: DebitId) -> Result<CancelAnswer, CoreError> {
        self.act(|state| match state.entries.get_mut(&id) {
            None => {
                state.entries.insert(id, ("never", String::new(), 0));
                CancelAnswer::GivenBack
            }
            Some(entry) if entry.0 == "confirmed" => CancelAnswer::Taken,
            Some(entry) if entry.0 == "reserved" => {
                entry.0 = "cancelled";
                let (number, amount) = (entry.1.clone(), entry.2);
                *state.balance.entry(number).or_insert(0) += amount;
                CancelAnswer::GivenBack
            }
            Some(_) => CancelAnswer::GivenBack,
        })
    }

    async fn change_contact(
        &self,
        _id: ContactChangeId,
        customer_no: &str,
        (_kind, to): (ContactKind, &str),
    ) -> Result<CoreAnswer, CoreError> {
        let mut state = self.0.lock().unwrap();
        if state.deaf {
            return Err(CoreError::Unknown);
        }
        state.phones.insert(customer_no.to_owned(), to.to_owned());
        Ok(CoreAnswer::Done)
    }

    async fn credit(
        &self,
        id: DebitId,
        account: &AccountNumber,
        amount: Yen,
        text: Option<&str>,
    ) -> Result<CoreAnswer, CoreError> {
        self.print(id, text);
        let number = account.number().to_owned();
        self.act(|state| {
            if state.is_unwilling {
                return CoreAnswer::Refused;
            }
            match state.entries.get(&id) {
                Some((kind, ..)) if *kind == "never" => return CoreAnswer::Refused,
                Some(_) => return CoreAnswer::Done,
                None => {}
            }
            state.entries.insert(id, ("credited", number.clone(), amount.amount()));
            *state.balance.entry(number).or_insert(500_000) += amount.amount();
            CoreAnswer::Done
        })
    }

    async fn withdraw_credit(&self, id: DebitId) -> Result<WithdrawAnswer, CoreError> {
        self.act(|state| match state.entries.get(&id) {
            Some((kind, ..)) if *kind == "credited" => WithdrawAnswer::Booked,
            Some(_) => WithdrawAnswer::Withdrawn,
            None => {
                state.entries.insert(id, ("never", String::new(), 0));
                WithdrawAnswer::Withdrawn
            }
        })
    }

    async fn order_contract(&self, order: &ContractOrder) -> Result<ContractAnswer, CoreError> {
        let about = (order.collector_code.clone(), order.account.number().to_owned());
        let done = self.act(|state| {
            state.orders.insert(order.id.clone(), (order.verb, about.clone()));
            if order.verb == ContractVerb::Stop {
                state.stops.insert(order.id.clone(), about);
            }
            CoreAnswer::Done
        });
        let knows_no_hold =
            self.0.lock().unwrap().knows_no_hold && order.verb == ContractVerb::Hold;
        let by_hand = order.kind == kanuki_bank::contract::Kind::Kofuri || knows_no_hold;
        done.map(|_| if by_hand { ContractAnswer::ByHand } else { ContractAnswer::Done })
    }
}
