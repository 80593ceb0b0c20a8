//! Style, script and icon: inside the binary, named by their content, cached for ever.

use std::sync::LazyLock;

use axum::response::{IntoResponse, Response};
use http::header;
use sha2::{Digest as _, Sha256};

use crate::Problem;

struct Asset {
    name: String,
    kind: &'static str,
    body: &'static str,
}

static CSS: LazyLock<Asset> = LazyLock::new(|| {
    asset("kanuki", "css", "text/css; charset=utf-8", include_str!("../../assets/kanuki.css"))
});
static JS: LazyLock<Asset> = LazyLock::new(|| {
    asset("kanuki", "js", "text/javascript; charset=utf-8", include_str!("../../assets/kanuki.js"))
});
static CHECK: LazyLock<Asset> = LazyLock::new(|| {
    asset("check", "js", "text/javascript; charset=utf-8", include_str!("../../assets/check.js"))
});
static PUSH: LazyLock<Asset> = LazyLock::new(|| {
    asset("push", "js", "text/javascript; charset=utf-8", include_str!("../../assets/push.js"))
});
static DESK: LazyLock<Asset> = LazyLock::new(|| {
    asset("desk", "js", "text/javascript; charset=utf-8", include_str!("../../assets/desk.js"))
});
static ICON: LazyLock<Asset> =
    LazyLock::new(|| asset("icon", "svg", "image/svg+xml", include_str!("../../assets/icon.svg")));

/// A changed body gets a new name, so a browser never mixes two versions.
fn asset(stem: &str, extension: &str, kind: &'static str, body: &'static str) -> Asset {
    let digest = Sha256::digest(body.as_bytes());
    let bits = digest.iter().take(8).fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
    let hash = format!("{bits:016x}");
    Asset { name: format!("{stem}.{hash}.{extension}"), kind, body }
}

/// Where the style sheet is.
#[must_use]
pub fn css_path() -> String {
    format!("/assets/{}", CSS.name)
}

/// Where the page script is.
#[must_use]
pub fn js_path() -> String {
    format!("/assets/{}", JS.name)
}

/// Where the script of `/check` is.
#[must_use]
pub fn check_js_path() -> String {
    format!("/assets/{}", CHECK.name)
}

/// Where the script is that asks a browser to show notices.
#[must_use]
pub fn push_js_path() -> String {
    format!("/assets/{}", PUSH.name)
}

/// Where the script of the desk's keys is.
#[must_use]
pub fn desk_js_path() -> String {
    format!("/assets/{}", DESK.name)
}

/// What shows a notice while no page is open. Browsers look for a newer one where the older was, so that its
/// name must not change with its content.
#[must_use]
pub fn push_worker() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, include_str!("../../assets/push-worker.js")).into_response()
}

/// Where the icon is.
#[must_use]
pub fn icon_path() -> String {
    format!("/assets/{}", ICON.name)
}

/// The style sheet itself, for reports that stand alone in one file.
#[must_use]
pub fn css() -> &'static str {
    CSS.body
}

/// The page script itself.
#[must_use]
pub fn js() -> &'static str {
    JS.body
}

pub(crate) fn serve(name: &str) -> Response {
    let all = [&*CSS, &*JS, &*CHECK, &*PUSH, &*DESK, &*ICON];
    let found = all.into_iter().find(|asset| asset.name == name);
    match found {
        Some(asset) => {
            let headers = [
                (header::CONTENT_TYPE, asset.kind),
                (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
            ];
            (headers, asset.body).into_response()
        }
        None => Problem::not_found().into_response(),
    }
}

pub(crate) fn favicon() -> Response {
    let headers =
        [(header::CONTENT_TYPE, ICON.kind), (header::CACHE_CONTROL, "public, max-age=86400")];
    (headers, ICON.body).into_response()
}
