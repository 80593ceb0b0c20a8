//! The demo world: everything that exists so that Kanuki can be tried by clicking through it.
//!
//! | module | stands for |
//! |---|---|
//! | [`people`] | the sample people, banks, shop and staff: constant |
//! | [`core`] | a bank's core banking system (勘定系), a small separate service |
//! | [`card`] | a platform operator's app with demo My Number Cards, at `/demo/card` |
//! | [`inbox`] | mail, SMS, phone and post that would leave the building, at `/demo/inbox` |
//! | [`app`] | a bank's own app on the telephones of its customers, at `/demo/app` |
//! | [`booth`] | a telephone and a teller machine, at `/demo/phone` and `/demo/atm` |
//! | [`guide`] | who exists and what to try, at `/demo` |
//!
//! Its pages need the texts of [`TEXTS`] and a router wrapped by `kanuki_site::Site::serve`.
//!
//! **Invariant:** a real deployment contains none of this. Nothing here is a shortcut into Kanuki:
//! each part talks to it from outside, as its original would.

pub mod app;
pub mod booth;
pub mod card;
pub mod core;
pub mod guide;
pub mod inbox;
mod pages;
pub mod people;

use kanuki_site::Lang;

/// The texts of the demo's pages, for `Texts::build`.
pub const TEXTS: [(Lang, &str); 2] = [
    (Lang::Ja, include_str!("../locales/ja/demo.ftl")),
    (Lang::En, include_str!("../locales/en/demo.ftl")),
];
