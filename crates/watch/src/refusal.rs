//! Why a file was refused, in words for whoever chose it: what is wrong, where, and what to do.

use jiff::civil::date;

use crate::{
    error::{OtherFile, ReadError},
    words::Lang,
};

/// What is wrong with a file and what to do, with the line and what stands there. `before` is how many
/// lines stand above what the person wrote.
#[must_use]
pub fn refusal(lang: Lang, error: &ReadError, before: u32) -> String {
    let at = place(error).map(|line| line.saturating_sub(before));
    let place = match (lang, at) {
        (_, None) => String::new(),
        (Lang::Ja, Some(line)) => format!("{line}行目: "),
        (Lang::En, Some(line)) => format!("Line {line}: "),
    };
    let found = match error {
        ReadError::Date { text, .. } => says(lang, &of_spreadsheet(lang, text)),
        ReadError::Amount { text, .. }
        | ReadError::NoYear { text, .. }
        | ReadError::Weekday { text, .. }
        | ReadError::Separator { text, .. }
        | ReadError::Ahead { text, .. }
        | ReadError::Future { text, .. } => says(lang, text),
        ReadError::Year { text, days: [older, newer], .. } => {
            let (older, newer) = (lang.date(*older), lang.date(*newer));
            says(
                lang,
                &match lang {
                    Lang::Ja => format!("{text}。{older}か{newer}"),
                    Lang::En => format!("{text}, which is {older} or {newer}"),
                },
            )
        }
        // Whoever wants to add a layout needs its header.
        ReadError::Layout(seen) if !seen.is_empty() => says(lang, seen),
        ReadError::Negative { amount, .. } => says(lang, &amount.to_string()),
        _ => String::new(),
    };
    format!("{place}{}{found}", words(lang, error))
}

fn says(lang: Lang, text: &str) -> String {
    match lang {
        Lang::Ja => format!("（書かれているもの: {text}）"),
        Lang::En => format!(" (it says: {text})"),
    }
}

/// A day as a spreadsheet counts it is told as that; which day it is depends on who made the file (1900 or
/// 1904), so it is not read.
fn of_spreadsheet(lang: Lang, text: &str) -> String {
    let days = text.parse().ok().filter(|days| (30_000..60_000).contains(days));
    let of = |days: i64| date(1899, 12, 30).checked_add(jiff::Span::new().days(days)).ok();
    match (lang, days.and_then(of)) {
        (_, None) => text.to_owned(),
        (Lang::Ja, Some(day)) => {
            format!("{text}。Excelが日付を数えた番号で、ふつうは{}です", lang.date(day))
        }
        (Lang::En, Some(day)) => {
            format!("{text}, a spreadsheet's number of a day, usually {}", lang.date(day))
        }
    }
}

/// On which line it went wrong, if it did on one.
#[must_use]
pub const fn place(error: &ReadError) -> Option<u32> {
    match error {
        ReadError::Encoding(line)
        | ReadError::Cut(line)
        | ReadError::TooLong(line)
        | ReadError::Quote(line)
        | ReadError::Direction(line)
        | ReadError::Balance(line)
        | ReadError::Parts(line)
        | ReadError::Order(line)
        | ReadError::Date { line, .. }
        | ReadError::Year { line, .. }
        | ReadError::NoYear { line, .. }
        | ReadError::Weekday { line, .. }
        | ReadError::OtherAccount(line)
        | ReadError::Joined(line)
        | ReadError::Ofx { line, .. }
        | ReadError::Currency { line, .. }
        | ReadError::Wrecked { line, .. }
        | ReadError::Future { line, .. }
        | ReadError::Ahead { line, .. }
        | ReadError::Negative { line, .. }
        | ReadError::Separator { line, .. }
        | ReadError::Amount { line, .. } => Some(*line),
        ReadError::Io(_)
        | ReadError::Layout(_)
        | ReadError::Other(_)
        | ReadError::TooMany
        | ReadError::TooManyTexts
        | ReadError::TooBig
        | ReadError::Empty => None,
    }
}

const fn other_file(lang: Lang, other: OtherFile) -> &'static str {
    let (ja, en) = match other {
        OtherFile::Spreadsheet => (
            "表計算のファイル(Excelなど)のままです。銀行のページで「CSV」を選んで取り直してください。",
            "This is a spreadsheet's own file. Choose CSV on the bank's page.",
        ),
        OtherFile::Pdf => (
            "PDFです。銀行のページで「CSV」を選んで取り直すか、行を書き写してください。",
            "This is a PDF. Choose CSV on the bank's page, or type the lines.",
        ),
        OtherFile::WebPage => (
            "ホームページを保存したものです。銀行のページで「CSV」を選んで取り直してください。",
            "This is a saved web page. Choose CSV on the bank's page.",
        ),
        OtherFile::Picture => (
            "写真です。写っている行を書き写してください。",
            "This is a picture. Type the lines that it shows.",
        ),
        OtherFile::Archive => (
            "ZIPなどにまとめられたファイルです。開いて(展開して)、中にあるCSVを選んでください。",
            "This is a packed file (ZIP). Unpack it, and choose the CSV inside.",
        ),
        OtherFile::Letters => (
            "読めない文字のファイルです(UTF-8でもShift_JISでもありません)。銀行から取ったままのCSVを選んでください。",
            "Its letters are neither UTF-8 nor Shift_JIS. Choose the CSV as it came from the bank.",
        ),
    };
    lang.pick(ja, en)
}

/// What is wrong with a line that somebody typed, and how to write it.
const fn typed(lang: Lang, error: &ReadError) -> Option<&'static str> {
    let (ja, en) = match error {
        ReadError::Date { is_typed: true, .. } => (
            "日付が読めません。行のはじめに「08-08-31」「R8.8.31」「2026/8/31」のように書き、コンマ(,)で区切ってください。",
            "A date cannot be read. Begin the line with one, as R8.8.31 or 2026/8/31, and a comma behind it.",
        ),
        ReadError::Year { .. } => (
            "何年か決められません。二通りに読め、ほかの行からも決まりません。この行だけでも「R8.8.31」「H26.8.31」「2026/8/31」のように書いてください。何も調べていません。",
            "Which year is it? Two readings fit, and the other lines do not decide. Write this line, at least, as R8.8.31, H26.8.31 or 2026/8/31. Nothing was looked at.",
        ),
        ReadError::Future { .. } => (
            "まだ来ていない日付です。打ちまちがいを直すか、「H26.8.31」「2014/8/31」のように書いてください。",
            "That day has not come yet. Mend it, or write the year as H26.8.31 or 2014/8/31.",
        ),
        ReadError::Order(_) => (
            "日付が前の行とならんでいません。銀行から取り直すか、古い順か新しい順に、通帳のとおりに書いてください。何も調べていません。",
            "The day does not follow the line before. Download the file again, or write the lines as the passbook has them, oldest or newest first. Nothing was looked at.",
        ),
        ReadError::Parts(_) => (
            "一行には5つ要ります: 日付,摘要,出金,入金,残高。ないところは空けて、コンマ(,)だけ書き、金額の桁の区切り(,)は書かないでください。例: R8.8.31,ガス,3000,,20000",
            "A line has five parts: date, text, out, in, balance. Leave a part empty, but write its comma, and no separators in amounts: R8.8.31,gas,3000,,20000",
        ),
        ReadError::Amount { is_typed: true, .. } => (
            "金額が読めません。「10000」のように数字で書き、桁の区切り(,)は書かないでください。",
            "An amount cannot be read. Write digits only, as 10000, without separators.",
        ),
        ReadError::Separator { is_typed: true, .. } => (
            "金額の桁の区切り(,)で、一つの金額が二つに分かれています。「300000」のように、区切りなしで書いてください。何も調べていません。",
            "A separator cut one amount in two. Write it without, as 300000. Nothing was looked at.",
        ),
        _ => return None,
    };
    Some(lang.pick(ja, en))
}

/// What is wrong with the day of a line of a file.
const fn of_date(lang: Lang, error: &ReadError) -> Option<&'static str> {
    let (ja, en) = match error {
        ReadError::NoYear { .. } => (
            "この日付に合う年がありません。「2026/8/31」のように、年も書いてください。何も調べていません。",
            "No year has this day. Write the year too, as 2026/8/31. Nothing was looked at.",
        ),
        ReadError::Weekday { .. } => (
            "日付と曜日が合いません。年か日が変わっています。銀行から取ったままのファイルを選ぶか、通帳のとおりに書いてください。何も調べていません。",
            "The day of the week is another day's: the year or the day was changed. Choose the file as it came from the bank. Nothing was looked at.",
        ),
        ReadError::Ahead { .. } => (
            "まだ来ていない日付です。このパソコンの日付が合っているか見て、銀行から取ったままのファイルを選んでください。何も調べていません。",
            "That day has not come yet. Is this machine's date right? Choose the file as it came from the bank. Nothing was looked at.",
        ),
        ReadError::Date { .. } => (
            "日付が読めません。表計算で開いて保存したファイルではなく、銀行から取ったままのファイルを選んでください。",
            "A date cannot be read. Choose the file as it came from the bank, not one that a spreadsheet saved.",
        ),
        _ => return None,
    };
    Some(lang.pick(ja, en))
}

/// What a whole line is about that nobody can use, or that there is none.
fn of_line(lang: Lang, error: &ReadError) -> Option<&'static str> {
    let (ja, en) = match error {
        ReadError::Currency { .. } => (
            "円の口座の明細ではありません。円の口座のものを選んでください。何も調べていません。",
            "These amounts are not in yen. Choose the statement of an account in yen. Nothing was looked at.",
        ),
        ReadError::Wrecked { .. } => (
            "摘要の文字が、ほかのプログラムで壊れています(だれが引き落としたか、わかりません)。銀行から取ったままのファイルを選んでください。何も調べていません。",
            "The words of this line were destroyed by another program, so nobody can tell who took the money. Choose the file as it came from the bank. Nothing was looked at.",
        ),
        ReadError::Layout(seen) if seen.is_empty() => (
            "中に何もありません。取り直してください。",
            "There is nothing in it. Download it again.",
        ),
        ReadError::Joined(_) => (
            "行の全体が一つになっています。コンマが全角(，)なら半角(,)に直し、行の全体を囲む引用符(\")は消してください。何も調べていません。",
            "The whole line is one cell. Write plain commas, and take away quotation marks around whole lines. Nothing was looked at.",
        ),
        ReadError::TooLong(_) => (
            "行が終わりません。明細ではないか、引用符(\")が抜けています。取り直してください。",
            "The line does not end: no statement, or a quotation mark is missing. Download the file again.",
        ),
        ReadError::Ofx { .. } => (
            "OFXのファイルが途中で切れているか、壊れています。取り直してください。",
            "The OFX file is cut or broken. Download it again.",
        ),
        ReadError::TooManyTexts => (
            "相手の名前の種類が多すぎます(50万まで)。一つの口座の明細ではないか、長すぎます。期間を分けて取り直してください。何も調べていません。",
            "There are too many different names (half a million at most): not one account's, or too long. Download shorter periods. Nothing was looked at.",
        ),
        ReadError::Quote(_) => (
            "引用符(\")が閉じていないので、あとの行がこの行の中に入っています。この行のよけいな「\"」を消すか、銀行から取り直してください。何も調べていません。",
            "A quotation mark is not closed, so the lines behind it are inside this one. Take the mark away, or download the file again. Nothing was looked at.",
        ),
        ReadError::OtherAccount(_) => (
            "ここから別の口座の明細です。口座ごとに分けたファイルを取り直してください。何も調べていません。",
            "From here on it is another account's. Download a file for each account. Nothing was looked at.",
        ),
        _ => return None,
    };
    Some(lang.pick(ja, en))
}

fn words(lang: Lang, error: &ReadError) -> &'static str {
    if let Some(words) =
        typed(lang, error).or_else(|| of_date(lang, error)).or_else(|| of_line(lang, error))
    {
        return words;
    }
    let (ja, en) = match error {
        ReadError::Io(_) => ("ファイルが読めません。", "The file cannot be read."),
        ReadError::Other(other) => return other_file(lang, *other),
        ReadError::Layout(_) => (
            "知っている形の明細ではありません。銀行のページからCSVを取り直すか、通帳の行を書き写してください。",
            "Not a statement that we know. Download the CSV again, or type the lines.",
        ),
        ReadError::Encoding(_) => (
            "文字が途中で変わっています。ほかのプログラムで保存し直したファイルではなく、銀行から取ったままのファイルを選んでください。",
            "The characters change on the way. Choose the file as it came from the bank.",
        ),
        // The day of a line, what nobody can use, and a person's line that cannot be read, were told above.
        ReadError::Cut(_)
        | ReadError::TooLong(_)
        | ReadError::TooManyTexts
        | ReadError::Ofx { .. }
        | ReadError::Parts(_)
        | ReadError::Order(_)
        | ReadError::Date { .. }
        | ReadError::Year { .. }
        | ReadError::NoYear { .. }
        | ReadError::Weekday { .. }
        | ReadError::Currency { .. }
        | ReadError::Wrecked { .. }
        | ReadError::OtherAccount(_)
        | ReadError::Quote(_)
        | ReadError::Joined(_)
        | ReadError::Ahead { .. }
        | ReadError::Future { .. } => (
            "行が途中で切れています。取り直してください。",
            "The line is cut. Download the file again.",
        ),
        ReadError::Negative { .. } => (
            "出金と入金には、マイナスや▲は書けません。出たお金は出金に、入ったお金やもどったお金は入金に、そのまま書いてください(▲は残高だけに使えます)。",
            "Out and in cannot be below zero. Put what left under out, and what came or came back under in, without a sign (only a balance may be below zero).",
        ),
        ReadError::Amount { .. } => (
            "金額が読めません。表計算で開いて保存したファイルではなく、銀行から取ったままのファイルを選んでください。",
            "An amount cannot be read. Choose the file as it came from the bank, not one that a spreadsheet saved.",
        ),
        ReadError::Separator { .. } => (
            "金額の桁の区切り(,)で、一つの金額が二つに分かれています。表計算などで保存し直したファイルではなく、銀行から取ったままのファイルを選んでください。何も調べていません。",
            "A separator cut one amount in two. Choose the file as it came from the bank, not one that was saved again. Nothing was looked at.",
        ),
        ReadError::Direction(_) => {
            ("出金か入金の、どちらか一つが要ります。", "There must be one amount, in or out.")
        }
        ReadError::Balance(_) => (
            "残高が前の行とつながりません。行が抜けているか、順番が変わっているか、書きかえられています。何も調べていません。",
            "The balance does not follow from the line before: a line is missing, moved or changed. Nothing was looked at.",
        ),
        ReadError::TooMany => (
            "行が多すぎます(500万行まで)。期間を分けて取り直してください。",
            "Too many lines (five million at most). Download shorter periods.",
        ),
        ReadError::TooBig => (
            "大きすぎます(この形では64MBまで)。期間を分けて取り直してください。",
            "It is too big (64 MB at most for its kind). Download shorter periods.",
        ),
        ReadError::Empty => ("取引がありません。", "There are no movements in it."),
    };
    lang.pick(ja, en)
}
