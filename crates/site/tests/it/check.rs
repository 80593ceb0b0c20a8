//! `/check` without scripts: an answer in yen, drawn and forgotten; and the pages about crimes.

use http::{StatusCode, header};
use kanuki_site::Lang;
use kanuki_watch::{
    crime::{Crime, told},
    exposure::Question,
};

use crate::support::{Company, Reply, company, config, field, token};

struct Asked {
    company: Company,
    cookies: String,
    token: String,
}

impl Asked {
    async fn new(lang: Lang) -> Self {
        let company = company(config());
        let first = company.get("/check", &format!("lang={}", lang.tag())).await;
        let cookies = format!("{}; lang={}", first.cookies(), lang.tag());
        Self { company, cookies, token: token(&first.body) }
    }

    async fn answer(&self, fields: &[(&str, &str)]) -> Reply {
        let fields = serde_urlencoded::to_string(fields).unwrap();
        let body = format!("{}&{fields}", field(&self.token));
        self.company.post("/check", &self.cookies, &body).await
    }
}

const MOTHER: [(&str, &str); 6] = [
    ("bank0", "七十七銀行"),
    ("whose0", "whose-parent"),
    ("balance0", "０"),
    ("overdraft0", "overdraft-yes"),
    ("room0", "¥170,000"),
    ("online0", "online-none"),
];

#[tokio::test]
async fn an_account_with_nothing_in_it_is_exposed_by_what_the_bank_lends() {
    let reply = Asked::new(Lang::Ja).await.answer(&MOTHER).await;

    assert_eq!(reply.status, StatusCode::OK);
    for said in
        ["¥170,000", "七十七銀行(親)", "data-way=\"new-link\"", "data-step=\"stop-overdraft\""]
    {
        assert!(reply.body.contains(said), "{said}");
    }
    assert!(!reply.body.contains("data-way=\"phished\""), "there is no online banking");
    assert!(!reply.body.contains("total-at-least"), "every amount is known");
}

#[tokio::test]
async fn nothing_that_was_answered_is_kept_in_the_browser_or_named_in_an_address() {
    let reply = Asked::new(Lang::En).await.answer(&MOTHER).await;

    assert_eq!(reply.header(header::CACHE_CONTROL), "no-store");
    assert_eq!(reply.cookies(), "");
    assert!(!reply.body.contains("href=\"/check?"), "answers are in no link");
}

#[tokio::test]
async fn the_answers_come_back_to_be_changed() {
    let asked = Asked::new(Lang::Ja).await;
    let given = [&MOTHER[..], &[("app0-paypay", "1"), ("edit", "1")]].concat();
    let reply = asked.answer(&given).await;

    assert_eq!(reply.status, StatusCode::OK);
    assert!(reply.body.contains("value=\"七十七銀行\""));
    assert!(reply.body.contains("value=\"overdraft-yes\" selected"));
    assert!(reply.body.contains("name=\"app0-paypay\" value=\"1\" checked"));
}

#[tokio::test]
async fn an_empty_form_is_told_so_and_a_hostile_name_is_only_text() {
    let asked = Asked::new(Lang::En).await;

    let empty = asked.answer(&[("card0", "card-no")]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    let hostile = asked.answer(&[("bank0", "<script>alert(1)</script>"), ("balance0", "-1")]).await;
    assert_eq!(hostile.status, StatusCode::OK);
    assert!(hostile.body.contains("&lt;script&gt;alert(1)") && !hostile.body.contains("<script>a"));
    assert!(hostile.body.contains("total-unknown"), "an amount that cannot be read is not known");
}

/// "¥0 or more" tells a parent nothing: what is known and what is not stands there in words.
#[tokio::test]
async fn where_nothing_is_known_no_amount_is_named() {
    let asked = Asked::new(Lang::Ja).await;

    let nothing = asked.answer(&[("bank0", "七十七銀行")]).await.body;
    let (_, total) = nothing.split_once("狙われるお金").unwrap();
    let (total, accounts) = total.split_once("口座ごとの結果").unwrap();
    assert!(total.contains("分かりません") && total.contains("お金がないという意味では"));
    assert!(!total.contains('¥') && !total.contains("-at-least"), "{total}");
    assert!(accounts.contains("data-if=\"balance-unknown\""));
    assert!(accounts.contains("data-if=\"room-unknown\""));

    let some = asked.answer(&[("bank0", "七十七銀行"), ("balance0", "5000")]).await.body;
    assert!(some.contains("total-at-least") && !some.contains("total-unknown"));
    assert!(some.contains("balance-known") && some.contains("room-unknown"));
    let empty = asked.answer(&[("bank0", "七十七銀行"), ("balance0", "0")]).await.body;
    assert!(empty.contains("total-unknown") && empty.contains("balance-known"));
}

#[tokio::test]
async fn every_question_has_words_in_both_languages() {
    for lang in [Lang::Ja, Lang::En] {
        let asked = Asked::new(lang).await;
        let texts = &asked.company.site.texts;
        for question in Question::ALL.iter().filter(|q| **q != Question::Links) {
            for answer in question.answers() {
                let key = format!("check-answer-{}", answer.id());
                assert!(texts.find(lang, &key, &[]).is_some(), "{key}");
            }
        }
    }
}

/// Keys are built from parts, so a sentence that is missing would be shown as its key.
#[tokio::test]
async fn no_page_shows_a_key_in_place_of_words() {
    for lang in [Lang::Ja, Lang::En] {
        let asked = Asked::new(lang).await;
        let mut pages = vec!["/check".to_owned(), "/check/crimes".to_owned()];
        pages.extend(Crime::ALL.map(|crime| format!("/check/crimes/{}", crime.id())));
        pages.extend(told::all().iter().map(|told| format!("/check/crimes/{}", told.id)));
        for page in pages {
            let reply = asked.company.get(&page, &asked.cookies).await;
            assert_eq!(reply.status, StatusCode::OK, "{page}");
            for start in [">check-", ">crime-", ">crimes-", " check-step", "check-needs"] {
                assert!(!reply.body.contains(start), "{page} in {lang:?} shows {start}");
            }
        }
    }
}

/// What the lab plays is what people are told: every crime of it is on the list, in its own words.
#[tokio::test]
async fn every_crime_of_the_lab_has_a_page_in_the_words_of_its_scenario() {
    for lang in [Lang::Ja, Lang::En] {
        let asked = Asked::new(lang).await;
        let list = asked.company.get("/check/crimes", &asked.cookies).await.body;
        for told in told::all() {
            let words = if lang == Lang::Ja { &told.ja } else { &told.en };
            let address = format!("/check/crimes/{}", told.id);
            assert!(list.contains(&format!("href=\"{address}\"")), "{address} is not on the list");
            let page = asked.company.get(&address, &asked.cookies).await.body;
            for line in words.how.iter().chain(&words.notice).chain(&words.act) {
                assert!(page.contains(line.as_str()), "{address} in {lang:?} does not say {line}");
            }
        }
    }
}

#[tokio::test]
async fn a_crime_that_nobody_wrote_about_is_not_found() {
    let company = company(config());
    assert_eq!(company.get("/check/crimes/unknown", "").await.status, StatusCode::NOT_FOUND);
}
