//! Whether an account exists is told by nothing that a stranger can measure: the core system is asked
//! the same, over its own wire, for an account that exists and for one that does not (name-harvest).
//! One request more is as plain as a word where the core is a network away.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use kanuki_bank::{Bank, CoreBanking as _};
use kanuki_bank_http::{BankState, CoreClient, core_client, router};
use kanuki_domain::Masked;
use kanuki_site::{Transport, TransportError};

use crate::{
    browser::{Browser, between},
    world::{World, account},
};

const EXISTS: &str = "9000001";
const MADE_UP: &str = "9999999";

/// A core system at the other end of a wire: knows one account, and notes what it is asked.
#[derive(Default)]
struct Core(Mutex<Vec<String>>);

impl Core {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }

    /// What it was asked, whichever number it was about.
    fn take_alike(&self, number: &str) -> Vec<String> {
        self.take().into_iter().map(|line| line.replace(number, "NUMBER")).collect()
    }
}

#[async_trait]
impl Transport for Core {
    async fn call(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let path = request.uri().path().to_owned();
        self.0.lock().unwrap().push(format!("{} {path}", request.method()));
        let customer = r#"{"customer_no":"c1","kana":"ヤマダ ハナコ","phone":"09011112222",
            "phone_since":"2020-01-01T00:00:00Z","accounts":[]}"#;
        let (status, body) = match path.as_str() {
            "/core/accounts/001/9000001" => (200, r#"{"customer_no":"c1"}"#),
            "/core/customers/c1" => (200, customer),
            _ => (404, r#"{"code":"not_found"}"#),
        };
        Ok(Response::builder().status(status).body(Bytes::from(body)).unwrap())
    }
}

fn client(core: &Arc<Core>) -> CoreClient {
    core_client(core.clone(), "http://core.test".to_owned(), Masked::new("secret".to_owned()))
}

async fn world() -> (World, Arc<Core>) {
    let mut world = World::new().await;
    let core = Arc::new(Core::default());
    let bank = Bank { core: Arc::new(client(&core)), ..Bank::clone(&world.state.bank) };
    let state = BankState { bank: Arc::new(bank), site: world.state.site.clone() };
    world.app = router(state.clone());
    world.state = state;
    (world, core)
}

#[tokio::test]
async fn the_core_is_asked_the_same_for_an_account_that_does_not_exist() {
    let (world, core) = world().await;
    let enrol = ["branch", "atm", "call", "post"].map(|proof| ("/enrol", proof));
    let look = ["atm", "call", "post"].map(|proof| ("/holder/look", proof));
    let mut seed = 0;
    for (path, proof) in enrol.into_iter().chain(look) {
        // Every page in a day of its own: this is about work, not about limits.
        world.wait(86_400);
        let mut asked = Vec::new();
        for number in [EXISTS, MADE_UP] {
            seed += 1;
            let mut browser = Browser::new(seed);
            let page = browser.get(&world, path).await;
            core.take();
            let fields = [("branch", "001"), ("number", number), ("proof", proof)];
            let next = browser.submit(&world, &page, path, &fields).await;
            assert_eq!(next.status, 303, "{}", next.body);
            asked.push(core.take_alike(number));
        }
        assert_eq!(asked[0], asked[1], "{path} by {proof}");
        assert_eq!(asked[0], ["GET /core/accounts/001/NUMBER"], "{path} by {proof}");
    }
}

/// Whoever began a page may call from their own telephone, to hear how long the answer takes.
#[tokio::test]
async fn a_strangers_call_asks_the_core_as_much_for_an_account_that_does_not_exist() {
    let (world, core) = world().await;
    let mut asked = Vec::new();
    for (seed, number) in [(1, EXISTS), (2, MADE_UP)] {
        let mut browser = Browser::new(seed);
        let page = browser.get(&world, "/enrol").await;
        let fields = [("branch", "001"), ("number", number), ("proof", "call")];
        let next = browser.submit(&world, &page, "/enrol", &fields).await;
        let page = browser.follow(&world, &next).await;
        let shown = between(&page.body, "stop-code-groups\">", "</p>").unwrap();
        let reference: String = shown.chars().filter(char::is_ascii_digit).collect();
        core.take();
        let moment = world.state.site.world.moment("");
        let bank = &world.state.bank;
        assert!(!bank.call_received(&moment.ctx(), "09099999999", &reference).await.unwrap());
        asked.push(core.take().len());
    }
    assert_eq!(asked, [1, 1]);
}

/// The tests above would see a page that asks for the customer as well, which only one of the two has.
#[tokio::test]
async fn a_page_that_asked_for_the_customer_would_be_seen() {
    let core = Arc::new(Core::default());
    let client = client(&core);
    client.find_by_account(&account(EXISTS)).await.unwrap();
    let exists = core.take_alike(EXISTS);
    client.find_by_account(&account(MADE_UP)).await.unwrap();
    assert_ne!(exists, core.take_alike(MADE_UP));
}
