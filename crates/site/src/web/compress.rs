//! Compression of pages and assets, and of nothing else.

use http::{Extensions, HeaderMap, StatusCode, Version, header};
use tower_http::compression::{
    CompressionLayer, Predicate,
    predicate::{And, SizeAbove},
};

#[derive(Clone, Copy, Debug)]
pub(crate) struct IsPage;

impl Predicate for IsPage {
    fn should_compress<B>(&self, response: &http::Response<B>) -> bool
    where
        B: axum::body::HttpBody,
    {
        is_page(response.status(), response.version(), response.headers(), response.extensions())
    }
}

/// The gzip layer. Answers of the API stay as they are: they carry tokens beside caller's words.
pub(crate) fn layer() -> CompressionLayer<And<SizeAbove, IsPage>> {
    CompressionLayer::new().compress_when(SizeAbove::new(512).and(IsPage))
}

fn is_page(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    kind.is_some_and(|kind| {
        kind.starts_with("text/html")
            || kind.starts_with("text/css")
            || kind.starts_with("text/javascript")
    })
}
