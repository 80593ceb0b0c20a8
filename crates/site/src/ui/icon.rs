//! Icons: strokes on a 24-pixel grid, in the color of the text beside them.

use maud::{Markup, PreEscaped};

macro_rules! icons {
    ($($(#[$doc:meta])* $name:ident = $path:literal;)*) => {
        /// A small picture beside words, never instead of them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Icon {
            $($(#[$doc])* $name,)*
        }

        impl Icon {
            const fn path(self) -> &'static str {
                match self {
                    $(Self::$name => $path,)*
                }
            }
        }
    };
}

icons! {
    /// The first page.
    Home = "M4 11.5 12 4.500l8 7M6.5 10v9.500h11V10M10 19.500v-5h4v5";
    /// Money from the bank.
    TopUp = "M12 4v10M8 10.200l4 4 4-4M4.5 15.500V18a1.5 1.5 0 0 0 1.5 1.500h12a1.5 1.5 0 0 0 1.5-1.500v-2.5";
    /// Money to a person.
    Send = "m4 12 16-7.5-5 15-3.5-6zM11.5 13.5 20 4.5";
    /// Money to a shop.
    Pay = "M4 8V5.500A1.5 1.5 0 0 1 5.5 4H8M16 4h2.500A1.5 1.5 0 0 1 20 5.500V8M20 16v2.500a1.5 1.5 0 0 1-1.5 1.500H16M8 20H5.500A1.5 1.5 0 0 1 4 18.500V16M4 12h16";
    /// What happened.
    Statement = "M6 3.500h12v17l-3-2-3 2-3-2-3 2zM9 8.500h6M9 12.500h6";
    /// A bank.
    Bank = "M3.5 9.5 12 4l8.5 5.500zM5.5 10v7M10 10v7M14 10v7M18.5 10v7M3.5 20h17";
    /// Protection.
    Shield = "M12 3.5 19 6v5.500c0 4.5-3 7.5-7 9-4-1.5-7-4.5-7-9V6zM9 11.800l2.2 2.2 4-4.2";
    /// Stopping everything.
    Stop = "M8.5 3.500h7l5 5v7l-5 5h-7l-5-5v-7zM8 12h8";
    /// Locked.
    Lock = "M6 10.500h12v9H6zM8.5 10.500V8a3.5 3.5 0 0 1 7 0v2.500M12 14v2.5";
    /// A passkey.
    Key = "M7.5 15.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM11 12h9.5M16.5 12v3.5M20.5 12v2.5";
    /// A person.
    Person = "M12 11.500a3.8 3.8 0 1 0 0-7.5 3.8 3.8 0 0 0 0 7.500zM4.5 20c.8-3.6 3.8-5.5 7.5-5.500s6.7 1.9 7.5 5.5";
    /// Several people.
    People = "M9 11a3.2 3.2 0 1 0 0-6.500A3.2 3.2 0 0 0 9 11zM3 19c.6-3 2.9-4.7 6-4.700s5.4 1.7 6 4.700M15.5 5a3 3 0 0 1 0 5.800M17.5 14.800c1.9.7 3.1 2.1 3.5 4.2";
    /// A notice.
    Bell = "M6 16.500V11a6 6 0 0 1 12 0v5.500l1.5 1.500h-15zM10 20.500h4";
    /// Done.
    Check = "m5 12.5 4.5 4.500L19 7.5";
    /// Good to know.
    Info = "M12 20.500a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM12 11v5.500M12 7.800h.01";
    /// Careful.
    Warning = "M12 4 21 19.500H3zM12 10v4.500M12 17h.01";
    /// Something failed.
    Error = "M12 20.500a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM9 9l6 6M15 9l-6 6";
    /// Waiting.
    Clock = "M12 20.500a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM12 7.500V12l3 2";
    /// A linked bank account.
    Link = "M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.300l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3A4 4 0 0 0 11 18.700l1-1";
    /// A QR code.
    Qr = "M4.5 4.500h5.500v5.500H4.500zM14 4.500h5.500v5.500H14zM4.5 14h5.500v5.500H4.500zM14 14h2v2h-2zM19.5 14v5.500M14 19.500h2.5";
    /// A camera.
    Camera = "M4 8h3.500L9 5.500h6L16.5 8H20v11H4zM12 16.500a3.3 3.3 0 1 0 0-6.5 3.3 3.3 0 0 0 0 6.500z";
    /// Onward.
    Arrow = "M5 12h13.500M13 6.500l5.5 5.5-5.5 5.5";
    /// Back.
    Back = "M19 12H5.500M11 6.5 5.5 12l5.5 5.5";
    /// To the clipboard.
    Copy = "M8.5 8.500h11v11h-11zM15.5 8.500v-4h-11v11h4";
    /// On paper.
    Print = "M7 9V4h10v5M7 17H4V9h16v8h-3M7 14h10v6H7z";
    /// Money out.
    Out = "M7 17 17 7M9 7h8v8";
    /// Money in.
    In = "M17 7 7 17M15 17H7V9";
    /// Look for something.
    Search = "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.3 15.3 20 20";
    /// A case.
    Case = "M4 8h16v11.500H4zM9 8V5h6v3M4 13h16";
    /// Figures.
    Chart = "M4.5 4v15.500H20M8.5 16v-4M12.5 16V8M16.5 16v-6";
    /// The gate, bolted.
    Gate = "M6 4h4.500v16H6zM13.5 4H18v16h-4.500zM3 12h18";
    /// A telephone.
    Phone = "M6.5 4H10l1.5 4-2 1.500a10 10 0 0 0 5 5l1.5-2 4 1.500v3.500A1.5 1.5 0 0 1 18.5 19C11 19 5 13 5 5.500A1.5 1.5 0 0 1 6.5 4z";
    /// Mail.
    Mail = "M3.5 6h17v12.500h-17zM3.5 7l8.5 6.500L20.5 7";
    /// A cash card.
    Card = "M3.5 6h17v12.500h-17zM3.5 10h17M7 15h4";
    /// A shop.
    Shop = "M5 10.500V20h14v-9.500M4 4.500h16l1 4a2.5 2.5 0 0 1-4.5 1.5 3 3 0 0 1-4.5 0 3 3 0 0 1-4.5 0A2.5 2.5 0 0 1 3 8.500zM10 20v-5h4v5";
    /// A receipt.
    Receipt = "M6 3.500h12v17l-2-1.5-2 1.5-2-1.5-2 1.5-2-1.5-2 1.500zM9.5 7.500l2.5 3 2.5-3M12 10.500V15M9.8 11.500h4.400M9.8 13.500h4.4";
    /// Help.
    Help = "M12 20.500a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM9.5 9.800a2.5 2.5 0 1 1 3.7 2.200c-.8.5-1.2 1-1.2 2M12 16.800h.01";
    /// Languages.
    Globe = "M12 20.500a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM3.5 12h17M12 3.500c5 5 5 12 0 17-5-5-5-12 0-17";
    /// Signing out.
    Exit = "M13 4.500H5.500v15H13M10 12h10M16.5 8.5 20 12l-3.5 3.5";
}

/// Draws `icon`; hidden from screen readers, which read the words beside it.
#[must_use]
pub fn icon(icon: Icon) -> Markup {
    PreEscaped(format!(
        "<svg class=\"icon\" viewBox=\"0 0 24 24\" aria-hidden=\"true\"><path d=\"{}\"/></svg>",
        icon.path()
    ))
}
