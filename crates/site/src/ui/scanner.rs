//! Reading a QR code with the camera, or from a photo where there is no camera or no script.

use maud::{Markup, html};

use crate::{
    Words,
    ui::icon::{Icon, icon},
};

/// Where frames, photos and the text that was read go.
#[derive(Clone, Debug)]
pub struct QrScanner {
    /// Asked by GET with the text that was read.
    pub action: String,
    /// The name of the query field that carries the text.
    pub field: String,
    /// Where a frame is posted (`file`, `x-csrf-token`); answers `{"text": "…"}` or `{"text":null}`.
    pub decode_url: String,
    /// Where a photo is posted by a plain form (`file`, `csrf`).
    pub upload_url: String,
    /// `visit.csrf_field()`.
    pub csrf: Markup,
    /// `visit.csrf_token()`.
    pub csrf_token: String,
}

/// A camera view with a frame to aim with, and a photo upload below it.
#[must_use]
pub fn qr_scanner(words: &Words<'_>, scanner: &QrScanner) -> Markup {
    html! {
        div.scanner {
            form method="get" action=(scanner.action) data-qr data-decode-url=(scanner.decode_url)
                data-csrf=(scanner.csrf_token)
                data-searching=(words.t("scan-searching"))
                data-denied=(words.t("scan-denied"))
                data-failed=(words.t("scan-failed")) {
                input type="hidden" name=(scanner.field) value="" data-qr-text;
                div.viewfinder hidden data-qr-view {
                    video playsinline muted aria-label=(words.t("scan-view")) {}
                    span.viewfinder-frame aria-hidden="true" {}
                }
                p.scan-status role="status" data-qr-status {}
                button.button.primary.needs-script type="button" data-qr-start {
                    (icon(Icon::Camera)) span { (words.t("scan-start")) }
                }
            }
            form.form method="post" action=(scanner.upload_url) enctype="multipart/form-data" {
                (scanner.csrf)
                div.field {
                    label for="scan-file" { (words.t("scan-photo")) }
                    input.input #scan-file type="file" name="file" accept="image/*"
                        capture="environment" required;
                }
                button.button.secondary type="submit" { (words.t("scan-read-photo")) }
            }
        }
    }
}
