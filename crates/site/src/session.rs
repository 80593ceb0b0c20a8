//! Who is signed in: a record per browser, of whose token only a keyed hash is kept.

use http::{HeaderMap, HeaderValue};
use jiff::{SignedDuration, Timestamp};
use kanuki_domain::{
    Ctx,
    assurance::SignIn,
    id::{CustomerId, DelegationId, HolderId, SessionId, StaffId},
};
use kanuki_record::{Book, RecordError, Stored, Unit, record, vault::Vault};
use serde::{Deserialize, Serialize};

use crate::cookie;

const IDLE_CUSTOMER_SECS: i64 = 12 * 3600;
const IDLE_STRICT_SECS: i64 = 30 * 60;
const ABSOLUTE_SECS: i64 = 30 * 24 * 3600;
const LOOK_SECS: i64 = 3600;
const DELEGATE_SECS: i64 = 12 * 3600;
/// A session is written at most this often merely because it was used.
const TOUCH_SECS: i64 = 60;
/// How often a write is tried again that other requests of the same browser get in the way of.
const ATTEMPTS_MAX: usize = 5;

/// Which kind of person is signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    /// A wallet's customer.
    Customer,
    /// A bank's account holder.
    Holder,
    /// An account holder behind a weak proof (a call, a code): sees and tightens, never loosens. A
    /// kind of its own, so that a page which does not know it asks for a passkey.
    Looker,
    /// Somebody who looks after a holder's accounts (見守り役): sees and tightens, never loosens. What
    /// they may see is asked of the bank with every page, so that an end is one at once.
    Delegate,
    /// A member of staff of either.
    Staff,
}

/// Who is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Which kind of person.
    pub kind: SubjectKind,
    /// Their id.
    pub id: String,
}

impl Subject {
    /// A wallet's customer.
    #[must_use]
    pub fn customer(id: CustomerId) -> Self {
        Self { kind: SubjectKind::Customer, id: id.to_string() }
    }

    /// A bank's account holder.
    #[must_use]
    pub fn holder(id: HolderId) -> Self {
        Self { kind: SubjectKind::Holder, id: id.to_string() }
    }

    /// An account holder who may look and tighten.
    #[must_use]
    pub fn looker(id: HolderId) -> Self {
        Self { kind: SubjectKind::Looker, id: id.to_string() }
    }

    /// Who looks after a holder's accounts.
    #[must_use]
    pub fn delegate(id: DelegationId) -> Self {
        Self { kind: SubjectKind::Delegate, id: id.to_string() }
    }

    /// A member of staff.
    #[must_use]
    pub fn staff(id: StaffId) -> Self {
        Self { kind: SubjectKind::Staff, id: id.to_string() }
    }
}

/// A signed-in browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Its name in logs and bindings; not a secret.
    pub session_id: SessionId,
    /// The keyed hash of the cookie's token.
    pub token_hash: String,
    /// Who.
    pub subject: Subject,
    /// How they signed in.
    pub sign_in: SignIn,
    /// When they signed in.
    pub created_at: Timestamp,
    /// When they last used a passkey in this session.
    pub last_proof_at: Option<Timestamp>,
    /// When it ends if it is not used before.
    pub expires_at: Timestamp,
    /// When it ends in any case.
    pub ends_at: Timestamp,
    /// The keyed hash of the device's name.
    pub device_hash: String,
}

record! { Session => "session" by |session| session.session_id.to_string();
    unique token_hash = |session| Some(session.token_hash.clone());
    many subject = |session| Some(session.subject.id.clone());
}

impl Session {
    /// True when a passkey was used in this session within the last `secs` seconds.
    #[must_use]
    pub fn is_proven_within(&self, now: Timestamp, secs: i64) -> bool {
        self.last_proof_at.is_some_and(|at| now.duration_since(at).as_secs() <= secs)
    }

    fn is_over(&self, now: Timestamp) -> bool {
        now >= self.expires_at || now >= self.ends_at
    }
}

/// The sessions behind one cookie.
#[derive(Clone, Debug)]
pub struct Sessions {
    book: Book,
    vault: Vault,
    cookie_name: String,
    is_secure: bool,
}

impl Sessions {
    /// Sessions whose cookie is `cookie_name`, with the `__Host-` prefix when `is_secure`.
    #[must_use]
    pub fn new(book: Book, vault: Vault, cookie_name: impl Into<String>, is_secure: bool) -> Self {
        Self { book, vault, cookie_name: cookie_name.into(), is_secure }
    }

    /// Signs `subject` in and returns the cookie to set. The browser's earlier session, if any,
    /// is the caller's to [`end`](Self::end).
    pub async fn start(
        &self,
        ctx: &Ctx<'_>,
        subject: Subject,
        sign_in: SignIn,
        device_hash: &str,
    ) -> Result<(Session, HeaderValue), RecordError> {
        let token = cookie::random_token(ctx);
        let ends_after = absolute_secs(subject.kind);
        let session = Session {
            session_id: SessionId::generate(ctx),
            token_hash: self.vault.blind("session", token.as_bytes()),
            expires_at: later(ctx.now, idle_secs(subject.kind)),
            subject,
            sign_in,
            created_at: ctx.now,
            last_proof_at: (sign_in == SignIn::Passkey).then_some(ctx.now),
            ends_at: later(ctx.now, ends_after),
            device_hash: device_hash.to_owned(),
        };
        let mut unit = Unit::new();
        unit.insert(&session);
        self.book.commit(unit).await?;
        let cookie = cookie::write(&self.cookie_name, &token, ends_after, self.is_secure);
        Ok((session, cookie.unwrap_or_else(|| HeaderValue::from_static(""))))
    }

    /// The session that the request's cookie belongs to, unless it is over.
    ///
    /// Using a session keeps it from going idle; losing that race to another request is harmless.
    pub async fn load(
        &self,
        ctx: &Ctx<'_>,
        headers: &HeaderMap,
    ) -> Result<Option<Stored<Session>>, RecordError> {
        let name = cookie::full_name(&self.cookie_name, self.is_secure);
        let Some(token) = cookie::read(headers, &name).filter(|value| cookie::is_token(value))
        else {
            return Ok(None);
        };
        let hash = self.vault.blind("session", token.as_bytes());
        let found = self.book.find_by::<Session>("token_hash", &hash).await?;
        let Some(mut stored) = found.filter(|session| !session.is_over(ctx.now)) else {
            return Ok(None);
        };
        let expires_at = later(ctx.now, idle_secs(stored.subject.kind));
        if expires_at.duration_since(stored.expires_at).as_secs() < TOUCH_SECS {
            return Ok(Some(stored));
        }
        stored.edit().expires_at = expires_at;
        let mut unit = Unit::new();
        unit.update(&stored);
        match self.book.commit(unit).await {
            Ok(()) => self.book.find::<Session>(stored.session_id).await,
            // Another request used or ended it at the same moment: take what is there now.
            Err(RecordError::Conflict { .. }) => {
                let now_there = self.book.find::<Session>(stored.session_id).await?;
                Ok(now_there.filter(|session| !session.is_over(ctx.now)))
            }
            Err(error) => Err(error),
        }
    }

    /// Records that the person just used a passkey.
    pub async fn prove(&self, ctx: &Ctx<'_>, session_id: SessionId) -> Result<(), RecordError> {
        for _ in 1..ATTEMPTS_MAX {
            match self.prove_once(ctx, session_id).await {
                Err(RecordError::Conflict { .. }) => {}
                answer => return answer,
            }
        }
        self.prove_once(ctx, session_id).await
    }

    async fn prove_once(&self, ctx: &Ctx<'_>, session_id: SessionId) -> Result<(), RecordError> {
        let mut stored = self.book.load::<Session>(session_id).await?;
        stored.edit().last_proof_at = Some(ctx.now);
        let mut unit = Unit::new();
        unit.update(&stored);
        self.book.commit(unit).await
    }

    /// Signs this browser out; the returned cookie removes the old one. Ending twice is fine.
    pub async fn end(&self, session: &Stored<Session>) -> Result<HeaderValue, RecordError> {
        self.remove(session.session_id).await?;
        Ok(self.cleared())
    }

    /// The cookie that removes the session cookie.
    #[must_use]
    pub fn cleared(&self) -> HeaderValue {
        let cookie = cookie::write(&self.cookie_name, "", 0, self.is_secure);
        cookie.unwrap_or_else(|| HeaderValue::from_static(""))
    }

    /// Signs a person out everywhere; says how many sessions ended.
    pub async fn end_all(&self, subject_id: &str) -> Result<usize, RecordError> {
        self.end_but(subject_id, None).await
    }

    /// Signs the person of `session` out everywhere else: what they do when they fear a thief must
    /// not leave the thief's browser signed in. Says how many sessions ended.
    pub async fn end_others(&self, session: &Session) -> Result<usize, RecordError> {
        self.end_but(&session.subject.id, Some(session.session_id)).await
    }

    async fn end_but(
        &self,
        subject_id: &str,
        kept: Option<SessionId>,
    ) -> Result<usize, RecordError> {
        let mut ended = 0_usize;
        for stored in self.book.list::<Session>("subject", subject_id).await? {
            if kept != Some(stored.session_id) && self.remove(stored.session_id).await? {
                ended = ended.saturating_add(1);
            }
        }
        Ok(ended)
    }

    /// Deletes a session however busy it is; false when it was gone already.
    async fn remove(&self, session_id: SessionId) -> Result<bool, RecordError> {
        let mut refused = RecordError::Absent { table: "session" };
        for _ in 0..ATTEMPTS_MAX {
            // Read again each time: a request that touches the session must not keep it alive.
            let Some(stored) = self.book.find::<Session>(session_id).await? else {
                return Ok(false);
            };
            let mut unit = Unit::new();
            unit.delete(&stored);
            match self.book.commit(unit).await {
                Ok(()) => return Ok(true),
                Err(conflict @ RecordError::Conflict { .. }) => refused = conflict,
                Err(error) => return Err(error),
            }
        }
        Err(refused)
    }

    /// Removes sessions that are over; for a worker. Says how many.
    pub async fn sweep(&self, now: Timestamp) -> Result<usize, RecordError> {
        let mut removed = 0_usize;
        let mut after = String::new();
        loop {
            let page = self.book.scan::<Session>(&after).await?;
            let Some(last) = page.last() else { return Ok(removed) };
            after = last.session_id.to_string();
            for stored in page.iter().filter(|session| session.is_over(now)) {
                let mut unit = Unit::new();
                unit.delete(stored);
                match self.book.commit(unit).await {
                    Ok(()) => removed = removed.saturating_add(1),
                    Err(RecordError::Conflict { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
        }
    }
}

/// When a session ends however busy it is: what a code opened was perhaps talked out of somebody.
const fn absolute_secs(kind: SubjectKind) -> i64 {
    match kind {
        SubjectKind::Looker => LOOK_SECS,
        SubjectKind::Delegate => DELEGATE_SECS,
        SubjectKind::Customer | SubjectKind::Holder | SubjectKind::Staff => ABSOLUTE_SECS,
    }
}

const fn idle_secs(kind: SubjectKind) -> i64 {
    match kind {
        SubjectKind::Customer => IDLE_CUSTOMER_SECS,
        SubjectKind::Holder | SubjectKind::Looker | SubjectKind::Delegate | SubjectKind::Staff => {
            IDLE_STRICT_SECS
        }
    }
}

pub(crate) fn later(now: Timestamp, secs: i64) -> Timestamp {
    now.saturating_add(SignedDuration::from_secs(secs)).unwrap_or(Timestamp::MAX)
}
