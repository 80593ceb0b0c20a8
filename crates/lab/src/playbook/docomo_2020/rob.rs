//! What worked in 2020: link by number and PIN, drain to the cap, buy things that can be sold.

use std::rc::Rc;

use kanuki_domain::Yen;

use super::{DEBITS, Form, HOUR, Target, Thief};
use crate::{
    browser::WebError,
    measure::Answer,
    walk::{self, wallet::Moved, y2020::Known},
    world::World,
};

/// What is bought at one counter, in yen at the most.
const PURCHASE_MAX: u64 = 80_000;

/// One account of the list, from the throwaway wallet to the goods.
pub(super) async fn rob(world: Rc<World>, target: Target, debit_secs: (u64, u64)) {
    let who = format!("thief {:02}", target.number);
    let mut thief = Thief::new(&world, &who, target.address);
    let mail = format!("throwaway{:03}@example.net", target.number);
    let linked = thief.link_by_pin(&target, &mail).await;
    if thief.tried("link with account number and PIN", &linked) == Answer::Refused {
        return;
    }
    world.tally.borrow_mut().victim_linked();
    if target.form != Form::AfterTheHalt {
        thief.drain(debit_secs).await;
        thief.cash_out(&mail).await;
    }
    if let Some(again_at) = target.again_at {
        world.bed.until(again_at).await;
        let back = walk::y2020::sign_in(&mut thief.browser, &world.post, &mail, "").await;
        thief.tried("sign in again", &back.map(|_| Answer::Got));
        thief.drain(debit_secs).await;
        thief.cash_out(&mail).await;
    }
}

impl Thief {
    async fn link_by_pin(&mut self, target: &Target, mail: &str) -> Result<Answer, WebError> {
        let person = &target.person;
        let post = Rc::clone(&self.world).post.clone();
        walk::y2020::sign_in(&mut self.browser, &post, mail, &person.kana).await?;
        let known = Known {
            bank: self.world.bank_code(person.bank),
            branch: person.account.branch().to_owned(),
            number: person.account.number().to_owned(),
            pin: person.pin.clone(),
            born_on: person.born_on,
        };
        let page = walk::y2020::link(&mut self.browser, &known).await?;
        let is_back = page.url.host_str() == Some("wallet.localhost") && page.status.is_success();
        Ok(if is_back { Answer::Got } else { Answer::Refused })
    }

    /// Four debits, one after the other.
    async fn drain(&mut self, (low, high): (u64, u64)) {
        for amount in DEBITS {
            let moved = walk::wallet::top_up(&mut self.browser, amount).await;
            let answer = moved.map(|moved| match moved {
                Moved::Done => Answer::Got,
                Moved::Waits | Moved::Refused => Answer::Refused,
            });
            if self.tried(&format!("debit {amount}"), &answer) == Answer::Got {
                let now = self.world.now();
                self.world.tally.borrow_mut().victim_debited(now);
            }
            let pause = self.chance.secs(low, high);
            self.world.bed.secs(pause).await;
        }
    }

    /// Spends it in shops within the day.
    async fn cash_out(&mut self, mail: &str) {
        let world = Rc::clone(&self.world);
        let pause = self.chance.secs(1_800, 6 * 3_600).min(6 * HOUR);
        world.bed.secs(pause).await;
        // Sessions of then were short, and the mailed code opened them again.
        let back = walk::y2020::sign_in(&mut self.browser, &world.post, mail, "").await;
        if back.is_err() {
            return;
        }
        let mut left = DEBITS.iter().fold(0_u64, |sum, yen| sum.saturating_add(yen.amount()));
        while left > 0 {
            let amount = self.chance.between(20_000, PURCHASE_MAX).min(left);
            let Some(code) = self.chance.pick(&world.shop_codes).cloned() else { return };
            let yen = Yen::new(amount).unwrap_or(Yen::ZERO);
            let mut bought = self.buy(&code, yen).await;
            if !matches!(bought, Ok(Answer::Got)) {
                // The session was over: he comes back with a fresh code, once.
                let again = walk::y2020::sign_in(&mut self.browser, &world.post, mail, "").await;
                if again.is_ok() {
                    bought = self.buy(&code, yen).await;
                }
            }
            if self.tried("buy goods to sell", &bought) == Answer::Refused {
                return;
            }
            left = left.saturating_sub(amount);
        }
    }

    async fn buy(&mut self, code: &str, amount: Yen) -> Result<Answer, WebError> {
        let (moved, _) = walk::wallet::pay(&mut self.browser, code, amount).await?;
        Ok(if moved == Moved::Done { Answer::Got } else { Answer::Refused })
    }
}
