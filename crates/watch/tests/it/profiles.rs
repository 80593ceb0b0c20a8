//! Profiles of institutions: what follows from claims, what is refused, what changed.

use jiff::civil::{Date, date};
use kanuki_domain::barrier::{AttackPath, Barrier};
use kanuki_watch::{
    Lang,
    profile::{
        Assessment, Changed, Comparison, Level, Problem, Profile, factor::FACTORS, field::FIELDS,
        read, since, since::Change, starter,
    },
};
use serde_json::{Value, json};

const TODAY: Date = date(2026, 11, 26);

/// A claim that holds today.
fn claim(field: &str, value: Value) -> Value {
    json!({
        "field": field, "value": value, "source_url": "https://bank.example/security",
        "source_kind": "institution", "quoted_date": "2026-09-01", "checked_by": "A. Reader",
        "confidence": "high", "expires": "2027-03-01"
    })
}

fn profile_of(claims: Vec<Value>) -> Value {
    json!({
        "schema": "institution-profile/v1", "kind": "bank", "id": "9901", "name": "見本銀行",
        "name_en": "Sample Bank", "data_date": "2026-11-20",
        "corrections": "corrections@bank.example", "claims": claims
    })
}

fn parse(json: &Value) -> Profile {
    read(json.to_string().as_bytes()).unwrap()
}

fn with(claims: Vec<Value>) -> Profile {
    parse(&profile_of(claims))
}

fn barrier(profile: &Profile, path: AttackPath, on: Date) -> Barrier {
    Assessment::of(profile, on).barrier(path)
}

#[test]
fn what_an_attacker_needs_follows_from_the_claims() {
    use AttackPath::{ContactChange, Link, Recovery, SignIn, Transfer};
    use Barrier::{Bound, Code, Device, Knowledge, Nothing, Unknown};
    for (claims, path, expected) in [
        (vec![], Link, Unknown),
        (vec![claim("link.factors", json!(["account_number", "pin"]))], Link, Knowledge),
        // Several of one class are one: FT-10.
        (vec![claim("link.factors", json!(["pin", "birth_date", "balance"]))], Link, Knowledge),
        (vec![claim("link.factors", json!(["pin", "otp_call"]))], Link, Code),
        (vec![claim("link.wallet_identity", json!(["bank_link"]))], Link, Nothing),
        (vec![claim("link.name_match", json!(true))], Link, Unknown),
        (
            vec![
                claim("link.holder_confirmation", json!(14)),
                claim("login.factors", json!(["password", "otp_token"])),
            ],
            Link,
            Code,
        ),
        // A confirmation behind a sign-in that nobody describes is no floor.
        (vec![claim("link.holder_confirmation", json!(14))], Link, Unknown),
        (vec![claim("login.passkey", json!("required"))], SignIn, Bound),
        // Where a weaker way stays open, a passkey stops nobody.
        (
            vec![
                claim("login.passkey", json!("offered")),
                claim("login.factors", json!(["password"])),
            ],
            SignIn,
            Knowledge,
        ),
        (vec![claim("txn_auth", json!("none"))], Transfer, Unknown),
        (
            vec![
                claim("txn_auth", json!("none")),
                claim("login.factors", json!(["password", "otp_sms"])),
            ],
            Transfer,
            Code,
        ),
        (vec![claim("txn_auth", json!("token_input"))], Transfer, Bound),
        (vec![claim("txn_auth", json!("two_channel"))], Transfer, Device),
        (vec![claim("contact_change.factors", json!(["branch"]))], ContactChange, Device),
        (vec![claim("recovery.factors", json!(["secret_question"]))], Recovery, Knowledge),
    ] {
        let profile = with(claims.clone());
        assert_eq!(barrier(&profile, path, TODAY), expected, "{path:?} of {claims:?}");
    }
}

#[test]
fn every_need_names_the_claim_that_it_follows_from() {
    let profile = with(vec![
        claim("login.password_max", json!(8)),
        claim("link.factors", json!(["account_number", "otp_sms"])),
        claim("link.name_match", json!(true)),
    ]);
    let assessment = Assessment::of(&profile, TODAY);
    let view = assessment.path(AttackPath::Link).unwrap();

    let needs: Vec<(&str, usize)> =
        view.needs.iter().map(|n| (n.text(Lang::En), n.claim)).collect();
    assert_eq!(
        needs,
        [
            ("the account number, which many people see", 1),
            ("your mobile number taken over, or the code that came to it", 1),
            ("a wallet that was proven to be in your name", 2),
        ]
    );
    assert!(view.unknown.iter().any(|field| field.name == "link.notify_at_link"));
    assert!(view.unknown.iter().all(|field| field.name != "link.factors"));
}

#[test]
fn what_is_past_its_day_is_unknown_again_and_said_so() {
    let profile = with(vec![claim("link.factors", json!(["passkey"]))]);
    let (last, after) = (date(2027, 3, 1), date(2027, 3, 2));

    assert_eq!(barrier(&profile, AttackPath::Link, last), Barrier::Bound);
    assert!(profile.problems(last).is_empty());
    assert_eq!(barrier(&profile, AttackPath::Link, after), Barrier::Unknown);
    let problems = profile.problems(after);
    assert_eq!(problems, [Problem::Expired { field: "link.factors", expired: last }]);
    assert_eq!(
        problems[0].say(&profile, Lang::En),
        "What is said of \"asked for when linking\" expired on 1 Mar 2027. Until somebody looks \
         again it counts as unknown."
    );
    let assessment = Assessment::of(&profile, after);
    assert_eq!(assessment.path(AttackPath::Link).unwrap().past, [0], "it stays as history");
}

#[test]
fn what_was_found_holds_until_the_day_before_some_way_asks_for_less() {
    let mut strong = claim("link.factors", json!(["ic_card", "pin"]));
    strong["expires"] = json!("2027-02-01");
    let mut later = claim("link.factors", json!(["pin"]));
    later["since"] = json!("2027-01-10");
    let weak = claim("login.factors", json!(["password"]));
    let until = |claims: Vec<Value>, of: &[AttackPath]| Level::of(&with(claims), TODAY, of).expires;
    let (link, sign_in) = ([AttackPath::Link], [AttackPath::SignIn]);

    let both = vec![strong.clone(), weak];
    assert_eq!(until(both.clone(), &link), date(2027, 2, 1));
    assert_eq!(until(both, &sign_in), date(2027, 3, 1), "the claim about linking is not behind it");
    // From then on two claims disagree, and nothing is known.
    assert_eq!(until(vec![strong, later], &link), date(2027, 1, 9));
    assert_eq!(until(vec![], &link), date(2027, 11, 27), "what is unknown cannot become less");
}

#[test]
fn a_newer_claim_takes_the_place_of_one_that_expired() {
    let mut old = claim("login.passkey", json!("offered"));
    old["quoted_date"] = json!("2025-11-01");
    old["expires"] = json!("2026-10-01");
    let profile = with(vec![old, claim("login.passkey", json!("required"))]);

    // For a month both stood and disagreed; then only the newer one does.
    assert_eq!(profile.problems(date(2026, 9, 15)).len(), 1);
    assert!(profile.problems(TODAY).is_empty());
    assert_eq!(barrier(&profile, AttackPath::SignIn, TODAY), Barrier::Bound);
}

#[test]
fn sources_that_disagree_prove_nothing_and_both_are_shown() {
    let mut other = claim("txn_auth", json!("otp"));
    other["source_url"] = json!("https://regulator.example/list");
    let profile = with(vec![claim("txn_auth", json!("token_input")), other]);

    assert_eq!(barrier(&profile, AttackPath::Transfer, TODAY), Barrier::Unknown);
    let problems = profile.problems(TODAY);
    let said = problems[0].say(&profile, Lang::Ja);
    assert_eq!(
        said,
        "「振込の確認(取引認証)」について食い違う情報があります: [https://bank.example/security] \
         トークンに相手を打ち込む、[https://regulator.example/list] \
         一度きりの番号(内容と結びつかない)。どちらか分かるまで不明として扱います。"
    );
    let samples = with(vec![
        claim("descriptor.samples", json!("ﾐﾎﾝ")),
        claim("descriptor.samples", json!("ﾐﾎﾝﾍﾟｲ")),
    ]);
    assert!(samples.problems(TODAY).is_empty(), "a service has several names on statements");
}

#[test]
fn what_cannot_stand_is_refused_with_its_place_and_what_would_be_right() {
    let good = claim("link.factors", json!(["pin"]));
    let change = |key: &str, value: Value| {
        let mut claim = good.clone();
        if value.is_null() {
            claim.as_object_mut().unwrap().remove(key);
        } else {
            claim[key] = value;
        }
        let refused = read(profile_of(vec![good.clone(), claim]).to_string().as_bytes());
        refused.unwrap_err().to_string()
    };
    for (key, value, expected) in [
        (
            "value",
            json!("pin"),
            "claim 2 (link.factors): \"value\" must be a list of one or more of: none, mail_address,",
        ),
        ("value", json!(["none", "pin"]), "claim 2 (link.factors): \"value\" must be a list"),
        ("value", json!(["pin", "pin"]), "claim 2 (link.factors): \"value\" must be a list"),
        (
            "field",
            json!("link.luck"),
            "claim 2 (link.luck): no such field; there are link.channels,",
        ),
        (
            "source_url",
            json!("javascript:alert(1)"),
            "claim 2 (link.factors): \"source_url\" must be the address of the page that says so",
        ),
        (
            "source_url",
            json!("https://a.example/\"onclick"),
            "claim 2 (link.factors): \"source_url\" must be the address of the page that says so",
        ),
        (
            "source_kind",
            json!("press"),
            "claim 2 (link.factors): what holds today must come from the institution, its regulator \
             or a measurement; with \"until\" it is history and others may be its witnesses",
        ),
        (
            "expires",
            Value::Null,
            "claim 2 (link.factors): needs \"expires\" (it holds today) or \"until\" (it held until \
             then), and not both",
        ),
        ("until", json!("2026-10-01"), "claim 2 (link.factors): needs \"expires\""),
        (
            "expires",
            json!("2027-10-01"),
            "claim 2 (link.factors): \"expires\" is more than 366 days after \"quoted_date\"",
        ),
        ("expires", json!("2026-08-01"), "claim 2 (link.factors): ends before it begins"),
        (
            "quoted_date",
            json!("2026-11-21"),
            "claim 2 (link.factors): \"quoted_date\" is after \"data_date\"",
        ),
        (
            "checked_by",
            json!(" "),
            "claim 2 (link.factors): \"checked_by\" must say who compared the claim with its source",
        ),
        ("score", json!(5), "not an institution profile: unknown field `score`"),
    ] {
        let refused = change(key, value.clone());
        assert!(refused.starts_with(expected), "{key}={value}: {refused}");
    }
}

#[test]
fn a_profile_without_its_head_is_refused() {
    let change = |key: &str, value: Value| {
        let mut profile = profile_of(Vec::new());
        profile[key] = value;
        read(profile.to_string().as_bytes()).unwrap_err().to_string()
    };
    for (key, value, expected) in [
        (
            "schema",
            json!("institution-profile/v2"),
            "\"schema\" is \"institution-profile/v2\"; this version reads \"institution-profile/v1\"",
        ),
        (
            "id",
            json!("99"),
            "\"id\": a bank's 4-digit code, or a wallet's short name in a-z, 0-9 and -",
        ),
        (
            "corrections",
            json!(""),
            "\"corrections\": must say where errors can be reported, in 5 to 200 letters",
        ),
        ("launched_on", json!("2030-01-01"), "\"launched_on\": is after \"data_date\""),
        ("data_date", json!("2026-02-30"), "not an institution profile: "),
        (
            "incidents",
            json!([{"id": "x", "title": "題", "title_en": "t",
                "harm": {"text": "害", "text_en": "harm", "source_url": "", "source_kind": "press"}}]),
            "incident 1 (x): each answer needs the address of the page that says so",
        ),
        (
            "replies",
            json!([{"on": "2026-01-01", "about": "x", "text": "", "source_url": "https://a.example"}]),
            "\"replies\": each needs its words and the address where they stand",
        ),
    ] {
        let refused = change(key, value);
        assert!(refused.starts_with(expected), "{key}: {refused}");
    }
    let long = format!("{{\"schema\": \"{}\"}}", "x".repeat(1 << 20));
    assert_eq!(
        read(long.as_bytes()).unwrap_err().to_string(),
        "longer than a profile can be (1 MB)"
    );
}

#[test]
fn profiles_that_come_with_kanuki_say_nothing_about_today() {
    let profiles = starter::all().unwrap();
    for (profile, id) in profiles.iter().zip(starter::ids()) {
        assert_eq!(profile.id, id);
        let assessment = Assessment::of(profile, TODAY);
        assert!(assessment.problems.is_empty(), "{id}");
        // Facts of 2020 and 2022 must not read as facts of today.
        assert!(assessment.paths.iter().all(|view| view.barrier == Barrier::Unknown), "{id}");
        assert!(!profile.claims.is_empty() || !profile.incidents.is_empty(), "{id} says nothing");
    }
}

#[test]
fn the_parties_of_2020_look_as_they_did_then() {
    let find = |id: &str| starter::find(id).unwrap().unwrap();
    for (id, day, expected) in [
        ("0125", date(2020, 9, 8), Barrier::Knowledge),
        ("9900", date(2020, 9, 8), Barrier::Knowledge),
        ("0168", date(2020, 9, 10), Barrier::Knowledge),
        ("0168", date(2020, 9, 11), Barrier::Code),
        ("docomo-koza", date(2020, 9, 1), Barrier::Nothing),
        ("docomo-koza", date(2020, 12, 1), Barrier::Unknown),
        ("0173", date(2022, 3, 29), Barrier::Code),
    ] {
        assert_eq!(barrier(&find(id), AttackPath::Link, day), expected, "{id} on {day}");
    }
}

#[test]
fn changes_since_last_time_are_told_and_weaker_ones_stand_out() {
    let (strong, weak) = (json!(["passkey"]), json!(["pin"]));
    let mut old = profile_of(vec![
        claim("link.factors", strong.clone()),
        claim("security_txt", json!(true)),
        claim("link.name_match", json!(true)),
    ]);
    old["data_date"] = json!("2026-09-02");
    let old = parse(&old);
    let mut new = profile_of(vec![
        claim("link.factors", weak.clone()),
        claim("link.name_match", json!(true)),
        claim("login.passkey", json!("required")),
    ]);
    new["incidents"] = json!([{"id": "x-2026", "title": "題", "title_en": "A theft",
        "harm": {"text": "害", "text_en": "harm", "source_url": "https://a.example/x", "source_kind": "press"}}]);
    let new = parse(&new);

    let changes = since::changes(&old, &new, TODAY);
    let said: Vec<String> = changes.iter().map(|change| change.say(&new, Lang::En)).collect();
    assert_eq!(
        said,
        [
            "Linking the account: a proof that cannot be phished → what others can learn is enough",
            "Signing in as you: unknown → a proof that cannot be phished",
            "asked for when linking, changed: passkey → PIN of the cash card",
            "passkey, new: required",
            "security.txt, does not hold any more: yes",
            "a new incident: A theft",
        ]
    );
    let worse: Vec<bool> = changes.iter().map(Change::is_worse).collect();
    assert_eq!(worse, [true, false, false, false, false, true]);

    assert!(since::changes(&old, &old, TODAY).is_empty());
    let expired = since::changes(&old, &old, date(2028, 1, 1));
    assert!(expired.iter().any(Change::is_worse), "what is not known any more is worse");
}

#[test]
fn the_page_shows_what_is_unknown_and_lets_nobody_write_into_it() {
    let mut json = profile_of(vec![claim("freeze.phone", json!("<script>alert(1)</script>"))]);
    json["replies"] = json!([{"on": "2026-10-01", "about": "freeze.phone",
        "text": "<b>24時間</b>です", "source_url": "https://bank.example/reply"}]);
    let (one, two) = (parse(&json), starter::find("docomo-koza").unwrap().unwrap());
    let assessments = [Assessment::of(&one, TODAY), Assessment::of(&two, TODAY)];
    let none = since::changes(&two, &two, TODAY);
    let changed = [Changed { place: 1, since: two.data_date, changes: none }];

    let page = Comparison {
        assessments: &assessments,
        changed: &changed,
        publisher: Some("見本社 a@b.example"),
        lang: Lang::Ja,
    }
    .page();
    assert!(page.contains("見本社 a@b.example") && !page.contains("手元で読むため"));
    assert!(!page.contains("<script") && !page.contains("<b>24"), "it is text");
    for text in [
        "見本銀行",
        "ドコモ口座",
        "不明",
        "以前からの連携を止めたのは",
        "corrections@bank.example",
        "過去の記録",
        "変わったことはありません",
        "本人の反論",
    ] {
        assert!(page.contains(text), "{text}");
    }
    for external in ["src=", "<link", "@import", "url("] {
        assert!(!page.contains(external), "one file: {external}");
    }
}

#[test]
fn the_schema_page_names_every_field_and_word() {
    let page = include_str!("../../../../docs/institution-profile.md");
    for field in &FIELDS {
        assert!(page.contains(&format!("| `{}` |", field.name)), "{}", field.name);
        for word in field.shape.allowed() {
            assert!(page.contains(&format!("`{word}`")), "{}: {word}", field.name);
        }
    }
    for path in AttackPath::ALL {
        assert!(page.contains(&format!("`{}`", path.name())));
    }
    for barrier in Barrier::ALL {
        assert!(page.contains(&format!("`{}`", barrier.name())));
    }
    let example = page.split("```json").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let example = read(example.as_bytes()).unwrap();
    assert!(example.problems(example.data_date).is_empty());
}

fn factors() -> impl proptest::strategy::Strategy<Value = Vec<&'static str>> {
    let names: Vec<&str> = FACTORS.iter().map(|f| f.name).filter(|name| *name != "none").collect();
    let count = names.len();
    proptest::sample::subsequence(names, 1..count)
}

proptest::proptest! {
    /// Whatever bytes come, the answer is a profile or an error.
    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..400)) {
        let _ = read(&bytes);
    }

    /// Asking for more is never worse for the holder, and saying more about another field neither.
    #[test]
    fn more_proof_never_lowers_a_barrier(less in factors(), more in factors(), login in factors()) {
        let both: std::collections::BTreeSet<&str> = less.iter().chain(&more).copied().collect();
        let floor = with(vec![claim("link.factors", json!(less))]);
        let asked = with(vec![claim("link.factors", json!(both))]);
        let told = with(vec![
            claim("link.factors", json!(less)),
            claim("link.holder_confirmation", json!(14)),
            claim("login.factors", json!(login)),
            claim("txn_auth", json!("none")),
        ]);
        for path in AttackPath::ALL {
            let floor = barrier(&floor, path, TODAY);
            proptest::prop_assert!(barrier(&asked, path, TODAY) >= floor);
            proptest::prop_assert!(barrier(&told, path, TODAY) >= floor);
        }
    }

    /// Nothing is made of what nobody vouches for any more.
    #[test]
    fn after_the_last_day_everything_is_unknown(link in factors(), login in factors(), days in 1..400_i32) {
        let profile = with(vec![
            claim("link.factors", json!(link)),
            claim("login.factors", json!(login)),
            claim("txn_auth", json!("token_input")),
        ]);
        let day = date(2027, 3, 1).checked_add(jiff::Span::new().days(days)).unwrap();
        let assessment = Assessment::of(&profile, day);
        proptest::prop_assert!(assessment.paths.iter().all(|view| view.barrier == Barrier::Unknown));
        proptest::prop_assert!(assessment.paths.iter().all(|view| view.needs.is_empty()));
    }
}

/// What a day could not know is not shown on it; and nobody stops what has not begun.
#[test]
fn an_incident_is_there_from_the_day_on_which_it_was_known() {
    let said = |on: &str| {
        json!({"on": on, "text": format!("{on}にした"), "text_en": format!("done on {on}"),
            "source_url": "https://bank.example/news", "source_kind": "institution"})
    };
    let of = |began: &str, stopped: &str| {
        let mut profile = profile_of(vec![]);
        let mut harm = said("2026-03-10");
        harm["text_en"] = json!("the harm");
        profile["incidents"] = json!([{"id": "x", "title": "題", "title_en": "A theft",
            "began_on": began, "harm": harm, "noticed": said("2026-03-10"),
            "stopped_existing_links": said(stopped)}]);
        profile
    };
    let profile = parse(&of("2026-03-01", "2026-03-20"));
    let page = |on: Date| {
        let assessments = [Assessment::of(&profile, on)];
        Comparison { assessments: &assessments, changed: &[], publisher: None, lang: Lang::En }
            .page()
    };
    for (on, incident, stop) in [
        (date(2026, 2, 28), false, false),
        // It had begun, and nobody knew.
        (date(2026, 3, 9), false, false),
        (date(2026, 3, 10), true, false),
        (date(2026, 3, 20), true, true),
    ] {
        let page = page(on);
        assert_eq!(page.contains("A theft"), incident, "{on}");
        assert_eq!(page.contains("done on 2026-03-20"), stop, "{on}");
    }
    let error = read(of("2026-03-01", "2026-02-27").to_string().as_bytes()).unwrap_err();
    assert!(error.to_string().contains("before it began"), "{error}");
    assert!(
        error.say(Lang::Ja).starts_with("事件の1件目(x): はじまる前に"),
        "{}",
        error.say(Lang::Ja)
    );
}
