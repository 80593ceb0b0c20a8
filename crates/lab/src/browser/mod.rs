//! A person's browser: bytes over HTTP, cookies, forms, redirects and a passkey, and no more.
//!
//! Every actor of the lab, honest or not, reaches the companies through this and nothing else.

pub(crate) mod html;
mod jar;

use std::{cell::Cell, collections::VecDeque, future::poll_fn, net::IpAddr, sync::Arc, task::Poll};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use kanuki_passkey::soft::{SoftAuthenticator, SoftError};
use kanuki_site::{Clock as _, caller::Peer};
use url::Url;

use crate::{
    net::Net,
    sim::{chance::Chance, clock::SimClock, schedule::Bed, trace::Trace},
    world::{Company, FIRST},
};
use html::Document;
pub(crate) use html::Form;
use jar::Jar;

/// Redirects in a row after which a browser gives up.
const REDIRECTS_MAX: usize = 12;

/// Why a step on the web did not lead to a page.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum WebError {
    /// Not a URL, or none of ours.
    #[error("{0} does not lead anywhere")]
    Nowhere(String),
    /// The page does not offer what was looked for.
    #[error("{page} has no {what}")]
    Missing {
        /// The page's path and status.
        page: String,
        /// With what status it came.
        status: StatusCode,
        /// What was looked for.
        what: String,
    },
    /// Too many redirects in a row.
    #[error("redirected in circles")]
    Circles,
    /// The person's device would not answer.
    #[error("the passkey was not usable")]
    Passkey(#[from] SoftError),
    /// A server was not there.
    #[error("the server did not answer")]
    Silent(#[from] kanuki_site::TransportError),
}

/// What a browser shows.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    /// Where it is.
    pub(crate) url: Url,
    /// With what status it came.
    pub(crate) status: StatusCode,
    /// What is on it.
    pub(crate) document: Document,
}

impl WebError {
    /// True if a company said no to whoever asked.
    pub(crate) fn is_refusal(&self) -> bool {
        matches!(self, Self::Missing { status, .. } if status.is_client_error())
    }
}

impl Page {
    /// A form whose action's path begins with `path`.
    pub(crate) fn form(&self, path: &str) -> Result<Form, WebError> {
        let leads_there = |form: &&Form| {
            let target = self.url.join(&form.action);
            target.is_ok_and(|target| target.path().starts_with(path))
        };
        let found = self.document.forms.iter().find(leads_there).cloned();
        found.ok_or_else(|| self.missing(&format!("form to {path}")))
    }

    /// The first form that asks for `field`.
    pub(crate) fn form_with(&self, field: &str) -> Result<Form, WebError> {
        let found = self.document.forms.iter().find(|form| form.asks(field)).cloned();
        found.ok_or_else(|| self.missing(&format!("form with {field}")))
    }

    /// The form that a passkey answers.
    pub(crate) fn passkey_form(&self) -> Result<Form, WebError> {
        let found = self.document.forms.iter().find(|form| form.passkey.is_some()).cloned();
        found.ok_or_else(|| self.missing("passkey form"))
    }

    /// The first link that begins with `path`.
    pub(crate) fn link(&self, path: &str) -> Result<String, WebError> {
        let found = self.document.links.iter().find(|link| link.starts_with(path)).cloned();
        found.ok_or_else(|| self.missing(&format!("link to {path}")))
    }

    /// True if the page is at `path` and came without an error.
    pub(crate) fn is_at(&self, path: &str) -> bool {
        self.status.is_success() && self.url.path() == path
    }

    /// Says that the page does not have `what`.
    pub(crate) fn missing(&self, what: &str) -> WebError {
        // An id would make each of them another kind of page.
        let is_id = |part: &str| part.chars().any(|c| c.is_ascii_digit()) && part != "2020";
        let parts = self.url.path().split('/').map(|part| if is_id(part) { "*" } else { part });
        let path = parts.collect::<Vec<_>>().join("/");
        let page = format!("{path} ({})", self.status.as_u16());
        WebError::Missing { page, status: self.status, what: what.to_owned() }
    }
}

/// How long a person looks at a page before acting, in seconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// At least.
    pub(crate) low: u64,
    /// At most.
    pub(crate) high: u64,
}

/// What a browser of the simulated world stands on.
#[derive(Clone, Debug)]
pub(crate) struct Ground {
    pub(crate) net: Arc<Net>,
    pub(crate) clock: Arc<SimClock>,
    pub(crate) bed: Bed,
    pub(crate) trace: std::rc::Rc<Trace>,
}

/// One browser on one device.
#[derive(Debug)]
pub(crate) struct Browser {
    ground: Ground,
    who: String,
    address: IpAddr,
    pace: Pace,
    chance: Chance,
    jar: Jar,
    /// The wallet company that its person means by "the wallet".
    company: &'static Company,
    /// Whether something was answered by no company since that was last asked.
    has_strayed: Cell<bool>,
    /// The person's passkeys, on this device.
    pub(crate) keys: SoftAuthenticator,
}

/// One request of a browser.
struct Step {
    method: Method,
    url: Url,
    body: Option<String>,
    from: Option<Url>,
}

impl Browser {
    pub(crate) fn new(ground: Ground, who: &str, address: IpAddr, seed: u64) -> Self {
        Self {
            ground,
            who: who.to_owned(),
            address,
            pace: Pace { low: 3, high: 12 },
            chance: Chance::of(seed, &format!("pace of {who}")),
            jar: Jar::default(),
            company: &FIRST,
            has_strayed: Cell::new(false),
            keys: SoftAuthenticator::from_seed(Chance::bytes(seed, &format!("keys of {who}"))),
        }
    }

    /// The same, by someone faster or slower.
    #[must_use]
    pub(crate) const fn at_pace(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    /// Goes on from another place, with a device that nobody knows. The passkeys come along, as
    /// synced ones do.
    pub(crate) fn change_skin(&mut self, address: IpAddr) {
        self.address = address;
        self.jar = Jar::default();
    }

    /// A copy of what the browser is signed in to, in somebody else's hands. The passkeys stay where
    /// they are: they cannot be copied out of a browser.
    pub(crate) fn copied_by(&self, who: &str, seed: u64) -> Self {
        let mut copy = Self::new(self.ground.clone(), who, self.address, seed);
        (copy.jar, copy.company) = (self.jar.clone(), self.company);
        copy
    }

    /// Somebody else holds the device from now on, with everything on it.
    pub(crate) fn change_hands(&mut self, who: &str) {
        who.clone_into(&mut self.who);
    }

    /// Turns to a wallet company; what the browser is signed in to elsewhere stays.
    pub(crate) const fn turn_to(&mut self, company: &'static Company) {
        self.company = company;
    }

    /// The wallet company that it is turned to.
    pub(crate) const fn company(&self) -> &'static Company {
        self.company
    }

    /// Where that company's pages are.
    pub(crate) const fn wallet(&self) -> &'static str {
        self.company.pages
    }

    /// Whether something was answered by no company since this was last asked.
    pub(crate) fn take_strayed(&self) -> bool {
        self.has_strayed.take()
    }

    /// Who the trace says it is.
    pub(crate) fn who(&self) -> &str {
        &self.who
    }

    /// Opens an address.
    pub(crate) async fn open(&mut self, url: &str) -> Result<Page, WebError> {
        let url = Url::parse(url).map_err(|_| WebError::Nowhere(url.to_owned()))?;
        self.walk(Step { method: Method::GET, url, body: None, from: None }).await
    }

    /// Follows a link on `page`.
    pub(crate) async fn follow(&mut self, page: &Page, href: &str) -> Result<Page, WebError> {
        let url = page.url.join(href).map_err(|_| WebError::Nowhere(href.to_owned()))?;
        let from = Some(page.url.clone());
        self.walk(Step { method: Method::GET, url, body: None, from }).await
    }

    /// Submits a form of `page`.
    pub(crate) async fn submit(&mut self, page: &Page, form: &Form) -> Result<Page, WebError> {
        let nowhere = |_| WebError::Nowhere(form.action.clone());
        let mut url = page.url.join(&form.action).map_err(nowhere)?;
        let from = Some(page.url.clone());
        if form.method == "get" {
            url.set_query(Some(&form.encode()));
            return self.walk(Step { method: Method::GET, url, body: None, from }).await;
        }
        let body = Some(form.encode());
        self.walk(Step { method: Method::POST, url, body, from }).await
    }

    /// Submits a form of `page` and says where the answer leads, without going there.
    pub(crate) async fn submit_and_stay(
        &mut self,
        page: &Page,
        form: &Form,
    ) -> Result<Url, WebError> {
        let url = page.url.join(&form.action);
        let url = url.map_err(|_| WebError::Nowhere(form.action.clone()))?;
        let (body, from) = (Some(form.encode()), Some(page.url.clone()));
        let (url, response) = self.send(Step { method: Method::POST, url, body, from }).await?;
        let leads = response.headers().get(header::LOCATION).and_then(|to| to.to_str().ok());
        let leads = leads.and_then(|to| url.join(to).ok());
        leads.ok_or_else(|| WebError::Nowhere(url.path().to_owned()))
    }

    /// Lets the passkey answer the form that asks for one, with more fields filled in.
    pub(crate) async fn submit_passkey(
        &mut self,
        page: &Page,
        fields: &[(&str, &str)],
    ) -> Result<Page, WebError> {
        let form = page.passkey_form()?;
        // The device sees where the page is in truth.
        let origin = self.truly(&page.url.origin().ascii_serialization());
        let options = bare(&form.options);
        let credential = match form.passkey.as_deref() {
            Some("create") => self.keys.create(&options, &origin)?,
            Some(_) | None => self.keys.get(&options, &origin)?,
        };
        let filled = fields.iter().fold(form, |form, (name, value)| form.with(name, *value));
        self.submit(page, &filled.with("credential", credential)).await
    }

    /// An address as it is in truth, where the companies are somewhere else.
    pub(crate) fn truly(&self, address: &str) -> String {
        self.ground.net.outward(address)
    }

    /// Looks at the page for a while, then goes where the step leads.
    async fn walk(&mut self, step: Step) -> Result<Page, WebError> {
        let secs = self.chance.secs(self.pace.low, self.pace.high);
        self.ground.bed.secs(secs).await;
        let mut steps = VecDeque::from([step]);
        for _ in 0..REDIRECTS_MAX {
            let Some(step) = steps.pop_front() else { break };
            let (url, response) = self.send(step).await?;
            let status = response.status();
            let location =
                response.headers().get(header::LOCATION).filter(|_| status.is_redirection());
            let Some(location) = location.and_then(|value| value.to_str().ok()) else {
                let html = String::from_utf8_lossy(response.body());
                return Ok(Page { url, status, document: Document::parse(&html) });
            };
            let next = url.join(location).map_err(|_| WebError::Nowhere(location.to_owned()))?;
            // A redirect keeps saying where the person came from, as browsers do.
            steps.push_back(Step { method: Method::GET, url: next, body: None, from: Some(url) });
        }
        Err(WebError::Circles)
    }

    async fn send(&mut self, step: Step) -> Result<(Url, Response<Bytes>), WebError> {
        let (url, response) = self.exchange(step).await?;
        let host = url.host_str().unwrap_or_default();
        self.jar.keep(host, response.headers(), self.ground.clock.now());
        Ok((url, response))
    }

    /// Submits all these forms in one instant; what one of them waits for, the others overtake.
    pub(crate) async fn submit_at_once(&mut self, all: &[(Page, Form)]) -> Vec<StatusCode> {
        let step = |(page, form): &(Page, Form)| {
            let url = page.url.join(&form.action).ok()?;
            let from = Some(page.url.clone());
            Some(Step { method: Method::POST, url, body: Some(form.encode()), from })
        };
        let steps: Vec<Step> = all.iter().filter_map(step).collect();
        let this = &*self;
        let mut open: Vec<_> =
            steps.into_iter().map(|step| Box::pin(this.exchange(step))).collect();
        let mut answers = vec![StatusCode::SERVICE_UNAVAILABLE; open.len()];
        let mut left: Vec<usize> = (0..open.len()).collect();
        poll_fn(|cx| {
            left.retain(|place| {
                let Some(waiting) = open.get_mut(*place) else { return false };
                let Poll::Ready(answer) = waiting.as_mut().poll(cx) else { return true };
                if let (Some(slot), Ok((_, response))) = (answers.get_mut(*place), answer) {
                    *slot = response.status();
                }
                false
            });
            if left.is_empty() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        answers
    }

    /// An address as the lab names it.
    fn named(&self, url: Url) -> Result<Url, WebError> {
        if !self.ground.net.is_elsewhere() {
            return Ok(url);
        }
        let named = self.ground.net.inward(url.as_str());
        Url::parse(&named).map_err(|_| WebError::Nowhere(named))
    }

    /// One request and its answer; cookies that it sets are not kept yet.
    async fn exchange(&self, step: Step) -> Result<(Url, Response<Bytes>), WebError> {
        let url = self.named(step.url)?;
        let step = Step { url, ..step };
        let now = self.ground.clock.now();
        let host = step.url.host_str().unwrap_or_default().to_owned();
        let mut request = Request::builder()
            .method(step.method.clone())
            .uri(step.url.as_str())
            .header(header::ACCEPT, "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")
            .header(header::ACCEPT_LANGUAGE, "ja");
        let origin = step.from.as_ref().map(Url::origin);
        let site = match &origin {
            None => "none",
            Some(origin) if *origin == step.url.origin() => "same-origin",
            Some(_) => "cross-site",
        };
        // `SameSite=Lax`: another site's form does not bring our cookies.
        let brings_cookies = step.method == Method::GET || site != "cross-site";
        if let Some(line) = self.jar.header(&host, now).filter(|_| brings_cookies) {
            request = request.header(header::COOKIE, line);
        }
        request = request.header("sec-fetch-site", site).header("sec-fetch-mode", "navigate");
        if step.method == Method::POST {
            let origin = origin.map_or_else(|| "null".to_owned(), |o| o.ascii_serialization());
            let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
            request = request.header(header::ORIGIN, origin).header(header::CONTENT_TYPE, kind);
        }
        let nowhere = |_| WebError::Nowhere(step.url.path().to_owned());
        let body = Bytes::from(step.body.unwrap_or_default());
        let mut request = request.body(body).map_err(nowhere)?;
        request.extensions_mut().insert(Peer(self.address));
        let response = self.ground.net.browse(request).await;
        if self.ground.net.is_elsewhere() {
            let asked = format!("{} {host}{}", step.method, step.url.path());
            if self.ground.net.note_strange(&asked, &response) {
                self.has_strayed.set(true);
            }
        }
        let response = response?;
        let (path, status) = (step.url.path(), response.status().as_u16());
        let what = format!("{} {host}{path} {status}", step.method);
        self.ground.trace.write(now, &self.who, &what);
        Ok((step.url, response))
    }
}

/// The options without the `publicKey` around them.
pub(crate) fn bare(options: &str) -> String {
    let parsed: Option<serde_json::Value> = serde_json::from_str(options).ok();
    let inner = parsed.and_then(|value| value.get("publicKey").map(ToString::to_string));
    inner.unwrap_or_else(|| options.to_owned())
}
