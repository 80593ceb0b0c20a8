//! Before a thief sets out: whether what was named is a wallet and its banks. Whoever asks a plain web
//! server, the wrong company or nobody is refused everything, and that would look like safety.

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use kanuki_site::{Transport, TransportError};
use url::{Host, Url};

use super::{Target, TargetError};
use crate::browser::html::Document;

/// What every page of ours says of itself, and no other server's does.
const MARK: &[u8] = b"data-brand=";

/// What somebody is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Wallet,
    Bank,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Wallet => "wallet",
            Self::Bank => "bank",
        }
    }

    /// The page that only this kind has, and that its form goes to.
    const fn door(self) -> &'static str {
        match self {
            Self::Wallet => "/open",
            Self::Bank => "/enrol",
        }
    }

    const fn other(self) -> Self {
        match self {
            Self::Wallet => Self::Bank,
            Self::Bank => Self::Wallet,
        }
    }
}

impl Target {
    /// Makes sure that a wallet answers where the wallet is to be, and a bank where each bank is.
    pub(crate) async fn look(&self, transport: &Arc<dyn Transport>) -> Result<(), TargetError> {
        for (place, (ours, theirs)) in self.origins.iter().enumerate() {
            let kind = if place == 0 { Kind::Wallet } else { Kind::Bank };
            let answer = self.ask(transport, ours, kind.door()).await;
            let answer = answer.map_err(|_| TargetError::Silent(theirs.clone()))?;
            if is_door(&answer, kind) {
                let ready = self.ask(transport, ours, "/readyz").await;
                let answer = ready.map_err(|_| TargetError::Silent(theirs.clone()))?;
                if answer.status() == StatusCode::SERVICE_UNAVAILABLE {
                    let why = String::from_utf8_lossy(answer.body()).trim().to_owned();
                    return Err(TargetError::NotReady { at: theirs.clone(), why });
                }
                continue;
            }
            if let Some(error) = misnamed(kind, theirs, &answer) {
                return Err(error);
            }
            let other = self.ask(transport, ours, kind.other().door()).await;
            let is_other = other.is_ok_and(|answer| is_door(&answer, kind.other()));
            let instead = match (is_other, kind) {
                (false, _) => "name a pair that runs, such as that of `kanuki up`",
                (true, Kind::Wallet) => "it is a bank: name it with --bank",
                (true, Kind::Bank) => "it is a wallet: name it with --target wallet=",
            };
            return Err(TargetError::NoCompany {
                at: theirs.clone(),
                wanted: kind.name(),
                door: kind.door(),
                status: answer.status().as_u16(),
                instead,
            });
        }
        Ok(())
    }

    /// Asks one company for `path`, as a browser does.
    async fn ask(
        &self,
        transport: &Arc<dyn Transport>,
        ours: &str,
        path: &str,
    ) -> Result<Response<Bytes>, TransportError> {
        let request = Request::builder()
            .method(Method::GET)
            .uri(format!("{ours}{path}"))
            .header(header::ACCEPT, "text/html")
            .header("sec-fetch-site", "none")
            .header("sec-fetch-mode", "navigate");
        let request = request.body(Bytes::new()).map_err(|_| TransportError::Unreachable)?;
        self.browse(transport, request).await
    }
}

/// True if that is a page of ours with the form that only this kind has.
fn is_door(answer: &Response<Bytes>, kind: Kind) -> bool {
    let document = Document::parse(&String::from_utf8_lossy(answer.body()));
    answer.status().is_success()
        && is_ours(answer)
        && document.forms.iter().any(|form| form.action.split('?').next() == Some(kind.door()))
}

/// What to write instead, if somebody is there and known by another name.
fn misnamed(kind: Kind, theirs: &str, answer: &Response<Bytes>) -> Option<TargetError> {
    let at = theirs.to_owned();
    if answer.status().is_redirection() {
        let there = answer.headers().get(header::LOCATION)?.to_str().ok()?;
        let there = Url::parse(there).ok()?.origin().ascii_serialization();
        return (there != at).then(|| TargetError::Misnamed {
            at,
            instead: format!("its pages are at {there}: write that"),
        });
    }
    if answer.status() != StatusCode::MISDIRECTED_REQUEST {
        return None;
    }
    let url = Url::parse(theirs).ok()?;
    let instead = match (url.host()?, url.port_or_known_default()) {
        (Host::Domain(name), _) if name.ends_with(".localhost") => format!(
            "it is not the {} of `kanuki up` that stands there: write --target wallet= with the \
             wallet's port, and --bank with each bank's in their order",
            kind.name()
        ),
        (Host::Ipv4(_) | Host::Ipv6(_), Some(port)) => {
            format!("write it as http://localhost:{port}")
        }
        _ => "write the name that its people's browsers show".to_owned(),
    };
    Some(TargetError::Misnamed { at, instead })
}

/// True if a page comes from one of our companies and from nothing in front of it.
fn is_ours(answer: &Response<Bytes>) -> bool {
    answer.body().windows(MARK.len()).any(|part| part == MARK)
}

/// Why an answer says nothing about a company's walls, if it says nothing: an error that is no page of
/// ours, a name that nobody knows, a server that broke. A company that pauses or limits says so itself.
pub(crate) fn no_refusal(answer: &Result<Response<Bytes>, TransportError>) -> Option<String> {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return Some(error.to_string()),
    };
    let status = answer.status();
    let is_broken = status.is_server_error() && status != StatusCode::SERVICE_UNAVAILABLE;
    let is_error = status.is_client_error() || status.is_server_error();
    if status == StatusCode::MISDIRECTED_REQUEST || is_broken {
        return Some(status.as_u16().to_string());
    }
    (is_error && !is_ours(answer))
        .then(|| format!("{}, from no page of a company", status.as_u16()))
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;

    use super::*;

    const WALLET: &str = r#"<html data-brand="kanuki"><form action="/open" method="post"></form>"#;
    const BANK: &str = r#"<html data-brand="kanuki"><form action="/enrol" method="post"></form>"#;
    const NOT_FOUND: &str = r#"<html data-brand="kanuki"><p>404</p>"#;

    /// Who answers at which port.
    #[derive(Clone, Copy)]
    enum Who {
        Wallet,
        Bank,
        /// A bank whose books do not answer.
        Broken,
        /// Knows itself by another name.
        Elsewhere,
        /// A plain web server: it lists its folder, whatever it is asked.
        Files,
        Nobody,
    }

    struct Pair(Who, Who);

    #[async_trait]
    impl Transport for Pair {
        async fn call(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
            let who = if request.uri().port_u16() == Some(8080) { self.0 } else { self.1 };
            let (status, html) = match (who, request.uri().path()) {
                (Who::Wallet, "/open") => (200, WALLET),
                (Who::Bank | Who::Broken, "/enrol") => (200, BANK),
                (Who::Broken, "/readyz") => (503, "not ready: ledger\n"),
                (Who::Wallet | Who::Bank | Who::Broken, _) => (404, NOT_FOUND),
                (Who::Elsewhere, _) => (421, "unknown_host"),
                (Who::Files, _) => (200, r#"<html><a href="/open">open</a>"#),
                (Who::Nobody, _) => return Err(TransportError::Unreachable),
            };
            Ok(Response::builder().status(status).body(Bytes::from(html)).unwrap())
        }
    }

    fn told(wallet: &str, pair: Pair) -> Result<(), String> {
        let banks = ["http://localhost:8081".to_owned()];
        let target = Target::of(wallet, &banks, &[]).unwrap();
        let transport: Arc<dyn Transport> = Arc::new(pair);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(target.look(&transport)).map_err(|error| error.to_string())
    }

    #[test]
    fn who_is_no_pair_of_ours_is_told_so_with_what_to_write() {
        let wallet = "http://localhost:8080";
        assert_eq!(told(wallet, Pair(Who::Wallet, Who::Bank)), Ok(()));
        for (named, pair, words) in [
            (
                wallet,
                Pair(Who::Nobody, Who::Bank),
                "nothing answers at http://wallet.localhost:8080",
            ),
            (wallet, Pair(Who::Wallet, Who::Nobody), "at http://bank-one.localhost:8081"),
            ("http://127.0.0.1:8080", Pair(Who::Elsewhere, Who::Bank), "http://localhost:8080"),
            (wallet, Pair(Who::Elsewhere, Who::Bank), "not the wallet of `kanuki up`"),
            (wallet, Pair(Who::Files, Who::Bank), "is no wallet of Kanuki's"),
            (wallet, Pair(Who::Wallet, Who::Files), "is no bank of Kanuki's"),
            (wallet, Pair(Who::Wallet, Who::Broken), "is not ready (not ready: ledger)"),
            (wallet, Pair(Who::Bank, Who::Wallet), "it is a bank: name it with --bank"),
            (wallet, Pair(Who::Wallet, Who::Wallet), "it is a wallet: name it with --target"),
        ] {
            let told = told(named, pair).unwrap_err();
            assert!(told.contains(words), "{told}");
        }
    }

    #[test]
    fn what_a_company_says_itself_is_a_refusal_and_all_else_is_none() {
        let answer = |status: u16, html: &'static str| {
            Ok(Response::builder().status(status).body(Bytes::from(html)).unwrap())
        };
        for refusal in [answer(404, NOT_FOUND), answer(429, NOT_FOUND), answer(503, NOT_FOUND)] {
            assert_eq!(no_refusal(&refusal), None);
        }
        for none in [
            answer(404, "not here"),
            answer(421, NOT_FOUND),
            answer(500, NOT_FOUND),
            answer(503, "no upstream"),
            Err(TransportError::TimedOut),
        ] {
            assert!(no_refusal(&none).is_some(), "{none:?}");
        }
    }
}
