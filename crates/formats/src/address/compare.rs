//! Two addresses, side by side.

use kanuki_domain::person::{Comparison, RuleFired};

use super::tokens::{Token, tokens};

const PREFECTURES: [&str; 47] = [
    "北海道",
    "青森県",
    "岩手県",
    "宮城県",
    "秋田県",
    "山形県",
    "福島県",
    "茨城県",
    "栃木県",
    "群馬県",
    "埼玉県",
    "千葉県",
    "東京都",
    "神奈川県",
    "新潟県",
    "富山県",
    "石川県",
    "福井県",
    "山梨県",
    "長野県",
    "岐阜県",
    "静岡県",
    "愛知県",
    "三重県",
    "滋賀県",
    "京都府",
    "大阪府",
    "兵庫県",
    "奈良県",
    "和歌山県",
    "鳥取県",
    "島根県",
    "岡山県",
    "広島県",
    "山口県",
    "徳島県",
    "香川県",
    "愛媛県",
    "高知県",
    "福岡県",
    "佐賀県",
    "長崎県",
    "熊本県",
    "大分県",
    "宮崎県",
    "鹿児島県",
    "沖縄県",
];

/// An address in its parts.
struct Address {
    prefecture: Option<&'static str>,
    /// City and town.
    town: String,
    /// Block, lot and house number: the first run of numbers.
    numbers: Vec<u32>,
    /// Words after that: the building.
    building: String,
    /// Numbers after that: floor and room.
    rooms: Vec<u32>,
}

impl Address {
    fn read(text: &str) -> Option<Self> {
        let mut tokens = tokens(text).into_iter().peekable();
        let text = match tokens.next()? {
            Token::Text(text) => text,
            Token::Number(_) => return None,
        };
        let prefecture = PREFECTURES.into_iter().find(|name| text.starts_with(name));
        let town = prefecture.and_then(|name| text.strip_prefix(name)).unwrap_or(&text).to_owned();
        let mut address = Self {
            prefecture,
            town,
            numbers: Vec::new(),
            building: String::new(),
            rooms: Vec::new(),
        };
        for token in tokens {
            match token {
                Token::Text(text) => address.building.push_str(&text),
                Token::Number(number) if address.building.is_empty() => {
                    address.numbers.push(number);
                }
                Token::Number(number) => address.rooms.push(number),
            }
        }
        (!address.town.is_empty()).then_some(address)
    }

    fn all_numbers(&self) -> impl Iterator<Item = &u32> {
        self.numbers.iter().chain(&self.rooms)
    }

    fn has_building(&self) -> bool {
        !self.building.is_empty() || !self.rooms.is_empty()
    }

    /// The same place. A part that one side leaves away (prefecture, building) does not count.
    fn is_same(&self, other: &Self) -> bool {
        let prefecture = match (self.prefecture, other.prefecture) {
            (Some(a), Some(b)) => a == b,
            _ => true,
        };
        prefecture && self.town == other.town && self.is_same_house(other)
    }

    fn is_same_house(&self, other: &Self) -> bool {
        let unnamed = self.building.is_empty() || other.building.is_empty();
        if self.numbers == other.numbers {
            let named = self.building == other.building || unnamed;
            let silent = !self.has_building() || !other.has_building();
            return silent || (named && self.rooms == other.rooms);
        }
        // 1-2-3-405 and 1-2-3 メゾン405 are one flat.
        unnamed && self.all_numbers().eq(other.all_numbers())
    }
}

/// Compares two addresses; a side that is blank, or no address, is missing.
///
/// Width, kanji numerals, 丁目・番地・番・号・の and hyphens, ヶ and が, 大字, old kanji, the post
/// code, and a prefecture or building that one side leaves away do not count.
#[must_use]
pub fn compare_address(a: &str, b: &str) -> Comparison {
    let (x, y) = (Address::read(a), Address::read(b));
    let (Some(x), Some(y)) = (x, y) else { return Comparison::missing() };
    if !x.is_same(&y) {
        return Comparison::different();
    }
    if a.trim() == b.trim() {
        return Comparison::by([]);
    }
    let is_shorter = x.prefecture != y.prefecture
        || x.has_building() != y.has_building()
        || x.building.is_empty() != y.building.is_empty();
    Comparison::by([if is_shorter { RuleFired::PartLeftAway } else { RuleFired::Notation }])
}

/// An address as one text: prefecture, town, and every number; none where one of the three is not
/// there, because what is left could be another place's.
#[must_use]
pub fn fold_address(text: &str) -> Option<String> {
    let address = Address::read(text)?;
    let numbers: Vec<String> = address.all_numbers().map(u32::to_string).collect();
    let prefecture = address.prefecture.filter(|_| !numbers.is_empty())?;
    Some(format!("{prefecture}|{}|{}", address.town, numbers.join("-")))
}

/// True when [`compare_address`] says the same, outright or by rules.
#[must_use]
pub fn same_address(a: &str, b: &str) -> bool {
    compare_address(a, b).is_match()
}

#[cfg(test)]
mod tests {
    use kanuki_domain::person::Compared::{self, Different, Missing, Near, Same};

    use super::*;

    #[test]
    fn addresses_compare_as_people_write_them() {
        let table: [(&str, &str, Compared); 28] = [
            ("港区芝1-2-3", "港区芝1-2-3", Same),
            ("東京都千代田区丸の内一丁目２番３号", "東京都千代田区丸の内1-2-3", Near),
            ("東京都千代田区丸の内１丁目２番３号", "千代田区丸ノ内１ー２ー３", Near),
            ("〒100-0005 東京都千代田区丸の内1-2-3", "東京都千代田区丸の内1-2-3", Near),
            ("東京都千代田区霞が関3-2-1", "東京都千代田区霞ヶ関三丁目二番一号", Near),
            ("長野県松本市大字島内123番地4", "松本市島内123-4", Near),
            ("富山県富山市新桜町7番38号", "富山市新櫻町7-38", Near),
            ("大阪府堺市堺区南瓦町3番1号", "大阪府堺市堺区南瓦町3-1", Near),
            ("大阪府堺市南区桃山台1丁1番1号", "堺市南区桃山台1-1-1", Near),
            ("北海道札幌市中央区北一条西2丁目", "札幌市中央区北1条西二丁目", Near),
            ("東京都千代田区三番町5番地", "千代田区3番町5", Near),
            ("岩手県八幡平市野駄第21地割170番地", "八幡平市野駄第二十一地割170", Near),
            ("港区芝1-2-3 メゾン閂405号室", "港区芝1-2-3-405", Near),
            ("港区芝1-2-3 メゾン閂405", "港区芝1丁目2番3号", Near),
            ("港区芝1-2-3 メゾン閂 405", "港区芝１－２－３　メゾン閂４０５号", Near),
            ("港区芝1-2-3 405", "港区芝1-2-3-405", Near),
            ("京都市上京区五番町100番地の2", "京都府京都市上京区五番町100-2", Near),
            ("港区芝1-2-3", "港区芝1-2-4", Different),
            ("港区芝1-2-3", "港区芝1-23", Different),
            ("港区芝1-2", "港区芝1-2-3", Different),
            ("港区芝1-2-3 メゾン閂405", "港区芝1-2-3 メゾン閂406", Different),
            ("港区芝1-2-3 メゾン閂405", "港区芝1-2-3-406", Different),
            ("港区芝1-2-3", "港区三田1-2-3", Different),
            ("東京都府中市本町1-1", "広島県府中市本町1-1", Different),
            ("東京都千代田区丸の内", "東京都千代田区丸の内1-2-3", Different),
            ("", "港区芝1-2-3", Missing),
            ("東京都", "東京都", Missing),
            ("1-2-3", "港区芝1-2-3", Missing),
        ];
        for (a, b, expected) in table {
            assert_eq!(compare_address(a, b).compared, expected, "{a} / {b}");
            assert_eq!(compare_address(b, a).compared, expected, "{b} / {a}");
        }
    }

    #[test]
    fn the_rule_that_fired_is_named() {
        let rules = |a, b| compare_address(a, b).rules.into_iter().collect::<Vec<_>>();

        assert_eq!(rules("港区芝一丁目2番3号", "港区芝1-2-3"), [RuleFired::Notation]);
        assert_eq!(rules("東京都港区芝1-2-3", "港区芝1-2-3"), [RuleFired::PartLeftAway]);
        assert_eq!(rules("港区芝1-2-3 メゾン閂405", "港区芝1-2-3"), [RuleFired::PartLeftAway]);
    }
}
