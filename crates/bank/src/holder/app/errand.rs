//! A trip to the bank's app on the same telephone and back, for one signature over one text.

use jiff::Timestamp;
use kanuki_desk::{
    authenticator::{self, Authenticator},
    evidence::{Shown, challenge},
};
use kanuki_domain::{Ctx, id::encode_base32, mandate::later};
use kanuki_record::{
    AuditEntry, RecordError, Stored, Unit, record,
    vault::{PersonKey, Sealed},
};
use kanuki_risk::Kind as Signal;
use kanuki_wire::bank_app::{self, Act, Claims};
use kanuki_wire::keys::PublicJwk;
use serde::{Deserialize, Serialize};

use crate::{
    Bank, BankError,
    attempt::Failure,
    holder::{card::Errand, card::errand::once, load},
};

/// How long a trip may take: an app has to be opened, and what it shows be read.
const TRIP_SECS: i64 = 10 * 60;
const ASKED: &str = "app_errand|asked";
const ANSWER: &str = "app_errand|answer";

/// One trip; used once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AppErrand {
    reference_hash: String,
    /// What for.
    pub errand: Errand,
    /// The browser that set out, blinded.
    browser: String,
    /// Two digits that stand on the page and are typed in the app.
    number: String,
    /// What the app is given to show, sealed.
    asked: Sealed,
    /// Where the page goes on, for whoever drew it. Not read here.
    pub resume: String,
    /// What the app answered, sealed, between its arrival and its use.
    answer: Option<Sealed>,
    /// What only the app was told for the way back, as a keyed hash.
    handle_hash: Option<String>,
    /// The browser that set out has come back with it.
    is_back: bool,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

record! { AppErrand => "app_errand" by |e| e.reference_hash.clone(); }

/// What a trip is for, as the app says it to its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To sign in.
    SignIn,
    /// To sign what a page showed.
    Sign,
    /// To let this telephone's key in.
    Enrol,
}

const fn purpose_of(errand: Errand) -> Purpose {
    match errand {
        Errand::SignIn => Purpose::SignIn,
        Errand::Sign => Purpose::Sign,
        Errand::Add { .. } => Purpose::Enrol,
    }
}

/// What the app is given.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Asked {
    /// The canonical text (RFC 8785) whose SHA-256 is signed.
    pub text: String,
    /// What the page shows, line by line.
    pub shown: Option<Shown>,
}

/// What the app answered, after it was believed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Answered {
    pub(super) key: PublicJwk,
    pub(super) token: String,
    /// Its owner said no.
    is_refused: bool,
}

/// What the app does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// It opens this address in the telephone's browser.
    pub return_url: String,
}

/// What a browser comes back with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brought {
    /// The name of the trip.
    pub errand: String,
    /// What the app was told for the way back.
    pub handle: String,
}

impl Brought {
    const PREFIX: &str = "app:";

    /// As the answer of a form that a passkey could answer too.
    #[must_use]
    pub fn credential(&self) -> String {
        format!("{}{}:{}", Self::PREFIX, self.errand, self.handle)
    }

    /// The inverse of [`credential`](Self::credential); none for a passkey's answer, which is JSON.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (errand, handle) = text.strip_prefix(Self::PREFIX)?.split_once(':')?;
        Some(Self { errand: errand.to_owned(), handle: handle.to_owned() })
    }
}

/// An answer of an app that holds.
pub(super) struct Believed {
    pub(super) text: String,
    pub(super) answered: Answered,
}

impl Bank {
    /// Sends a browser to have `asked` signed; answers with the reference that the app is opened with.
    pub(super) async fn set_out_for_app(
        &self,
        ctx: &Ctx<'_>,
        errand: Errand,
        (browser, asked, resume): (&str, &Asked, String),
    ) -> Result<String, BankError> {
        if !self.takes_app() {
            return Err(BankError::NotAvailable);
        }
        let reference = encode_base32(u128::from_be_bytes(ctx.random()));
        let reference_hash = self.app_errand_hash(&reference);
        // What is asked and answered is sealed with a key of its own, which is lost with the trip.
        let key = self.vault.create_person(ctx, &reference_hash)?;
        let row = AppErrand {
            reference_hash,
            errand,
            browser: browser.to_owned(),
            // Two digits, as the number of a decoupled approval.
            number: format!("{:02}", u32::from_be_bytes(ctx.random()) % 100),
            asked: self.vault.seal(ctx, &key, ASKED, asked)?,
            resume,
            answer: None,
            handle_hash: None,
            is_back: false,
            expires_at: later(ctx.now, TRIP_SECS),
        };
        let mut unit = Unit::new();
        unit.insert(&row).insert(&key);
        self.book.commit(unit).await?;
        Ok(reference)
    }

    fn app_errand_hash(&self, reference: &str) -> String {
        self.vault.blind("app_errand", reference.as_bytes())
    }

    fn app_handle_hash(&self, handle: &str) -> String {
        self.vault.blind("app_errand_handle", handle.as_bytes())
    }

    async fn app_errand(
        &self,
        ctx: &Ctx<'_>,
        reference: &str,
    ) -> Result<Stored<AppErrand>, BankError> {
        let errand = load::<AppErrand>(&self.book, self.app_errand_hash(reference)).await?;
        if ctx.now < errand.expires_at { Ok(errand) } else { Err(BankError::NotAvailable) }
    }

    /// For the page of the browser that set out: the number that stands on it, and where the app is
    /// opened.
    pub async fn show_app_errand(
        &self,
        ctx: &Ctx<'_>,
        browser: &str,
        reference: &str,
    ) -> Result<(String, String), BankError> {
        let errand = self.app_errand(ctx, reference).await?;
        let place = self.config.app_url.as_ref().ok_or(BankError::NotAvailable)?;
        if errand.browser != browser || errand.answer.is_some() {
            return Err(BankError::NotAvailable);
        }
        let purpose = match purpose_of(errand.errand) {
            Purpose::Enrol => "enrol",
            Purpose::SignIn | Purpose::Sign => "sign",
        };
        Ok((errand.number.clone(), format!("{place}?errand={reference}&for={purpose}")))
    }

    /// The app asks what is to be signed. A key that nobody let in, one that has ended, an errand that
    /// is over or is not there: one answer for all.
    pub async fn ask_app_errand(
        &self,
        ctx: &Ctx<'_>,
        (reference, token): (&str, &str),
    ) -> Result<(Purpose, Asked, Timestamp), BankError> {
        let read = self.read_app_errand(ctx, (reference, token)).await;
        self.count_app(ctx, read).await
    }

    async fn read_app_errand(
        &self,
        ctx: &Ctx<'_>,
        (reference, token): (&str, &str),
    ) -> Result<(Purpose, Asked, Timestamp), BankError> {
        let errand = self.app_errand(ctx, reference).await?;
        let (claims, _) = self.heard(ctx, &errand, (reference, token)).await?;
        if claims.act != Act::Read || errand.answer.is_some() {
            return Err(BankError::App);
        }
        let key = load::<PersonKey>(&self.book, &errand.reference_hash).await?;
        let asked: Asked = self.vault.open(&key, ASKED, &errand.asked)?;
        Ok((purpose_of(errand.errand), asked, errand.expires_at))
    }

    /// Takes what the app answers. Another text or another number ends the trip; the answer is used when
    /// the browser comes back.
    pub async fn receive_app_answer(
        &self,
        ctx: &Ctx<'_>,
        (reference, token): (&str, &str),
    ) -> Result<Received, BankError> {
        let received = self.take_app_answer(ctx, (reference, token)).await;
        self.count_app(ctx, received).await
    }

    async fn take_app_answer(
        &self,
        ctx: &Ctx<'_>,
        (reference, token): (&str, &str),
    ) -> Result<Received, BankError> {
        let mut errand = self.app_errand(ctx, reference).await?;
        if errand.answer.is_some() {
            return Err(BankError::NotAvailable);
        }
        let (claims, jwk) = self.heard(ctx, &errand, (reference, token)).await?;
        let key = load::<PersonKey>(&self.book, &errand.reference_hash).await?;
        let asked: Asked = self.vault.open(&key, ASKED, &errand.asked)?;
        let is_refused = claims.act == Act::Refuse;
        let is_right = is_refused || claims.has_number(&errand.number);
        if claims.act == Act::Read || !claims.is_over(challenge(&asked.text)) {
            return Err(BankError::App);
        }
        if !is_right {
            // Whoever has the page in front of them types its number: this one does not.
            let mut unit = Unit::new();
            let entry = AuditEntry::new(ctx.now, "app", "app.wrong_number", jwk.thumbprint());
            unit.delete(&errand).delete(&key).audit(entry);
            once(self.book.commit(unit).await)?;
            return Err(BankError::App);
        }
        let handle = encode_base32(u128::from_be_bytes(ctx.random()));
        let answered = Answered { key: jwk, token: token.to_owned(), is_refused };
        errand.edit().answer = Some(self.vault.seal(ctx, &key, ANSWER, &answered)?);
        errand.edit().handle_hash = Some(self.app_handle_hash(&handle));
        let mut unit = Unit::new();
        unit.update(&errand);
        once(self.book.commit(unit).await)?;
        let place = &self.config.public_url;
        let return_url = format!("{place}/app/return?errand={reference}&handle={handle}");
        Ok(Received { return_url })
    }

    /// What a token says, by a live key; by a new one where one is let in.
    async fn heard(
        &self,
        ctx: &Ctx<'_>,
        errand: &AppErrand,
        (reference, token): (&str, &str),
    ) -> Result<(Claims, PublicJwk), BankError> {
        let about = (self.config.issuer.as_str(), reference);
        let heard = if matches!(errand.errand, Errand::Add { .. }) {
            bank_app::verify_new(token, about, ctx.now)
        } else {
            let named = bank_app::key_named(token).ok_or(BankError::App)?;
            let app = self.live_app(&named).await?;
            let key = app.app_key().ok_or(BankError::App)?;
            bank_app::verify(token, key, about, ctx.now).map(|claims| (claims, key.clone()))
        };
        heard.map_err(|reason| {
            tracing::info!(%reason, "an app was refused");
            BankError::App
        })
    }

    /// The app with this key, if it was let in and has not ended.
    pub(super) async fn live_app(
        &self,
        thumbprint: &str,
    ) -> Result<Stored<Authenticator>, BankError> {
        let found = authenticator::find_app(&self.book, thumbprint).await?;
        found.filter(|app| app.revoked_at.is_none()).ok_or(BankError::App)
    }

    /// Failures count for the network, as those of a sign-in do; all are one answer to the caller.
    async fn count_app<T>(
        &self,
        ctx: &Ctx<'_>,
        answer: Result<T, BankError>,
    ) -> Result<T, BankError> {
        match answer {
            Err(BankError::App | BankError::NotAvailable) => {
                self.require_few(ctx, Signal::SignInRefused, Vec::new()).await?;
                let failure = Failure::new(Signal::SignInRefused, Vec::new());
                self.failed(ctx, failure).await?;
                Err(BankError::NotAvailable)
            }
            other => other,
        }
    }

    /// The trip of the browser that set out and has come back, and whether its owner said no in the
    /// app.
    pub async fn come_back_from_app(
        &self,
        ctx: &Ctx<'_>,
        browser: &str,
        brought: &Brought,
    ) -> Result<(AppErrand, bool), BankError> {
        let mut errand = self.returned_from_app(ctx, brought).await?;
        if errand.browser != browser {
            return Err(BankError::NotAvailable);
        }
        let (answered, key) = self.app_answer(&errand).await?;
        let mut unit = Unit::new();
        if answered.is_refused {
            let by = answered.key.thumbprint();
            let entry = AuditEntry::new(ctx.now, "app", "app.refused", by);
            unit.delete(&errand).delete(&key).audit(entry);
            once(self.book.commit(unit).await)?;
        } else if !errand.is_back {
            errand.edit().is_back = true;
            unit.update(&errand);
            once(self.book.commit(unit).await)?;
        }
        Ok((errand.into_inner(), answered.is_refused))
    }

    pub(super) async fn returned_from_app(
        &self,
        ctx: &Ctx<'_>,
        brought: &Brought,
    ) -> Result<Stored<AppErrand>, BankError> {
        let errand = self.app_errand(ctx, &brought.errand).await?;
        let is_it = errand.handle_hash == Some(self.app_handle_hash(&brought.handle));
        if is_it { Ok(errand) } else { Err(BankError::NotAvailable) }
    }

    async fn app_answer(
        &self,
        errand: &AppErrand,
    ) -> Result<(Answered, Stored<PersonKey>), BankError> {
        let key = load::<PersonKey>(&self.book, &errand.reference_hash).await?;
        let sealed = errand.answer.as_ref().ok_or(BankError::NotAvailable)?;
        Ok((self.vault.open(&key, ANSWER, sealed)?, key))
    }

    /// Ends the trip of a browser that is back, whatever comes of it. The answer was believed when it
    /// came; whether its key is still one is for whoever uses it.
    pub(super) async fn end_app_errand(
        &self,
        errand: Stored<AppErrand>,
    ) -> Result<Believed, BankError> {
        if !errand.is_back {
            return Err(BankError::NotAvailable);
        }
        let (answered, key) = self.app_answer(&errand).await?;
        let asked: Asked = self.vault.open(&key, ASKED, &errand.asked)?;
        let mut unit = Unit::new();
        unit.delete(&errand).delete(&key);
        once(self.book.commit(unit).await)?;
        Ok(Believed { text: asked.text, answered })
    }

    /// Forgets trips that nobody ended, and what was brought on them; says how many.
    pub async fn sweep_app_errands(&self, ctx: &Ctx<'_>) -> Result<usize, BankError> {
        let mut removed: usize = 0;
        let mut after = String::new();
        loop {
            let page = self.book.scan::<AppErrand>(&after).await?;
            let Some(last) = page.last() else { return Ok(removed) };
            after.clone_from(&last.reference_hash);
            for errand in page.iter().filter(|errand| errand.expires_at <= ctx.now) {
                let mut unit = Unit::new();
                unit.delete(errand);
                if let Some(key) = self.book.find::<PersonKey>(&errand.reference_hash).await? {
                    unit.delete(&key);
                }
                match self.book.commit(unit).await {
                    Ok(()) => removed = removed.saturating_add(1),
                    Err(RecordError::Conflict { .. }) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
    }
}
