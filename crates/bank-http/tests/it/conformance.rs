//! `docs/conformance-fapi.md`: every module of the two FAPI 2.0 plans, and the test that has its name.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::PathBuf};

use serde::Deserialize;

/// What our bank and oidc-provider said to the same kind of bytes; the interop tests write it and
/// keep it true.
const ANSWERS: &str = include_str!("../../../../tests/interop/answers.json");

/// Modules whose bytes are not sent to both, and why.
const NOT_SENT: [(&str, &str); 3] = [
    ("AccessTokenTypeHeaderCaseSensitivity", "it serves no resource that takes these tokens"),
    ("AttemptToUseExpiredAuthCode", "takes a minute; ours is shown with a clock that tests move"),
    (
        "PARAttemptToUseExpiredRequestUri",
        "takes minutes; ours is shown with a clock that tests move",
    ),
];

#[derive(Deserialize)]
struct Answer {
    both: Option<String>,
    ours: Option<String>,
    peer: Option<String>,
    why: Option<String>,
}

const SOURCES: [(&str, &str); 3] = [
    ("fapi.rs", include_str!("fapi.rs")),
    ("modules.rs", include_str!("modules.rs")),
    ("signing.rs", include_str!("signing.rs")),
];

/// What a reader would otherwise ask about.
const NOTES: [(&str, &str); 9] = [
    ("EnsureAuthorizationRequestWithoutNonceSuccess", "no ID tokens here; a nonce is ignored"),
    ("EnsureAuthorizationRequestWith64CharNonceSuccess", "no ID tokens here; a nonce is ignored"),
    ("EnsureAuthorizationRequestWithLongNonce", "no ID tokens here; a nonce is ignored"),
    ("EnsureDifferentNonceInsideAndOutsideRequestObject", "no ID tokens here; a nonce is ignored"),
    ("EnsureOtherScopeOrderSucceeds", "there is one scope, which may be left out"),
    ("TestClaimsParameterIdentityClaims", "`claims` is ignored: no identity is handed out"),
    ("TestEssentialAcrScaClaim", "`claims` is ignored: every holder signs with user verification"),
    ("TolerateUnregisteredRedirectUri", "not tolerated"),
    ("EnsureServerHandlesNonMatchingIntentId", "the grant is the intent"),
];

const SECURITY_PROFILE: &str = "DiscoveryEndpointVerification HappyFlow UserRejectsAuthentication
EnsureAuthorizationRequestWithoutStateSuccess EnsureAuthorizationRequestWithoutNonceSuccess
EnsureAuthorizationRequestWith64CharNonceSuccess EnsureOtherScopeOrderSucceeds
TestClaimsParameterIdentityClaims AccessTokenTypeHeaderCaseSensitivity CheckDpopProofNbfExp
EnsureDpopProofWithIat10SecondsBeforeSucceeds EnsureDpopProofWithIat10SecondsAfterSucceeds
EnsureMismatchedDpopJktFails EnsureTokenEndpointFailsWithMismatchedDpopProofJkt
EnsureTokenEndpointFailsWithMismatchedDpopJkt EnsureDpopProofAtParEndpointBindingSuccess
EnsureDpopAuthCodeBindingSuccess EnsureDifferentNonceInsideAndOutsideRequestObject
EnsureDifferentStateInsideAndOutsideRequestObject EnsureAuthorizationRequestWithLongNonce
EnsureAuthorizationRequestWithLongState StateOnlyOutsideRequestObjectNotUsed
EnsureRequestObjectWithoutRedirectUriFails EnsureRegisteredRedirectUri
TolerateUnregisteredRedirectUri EnsureUnsignedAuthorizationRequestWithoutUsingParFails
EnsureRedirectUriInAuthorizationRequest EnsureResponseTypeCodeIdTokenFails
EnsureResponseTypeTokenFails EnsureClientIdInTokenEndpoint EnsureHolderOfKeyRequired
EnsureAuthorizationCodeIsBoundToClient AttemptReuseAuthorizationCodeAfterOneSecond
AttemptToUseExpiredAuthCode EnsureSignedClientAssertionWithRS256Fails
EnsureClientAssertionInTokenEndpoint EnsureClientAssertionWithExpIs5MinutesInPastFails
EnsureClientAssertionWithWrongAudFails EnsureClientAssertionWithNoSubFails DpopNegativeTests
RefreshToken EnsureServerHandlesNonMatchingIntentId TestEssentialAcrScaClaim
PAREnsureServerAcceptsReusedRequestUriBeforeAuthenticationCompletion PARAttemptReuseRequestUri
PARAttemptToUseExpiredRequestUri
PAREnsureJWTClientAssertionWithIatNbf8SecondsInTheFutureIsAccepted
PAREnsureJWTClientAssertionWithIatNbfOver60SecondsInTheFutureFails
PAREnsureRequestUriIsBoundToClient PARRejectRequestUriInParAuthorizationFormParams
PARRejectInvalidHttpVerb PAREnsurePKCERequired PAREnsurePKCECodeVerifierRequired
PARIncorrectPKCECodeVerifierRejected PAREnsurePlainPKCERejected ParWithoutDuplicateParameters
PAREndpointAsArrayAudienceFails PAREndpointAsAudienceFails PARTokenEndpointAsAudienceFails";

const MESSAGE_SIGNING: &str = "EnsureServerAcceptsRequestObjectWithMultipleAud
EnsureRequestObjectWithNbf8SecondsInTheFutureIsAccepted EnsureRequestObjectWithoutExpFails
EnsureRequestObjectWithoutNbfFails EnsureExpiredRequestObjectFails
EnsureRequestObjectWithBadAudFails EnsureRequestObjectWithExpOver60Fails
EnsureRequestObjectWithNbfOver60Fails EnsureSignedRequestObjectWithRS256Fails
EnsureRequestObjectSignatureAlgorithmIsNotNone EnsureRequestObjectWithInvalidSignatureFails
EnsureMatchingKeyInAuthorizationRequest EnsureUnsignedRequestAtParEndpointFails
PARRejectRequestUriInParAuthorizationRequest";

/// Where `module` stands in `source` as a whole word: what is before it, and what is after it.
fn split<'a>(source: &'a str, module: &str) -> Option<(&'a str, &'a str)> {
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    source.match_indices(module).map(|(at, _)| source.split_at(at)).find_map(|(before, rest)| {
        let after = rest.strip_prefix(module)?;
        let is_whole = !is_part(before.chars().next_back()) && !is_part(after.chars().next());
        is_whole.then_some((before, after))
    })
}

/// The file and the test function that name `module`.
fn shown_by(module: &str) -> Option<(&'static str, String)> {
    SOURCES.iter().find_map(|(file, source)| {
        let (before, after) = split(source, module)?;
        // A name above a test, in its docstring, is of the test below.
        let is_doc = before.lines().next_back().unwrap_or_default().starts_with("///");
        let test = if is_doc {
            after.split("async fn ").nth(1)
        } else {
            before.rsplit("#[tokio::test]\nasync fn ").next()
        };
        Some((*file, test?.split('(').next()?.to_owned()))
    })
}

/// What the two servers said to `module`: once where it is the same, else both and why.
fn beside(answers: &BTreeMap<String, Answer>, module: &str) -> String {
    let said = |text: &Option<String>| text.clone().unwrap_or_else(|| panic!("{module}: nothing"));
    match answers.get(module) {
        Some(Answer { both: Some(both), .. }) => format!("both: {both}"),
        Some(answer) => {
            let (ours, peer, why) = (said(&answer.ours), said(&answer.peer), said(&answer.why));
            format!("ours: {ours}; oidc-provider: {peer}: {why}")
        }
        None => {
            let why = NOT_SENT.iter().find(|(name, _)| *name == module);
            let (_, why) = why.unwrap_or_else(|| panic!("{module} was sent to nobody"));
            format!("not sent: {why}")
        }
    }
}

fn table(out: &mut String, modules: &str) {
    let answers: BTreeMap<String, Answer> = serde_json::from_str(ANSWERS).unwrap();
    out.push_str("| module | shown by | beside oidc-provider | note |\n|---|---|---|---|\n");
    for module in modules.split_whitespace() {
        let (file, test) = shown_by(module).unwrap_or_else(|| panic!("{module} has no test"));
        let note = NOTES.iter().find(|(name, _)| *name == module).map_or("", |(_, note)| *note);
        let beside = beside(&answers, module);
        writeln!(out, "| {module} | `{file}` `{test}` | {beside} | {note} |").unwrap();
    }
}

#[test]
fn the_table_of_modules_is_true() {
    let count = |modules: &str| modules.split_whitespace().count();
    assert_eq!((count(SECURITY_PROFILE), count(MESSAGE_SIGNING)), (59, 14));
    let mut page = "# FAPI 2.0: the conformance plans, module by module\n\n\
        The OpenID Foundation's suite does not run here. These are our own tests under the names of its modules \
        (regional ones left out),\nfound in `crates/bank-http/tests/it/`. They are no certification. \
        A test keeps this page true; `KANUKI_WRITE_DOCS=1 cargo test -p kanuki-bank-http conformance` writes it.\n\n\
        The third column is what our bank and oidc-provider 9.13.3, which is certified for both plans, said to the same kind of bytes: a status and an error, \
        or what the browser brought back.\n`cargo xtask test --only interop` sends them again and fails if either says anything else.\n\n\
        ## Security Profile Final: 59 modules\n\n"
        .to_owned();
    table(&mut page, SECURITY_PROFILE);
    page.push_str(
        "\n## Message Signing Final: 14 modules\n\nFor clients with `message_signing`.\n\n",
    );
    table(&mut page, MESSAGE_SIGNING);

    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/conformance-fapi.md");
    if std::env::var_os("KANUKI_WRITE_DOCS").is_some() {
        fs::write(&file, &page).unwrap();
    }
    let kept = fs::read_to_string(&file).unwrap_or_default();
    assert!(kept == page, "docs/conformance-fapi.md is not what the tests show");
}
