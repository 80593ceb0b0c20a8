//! How each bank lays out its statement files, and where that is known from.
//!
//! No layout is claimed without saying how it is known: most come from parsers that other people
//! published, and a bank may change its file any day. A file whose header fits none is refused with
//! the words of its header, never guessed at.

use unicode_normalization::UnicodeNormalization as _;

use crate::words::Lang;

/// Where a layout is known from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KnownFrom {
    /// From at least two readers of it that were published; no sample of the bank's own was seen.
    PublishedReaders,
    /// From a standard.
    Standard,
    /// Made by us, for lines that somebody types from a passbook.
    OurOwn,
}

impl KnownFrom {
    /// In words.
    #[must_use]
    pub const fn words(self, lang: Lang) -> &'static str {
        let (ja, en) = match self {
            Self::PublishedReaders => (
                "公開された2つ以上の読み取りプログラム(銀行の実物は見ていません)",
                "two or more published readers; no sample of the bank's own was seen",
            ),
            Self::Standard => ("規格", "a standard"),
            Self::OurOwn => ("このプログラムが決めた形", "made by this program"),
        };
        lang.pick(ja, en)
    }
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The day.
    Date,
    /// Money that left.
    Out,
    /// Money that came.
    In,
    /// One or the other, by its sign.
    Signed,
    /// The balance after it.
    Balance,
    /// What kind of movement; goes before [`Role::Text`].
    Kind,
    /// Who or what for.
    Text,
    /// Whose line it is, where each one says so.
    Account,
}

/// One layout.
#[derive(Debug, PartialEq, Eq)]
pub struct Layout {
    /// Its short name.
    pub id: &'static str,
    /// Whose files look so.
    pub bank: &'static str,
    /// How it is known.
    pub known_from: KnownFrom,
    /// The names of the columns that it needs, each with every spelling that was seen.
    pub columns: &'static [(Role, &'static [&'static str])],
    /// Names that are on the header of this layout only, to tell it from a similar one.
    pub marks: &'static [&'static str],
}

impl Layout {
    /// Whether a person wrote the lines, who can write them another way.
    #[must_use]
    pub fn is_typed(&self) -> bool {
        self.known_from == KnownFrom::OurOwn
    }

    /// Whether its years are known to be those of an era, so that `08` is 令和8年 and nothing else.
    pub(crate) fn counts_in_eras(&self) -> bool {
        self.is_typed() || self.id == ANSER.id
    }
}

use Role::{Account, Balance, Date, In, Kind, Out, Signed, Text};

const READERS: KnownFrom = KnownFrom::PublishedReaders;

/// Every layout with a header line; the most telling first.
pub static LAYOUTS: [Layout; 9] = [
    Layout {
        id: "mufg",
        bank: "三菱UFJ銀行",
        known_from: READERS,
        columns: &[
            (Date, &["日付"]),
            (Kind, &["摘要"]),
            (Text, &["摘要内容"]),
            (Out, &["支払い金額"]),
            (In, &["預かり金額"]),
            (Balance, &["差引残高"]),
        ],
        marks: &["摘要内容"],
    },
    Layout {
        id: "smbc",
        bank: "三井住友銀行",
        known_from: READERS,
        columns: &[
            (Date, &["年月日", "お取引日"]),
            (Out, &["お引出し"]),
            (In, &["お預入れ"]),
            (Text, &["お取り扱い内容"]),
            (Balance, &["残高"]),
        ],
        marks: &["お取り扱い内容"],
    },
    Layout {
        id: "mizuho",
        bank: "みずほ銀行",
        known_from: READERS,
        columns: &[
            (Date, &["日付", "お取引日", "取引日"]),
            (Out, &["お引出金額"]),
            (In, &["お預入金額"]),
            (Balance, &["残高"]),
            (Text, &["お取引内容"]),
        ],
        marks: &["お引出金額"],
    },
    Layout {
        id: "yucho",
        bank: "ゆうちょ銀行",
        known_from: READERS,
        columns: &[
            (Date, &["取引日"]),
            (In, &["受入金額(円)"]),
            (Out, &["払出金額(円)"]),
            (Kind, &["詳細1"]),
            (Text, &["詳細2"]),
            (Balance, &["現在(貸付)高"]),
        ],
        marks: &["入出金明細ID"],
    },
    Layout {
        id: "rakuten",
        bank: "楽天銀行",
        known_from: READERS,
        columns: &[
            (Date, &["取引日"]),
            (Signed, &["入出金(円)"]),
            (Balance, &["残高(円)", "取引後残高(円)"]),
            (Text, &["入出金先内容", "入出金内容"]),
        ],
        marks: &["入出金(円)"],
    },
    Layout {
        id: "smtb",
        bank: "ドコモSMTBネット銀行",
        known_from: READERS,
        columns: &[
            (Date, &["日付"]),
            (Text, &["内容"]),
            (Out, &["出金金額(円)"]),
            (In, &["入金金額(円)"]),
            (Balance, &["残高(円)"]),
        ],
        marks: &["出金金額(円)"],
    },
    Layout {
        id: "shinsei",
        bank: "SBI新生銀行",
        known_from: READERS,
        columns: &[
            (Date, &["取引日"]),
            (Text, &["摘要"]),
            (Out, &["出金金額"]),
            (In, &["入金金額"]),
            (Balance, &["残高"]),
        ],
        marks: &["出金金額"],
    },
    Layout {
        id: "aeon",
        bank: "イオン銀行",
        known_from: READERS,
        columns: &[
            (Date, &["日付"]),
            (Text, &["お取引内容"]),
            (Out, &["お引出し"]),
            (In, &["お預入れ"]),
            (Balance, &["残高(お借入れはマイナス表示)"]),
        ],
        marks: &["残高(お借入れはマイナス表示)"],
    },
    Layout {
        id: "passbook",
        bank: "通帳から書き写したもの",
        known_from: KnownFrom::OurOwn,
        columns: &[
            (Date, &["年月日", "日付"]),
            (Text, &["摘要", "お取引内容"]),
            (Out, &["お支払金額", "出金"]),
            (In, &["お預り金額", "入金"]),
            (Balance, &["差引残高", "残高"]),
        ],
        marks: &["お支払金額", "出金"],
    },
];

/// The CSV of ANSER, which most regional banks share: a line of thirteen labels and then the rows, or
/// each row behind its thirteen labels.
pub static ANSER: Layout = Layout {
    id: "anser",
    bank: "ANSERを使う銀行",
    known_from: READERS,
    columns: &[
        (Account, &["照会口座"]),
        (Date, &["勘定日"]),
        (Out, &["出金金額(円)"]),
        (In, &["入金金額(円)"]),
        (Balance, &["残高(円)"]),
        (Kind, &["取引区分"]),
        (Text, &["摘要"]),
    ],
    marks: &["照会口座"],
};

/// OFX and QFX.
pub static OFX: Layout =
    Layout { id: "ofx", bank: "OFX", known_from: KnownFrom::Standard, columns: &[], marks: &[] };

/// Which column holds what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Columns {
    pub(crate) layout: &'static Layout,
    places: Vec<(Role, usize)>,
    /// How many cells a whole line has: those that the header names, or those that we need of what a
    /// person typed. A last line without an end that has fewer was cut.
    pub(crate) width: usize,
    /// How many cells the header has.
    pub(crate) cells: usize,
}

impl Columns {
    /// Where `role` is.
    pub(crate) fn place(&self, role: Role) -> Option<usize> {
        self.places.iter().find(|(known, _)| *known == role).map(|(_, place)| *place)
    }

    /// The last column that is needed.
    pub(crate) fn last(&self) -> usize {
        self.places.iter().map(|(_, place)| *place).max().unwrap_or(0)
    }

    /// The columns of a header line, if it is one that we know.
    pub(crate) fn of_header(cells: &[String]) -> Option<Self> {
        let whole = LAYOUTS.iter().chain([&ANSER]).find_map(|layout| Self::of(layout, cells));
        whole.or_else(|| Self::of_header_without_balance(cells))
    }

    /// Older files, and lists of what is not in the passbook yet, have no balances. A column that may hold
    /// them under another name is no column to leave out: what it proves would be lost.
    fn of_header_without_balance(cells: &[String]) -> Option<Self> {
        if cells.iter().any(|cell| cell.contains("残") || cell.contains("現在高")) {
            return None;
        }
        LAYOUTS.iter().find_map(|layout| {
            let columns = layout.columns.iter().filter(|(role, _)| *role != Balance);
            Self::of_columns(layout, columns, cells)
        })
    }

    /// The columns of a line that repeats its labels, if it is one.
    pub(crate) fn of_labelled(cells: &[String]) -> Option<Self> {
        // Labels in the first half, values at the same places in the second.
        // What stands behind both is empty, and no value.
        let mut columns = Self::of(&ANSER, cells)?;
        let half = columns.last().saturating_add(1);
        let whole = half.saturating_mul(2);
        // With little behind the labels they are a header: one bank has a column more.
        if cells.len() < half.saturating_add(half.div_euclid(2)) {
            return None;
        }
        for (_, place) in &mut columns.places {
            *place = place.saturating_add(half);
        }
        columns.width = whole.min(cells.len());
        columns.cells = cells.len();
        Some(columns)
    }

    fn of(layout: &'static Layout, cells: &[String]) -> Option<Self> {
        Self::of_columns(layout, layout.columns.iter(), cells)
    }

    fn of_columns(
        layout: &'static Layout,
        columns: impl Iterator<Item = &'static (Role, &'static [&'static str])>,
        cells: &[String],
    ) -> Option<Self> {
        let place_of =
            |names: &[&str]| cells.iter().position(|cell| names.iter().any(|name| cell == name));
        place_of(layout.marks)?;
        let mut places = Vec::with_capacity(layout.columns.len());
        for (role, names) in columns {
            places.push((*role, place_of(names)?));
        }
        let needed = places.iter().map(|(_, place)| place.saturating_add(1)).max().unwrap_or(0);
        let named = cells.iter().rposition(|cell| !cell.is_empty()).unwrap_or(0).saturating_add(1);
        let width = if layout.is_typed() { needed } else { named };
        Some(Self { layout, places, width, cells: cells.len() })
    }
}

/// A label as it is compared: one width, no spaces, no quotes.
pub(crate) fn label(text: &str) -> String {
    text.nfkc().filter(|c| !c.is_whitespace() && *c != '"').collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(header: &str) -> Option<&'static str> {
        let cells: Vec<String> = header.split(',').map(label).collect();
        Columns::of_header(&cells).map(|columns| columns.layout.id)
    }

    #[test]
    fn a_layout_is_told_by_its_header() {
        for (header, id) in [
            (
                "日付,摘要,摘要内容,支払い金額,預かり金額,差引残高,メモ,未資金化区分,入払区分",
                "mufg",
            ),
            ("年月日,お引出し,お預入れ,お取り扱い内容,残高,メモ,ラベル", "smbc"),
            ("明細通番,日付,お引出金額,お預入金額,残高,お取引内容", "mizuho"),
            (
                "取引日,入出金明細ＩＤ,受入金額（円）,払出金額（円）,詳細１,詳細２,現在（貸付）高,",
                "yucho",
            ),
            ("取引日,入出金(円),残高(円),入出金先内容", "rakuten"),
            ("日付,内容,出金金額(円),入金金額(円),残高(円),メモ", "smtb"),
            ("取引日,摘要,出金金額,入金金額,残高,メモ", "shinsei"),
            ("日付,お取引内容,お引出し,お預入れ,残高（お借入れはマイナス表示）", "aeon"),
            ("年月日,摘要,お支払金額,お預り金額,差引残高", "passbook"),
            ("日付,摘要,出金,入金,残高", "passbook"),
            (
                "照会口座,番号,勘定日,（起算日）,出金金額（円）,入金金額（円）,小切手区分,残高（円）,取引区分,明細区分,金融機関名,支店名,摘要",
                "anser",
            ),
        ] {
            assert_eq!(found(header), Some(id), "{header}");
        }
        assert_eq!(found("date,amount,memo"), None);
        assert_eq!(found("日付,摘要"), None);
    }
}
