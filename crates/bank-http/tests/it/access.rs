//! Every route, asked by everybody: nobody in particular, another holder, the owner, and the owner
//! after their session ended. A route that is not in the table fails the test.

use std::collections::BTreeSet;

use crate::{
    access_left::subject,
    browser::Browser,
    world::{Reply, World},
};

/// What a caller gets: a status, and for 303 the beginning of where to.
pub(crate) type Expected = [&'static str; 4];

const SAME_404: Expected = ["404"; 4];
const SAME_409: Expected = ["409"; 4];
const OPEN: Expected = ["200"; 4];
/// No cookie opens what an assertion or a token opens.
const TOKEN: Expected = ["401"; 4];
const IN: &str = "303 /holder/sign-in?back=";
const DESK: &str = "303 /desk/sign-in?back=";
const DELEGATES: Expected = ["303 /delegate/sign-in?back="; 4];
const HOLDERS: Expected = [IN, "200", "200", IN];
const OWN: Expected = [IN, "404", "200", IN];
const STAFF: Expected = [DESK, DESK, "200", DESK];

const CER: (&str, &str) = ("ceremony", "cer_00000000000000000000000000");
const CRED: (&str, &str) = ("credential", "{}");
const PAR: (&str, &str) = ("request", "par_00000000000000000000000000");
const CAPS: &[(&str, &str)] = &[("per_day", "20000"), ("per_month", "90000")];
const OFFICER: &[(&str, &str)] = &[("reason", "r"), ("wish", "give")];
const SWITCH: &[(&str, &str)] = &[("scope", "everything"), ("reason", "r")];

pub(crate) type Row = (&'static str, &'static [(&'static str, &'static str)], Expected);

pub(crate) const TABLE: &[Row] = &[
    ("GET /", &[], OPEN),
    ("GET /check", &[], OPEN),
    ("POST /check", &[("bank0", "x")], OPEN),
    ("GET /check/crimes", &[], OPEN),
    ("GET /check/crimes/{id}", &[], SAME_404),
    ("GET /report", &[], OPEN),
    ("POST /report", &[("contact", "c"), ("text", "t")], ["201"; 4]),
    ("GET /incident", &[], OPEN),
    ("GET /report/look", &[], OPEN),
    ("POST /report/look", &[("number", "cas_x"), ("code", "ZZZZZZZZZZZZ")], ["422"; 4]),
    ("POST /report/again", &[("number", "cas_x"), ("code", "ZZZZZZZZZZZZ")], ["422"; 4]),
    // Whatever the number is: what shows something is the code.
    ("GET /report/{id}", &[], OPEN),
    ("GET /compensation", &[], OPEN),
    ("GET /stop", &[], OPEN),
    ("POST /stop", &[("code", "ZZZZZZZZZZZZ")], ["422"; 4]),
    ("POST /stop/confirm", &[("code", "ZZZZZZZZZZZZ")], ["422"; 4]),
    // The back channel.
    ("GET /.well-known/oauth-authorization-server", &[], OPEN),
    ("GET /.well-known/jwks.json", &[], OPEN),
    ("GET /.well-known/ssf-configuration", &[], OPEN),
    ("GET /jwks", &[], OPEN),
    ("GET /ssf/jwks", &[], OPEN),
    ("GET /openapi.json", &[], OPEN),
    ("POST /par", &[], TOKEN),
    ("POST /token", &[], TOKEN),
    ("POST /bc-authorize", &[], TOKEN),
    ("POST /revoke", &[], TOKEN),
    ("POST /introspect", &[], TOKEN),
    ("POST /debits", &[], TOKEN),
    ("GET /debits/{id}", &[], TOKEN),
    ("POST /credits", &[], TOKEN),
    ("GET /credits/{id}", &[], TOKEN),
    ("GET /grants/{id}", &[], TOKEN),
    ("DELETE /grants/{id}", &[], TOKEN),
    ("POST /ssf/events", &[], ["400"; 4]),
    ("GET /ssf/stream", &[], TOKEN),
    ("POST /ssf/stream", &[], TOKEN),
    ("PATCH /ssf/stream", &[], TOKEN),
    ("PUT /ssf/stream", &[], TOKEN),
    ("DELETE /ssf/stream", &[], TOKEN),
    ("GET /ssf/status", &[], TOKEN),
    ("POST /ssf/status", &[], TOKEN),
    ("POST /ssf/subjects/add", &[], TOKEN),
    ("POST /ssf/subjects/remove", &[], TOKEN),
    ("POST /ssf/verify", &[], TOKEN),
    ("POST /ssf/poll", &[], TOKEN),
    // No agreement lets anybody ask: there is no such address.
    ("POST /exchange", &[], SAME_404),
    // A link in progress belongs to a browser, not to a session.
    ("GET /authorize", &[], SAME_404),
    ("GET /authorize/sign-in", &[PAR], SAME_404),
    ("POST /authorize/sign-in", &[PAR, CER, CRED], SAME_409),
    ("GET /authorize/account", &[PAR], SAME_404),
    ("POST /authorize/account", &[PAR, ("account", "bac_x")], SAME_404),
    ("GET /authorize/consent", &[PAR], SAME_404),
    ("POST /authorize/consent", &[PAR, CER, CRED], SAME_409),
    ("POST /authorize/refuse", &[PAR], SAME_404),
    ("GET /authorize/debit/sign-in", &[PAR], SAME_404),
    ("POST /authorize/debit/sign-in", &[PAR, CER, CRED], SAME_409),
    ("GET /authorize/debit", &[PAR], SAME_404),
    ("POST /authorize/debit", &[PAR, CER, CRED], SAME_409),
    ("POST /authorize/debit/decline", &[PAR], SAME_404),
    // The bank's channels have a listener of their own: here they are not.
    ("POST /channels/calls", &[], SAME_404),
    ("POST /channels/atm/codes", &[], SAME_404),
    ("POST /channels/branch/activations", &[], SAME_404),
    ("POST /channels/letters", &[], SAME_404),
    // An enrolment belongs to a browser too.
    ("GET /enrol", &[], OPEN),
    (
        "POST /enrol",
        &[("branch", "001"), ("number", "9999999"), ("proof", "call")],
        ["303 /enrol/wait?enrolment="; 4],
    ),
    ("GET /enrol/wait", &[("enrolment", "enr_00000000000000000000000000")], SAME_404),
    (
        "POST /enrol/code",
        &[("enrolment", "enr_00000000000000000000000000"), ("code", "1")],
        SAME_404,
    ),
    ("GET /enrol/card", &[("state", "s"), ("handle", "h")], SAME_404),
    ("POST /enrol/card", &[("state", "s"), ("certificate", "AA"), ("signature", "AA")], SAME_404),
    ("GET /enrol/passkey", &[("enrolment", "enr_00000000000000000000000000")], SAME_404),
    ("POST /enrol/passkey", &[CER, CRED], SAME_409),
    ("POST /enrol/card/keep", &[("enrolment", "enr_00000000000000000000000000")], SAME_404),
    ("POST /enrol/app", &[("enrolment", "enr_00000000000000000000000000")], SAME_404),
    // The app: this bank has none, and a trip belongs to a browser. Its calls are no forms.
    ("POST /app/sign-in", &[("to", "portal")], SAME_404),
    ("POST /app/sign", &[CER, ("page", r#"{"page":"consent"}"#)], SAME_409),
    ("GET /app/trip", &[("errand", "e")], SAME_404),
    ("GET /app/return", &[("errand", "e"), ("handle", "h")], SAME_404),
    ("POST /app/errand", &[], ["415"; 4]),
    ("POST /app/answer", &[], ["415"; 4]),
    // Cards: this bank takes none, and a trip belongs to a browser.
    ("POST /card/sign-in", &[("to", "portal")], SAME_404),
    ("POST /card/sign", &[CER, ("page", r#"{"page":"consent"}"#)], SAME_409),
    ("GET /card/return", &[("state", "s"), ("handle", "h")], SAME_404),
    ("POST /card/return", &[("state", "s"), ("certificate", "AA"), ("signature", "AA")], SAME_404),
    // The portal.
    ("GET /holder", &[], HOLDERS),
    ("GET /holder/contacts", &[], HOLDERS),
    (
        "POST /holder/contacts",
        &[("kind", "phone"), ("to", "090-1234-5678")],
        [IN, "200", "200", IN],
    ),
    ("POST /holder/contacts/sign", &[CER, CRED], [IN, "409", "409", IN]),
    ("GET /holder/alerts", &[], HOLDERS),
    ("POST /holder/alerts", &[("debits_from", "1000")], [IN, "200", "200", IN]),
    ("POST /holder/alerts/sign", &[CER, CRED], [IN, "409", "409", IN]),
    ("GET /holder/approvals", &[], HOLDERS),
    ("POST /holder/approvals/sign", &[CER, CRED, ("number", "00")], [IN, "409", "409", IN]),
    ("POST /holder/approvals/decline", &[CER], [IN, "409", "409", IN]),
    ("GET /holder/evidence/{id}", &[("form", "json")], [IN, "404", "404", IN]),
    ("GET /holder/security", &[], HOLDERS),
    ("GET /holder/app", &[], [IN, "404", "404", IN]),
    ("POST /holder/app", &[CER, CRED], [IN, "409", "409", IN]),
    // The id is a mandate's, which is nothing to sign in with.
    ("GET /holder/security/{id}/end", &[], [IN, "404", "404", IN]),
    ("POST /holder/security/{id}/end", &[("why", "lost")], [IN, "404", "404", IN]),
    ("GET /holder/card", &[], [IN, "404", "404", IN]),
    ("POST /holder/card", &[CER, CRED], [IN, "409", "409", IN]),
    ("GET /holder/contracts/{id}", &[], OWN),
    ("POST /holder/contracts/{id}/keep", &[], [IN, "404", "303 /holder/contracts/", IN]),
    ("GET /holder/contracts/{id}/stop", &[], OWN),
    ("POST /holder/contracts/{id}/stop", &[], [IN, "404", "303 /holder/contracts/", IN]),
    ("GET /holder/delegates", &[], HOLDERS),
    ("POST /holder/delegates", &[("label", "長女")], [IN, "200", "200", IN]),
    ("POST /holder/delegates/sign", &[CER, CRED], [IN, "409", "409", IN]),
    ("POST /holder/delegates/{id}/renew", &[], [IN, "404", "404", IN]),
    ("POST /holder/delegates/{id}/end", &[], [IN, "404", "404", IN]),
    // Whoever looks after somebody's accounts: a holder is none.
    ("GET /delegate", &[], DELEGATES),
    ("POST /delegate/leave", &[], DELEGATES),
    ("GET /delegate/join", &[], OPEN),
    ("POST /delegate/join", &[("code", "ZZZZZZZZZZZZ")], ["422"; 4]),
    ("POST /delegate/join/passkey", &[CER, CRED], SAME_409),
    ("GET /delegate/sign-in", &[], OPEN),
    ("POST /delegate/sign-in", &[CER, CRED], SAME_409),
    ("GET /holder/lock", &[], HOLDERS),
    ("POST /holder/lock", &[("account", "bac_x")], [IN, "404", "404", IN]),
    ("POST /holder/lock/open", &[("account", "bac_x")], [IN, "404", "404", IN]),
    ("POST /holder/lock/open/sign", &[CER, CRED], [IN, "409", "409", IN]),
    // To look without a passkey belongs to a browser, as an enrolment does.
    ("GET /holder/look", &[], OPEN),
    (
        "POST /holder/look",
        &[("branch", "001"), ("number", "9999999"), ("proof", "call")],
        ["303 /holder/look/wait?enrolment="; 4],
    ),
    ("GET /holder/look/wait", &[("enrolment", "enr_00000000000000000000000000")], SAME_404),
    (
        "POST /holder/look/code",
        &[("enrolment", "enr_00000000000000000000000000"), ("code", "1")],
        SAME_404,
    ),
    ("POST /holder/look/enter", &[("enrolment", "enr_00000000000000000000000000")], SAME_404),
    ("GET /holder/stop-all", &[], HOLDERS),
    (
        "POST /holder/stop-all",
        &[],
        [IN, "303 /holder?stopped=cas_", "303 /holder?stopped=cas_", IN],
    ),
    ("GET /holder/sign-in", &[], OPEN),
    ("POST /holder/sign-in", &[CER, CRED], SAME_409),
    ("GET /holder/mandates/{id}", &[], OWN),
    (
        "POST /holder/mandates/{id}/confirm",
        &[("code", "0")],
        [IN, "404", "303 /holder/mandates/", IN],
    ),
    ("POST /holder/mandates/{id}/second", &[("second", "letter")], [IN, "404", "409", IN]),
    ("GET /holder/mandates/{id}/stop", &[], OWN),
    ("POST /holder/mandates/{id}/stop", &[], [IN, "404", "303 /holder/mandates/", IN]),
    ("GET /holder/mandates/{id}/lower", &[], OWN),
    ("POST /holder/mandates/{id}/lower", CAPS, [IN, "404", "303 /holder/mandates/", IN]),
    ("GET /holder/mandates/{id}/raise", &[], OWN),
    ("POST /holder/mandates/{id}/raise", CAPS, OWN),
    ("POST /holder/mandates/{id}/raise/sign", &[CER, CRED], [IN, "404", "409", IN]),
    // The desk: its owner is staff.
    ("GET /desk", &[], STAFF),
    ("GET /desk/cases/{id}", &[], STAFF),
    (
        "GET /desk/cases/{id}/evidence",
        &[("mandate", "man_00000000000000000000000000")],
        [DESK, DESK, "404", DESK],
    ),
    (
        "POST /desk/cases/{id}/note",
        &[("text", "t"), ("act", "note")],
        [DESK, DESK, "303 /desk/cases/", DESK],
    ),
    (
        "POST /desk/cases/{id}/release",
        &[("mandate", "man_x"), ("reason", "r")],
        [DESK, DESK, "404", DESK],
    ),
    // A case that is not about a rule.
    ("POST /desk/cases/{id}/owner", &[], [DESK, DESK, "404", DESK]),
    (
        "POST /desk/cases/{id}/resume",
        &[("contract", "ctr_x"), ("reason", "r")],
        [DESK, DESK, "404", DESK],
    ),
    (
        "POST /desk/cases/{id}/believe",
        &[("contact", "fax"), ("reason", "r")],
        [DESK, DESK, "404", DESK],
    ),
    (
        "POST /desk/cases/{id}/phone",
        &[("act", "lock"), ("read_back", "yes")],
        // A case that no call was taken for.
        [DESK, DESK, "404", DESK],
    ),
    ("GET /desk/phone", &[], STAFF),
    (
        "POST /desk/phone",
        &[("branch", "001"), ("number", "9000001"), ("believed", "called_back")],
        [DESK, DESK, "303 /desk/cases/", DESK],
    ),
    ("GET /desk/phone/report", &[], STAFF),
    ("POST /desk/phone/report", &[("contact", "x"), ("text", "x")], [DESK, DESK, "422", DESK]),
    ("GET /desk/find", &[], STAFF),
    ("GET /desk/risk", &[], STAFF),
    ("GET /desk/risk/seen", &[], STAFF),
    ("GET /desk/risk/policy", &[], STAFF),
    ("GET /desk/risk/lists", &[], STAFF),
    ("GET /desk/risk/records", &[], STAFF),
    ("GET /desk/risk/records/{id}", &[], [DESK, DESK, "404", DESK]),
    (
        "POST /desk/risk/records/{id}/review",
        &[("found", "x"), ("act", "back")],
        [DESK, DESK, "404", DESK],
    ),
    (
        "POST /desk/risk/watch",
        &[("key", "device|x"), ("reason", "x")],
        [DESK, DESK, "303 /desk/risk/lists", DESK],
    ),
    (
        "POST /desk/risk/unwatch",
        &[("name", "watched_devices|x"), ("reason", "x")],
        [DESK, DESK, "404", DESK],
    ),
    ("GET /desk/signals/policy", &[], STAFF),
    ("POST /desk/incident/told", &[("halt", "x|y"), ("reason", "x")], [DESK, DESK, "404", DESK]),
    ("POST /desk/signals/ease", &[("link", "man_x"), ("reason", "x")], [DESK, DESK, "404", DESK]),
    (
        "POST /desk/signals/restore",
        &[("receiver", "x"), ("reason", "x")],
        [DESK, DESK, "404", DESK],
    ),
    ("POST /desk/risk/policy", &[("text", "x"), ("act", "check")], STAFF),
    ("GET /desk/screening", &[], STAFF),
    // Not a multipart form: refused before anything is read.
    ("POST /desk/screening", &[], [DESK, DESK, "400", DESK]),
    ("POST /desk/screening/lists/{id}/{act}", &[], [DESK, DESK, "404", DESK]),
    ("GET /desk/risk/quality", &[], STAFF),
    ("GET /desk/risk/drift", &[], STAFF),
    ("GET /desk/retention", &[], STAFF),
    ("POST /desk/risk/quality/{id}", &[("found", "fraud")], [DESK, DESK, "404", DESK]),
    ("GET /desk/leaks", &[], STAFF),
    ("POST /desk/leaks", &[], [DESK, DESK, "400", DESK]),
    ("POST /desk/leaks/find", &[("number", "x")], STAFF),
    ("POST /desk/leaks/lists/{id}/{act}", &[], [DESK, DESK, "404", DESK]),
    ("POST /desk/leaks/hits/{id}/{act}", &[], [DESK, DESK, "404", DESK]),
    ("GET /desk/lookback", &[], STAFF),
    (
        "POST /desk/lookback",
        &[("pattern", "rule"), ("rule", "x"), ("days", "90"), ("reason", "x")],
        [DESK, DESK, "422", DESK],
    ),
    ("GET /desk/lookback/{id}", &[], [DESK, DESK, "404", DESK]),
    ("POST /desk/lookback/{id}/{act}", &[], [DESK, DESK, "404", DESK]),
    ("GET /desk/exchange", &[], STAFF),
    ("POST /desk/exchange/{act}", &[("case", "x"), ("reason", "x")], [DESK, DESK, "404", DESK]),
    ("POST /desk/exchange/{id}/{act}", &[], [DESK, DESK, "404", DESK]),
    ("GET /desk/suspicion", &[], STAFF),
    ("POST /desk/suspicion", &[("from", "")], [DESK, DESK, "303 /desk/suspicion/", DESK]),
    ("GET /desk/suspicion/{id}", &[], [DESK, DESK, "404", DESK]),
    ("POST /desk/suspicion/{id}", &[("why", "x")], [DESK, DESK, "404", DESK]),
    ("POST /desk/suspicion/{id}/{act}", &[], [DESK, DESK, "404", DESK]),
    ("GET /desk/screening/hits/{id}", &[], [DESK, DESK, "404", DESK]),
    ("POST /desk/screening/hits/{id}/{act}", &[], [DESK, DESK, "404", DESK]),
    ("GET /desk/cases/{id}/authority", &[], STAFF),
    (
        "POST /desk/cases/{id}/pack",
        &[("reader", "police"), ("reason", "r"), ("form", "pdf")],
        [DESK, DESK, "200", DESK],
    ),
    ("GET /desk/gates", &[], STAFF),
    ("POST /desk/gates/close", SWITCH, [DESK, DESK, "303 /desk/gates", DESK]),
    ("POST /desk/gates/open", SWITCH, [DESK, DESK, "409", DESK]),
    ("GET /desk/monthly", &[], STAFF),
    ("GET /desk/monthly/json", &[("month", "2020-09")], STAFF),
    ("GET /desk/reopen", &[], [DESK, DESK, "303 /desk/gates", DESK]),
    ("POST /desk/reopen", &[("gate", "everything"), ("reason", "r")], STAFF),
    ("GET /desk/approvals", &[], STAFF),
    ("POST /desk/approvals/{id}", &[("answer", "decline")], [DESK, DESK, "404", DESK]),
    ("GET /desk/cases", &[], STAFF),
    ("GET /desk/claims", &[], STAFF),
    ("POST /desk/cases/{id}/claim", &[("act", "answered")], [DESK, DESK, "303 /desk/cases/", DESK]),
    ("GET /desk/compensation", &[], STAFF),
    ("POST /desk/compensation", &[("text", "x"), ("act", "check")], STAFF),
    ("GET /desk/settings", &[], STAFF),
    ("POST /desk/settings", &[("coming", "x"), ("reason", "r")], [DESK, DESK, "409", DESK]),
    ("GET /desk/books", &[], STAFF),
    ("POST /desk/books", &[], [DESK, DESK, "400", DESK]),
    ("GET /desk/books/statement", &[], [DESK, DESK, "404", DESK]),
    ("GET /desk/books/journal", &[], [DESK, DESK, "422", DESK]),
    ("GET /desk/books/account", &[], [DESK, DESK, "422", DESK]),
    ("POST /desk/books/{id}/take", &[], [DESK, DESK, "404", DESK]),
    ("GET /desk/items", &[], STAFF),
    ("GET /desk/items/{id}", &[], [DESK, DESK, "303 /desk/cases/", DESK]),
    ("POST /desk/items/{id}/take", &[], [DESK, DESK, "404", DESK]),
    ("POST /desk/items/{id}/ask", &[], [DESK, DESK, "404", DESK]),
    (
        "POST /desk/items/{id}/settle",
        &[("found", "moved"), ("how", "r")],
        [DESK, DESK, "404", DESK],
    ),
    ("GET /desk/contracts", &[], STAFF),
    // Not a multipart form: refused before anything is read.
    ("POST /desk/contracts/import", &[], [DESK, DESK, "400", DESK]),
    ("POST /desk/contracts/imports/{id}", &[("answer", "decline")], [DESK, DESK, "404", DESK]),
    (
        "POST /desk/contracts/mailing",
        &[("per_day", "10"), ("act", "start")],
        [DESK, DESK, "303 /desk/contracts", DESK],
    ),
    ("POST /desk/contracts/returned", &[("reference", "x")], [DESK, DESK, "404", DESK]),
    // The registry: the id is a mandate's, which is no partner.
    ("GET /desk/partners", &[], STAFF),
    ("GET /desk/partners/{id}", &[], [DESK, DESK, "404", DESK]),
    ("POST /desk/partners/{id}/remove", &[("reason", "r")], [DESK, DESK, "404", DESK]),
    ("GET /desk/partners/{id}/{number}", &[], [DESK, DESK, "404", DESK]),
    ("POST /desk/partners/{id}/{number}/sign", &[CER, CRED], [DESK, DESK, "404", DESK]),
    ("POST /desk/partners/{id}/{number}/take", &[("reason", "r")], [DESK, DESK, "404", DESK]),
    ("POST /desk/partners/{id}/{number}/decline", &[], [DESK, DESK, "404", DESK]),
    ("GET /desk/propose", &[], STAFF),
    ("POST /desk/propose", &[("client_id", "x"), ("reason", " ")], [DESK, DESK, "422", DESK]),
    // Not the kind of form that carries a file.
    ("POST /desk/propose/file", &[], [DESK, DESK, "400", DESK]),
    ("GET /desk/incident", &[], STAFF),
    (
        "POST /desk/incident/words",
        &[("ja", ""), ("en", ""), ("reason", "r")],
        [DESK, DESK, "422", DESK],
    ),
    (
        "POST /desk/incident/drill",
        &[("scope", "planet"), ("story", "s")],
        [DESK, DESK, "404", DESK],
    ),
    ("POST /desk/incident/drill/{id}", &[("act", "ask")], [DESK, DESK, "409", DESK]),
    ("GET /desk/staff", &[], STAFF),
    ("POST /desk/staff/{id}/end", &[("reason", "r")], [DESK, DESK, "404", DESK]),
    ("POST /desk/staff/{id}/officer", OFFICER, [DESK, DESK, "404", DESK]),
    ("GET /desk/sign-in", &[], OPEN),
    ("POST /desk/sign-in", &[CER, CRED], SAME_409),
    ("GET /desk/activate", &[], OPEN),
    ("POST /desk/activate", &[("code", "WRONG")], ["422"; 4]),
    ("POST /desk/activate/passkey", &[CER, CRED], SAME_409),
];

const METHODS: [(&str, &str); 5] = [
    ("get(", "GET"),
    ("post(", "POST"),
    ("patch(", "PATCH"),
    ("put(", "PUT"),
    ("delete(", "DELETE"),
];

/// Method and path of every `.route(…)` in the sources, here and where both desks' pages are.
fn routes() -> BTreeSet<String> {
    use kanuki_site::text::check::sources;
    let sources = [
        sources(concat!(env!("CARGO_MANIFEST_DIR"), "/src")),
        sources(concat!(env!("CARGO_MANIFEST_DIR"), "/../desk-http/src")),
    ]
    .concat();
    let mut found = BTreeSet::new();
    for source in &sources {
        for call in source.split(".route(").skip(1) {
            let call = call.split("\n        .").next().unwrap();
            let call = call.split("\n}").next().unwrap();
            let path = match call.trim_start().strip_prefix('"') {
                Some(rest) => rest.split('"').next().unwrap(),
                None => kanuki_wire::metadata::PATH,
            };
            for (word, method) in METHODS {
                if call.contains(word) {
                    found.insert(format!("{method} {path}"));
                }
            }
        }
    }
    found
}

#[test]
fn every_route_is_in_the_table() {
    let found = routes();
    let table: BTreeSet<String> = TABLE.iter().map(|(route, _, _)| (*route).to_owned()).collect();

    assert!(found.len() > 50, "the sources were not read");
    assert_eq!(found.difference(&table).collect::<Vec<_>>(), Vec::<&String>::new());
    assert_eq!(table.difference(&found).collect::<Vec<_>>(), Vec::<&String>::new());
    assert_eq!(table.len(), TABLE.len(), "a route is in the table twice");
}

pub(crate) async fn ask(world: &World, browser: &mut Browser, row: &Row, id: &str) -> Reply {
    let (method, path) = row.0.split_once(' ').unwrap();
    let path = path.replace("{id}", id);
    match method {
        "GET" => {
            let query = serde_urlencoded::to_string(row.1).unwrap();
            browser.get(world, &format!("{path}?{query}")).await
        }
        "DELETE" => browser.delete(world, &path).await,
        "PATCH" | "PUT" => browser.change(world, method, &path).await,
        _ => {
            let page = if path.starts_with("/desk") { "/desk/sign-in" } else { "/stop" };
            let csrf = browser.csrf(world, page).await;
            let mut fields = row.1.to_vec();
            fields.push(("csrf", &csrf));
            browser.post(world, &path, &fields).await
        }
    }
}

pub(crate) fn check(row: &Row, who: usize, reply: &Reply) {
    let names = ["nobody", "another", "the owner", "an expired session"];
    let expected = row.2[who];
    let (status, there) = expected.split_once(' ').unwrap_or((expected, ""));
    let is_right =
        reply.status.to_string() == status && reply.header("location").starts_with(there);
    assert!(
        is_right,
        "{} by {}: expected {expected}, got {} {}\n{}",
        row.0,
        names[who],
        reply.status,
        reply.header("location"),
        reply.body
    );
}

#[tokio::test]
async fn everyone_gets_what_is_theirs_and_nothing_else() {
    for row in TABLE {
        let world = World::new().await;
        let (mut nobody, mut other, mut holder) =
            (Browser::new(1), Browser::new(2), Browser::new(3));
        let linked = world.linked(&mut holder).await;
        other.enter_portal(&world, "9000002").await;
        let mut owner = holder;
        if row.0.contains("/desk") {
            owner.enter_desk(&world, "STAFFAOKI").await;
        }
        let id = subject(&world, &linked, row.0).await;

        check(row, 0, &ask(&world, &mut nobody, row, &id).await);
        check(row, 1, &ask(&world, &mut other, row, &id).await);
        check(row, 2, &ask(&world, &mut owner, row, &id).await);
        world.wait(40 * 86_400);
        check(row, 3, &ask(&world, &mut owner, row, &id).await);
    }
}
