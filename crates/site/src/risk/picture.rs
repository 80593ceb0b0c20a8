//! What the desk's pictures of who with whom are made of: boxes in three columns.

use maud::{Markup, html};

/// How wide a picture is.
pub(super) const WIDTH: u32 = 720;
/// From one box to the next below.
pub(super) const ROW: u32 = 56;
/// How wide a box is.
pub(super) const NODE_WIDTH: u32 = 210;
/// How high a box is.
pub(super) const NODE_HEIGHT: u32 = 40;
/// Left edges of the three columns.
pub(super) const COLUMNS: [u32; 3] = [0, 255, 510];

/// How high a picture with so many boxes in its longest column is.
pub(super) fn height(rows: usize) -> u32 {
    u32::try_from(rows.max(1)).unwrap_or(1).saturating_mul(ROW)
}

/// Where the box in the middle begins.
pub(super) const fn middle(height: u32) -> u32 {
    height.saturating_sub(NODE_HEIGHT) >> 1
}

/// A box with two lines of words.
pub(super) fn boxed((x, y): (u32, u32), (first, second): (&str, &str), is_hub: bool) -> Markup {
    let inside = x.saturating_add(10);
    html! {
        rect x=(x) y=(y) width=(NODE_WIDTH) height=(NODE_HEIGHT) rx="6" fill="transparent"
            stroke="currentColor" stroke-width=(if is_hub { "3" } else { "1" }) {}
        text x=(inside) y=(y.saturating_add(16)) font-size="12" fill="currentColor" { (first) }
        " "
        text x=(inside) y=(y.saturating_add(33)) font-size="12" fill="currentColor" { (second) }
    }
}
