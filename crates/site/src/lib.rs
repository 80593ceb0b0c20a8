//! What both companies' HTTP shares: who calls, sessions, forms, languages, errors, and the look.
//!
//! A company builds its [`Site`], writes handlers that take a [`Visit`], and wraps its router with
//! [`Site::serve`]. HTTP draws and parses; it decides nothing about money or trust.

pub mod authority;
pub mod books;
pub mod caller;
pub mod ceremony;
pub mod check;
pub mod claim;
pub mod compensation;
pub mod cookie;
pub mod courier;
pub mod csrf;
pub mod exchange;
pub mod incident;
pub mod keys;
pub mod layout;
pub mod leak;
pub mod lookback;
pub mod monthly;
pub mod number;
pub mod pack;
pub mod phone_report;
pub mod problem;
pub mod pushed;
pub mod registry;
pub mod related;
pub mod report;
pub mod retention;
pub mod risk;
pub mod risk_record;
pub mod screening;
pub mod session;
pub mod settings;
pub mod show;
pub mod signals;
pub mod signed_in;
mod site;
pub mod staff;
pub mod suspicion;
pub mod terms;
pub mod text;
pub mod ui;
pub mod upload;
mod visit;
pub mod web;
pub mod world;

pub use layout::{Brand, NavItem, PageMeta, Width};
pub use problem::{Answer, Problem};
pub use session::{Session, Sessions, Subject, SubjectKind};
pub use site::{Site, SiteConfig, SiteError};
pub use text::{Arg, Lang, Texts, Words};
pub use visit::Visit;
pub use web::{metrics::Metrics, ops::Ready, rate::RateLimits};
pub use world::{Clock, Moment, Transport, TransportError, World};
