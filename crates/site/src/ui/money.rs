//! Money as people read it.

use kanuki_domain::Yen;
use maud::{Markup, html};

use crate::ui::{
    action::{Action, quick_actions},
    icon::{Icon, icon},
    notice::{Tone, badge},
};

/// Which way money went, seen from the person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// To the person: `+`.
    In,
    /// From the person: `−`.
    Out,
    /// Neither.
    #[default]
    None,
}

/// An amount whose digits stand below each other.
#[must_use]
pub fn money(amount: Yen) -> Markup {
    html! { span.money { (amount) } }
}

/// An amount with its direction.
#[must_use]
pub fn money_signed(direction: Direction, amount: Yen) -> Markup {
    let (class, sign) = match direction {
        Direction::In => ("money in", "+"),
        Direction::Out => ("money out", "\u{2212}"),
        Direction::None => ("money", ""),
    };
    html! { span class=(class) { (sign) (amount) } }
}

/// What is there, and what can be done with it.
#[derive(Clone, Debug)]
pub struct BalanceCard {
    /// Whose or which.
    pub label: String,
    /// How much.
    pub amount: Yen,
    /// What else there is to know, such as money on its way.
    pub note: Option<String>,
    /// Shortcuts below.
    pub actions: Vec<Action>,
}

/// The card at the top of the first page.
#[must_use]
pub fn balance_card(card: &BalanceCard) -> Markup {
    let text = card.amount.to_string();
    let digits = text.trim_start_matches('¥');
    html! {
        section.balance {
            div.balance-top {
                h2 { (card.label) }
                p.balance-amount { span.yen { "¥" } (digits) }
                @if let Some(note) = &card.note { p.balance-note { (note) } }
            }
            @if !card.actions.is_empty() { (quick_actions(&card.actions)) }
        }
    }
}

/// One line of a list: a statement line, a linked bank account, a person.
#[derive(Clone, Debug, Default)]
pub struct Row {
    title: String,
    detail: Option<String>,
    icon: Option<Icon>,
    amount: Option<(Direction, Yen)>,
    running: Option<String>,
    badge: Option<(Tone, String)>,
    href: Option<String>,
    extra: Option<Markup>,
}

impl Row {
    /// A line with a title.
    #[must_use]
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    /// When, or which.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// A picture before it.
    #[must_use]
    pub const fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }

    /// How much.
    #[must_use]
    pub const fn money(mut self, direction: Direction, amount: Yen) -> Self {
        self.amount = Some((direction, amount));
        self
    }

    /// The balance after it, in words and figures.
    #[must_use]
    pub fn running(mut self, text: impl Into<String>) -> Self {
        self.running = Some(text.into());
        self
    }

    /// Its state.
    #[must_use]
    pub fn badge(mut self, tone: Tone, text: impl Into<String>) -> Self {
        self.badge = Some((tone, text.into()));
        self
    }

    /// Where to read more.
    #[must_use]
    pub fn href(mut self, href: impl Into<String>) -> Self {
        self.href = Some(href.into());
        self
    }

    /// Anything else, below.
    #[must_use]
    pub fn extra(mut self, extra: Markup) -> Self {
        self.extra = Some(extra);
        self
    }
}

/// Lines below each other.
#[must_use]
pub fn rows(rows: Vec<Row>) -> Markup {
    html! {
        ul.rows {
            @for row in &rows {
                li {
                    @if let Some(href) = &row.href { a.row href=(href) { (line(row)) } }
                    @else { div.row { (line(row)) } }
                    @if let Some(extra) = &row.extra { div.row-extra { (extra) } }
                }
            }
        }
    }
}

fn line(row: &Row) -> Markup {
    html! {
        @if let Some(picture) = row.icon { span.row-icon { (icon(picture)) } }
        span.row-text {
            span.row-title {
                (row.title)
                @if let Some((tone, text)) = &row.badge { " " (badge(*tone, text)) }
            }
            @if let Some(detail) = &row.detail { span.row-detail { (detail) } }
        }
        @if row.amount.is_some() || row.running.is_some() {
            span.row-money {
                @if let Some((direction, amount)) = row.amount { (money_signed(direction, amount)) }
                @if let Some(running) = &row.running { span.row-detail { (running) } }
            }
        }
    }
}

/// How much of a limit is used.
#[must_use]
pub fn meter(label: &str, used: Yen, cap: Yen, text: &str) -> Markup {
    let shown = used.min(cap).amount();
    // A bar needs a length: a cap of nothing is shown as fully used.
    let (shown, whole) = if cap.is_zero() { (1, 1) } else { (shown, cap.amount()) };
    html! {
        div.meter {
            div.meter-top { span { (label) } span.meter-text { (text) } }
            progress max=(whole) value=(shown) aria-label=(label) { (text) }
        }
    }
}
