//! What a person signs in and signs with, how each came to be, and what each kind is worth.
//!
//! One table says of each kind how sure the bank is, whether it can be relayed, what somebody must
//! have, and what it may do. The use cases go by it, and a test keeps `docs/enrolment.md` true to it.

use jiff::Timestamp;
use kanuki_domain::{
    Ctx,
    assurance::Acr,
    id::AuthenticatorId,
    mandate::Route,
    route::{Assurance, Possession},
};
use kanuki_passkey::Passkey;
use kanuki_record::{Book, RecordError, Stored, record};
use kanuki_wire::keys::PublicJwk;
use serde::{Deserialize, Serialize};

/// The kinds of authenticators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A passkey.
    Passkey,
    /// The identity card's certificate for user authentication (JPKI, 利用者証明用電子証明書).
    IdentityCard,
    /// A key that the bank's own app keeps in a telephone.
    BankApp,
}

/// What an authenticator may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// To sign in.
    SignIn,
    /// To consent to a mandate, or to agree anew.
    Mandate,
    /// To approve one debit outside of its mandate.
    Debit,
    /// To raise caps.
    RaiseCaps,
    /// To open a locked account to new links.
    OpenToLinks,
    /// To change a contact: where everything else is told.
    ChangeContact,
    /// To let in another authenticator.
    AddAuthenticator,
    /// To let somebody look after the accounts: look and stop, never spend.
    InviteDelegate,
}

impl Act {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::SignIn,
        Self::Mandate,
        Self::Debit,
        Self::RaiseCaps,
        Self::OpenToLinks,
        Self::ChangeContact,
        Self::AddAuthenticator,
        Self::InviteDelegate,
    ];
}

/// What holds for one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KindRule {
    /// Which.
    pub kind: Kind,
    /// How sure the bank is of who it was.
    pub assurance: Assurance,
    /// Whether a page that stands in between gains nothing.
    pub resists_phishing: bool,
    /// What it needs somebody to have.
    pub possession: Possession,
    /// What a token says that rests on its signature (RFC 9470).
    pub acr: Acr,
    /// What it may do.
    pub may: &'static [Act],
}

const PASSKEY: KindRule = KindRule {
    kind: Kind::Passkey,
    assurance: Assurance::High,
    resists_phishing: true,
    possession: Possession::DeviceKey,
    acr: Acr::PasskeyUvDynamic,
    may: &Act::ALL,
};

/// What makes it resist phishing is that the app signs for the origin that it answers to, and that the
/// answer counts only in the one browser that set out for it and came back (RFC 9700 section 4.7).
///
/// Its PIN has four digits and the card lies in a drawer: it does not move where notices go, and
/// lets nothing else in.
const IDENTITY_CARD: KindRule = KindRule {
    kind: Kind::IdentityCard,
    possession: Possession::IdentityCard,
    acr: Acr::Jpki,
    may: &[
        Act::SignIn,
        Act::Mandate,
        Act::Debit,
        Act::RaiseCaps,
        Act::OpenToLinks,
        Act::InviteDelegate,
    ],
    ..PASSKEY
};

/// What makes it resist phishing is the same as with a card: it signs for this bank alone, and what it
/// signed counts only in the one browser that set out for it and came back by the app's own way. An
/// answer on another device than the page is not taken at all, because such an approval can be relayed
/// (RFC 10027).
///
/// No authenticator vouches for the app's key and for its asking who is there: hence the class.
const BANK_APP: KindRule = KindRule {
    kind: Kind::BankApp,
    possession: Possession::AppKey,
    acr: Acr::BankApp,
    ..IDENTITY_CARD
};

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Passkey, Self::IdentityCard, Self::BankApp];

    /// What holds for it.
    #[must_use]
    pub const fn rule(self) -> &'static KindRule {
        match self {
            Self::Passkey => &PASSKEY,
            Self::IdentityCard => &IDENTITY_CARD,
            Self::BankApp => &BANK_APP,
        }
    }

    /// Its name in forms, messages and the log.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Passkey => "passkey",
            Self::IdentityCard => "identity-card",
            Self::BankApp => "bank-app",
        }
    }

    /// Whether it may be used for this.
    #[must_use]
    pub fn may(self, act: Act) -> bool {
        self.rule().may.contains(&act)
    }
}

/// What proves that its owner is there.
#[derive(Clone, Debug)]
pub enum Means {
    /// The public half of a passkey.
    Passkey(Passkey),
    /// An identity card's certificate for user authentication, as a keyed hash. It names nobody, and
    /// what a certificate is kept for is limited by law: this finds its owner, and no more.
    IdentityCard(String),
    /// The public half of the key that the bank's app keeps.
    BankApp(PublicJwk),
}

impl Means {
    fn credential(&self) -> String {
        match self {
            Self::Passkey(passkey) => passkey.credential_id().to_string(),
            Self::IdentityCard(hash) => card_credential(hash),
            Self::BankApp(key) => app_credential(&key.thumbprint()),
        }
    }
}

fn card_credential(hash: &str) -> String {
    format!("card:{hash}")
}

fn app_credential(thumbprint: &str) -> String {
    format!("app:{thumbprint}")
}

/// One authenticator of one person.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "Row", into = "Row")]
pub struct Authenticator {
    /// Its name.
    pub authenticator_id: AuthenticatorId,
    /// Whose: a customer, holder or staff id.
    pub owner_id: String,
    /// What it is.
    pub means: Means,
    /// What its owner calls it.
    pub label: String,
    /// How it was registered.
    pub route: Route,
    /// When.
    pub created_at: Timestamp,
    /// When its owner, or a report, ended it.
    pub revoked_at: Option<Timestamp>,
    /// The authenticator whose signature let it in: it ends with that one.
    pub let_in_by: Option<AuthenticatorId>,
}

/// How it is kept: with one of three members, of which there was only the first for long.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Row {
    authenticator_id: AuthenticatorId,
    owner_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    passkey: Option<Passkey>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    card: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    app: Option<PublicJwk>,
    label: String,
    route: Route,
    created_at: Timestamp,
    revoked_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    let_in_by: Option<AuthenticatorId>,
}

impl TryFrom<Row> for Authenticator {
    type Error = &'static str;

    fn try_from(row: Row) -> Result<Self, Self::Error> {
        let means = match (row.passkey, row.card, row.app) {
            (Some(passkey), None, None) => Means::Passkey(passkey),
            (None, Some(hash), None) => Means::IdentityCard(hash),
            (None, None, Some(key)) => Means::BankApp(key),
            _ => return Err("an authenticator of no one kind"),
        };
        let Row { authenticator_id, owner_id, label, route, created_at, revoked_at, .. } = row;
        let let_in_by = row.let_in_by;
        Ok(Self {
            authenticator_id,
            owner_id,
            means,
            label,
            route,
            created_at,
            revoked_at,
            let_in_by,
        })
    }
}

impl From<Authenticator> for Row {
    fn from(of: Authenticator) -> Self {
        let (passkey, card, app) = match of.means {
            Means::Passkey(passkey) => (Some(passkey), None, None),
            Means::IdentityCard(hash) => (None, Some(hash), None),
            Means::BankApp(key) => (None, None, Some(key)),
        };
        Self {
            authenticator_id: of.authenticator_id,
            owner_id: of.owner_id,
            passkey,
            card,
            app,
            label: of.label,
            route: of.route,
            created_at: of.created_at,
            revoked_at: of.revoked_at,
            let_in_by: of.let_in_by,
        }
    }
}

record! { Authenticator => "authenticator" by |a| a.authenticator_id.to_string();
    unique credential_id = |a| Some(a.means.credential());
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
        Self::new(ctx, owner_id, (Means::Passkey(passkey), label), route)
    }

    /// An identity card that was just let in, by the keyed hash of its certificate.
    pub fn register_card(
        ctx: &Ctx<'_>,
        owner_id: impl ToString,
        certificate_hash: String,
        route: Route,
    ) -> Self {
        Self::new(ctx, owner_id, (Means::IdentityCard(certificate_hash), "card"), route)
    }

    /// A key of the bank's app that was just let in.
    pub fn register_app(
        ctx: &Ctx<'_>,
        owner_id: impl ToString,
        key: PublicJwk,
        route: Route,
    ) -> Self {
        Self::new(ctx, owner_id, (Means::BankApp(key), "app"), route)
    }

    fn new(
        ctx: &Ctx<'_>,
        owner_id: impl ToString,
        (means, label): (Means, &str),
        route: Route,
    ) -> Self {
        Self {
            authenticator_id: AuthenticatorId::generate(ctx),
            owner_id: owner_id.to_string(),
            means,
            label: label.to_owned(),
            route,
            created_at: ctx.now,
            revoked_at: None,
            let_in_by: None,
        }
    }

    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self.means {
            Means::Passkey(_) => Kind::Passkey,
            Means::IdentityCard(_) => Kind::IdentityCard,
            Means::BankApp(_) => Kind::BankApp,
        }
    }

    /// The passkey, if it is one.
    #[must_use]
    pub const fn passkey(&self) -> Option<&Passkey> {
        match &self.means {
            Means::Passkey(passkey) => Some(passkey),
            Means::IdentityCard(_) | Means::BankApp(_) => None,
        }
    }

    /// The key of the bank's app, if it is one.
    #[must_use]
    pub const fn app_key(&self) -> Option<&PublicJwk> {
        match &self.means {
            Means::BankApp(key) => Some(key),
            Means::Passkey(_) | Means::IdentityCard(_) => None,
        }
    }

    /// Keeps the passkey as it stands after it was used.
    pub fn keep(&mut self, passkey: Passkey) {
        self.means = Means::Passkey(passkey);
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

/// The passkeys among them, for a ceremony.
pub async fn list_passkeys(
    book: &Book,
    owner_id: impl ToString + Send,
) -> Result<Vec<Stored<Authenticator>>, RecordError> {
    let live = list_live(book, owner_id).await?;
    Ok(live.into_iter().filter(|a| a.kind() == Kind::Passkey).collect())
}

/// The card with this certificate, ended ones too: a card that was let in once is nobody else's.
pub async fn find_card(
    book: &Book,
    certificate_hash: &str,
) -> Result<Option<Stored<Authenticator>>, RecordError> {
    book.find_by::<Authenticator>("credential_id", &card_credential(certificate_hash)).await
}

/// The key of the bank's app with this thumbprint, ended ones too: a key that was let in once is nobody
/// else's.
pub async fn find_app(
    book: &Book,
    thumbprint: &str,
) -> Result<Option<Stored<Authenticator>>, RecordError> {
    book.find_by::<Authenticator>("credential_id", &app_credential(thumbprint)).await
}

/// The public halves of passkeys, in their order.
#[must_use]
pub fn keys_of(passkeys: &[Stored<Authenticator>]) -> Vec<Passkey> {
    passkeys.iter().filter_map(|a| a.passkey().cloned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(kind: Kind) -> String {
        let rule = kind.rule();
        let needs = match rule.possession {
            Possession::DeviceKey => "a key in the device",
            Possession::AppKey => "the bank's app on the telephone that shows the page",
            Possession::IdentityCard => "the card and its PIN",
            Possession::Themself
            | Possession::Line
            | Possession::CashCard
            | Possession::Letterbox => unreachable!("no authenticator"),
        };
        let word = |act: &Act| match act {
            Act::SignIn => "signs in",
            Act::Mandate => "mandates",
            Act::Debit => "single debits",
            Act::RaiseCaps => "raised caps",
            Act::OpenToLinks => "opening a lock",
            Act::ChangeContact => "contacts",
            Act::AddAuthenticator => "another authenticator",
            Act::InviteDelegate => "inviting a delegate",
        };
        let may: Vec<&str> = rule.may.iter().map(word).collect();
        let sureness = match rule.assurance {
            Assurance::Low => "low",
            Assurance::Substantial => "substantial",
            Assurance::High => "high",
        };
        let resists = if rule.resists_phishing { "yes" } else { "no" };
        format!(
            "| *{}* | {needs} | {sureness} | {resists} | {} | {} |",
            kind.name(),
            rule.acr.as_str(),
            may.join(", "),
        )
    }

    #[test]
    fn the_page_says_what_the_table_says() {
        let docs = include_str!("../../../docs/enrolment.md");
        let rows: Vec<&str> = docs.lines().filter(|line| line.starts_with("| *")).collect();

        assert_eq!(rows, Kind::ALL.map(row));
    }

    #[test]
    fn whatever_signs_resists_phishing_and_only_a_passkey_moves_where_notices_go() {
        for kind in Kind::ALL {
            assert!(kind.rule().resists_phishing && kind.rule().assurance == Assurance::High);
            let is_passkey = kind == Kind::Passkey;
            assert_eq!(kind.may(Act::ChangeContact), is_passkey, "{kind:?}");
            assert_eq!(kind.may(Act::AddAuthenticator), is_passkey, "{kind:?}");
        }
    }
}
