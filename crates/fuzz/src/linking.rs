//! Forms, queries and JSON of the linking protocol.

use kanuki_wire::{
    Form, approval,
    callback::Callback,
    client_assertion::Credentials,
    debit::DebitRequest,
    form, json, keys, mandate,
    metadata::Metadata,
    par::{AuthorizationRequest, AuthorizeQuery},
    token::{TokenRequest, TokenResponse},
};

use crate::Target;

const ISSUER: &str = "https://bank.example";

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

pub(crate) const FORM: Target = Target {
    name: "form",
    longest: 2_048,
    run: |bytes| {
        let Ok(form) = Form::decode(bytes) else { return };
        // What was read is written so that it reads the same, where its escapes leave it short enough.
        let written = form.encode();
        if written.len() <= form::MAX_BYTES {
            let again = Form::decode(written.as_bytes());
            assert_eq!(again.ok().as_ref(), Some(&form), "a form changed on its way");
        }
        let _ = AuthorizationRequest::parse(&form, "wallet");
        let _ = Credentials::from_form(&form);
        let _ = TokenRequest::parse(&form);
    },
    seeds: &[
        "client_id=wallet&response_type=code&scope=mandate&redirect_uri=https%3A%2F%2Fw.example%2Fc&code_challenge=0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I&code_challenge_method=S256&authorization_details=%5B%5D&state=s",
        "grant_type=authorization_code&code=abc&redirect_uri=https%3A%2F%2Fw.example%2Fc&code_verifier=0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I",
        "grant_type=refresh_token&refresh_token=abc&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=a.b.c",
    ],
};

pub(crate) const AUTHORIZE: Target = Target {
    name: "authorize",
    longest: 2_048,
    run: |bytes| {
        let _ = AuthorizeQuery::parse(text(bytes));
    },
    seeds: &[
        "client_id=wallet&request_uri=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3Aabc&state=x",
    ],
};

pub(crate) const DETAILS: Target = Target {
    name: "details",
    longest: 2_048,
    run: |bytes| {
        if let Ok(request) = mandate::Request::parse(text(bytes)) {
            let again = request.to_details().and_then(|d| mandate::Request::parse(&d));
            assert_eq!(again.ok().as_ref(), Some(&request), "a mandate changed on its way");
        }
        let _: Result<TokenResponse, _> = TokenResponse::parse(bytes);
    },
    seeds: &[
        r#"[{"type":"urn:kanuki:mandate:1","actions":["debit","credit"],"wallet":{"account_ref":"r-1"},"holder_binding":{"method":"jpki","assertion":"a.b.c"},"terms":{"max_individual":"1","periodic":[{"period":"day","alignment":"rolling","amount":"2"},{"period":"month","alignment":"calendar","tz":"Asia/Tokyo","amount":"3","max_debits":9}],"max_debits":99,"interaction":["in_session","off_session"],"valid_from":"2026-12-01T00:00:00Z","valid_to":"2027-01-01T00:00:00Z"}}]"#,
        r#"{"access_token":"a","token_type":"DPoP","expires_in":300,"refresh_token":"r","authorization_details":[]}"#,
    ],
};

pub(crate) const DEBIT_DETAILS: Target = Target {
    name: "debit_details",
    longest: 2_048,
    run: |bytes| {
        if let Ok(request) = approval::Request::parse(text(bytes)) {
            let again = request.to_details().and_then(|d| approval::Request::parse(&d));
            assert_eq!(again.ok().as_ref(), Some(&request), "a debit changed on its way");
            let _ = request.check_time(jiff::Timestamp::UNIX_EPOCH);
        }
        let _: Result<TokenResponse<approval::Granted>, _> = TokenResponse::parse(bytes);
        let _ = json::read::<DebitRequest>(bytes);
    },
    seeds: &[
        r#"[{"type":"urn:kanuki:debit:1","mandate_id":"man_00000000000000000000000001","debit_id":"dbt_00000000000000000000000001","amount":"30000","nonce":"0123456789abcdef","expires_at":"2026-12-01T00:00:00Z"}]"#,
        r#"{"access_token":"a","token_type":"DPoP","expires_in":300,"authorization_details":[{"type":"urn:kanuki:debit:1","mandate_id":"man_00000000000000000000000001","debit_id":"dbt_00000000000000000000000001","amount":"30000","account":{"handle":"h","mask":"***4567"},"signed_at":"2026-12-01T00:00:00Z"}]}"#,
        r#"{"debit_id":"dbt_00000000000000000000000001","amount":"30000","authn_evidence":{"device":"0123456789abcdef","signed_in_by":"passkey","signed_in_at":"2026-12-01T00:00:00Z"}}"#,
    ],
};

pub(crate) const CALLBACK: Target = Target {
    name: "callback",
    longest: 2_048,
    run: |bytes| {
        if let Ok(callback) = Callback::parse(text(bytes)) {
            let _ = callback.accept(ISSUER, "state");
        }
    },
    seeds: &[
        "code=abc&state=state&iss=https%3A%2F%2Fbank.example",
        "error=access_denied&error_description=no&state=state&iss=https%3A%2F%2Fbank.example",
        "response=a.b.c",
    ],
};

pub(crate) const METADATA: Target = Target {
    name: "metadata",
    longest: 2_048,
    run: |bytes| {
        let _ = Metadata::parse(bytes, ISSUER);
    },
    seeds: &[
        r#"{"issuer":"https://bank.example","authorization_endpoint":"https://bank.example/authorize","token_endpoint":"https://bank.example/token","pushed_authorization_request_endpoint":"https://bank.example/par","require_pushed_authorization_requests":true,"code_challenge_methods_supported":["S256"],"response_types_supported":["code"]}"#,
    ],
};

pub(crate) const JWKS: Target = Target {
    name: "jwks",
    longest: 2_048,
    run: |bytes| {
        let _ = keys::fetched::read(bytes);
    },
    seeds: &[
        r#"{"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","kid":"1","use":"sig","alg":"ES256"}]}"#,
        r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"2"}]}"#,
    ],
};
