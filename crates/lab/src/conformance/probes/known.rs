//! Asking each other, by hashes, about frauds that two people confirmed.

use jiff::ToSpan as _;
use kanuki_bank::mandate::Mandate;
use kanuki_desk::case::{Case, CaseKind};
use kanuki_domain::agreement::today;
use kanuki_record::{Book, Unit};
use kanuki_wallet::link::Link;

use super::{before, change::ASSESSED};
use crate::{
    browser::Browser,
    conformance::{
        mask,
        probe::{Fault, Off, Probe, Seen},
        scene::Scene,
    },
    world::CLIENT_ID,
};

pub(super) const PROBES: &[Probe] = &[Probe {
    id: "fraud-known-by-hash",
    observe: |scene| Box::pin(known_by_hash(scene)),
    off: Off {
        about: "whatever a company is asked about is a match",
        apply: |plan| plan.tamper = before(mask::knows_everybody),
    },
}];

/// The pages of the exchange.
const PAGE: &str = "/desk/exchange";
/// What a case says of an answer.
const MATCH: &str = "連携先で確定した不正と一致しました";
const NO_MATCH: &str = "連携先の答えは不一致でした";

/// Two people at one company's desk, and a case there that suspects its side of the same person.
struct Side {
    first: Browser,
    second: Browser,
    host: String,
    case: String,
}

impl Side {
    async fn new(scene: &Scene, is_bank: bool, case: &Case) -> Result<Self, Fault> {
        let (first, host) = scene.staff(is_bank).await?;
        let (second, _) = scene.staff_called(is_bank, "検査 承認").await?;
        Ok(Self { first, second, host, case: case.case_id.to_string() })
    }

    /// One agrees on the exchange with the partner, another signs.
    async fn agree(&mut self, scene: &Scene, partner: &str, keys: [&str; 2]) -> Result<(), Fault> {
        let file = self.first.open(&format!("{}/desk/partners/{partner}", self.host)).await?;
        let page = self.first.follow(&file, &file.link("/desk/propose?")?).await?;
        let now = today(scene.world.now());
        let until = now.saturating_add(90.days()).to_string();
        let form = page.form_with("agreement.exchange.basis")?;
        let mut form = ASSESSED.iter().fold(form, |form, name| form.with(name, now.to_string()));
        for (part, value) in [
            ("basis", "個人情報保護法27条1項2号"),
            ("decided_by", "法務部長"),
            ("decided_on", &now.to_string()),
            ("review_by", &until),
            ("kinds.phone", "yes"),
            ("kinds.mail", "yes"),
            ("wallet_key", keys[0]),
            ("bank_key", keys[1]),
        ] {
            form = form.with(&format!("agreement.exchange.{part}"), value);
        }
        let version = self.first.submit(&page, &form.with("reason", "probe")).await?;
        let offered = self.second.open(version.url.as_str()).await?;
        self.second.submit_passkey(&offered, &[]).await?;
        let page = self.first.open(&format!("{}{PAGE}", self.host)).await?;
        let is_open = page.document.text.contains("照会できます");
        if is_open { Ok(()) } else { Err(page.missing("an open line").into()) }
    }

    /// What the page does under the case.
    async fn begin(&mut self, act: &str) -> Result<(), Fault> {
        let page = self.first.open(&format!("{}{PAGE}", self.host)).await?;
        let form = page.form(&format!("{PAGE}/{act}"))?;
        let form = form.with("case", self.case.as_str()).with("reason", "probe");
        let next = self.first.submit(&page, &form).await?;
        if next.is_at(PAGE) { Ok(()) } else { Err(next.missing(act).into()) }
    }

    /// One person says that it was a fraud, which is not enough, and that the person did it; then another.
    async fn confirm(&mut self) -> Result<(), Fault> {
        let page = self.first.open(&format!("{}{PAGE}", self.host)).await?;
        if let Ok(form) = page.form(&format!("{PAGE}/confirm")) {
            let form = form.with("case", self.case.as_str()).with("reason", "probe");
            if self.first.submit(&page, &form).await?.is_at(PAGE) {
                return Err(Fault::Broken("that a rule held makes somebody a thief".to_owned()));
            }
        }
        self.begin("did_it").await?;
        let agree = format!("{PAGE}/{}/agree", self.case);
        let own = self.first.open(&format!("{}{PAGE}", self.host)).await?;
        if own.form(&agree).is_ok() {
            return Err(Fault::Broken("whoever asked to confirm may agree alone".to_owned()));
        }
        let page = self.second.open(&format!("{}{PAGE}", self.host)).await?;
        let next = self.second.submit(&page, &page.form(&agree)?).await?;
        if next.is_at(PAGE) { Ok(()) } else { Err(next.missing("agreement").into()) }
    }

    /// Asks the other company; whether it says that it knows the person now.
    async fn asks(&mut self, scene: &Scene) -> Result<bool, Fault> {
        let told = async |side: &mut Self, words: &str| -> Result<usize, Fault> {
            let case = format!("{}/desk/cases/{}", side.host, side.case);
            let page = side.first.open(&case).await?;
            Ok(page.document.text.matches(words).count())
        };
        let before = [told(self, MATCH).await?, told(self, NO_MATCH).await?];
        self.begin("ask").await?;
        kanuki_wallet_http::workers::ask_lines(&scene.world.wallet.state).await;
        kanuki_bank_http::workers::ask_lines(&scene.world.bank(scene.person.bank)?.state).await;
        match [told(self, MATCH).await?, told(self, NO_MATCH).await?] {
            [yes, no] if yes > before[0] && no == before[1] => Ok(true),
            [yes, no] if yes == before[0] && no > before[1] => Ok(false),
            _ => Err(Fault::Lost("the case does not say what was answered".to_owned())),
        }
    }
}

/// A case that suspects this person, as a rule opens one.
async fn suspected(scene: &Scene, book: &Book, person: String) -> Result<Case, Fault> {
    let moment = scene.world.wallet.state.site.world.moment("");
    let case = Case::open(&moment.ctx(), CaseKind::Rule, &person, Some(person.clone()));
    let mut unit = Unit::new();
    unit.insert(&case);
    let kept = book.commit(unit).await;
    kept.map(|()| case).map_err(|error| anyhow::Error::from(error).into())
}

async fn known_by_hash(scene: Scene) -> Seen {
    scene.join_long_ago().await?;
    let world = &scene.world;
    let (wallet, bank) = (&world.wallet.state.wallet, &world.bank(scene.person.bank)?.state.bank);
    let code = world.bank_code(scene.person.bank);
    let lost = |what: &str| Fault::Lost(format!("there is no {what}"));
    let links = wallet.book.scan::<Link>("").await.map_err(anyhow::Error::from)?;
    let mandates = bank.book.scan::<Mandate>("").await.map_err(anyhow::Error::from)?;
    let customer = links.first().ok_or_else(|| lost("link"))?.customer_id.to_string();
    let holder = mandates.first().ok_or_else(|| lost("mandate"))?.holder_id.to_string();
    let at_wallet = suspected(&scene, &wallet.book, customer).await?;
    let at_bank = suspected(&scene, &bank.book, holder).await?;
    let keys = [
        wallet.exchanges().public_key(&code).map_err(anyhow::Error::from)?,
        bank.exchanges().public_key(CLIENT_ID).map_err(anyhow::Error::from)?,
    ];
    let keys = [keys[0].as_str(), keys[1].as_str()];
    let mut wallet_side = Side::new(&scene, false, &at_wallet).await?;
    let mut bank_side = Side::new(&scene, true, &at_bank).await?;
    wallet_side.agree(&scene, &code, keys).await?;
    bank_side.agree(&scene, CLIENT_ID, keys).await?;

    if wallet_side.asks(&scene).await? || bank_side.asks(&scene).await? {
        return Err(Fault::Broken("somebody matched whom nobody had confirmed".to_owned()));
    }
    bank_side.confirm().await?;
    if !wallet_side.asks(&scene).await? {
        return Err(Fault::Broken("the bank does not know whom it confirmed".to_owned()));
    }
    wallet_side.confirm().await?;
    if !bank_side.asks(&scene).await? {
        return Err(Fault::Broken("the wallet does not know whom it confirmed".to_owned()));
    }
    Ok("under an agreement with its legal basis that two people of each company signed, wallet and bank asked \
        each other by hashes about the same person: no match before, and a match after two people of the \
        other company had confirmed a fraud; each answer stands in the case that was asked under"
        .to_owned())
}
