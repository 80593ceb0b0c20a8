//! What each move is, played: pages opened, forms sent, codes typed. Who may do a thing decides the
//! server that is asked; a move only asks.

mod delegate;
mod desk;
mod holder;
mod home;
mod recovery;
mod wallet;

use super::{
    moves::{Move, What},
    scene::Scene,
};
use crate::{
    browser::WebError,
    measure::Answer,
    people::{Enrolment, Person},
    playbook::thief::got,
    walk,
};

impl Scene {
    /// Plays one move; what it came to.
    pub(super) async fn make(&mut self, one: Move) -> Result<Answer, WebError> {
        match one.what {
            What::Wait => {
                self.world.bed.secs(i64::try_from(one.number).unwrap_or(0)).await;
                Ok(Answer::Got)
            }
            What::Skin => {
                self.thief.change_skin();
                Ok(Answer::Got)
            }
            What::Debit
            | What::Race
            | What::Approve
            | What::Tired
            | What::Pay
            | What::Send
            | What::Keep
            | What::Claim
            | What::TakeBack
            | What::Request
            | What::PayOut
            | What::PayBack
            | What::OtherDebit
            | What::OtherPayOut
            | What::Strange => self.move_money(one).await,
            What::Link
            | What::Second
            | What::LinkAs
            | What::Unlink
            | What::Renew
            | What::OtherBank
            | What::OwnBank
            | What::Freeze
            | What::Unfreeze => self.change_wallet(one).await,
            What::Mail
            | What::Raise
            | What::Lower
            | What::StopAll
            | What::Lock
            | What::Unlock
            | What::Alerts
            | What::LostKey
            | What::Look
            | What::Letter => self.at_the_bank(one).await,
            What::Recover | What::Reclaim | What::Device | What::DropKey | What::Guess => {
                self.change_keys(one).await
            }
            What::Delegate => self.appoint().await,
            What::DelegateActs => self.act_as_delegate(one.number).await,
            What::DelegateEnd => self.end_delegates().await,
            What::DelegateLetter => self.join_by_letter().await,
            What::Call => self.call_the_desk(one.number).await,
            What::Release => self.ask_for_release().await,
            What::Agree => self.agree().await,
            What::Refund => self.refund(one.yen()).await,
            What::Report => self.report(one.number).await,
            What::Home => self.at_home(one.number).await,
            What::Stop => self.holder_stops().await,
            What::Knock => {
                let victim = self.victim.clone();
                self.thief.knock(&victim, 0).await;
                Ok(Answer::Refused)
            }
            What::Enrol => self.enrol(one.number).await,
        }
    }

    /// A passkey at the bank by what the holder is talked into: the machine, a call, the counter.
    async fn enrol(&mut self, way: u64) -> Result<Answer, WebError> {
        let enrolment = match way {
            0 => Enrolment::Atm,
            1 => Enrolment::Call,
            _ => Enrolment::Branch,
        };
        let victim = Person { enrolment, ..self.victim.clone() };
        self.thief.enrol_as(&victim).await
    }

    /// Anybody reports a theft, without signing in anywhere.
    async fn report(&mut self, way: u64) -> Result<Answer, WebError> {
        let host = if way == 0 { crate::world::WALLET.to_owned() } else { self.pages() };
        let page = self.thief.browser.open(&format!("{host}/report")).await?;
        let fields = [
            ("contact", self.victim.email.as_str()),
            ("text", "身に覚えのない引き落としがあります"),
        ];
        let form = walk::fill::form_where(&page, "report", |form| form.asks("text"))?;
        let page = walk::fill::fill(&mut self.thief.browser, &page, form, &fields).await?;
        Ok(got(walk::fill::is_done(&page)))
    }
}
