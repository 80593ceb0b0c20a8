//! `kanuki up`: one wallet and three demo banks in one process, talking over loopback HTTP exactly
//! as they would apart.

mod banks;
mod codes;
mod courier;
mod hooks;
mod wallet;
pub(crate) mod workers;

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use kanuki_demo::{inbox::DemoInbox, people::BANKS};
use kanuki_site::World;
use tokio::net::TcpListener;

use crate::{
    Outcome,
    args::Up,
    company::ledger::LedgerPlan,
    serve::{Signals, Stop, listen, real_world, say},
};

/// What everything in the demo is built from.
#[derive(Clone)]
pub(crate) struct Demo {
    /// Where everything is kept.
    pub(crate) data: PathBuf,
    /// Clock, randomness, network.
    pub(crate) world: World,
    /// The wallet's port.
    pub(crate) wallet_port: u16,
    /// The first bank's port.
    pub(crate) bank_port: u16,
    /// The database that keeps every company's books, if the folder does not.
    pub(crate) postgres: Option<String>,
    /// Tells everything to stop.
    pub(crate) stop: Stop,
}

impl Demo {
    /// Where the wallet's API is.
    pub(crate) fn wallet_issuer(&self) -> String {
        format!("http://localhost:{}", self.wallet_port)
    }

    /// Where the wallet's pages are.
    pub(crate) fn wallet_pages(&self) -> String {
        format!("http://wallet.localhost:{}", self.wallet_port)
    }

    /// Where a bank's API is.
    pub(crate) fn bank_issuer(&self, offset: u16) -> String {
        format!("http://localhost:{}", self.bank_port.saturating_add(offset))
    }

    /// Where a bank's pages are.
    pub(crate) fn bank_pages(&self, host: &str, offset: u16) -> String {
        format!("http://{host}.localhost:{}", self.bank_port.saturating_add(offset))
    }

    /// Where a company keeps its things.
    pub(crate) fn folder(&self, company: &str) -> PathBuf {
        self.data.join(company)
    }

    /// Where a company keeps its books.
    pub(crate) fn ledger(&self, company: &str) -> Result<LedgerPlan> {
        match &self.postgres {
            Some(url) => LedgerPlan::postgres(url, None, &company.replace('-', "_"), None),
            None => Ok(LedgerPlan::Embedded),
        }
    }

    /// The messages of a company's server.
    pub(crate) fn inbox(&self, company: &str) -> Result<DemoInbox> {
        let folder = self.folder(company);
        std::fs::create_dir_all(&folder)?;
        DemoInbox::open(&folder.join("inbox.jsonl")).context("cannot open the demo's inbox")
    }
}

/// Runs until Ctrl-C.
pub(crate) fn run(args: &Up) -> Result<Outcome> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(args))?;
    Ok(Outcome::Well)
}

async fn serve(args: &Up) -> Result<()> {
    let mut signals = Signals::install()?;
    // Ports first: a port in use must not leave a half-made data folder behind.
    let wallet_listener = listen(args.wallet_port, "choose another one with --wallet-port").await?;
    let mut bank_listeners: Vec<TcpListener> = Vec::new();
    for bank in BANKS {
        let port = args.bank_port.saturating_add(bank.port_offset);
        bank_listeners.push(
            listen(
                port,
                "choose other ones with --bank-port: each bank has its own, one after the other",
            )
            .await?,
        );
    }
    std::fs::create_dir_all(&args.data)
        .with_context(|| format!("cannot make {}", args.data.display()))?;
    let (stopper, stop) = tokio::sync::watch::channel(false);
    let issuer = format!("http://localhost:{}", args.wallet_port);
    let world = real_world(&issuer)?;
    let demo = Demo {
        data: args.data.clone(),
        world,
        wallet_port: args.wallet_port,
        bank_port: args.bank_port,
        postgres: args.postgres.clone(),
        stop,
    };

    let keys = banks::keys(&demo)?;
    let wallet = wallet::open(&demo, &keys).await?;
    let mut tasks = Vec::new();
    for ((bank, keys), listener) in BANKS.iter().zip(keys).zip(bank_listeners) {
        tasks.extend(banks::start(&demo, bank, keys, &wallet, listener).await?);
    }
    tasks.extend(wallet::start(&demo, wallet, wallet_listener)?);

    let banks: Vec<String> = BANKS.iter().map(|b| demo.bank_issuer(b.port_offset)).collect();
    say(&format!("ready wallet={} bank={}", demo.wallet_issuer(), banks.join(",")));
    say(&format!(
        "open http://localhost:{}/demo — Ctrl-C stops, data stays in {}",
        demo.wallet_port,
        demo.data.display()
    ));
    signals.wait().await;
    eprintln!("stopping");
    stopper.send(true)?;
    for task in tasks {
        task.await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{path::Path, sync::Arc};

    use jiff::Timestamp;
    use kanuki_site::Clock;

    use super::*;
    use crate::real::{Network, SystemEntropy};

    /// A clock that stands.
    struct At(Timestamp);

    impl Clock for At {
        fn now(&self) -> Timestamp {
            self.0
        }
    }

    /// Starts the wallet and the first bank at an instant, lets the wallet turn its keys, and ends both; how
    /// many keys were moved on. The ports are taken by the caller.
    async fn start_at(data: &Path, (wallet_port, bank): (u16, TcpListener), now: &str) -> usize {
        let (stopper, stop) = tokio::sync::watch::channel(false);
        let clock = Arc::new(At(now.parse().unwrap()));
        let network = Arc::new(Network::new().unwrap());
        let demo = Demo {
            data: data.to_owned(),
            world: World::new(clock, Arc::new(SystemEntropy), network),
            wallet_port,
            bank_port: bank.local_addr().unwrap().port(),
            postgres: None,
            stop,
        };
        let keys = banks::keys(&demo).unwrap();
        let wallet = wallet::open(&demo, &keys).await.unwrap();
        let (first, its_keys) = BANKS.iter().zip(keys).next().unwrap();
        let tasks = banks::start(&demo, first, its_keys, &wallet, bank).await.unwrap();
        let moment = demo.world.moment("");
        let moved = wallet.state.wallet.turn_bank_keys(&moment.ctx()).await.unwrap();
        stopper.send(true).unwrap();
        for task in tasks {
            task.await.unwrap();
        }
        moved
    }

    /// Found by a stranger: the wallet turns its keys every ninety days, and once they had turned after the
    /// day of review nothing started any more, stops and reports neither.
    #[tokio::test(flavor = "multi_thread")]
    async fn the_pair_starts_again_when_keys_have_turned_after_the_review_day() {
        let data = tempfile::tempdir().unwrap();
        // Nobody answers there: what the bank's workers would say to the wallet waits.
        let wallet_port = listen(0, "").await.unwrap().local_addr().unwrap().port();
        let mut bank_port = 0;
        for (now, turns) in [
            ("2026-11-28T03:00:00Z", false),
            ("2027-12-04T03:00:00Z", true),
            ("2028-03-14T03:00:00Z", true),
            ("2028-07-01T03:00:00Z", true),
        ] {
            let bank = listen(bank_port, "").await.unwrap();
            bank_port = bank.local_addr().unwrap().port();
            let moved = start_at(data.path(), (wallet_port, bank), now).await;
            assert_eq!(moved > 0, turns, "{now}: without a key that turns this shows nothing");
        }
    }

    /// A key that two catalogs share is said by one of them alone, or keeps `up` from starting.
    #[test]
    fn no_text_of_the_demo_has_the_name_of_one_of_the_companies() {
        let (bank, wallet) = (
            kanuki_bank_http::texts_with(&kanuki_demo::TEXTS),
            kanuki_wallet_http::texts_with(&kanuki_demo::TEXTS),
        );
        assert!(bank.is_ok() && wallet.is_ok(), "{:?} {:?}", bank.err(), wallet.err());
    }
}
