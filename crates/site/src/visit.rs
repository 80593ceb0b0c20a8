//! One request, with everything a handler needs to answer it.

use std::{fmt, sync::Arc};

use axum::extract::FromRequestParts;
use http::request::Parts;
use jiff::Timestamp;
use kanuki_domain::{
    Ctx,
    id::{CustomerId, DelegationId, HolderId, StaffId},
};
use kanuki_record::Stored;
use maud::Markup;

use crate::{
    Arg, Lang, Moment, PageMeta, Problem, Session, Site, SubjectKind, Words, caller::Caller, csrf,
    layout, web::flow::wants_page,
};

/// A request from a browser, signed in or not.
#[derive(Clone)]
pub struct Visit {
    /// The company that was asked.
    pub site: Arc<Site>,
    /// Where the request comes from.
    pub caller: Arc<Caller>,
    /// Who is signed in.
    pub session: Option<Arc<Stored<Session>>>,
    moment: Moment,
    wants_page: bool,
}

impl fmt::Debug for Visit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Visit").field("path", &self.caller.path).finish_non_exhaustive()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        if let Some(visit) = parts.extensions.get::<Self>() {
            return Ok(visit.clone());
        }
        let site = parts.extensions.get::<Arc<Site>>().cloned().ok_or_else(Problem::internal)?;
        let caller = Caller::known(parts);
        let moment = site.world.moment_at(&caller.address_block, &caller.line);
        let sessions = site.sessions_for(parts.uri.path());
        let session = sessions.load(&moment.ctx(), &parts.headers).await?.map(Arc::new);
        let wants_page = wants_page(&parts.headers);
        let visit = Self { site, caller, session, moment, wants_page };
        parts.extensions.insert(visit.clone());
        Ok(visit)
    }
}

impl Visit {
    /// The moment of this request, for use cases.
    #[must_use]
    pub fn ctx(&self) -> Ctx<'_> {
        self.moment.ctx()
    }

    /// The instant of this request.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.ctx().now
    }

    /// The language of its answer.
    #[must_use]
    pub fn lang(&self) -> Lang {
        self.caller.lang
    }

    /// Texts in that language.
    #[must_use]
    pub fn words(&self) -> Words<'_> {
        self.site.texts.words(self.caller.lang)
    }

    /// The message `key`.
    #[must_use]
    pub fn t(&self, key: &str) -> String {
        self.words().t(key)
    }

    /// The message `key` with its variables filled in.
    #[must_use]
    pub fn t_args(&self, key: &str, args: &[(&str, Arg<'_>)]) -> String {
        self.words().t_args(key, args)
    }

    /// The hidden field that every form but GET forms must contain.
    #[must_use]
    pub fn csrf_field(&self) -> Markup {
        csrf::field(&self.csrf_token())
    }

    /// The token by itself, for scripts.
    #[must_use]
    pub fn csrf_token(&self) -> String {
        csrf::token(&self.ctx(), &self.site.vault, &self.csrf_binding())
    }

    /// True when `given` is a token that this browser's page may contain.
    #[must_use]
    pub fn check_csrf(&self, given: &str) -> bool {
        csrf::is_valid(&self.site.vault, &self.csrf_binding(), given)
    }

    fn csrf_binding(&self) -> String {
        let session = self.session.as_ref().map(|session| session.session_id.to_string());
        format!("{}|{}", session.unwrap_or_default(), self.caller.device.expose())
    }

    /// A whole page for people.
    #[must_use]
    pub fn page(&self, meta: &PageMeta, body: Markup) -> Markup {
        layout::page(&self.frame(), meta, body)
    }

    /// A whole page for staff: denser and wider.
    #[must_use]
    pub fn desk_page(&self, meta: &PageMeta, body: Markup) -> Markup {
        layout::desk_page(&self.frame(), meta, body)
    }

    fn frame(&self) -> layout::Frame<'_> {
        let frame = self.site.frame(&self.caller);
        let sign_out = self.session.as_ref().map(|session| {
            let action = match session.subject.kind {
                SubjectKind::Customer
                | SubjectKind::Holder
                | SubjectKind::Looker
                | SubjectKind::Delegate => "/sign-out",
                SubjectKind::Staff => "/desk/sign-out",
            };
            (action, self.csrf_field())
        });
        layout::Frame { sign_out, ..frame }
    }

    fn subject(&self, kind: SubjectKind) -> Option<&str> {
        let subject = &self.session.as_ref()?.subject;
        (subject.kind == kind).then_some(subject.id.as_str())
    }

    /// The customer who is signed in.
    #[must_use]
    pub fn customer_id(&self) -> Option<CustomerId> {
        self.subject(SubjectKind::Customer)?.parse().ok()
    }

    /// The account holder who is signed in.
    #[must_use]
    pub fn holder_id(&self) -> Option<HolderId> {
        self.subject(SubjectKind::Holder)?.parse().ok()
    }

    /// The member of staff who is signed in.
    #[must_use]
    pub fn staff_id(&self) -> Option<StaffId> {
        self.subject(SubjectKind::Staff)?.parse().ok()
    }

    /// The customer, or the way to sign in.
    pub fn require_customer(&self) -> Result<CustomerId, Problem> {
        self.customer_id().ok_or_else(|| self.sign_in_first("/sign-in"))
    }

    /// The account holder, or the way to sign in.
    pub fn require_holder(&self) -> Result<HolderId, Problem> {
        self.holder_id().ok_or_else(|| self.sign_in_first("/holder/sign-in"))
    }

    /// True for a holder behind a weak proof.
    #[must_use]
    pub fn is_looking(&self) -> bool {
        self.subject(SubjectKind::Looker).is_some()
    }

    /// The delegation that somebody is signed in with. Whether it still holds is the bank's to say.
    #[must_use]
    pub fn delegate_id(&self) -> Option<DelegationId> {
        self.subject(SubjectKind::Delegate)?.parse().ok()
    }

    /// The account holder with whatever proof, for what shows or tightens; or the way to sign in.
    pub fn require_looker(&self) -> Result<HolderId, Problem> {
        let looker = self.subject(SubjectKind::Looker).and_then(|id| id.parse().ok());
        self.holder_id().or(looker).ok_or_else(|| self.sign_in_first("/holder/sign-in"))
    }

    /// The member of staff, or the way to sign in.
    pub fn require_staff(&self) -> Result<StaffId, Problem> {
        self.staff_id().ok_or_else(|| self.sign_in_first("/desk/sign-in"))
    }

    /// The way to `sign_in_path` and back here; 401 for scripts.
    #[must_use]
    pub fn sign_in_first(&self, sign_in_path: &str) -> Problem {
        if !self.wants_page {
            return Problem::new(http::StatusCode::UNAUTHORIZED, "sign_in_first");
        }
        let query = serde_urlencoded::to_string([("back", &self.caller.path)]);
        Problem::see_other(&format!("{sign_in_path}?{}", query.unwrap_or_default()))
    }

    /// A keyed hash of the device's name: what may be kept and counted.
    #[must_use]
    pub fn device_hash(&self) -> String {
        self.site.vault.blind("device", self.caller.device.expose().as_bytes())
    }

    /// What a ceremony that starts here is bound to: the session, or the device without one.
    #[must_use]
    pub fn binding(&self) -> String {
        match &self.session {
            Some(session) => session.session_id.to_string(),
            None => self.device_hash(),
        }
    }

    /// False once this network has done `what` more than `max` times within `window_secs`.
    #[must_use]
    pub fn allow(&self, what: &str, max: u32, window_secs: i64) -> bool {
        let key = format!("{what}|{}", self.caller.address_block);
        self.site.rates.allow(self.now(), &key, max, window_secs)
    }

    /// `given` when it is a path of this site, else `otherwise`.
    #[must_use]
    pub fn back(&self, given: Option<&str>, otherwise: &str) -> String {
        given.filter(|path| is_local_path(path)).unwrap_or(otherwise).to_owned()
    }
}

/// True for a path on this host; `//host`, `/\host` and the like are other hosts to a browser.
#[must_use]
pub(crate) fn is_local_path(path: &str) -> bool {
    let is_plain = path.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    is_plain && path.starts_with('/') && !path.starts_with("//") && path.len() <= 2_000
}

#[cfg(test)]
mod tests {
    use super::is_local_path;

    #[test]
    fn only_paths_of_this_host_are_ways_back() {
        assert!(is_local_path("/topup?amount=5000"));
        for elsewhere in ["", "https://evil.test", "//evil.test", "/\\evil.test", "/\t/evil.test"] {
            assert!(!is_local_path(elsewhere), "{elsewhere}");
        }
    }
}
