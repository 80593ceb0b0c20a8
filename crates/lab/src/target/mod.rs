//! Outside in: the same thieves against a wallet and banks that are running, over the network.
//!
//! The thief's waits pass in simulated time and he acts without a pause; the companies live in real
//! time. What he cannot do from there (hear the wire, hold a victim's telephone, wait for a month to
//! end, sit at a desk) is not played, and listed with its reason. People who are away from the web do
//! not exist: nobody calls, nobody stands at a machine, nobody acts on a notice.

mod foray;
mod look;
mod print;

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, Uri, header};
use kanuki_demo::people::BANKS;
use kanuki_site::{Transport, TransportError};
use url::{Host, Url};

pub use foray::{Books, Foray, NotPlayed, OutsideIn, Verdict, run_at};
pub(crate) use look::no_refusal;

use crate::world::{BANK_PORT, WALLET};

/// Why a pair of companies is not attacked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// No address of a server.
    #[error("{0} is no address of a server; write it as http://localhost:8080")]
    NotAnAddress(String),
    /// Somebody else's machine, as far as anybody said.
    #[error("{0} is not this machine; if it is yours to attack, say so with --i-own {0}")]
    NotOurs(String),
    /// No bank.
    #[error("name its banks, in the order in which `kanuki up` does: --bank http://localhost:8081")]
    NoBank,
    /// More banks than the thieves know.
    #[error("the thieves know {0} banks; name no more than that")]
    TooManyBanks(usize),
    /// Nobody is there.
    #[error("nothing answers at {0}; start a pair with `kanuki up`, or name where it runs")]
    Silent(String),
    /// A company that cannot do its work.
    #[error("{at} is not ready ({why}); what it cannot do says nothing about its walls")]
    NotReady {
        /// Where.
        at: String,
        /// In its own words.
        why: String,
    },
    /// Somebody is there who is known by another name.
    #[error("whoever answers at {at} does not know that name; {instead}")]
    Misnamed {
        /// As it was named, and as pages are reached there.
        at: String,
        /// What to write instead.
        instead: String,
    },
    /// Somebody else is there.
    #[error(
        "{at} is no {wanted} of Kanuki's: {door} was answered {status} and is not its page; {instead}"
    )]
    NoCompany {
        /// Where.
        at: String,
        /// `wallet` or `bank`.
        wanted: &'static str,
        /// The page that was looked for.
        door: &'static str,
        /// What it was answered.
        status: u16,
        /// What to write instead.
        instead: &'static str,
    },
}

/// A wallet and banks that are running.
#[derive(Clone, Debug)]
pub struct Target {
    /// As the lab names each company's pages, and where they are in truth.
    origins: Vec<(String, String)>,
    /// The same of each bank's issuer, which machines ask.
    issuers: Vec<(String, String)>,
    /// As the caller named each company, in the order of `origins`.
    named: Vec<String>,
    /// True if all of it is this machine.
    is_here: bool,
}

impl Target {
    /// A wallet, and its banks in the order of the demo's; `owned` are hosts that are the caller's own
    /// although they are not this machine.
    ///
    /// # Errors
    ///
    /// [`TargetError`]: no address, or somebody else's machine.
    pub fn of(wallet: &str, banks: &[String], owned: &[String]) -> Result<Self, TargetError> {
        if banks.is_empty() {
            return Err(TargetError::NoBank);
        }
        if banks.len() > BANKS.len() {
            return Err(TargetError::TooManyBanks(BANKS.len()));
        }
        let mut is_here = true;
        let mut truly = |ours: &str, given: &str| {
            let (origin, here) = truly(ours, given, owned)?;
            is_here = is_here && here;
            Ok((ours.to_owned(), origin))
        };
        let mut origins = vec![truly(WALLET, wallet)?];
        let mut issuers = Vec::new();
        for (demo, given) in BANKS.iter().zip(banks) {
            let port = BANK_PORT.saturating_add(demo.port_offset);
            // What is given is where machines ask; on this machine people's pages have a name of their own.
            if let Ok(url) = Url::parse(given) {
                let issuer = format!("http://localhost:{port}");
                issuers.push((issuer, url.origin().ascii_serialization()));
            }
            origins.push(truly(&format!("http://{}.localhost:{port}", demo.host), given)?);
        }
        let named = std::iter::once(wallet).chain(banks.iter().map(String::as_str));
        let named = named.map(str::to_owned).collect();
        Ok(Self { origins, issuers, named, is_here })
    }

    /// Every host name that is reached, for whoever must say that it is this machine.
    #[must_use]
    pub fn hosts(&self) -> Vec<String> {
        let host =
            |(_, theirs): &(String, String)| Url::parse(theirs).ok()?.host_str().map(str::to_owned);
        self.origins.iter().filter_map(host).collect()
    }

    /// True if all of it is this machine.
    #[must_use]
    pub const fn is_here(&self) -> bool {
        self.is_here
    }

    /// How many banks there are.
    pub(crate) fn banks(&self) -> usize {
        self.origins.len().saturating_sub(1)
    }

    /// Where the companies' pages are in truth: the wallet's first.
    pub(crate) fn pages(&self) -> impl Iterator<Item = &str> {
        self.origins.iter().map(|(_, theirs)| theirs.as_str())
    }

    /// As the companies were named, where their pages are elsewhere.
    pub(crate) fn named_otherwise(&self) -> Vec<String> {
        let is_there = |named: &str, page: &str| {
            Url::parse(named).is_ok_and(|url| url.origin().ascii_serialization() == page)
        };
        let all = self.named.iter().zip(self.pages());
        all.filter(|(named, page)| !is_there(named, page)).map(|(named, _)| named.clone()).collect()
    }

    /// An address as the lab names it, as it is in truth.
    pub(crate) fn outward(&self, text: &str) -> Option<String> {
        let is_of = |ours: &str| {
            let rest = text.strip_prefix(ours);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']))
        };
        let found = self.origins.iter().chain(&self.issuers).find(|(ours, _)| is_of(ours))?;
        Some(text.replacen(&found.0, &found.1, 1))
    }

    /// What a company says, with addresses as the lab names them.
    pub(crate) fn inward(&self, text: &str) -> String {
        let back =
            |text: String, (ours, theirs): &(String, String)| text.replace(theirs.as_str(), ours);
        self.origins.iter().fold(text.to_owned(), back)
    }

    /// Sends a browser's request where it leads in truth.
    pub(crate) async fn browse(
        &self,
        transport: &Arc<dyn Transport>,
        mut request: Request<Bytes>,
    ) -> Result<Response<Bytes>, TransportError> {
        let nowhere = TransportError::Unreachable;
        let uri = self.outward(&request.uri().to_string()).ok_or(nowhere)?;
        *request.uri_mut() = uri.parse::<Uri>().map_err(|_| nowhere)?;
        let origin = request.headers().get(header::ORIGIN).and_then(|value| value.to_str().ok());
        if let Some(origin) = origin.and_then(|origin| self.outward(origin)) {
            let value = HeaderValue::from_str(&origin).map_err(|_| nowhere)?;
            request.headers_mut().insert(header::ORIGIN, value);
        }
        let response = transport.call(request).await?;
        let (mut parts, body) = response.into_parts();
        let location = parts.headers.get(header::LOCATION).and_then(|value| value.to_str().ok());
        if let Some(location) = location.map(|location| self.inward(location)) {
            let value = HeaderValue::from_str(&location).map_err(|_| nowhere)?;
            parts.headers.insert(header::LOCATION, value);
        }
        let body = Bytes::from(self.inward(&String::from_utf8_lossy(&body)));
        Ok(Response::from_parts(parts, body))
    }
}

/// Where the pages that the lab calls `ours` are: at the given address, or, on this machine, under the
/// same name at its port; and whether that is this machine.
fn truly(ours: &str, given: &str, owned: &[String]) -> Result<(String, bool), TargetError> {
    let wrong = || TargetError::NotAnAddress(given.to_owned());
    let url = Url::parse(given).map_err(|_| wrong())?;
    let host =
        url.host().filter(|_| ["http", "https"].contains(&url.scheme())).ok_or_else(wrong)?;
    let is_here = match &host {
        Host::Domain(name) => *name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    };
    if !is_here && !owned.contains(&host.to_string()) {
        return Err(TargetError::NotOurs(host.to_string()));
    }
    if host == Host::Domain("localhost") {
        let mut pages = Url::parse(ours).map_err(|_| wrong())?;
        pages.set_port(url.port_or_known_default()).map_err(|()| wrong())?;
        return Ok((pages.origin().ascii_serialization(), true));
    }
    Ok((url.origin().ascii_serialization(), is_here))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(wallet: &str, owned: &[&str]) -> Result<Target, TargetError> {
        let owned: Vec<String> = owned.iter().map(|host| (*host).to_owned()).collect();
        Target::of(wallet, &["http://localhost:18081".to_owned()], &owned)
    }

    #[test]
    fn only_this_machine_is_attacked_unless_its_owner_says_otherwise() {
        assert!(of("http://localhost:18080", &[]).unwrap().is_here());
        for elsewhere in
            ["https://wallet.example.jp", "http://192.0.2.7:8080", "http://[2001:db8::1]"]
        {
            let told = of(elsewhere, &[]).unwrap_err();
            assert!(matches!(told, TargetError::NotOurs(_)), "{elsewhere}: {told}");
        }
        // A name that only begins or ends like ours is somebody else's.
        for lookalike in ["http://localhost.example.jp", "http://notlocalhost:80"] {
            assert!(of(lookalike, &[]).is_err(), "{lookalike}");
        }
        let told = of("https://wallet.example.jp", &["bank.example.jp"]).unwrap_err().to_string();
        assert!(told.ends_with("say so with --i-own wallet.example.jp"), "{told}");
        let owned = of("https://wallet.example.jp", &["wallet.example.jp"]).unwrap();
        assert!(!owned.is_here());
        for nonsense in ["wallet", "file:///etc/passwd", "ftp://localhost"] {
            assert!(matches!(of(nonsense, &[]), Err(TargetError::NotAnAddress(_))), "{nonsense}");
        }
    }

    #[test]
    fn addresses_are_told_as_each_side_knows_them_and_nothing_else_is_reached() {
        let target = of("http://localhost:18080", &[]).unwrap();

        assert_eq!(
            target.outward(&format!("{WALLET}/stop")).unwrap(),
            "http://wallet.localhost:18080/stop"
        );
        assert_eq!(target.inward("http://wallet.localhost:18080/stop"), format!("{WALLET}/stop"));
        assert_eq!(target.outward("http://elsewhere.example/"), None);
        let named = target.named_otherwise();
        assert_eq!(named, ["http://localhost:18080", "http://localhost:18081"], "as it was typed");
        let owned = ["wallet.example".to_owned(), "bank.example".to_owned()];
        let banks = ["https://bank.example/".to_owned()];
        let theirs = Target::of("https://wallet.example", &banks, &owned).unwrap();
        assert!(theirs.named_otherwise().is_empty(), "pages are where they were named");
        // The second bank was not named.
        assert_eq!(target.outward("http://bank-two.localhost:8082/"), None);
    }
}
