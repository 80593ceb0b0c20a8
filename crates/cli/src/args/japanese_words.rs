//! The words of [`super::japanese`]: each command, how it is used, and each of its arguments by its name in
//! the code, with what stands for its value and what it does. A test finds those that are missing.

/// One command.
pub(super) struct Said {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) usage: &'static str,
    pub(super) args: &'static [(&'static str, &'static str, &'static str)],
    pub(super) subs: &'static [Self],
}

/// What means the same for all of them.
pub(super) const COMMON: [(&str, &str, &str); 4] = [
    ("help", "", "この説明を出します"),
    ("english", "", "英語で答えます"),
    ("json", "", "ほかのプログラムが読む形(JSON)で出します"),
    ("corrections", "ファイル", "一覧の上に重ねる、自分の直し"),
];

/// Those without kinds of their own.
pub(super) static COMMANDS: [Said; 3] = [
    Said {
        name: "watch",
        about: "明細を調べる: 銀行の明細(CSV、OFX)や書き写した通帳から、覚えのない引き落としを探します。何も外に送りません。\n気になるものがあると、終了コードは1です。むずかしければ `kanuki watch --page` で、自分のパソコンの中だけのページが開きます。",
        usage: "kanuki watch [オプション] [[名前=]ファイル]...",
        args: &[
            (
                "files",
                "[名前=]ファイル",
                "銀行の明細(CSV、OFX)か、書き写した通帳の表。「母のゆうちょ=meisai.csv」のように、だれの口座か名前を付けられます。同じ名前のファイルは1つの口座です",
            ),
            (
                "household",
                "",
                "ファイルごとに別の口座とします。付けなければ、口座番号、同じ行、残高のつながり、ファイルの名前から、1つの口座かどうか見分けます",
            ),
            (
                "page",
                "",
                "自分のパソコンの中だけのページを開き、ファイルを選んだり通帳を書き写したりします",
            ),
            ("port", "番号", "ページのポート番号(決めなければ8090。0なら空いているもの)"),
            (
                "mine",
                "名前",
                "自分で使っているサービス(paypay、PayPay など)。その支払いは知らせません。何度でも書けます",
            ),
            (
                "stopped",
                "日付=名前",
                "止めてもらったものと、その日(2026-09-10=ドコモコウザ)。そのあとの引き落としを知らせます。何度でも書けます",
            ),
            ("known", "", "読める明細の形と知っているサービス、その確かさと出どころを出します"),
            ("dictionary", "ファイル", "明細に出る名前の、自分で作った一覧"),
            ("html", "ファイル", "報告と、銀行への手紙を書くファイル"),
        ],
        subs: &[],
    },
    Said {
        name: "check",
        about: "口座の点検: 銀行の口座がどれだけ狙われやすいか、何からすればよいかを、自分のパソコンの中だけのページで答えます。何も残さず、どこにも送りません。\n出てきたアドレスをブラウザーで開き、終わったらCtrl-Cを押してください。",
        usage: "kanuki check [オプション]",
        args: &[
            ("port", "番号", "ページのポート番号(決めなければ8091。0なら空いているもの)"),
            ("english", "", "開き方を英語で言います"),
        ],
        subs: &[],
    },
    Said {
        name: "assess",
        about: "銀行や決済サービスを比べる: 盗もうとする人に何が要るか、何が不明か、情報がいつのものかを出します。\n情報の期限が切れている、食い違っている、前より悪くなったときは、終了コードは1です。",
        usage: "kanuki assess [オプション] [ファイル]...",
        args: &[
            (
                "files",
                "ファイル",
                "記録のファイル(docs/institution-profile.md)。2つ以上なら並べて比べます",
            ),
            ("bank", "番号", "Kanukiに入っている銀行の記録を、4けたの番号で。何度でも書けます"),
            (
                "wallet",
                "名前",
                "Kanukiに入っている決済サービスの記録を、短い名前で。何度でも書けます",
            ),
            ("list", "", "Kanukiに入っている記録を並べます"),
            (
                "since",
                "前のファイル",
                "どれかの前の記録。そのあと変わったことを出します。何度でも書けます",
            ),
            (
                "require",
                "道すじ=水準",
                "その道すじで、盗もうとする人に最低でも要るもの(link=device など)。届かなければ終了コードは1です。何度でも書けます",
            ),
            (
                "agreement",
                "",
                "2社の取り決め(docs/operators/agreement.example.toml)に書く部分を、ファイルとそのSHA-256とともに出します。届かなければ終了コードは1です",
            ),
            ("as_of", "日付", "今日ではない日で見ます(2020-09-10、R2.9.10)"),
            ("html", "ファイル", "比べたページを書くファイル"),
            (
                "publisher",
                "名前",
                "そのページを配り、訂正と反論を受け付ける人の名前と連絡先。書かなければ、ページに「手元で読むためのもの」と出ます",
            ),
        ],
        subs: &[],
    },
];

/// `kanuki formats` with its kinds.
pub(super) static FORMATS: Said = Said {
    name: "formats",
    about: "番号と名義を確かめる: ゆうちょの記号・番号、銀行と支店の名前、口座名義の書き方、全銀ファイル、JPQRを確かめて書き換えます。\n銀行が受け付けないものは、終了コードが1です。",
    usage: "kanuki formats <種類> [オプション]",
    args: &[],
    subs: &[
        Said {
            name: "zengin",
            about: "全銀ファイル(21、91、01、03)を、銀行と同じきびしさで読み、中身を言います",
            usage: "kanuki formats zengin [オプション] <ファイル>",
            args: &[
                ("file", "ファイル", "全銀ファイル"),
                (
                    "as_of",
                    "日付",
                    "01と03の年には元号がないので、どの行もこの日よりあとではない、という日(決めなければ今日)",
                ),
            ],
            subs: &[],
        },
        Said {
            name: "zengin-write",
            about: "全銀ファイル(21、91、01、03)を、`formats zengin --json` が出す形から作ります",
            usage: "kanuki formats zengin-write [オプション] --out <ファイル> <ファイル>",
            args: &[
                ("file", "ファイル", "`formats zengin --json` が出す形のファイル"),
                ("out", "ファイル", "全銀ファイルを書くところ"),
                ("crlf", "", "レコードごとに改行(CR LF)を入れます"),
                ("answer", "", "引き落としの結果も書きます(依頼ではなく、返すファイル)"),
            ],
            subs: &[],
        },
        Said {
            name: "bank",
            about: "銀行を、名前、カナ、ローマ字、番号で探します。合併したりなくなったりした銀行も探せます",
            usage: "kanuki formats bank [オプション] <銀行>",
            args: &[("query", "銀行", "探す名前か番号")],
            subs: &[],
        },
        Said {
            name: "branch",
            about: "支店を探します。合併した銀行の支店は、いまの銀行から探します",
            usage: "kanuki formats branch [オプション] <銀行> <支店>",
            args: &[
                ("bank", "銀行", "銀行の4けたの番号か名前"),
                ("query", "支店", "探す支店の名前、カナ、ローマ字、番号"),
            ],
            subs: &[],
        },
        Said {
            name: "name",
            about: "名前を口座名義の書き方に直し、どの決まりで変わったかを言います。2つが同じ人の名義かも比べます",
            usage: "kanuki formats name [オプション] <名前>",
            args: &[
                ("name", "名前", "カナかローマ字の名前"),
                ("same_as", "名前", "もう一つの名前。同じ名義でなければ、終了コードは1です"),
            ],
            subs: &[],
        },
        Said {
            name: "yucho",
            about: "ゆうちょの記号・番号を店番・口座番号に直します。逆もできます",
            usage: "kanuki formats yucho [オプション] <記号か店番> <番号か口座番号>",
            args: &[
                ("first", "記号か店番", "記号(5けた)か、店番(018、０１８、〇一八)"),
                ("second", "番号か口座番号", "番号か、口座番号"),
            ],
            subs: &[],
        },
        Said {
            name: "jpqr",
            about: "JPQRのコードを読みます。お店のもの、お客さまのもの、お客さまのバーコード",
            usage: "kanuki formats jpqr [オプション] <コード>",
            args: &[("code", "コード", "カメラが読み取った文字")],
            subs: &[],
        },
        Said {
            name: "jpqr-make",
            about: "お店のJPQRコードの中身を作ります",
            usage: "kanuki formats jpqr-make [オプション] --shop <番号> --name <店名> --city <市区町村>",
            args: &[
                ("shop", "番号", "お店の4つの番号(13けた、4けた、6けた、6けたをハイフンでつなぐ)"),
                ("name", "店名", "ローマ字の店名"),
                ("japanese_name", "店名", "日本語の店名"),
                ("city", "市区町村", "ローマ字の市区町村"),
                ("category", "番号", "業種の番号(ISO 18245。決めなければ5999)"),
                (
                    "amount",
                    "円",
                    "この額の支払い1回だけのコードにします。付けなければ、印刷して使うコードです",
                ),
                ("template", "番号", "使うテンプレート(26から51。決めなければ26)"),
            ],
            subs: &[],
        },
    ],
};
