//! Every component on one page, to look at and to check what can be checked without eyes.

use std::{collections::BTreeSet, fs};

use kanuki_domain::{Yen, id::CeremonyId};
use kanuki_site::{
    Brand, Lang, NavItem, PageMeta, Texts,
    layout::{self, Frame},
    ui::{
        self, Action, AmountField, BalanceCard, Chart, ChartKind, Choice, Column, Direction, Field,
        Icon, Kind, Look, PasskeyForm, PasskeyMode, QrScanner, Row, Series, Table, Tone, Unit,
    },
    web::assets,
};
use maud::{Markup, html};

struct Both(Lang);

impl Both {
    fn say(&self, ja: &str, en: &str) -> String {
        match self.0 {
            Lang::Ja => ja.to_owned(),
            Lang::En => en.to_owned(),
        }
    }
}

fn nav(b: &Both) -> Vec<NavItem> {
    vec![
        NavItem::new(Icon::Home, b.say("ホーム", "Home"), "/").current(true),
        NavItem::new(Icon::TopUp, b.say("チャージ", "Top up"), "/topup"),
        NavItem::new(Icon::Send, b.say("送る", "Send"), "/send"),
        NavItem::new(Icon::Pay, b.say("支払う", "Pay"), "/pay"),
        NavItem::new(Icon::Statement, b.say("明細", "Statement"), "/statement"),
    ]
}

fn home(b: &Both) -> Markup {
    let action = |icon, ja, en| Action { icon, label: b.say(ja, en), href: "/x".into() };
    let balance = ui::balance_card(&BalanceCard {
        label: b.say("ウォレットの残高", "Wallet balance"),
        amount: Yen::of(128_450),
        note: Some(b.say("チャージ中 ¥5,000（11月23日 9時ごろ）", "On its way: ¥5,000")),
        actions: vec![
            action(Icon::TopUp, "チャージ", "Top up"),
            action(Icon::Send, "送る", "Send"),
            action(Icon::Pay, "支払う", "Pay"),
            action(Icon::Receipt, "請求する", "Request"),
            action(Icon::Out, "出金", "Cash out"),
        ],
    });
    let rows = vec![
        Row::new(b.say("山田 花子さんへ送金", "To Hanako Yamada"))
            .detail(b.say("11月22日 21:05", "22 Nov, 21:05"))
            .icon(Icon::Send)
            .money(Direction::Out, Yen::of(3_000))
            .running(b.say("残高 ¥128,450", "Balance ¥128,450"))
            .href("/statement/1"),
        Row::new(b.say("みどり銀行からチャージ", "Top-up from Midori Bank"))
            .detail(b.say("11月22日 20:58", "22 Nov, 20:58"))
            .icon(Icon::TopUp)
            .money(Direction::In, Yen::of(10_000))
            .running(b.say("残高 ¥131,450", "Balance ¥131,450"))
            .badge(Tone::Warning, b.say("処理中", "Pending")),
        Row::new(b.say("つばめ書店", "Tsubame Books"))
            .detail(b.say("11月20日 18:12", "20 Nov, 18:12"))
            .icon(Icon::Shop)
            .money(Direction::Out, Yen::of(1_980))
            .running(b.say("残高 ¥121,450", "Balance ¥121,450")),
    ];
    let caps = ui::card(
        Some(&b.say("いま使える上限", "Limits now")),
        html! {
            (ui::meter(&b.say("24時間", "24 hours"), Yen::of(31_000), Yen::of(50_000), "¥31,000 / ¥50,000"))
            (ui::meter(&b.say("30日", "30 days"), Yen::of(122_000), Yen::of(300_000), "¥122,000 / ¥300,000"))
            (ui::details(&b.say("上限について", "About limits"), html! { p { (b.say("上限は銀行が口座ごとに決めています。", "The bank sets limits per account.")) } }))
        },
    );
    ui::columns(
        html! { (balance) (ui::section(&b.say("最近の取引", "Latest"), ui::rows(rows))) },
        html! {
            (ui::notice(Tone::Warning, &b.say("連携してから24時間は上限が低くなります", "Lower limits for the first 24 hours"), html! { p { (b.say("11月23日 20:30 までは合計 ¥10,000 です。", "¥10,000 in all until 23 Nov, 20:30.")) } }))
            (caps)
            (ui::empty(Icon::Bank, &b.say("連携した口座はありません", "No bank account yet"), &b.say("口座をつなぐと、いつでもチャージできます。", "Link one to top up at any time."), Some(ui::link_button(Look::Primary, "/link", &b.say("口座をつなぐ", "Link a bank account")))))
        },
    )
}

fn forms(b: &Both, texts: &Texts) -> Markup {
    let words = texts.words(b.0);
    let route = Field::new("route", b.say("確認の方法", "How to confirm")).value("branch");
    let choice = |value: &str, ja, en, detail: &str| Choice {
        value: value.into(),
        label: b.say(ja, en),
        detail: Some(detail.into()),
    };
    html! {
        (ui::steps(&b.say("手続きの流れ", "Steps"), &[b.say("金額", "Amount"), b.say("確認", "Review"), b.say("完了", "Done")], 1))
        (ui::form("/topup", html! {}, html! {
            (ui::amount_field(&AmountField {
                name: "amount".into(),
                label: b.say("金額", "Amount"),
                hint: Some(b.say("いまチャージできるのは ¥19,000 までです", "You can top up ¥19,000 now")),
                error: Some(b.say("19,000円以下で入力してください", "Enter ¥19,000 or less")),
                value: "25,000".into(),
                quick: vec![Yen::of(1_000), Yen::of(3_000), Yen::of(5_000), Yen::of(10_000)],
            }))
            (ui::field(&Field::new("kana", b.say("お名前（カナ）", "Name in kana")).kind(Kind::Kana).hint(b.say("銀行に届け出た名前", "As your bank has it")).value("ヤマダ ハナコ").autocomplete("name")))
            (ui::field(&Field::new("memo", b.say("メモ", "Note")).optional(words.t("field-optional")).max_length(40)))
            (ui::field(&Field::new("code", b.say("停止コード", "Stop code")).kind(Kind::Code).value("7KQ2")))
            (ui::select(&Field::new("bank", b.say("銀行", "Bank")), &[("9901".into(), b.say("みどり銀行", "Midori Bank"))]))
            (ui::choices(&route, &[
                choice("atm", "ATMで受け取る", "At an ATM", "7-11"),
                choice("branch", "窓口で確認する", "At a branch", "9:00–15:00"),
            ]))
            (ui::checkbox("agree", "yes", &b.say("内容を確かめました", "I have checked this"), true))
            (ui::actions(html! { (ui::button(Look::Primary, &b.say("確認する", "Review"))) (ui::link_button(Look::Quiet, "/", &b.say("やめる", "Cancel"))) }))
        }))
    }
}

fn confirm(b: &Both, texts: &Texts) -> Markup {
    let words = texts.words(b.0);
    html! {
        (ui::card(Some(&b.say("この内容で同意しますか", "Do you agree to this?")), ui::definitions(vec![
            (b.say("だれが", "Who"), html! { "Kanuki" }),
            (b.say("1回の上限", "At most each time"), ui::money(Yen::of(30_000))),
            (b.say("30日の上限", "At most in 30 days"), ui::money(Yen::of(100_000))),
            (b.say("いつまで", "Until when"), html! { (b.say("2027年11月22日", "22 Nov 2027")) }),
        ])))
        (ui::passkey_form(&words, &PasskeyForm {
            mode: PasskeyMode::Get,
            action: "/consent".into(),
            options: r#"{"publicKey":{"challenge":"AAAA","rpId":"localhost"}}"#.into(),
            ceremony: CeremonyId::derive(&["kitchen"]),
            csrf: html! {},
            label: b.say("パスキーで同意する", "Agree with a passkey"),
            body: html! {},
            alternative: Some(("/alternative".into(), b.say("パスキーが使えないとき", "Without a passkey"))),
        }))
        @for (tone, ja, en) in [
            (Tone::Success, "チャージしました", "Topped up"),
            (Tone::Info, "銀行が確認しています", "The bank is checking"),
            (Tone::Error, "支払えませんでした", "Not paid"),
            (Tone::Neutral, "お知らせ", "News"),
        ] { (ui::notice(tone, &b.say(ja, en), html! { p { (b.say("残高は変わっていません。", "Your balance is unchanged.")) } })) }
        (ui::stop_code(&b.say("身に覚えがないとき", "If it wasn't you"), "7KQ2M4XP9DTA"))
        (ui::copy_text(&words, "https://wallet.localhost/r/req_01jd"))
        (ui::qr("https://wallet.localhost/r/req_01jd", &b.say("¥3,000 の請求", "Request for ¥3,000")))
        (ui::qr_scanner(&words, &QrScanner { action: "/pay".into(), field: "code".into(), decode_url: "/pay/decode".into(), upload_url: "/pay/photo".into(), csrf: html! {}, csrf_token: "t".into() }))
        (ui::actions(html! { (ui::button(Look::Secondary, &b.say("あとで", "Later"))) (ui::post_button(html! {}, "/freeze", Look::Danger, &b.say("すべて止める", "Stop everything"))) }))
    }
}

fn figures(b: &Both) -> Markup {
    let chart = |kind| {
        ui::chart(&Chart {
            title: b.say("止めた金額と失った金額", "Yen stopped and lost"),
            kind,
            unit: Unit::Yen,
            labels: (1..=9).map(|day| format!("11/{day}")).collect(),
            series: vec![
                Series {
                    name: b.say("止めた", "Stopped"),
                    values: vec![
                        12_000, 30_000, 8_000, 45_000, 41_000, 22_000, 9_000, 30_000, 5_000,
                    ],
                },
                Series {
                    name: b.say("失った", "Lost"),
                    values: vec![1_000, 0, 3_000, 2_000, 0, 0, 0, 1_500, 0],
                },
            ],
            table_summary: b.say("表で見る", "As a table"),
        })
    };
    let row = |id: &str, tone, state: &str, yen| {
        vec![
            html! { a href="/desk/x" { (id) } },
            html! { (ui::badge(tone, state)) },
            ui::money(Yen::of(yen)),
        ]
    };
    html! {
        (ui::table(&Table {
            caption: b.say("案件", "Cases"),
            head: vec![Column::text(b.say("番号", "Case")), Column::text(b.say("状態", "State")), Column::number(b.say("金額", "Amount"))],
            rows: vec![
                row("cas_01jd7x", Tone::Error, &b.say("凍結", "Frozen"), 31_000),
                row("cas_01jd81", Tone::Warning, &b.say("保留", "Held"), 9_800),
                row("cas_01jd99", Tone::Success, &b.say("解決", "Closed"), 120_000),
                row("cas_01jdaa", Tone::Info, &b.say("新規", "New"), 4_000),
                row("cas_01jdbb", Tone::Neutral, &b.say("取消", "Void"), 700),
            ],
        }))
        (chart(ChartKind::Bars))
        (chart(ChartKind::Line))
    }
}

fn write(name: &str, page: &Markup) -> String {
    let target = concat!(env!("CARGO_TARGET_TMPDIR"), "/..");
    let html = page.0.replace(&assets::css_path(), "kitchen.css");
    let html = html.replace(&assets::js_path(), "kitchen.js");
    fs::write(format!("{target}/kitchen.css"), assets::css()).unwrap();
    fs::write(format!("{target}/kitchen.js"), assets::js()).unwrap();
    fs::write(format!("{target}/kitchen-{name}.html"), &html).unwrap();
    html
}

fn values<'a>(html: &'a str, attribute: &str) -> Vec<&'a str> {
    let start = format!(" {attribute}=\"");
    html.split(start.as_str()).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

/// What a machine can see of a good page.
fn check(html: &str, texts: &Texts) {
    assert_eq!(html.matches("<h1>").count(), 1, "one main heading");
    assert!(!html.contains(" style=\"") && !html.contains("<script>"), "the policy forbids it");
    let ids = values(html, "id");
    assert_eq!(ids.len(), ids.iter().collect::<BTreeSet<_>>().len(), "ids are unique: {ids:?}");
    for label in values(html, "for") {
        assert!(ids.contains(&label), "a label points at nothing: {label}");
    }
    for list in values(html, "aria-describedby") {
        assert!(list.split(' ').all(|id| ids.contains(&id)), "described by nothing: {list}");
    }
    assert!(texts.find(Lang::Ja, "skip-to-content", &[]).is_some_and(|_| html.contains("#main")));
}

#[test]
fn every_component_renders_in_both_languages_and_all_brands() {
    let texts = Texts::build(&[]).unwrap();
    for lang in [Lang::Ja, Lang::En] {
        let b = Both(lang);
        let frame = Frame {
            words: texts.words(lang),
            brand: Brand::Wallet,
            company: "Kanuki",
            path: "/",
            sign_out: Some(("/sign-out", html! {})),
        };
        let title = b.say("ホーム", "Home");
        let meta = PageMeta::new(title).nav(nav(&b)).wide();
        let heading = ui::heading(&b.say("こんばんは、花子さん", "Good evening, Hanako"), None);
        let tag = lang.tag();

        let sink =
            html! { (heading) (home(&b)) (forms(&b, &texts)) (confirm(&b, &texts)) (figures(&b)) };
        check(&write(tag, &layout::page(&frame, &meta, sink)), &texts);

        let desk = layout::desk_page(
            &frame,
            &meta,
            html! { (ui::heading(&b.say("案件", "Cases"), None)) (figures(&b)) },
        );
        check(&write(&format!("desk-{tag}"), &desk), &texts);

        let narrow = PageMeta::new(b.say("チャージ", "Top up")).back("/");
        let lead = b.say(
            "みどり銀行の口座から、すぐにチャージできます。",
            "From your account at Midori Bank, at once.",
        );
        let form = html! { (ui::heading(&b.say("いくらチャージしますか", "How much?"), Some(&lead))) (forms(&b, &texts)) };
        check(&write(&format!("form-{tag}"), &layout::page(&frame, &narrow, form)), &texts);

        for brand in [Brand::BankOne, Brand::BankTwo, Brand::BankThree] {
            let company = b.say("みどり銀行", "Midori Bank");
            let frame = Frame { brand, company: &company, ..frame.clone() };
            let page = html! { (ui::heading(&b.say("口座連携の確認", "Review the link"), None)) (confirm(&b, &texts)) };
            let page = layout::page(&frame, &PageMeta::new(company.clone()).back("/"), page);
            check(&write(&format!("{}-{tag}", brand.name()), &page), &texts);
        }
    }
}
