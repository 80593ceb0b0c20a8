//! QR codes and bank statements: bytes that people bring.

use std::sync::LazyLock;

use kanuki_domain::bank_account::BankCode;
use kanuki_formats::{
    jpqr::{
        ShopCode,
        consumer::{ConsumerCode, barcode_of},
    },
    register::{Expected, Kind, Register},
    yucho,
};
use kanuki_watch::{
    Household, amount, date,
    descriptor::Dictionary,
    finding::{self, Knowledge},
};

use crate::Target;

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

pub(crate) const QR: Target = Target {
    name: "qr",
    run: |bytes| {
        let _ = ShopCode::parse(text(bytes));
        let _ = ConsumerCode::parse(text(bytes));
        let _ = barcode_of(text(bytes));
    },
    seeds: &[
        "00020101021126670019jp.or.paymentsjapan011300000000000010204000103060000010406000001520458145303392540448058\
        02JP5906KANUKI6005TOKYO6304ABCD",
        "hQVKUFFSMWELTwWgAAAAAVcCEjQ=",
    ],
};

/// Read once: it is our own file, and reading it takes longer than most statements do.
static DICTIONARY: LazyLock<Option<Dictionary>> = LazyLock::new(|| Dictionary::built_in().ok());

pub(crate) const STATEMENT: Target = Target {
    name: "statement",
    run: |bytes| {
        let Ok(statement) = kanuki_watch::read("fuzz", bytes, jiff::civil::date(2026, 11, 20))
        else {
            return;
        };
        let household = Household::one(vec![statement]);
        if let Some(dictionary) = DICTIONARY.as_ref() {
            let _ = finding::find(&household, dictionary, &Knowledge::default());
        }
    },
    seeds: &[
        "日付,摘要,出金,入金,残高\nR8.7.25,給料,,300000,400000\nR8.7.27,ヤチン,80000,,320000\nR8.8.31,ドコモコウザ,100000,,220000\n",
        "取引日,入出金(円),残高(円),入出金先内容\n20260725,300000,400000,給与\n20260727,-80000,320000,ヤチン\n",
        "OFXHEADER:100\n<OFX><STMTTRN><DTPOSTED>20260725<TRNAMT>300000<NAME>a</STMTTRN><LEDGERBAL><BALAMT>5</LEDGERBAL></OFX>",
    ],
};

pub(crate) const DATES_AND_AMOUNTS: Target = Target {
    name: "dates_and_amounts",
    run: |bytes| {
        let _ = date::parse(text(bytes));
        let _ = amount::parse(text(bytes));
        let (symbol, number) = text(bytes).split_once(' ').unwrap_or_default();
        let _ = yucho::read(symbol, number);
    },
    seeds: &["令和8年9月3日", "2026/7/3", "▲1,000円", "11940 12345671"],
};

pub(crate) const REGISTER: Target = Target {
    name: "register",
    run: |bytes| {
        for kind in [Kind::WebKofuri, Kind::Kofuri] {
            let Ok(bank) = BankCode::parse("0001") else { return };
            let as_of = date::parse("2026-11-20");
            let Ok(mut register) = Register::open(bytes, &Expected { bank, kind, as_of }) else {
                continue;
            };
            while let Ok(Some(_)) = register.next_row() {}
        }
    },
    seeds: &[
        "KANUKI-REGISTER,1,web-kofuri,0001,2026-11-20,1\ncontract_no,collector_code,collector_name,branch,account_type,\
        account_number,started_on,status,ended_on\nW-1,0000012345,カンヌキ,101,1,0123456,R1.10.2,ended,2020-01-01\n",
    ],
};
