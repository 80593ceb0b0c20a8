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
    Household, Statement, amount, date,
    descriptor::Dictionary,
    finding::{self, Knowledge},
};

use crate::Target;

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

pub(crate) const QR: Target = Target {
    name: "qr",
    longest: 512,
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

/// One line of a statement, read once.
static BESIDE: LazyLock<Option<Statement>> = LazyLock::new(|| {
    let text = "取引日,入出金(円),残高(円),入出金先内容\n20260727,-80000,320000,ヤチン\n";
    kanuki_watch::read("beside", text.as_bytes(), jiff::civil::date(2026, 11, 20)).ok()
});

/// Read once: it is our own file, and reading it takes longer than most statements do.
static DICTIONARY: LazyLock<Option<Dictionary>> = LazyLock::new(|| Dictionary::built_in().ok());

pub(crate) const STATEMENT: Target = Target {
    name: "statement",
    longest: 2_048,
    run: |bytes| {
        let Ok(statement) = kanuki_watch::read("fuzz", bytes, jiff::civil::date(2026, 11, 20))
        else {
            return;
        };
        // Beside a good file of the same person: taken together or not, no line is there more than once.
        let files: Vec<Statement> = [statement].into_iter().chain(BESIDE.clone()).collect();
        let lines: usize = files.iter().map(|file| file.lines.len()).sum();
        let household = Household::sorted(files);
        assert!(household.line_count() <= lines);
        if let Some(dictionary) = DICTIONARY.as_ref() {
            let _ = finding::find(&household, dictionary, &Knowledge::default());
        }
    },
    seeds: &[
        "日付,摘要,出金,入金,残高\nR8.7.25,給料,,300000,400000\nR8.7.27,ヤチン,80000,,320000\nR8.8.31,ドコモコウザ,100000,,220000\n",
        "取引日,入出金(円),残高(円),入出金先内容\n20260725,300000,400000,給与\n20260727,-80000,320000,ヤチン\n",
        "OFXHEADER:100\n<OFX><BANKACCTFROM><BANKID>9901<ACCTID>9000001</BANKACCTFROM>\
        <STMTTRN><DTPOSTED>20260725<TRNAMT>300000<FITID>1<NAME>a</STMTTRN><LEDGERBAL><BALAMT>5</LEDGERBAL></OFX>",
        "口座情報,普通 9000001\n照会期間,2020.09.01～2020.09.30\n明細通番,日付,お引出金額,お預入金額,残高,お取引内容\n\
        1,9月10日(木),,300000,400000,給料\n2,2020年9月11日(金),80000,,320000,ヤチン\n",
        "年月日,お引出し,お預入れ,お取り扱い内容,残高,メモ,ラベル\n=\"200910\",,\"300,000\",給料,400000,,\n2020/9/11 0:00,80000円,-,ヤチン,320000,,\n合計,1,2,,,,\n",
        "照会口座,番号,勘定日,(起算日),出金金額(円),入金金額(円),小切手区分,残高(円),取引区分,明細区分,金融機関名,支店名,摘要,普通9000001,1,080725,,,300000,,400000,給料,,ハナ,ホン,キユウヨ\n",
    ],
};

pub(crate) const DATES_AND_AMOUNTS: Target = Target {
    name: "dates_and_amounts",
    longest: 64,
    run: |bytes| {
        let _ = date::parse(text(bytes));
        let _ = date::answer(text(bytes), jiff::civil::date(2026, 11, 20));
        let _ = amount::parse(text(bytes));
        let (symbol, number) = text(bytes).split_once(' ').unwrap_or_default();
        let _ = yucho::read(symbol, number);
    },
    seeds: &[
        "令和8年9月3日",
        "2026/7/3(金)",
        "200910",
        "10 Sep 2020",
        "▲1,000円",
        "11940 12345671",
    ],
};

pub(crate) const REGISTER: Target = Target {
    name: "register",
    longest: 2_048,
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
