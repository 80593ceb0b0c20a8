//! The switch from 2020 to Kanuki: each bank takes over its list of contracts that were made then.

use std::collections::BTreeSet;

use anyhow::Context as _;
use kanuki_bank::contract::{Kind, check::Wanted};

use super::World;
use crate::{people::Person, policy::y2020::grant_unsigned, sim::clock::japan};

/// Who debits, in the banks' lists: the wallet of then.
const COLLECTOR: &str = "0000012345,カンヌキウオレツト";

impl World {
    /// What a bank of 2020 made of a wallet's request, with the account's number and PIN for all proof: a
    /// mandate that nobody signed, alive when the switch comes. Where the browser was sent with its code.
    pub(crate) async fn linked_in_2020(
        &self,
        person: &Person,
        request: &url::Url,
    ) -> anyhow::Result<String> {
        let bank = &self.bank(person.bank)?.state;
        let said = |name: &str| {
            let found = request.query_pairs().find(|(known, _)| known == name);
            found.map(|(_, value)| value.into_owned()).unwrap_or_default()
        };
        let asked = (said("client_id"), said("request_uri"));
        let asked = (asked.0.as_str(), asked.1.as_str());
        let moment = bank.site.world.moment("");
        let whom = ("a browser of then", &person.account);
        Ok(grant_unsigned(&bank.bank, &moment.ctx(), asked, whom).await?)
    }

    /// Tells each bank's Kanuki that these accounts had been linked by number and PIN.
    pub(crate) async fn take_over_contracts(&self, people: &[Person]) -> anyhow::Result<()> {
        let today = japan(self.now()).date();
        for (place, bank) in self.banks.iter().enumerate() {
            let rows: Vec<String> = people
                .iter()
                .filter(|person| person.bank == place)
                .map(|person| {
                    let (branch, number) = (person.account.branch(), person.account.number());
                    format!("{},{COLLECTOR},{branch},1,{number},2020-08-30,active,\n", person.key)
                })
                .collect();
            let file = format!(
                "KANUKI-REGISTER,1,{},{},{today},{}\ncontract_no,collector_code,collector_name,\
                 branch,account_type,account_number,started_on,status,ended_on\n{}",
                Kind::WebKofuri.name(),
                bank.code,
                rows.len(),
                rows.concat()
            );
            let moment = bank.state.site.world.moment("");
            let wanted =
                Wanted { kind: Kind::WebKofuri, as_of: None, new_branches: BTreeSet::new() };
            let file = file.as_bytes();
            let taken =
                bank.state.bank.import_register(&moment.ctx(), "operator", &file, &wanted).await;
            taken.with_context(|| format!("list of {}", bank.demo.host))?;
        }
        Ok(())
    }
}
