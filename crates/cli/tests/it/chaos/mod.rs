//! A wallet and a bank as two processes from their configuration files. Either is killed again and
//! again while it tells the other something, or is told, and starts on what it left: each event takes
//! effect exactly once.

mod books;
mod people;
mod wire;

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    sync::Arc,
    time::Duration,
};

use axum::{Router, routing::post};
use http::StatusCode;
use jiff::Timestamp;
use kanuki_demo::{
    core::{self, Core, CoreConfig, CoreFaults},
    people::customers_of,
};
use kanuki_domain::Masked;
use kanuki_ledger::EmbeddedEngine;
use kanuki_site::Clock;
use tokio::{net::TcpListener, time::Instant};

use self::{
    books::Books,
    people::{BANK, Places},
    wire::{Chance, Company, Side, Wire},
};
use crate::running::{Running, free_ports, kanuki};

/// Another one pulls other plugs at other moments.
const SEED: u64 = 20_200_908;
/// So long anything may take that is waited for, on a machine that is busy.
const PATIENCE: Duration = Duration::from_mins(1);
/// Whoever was restarted has heard everything by then: the promise of the incident line.
const HEARD_WITHIN: Duration = Duration::from_mins(1);
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// Where a plug was not pulled by then, nobody pulls it.
const ROUNDS_MAX: usize = 60;

/// The first answer that is one, asked for until there is one.
pub(crate) async fn until<T>(what: &str, ask: impl AsyncFn() -> Option<T>) -> T {
    let asked = async {
        let mut again = tokio::time::interval(LOOK_AGAIN);
        loop {
            again.tick().await;
            if let Some(answer) = ask().await {
                return answer;
            }
        }
    };
    let answer = tokio::time::timeout(PATIENCE, asked).await;
    answer.unwrap_or_else(|_| panic!("{what}: not within {PATIENCE:?}"))
}

/// People who have links, with a code of a notice for each of them.
struct Town {
    /// At the bank: Tome's and Ichirō's, one link each.
    bank_codes: Vec<String>,
    /// At the wallet: Hanako's, who has two links.
    wallet_code: String,
    links: usize,
    /// When the last of it was told.
    at: Timestamp,
}

/// Lets three people connect their accounts in `kanuki up`, and stops it.
async fn settle(data: &Path) -> (Town, u16) {
    let mut up = Running::start(data);
    let places = Places::from(up.port);
    let mut links = 0;
    for (key, seed) in [("hanako", 1), ("tome", 2), ("ichiro", 3)] {
        links += people::connect(&places, key, seed).await.unwrap();
    }

    let signed = "口座の連携がありました";
    let mut bank_codes = Vec::new();
    let mut at = Timestamp::UNIX_EPOCH;
    for to in ["tome@example.jp", "ichiro@example.jp"] {
        let mail = people::mail(data, "bank-one", to, signed).await;
        at = at.max(mail.at);
        bank_codes.push(mail.code);
    }
    let wallet_code = people::mail(data, "wallet", "hanako@example.jp", "").await.code;
    assert_eq!(up.signal("-TERM"), 0);
    (Town { bank_codes, wallet_code, links, at }, up.port)
}

struct Then(Timestamp);

impl Clock for Then {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// The bank's core system, which nobody kills.
async fn start_core(data: &Path, at: Timestamp) -> SocketAddr {
    let config = CoreConfig {
        secret: Masked::new("core-0123456789abcdef".to_owned()),
        customers: customers_of(BANK).unwrap(),
        partner_text: "カンヌキウオレツト".to_owned(),
        pin_tries_max: Some(3),
    };
    let (ledger, _) = EmbeddedEngine::open(&data.join("bank-one/core-ledger")).unwrap();
    let faults = Arc::new(CoreFaults::new());
    let core = Core::open(config, Arc::new(ledger), Arc::new(Then(at)), faults).await.unwrap();
    serve(core::router(core)).await
}

/// Takes every message.
async fn start_courier() -> SocketAddr {
    serve(Router::new().route("/", post(async || StatusCode::NO_CONTENT))).await
}

async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// The two companies' files: what `up` had decided for them, each behind a proxy.
async fn configure(folder: &Path, data: &Path, port: u16, at: Timestamp) -> (Company, Company) {
    for name in ["core", "courier"] {
        let file = folder.join(format!("{name}.secret"));
        fs::write(&file, format!("{name}-0123456789abcdef")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    }
    let office = fs::read_to_string(data.join("wallet/keys/cards")).unwrap();
    let office: serde_json::Value = serde_json::from_str(&office).unwrap();
    fs::write(folder.join("anchors.pem"), office["authority_pem"].as_str().unwrap()).unwrap();
    let (core, courier) = (start_core(data, at).await, start_courier().await);
    let (here, inner) = (folder.display(), free_ports());
    let Places { wallet, bank } = Places::from(port);
    let file = |kind: &'static str, inner: u16, text: String| {
        let config = folder.join(format!("{kind}.toml"));
        let text = format!(
            "{text}[courier]\nurl = \"http://localhost:{}/\"\nsecret_file = \"{here}/courier.secret\"\n",
            courier.port()
        );
        fs::write(&config, text).unwrap();
        Company { kind, config, port: inner, log: folder.join(format!("{kind}.log")) }
    };
    let server = |company: &str, inner: u16, outer: u16, pages: &str| {
        format!(
            "[server]\ndata = \"{}\"\nport = {inner}\nname = \"{company}\"\n\
             issuer = \"http://localhost:{outer}\"\npages = \"{pages}\"\n",
            data.join(company).display()
        )
    };
    let at_wallet = format!(
        "{}[identity]\noperator_url = \"{wallet}/demo/card\"\n\
         revocation_url = \"http://localhost:{port}/demo/card/crl\"\n\
         anchors_file = \"{here}/anchors.pem\"\n",
        server("wallet", inner, port, &wallet)
    );
    let at_bank = format!(
        "code = \"{BANK}\"\n{}[core]\nurl = \"http://{core}\"\nsecret_file = \"{here}/core.secret\"\n",
        server("bank-one", inner + 1, port + 1, &bank)
    );
    (file("wallet", inner, at_wallet), file("bank", inner + 1, at_bank))
}

/// People press and report until every plug was pulled, in rounds: after each, all of it is heard, pushed
/// or fetched. The numbers that were answered, by company.
async fn act(wire: &Wire, books: &Books, places: &Places, town: &Town) -> [Vec<String>; 2] {
    let mut stops = vec![
        (&places.wallet, &town.wallet_code),
        (&places.bank, &town.bank_codes[0]),
        (&places.bank, &town.bank_codes[1]),
    ];
    let mut numbers = [Vec::new(), Vec::new()];
    for round in 0.. {
        if wire.is_spent() && stops.is_empty() {
            break;
        }
        assert!(round < ROUNDS_MAX, "plugs that nobody pulls: {:#?}", wire.pulled());
        if let Some((pages, code)) = stops.pop() {
            people::stop(pages, code).await;
        }
        numbers[0].push(people::report(&places.wallet, BANK, round * 2).await);
        numbers[1].push(people::report(&places.bank, "kanuki-wallet", round * 2 + 1).await);
        heard(books).await;
    }
    numbers
}

async fn heard(books: &Books) {
    until("everything is heard", async || books.waits().await.is_empty().then_some(())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn either_server_killed_during_delivery_and_every_event_takes_effect_once() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (town, port) = settle(&data).await;
    assert_eq!(town.links, 4);
    let companies = configure(folder.path(), &data, port, town.at).await;
    let mut chance = Chance(SEED);
    let wire = Wire::open(companies, (port, port + 1), &mut chance).await;
    let places = Places::from(port);

    let books = Books::open(&data);
    let numbers = act(&wire, &books, &places, &town).await;
    heard(&books).await;
    let (pulled, last) = wire.pulled();
    assert!(last.unwrap() + HEARD_WITHIN > Instant::now(), "it took too long: {pulled:#?}");
    assert_eq!([wire.stop(Side::Wallet), wire.stop(Side::Bank)], [Some(0); 2]);

    assert_eq!(pulled.len(), 14, "{pulled:#?}");
    books.require_stopped_once(town.links).await;
    books.require_told_once(&numbers).await;
    for what in ["ledger", "audit"] {
        let checked = kanuki(&[what, "verify", "--data", data.to_str().unwrap(), "--json"]);
        let report = String::from_utf8_lossy(&checked.stdout).into_owned();
        assert_eq!(checked.status.code(), Some(0), "{report}");
    }
}
