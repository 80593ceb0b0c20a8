//! The three demo banks.

/// A bank that exists only here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DemoBank {
    /// Institution code (金融機関コード).
    pub code: &'static str,
    /// Name in Japanese.
    pub name: &'static str,
    /// Name in full-width katakana, as directories list it.
    pub kana: &'static str,
    /// Name in Latin letters.
    pub roma: &'static str,
    /// First label of its pages' host (`bank-one.localhost`), and its look.
    pub host: &'static str,
    /// Added to the first bank's port.
    pub port_offset: u16,
    /// Branches: code, Japanese name, name in Latin letters.
    pub branches: &'static [(&'static str, &'static str, &'static str)],
}

impl DemoBank {
    /// The name of its branch with `code`, in both languages; the code itself for an unknown one.
    #[must_use]
    pub fn branch(&self, code: &'static str) -> (&'static str, &'static str) {
        let known = self.branches.iter().find(|(branch, _, _)| *branch == code);
        known.map_or((code, code), |(_, ja, en)| (*ja, *en))
    }
}

/// All of them, in the order of their ports.
pub const BANKS: &[DemoBank] = &[
    DemoBank {
        code: "9901",
        name: "はなみずき銀行",
        kana: "ハナミズキ",
        roma: "Hanamizuki Bank",
        host: "bank-one",
        port_offset: 0,
        branches: &[("101", "本店営業部", "Head Office"), ("112", "桜台支店", "Sakuradai")],
    },
    DemoBank {
        code: "9902",
        name: "みなと信用金庫",
        kana: "ミナトシンキン",
        roma: "Minato Shinkin Bank",
        host: "bank-two",
        port_offset: 1,
        branches: &[("001", "本店", "Main Branch"), ("007", "灯台前支店", "Todaimae")],
    },
    DemoBank {
        code: "9903",
        name: "つばき銀行",
        kana: "ツバキ",
        roma: "Tsubaki Bank",
        host: "bank-three",
        port_offset: 2,
        branches: &[("201", "本店営業部", "Head Office"), ("215", "南町支店", "Minamimachi")],
    },
];

/// The bank with `code`.
#[must_use]
pub fn bank(code: &str) -> Option<&'static DemoBank> {
    BANKS.iter().find(|bank| bank.code == code)
}
