//! What a partner may agree with a bank, switched on for a test.

use axum::body::Body;
use http::{Method, Request, header};
use kanuki_bank::partner::{Partner, Profile};
use kanuki_record::Unit;
use kanuki_wire::dpop;

use crate::world::{API_HOST, CLIENT, ISSUER, Reply, World};

impl World {
    /// From now on the wallet and this bank go by `profile`.
    pub(crate) async fn agree(&self, profile: Profile) {
        let book = &self.state.bank.book;
        let mut partner = book.load::<Partner>(CLIENT).await.unwrap();
        partner.edit().profile = profile;
        let mut unit = Unit::new();
        unit.update(&partner);
        book.commit(unit).await.unwrap();
    }

    /// A proof with the bank's nonce in it.
    pub(crate) fn proof_with(
        &self,
        (method, path): (&str, &str),
        access_token: Option<&str>,
        nonce: &str,
    ) -> String {
        let uri = format!("{ISSUER}{path}");
        let request = dpop::Request { method, uri: &uri, access_token, nonce: Some(nonce) };
        dpop::make(&self.dpop_key, &request, &self.serial(), self.now()).unwrap()
    }

    /// A resource, asked with these headers and nothing else.
    pub(crate) async fn ask(
        &self,
        (method, path): (Method, &str),
        headers: &[(&str, String)],
    ) -> Reply {
        let mut request =
            Request::builder().method(method).uri(path).header(header::HOST, API_HOST);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        self.send(request.body(Body::empty()).unwrap()).await
    }
}

/// The value of a metric's line that has all of `parts`; 0 where there is none.
pub(crate) fn metric(world: &World, parts: &[&str]) -> u64 {
    let text = world.state.site.metrics.text();
    let line = text.lines().find(|line| parts.iter().all(|part| line.contains(part)));
    line.map_or(0, |line| line.rsplit(' ').next().unwrap().parse().unwrap())
}
