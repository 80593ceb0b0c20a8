//! Agreeing anew keeps the link.

use kanuki_domain::{Yen, id::LinkId};
use kanuki_wallet::{WalletError, link::terms};
use kanuki_wire::ErrorCode;

use crate::world::{Person, World, bank_code};

const ISS: &str = "iss=http%3A%2F%2Flocalhost%3A8081";

impl World {
    /// Sets out to renew; the query that the bank's callback will bring.
    async fn set_out(&self, person: &Person, link: LinkId) -> Result<String, WalletError> {
        let ctx = self.ctx();
        let wanted = terms(ctx.now, Yen::of(10_000), Yen::of(50_000)).unwrap();
        self.wallet.start_renewal(&ctx, (person.id, "ses"), link, wanted, (true, None)).await?;
        Ok(format!("code=c&state={}&{ISS}", self.bank.last_state()))
    }

    async fn come_back(&self, person: &Person, query: &str) -> Result<LinkId, WalletError> {
        self.wallet.finish_linking(&self.ctx(), (person.id, "ses"), bank_code(), query).await
    }
}

#[tokio::test]
async fn a_renewal_changes_the_terms_and_nothing_else_of_a_link() {
    let world = World::new().await;
    let (hanako, link) = world.settled("hanako", 1).await;
    let before = world.wallet.link_of(hanako.id, link).await.unwrap();

    let query = world.set_out(&hanako, link).await.unwrap();
    let renewed = world.come_back(&hanako, &query).await.unwrap();
    let again = world.come_back(&hanako, &query).await.unwrap();

    let after = world.wallet.link_of(hanako.id, link).await.unwrap();
    assert_eq!((renewed, again), (link, link), "a second callback is told the same");
    assert_eq!(after.mandate_id, before.mandate_id);
    assert_eq!(after.account_handle, before.account_handle);
    assert_eq!(after.connected_at, before.connected_at);
    assert_eq!(after.terms.max_individual, Yen::of(10_000));
    assert!(after.terms.valid_to > before.terms.valid_to);
    assert_eq!(world.wallet.links(hanako.id).await.unwrap().len(), 1, "no second link");
    assert!(world.mail(&hanako).await.0.contains(&"link_renewed".to_owned()));
    let topup = world.top_up(&hanako, link, "t", 5_000).await;
    assert_eq!(world.balance(&hanako).await, Yen::of(5_000), "{topup:?}");
}

#[tokio::test]
async fn two_tabs_do_no_harm_whichever_comes_back_last() {
    let world = World::new().await;
    let (hanako, link) = world.settled("hanako", 1).await;
    let first = world.set_out(&hanako, link).await.unwrap();
    let second = world.set_out(&hanako, link).await.unwrap();

    world.come_back(&hanako, &second).await.unwrap();
    // The bank ended the first tab's code when the second one was signed.
    *world.bank.refuses_codes.lock().unwrap() = Some(ErrorCode::InvalidGrant);
    let overtaken = world.come_back(&hanako, &first).await.unwrap();

    assert_eq!(overtaken, link);
    world.top_up(&hanako, link, "t", 5_000).await;
    assert_eq!(world.balance(&hanako).await, Yen::of(5_000));
}

#[tokio::test]
async fn a_refusal_at_the_bank_leaves_the_link_as_it_is() {
    let world = World::new().await;
    let (hanako, link) = world.settled("hanako", 1).await;
    let before = world.wallet.link_of(hanako.id, link).await.unwrap();
    let query = world.set_out(&hanako, link).await.unwrap();
    let refused = query.replace("code=c", "error=access_denied");

    let back = world.come_back(&hanako, &refused).await;

    assert!(matches!(back, Err(WalletError::Bank(_))));
    let after = world.wallet.link_of(hanako.id, link).await.unwrap();
    assert_eq!(after.terms, before.terms);
    world.top_up(&hanako, link, "t", 5_000).await;
    assert_eq!(world.balance(&hanako).await, Yen::of(5_000));
}

#[tokio::test]
async fn what_is_not_ones_own_or_has_ended_is_not_renewed() {
    let world = World::new().await;
    let (hanako, link) = world.settled("hanako", 1).await;
    let (taro, _) = world.settled("taro", 2).await;
    let late = world.set_out(&hanako, link).await.unwrap();

    let foreign = world.set_out(&taro, link).await;
    world.wallet.unlink(&world.ctx(), hanako.id, link).await.unwrap();
    let ended = world.set_out(&hanako, link).await;
    world.come_back(&hanako, &late).await.unwrap();

    assert!(matches!(foreign, Err(WalletError::NotAvailable)));
    assert!(matches!(ended, Err(WalletError::NotAvailable)));
    let after = world.wallet.link_of(hanako.id, link).await.unwrap();
    assert!(!after.is_alive(), "coming back late revives nothing");
}

#[tokio::test]
async fn the_end_of_a_link_is_told_once_and_anew_after_a_renewal() {
    let world = World::new().await;
    let (hanako, link) = world.settled("hanako", 1).await;
    let told = async || world.wallet.tell_of_ends(&world.ctx()).await.unwrap();
    world.later(300 * 86_400);
    assert_eq!(told().await, 0, "two months are left");
    world.later(51 * 86_400);
    assert_eq!(told().await, 1, "less than two weeks are");
    assert!(world.mail(&hanako).await.0.contains(&"link_ends_soon".to_owned()));
    world.later(86_400);
    assert_eq!(told().await, 0, "once is enough");

    let query = world.set_out(&hanako, link).await.unwrap();
    world.come_back(&hanako, &query).await.unwrap();
    assert_eq!(told().await, 0);
    world.later(352 * 86_400);
    assert_eq!(told().await, 1, "the next end is another");
    world.later(86_400);
    world.wallet.unlink(&world.ctx(), hanako.id, link).await.unwrap();
    assert_eq!(told().await, 0, "what has ended does not end soon");
}
