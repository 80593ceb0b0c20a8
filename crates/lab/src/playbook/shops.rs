//! Crimes at the till: a shop that exists to cash out, a sticker over an honest shop's code, and a
//! customer who spends and then says that it was somebody else.

use std::rc::Rc;

use kanuki_domain::{Yen, mandate::later};

use super::{
    Calendar, Crime,
    caps::ALL,
    hands::stolen::{self, ASKS, Victim},
    plan::{DAY, HOUR, Plan},
    thief::{Thief, got},
};
use crate::{
    browser::WebError,
    measure::Answer,
    people::Person,
    report::Start,
    walk,
    world::{Desk, WALLET, World},
};

/// What lunch costs.
const LUNCH: Yen = Yen::of(1_000);
/// Visits to the counter with the sticker.
const VISITS: u32 = 4;

/// A sticker over an honest shop's code; from inside, a stolen telephone and a shop of one's own.
pub(super) fn fake_merchant(world: &Rc<World>, start: Start, calendar: &Calendar) -> Crime {
    let mut plan = Plan::of(world, "fake-merchant");
    // The last shop of the town is the thief's.
    let fake = world.wallet.shop_codes.last().cloned().unwrap_or_default();
    if start == Start::Inside {
        let stolen_at = later(calendar.start, 3 * DAY);
        return plan.inside(calendar, stolen_at, move |mut thief, _| {
            let fake = fake.clone();
            async move {
                for _ in 0..6 {
                    thief.sell_nothing(&fake).await;
                    thief.wait(87_000, 90_000).await;
                }
            }
        });
    }
    for (number, person) in plan.people.iter().enumerate() {
        let joins_at = later(calendar.start, HOUR);
        let victim = Victim { person: person.clone(), joins_at, stolen_at: later(joins_at, DAY) };
        let fake = fake.clone();
        stolen::stage(world, victim, number, move |mut owner, person| async move {
            let world = Rc::clone(&owner.world);
            owner.browser.change_hands(&format!("tricked {}", person.key));
            let topped_up = walk::wallet::top_up(&mut owner.browser, Yen::of(5_000)).await;
            if topped_up.is_err() {
                return;
            }
            let who = format!("thief with stickers {number}");
            let thief = Thief::new(&world, &who, person.network);
            for _ in 0..VISITS {
                let paid = owner.lunch_at_a_sticker(&fake).await;
                let is_through = matches!(paid, Ok(Answer::Got));
                thief.tried("a sticker over an honest shop's code", &paid);
                if is_through {
                    // The shop's own page shows no payment: no lunch, and the sticker is found.
                    break;
                }
                owner.wait(20_000, 90_000).await;
            }
        });
    }
    plan.crime(format!("a sticker, and {} customers who come for lunch", plan.people.len()))
}

impl Thief {
    /// Debits what the link gives and pays it at the thief's own shop.
    async fn sell_nothing(&mut self, shop: &str) {
        let mut taken = Yen::ZERO;
        for ask in ASKS {
            if self.debit(ask).await == Answer::Got {
                taken = taken.plus(ask).unwrap_or(taken);
            }
        }
        let mut left = taken.min(ALL);
        for piece in ASKS {
            while piece <= left {
                let bought = self.buy(shop, piece).await;
                if self.tried("pay at the thief's own shop", &bought) == Answer::Refused {
                    break;
                }
                left = left.minus_or_zero(piece);
            }
        }
    }

    /// Reads the sticker; the page names another shop than the one that people stand in, and two of
    /// three see it.
    async fn lunch_at_a_sticker(&mut self, fake: &str) -> Result<Answer, WebError> {
        if self.chance.happens(667) {
            let query = serde_urlencoded::to_string([("code", fake)]).unwrap_or_default();
            let page = self.browser.open(&format!("{WALLET}/pay?{query}")).await?;
            // A name that is not on the sign: they do not go on.
            return Ok(got(!page.document.text.contains("店")));
        }
        self.buy(fake, LUNCH).await
    }
}

/// Spends what they have, and says that it was somebody else.
pub(super) fn false_victim(world: &Rc<World>, _: Start, calendar: &Calendar) -> Crime {
    let mut plan = Plan::of(world, "false-victim");
    // They lose nothing: what is counted is what a company gives them.
    for (number, person) in plan.people.clone().into_iter().enumerate() {
        let joins_at = later(calendar.start, plan.chance.secs(3_600, 40_000));
        let victim =
            Victim { person: person.clone(), joins_at, stolen_at: later(joins_at, 2 * DAY) };
        world.knows_until(&person, calendar.end);
        stolen::stage(world, victim, number, |mut liar, person| async move {
            let world = Rc::clone(&liar.world);
            world.knows_until(&person, later(world.now(), 400 * DAY));
            let spent = liar.take(Yen::of(20_000)).await;
            world.spends(&person, spent);
            let frozen = walk::wallet::freeze(&mut liar.browser).await;
            liar.tried("stop the wallet that one used", &frozen.map(|_| Answer::Got));
            let reported = liar.report_a_theft(&person).await;
            liar.tried("report a theft that was none", &reported);
            let asked = walk::wallet::ask_unfreeze(&mut liar.browser).await;
            liar.tried("have a case about oneself", &asked.map(|_| Answer::Got));
            liar.wait(3_600, 7_200).await;
            liar.have_it_refunded(&person).await;
        });
    }
    plan.crime(format!("{} customers who spend and then report it", plan.people.len()))
}

impl Thief {
    async fn report_a_theft(&mut self, person: &Person) -> Result<Answer, WebError> {
        let page = self.browser.open(&format!("{WALLET}/report")).await?;
        let text = "身に覚えのない支払いです";
        let form = page.form("/report")?.with("contact", &*person.email).with("text", text);
        let page = self.browser.submit(&page, &form).await?;
        Ok(got(page.status.is_success()))
    }

    /// Two kind members of staff give back whatever the desk lets them.
    async fn have_it_refunded(&mut self, person: &Person) {
        let world = Rc::clone(&self.world);
        let before = world.owned_by(person).await;
        let mut staff = Vec::new();
        for name in ["first", "second"] {
            let who = format!("the {name} at the desk for {}", person.key);
            let mut one = Self::new(&world, &who, person.network);
            let Ok(code) = world.invite_staff(Desk::Wallet, &who).await else { return };
            let active = walk::desk::activate(&mut one.browser, WALLET, &code).await;
            if active.is_ok() {
                staff.push(one);
            }
        }
        let [first, second] = staff.as_mut_slice() else { return };
        let proposed = first.propose_refunds().await;
        self.tried("have a refund proposed", &proposed);
        self.wait(90_000, 100_000).await;
        let agreed = second.agree_with_oneself(WALLET).await;
        self.tried("have a refund agreed to by two", &agreed);
        self.wait(90_000, 100_000).await;
        let after = world.owned_by(person).await;
        world.tally.borrow_mut().compensated(after.minus_or_zero(before));
    }

    /// Proposes to give back every top-up that the cases show.
    async fn propose_refunds(&mut self) -> Result<Answer, WebError> {
        let list = walk::desk::visit(&mut self.browser, WALLET, "/desk").await?;
        let is_case = |link: &&String| link.starts_with("/desk/cases/");
        let cases: Vec<String> = list.document.links.iter().filter(is_case).cloned().collect();
        let mut answer = Answer::Refused;
        for case in cases {
            let page = self.browser.follow(&list, &case).await?;
            let asks = |form: &&crate::browser::Form| form.action.ends_with("/refund");
            let Some(form) = page.document.forms.iter().find(asks).cloned() else { continue };
            for topup in form.choices("topup").to_vec() {
                let form = form.clone().with("topup", topup).with("reason", "kindness");
                let sent = self.browser.submit(&page, &form.with("amount", "10000")).await?;
                if sent.status.is_success() {
                    answer = Answer::Got;
                }
            }
        }
        Ok(answer)
    }
}
