//! A browser without a window: bytes, cookies, forms and a passkey. Every name leads to this machine.

use std::collections::BTreeMap;

use http::{Method, header};
use kanuki_passkey::soft::SoftAuthenticator;
use url::{Url, form_urlencoded};

/// Redirects in a row after which it gives up.
const REDIRECTS_MAX: usize = 12;

/// Nobody answered, or what stands before the company said that nobody is there.
#[derive(Debug)]
pub(crate) struct Silent;

pub(crate) struct Browser {
    client: reqwest::Client,
    /// Where it says that it is, to a company behind a proxy.
    address: String,
    /// By host.
    cookies: BTreeMap<String, BTreeMap<String, String>>,
    keys: SoftAuthenticator,
}

/// What it shows.
pub(crate) struct Page {
    pub(crate) url: Url,
    pub(crate) status: u16,
    pub(crate) html: String,
}

/// A form, with what would be sent if nobody touched it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Form {
    is_get: bool,
    action: String,
    /// What the passkey is asked, and whether it is to be made.
    passkey: Option<(String, bool)>,
    fields: Vec<(String, String)>,
    choices: Vec<(String, String)>,
}

impl Form {
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(field, _)| field != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// What may be chosen for `name`.
    pub(crate) fn choices(&self, name: &str) -> Vec<&str> {
        let all = self.choices.iter().filter(|(field, _)| field == name);
        all.map(|(_, value)| value.as_str()).collect()
    }

    fn encode(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.fields).finish()
    }
}

/// The text between `before` and `after`.
pub(crate) fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(found, _)| found)
}

fn unescape(text: &str) -> String {
    text.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    between(tag, &format!(" {name}=\""), "\"").map(unescape)
}

fn form(text: &str) -> Form {
    let (tag, inside) = text.split_once('>').unwrap_or((text, ""));
    let options = attribute(tag, "data-options");
    let makes = attribute(tag, "data-passkey").as_deref() == Some("create");
    let mut form = Form {
        is_get: attribute(tag, "method").is_none_or(|method| method == "get"),
        action: attribute(tag, "action").unwrap_or_default(),
        passkey: options.map(|options| (options, makes)),
        ..Form::default()
    };
    for input in inside.split("<input").skip(1).filter_map(|input| input.split('>').next()) {
        let Some(name) = attribute(input, "name") else { continue };
        let value = attribute(input, "value");
        let is_chosen = input.contains(" checked");
        match attribute(input, "type").as_deref() {
            Some(kind @ ("radio" | "checkbox")) => {
                let value = value.unwrap_or_else(|| "on".to_owned());
                if kind == "radio" {
                    form.choices.push((name.clone(), value.clone()));
                }
                if is_chosen {
                    form.fields.push((name, value));
                }
            }
            _ => form.fields.push((name, value.unwrap_or_default())),
        }
    }
    form
}

impl Page {
    fn forms(&self) -> Vec<Form> {
        let forms = self.html.split("<form").skip(1);
        forms.filter_map(|text| text.split("</form>").next()).map(form).collect()
    }

    /// The form that goes to `action`, if there is one.
    pub(crate) fn find(&self, action: &str) -> Option<Form> {
        let path = |form: &Form| form.action.split('?').next() == Some(action);
        self.forms().into_iter().find(path)
    }

    pub(crate) fn form(&self, action: &str) -> Form {
        self.find(action).unwrap_or_else(|| self.lacks(action))
    }

    /// The form that goes somewhere below `path`.
    pub(crate) fn form_below(&self, path: &str) -> Form {
        let is_below = |form: &Form| form.action.starts_with(path);
        self.forms().into_iter().find(is_below).unwrap_or_else(|| self.lacks(path))
    }

    /// The form that sends `field`.
    pub(crate) fn form_with(&self, field: &str) -> Form {
        let sends = |form: &Form| form.fields.iter().any(|(name, _)| name == field);
        self.forms().into_iter().find(sends).unwrap_or_else(|| self.lacks(field))
    }

    /// A code that is shown in groups.
    pub(crate) fn code(&self) -> String {
        let groups = between(&self.html, "stop-code-groups\">", "</p>");
        let groups = groups.unwrap_or_else(|| self.lacks("code"));
        let shown = groups.split('<').filter_map(|piece| piece.split_once('>'));
        shown.flat_map(|(_, text)| text.chars()).filter(char::is_ascii_alphanumeric).collect()
    }

    fn lacks<T>(&self, what: &str) -> T {
        panic!("{} ({}) has no {what}:\n{}", self.url, self.status, self.html)
    }
}

impl Browser {
    pub(crate) fn new(address: &str, seed: u8) -> Self {
        let builder = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        Self {
            client: builder.no_proxy().build().unwrap(),
            address: address.to_owned(),
            cookies: BTreeMap::new(),
            keys: SoftAuthenticator::from_seed([seed; 32]),
        }
    }

    pub(crate) async fn open(&mut self, url: &str) -> Result<Page, Silent> {
        self.walk(Method::GET, Url::parse(url).unwrap(), String::new(), None).await
    }

    pub(crate) async fn submit(&mut self, page: &Page, form: &Form) -> Result<Page, Silent> {
        let mut url = page.url.join(&form.action).unwrap();
        if form.is_get {
            url.set_query(Some(&form.encode()));
            return self.walk(Method::GET, url, String::new(), Some(&page.url)).await;
        }
        self.walk(Method::POST, url, form.encode(), Some(&page.url)).await
    }

    /// Lets the passkey answer the form that asks for it.
    pub(crate) async fn touch(&mut self, page: &Page) -> Result<Page, Silent> {
        let asked = page.forms().into_iter().find(|form| form.passkey.is_some());
        let form = asked.unwrap_or_else(|| page.lacks("form for a passkey"));
        let origin = page.url.origin().ascii_serialization();
        let (options, makes) = form.passkey.clone().unwrap_or_default();
        let answer = if makes {
            self.keys.create(&options, &origin)
        } else {
            self.keys.get(&options, &origin)
        };
        self.submit(page, &form.with("credential", &answer.unwrap())).await
    }

    async fn walk(
        &mut self,
        mut method: Method,
        mut url: Url,
        mut body: String,
        from: Option<&Url>,
    ) -> Result<Page, Silent> {
        let origin = from.map(|url| url.origin().ascii_serialization());
        for _ in 0..REDIRECTS_MAX {
            let answer = self.send(method, &url, body, origin.as_deref()).await?;
            let status = answer.status();
            let leads = answer.headers().get(header::LOCATION).filter(|_| status.is_redirection());
            let Some(leads) = leads.map(|to| to.to_str().unwrap().to_owned()) else {
                if status.as_u16() == 502 {
                    return Err(Silent);
                }
                let html = answer.text().await.map_err(|_| Silent)?;
                return Ok(Page { url, status: status.as_u16(), html });
            };
            url = url.join(&leads).unwrap();
            (method, body) = (Method::GET, String::new());
        }
        panic!("redirected in circles at {url}");
    }

    async fn send(
        &mut self,
        method: Method,
        url: &Url,
        body: String,
        origin: Option<&str>,
    ) -> Result<reqwest::Response, Silent> {
        let host = url.host_str().unwrap().to_owned();
        let port = url.port().unwrap();
        let here = format!("http://127.0.0.1:{port}{}", &url[url::Position::BeforePath..]);
        let mut request = self
            .client
            .request(method.clone(), here)
            .header(header::HOST, format!("{host}:{port}"))
            .header(header::ACCEPT, "text/html")
            .header(header::ACCEPT_LANGUAGE, "ja")
            .header("x-forwarded-for", &self.address);
        let own = self.cookies.entry(host).or_default();
        if !own.is_empty() {
            let all: Vec<String> =
                own.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(header::COOKIE, all.join("; "));
        }
        if method == Method::POST {
            request = request
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .header(header::ORIGIN, origin.unwrap_or("null"))
                .body(body);
        }
        let answer = request.send().await.map_err(|_| Silent)?;
        for cookie in answer.headers().get_all(header::SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            own.insert(name.to_owned(), value.to_owned());
        }
        Ok(answer)
    }
}
