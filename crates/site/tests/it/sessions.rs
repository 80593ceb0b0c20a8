//! Signing in, staying in, and ending it.

use http::{HeaderMap, StatusCode, header};
use kanuki_domain::{assurance::SignIn, id::StaffId};
use kanuki_record::Stored;
use kanuki_site::{Session, Subject, ceremony::CeremonyError};

use crate::support::{Company, company, config, field, token};

async fn load(company: &Company, cookies: &str) -> Option<Stored<Session>> {
    let mut headers = HeaderMap::new();
    headers.insert(header::COOKIE, cookies.parse().unwrap());
    let moment = company.site.world.moment("");
    company.site.sessions.load(&moment.ctx(), &headers).await.unwrap()
}

#[tokio::test]
async fn stranger_is_sent_to_sign_in_and_back() {
    let company = company(config());

    let stranger = company.get("/private?x=1", "").await;
    let cookies = company.sign_in().await;
    let customer = company.get("/private", &cookies).await;

    assert_eq!(stranger.status, StatusCode::SEE_OTHER);
    assert_eq!(stranger.header(header::LOCATION), "/sign-in?back=%2Fprivate%3Fx%3D1");
    assert!(customer.body.starts_with("cus_"), "{}", customer.body);
}

#[tokio::test]
async fn only_a_keyed_hash_of_the_token_is_kept() {
    let company = company(config());
    let cookies = company.sign_in().await;

    let session = load(&company, &cookies).await.unwrap();

    let kept = serde_json::to_string(&*session).unwrap();
    let cookie = cookies.split("kanuki_wallet=").nth(1).unwrap();
    assert_eq!(cookie.len(), 43);
    assert!(!kept.contains(cookie));
}

#[tokio::test]
async fn session_lives_while_it_is_used_but_not_for_ever() {
    let company = company(config());
    let cookies = company.sign_in().await;

    company.clock.turn(11 * 3_600);
    assert!(load(&company, &cookies).await.is_some());
    company.clock.turn(11 * 3_600);
    assert!(load(&company, &cookies).await.is_some(), "use keeps it");
    company.clock.turn(12 * 3_600);
    assert!(load(&company, &cookies).await.is_none(), "idle for twelve hours");

    let cookies = company.sign_in().await;
    for _ in 0..3 * 30 {
        company.clock.turn(8 * 3_600);
        load(&company, &cookies).await;
    }
    assert!(load(&company, &cookies).await.is_none(), "thirty days are the end");
    assert_eq!(company.site.sessions.sweep(company.site.world.now()).await.unwrap(), 2);
}

#[tokio::test]
async fn sign_out_ends_the_session_itself_not_only_the_cookie() {
    let company = company(config());
    let cookies = company.sign_in().await;
    let csrf = field(&token(&company.get("/", &cookies).await.body));

    let reply = company.post("/sign-out", &cookies, &csrf).await;

    assert_eq!(reply.header(header::LOCATION), "/");
    assert!(reply.header(header::SET_COOKIE).starts_with("kanuki_wallet=; Path=/; Max-Age=0"));
    assert!(load(&company, &cookies).await.is_none());
}

#[tokio::test]
async fn everything_of_a_person_ends_at_once() {
    let company = company(config());
    let (phone, laptop) = (company.sign_in().await, company.sign_in().await);
    let subject = load(&company, &phone).await.unwrap().subject.id.clone();

    let ended = company.site.sessions.end_all(&subject).await.unwrap();

    assert_eq!(ended, 2);
    assert!(load(&company, &phone).await.is_none() && load(&company, &laptop).await.is_none());
}

#[tokio::test]
async fn signing_out_elsewhere_keeps_the_browser_that_asked() {
    let company = company(config());
    let (phone, thief) = (company.sign_in().await, company.sign_in().await);
    let session = load(&company, &phone).await.unwrap();

    let ended = company.site.sessions.end_others(&session).await.unwrap();

    assert_eq!(ended, 1);
    assert!(load(&company, &phone).await.is_some() && load(&company, &thief).await.is_none());
}

#[tokio::test]
async fn customers_are_nobody_at_the_desk_and_staff_nobody_in_the_wallet() {
    let company = company(config());
    let customer = company.sign_in().await;
    let moment = company.site.world.moment("");
    let staff = Subject::staff(StaffId::derive(&["kenji"]));
    let sessions = &company.site.desk_sessions;
    let started = sessions.start(&moment.ctx(), staff, SignIn::Passkey, "").await.unwrap();
    let staff = started.1.to_str().unwrap().split(';').next().unwrap().to_owned();

    let customer_at_desk = company.get("/desk/private", &customer).await;
    let staff_at_desk = company.get("/desk/private", &staff).await;
    let staff_in_wallet = company.get("/private", &staff).await;

    assert_eq!(customer_at_desk.header(header::LOCATION), "/desk/sign-in?back=%2Fdesk%2Fprivate");
    assert!(staff_at_desk.body.starts_with("stf_"));
    assert_eq!(staff_in_wallet.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn passkey_proof_grows_old() {
    let company = company(config());
    let cookies = company.sign_in().await;
    let session = load(&company, &cookies).await.unwrap();
    company.clock.turn(301);
    let now = company.site.world.now();
    assert!(!session.is_proven_within(now, 300));

    let moment = company.site.world.moment("");
    company.site.sessions.prove(&moment.ctx(), session.session_id).await.unwrap();

    assert!(load(&company, &cookies).await.unwrap().is_proven_within(now, 300));
}

#[tokio::test]
async fn ceremony_is_finished_once_by_whoever_started_it_in_time() {
    let company = company(config());
    let ceremonies = &company.site.ceremonies;
    let moment = company.site.world.moment("");
    let ctx = moment.ctx();
    let id = ceremonies.open(&ctx, "consent", "ses_a", &("five", 5)).await.unwrap();
    let late = ceremonies.open(&ctx, "consent", "ses_a", &()).await.unwrap();

    let by_another = ceremonies.take(&ctx, id, "consent", "ses_b").await;
    let as_another = ceremonies.take(&ctx, id, "sign_in", "ses_a").await;
    let taken = ceremonies.take(&ctx, id, "consent", "ses_a").await.unwrap();
    let again = ceremonies.take(&ctx, id, "consent", "ses_a").await;
    company.clock.turn(300);
    let moment = company.site.world.moment("");
    let too_late = ceremonies.take(&moment.ctx(), late, "consent", "ses_a").await;

    assert_eq!(taken.state::<(String, u8)>().unwrap(), ("five".into(), 5));
    for refused in [by_another, as_another, again, too_late] {
        assert!(matches!(refused, Err(CeremonyError::Spent)));
    }
}
