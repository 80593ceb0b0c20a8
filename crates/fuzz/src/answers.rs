//! What the other company answers and asks in JSON, outside of linking.

use kanuki_wire::{
    OAuthError,
    ciba::Acknowledged,
    debit::{CreditAnswer, CreditRequest, DebitAnswer, DebitRequest},
    jarm, json,
    par::Pushed,
};
use serde::{Serialize, de::DeserializeOwned};

use crate::Target;

/// What was read is written so that it reads the same.
pub(crate) fn same<T: DeserializeOwned + Serialize>(bytes: &[u8]) {
    let Ok(value) = json::read::<T>(bytes) else { return };
    let Ok(written) = serde_json::to_vec(&value) else { return };
    let again = json::read::<T>(&written)
        .and_then(|again| serde_json::to_vec(&again).map_err(|_| json::JsonError::Shape));
    assert_eq!(again, Ok(written), "a message changed on its way");
}

pub(crate) const MESSAGES: Target = Target {
    name: "messages",
    longest: 2_048,
    run: |bytes| {
        same::<DebitRequest>(bytes);
        same::<CreditRequest>(bytes);
        same::<DebitAnswer>(bytes);
        same::<CreditAnswer>(bytes);
        same::<Pushed>(bytes);
        same::<Acknowledged>(bytes);
        same::<OAuthError>(bytes);
        let _ = jarm::token_in(std::str::from_utf8(bytes).unwrap_or_default());
    },
    seeds: &[
        r#"{"debit_id":"dbt_00000000000000000000000001","amount":"5000"}"#,
        r#"{"payout_id":"pot_00000000000000000000000001","amount":"5000"}"#,
        r#"{"debit_id":"dbt_00000000000000000000000001","result":{"outcome":"booked","booked_at":"2026-12-01T00:00:00Z"}}"#,
        r#"{"debit_id":"dbt_00000000000000000000000001","result":{"outcome":"refused","reason":"over_limit"}}"#,
        r#"{"payout_id":"pot_00000000000000000000000001","result":{"outcome":"pending"}}"#,
        r#"{"request_uri":"urn:ietf:params:oauth:request_uri:abc","expires_in":300}"#,
        r#"{"auth_req_id":"abc","expires_in":300,"interval":5}"#,
        r#"{"error":"authorization_pending","error_description":"wait"}"#,
        "response=a.b.c&state=s",
    ],
};
