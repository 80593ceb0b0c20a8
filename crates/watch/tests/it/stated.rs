//! What a bank says above the lines of the file itself: the balance at its download, how many lines, of which days.

use kanuki_watch::{
    Household, Kind, Lang,
    descriptor::Dictionary,
    finding::{self, Knowledge},
};

use super::files::{read, shift_jis};

/// As ゆうちょダイレクト prints it: these lines of July and August, downloaded on 22 September.
fn yucho(lines: &str, count: usize, asked: &str, present: &str) -> String {
    format!(
        "お客さま口座情報\r\n現在高：,\"{present}\",円,\r\n\
         出力日時：令和 08 年 09 月 22 日 17 時 36 分\r\nお客さま口座番号：10180-90000011\r\n\
         {asked}\r\n明細件数：{count}\r\n\
         取引日,入出金明細ＩＤ,受入金額（円）,払出金額（円）,詳細１,詳細２,現在（貸付）高,\r\n{lines}"
    )
}

const SUMMER: &str = "20260725,1,300000,,給与,カブシキガイシヤマル,400000,\r\n\
    20260727,2,,80000,自動払込み,ヤチン,320000,\r\n20260828,3,,20000,自動払込み,ガス,300000,\r\n";
const OF_SUMMER: &str =
    "照会対象：期間指定\r\n日付指定：令和 08 年 07 月 01 日 ～ 令和 08 年 08 月 31 日";

fn one(text: &str) -> Household {
    Household::one(vec![read("yucho.csv", &shift_jis(text)).unwrap()])
}

/// Fetched long after its days: the balance moved on, and the file has every line that it says it has.
#[test]
fn a_file_of_days_long_past_is_whole_though_the_balance_moved_on_since() {
    let later = one(&yucho(SUMMER, 3, OF_SUMMER, "227,729"));
    assert!(later.accounts[0].is_proven() && later.accounts[0].is_counted());
    assert!(!later.accounts[0].is_to_its_end() && gaps(&later).is_empty());
    let said = Lang::Ja.later(&later.accounts[0]).unwrap();
    for part in ["2026年8月31日までの明細", "(2026年9月22日)", "¥72,271減って", "分かりません"]
    {
        assert!(said.contains(part), "{said}");
    }
    let identity = later.accounts[0].statements[0].identity.as_ref().unwrap();
    assert!(!identity.is_from_name());

    // Nothing moved since; and where the days go on to the download, something is not on the file yet.
    let still = one(&yucho(SUMMER, 3, OF_SUMMER, "300,000"));
    assert!(still.accounts[0].is_to_its_end() && Lang::Ja.later(&still.accounts[0]).is_none());
    let all = one(&yucho(SUMMER, 3, "照会対象：全期間", "227,729"));
    assert!(!gaps(&all).is_empty() && Lang::Ja.later(&all.accounts[0]).is_none());
    let why = gaps(&all);
    assert!(why[0].contains("まだ明細に出ていない動き"), "{why:?}");

    // A file of what came later has it.
    let autumn = "20260905,1,,72271,カード,ATM,227729,\r\n";
    let both = [(SUMMER, 3, OF_SUMMER), (autumn, 1, "照会対象：全期間")];
    let both = both.map(|(lines, count, asked)| {
        read("yucho.csv", &shift_jis(&yucho(lines, count, asked, "227,729"))).unwrap()
    });
    let both = Household::one(both.into());
    assert!(both.accounts[0].is_to_its_end() && Lang::Ja.later(&both.accounts[0]).is_none());
}

/// Balances that follow from each other say nothing about a line that was cut off at an end.
#[test]
fn a_file_with_fewer_lines_than_its_bank_says_is_not_whole() {
    let cut = |lines: &str| one(&yucho(lines, 3, OF_SUMMER, "227,729"));
    let last = SUMMER.split("20260828").next().unwrap();
    let first = SUMMER.split_inclusive('\n').skip(1).collect::<String>();
    for lines in [last, first.as_str()] {
        let short = cut(lines);
        assert!(!short.accounts[0].is_proven() && !short.accounts[0].is_counted());
        assert!(gaps(&short).iter().any(|why| why.contains("3件と書かれていますが、2行")));
    }
    let more = cut(&format!("{SUMMER}20260829,4,,1000,自動払込み,スイドウ,299000,\r\n"));
    assert!(gaps(&more).iter().any(|why| why.contains("書き足されて")), "{:?}", gaps(&more));
    // Of files that were put behind each other the first says how many it has.
    let header = yucho("", 0, "", "0").lines().last().unwrap().to_owned();
    let joined =
        cut(&format!("{SUMMER}{header}\r\n20260829,1,,1000,自動払込み,スイドウ,299000,\r\n"));
    assert!(gaps(&joined).iter().all(|why| !why.contains("件と書かれて")), "{:?}", gaps(&joined));
}

/// Why days are missing.
fn gaps(household: &Household) -> Vec<String> {
    let (dictionary, known) = (Dictionary::built_in().unwrap(), Knowledge::default());
    let findings = finding::find(household, &dictionary, &known).into_iter();
    findings.filter(|f| f.kind == Kind::Gap).map(|f| f.why).collect()
}
