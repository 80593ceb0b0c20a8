//! Everybody whom a story is about, with what they hold while it goes on.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeSet,
    rc::Rc,
};

use jiff::Timestamp;
use kanuki_domain::{Yen, limits::UNLOCK_WAIT_SECS, mandate::later};

use super::story::Given;
use crate::{
    browser::{Browser, WebError},
    measure::Answer,
    people::Person,
    playbook::{hands::stolen, thief::Thief},
    walk,
    world::{Desk, World},
};

/// What a victim who keeps the telephone has in the wallet.
const IN_THE_WALLET: Yen = Yen::of(5_000);

/// What the lab notes while the story goes on.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// When the thief began: whatever is older is the holder's own doing.
    pub(super) begun_at: Cell<Option<Timestamp>>,
    /// What was in the victim's wallet then.
    pub(super) purse: Cell<Yen>,
    /// When the victim's account was first linked.
    pub(super) linked_at: Cell<Option<Timestamp>>,
    /// When the holder stopped the link that is there.
    pub(super) stopped_at: Cell<Option<Timestamp>>,
    /// When somebody linked anew after that, or two people at a desk let it go on.
    pub(super) linked_again_at: Cell<Option<Timestamp>>,
    /// Whether the account is locked against new links, and from when on it is open again.
    locked: Cell<Option<Timestamp>>,
    pub(super) is_over: Cell<bool>,
    /// What each move came to, by what the thief was given.
    pub(super) moves: RefCell<BTreeSet<String>>,
    /// What it came to after the move before it.
    pub(super) answers: RefCell<BTreeSet<String>>,
    /// Promises that a move itself showed broken.
    pub(super) broken: RefCell<BTreeSet<String>>,
}

impl Notes {
    /// Whoever holds the account stopped what is linked to it.
    pub(super) fn stop(&self, at: Timestamp) {
        self.stopped_at.set(Some(at));
        self.linked_again_at.set(None);
    }

    /// What was stopped may go on from here.
    pub(super) fn resume(&self, at: Timestamp) {
        if self.stopped_at.get().is_some() {
            self.linked_again_at.set(Some(at));
        }
    }

    /// The account takes no new link.
    pub(super) fn lock(&self) {
        self.locked.set(Some(Timestamp::MAX));
    }

    /// The holder asked for the end of that, and waits.
    pub(super) fn unlock(&self, at: Timestamp) {
        if self.locked.get() == Some(Timestamp::MAX) {
            self.locked.set(Some(later(at, UNLOCK_WAIT_SECS)));
        }
    }

    /// A link came to be.
    pub(super) fn link(&self, at: Timestamp) {
        if self.locked.get().is_some_and(|opens_at| at < opens_at) {
            self.broken.borrow_mut().insert("an account was linked while it was locked".to_owned());
        }
        self.resume(at);
    }
}

/// Everybody in a story.
pub(super) struct Scene {
    pub(super) world: Rc<World>,
    pub(super) given: Given,
    pub(super) victim: Person,
    pub(super) thief: Thief,
    /// With a verified wallet of their own.
    pub(super) mule: Thief,
    /// The victim's other device at home, where the victim has a wallet.
    pub(super) home: Option<Browser>,
    /// Who looks after the victim's accounts, once somebody does.
    pub(super) delegate: Option<Thief>,
    /// Who works at the desks: which, and who is first and second there.
    staff: Vec<(Desk, usize, Thief)>,
    /// Whose card the thief has to prove who he is with.
    pub(super) papers: Person,
    /// An account in the victim's name at another bank, and the link to it.
    pub(super) forged: Option<Person>,
    pub(super) forged_link: Option<String>,
    /// Links with money behind them that nobody took yet, and the sender's pages of them.
    pub(super) sent: Vec<(String, String)>,
    /// The page of the newest payout.
    pub(super) payout: Option<String>,
    /// The code of a recovery that waits.
    pub(super) recovery: Option<String>,
    /// Whether somebody at a desk asked for the end of a stop.
    pub(super) release_is_asked: bool,
    pub(super) notes: Rc<Notes>,
}

impl Scene {
    /// The thief with what he was given, and everybody else at their places.
    pub(super) async fn set(
        world: &Rc<World>,
        victim: &Person,
        given: Given,
        notes: &Rc<Notes>,
    ) -> Result<Self, WebError> {
        let mut home = None;
        let mut thief = match given {
            Given::Phone => {
                let phone = stolen::join(world, victim).await?;
                let mut other = at_home(world, victim);
                other.keys = phone.keys.clone();
                home = Some(other);
                Thief::holding(world, phone, "thief with the telephone")
            }
            Given::List | Given::Codes => Thief::new(world, "thief", victim.network),
            Given::Mailbox | Given::Delegate | Given::Desk => {
                let mut owner = stolen::join(world, victim).await?;
                walk::wallet::top_up(&mut owner, IN_THE_WALLET).await?;
                home = Some(owner);
                Thief::new(world, "thief", victim.network)
            }
        };
        let accomplices = &world.town.accomplices;
        let mut mule = Thief::new(world, "thief's mule", victim.network);
        // The last one of all bears the victim's name, at another bank.
        if let Some(person) = accomplices.iter().rev().nth(1) {
            mule.set_up(person).await?;
        }
        // A list and codes are no card: whoever was given no more opens wallets in an accomplice's name.
        let own = accomplices.first().unwrap_or(victim).clone();
        let papers = if given == Given::Phone { victim.clone() } else { own.clone() };
        if !matches!(given, Given::List | Given::Phone) {
            thief.change_skin();
            thief.set_up(&own).await?;
        }
        let mut scene = Self {
            world: Rc::clone(world),
            given,
            victim: victim.clone(),
            thief,
            mule,
            home,
            delegate: None,
            staff: Vec::new(),
            papers,
            forged: accomplices.last().cloned(),
            forged_link: None,
            sent: Vec::new(),
            payout: None,
            recovery: None,
            release_is_asked: false,
            notes: Rc::clone(notes),
        };
        if given == Given::Delegate {
            scene.trust_somebody().await?;
        }
        notes.begun_at.set(Some(world.now()));
        if given != Given::Phone && scene.home.is_some() {
            notes.purse.set(world.in_wallet(&victim.email).await.unwrap_or_default());
        }
        Ok(scene)
    }

    /// Who works at `desk`, the first or the second; the thief himself where the seat is his.
    pub(super) async fn at_desk(
        &mut self,
        desk: Desk,
        number: usize,
    ) -> Result<&mut Thief, WebError> {
        let is_meant = |(at, place, _): &(Desk, usize, Thief)| *at == desk && *place == number;
        if !self.staff.iter().any(is_meant) {
            let is_his = self.given == Given::Desk && number == 0;
            let role = if is_his { "thief" } else { "one" };
            let who = format!("{role} at the desk {desk:?} {number}").replace(['(', ')'], "");
            let mut one = Thief::new(&self.world, &who, self.victim.network);
            let pages = self.world.desk_pages(desk);
            let nobody = || WebError::Nowhere(format!("{pages}/desk"));
            let code = self.world.invite_staff(desk, &who).await.map_err(|_| nobody())?;
            walk::desk::activate(&mut one.browser, &pages, &code).await?;
            self.staff.push((desk, number, one));
        }
        let found = self.staff.iter_mut().find(|one| is_meant(one));
        found.map(|(.., one)| one).ok_or_else(|| WebError::Nowhere("desk".to_owned()))
    }

    /// Where the victim's bank has its pages.
    pub(super) fn pages(&self) -> String {
        self.world.pages(self.victim.bank)
    }

    /// Notes that a link came to be, if one did.
    pub(super) fn note_link(&self, linked: Result<Answer, WebError>) -> Result<Answer, WebError> {
        if matches!(linked, Ok(Answer::Got)) {
            self.notes.link(self.world.now());
        }
        linked
    }
}

/// The victim's own browser at home, which nobody stole.
pub(super) fn at_home(world: &World, victim: &Person) -> Browser {
    let who = format!("{} (at home)", victim.key);
    Browser::new(world.ground(), &who, victim.network, world.seed)
}
