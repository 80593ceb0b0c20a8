//! From a new link to money in the wallet: what a page offers is possible, and what is not is said first.

use http::StatusCode;
use kanuki_domain::{
    id::LinkId,
    limits::COOLING,
    mandate::{StoppedBy, later},
};
use kanuki_passkey::soft::SoftAuthenticator;
use kanuki_record::Unit;
use kanuki_wallet::link::{Link, LinkState};
use kanuki_wire::mandate::Standing;

use crate::{
    company::{Browser, Company, Reply},
    story::{link, open, prove},
};

async fn linked(company: &Company) -> (Browser, String) {
    let mut browser = open(company, &mut SoftAuthenticator::from_seed([1; 32])).await;
    prove(company, &mut browser).await;
    let link = link(company, &mut browser).await;
    (browser, link)
}

/// The page that confirms it.
async fn ask(company: &Company, browser: &mut Browser, link: &str, amount: &str) -> Reply {
    company.post(browser, "/topup/confirm", &[("link", link), ("amount", amount)]).await
}

fn offers(page: &Reply, amount: u64) -> bool {
    let (sent, filled) = (format!("value=\"{amount}\""), format!("data-amount=\"{amount}\""));
    page.body.contains(&sent) || page.body.contains(&filled)
}

#[tokio::test]
async fn a_new_link_leads_to_its_first_top_up_and_offers_no_more_than_its_first_day_takes() {
    let company = Company::new().await;
    let (mut browser, link) = linked(&company).await;

    let page = company.get(&mut browser, &format!("/links/{link}?new=1")).await;
    assert!(page.body.contains("いまチャージできるのは¥10,000までです"), "{}", page.body);
    assert!([1_000, 3_000, 5_000, 10_000].iter().all(|amount| offers(&page, *amount)));
    assert!(page.body.contains("/topup/confirm") && !page.body.contains("/renew"));

    let page = ask(&company, &mut browser, &link, "9000").await;
    assert!(!page.body.contains("受け付けられない見込み"), "{}", page.body);
    let ceremony = page.after("name=\"ceremony\" value=\"");
    let topped = company.post(&mut browser, "/topup", &[("ceremony", &ceremony)]).await;
    let done = company.get(&mut browser, topped.location()).await;
    assert!(done.body.contains("いまの残高") && done.body.contains("¥9,000"), "{}", done.body);

    let page = company.get(&mut browser, &format!("/topup?link={link}")).await;
    assert!(page.body.contains("いまチャージできるのは¥1,000までです"), "{}", page.body);
    assert!(offers(&page, 1_000) && !offers(&page, 3_000));
    // It is said before, and the bank still has the last word.
    let page = ask(&company, &mut browser, &link, "2000").await;
    assert!(page.body.contains("受け付けられない見込み"), "{}", page.body);
    let ceremony = page.after("name=\"ceremony\" value=\"");
    let refused = company.post(&mut browser, "/topup", &[("ceremony", &ceremony)]).await;
    let refused = company.get(&mut browser, refused.location()).await;
    assert!(refused.body.contains("href=\"/topup\""), "the way on: {}", refused.body);

    // Nothing can be paid out yet: no form, and from when.
    let page = company.get(&mut browser, "/payout").await;
    assert!(page.body.contains("から出金できます") && !page.body.contains("/payout/confirm"));

    let world = &company.world;
    world.later(COOLING.passkey_secs);
    let id: LinkId = link.parse().unwrap();
    let link = world.wallet.book.load::<Link>(&id.to_string()).await.unwrap();
    let room = world.wallet.topup_room(&world.ctx(), link.customer_id, &link).await;
    assert_eq!(room.unwrap(), None, "after the first day there is no low limit");
}

#[tokio::test]
async fn a_link_that_waits_leads_to_the_bank_where_it_is_confirmed() {
    let company = Company::new().await;
    let lapses_at = later(company.world.ctx().now, COOLING.lapse_secs);
    *company.world.bank.standing.lock().unwrap() = Some(Standing::Unconfirmed { lapses_at });
    let (mut browser, link) = linked(&company).await;
    for path in [format!("/links/{link}?new=1"), "/topup".to_owned()] {
        let page = company.get(&mut browser, &path).await;
        assert_eq!(page.status, StatusCode::OK);
        let there = "href=\"http://bank-one.localhost:8081/holder\"";
        assert!(
            page.body.contains(there) && !page.body.contains("/topup/confirm"),
            "{}",
            page.body
        );
    }
}

#[tokio::test]
async fn an_account_that_is_stopped_is_said_to_be_and_not_to_be_missing() {
    let company = Company::new().await;
    let (mut browser, link) = linked(&company).await;
    let wallet = &company.world.wallet;
    let id: LinkId = link.parse().unwrap();
    let mut row = wallet.book.load::<Link>(&id.to_string()).await.unwrap();
    let at = company.world.ctx().now;
    row.edit().state = LinkState::Suspended { by: StoppedBy::Bank, at };
    let mut unit = Unit::new();
    unit.update(&row);
    wallet.book.commit(unit).await.unwrap();

    let page = company.get(&mut browser, "/topup").await;

    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("つないだ口座は、いま止まっています"), "{}", page.body);
    assert!(page.body.contains(&format!("href=\"/links/{link}\"")), "where it says why");
    let forms = ["/topup/confirm", "href=\"/link\""];
    assert!(forms.iter().all(|form| !page.body.contains(form)), "{}", page.body);
}

#[tokio::test]
async fn who_has_not_proven_who_they_are_is_led_there_first() {
    let company = Company::new().await;
    let mut browser = open(&company, &mut SoftAuthenticator::from_seed([1; 32])).await;
    let page = company.get(&mut browser, "/topup").await;
    assert!(page.body.contains("href=\"/identity\"") && !page.body.contains("href=\"/link\""));
    let home = company.get(&mut browser, "/").await;
    assert!(!home.body.contains("href=\"/link\""), "one thing to do next: {}", home.body);
}
