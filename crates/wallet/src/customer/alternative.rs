//! For people who cannot use a passkey: a printed sign-in key and a one-time code (FT-32).
//!
//! Both can be phished, hence the lower caps of such a wallet, and hence the share of them is
//! counted: when it grows, something is wrong with our passkeys or with our advice.

use jiff::Timestamp;
use kanuki_desk::outbox::Content;
use kanuki_domain::{
    Ctx, Masked,
    assurance::SignIn,
    id::{CustomerId, encode_base32},
    mandate::later,
    typed,
};
use kanuki_record::{
    AuditEntry, Stored, Unit, record,
    vault::{PersonKey, Sealed},
};
use serde::{Deserialize, Serialize};
use totp_rs::{Builder, Secret, Totp};

use super::{Profile, SignedIn};
use crate::{Browser, Wallet, WalletError};

/// What is kept of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Alternative {
    /// Whose.
    pub customer_id: CustomerId,
    key_hash: String,
    totp: Sealed,
    /// The last code's step, so that no code works twice (RFC 6238 section 5.2).
    last_step: u64,
    /// Failures since the last success.
    failures: u32,
    /// Nothing is looked at before then.
    locked_until: Option<Timestamp>,
}

record! { Alternative => "alternative" by |a| a.customer_id.to_string();
    unique key_hash = |a| Some(a.key_hash.clone());
    many all = |_| Some("all".to_owned());
}

/// Shown once, to be printed or written down.
#[derive(Clone, Debug)]
pub struct Printed {
    /// Whose.
    pub customer_id: CustomerId,
    /// 26 letters that carry 128 bits; typed without regard to case, spaces and hyphens.
    pub key: Masked<String>,
    /// For the code generator, base 32.
    pub totp_secret: Masked<String>,
    /// The same for scanning.
    pub totp_uri: Masked<String>,
}

const PLACE: &str = "alternative|totp";
/// Failures before it locks.
const FAILURES_MAX: u32 = 5;
/// The first lock; each further failure doubles it.
const LOCK_SECS: i64 = 900;

fn totp(secret: Secret) -> Result<Totp, WalletError> {
    Builder::new().with_secret(secret).build().map_err(|_| WalletError::Key("one-time code"))
}

impl Wallet {
    /// Opens a wallet without a passkey. What is answered is shown once and kept nowhere.
    pub async fn open_without_passkey(
        &self,
        ctx: &Ctx<'_>,
        profile: &Profile,
        device: Option<&str>,
    ) -> Result<Printed, WalletError> {
        let id = CustomerId::generate(ctx);
        let (new, mut unit) = self.new_customer(ctx, id, profile, SignIn::Alternative)?;
        let key = encode_base32(u128::from_be_bytes(ctx.random()));
        let secret = Secret::from(ctx.random::<20>().to_vec());
        let totp_secret = secret.to_base32();
        unit.insert(&Alternative {
            customer_id: id,
            key_hash: self.vault.blind("sign_in_key", key.as_bytes()),
            totp: self.vault.seal(ctx, &new.key, PLACE, &totp_secret)?,
            last_step: 0,
            failures: 0,
            locked_until: None,
        });
        self.keep_customer(ctx, (new, device), unit).await?;
        let uri = format!("otpauth://totp/Kanuki?secret={totp_secret}&issuer=Kanuki");
        Ok(Printed {
            customer_id: id,
            key: Masked::new(key),
            totp_secret: Masked::new(totp_secret),
            totp_uri: Masked::new(uri),
        })
    }

    /// Signs in with the printed key and a code. An unknown key and a wrong code are one answer.
    pub async fn sign_in_without_passkey(
        &self,
        ctx: &Ctx<'_>,
        typed_key: &str,
        code: &str,
        browser: Browser<'_>,
    ) -> Result<SignedIn, WalletError> {
        let hash =
            self.vault.blind("sign_in_key", typed::code(typed_key).to_ascii_lowercase().as_bytes());
        let found = self.book.find_by::<Alternative>("key_hash", &hash).await?;
        let Some(id) = found.map(|known| known.customer_id) else {
            self.note_refused_sign_in(ctx, (None, browser)).await?;
            return Err(WalletError::NotAccepted);
        };
        let mut unit = Unit::new();
        if let Err(error) = self.use_code(ctx, &mut unit, id, code).await {
            if matches!(error, WalletError::NotAccepted | WalletError::Locked { .. }) {
                self.note_refused_sign_in(ctx, (Some(id), browser)).await?;
            }
            return Err(error);
        }
        self.note_sign_in(ctx, unit, id, browser).await?;
        Ok(SignedIn { customer_id: id, sign_in: SignIn::Alternative })
    }

    /// Uses a one-time code of `id`; that it was used is added to `unit`. A failure is counted at
    /// once, and the fifth locks.
    pub(crate) async fn use_code(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        id: CustomerId,
        code: &str,
    ) -> Result<(), WalletError> {
        if self.customer(id).await?.sign_in != SignIn::Alternative {
            return Err(WalletError::NotAccepted);
        }
        let mut alternative = self.load::<Alternative>(id).await?;
        if let Some(until) = alternative.locked_until.filter(|until| ctx.now < *until) {
            return Err(WalletError::Locked { until });
        }
        let key = self.load::<PersonKey>(id).await?;
        let secret: String = self.vault.open(&key, PLACE, &alternative.totp)?;
        let secret =
            Secret::try_from_base32(secret).map_err(|_| WalletError::Key("one-time code"))?;
        let seconds = u64::try_from(ctx.now.as_second()).unwrap_or(0);
        let step = totp(secret)?.check(&typed::digits(code), seconds);
        match step.filter(|step| *step > alternative.last_step) {
            Some(step) => {
                let edit = alternative.edit();
                edit.last_step = step;
                edit.failures = 0;
                edit.locked_until = None;
                unit.update(&alternative);
                Ok(())
            }
            None => self.count_failure(ctx, alternative).await,
        }
    }

    async fn count_failure(
        &self,
        ctx: &Ctx<'_>,
        mut alternative: Stored<Alternative>,
    ) -> Result<(), WalletError> {
        let id = alternative.customer_id;
        let edit = alternative.edit();
        edit.failures = edit.failures.saturating_add(1);
        let over = edit.failures.saturating_sub(FAILURES_MAX);
        let mut unit = Unit::new();
        if edit.failures >= FAILURES_MAX {
            let secs = LOCK_SECS.checked_shl(over.min(10)).unwrap_or(LOCK_SECS);
            edit.locked_until = Some(later(ctx.now, secs));
            unit.audit(AuditEntry::new(ctx.now, "system", "sign_in.locked", id));
            let known = self.known(id).await?;
            self.tell(&mut unit, ctx, &known, Content::new("sign_in_locked"))?;
        }
        unit.update(&alternative);
        self.book.commit(unit).await?;
        Err(WalletError::NotAccepted)
    }

    /// How many wallets there are without a passkey; compare with how many there are at all.
    pub async fn count_without_passkey(&self) -> Result<usize, WalletError> {
        let mut count = 0_usize;
        let mut after = String::new();
        loop {
            let page = self.book.scan::<Alternative>(&after).await?;
            let Some(last) = page.last() else { return Ok(count) };
            after = last.customer_id.to_string();
            count = count.saturating_add(page.len());
        }
    }
}
