//! Whole pages: header, navigation, language switch.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::{
    Words, keys,
    ui::{Icon, icon},
    web::assets,
};

/// Whose colors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Brand {
    /// The wallet: indigo.
    Wallet,
    /// The first bank: green.
    BankOne,
    /// The second bank: teal.
    BankTwo,
    /// The third bank: plum.
    BankThree,
    /// Nobody's: pages on a person's own machine, where there is no company to ask.
    Own,
}

impl Brand {
    /// As in `data-brand` and in configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Wallet => "wallet",
            Self::BankOne => "bank-one",
            Self::BankTwo => "bank-two",
            Self::BankThree => "bank-three",
            Self::Own => "own",
        }
    }

    /// The company of this [`name`](Self::name).
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let all = [Self::Wallet, Self::BankOne, Self::BankTwo, Self::BankThree];
        all.into_iter().find(|brand| brand.name() == name)
    }

    /// The main color, for a browser's own bars.
    #[must_use]
    pub const fn color(self) -> &'static str {
        match self {
            Self::Wallet | Self::Own => "#0017C1",
            Self::BankOne => "#115A36",
            Self::BankTwo => "#005F73",
            Self::BankThree => "#6B2566",
        }
    }
}

/// How wide a page's column is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Width {
    /// One column for one thing to do.
    #[default]
    Narrow,
    /// Room for two columns on a desktop.
    Wide,
}

/// One place in the navigation.
#[derive(Clone, Debug)]
pub struct NavItem {
    icon: Icon,
    label: String,
    href: String,
    is_current: bool,
}

impl NavItem {
    /// A place to go.
    #[must_use]
    pub fn new(icon: Icon, label: impl Into<String>, href: impl Into<String>) -> Self {
        Self { icon, label: label.into(), href: href.into(), is_current: false }
    }

    /// Marks the place where the person is.
    #[must_use]
    pub const fn current(mut self, is_current: bool) -> Self {
        self.is_current = is_current;
        self
    }
}

/// What a page says about itself.
#[derive(Clone, Debug, Default)]
pub struct PageMeta {
    /// For the browser's title bar.
    pub title: String,
    /// At the bottom on a phone, at the side on a desktop; none in a ceremony.
    pub nav: Vec<NavItem>,
    /// Where the arrow in the header leads.
    pub back: Option<String>,
    /// How wide.
    pub width: Width,
    /// Loads itself again after so many seconds, while nobody is typing: for states that change
    /// by themselves. Not by a header, which would take the page from people who read slowly.
    pub refresh_secs: Option<u32>,
}

impl PageMeta {
    /// A narrow page without navigation.
    #[must_use]
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    /// Adds the navigation.
    #[must_use]
    pub fn nav(mut self, items: Vec<NavItem>) -> Self {
        self.nav = items;
        self
    }

    /// Adds an arrow back to `href`.
    #[must_use]
    pub fn back(mut self, href: impl Into<String>) -> Self {
        self.back = Some(href.into());
        self
    }

    /// Makes room for two columns.
    #[must_use]
    pub const fn wide(mut self) -> Self {
        self.width = Width::Wide;
        self
    }

    /// Loads again after `secs` seconds.
    #[must_use]
    pub const fn refresh(mut self, secs: u32) -> Self {
        self.refresh_secs = Some(secs);
        self
    }
}

/// What surrounds every page of one company in one request.
#[derive(Clone, Debug)]
pub struct Frame<'a> {
    /// Words in the request's language.
    pub words: Words<'a>,
    /// Colors.
    pub brand: Brand,
    /// The company's name.
    pub company: &'a str,
    /// Path and query, for the language switch.
    pub path: &'a str,
    /// Where to sign out, and the form's hidden field.
    pub sign_out: Option<(&'a str, Markup)>,
}

/// A page for people.
#[must_use]
pub fn page(frame: &Frame<'_>, meta: &PageMeta, body: Markup) -> Markup {
    let width = match meta.width {
        Width::Narrow => "narrow",
        Width::Wide => "wide",
    };
    let shape = if meta.nav.is_empty() { "shell" } else { "shell has-nav" };
    document(
        frame,
        meta,
        html! {
            (header(frame, meta, "/"))
            div class=(shape) {
                @if !meta.nav.is_empty() { (nav(frame, meta, "nav")) }
                main #main tabindex="-1" class=(width) { (body) }
            }
            @if frame.brand != Brand::Own { (footer(frame)) }
        },
    )
}

/// A page for staff: one bar across, tables below.
#[must_use]
pub fn desk_page(frame: &Frame<'_>, meta: &PageMeta, body: Markup) -> Markup {
    document(
        frame,
        meta,
        html! {
            div.desk {
                (header(frame, meta, "/desk"))
                @if !meta.nav.is_empty() { (nav(frame, meta, "desk-nav")) }
                main #main tabindex="-1" { (body) }
                (keys::help(&frame.words))
            }
            script src=(assets::desk_js_path()) defer {}
        },
    )
}

fn document(frame: &Frame<'_>, meta: &PageMeta, body: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(frame.words.lang.tag()) data-brand=(frame.brand.name()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover";
                meta name="color-scheme" content="light dark";
                meta name="theme-color" content=(frame.brand.color());
                meta name="format-detection" content="telephone=no";
                meta name="robots" content="noindex";
                title { (meta.title) " | " (frame.company) }
                link rel="stylesheet" href=(assets::css_path());
                link rel="icon" type="image/svg+xml" href=(assets::icon_path());
                link rel="manifest" href="/manifest.webmanifest";
                script src=(assets::js_path()) defer {}
            }
            body data-refresh=[meta.refresh_secs] {
                a.skip href="#main" { (frame.words.t("skip-to-content")) }
                (body)
            }
        }
    }
}

fn header(frame: &Frame<'_>, meta: &PageMeta, home: &str) -> Markup {
    let words = frame.words;
    let other = words.lang.other();
    html! {
        header.top {
            div.top-in {
                @if let Some(back) = &meta.back {
                    a.top-back href=(back) aria-label=(words.t("go-back")) { (icon(Icon::Back)) }
                }
                a.brand href=(home) { (logo()) span { (frame.company) } }
                div.top-tools {
                    a.tool href=(lang_path(other.tag(), frame.path)) hreflang=(other.tag())
                        lang=(other.tag()) {
                        (icon(Icon::Globe)) span { (words.t("lang-switch")) }
                    }
                    @if let Some((action, field)) = &frame.sign_out {
                        form method="post" action=(action) {
                            (field)
                            button.tool { (icon(Icon::Exit)) span { (words.t("sign-out")) } }
                        }
                    }
                }
            }
        }
    }
}

fn nav(frame: &Frame<'_>, meta: &PageMeta, class: &str) -> Markup {
    html! {
        nav class=(class) aria-label=(frame.words.t("nav-label")) {
            ul {
                @for item in &meta.nav {
                    li {
                        a href=(item.href) aria-current=[item.is_current.then_some("page")] {
                            (icon(item.icon)) span { (item.label) }
                        }
                    }
                }
            }
        }
    }
}

fn footer(frame: &Frame<'_>) -> Markup {
    html! {
        footer.foot {
            p { (logo()) (frame.company) }
            ul {
                li { a href="/stop" { (icon(Icon::Stop)) (frame.words.t("foot-stop")) } }
                li { a href="/report" { (icon(Icon::Help)) (frame.words.t("foot-report")) } }
                li { a href="/incident" { (icon(Icon::Gate)) (frame.words.t("foot-incident")) } }
                li { a href="/check" { (icon(Icon::Search)) (frame.words.t("foot-check")) } }
            }
        }
    }
}

fn lang_path(to: &str, back: &str) -> String {
    let query = serde_urlencoded::to_string([("to", to), ("back", back)]);
    format!("/lang?{}", query.unwrap_or_default())
}

/// The mark: two doors of a gate and the bar that bolts them.
fn logo() -> Markup {
    PreEscaped(
        "<svg class=\"logo\" viewBox=\"0 0 32 32\" aria-hidden=\"true\">\
         <rect class=\"logo-ground\" width=\"32\" height=\"32\" rx=\"8\"/>\
         <path class=\"logo-doors\" d=\"M8.5 6.5h5.5v19H8.5zM18 6.5h5.5v19H18z\"/>\
         <rect class=\"logo-bar\" x=\"4.5\" y=\"13.4\" width=\"23\" height=\"5.2\" rx=\"1.4\"/></svg>"
            .to_owned(),
    )
}
