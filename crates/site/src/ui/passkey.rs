//! A form that a passkey answers.

use kanuki_domain::id::CeremonyId;
use maud::{Markup, html};

use crate::{
    Words,
    ui::icon::{Icon, icon},
};

/// What is asked of the passkey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasskeyMode {
    /// Make a new one.
    Create,
    /// Use one.
    Get,
}

/// A form whose `credential` field the page script fills with what the passkey answered.
#[derive(Clone, Debug)]
pub struct PasskeyForm {
    /// Make or use.
    pub mode: PasskeyMode,
    /// Where the answer goes.
    pub action: String,
    /// WebAuthn options as JSON, bare or inside `publicKey`.
    pub options: String,
    /// Which ceremony is answered.
    pub ceremony: CeremonyId,
    /// `visit.csrf_field()`.
    pub csrf: Markup,
    /// What the button says.
    pub label: String,
    /// Other fields.
    pub body: Markup,
    /// Another way for those without a passkey: where, and what it is called.
    pub alternative: Option<(String, String)>,
}

/// Posts `credential` (the browser's answer as JSON), `ceremony`, `csrf` and what is in the body.
///
/// A prompt that is dismissed or fails leaves the person on the page with a message and the same
/// button; a browser without passkeys or scripts is told so.
#[must_use]
pub fn passkey_form(words: &Words<'_>, form: &PasskeyForm) -> Markup {
    let mode = match form.mode {
        PasskeyMode::Create => "create",
        PasskeyMode::Get => "get",
    };
    html! {
        form.form method="post" action=(form.action) data-passkey=(mode)
            data-options=(form.options)
            data-cancelled=(words.t("passkey-cancelled"))
            data-failed=(words.t("passkey-failed"))
            data-exists=(words.t("passkey-exists"))
            data-unsupported=(words.t("passkey-unsupported")) {
            (form.csrf)
            input type="hidden" name="ceremony" value=(form.ceremony);
            input type="hidden" name="credential" value="";
            (form.body)
            div.notice.warning.passkey-message role="alert" hidden {
                (icon(Icon::Warning)) div { p.notice-body data-message {} }
            }
            noscript { p.notice.warning { (words.t("passkey-noscript")) } }
            div.actions {
                button.button.primary type="submit" { (icon(Icon::Key)) span { (form.label) } }
                @if let Some((href, label)) = &form.alternative {
                    a.button.quiet href=(href) { (label) }
                }
            }
        }
    }
}
