//! Who works at the desks.

/// A company's desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Desk {
    /// The wallet operator's.
    Wallet,
    /// That of the bank with this code.
    Bank(&'static str),
}

/// A member of staff. Two at each desk, because releasing money takes two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Staff {
    /// A short name for URLs, tests and sign-in.
    pub key: &'static str,
    /// Name in Japanese.
    pub name: &'static str,
    /// Name in Latin letters.
    pub roma: &'static str,
    /// Where they work.
    pub desk: Desk,
    /// Mail address.
    pub email: &'static str,
}

/// Everyone at every desk.
pub const STAFF: &[Staff] = &[
    Staff {
        key: "wallet-aoki",
        name: "青木 恵",
        roma: "Megumi Aoki",
        desk: Desk::Wallet,
        email: "aoki@wallet.example.jp",
    },
    Staff {
        key: "wallet-ueda",
        name: "上田 翔",
        roma: "Sho Ueda",
        desk: Desk::Wallet,
        email: "ueda@wallet.example.jp",
    },
    Staff {
        key: "one-ito",
        name: "伊藤 さくら",
        roma: "Sakura Ito",
        desk: Desk::Bank("9901"),
        email: "ito@hanamizuki.example.jp",
    },
    Staff {
        key: "one-endo",
        name: "遠藤 誠",
        roma: "Makoto Endo",
        desk: Desk::Bank("9901"),
        email: "endo@hanamizuki.example.jp",
    },
    Staff {
        key: "two-oka",
        name: "岡 美咲",
        roma: "Misaki Oka",
        desk: Desk::Bank("9902"),
        email: "oka@minato.example.jp",
    },
    Staff {
        key: "two-kato",
        name: "加藤 大輔",
        roma: "Daisuke Kato",
        desk: Desk::Bank("9902"),
        email: "kato@minato.example.jp",
    },
    Staff {
        key: "three-kimura",
        name: "木村 葵",
        roma: "Aoi Kimura",
        desk: Desk::Bank("9903"),
        email: "kimura@tsubaki.example.jp",
    },
    Staff {
        key: "three-kudo",
        name: "工藤 学",
        roma: "Manabu Kudo",
        desk: Desk::Bank("9903"),
        email: "kudo@tsubaki.example.jp",
    },
];
