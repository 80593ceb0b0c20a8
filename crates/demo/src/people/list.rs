//! The sample people and the shop.

use jiff::civil::date;
use kanuki_domain::Yen;
use kanuki_jpki::Sex;

use super::{DemoAccount, Person};

/// The shop that takes payments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Merchant {
    /// A short name for URLs and tests.
    pub key: &'static str,
    /// Name in Japanese, as on its QR stand.
    pub name: &'static str,
    /// Name in Latin letters.
    pub roma: &'static str,
    /// Name in full-width katakana.
    pub kana: &'static str,
    /// What it sells, in Japanese.
    pub trade: &'static str,
    /// Where it is.
    pub address: &'static str,
    /// Things on the menu and their prices, for codes with an amount.
    pub menu: &'static [(&'static str, &'static str, Yen)],
}

/// A coffee shop.
pub const MERCHANT: Merchant = Merchant {
    key: "kanuki-coffee",
    name: "コーヒー閂",
    roma: "Kanuki Coffee",
    kana: "コーヒーカンヌキ",
    trade: "喫茶店",
    address: "北見崎県桜台市中央町1丁目2番3号",
    menu: &[
        ("閂ブレンド", "Kanuki blend", Yen::of(480)),
        ("カフェオレ", "Café au lait", Yen::of(560)),
        ("厚切りトースト", "Thick toast", Yen::of(390)),
    ],
};

/// Everyone. The prefecture and its towns are invented.
pub const PEOPLE: &[Person] = &[
    Person {
        key: "hanako",
        customer_no: "100001",
        name: "山田 花子",
        bank_name: "山田 花子",
        kana: "ヤマダ ハナコ",
        roma: "Hanako Yamada",
        born_on: date(1988, 4, 12),
        address: "北見崎県桜台市花園町2丁目5番10号",
        sex: Sex::Female,
        phone: "09000001001",
        email: "hanako@example.jp",
        card_password: "HANAKO88",
        card_pin: "2580",
        has_online_banking: true,
        accounts: &[
            DemoAccount {
                bank: "9901",
                branch: "101",
                number: "9100011",
                deposit: Yen::of(428_600),
                time_deposit: Yen::ZERO,
                has_overdraft: false,
                pin: "2580",
            },
            DemoAccount {
                bank: "9901",
                branch: "112",
                number: "9100029",
                deposit: Yen::of(61_240),
                time_deposit: Yen::ZERO,
                has_overdraft: false,
                pin: "2580",
            },
        ],
    },
    Person {
        key: "ken",
        customer_no: "200001",
        name: "佐藤 健",
        bank_name: "佐藤 健",
        kana: "サトウ ケン",
        roma: "Ken Sato",
        born_on: date(1975, 11, 3),
        address: "北見崎県港町市灯台前1丁目8番4号 港荘203",
        sex: Sex::Male,
        phone: "09000001002",
        email: "ken@example.jp",
        card_password: "KENSATO75",
        card_pin: "1975",
        has_online_banking: false,
        accounts: &[DemoAccount {
            bank: "9902",
            branch: "007",
            number: "9200018",
            deposit: Yen::of(186_300),
            time_deposit: Yen::ZERO,
            has_overdraft: false,
            pin: "1357",
        }],
    },
    Person {
        key: "tome",
        customer_no: "100002",
        name: "鈴木 トメ",
        bank_name: "鈴木 トメ",
        kana: "スズキ トメ",
        roma: "Tome Suzuki",
        born_on: date(1941, 2, 23),
        address: "北見崎県桜台市旧町4番17号",
        sex: Sex::Female,
        phone: "09000001003",
        email: "tome@example.jp",
        card_password: "TOME1941",
        card_pin: "1941",
        has_online_banking: false,
        accounts: &[DemoAccount {
            bank: "9901",
            branch: "112",
            number: "9100037",
            deposit: Yen::of(73_500),
            time_deposit: Yen::of(1_000_000),
            has_overdraft: true,
            pin: "0223",
        }],
    },
    Person {
        key: "maria",
        customer_no: "300001",
        name: "SANTOS MARIA",
        // Many banks hold a foreign resident's name in kana only.
        bank_name: "",
        kana: "マリア サントス",
        roma: "Maria Santos",
        born_on: date(1994, 8, 30),
        address: "北見崎県南町市椿通り3丁目1番6号 メゾン椿501",
        sex: Sex::Female,
        phone: "09000001004",
        email: "maria@example.jp",
        card_password: "MARIA1994",
        card_pin: "4994",
        has_online_banking: true,
        accounts: &[DemoAccount {
            bank: "9903",
            branch: "215",
            number: "9300014",
            deposit: Yen::of(254_080),
            time_deposit: Yen::ZERO,
            has_overdraft: false,
            pin: "8306",
        }],
    },
    Person {
        key: "ichiro",
        customer_no: "100003",
        name: "田中 一郎",
        bank_name: "田中 一郎",
        kana: "タナカ イチロウ",
        roma: "Ichiro Tanaka",
        born_on: date(1990, 6, 18),
        address: "北見崎県桜台市駅前町1丁目1番1号",
        sex: Sex::Male,
        phone: "09000001005",
        email: "ichiro@example.jp",
        card_password: "ICHIRO90",
        card_pin: "9090",
        has_online_banking: true,
        accounts: &[DemoAccount {
            bank: "9901",
            branch: "101",
            number: "9100045",
            deposit: Yen::of(97_750),
            time_deposit: Yen::ZERO,
            has_overdraft: false,
            pin: "4682",
        }],
    },
];

/// The person with `key`.
#[must_use]
pub fn person(key: &str) -> Option<&'static Person> {
    PEOPLE.iter().find(|person| person.key == key)
}
