//! A browser with cookies and passkeys, and nothing else: what it cannot see on a page, it cannot
//! send.

use std::collections::BTreeMap;

use axum::body::Body;
use http::{Request, header};
use kanuki_passkey::soft::SoftAuthenticator;

use crate::world::{ORIGIN, PAGE_HOST, Reply, World, account};

#[derive(Clone)]
pub(crate) struct Browser {
    cookies: BTreeMap<String, String>,
    pub(crate) device: SoftAuthenticator,
    pub(crate) lang: &'static str,
}

/// The text between `before` and `after` in a page.
pub(crate) fn between<'a>(page: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = page.split_once(before)?;
    rest.split_once(after).map(|(found, _)| found)
}

fn unescape(text: &str) -> String {
    text.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

impl Browser {
    pub(crate) fn new(seed: u8) -> Self {
        Self {
            cookies: BTreeMap::new(),
            device: SoftAuthenticator::from_seed([seed; 32]),
            lang: "ja",
        }
    }

    async fn send(&mut self, world: &World, request: http::request::Builder, body: Body) -> Reply {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = request
            .header(header::HOST, PAGE_HOST)
            .header(header::ACCEPT, "text/html")
            .header(header::ACCEPT_LANGUAGE, self.lang);
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        let reply = world.send(request.body(body).unwrap()).await;
        let is_filled = !reply.body.contains("{$") && !reply.body.contains("{ $");
        assert!(is_filled, "a message lacks a variable:\n{}", reply.body);
        for cookie in reply.headers.get_all(header::SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        reply
    }

    pub(crate) async fn get(&mut self, world: &World, path: &str) -> Reply {
        self.send(world, Request::get(path), Body::empty()).await
    }

    pub(crate) async fn change(&mut self, world: &World, method: &str, path: &str) -> Reply {
        self.send(world, Request::builder().method(method).uri(path), Body::empty()).await
    }

    pub(crate) async fn delete(&mut self, world: &World, path: &str) -> Reply {
        self.send(world, Request::delete(path), Body::empty()).await
    }

    pub(crate) async fn post(
        &mut self,
        world: &World,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Reply {
        let body = serde_urlencoded::to_string(fields).unwrap();
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ORIGIN, ORIGIN);
        self.send(world, request, Body::from(body)).await
    }

    /// Sends a form with a file in it; the parts are divided by `B`.
    pub(crate) async fn upload(&mut self, world: &World, path: &str, body: Vec<u8>) -> Reply {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=B")
            .header(header::ORIGIN, ORIGIN);
        self.send(world, request, Body::from(body)).await
    }

    /// Fills the form on `page` that goes to `action`: its hidden fields and `fields`.
    pub(crate) async fn submit(
        &mut self,
        world: &World,
        page: &Reply,
        action: &str,
        fields: &[(&str, &str)],
    ) -> Reply {
        let form = form(&page.body, action);
        let mut all: BTreeMap<String, String> = hidden(&form);
        all.extend(fields.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())));
        let all: Vec<(&str, &str)> = all.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        self.post(world, action, &all).await
    }

    /// Answers the passkey form on `page` that goes to `action`.
    pub(crate) async fn touch(&mut self, world: &World, page: &Reply, action: &str) -> Reply {
        let form = form(&page.body, action);
        let options = unescape(between(&form, "data-options=\"", "\"").expect("options"));
        let answer = if form.contains("data-passkey=\"create\"") {
            self.device.create(&options, ORIGIN).expect("a passkey is made")
        } else {
            self.device.get(&options, ORIGIN).expect("a passkey fits")
        };
        self.submit(world, page, action, &[("credential", &answer)]).await
    }

    pub(crate) async fn follow(&mut self, world: &World, reply: &Reply) -> Reply {
        assert_eq!(reply.status, 303, "{}", reply.body);
        let path = reply.header("location").to_owned();
        self.get(world, &path).await
    }

    /// A token that this browser's pages contain, for a path.
    pub(crate) async fn csrf(&mut self, world: &World, page: &str) -> String {
        let reply = self.get(world, page).await;
        between(&reply.body, "name=\"csrf\" value=\"", "\"").expect("a token").to_owned()
    }

    /// Starts an enrolment for an account: the page that waits, and its reference.
    pub(crate) async fn start(
        &mut self,
        world: &World,
        number: &str,
        proof: &str,
    ) -> (Reply, String) {
        let page = self.get(world, "/enrol").await;
        let fields = [("branch", "001"), ("number", number), ("proof", proof)];
        let next = self.submit(world, &page, "/enrol", &fields).await;
        let page = self.follow(world, &next).await;
        let shown = between(&page.body, "stop-code-groups\">", "</p>").unwrap();
        let reference = shown.chars().filter(char::is_ascii_digit).collect();
        (page, reference)
    }

    /// Proves an account with the code that staff hand out for the page's reference.
    pub(crate) async fn prove_at_branch(&mut self, world: &World, number: &str) -> Reply {
        let (page, reference) = self.start(world, number, "branch").await;
        let moment = world.state.site.world.moment("");
        let bank = &world.state.bank;
        let handed = bank.activate_at_branch(&moment.ctx(), &account(number), &reference).await;
        let code = handed.unwrap().unwrap();
        self.submit(world, &page, "/enrol/code", &[("code", &code)]).await
    }

    /// Registers a passkey with the code from a branch and signs in to the portal.
    pub(crate) async fn enter_portal(&mut self, world: &World, number: &str) {
        let next = self.prove_at_branch(world, number).await;
        let page = self.follow(world, &next).await;
        let next = self.touch(world, &page, "/enrol/passkey").await;
        let page = self.follow(world, &next).await;
        let next = self.touch(world, &page, "/holder/sign-in").await;
        assert_eq!(next.header("location"), "/holder");
    }

    /// Registers a staff passkey; that signs in to the desk.
    pub(crate) async fn enter_desk(&mut self, world: &World, code: &str) {
        let page = self.get(world, "/desk/activate").await;
        let page = self.submit(world, &page, "/desk/activate", &[("code", code)]).await;
        let next = self.touch(world, &page, "/desk/activate/passkey").await;
        assert_eq!(next.header("location"), "/desk");
    }
}

/// The form on a page that goes to `action`.
pub(crate) fn form(page: &str, action: &str) -> String {
    let mark = format!("action=\"{action}\"");
    let forms = page.split("<form").skip(1);
    let found = forms.filter_map(|form| form.split("</form>").next()).find(|f| f.contains(&mark));
    found.unwrap_or_else(|| panic!("no form to {action} in:\n{page}")).to_owned()
}

pub(crate) fn hidden(form: &str) -> BTreeMap<String, String> {
    let inputs = form.split("<input").skip(1).filter_map(|input| input.split('>').next());
    inputs
        .filter(|input| input.contains("type=\"hidden\""))
        .map(|input| {
            let value = |name: &str| {
                unescape(between(input, &format!("{name}=\""), "\"").unwrap_or_default())
            };
            (value("name"), value("value"))
        })
        .collect()
}
