//! The real clock, the real randomness, the real network. Nothing else in Kanuki touches them.

use std::{
    net::IpAddr,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use http::{Request, Response};
use jiff::Timestamp;
use kanuki_domain::Entropy;
use kanuki_site::{Clock, Transport, TransportError};
use kanuki_wire::place::{is_inside, may_be_called_by, stays_here};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::steady::Steady;

/// The most of an answer that is read.
const ANSWER_BYTES_MAX: usize = 1 << 20;
/// How long another company may take to answer.
const ANSWER_SECS_MAX: u64 = 10;

/// The system's clock, as far as it can be right.
#[derive(Debug)]
pub(crate) struct SystemClock;

/// What it is held against, from when this process first asked.
static STEADY: OnceLock<Steady> = OnceLock::new();

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one real clock")]
    fn now(&self) -> Timestamp {
        let shown = Timestamp::now();
        STEADY.get_or_init(|| steady(shown)).tell(shown)
    }
}

impl SystemClock {
    /// Whether it shows what cannot be: it jumped ahead while this process ran.
    pub(crate) fn has_jumped() -> bool {
        STEADY.get().is_some_and(Steady::has_jumped)
    }
}

fn steady(began: Timestamp) -> Steady {
    let (since, booted) = (Stopwatch::start(), since_boot());
    let with_sleep = move || since_boot().saturating_sub(booted);
    Steady::new(began, Box::new(move || since.elapsed()), Box::new(with_sleep))
}

/// How long this machine is up, its sleep included; Linux alone says, elsewhere it never slept.
fn since_boot() -> Duration {
    let told = std::fs::read_to_string("/proc/uptime").unwrap_or_default();
    let told = told.split_whitespace().next().and_then(|told| told.split_once('.'));
    let read = |(secs, hundredths): (&str, &str)| {
        let millis = hundredths.parse::<u64>().ok()?.checked_mul(10)?;
        Some(Duration::from_secs(secs.parse().ok()?).saturating_add(Duration::from_millis(millis)))
    };
    told.and_then(read).unwrap_or_default()
}

/// How long something takes, for measurements alone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts one.
    #[expect(clippy::disallowed_methods, reason = "the one real clock")]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// The time since.
    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// How much memory this process holds; Linux alone says.
pub(crate) fn resident_bytes() -> anyhow::Result<u64> {
    status_bytes("VmRSS:")
}

/// The most memory that this process ever held.
pub(crate) fn peak_bytes() -> anyhow::Result<u64> {
    status_bytes("VmHWM:")
}

fn status_bytes(name: &'static str) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")
        .context("this system does not say how much memory a process holds")?;
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    Ok(kib.with_context(|| format!("/proc/self/status has no {name}"))?.saturating_mul(1_024))
}

/// Processor time that this thread was charged, in nanoseconds; Linux alone says.
pub(crate) fn thread_nanos() -> Option<u64> {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    told.split_whitespace().next()?.parse().ok()
}

/// Processor time of all threads of this process, in milliseconds.
pub(crate) fn process_millis() -> anyhow::Result<u64> {
    let told = std::fs::read_to_string("/proc/self/stat")
        .context("this system does not say what a process cost")?;
    // After the name in parentheses; user and system time are in hundredths of a second.
    let rest = told.rsplit_once(')').map_or("", |(_, rest)| rest);
    let spent = rest.split_whitespace().skip(11).take(2).map(str::parse::<u64>);
    let hundredths = spent.sum::<Result<u64, _>>().context("/proc/self/stat is not as expected")?;
    Ok(hundredths.saturating_mul(10))
}

/// The operating system's randomness.
#[derive(Debug)]
pub(crate) struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        if getrandom::fill(bytes).is_err() {
            // Without randomness no secret is one: stop rather than go on.
            eprintln!("kanuki: the operating system gives no randomness");
            std::process::abort();
        }
    }
}

/// HTTP over the network.
#[derive(Debug)]
pub(crate) struct Network {
    client: reqwest::Client,
    /// By whose issuer places are judged that another company named; none: by nobody's.
    strangers_of: Option<String>,
}

impl Network {
    /// A client that follows no redirect and waits no longer than [`ANSWER_SECS_MAX`].
    pub(crate) fn new() -> anyhow::Result<Self> {
        Self::built(|builder| builder)
    }

    /// The same, changed before it is built.
    pub(crate) fn built(
        change: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder,
    ) -> anyhow::Result<Self> {
        let builder = reqwest::Client::builder()
            .timeout(Duration::from_secs(ANSWER_SECS_MAX))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy();
        Ok(Self { client: change(builder).build()?, strangers_of: None })
    }

    /// The way of the company that is `issuer` to places that others named: never into a network of
    /// its own, whatever a registered address says and wherever a registered name leads (SSRF).
    pub(crate) fn to_others(issuer: &str) -> anyhow::Result<Self> {
        let stays = stays_here(issuer);
        let network = Self::built(|builder| builder.dns_resolver(Arc::new(Outside { stays })))?;
        Ok(Self { strangers_of: Some(issuer.to_owned()), ..network })
    }
}

/// Looks names up, and finds none that leads inside.
struct Outside {
    /// Whether the company is itself on this machine (demo, tests), and may call it.
    stays: bool,
}

impl Resolve for Outside {
    fn resolve(&self, name: Name) -> Resolving {
        let stays = self.stays;
        Box::pin(async move {
            let found: Vec<_> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let is_refused = |ip: IpAddr| is_inside(ip) && !(stays && ip.is_loopback());
            // One address inside is enough: which of them is called would be the name's choice.
            if found.iter().any(|at| is_refused(at.ip())) {
                tracing::warn!(name = name.as_str(), "a partner's name leads inside: not called");
                return Err("a name that leads inside".into());
            }
            let found: Addrs = Box::new(found.into_iter());
            Ok(found)
        })
    }
}

fn unknown(error: &reqwest::Error) -> TransportError {
    if error.is_timeout() { TransportError::TimedOut } else { TransportError::Unreachable }
}

#[async_trait]
impl Transport for Network {
    async fn call(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        if let Some(issuer) = &self.strangers_of
            && !may_be_called_by(&request.uri().to_string(), issuer)
        {
            tracing::warn!(host = request.uri().host(), "a partner's place is inside: not called");
            return Err(TransportError::Unreachable);
        }
        let request =
            reqwest::Request::try_from(request).map_err(|_| TransportError::Unreachable)?;
        let mut answer = self.client.execute(request).await.map_err(|e| unknown(&e))?;
        let mut body = BytesMut::new();
        while let Some(chunk) = answer.chunk().await.map_err(|e| unknown(&e))? {
            if body.len().saturating_add(chunk.len()) > ANSWER_BYTES_MAX {
                return Err(TransportError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        let mut response = Response::new(body.freeze());
        *response.status_mut() = answer.status();
        *response.headers_mut() = answer.headers().clone();
        Ok(response)
    }
}

/// Logs on stderr, unless told otherwise: warnings of a server; of a command, which says what matters in
/// its own words and whose worlds have thieves in them, errors only.
pub(crate) fn install_logging(filter: Option<&str>, serves: bool) {
    let usual = if serves { "warn" } else { "error" };
    let filter = tracing_subscriber::EnvFilter::try_new(filter.unwrap_or(usual))
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(usual));
    // The passkey library names credentials when it debugs.
    let filter = ["webauthn_rs=warn", "webauthn_rs_core=warn"]
        .iter()
        .filter_map(|directive| directive.parse().ok())
        .fold(filter, tracing_subscriber::EnvFilter::add_directive);
    // Colors are for eyes: in a file or a pipe they are noise.
    let is_seen = std::io::IsTerminal::is_terminal(&std::io::stderr());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(is_seen)
        .with_writer(std::io::stderr)
        .init();
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use axum::{Router, routing::get};
    use http::StatusCode;
    use tokio::net::TcpListener;

    use super::*;

    async fn call(network: &Network, uri: &str) -> Option<u16> {
        let request = Request::get(uri).body(Bytes::new()).unwrap();
        network.call(request).await.ok().map(|answer| answer.status().as_u16())
    }

    #[tokio::test]
    async fn a_company_that_others_can_reach_calls_nobody_inside_by_address_or_by_name() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let router = Router::new().route("/", get(async || StatusCode::NO_CONTENT));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let here = Network::to_others("http://localhost:8081").unwrap();
        let apart = Network::to_others("https://api.bank.example").unwrap();
        let own = Network::new().unwrap();
        let at = format!("http://127.0.0.1:{port}/");
        let by_name = format!("http://localhost:{port}/");

        assert_eq!(call(&here, &at).await, Some(204), "the demo's companies are on this machine");
        assert_eq!(call(&here, &by_name).await, Some(204));
        assert_eq!(call(&apart, &at).await, None);
        assert_eq!(call(&apart, &by_name).await, None);
        assert_eq!(call(&own, &at).await, Some(204), "a gateway of ours may be anywhere");
        assert_eq!(call(&here, "https://169.254.169.254/latest").await, None);
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_not_found() {
        let looked_up = async |stays: bool| {
            Outside { stays }.resolve("localhost".parse().unwrap()).await.map(Iterator::count)
        };
        assert!(looked_up(true).await.unwrap() > 0);
        assert!(looked_up(false).await.is_err());
    }
}
