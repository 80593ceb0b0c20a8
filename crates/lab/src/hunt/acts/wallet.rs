//! In the wallet: money in, money out, links.

use std::rc::Rc;

use kanuki_domain::Yen;

use crate::{
    browser::WebError,
    hunt::{
        moves::{Move, What},
        scene::Scene,
    },
    measure::Answer,
    people::{Enrolment, Person},
    playbook::thief::{Thief, got},
    walk::{
        self,
        bank::{Consented, Help},
        fill::{fill, form_to, form_where, is_done},
        wallet::Moved,
    },
};

/// More than any cap gives a month: only the day's is in the way.
const PER_MONTH: &str = "300000";

impl Scene {
    pub(super) async fn move_money(&mut self, one: Move) -> Result<Answer, WebError> {
        let amount = one.yen();
        match one.what {
            What::Debit => Ok(self.thief.debit(amount).await),
            What::Race => self.thief.race(&[amount; 6], false).await,
            What::Approve => self.approve(amount, None).await,
            What::Tired => self.approve(amount, Some("00")).await,
            What::Pay => {
                let Some(code) = self.world.wallet.shop_codes.first().cloned() else {
                    return Ok(Answer::Refused);
                };
                self.thief.buy(&code, amount).await
            }
            What::Send => {
                let sent = walk::wallet::send_by_link(&mut self.thief.browser, amount).await?;
                let Some(link) = sent else { return Ok(Answer::Refused) };
                self.claimed(&link).await
            }
            What::Keep => self.send_and_keep(amount).await,
            What::Claim => {
                if self.sent.is_empty() {
                    return Ok(Answer::Refused);
                }
                let (link, _) = self.sent.remove(0);
                self.claimed(&link).await
            }
            What::TakeBack => {
                let Some((_, path)) = self.sent.pop() else { return Ok(Answer::Refused) };
                self.call_off(&path).await
            }
            What::Request => self.pay_a_request(amount).await,
            What::PayOut => {
                let page = walk::wallet::pay_out_page(&mut self.thief.browser, amount).await?;
                let paid = walk::wallet::moved(&page);
                self.payout = (paid != Moved::Refused).then(|| page.url.path().to_owned());
                Ok(got(paid == Moved::Done))
            }
            What::PayBack => {
                let Some(path) = self.payout.take() else { return Ok(Answer::Refused) };
                self.call_off(&path).await
            }
            What::OtherDebit | What::OtherPayOut => self.at_the_other_bank(one).await,
            _ => self.thief.try_strange_link().await,
        }
    }

    /// The mule takes what waits behind `link`.
    async fn claimed(&mut self, link: &str) -> Result<Answer, WebError> {
        let claimed = walk::wallet::claim(&mut self.mule.browser, link).await?;
        Ok(got(claimed == Moved::Done))
    }

    async fn send_and_keep(&mut self, amount: Yen) -> Result<Answer, WebError> {
        let page = walk::wallet::send_page(&mut self.thief.browser, amount).await?;
        let Some(link) = walk::wallet::link_on(&page) else { return Ok(Answer::Refused) };
        self.sent.push((link, page.url.path().to_owned()));
        Ok(Answer::Got)
    }

    /// Presses what ends the movement of the page at `path`.
    async fn call_off(&mut self, path: &str) -> Result<Answer, WebError> {
        let page = walk::wallet::visit(&mut self.thief.browser, path).await?;
        let form = form_where(&page, "way back", |form| form.action.ends_with("/cancel"))?;
        let page = fill(&mut self.thief.browser, &page, form, &[]).await?;
        Ok(got(is_done(&page)))
    }

    /// The mule asks for `amount` by a link, and the thief pays it.
    async fn pay_a_request(&mut self, amount: Yen) -> Result<Answer, WebError> {
        let page = walk::wallet::visit(&mut self.mule.browser, "/request").await?;
        let form = form_to(&page, "/request")?;
        let sum = amount.amount().to_string();
        let made = fill(&mut self.mule.browser, &page, form, &[("amount", &sum)]).await?;
        let id = made.url.path().strip_prefix("/request/").unwrap_or_default().to_owned();
        if id.is_empty() {
            return Ok(Answer::Refused);
        }
        let paid = walk::wallet::pay_request(&mut self.thief.browser, &format!("/r/{id}")).await?;
        Ok(got(paid == Moved::Done))
    }

    /// Asks for a top-up, and signs it at the bank's own page where the bank wants that.
    async fn approve(&mut self, amount: Yen, typed: Option<&str>) -> Result<Answer, WebError> {
        let pages = self.pages();
        let topup = walk::wallet::ask_top_up(&mut self.thief.browser, amount).await?;
        let number = walk::wallet::wait_for_approval(&mut self.thief.browser, &topup).await?;
        let number = typed.unwrap_or(&number);
        Ok(got(walk::bank::approve_waiting(&mut self.thief.browser, &pages, number).await?))
    }

    pub(super) async fn change_wallet(&mut self, one: Move) -> Result<Answer, WebError> {
        let (victim, papers) = (self.victim.clone(), self.papers.clone());
        match one.what {
            What::Link => {
                let linked = self.thief.link_again(&victim).await;
                self.note_link(linked)
            }
            What::Second => {
                let linked = self.thief.second_wallet(&papers).await;
                self.note_link(linked)
            }
            What::LinkAs => {
                let linked = self.thief.link_as(&victim).await;
                self.note_link(linked)
            }
            What::Unlink => self.thief.unlink().await,
            What::Renew => self.renew(one.yen()).await,
            What::OtherBank => self.link_the_forged_account().await,
            What::OwnBank => self.link_an_accomplices().await,
            What::Freeze => {
                let page = walk::wallet::freeze(&mut self.thief.browser).await?;
                Ok(got(page.status.is_success()))
            }
            _ => {
                let page = walk::wallet::ask_unfreeze(&mut self.thief.browser).await?;
                Ok(got(page.status.is_success()))
            }
        }
    }

    /// The link as it is for another year, with other caps: agreed to in the wallet, signed at the bank.
    async fn renew(&mut self, per_day: Yen) -> Result<Answer, WebError> {
        let browser = &mut self.thief.browser;
        let page = walk::wallet::sign_in(browser).await?;
        let link = format!("{}/renew", page.link("/links/")?);
        let page = browser.follow(&page, &link).await?;
        let form = form_where(&page, "renewal", |form| form.asks("per_day"))?;
        let sum = per_day.amount().to_string();
        let form = form.with("per_day", sum).with("per_month", PER_MONTH).with("consent", "yes");
        let page = browser.submit(&page, &form).await?;
        let page = browser.submit_passkey(&page, &[]).await?;
        let page = match form_to(&page, "/authorize/account") {
            Err(_) => page,
            Ok(form) => {
                let only = form.choices("account").first().cloned().unwrap_or_default();
                browser.submit(&page, &form.with("account", only)).await?
            }
        };
        let page = browser.submit_passkey(&page, &[]).await?;
        let renewed = Ok(got(walk::wallet::is_linked(&page)));
        self.note_link(renewed)
    }

    /// The account that was opened in the victim's name.
    async fn link_the_forged_account(&mut self) -> Result<Answer, WebError> {
        let Some(forged) = self.forged.clone() else { return Ok(Answer::Refused) };
        let linked = self.thief.link_from_the_counter(&forged).await?;
        let answer = got(linked.is_some());
        self.forged_link = linked.or(self.forged_link.take());
        Ok(answer)
    }

    /// An account of somebody else to the wallet that is there.
    async fn link_an_accomplices(&mut self) -> Result<Answer, WebError> {
        let Some(own) = self.world.town.accomplices.first().cloned() else {
            return Ok(Answer::Refused);
        };
        Ok(got(self.thief.link_from_the_counter(&own).await?.is_some()))
    }

    async fn at_the_other_bank(&mut self, one: Move) -> Result<Answer, WebError> {
        let Some(link) = self.forged_link.clone() else { return Ok(Answer::Refused) };
        let (browser, amount) = (&mut self.thief.browser, one.yen());
        let moved = if one.what == What::OtherDebit {
            walk::wallet::top_up_by(browser, amount, &link).await?
        } else {
            walk::wallet::pay_out_to(browser, &link, amount).await?
        };
        Ok(got(moved == Moved::Done))
    }
}

impl Thief {
    /// Links an account of `person` to the wallet in this browser, with a passkey made at a counter; the
    /// link's name.
    async fn link_from_the_counter(&mut self, person: &Person) -> Result<Option<String>, WebError> {
        let world = Rc::clone(&self.world);
        let person = Person { enrolment: Enrolment::Branch, ..person.clone() };
        walk::wallet::sign_in(&mut self.browser).await?;
        let code = world.bank_code(person.bank);
        let page = walk::wallet::start_link(&mut self.browser, &code).await?;
        let help = Help { world: &world, person: &person, mistypes: false };
        let page = walk::bank::enrol(&mut self.browser, &page, help).await?;
        match walk::bank::consent(&mut self.browser, &page).await? {
            Consented::Signed(page) => {
                let id = page.url.path().rsplit('/').next().unwrap_or_default().to_owned();
                Ok(walk::wallet::is_linked(&page).then_some(id))
            }
            Consented::Mismatch => Ok(None),
        }
    }
}
