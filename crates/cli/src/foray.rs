//! `kanuki lab run --target`: thieves over the network, against a pair that is running.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::{Context as _, Result, bail};
use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use kanuki_domain::{Entropy as _, Yen};
use kanuki_lab::{Books, Options, Target};
use kanuki_ledger::{EmbeddedEngine, LedgerEngine as _, embedded::copy};
use kanuki_site::{Clock as _, Transport, TransportError, caller::Peer};

use crate::{
    Outcome,
    args::LabRun,
    out::{out, require_writable},
    real::{Network, SystemClock, SystemEntropy},
    verify::find,
};

/// As many networks as thieves come from at a time; more than that are made anew.
const NETWORKS_MAX: usize = 64;

/// Lets thieves loose on `wallet` and its banks, and says what they came to.
pub(crate) fn run(args: &LabRun, wallet: &str) -> Result<Outcome> {
    let Some(wallet) = wallet.strip_prefix("wallet=") else {
        bail!("write --target wallet=URL, such as --target wallet=http://localhost:8080");
    };
    let target = Target::of(wallet, &args.banks, &args.owned)?;
    require_writable([args.json.as_deref(), args.html.as_deref()])?;
    let options = Options {
        playbooks: args.playbooks.clone(),
        seed: args.seed.unwrap_or_else(any_seed),
        customers: 4,
        days: 3,
        ..Options::default()
    };
    let books = args.data.as_ref().map(|data| Served { data: data.clone() });
    let books = books.as_ref().map(|books| -> &dyn Books { books });
    let transport: Arc<dyn Transport> = Arc::new(Roads::to(&target)?);
    let report = kanuki_lab::run_at(&options, &target, &transport, books)?;
    if let Some(file) = &args.json {
        crate::lab::write(file, &report.to_json()?)?;
    }
    if let Some(file) = &args.html {
        crate::lab::write(file, &report.to_html())?;
    }
    if args.json.as_deref() != Some(Path::new("-")) {
        out!("{}", report.to_text());
    }
    Ok(if report.is_ok() { Outcome::Well } else { Outcome::Bad })
}

/// Thieves come again: their throwaway wallets must not be those of last time.
pub(crate) fn any_seed() -> u64 {
    let mut bytes = [0; 4];
    SystemEntropy.fill(&mut bytes);
    u64::from(u32::from_be_bytes(bytes))
}

/// Ways to a pair: on this machine from as many addresses as the thieves have, elsewhere from one.
pub(crate) struct Roads {
    hosts: Vec<String>,
    has_addresses: bool,
    roads: Mutex<BTreeMap<Option<IpAddr>, Arc<Network>>>,
}

impl Roads {
    pub(crate) fn to(target: &Target) -> Result<Self> {
        let hosts = target.hosts();
        let is_v4 = |host: &String| !host.starts_with('[');
        // Linux answers to all of 127.0.0.0/8; where only 127.0.0.1 is, all thieves come from there.
        let has_more = UdpSocket::bind((Ipv4Addr::new(127, 100, 0, 1), 0)).is_ok();
        let has_addresses = target.is_here() && hosts.iter().all(is_v4) && has_more;
        let roads = Self { hosts, has_addresses, roads: Mutex::default() };
        // A road that cannot be built is said before anybody sets out.
        roads.road(None)?;
        Ok(roads)
    }

    /// Where on this machine somebody comes from who is at `address` in the simulation.
    fn here(&self, address: IpAddr) -> Option<IpAddr> {
        let IpAddr::V4(address) = address else { return None };
        let [_, b, c, d] = address.octets();
        self.has_addresses.then(|| IpAddr::V4(Ipv4Addr::new(127, b, c, d.max(2))))
    }

    fn road(&self, from: Option<IpAddr>) -> Result<Arc<Network>> {
        let mut roads = self.roads.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(road) = roads.get(&from) {
            return Ok(Arc::clone(road));
        }
        if roads.len() >= NETWORKS_MAX {
            roads.clear();
        }
        let here = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let is_ours = |host: &&String| *host == "localhost" || host.ends_with(".localhost");
        let road = Network::built(|builder| {
            // The resolver may not know names such as `wallet.localhost`.
            let ours = self.hosts.iter().filter(is_ours);
            ours.fold(builder, |builder, host| builder.resolve(host, here)).local_address(from)
        })?;
        let road = Arc::new(road);
        roads.insert(from, Arc::clone(&road));
        Ok(road)
    }
}

#[async_trait]
impl Transport for Roads {
    async fn call(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let peer = request.extensions().get::<Peer>().copied();
        let from = peer.and_then(|Peer(address)| self.here(address));
        let road = self.road(from).map_err(|_| TransportError::Unreachable)?;
        road.call(request).await
    }
}

/// The embedded books of a pair that is served: they are copied, and the copy is read.
struct Served {
    data: PathBuf,
}

impl Books for Served {
    fn taken(&self) -> Result<Yen> {
        let folder = tempfile::tempdir().context("there is no room for a copy of the books")?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (mut taken, mut banks) = (Yen::ZERO, 0_u32);
        for (place, ledger) in find(&self.data, "ledger")?.iter().enumerate() {
            let target = folder.path().join(place.to_string());
            copy(ledger, &target, None)
                .with_context(|| format!("{} was not copied", ledger.display()))?;
            let (engine, _) = EmbeddedEngine::open(&target)?;
            let id = kanuki_bank::chart::core_clearing();
            let found = runtime.block_on(engine.find_account(id, SystemClock.now()))?;
            let Some(account) = found else { continue };
            banks = banks.saturating_add(1);
            let of_bank = account.debits_posted.plus(account.debits_pending)?;
            taken = taken.plus(of_bank)?;
        }
        if banks == 0 {
            bail!("{} holds no bank's books", self.data.display());
        }
        Ok(taken)
    }
}
