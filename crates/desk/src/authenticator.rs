//! A person's passkeys, and how each of them came to be.

use jiff::Timestamp;
use kanuki_domain::{Ctx, id::AuthenticatorId, mandate::Route};
use kanuki_passkey::Passkey;
use kanuki_record::{Book, RecordError, Stored, record};
use serde::{Deserialize, Serialize};

/// One passkey of one person.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Authenticator {
    /// Its name.
    pub authenticator_id: AuthenticatorId,
    /// Whose: a customer, holder or staff id.
    pub owner_id: String,
    /// The public half.
    pub passkey: Passkey,
    /// What its owner calls it.
    pub label: String,
    /// How it was registered.
    pub route: Route,
    /// When.
    pub created_at: Timestamp,
    /// When its owner, or a report, ended it.
    pub revoked_at: Option<Timestamp>,
}

record! { Authenticator => "authenticator" by |a| a.authenticator_id.to_string();
    unique credential_id = |a| Some(a.passkey.credential_id().to_string());
    many owner_id = |a| Some(a.owner_id.clone());
}

impl Authenticator {
    /// A passkey that was just registered.
    pub fn register(
        ctx: &Ctx<'_>,
        owner_id: impl ToString,
        passkey: Passkey,
        label: &str,
        route: Route,
    ) -> Self {
        Self {
            authenticator_id: AuthenticatorId::generate(ctx),
            owner_id: owner_id.to_string(),
            passkey,
            label: label.to_owned(),
            route,
            created_at: ctx.now,
            revoked_at: None,
        }
    }
}

/// Everything that `owner` can sign in with now.
pub async fn list_live(
    book: &Book,
    owner_id: impl ToString + Send,
) -> Result<Vec<Stored<Authenticator>>, RecordError> {
    let all = book.list::<Authenticator>("owner_id", &owner_id.to_string()).await?;
    Ok(all.into_iter().filter(|a| a.revoked_at.is_none()).collect())
}
