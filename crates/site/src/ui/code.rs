//! Codes: for cameras and for people.

use std::fmt::Write as _;

use maud::{Markup, PreEscaped, html};
use qrcode::{Color, EcLevel, QrCode};

use crate::{
    Words,
    ui::icon::{Icon, icon},
};

/// The quiet zone that ISO/IEC 18004 asks for around a symbol, in modules.
const QUIET: usize = 4;

/// `data` as a QR code; as plain text when it is too long for one.
#[must_use]
pub fn qr(data: &str, title: &str) -> Markup {
    let Ok(code) = QrCode::with_error_correction_level(data, EcLevel::M) else {
        return html! { code.qr-text { (data) } };
    };
    let width = code.width();
    let side = width.saturating_add(QUIET.saturating_mul(2));
    let colors = code.to_colors();
    let mut path = String::new();
    for (y, line) in colors.chunks(width.max(1)).enumerate() {
        let dark = line.iter().enumerate().filter(|(_, color)| **color == Color::Dark);
        for (x, _) in dark {
            let (x, y) = (x.saturating_add(QUIET), y.saturating_add(QUIET));
            let _infallible = write!(path, "M{x} {y}h1v1h-1z");
        }
    }
    html! {
        figure.qr {
            svg viewBox={ "0 0 " (side) " " (side) } role="img" aria-label=(title)
                shape-rendering="crispEdges" {
                rect width=(side) height=(side) fill="#fff" {}
                (PreEscaped(format!("<path d=\"{path}\" fill=\"#000\"/>")))
            }
            figcaption { (title) }
        }
    }
}

/// A code to read out or copy by hand, in groups of four.
#[must_use]
pub fn stop_code(label: &str, code: &str) -> Markup {
    let letters: Vec<char> = code.chars().filter(char::is_ascii_alphanumeric).collect();
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    html! {
        div.stop-code {
            p { (label) }
            p.stop-code-groups {
                @for (place, group) in groups.iter().enumerate() {
                    @if place > 0 { " " }
                    span { (group) }
                }
            }
        }
    }
}

/// A value with a button that copies it; without scripts it can still be selected.
#[must_use]
pub fn copy_text(words: &Words<'_>, value: &str) -> Markup {
    copy_more(words, value, value)
}

/// The same where more is copied than is shown here.
#[must_use]
pub fn copy_more(words: &Words<'_>, value: &str, copied: &str) -> Markup {
    html! {
        div.copy {
            code { (value) }
            button.button.secondary type="button" data-copy=(copied) data-done=(words.t("copy-done")) {
                (icon(Icon::Copy)) span { (words.t("copy-label")) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stop_codes_are_read_in_groups() {
        let shown = stop_code("停止コード", "7KQ2-M4XP9D").into_string();
        assert!(shown.contains("<span>7KQ2</span> <span>M4XP</span> <span>9D</span>"), "{shown}");
    }

    #[test]
    fn qr_codes_have_a_quiet_zone_and_a_name() {
        let shown = qr("https://example.test/r/1", "請求").into_string();
        assert!(shown.contains("aria-label=\"請求\""));
        assert!(shown.contains("M4 4h1"), "the finder starts after four light modules");
        assert!(!shown.contains("M3 "), "nothing dark in the quiet zone");
    }

    #[test]
    fn text_too_long_for_a_symbol_is_still_shown() {
        let long = "<".repeat(4_000);
        assert!(qr(&long, "x").into_string().contains("&lt;&lt;"));
    }
}
