//! Every door of Kanuki as it ships that somebody without a key can find, and one who tries them.

use std::rc::Rc;

use crate::{
    browser::WebError,
    measure::Answer,
    people::Person,
    playbook::thief::{Thief, got},
    policy::y2020::PATHS_2020,
    sim::chance::Chance,
    walk::{self, wallet::Moved},
    world::WALLET,
};

impl Thief {
    /// Tries every door for one account, with a name, a number and a PIN in hand.
    pub(crate) async fn knock(&mut self, victim: &Person, number: usize) {
        let pages = self.world.pages(victim.bank);
        let opened = self.open_throwaway(number).await;
        self.tried("open a throwaway wallet", &opened);
        let linked = self.try_link(victim).await;
        self.tried("link without proving who one is", &linked);
        let forged = self.try_forged_card(victim).await;
        self.tried("prove the victim's name with a forged card", &forged);
        let topped_up = self.try_strange_link().await;
        self.tried("top up from a link of somebody else", &topped_up);
        self.change_skin();
        let old = self.try_old_pages(&pages).await;
        self.tried("find the pages of 2020", &old);
        let made_up = self.try_made_up_request(&pages).await;
        self.tried("consent to a request that nobody pushed", &made_up);
        self.wait(6 * 3_600, 30 * 3_600).await;
        self.change_skin();
        // Over the network nobody can be called.
        if !self.world.net.is_elsewhere() {
            let called = self.try_call(victim).await;
            self.tried("enrol with a call from another telephone", &called);
        }
        let typed = self.try_machine_code(victim).await;
        self.tried("enrol by guessing the machine's code, PIN first", &typed);
        self.change_skin();
        let branch = self.try_branch_codes(victim).await;
        self.tried("enrol by guessing a branch's code", &branch);
        let signed_in = walk::bank::portal(&mut self.browser, &pages).await;
        let signed_in = signed_in.map(|page| got(page.is_at("/holder")));
        self.tried("sign in at the bank with a passkey of one's own", &signed_in);
    }

    pub(crate) async fn open_throwaway(&mut self, number: usize) -> Result<Answer, WebError> {
        let (mail, phone) = self.world.throwaway(number);
        let page = walk::wallet::open(&mut self.browser, "guest", (&mail, &phone)).await?;
        Ok(got(page.status.is_success()))
    }

    /// Sets out to a bank; got only if he stands before its sign-in.
    pub(crate) async fn try_link(&mut self, victim: &Person) -> Result<Answer, WebError> {
        walk::wallet::sign_in(&mut self.browser).await?;
        let code = self.world.bank_code(victim.bank);
        let page = walk::wallet::start_link(&mut self.browser, &code).await?;
        Ok(got(page.url.path().starts_with("/authorize")))
    }

    /// A card of an authority that he runs himself, with the victim's name on it.
    pub(crate) async fn try_forged_card(&mut self, victim: &Person) -> Result<Answer, WebError> {
        walk::wallet::sign_in(&mut self.browser).await?;
        let Ok(card) = self.world.operator.forged(&victim.on_card()) else {
            return Ok(Answer::Refused);
        };
        walk::wallet::prove(&mut self.browser, &card, &victim.kana).await?;
        self.try_link(victim).await
    }

    /// Asks for a top-up from a link that is not his.
    pub(crate) async fn try_strange_link(&mut self) -> Result<Answer, WebError> {
        let link = format!("lnk_0{}", self.chance.digits(25));
        let moved = walk::wallet::top_up_from(&mut self.browser, &link).await?;
        Ok(got(moved == Moved::Done))
    }

    /// Starts an enrolment for the victim's account and calls from a telephone of his own.
    pub(crate) async fn try_call(&mut self, victim: &Person) -> Result<Answer, WebError> {
        let world = Rc::clone(&self.world);
        let page = self.browser.open(&format!("{}/enrol", world.pages(victim.bank))).await?;
        let page = walk::bank::start(&mut self.browser, &page, victim, "call").await?;
        let reference = walk::bank::reference(&page)?;
        let phone = format!("0800{}", self.chance.digits(7));
        world.call(victim.bank, &phone, &reference).await;
        let page = self.browser.follow(&page, &page.link("/enrol/wait")?).await?;
        Ok(got(page.passkey_form().is_ok()))
    }

    /// Starts an enrolment that waits for a code from the machine, and types what he knows.
    pub(crate) async fn try_machine_code(&mut self, victim: &Person) -> Result<Answer, WebError> {
        let pages = self.world.pages(victim.bank);
        let page = self.browser.open(&format!("{pages}/enrol")).await?;
        let mut page = walk::bank::start(&mut self.browser, &page, victim, "atm").await?;
        for guess in guesses(victim, &mut self.chance) {
            page = walk::bank::type_code(&mut self.browser, &page, &guess).await?;
            if page.passkey_form().is_ok() {
                return Ok(Answer::Got);
            }
        }
        Ok(Answer::Refused)
    }

    /// Looks for the pages of 2020 at the wallet and at a bank.
    pub(crate) async fn try_old_pages(&mut self, pages: &str) -> Result<Answer, WebError> {
        for host in [WALLET, pages] {
            for path in PATHS_2020 {
                let page = self.browser.open(&format!("{host}{path}")).await?;
                if page.status.is_success() {
                    return Ok(Answer::Got);
                }
            }
        }
        Ok(Answer::Refused)
    }

    /// Comes to a bank's consent with a request that nobody pushed.
    pub(crate) async fn try_made_up_request(&mut self, pages: &str) -> Result<Answer, WebError> {
        let handle = self.chance.digits(26);
        let request = format!("urn:ietf:params:oauth:request_uri:{handle}");
        let url = format!("{pages}/authorize?client_id=kanuki-wallet&request_uri={request}");
        let page = self.browser.open(&url).await?;
        Ok(if page.passkey_form().is_ok() { Answer::Got } else { Answer::Refused })
    }

    /// Types guesses where a code from a branch is asked for.
    pub(crate) async fn try_branch_codes(&mut self, victim: &Person) -> Result<Answer, WebError> {
        let pages = self.world.pages(victim.bank);
        let page = self.browser.open(&format!("{pages}/enrol")).await?;
        let mut page = walk::bank::start(&mut self.browser, &page, victim, "branch").await?;
        for _ in 0..3 {
            let guess = self.chance.digits(10);
            page = walk::bank::type_code(&mut self.browser, &page, &guess).await?;
            if page.passkey_form().is_ok() {
                return Ok(Answer::Got);
            }
        }
        Ok(Answer::Refused)
    }
}

/// The PIN, the birth date, then anything.
fn guesses(victim: &Person, chance: &mut Chance) -> Vec<String> {
    let born_on = victim.born_on.strftime("%Y%m%d").to_string();
    let mut guesses = vec![victim.pin.clone(), born_on];
    guesses.extend((0..4).map(|_| chance.digits(10)));
    guesses
}
