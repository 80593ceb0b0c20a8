//! What a person signs with a passkey, a card or the bank's app: exactly the transaction that was shown, and nothing else.
//!
//! Dynamic linking (PSD2 RTS article 5): the challenge *is* the hash of amount and payee, so a
//! signature is worth nothing for any other. The nonce keeps the challenge unguessable; the
//! canonical text is kept as evidence.

use kanuki_domain::{
    Yen,
    id::{DebitId, DelegationId, MandateId, MerchantId, WalletId},
    mandate::Terms,
};
use serde::{Deserialize, Serialize};

use crate::{
    jcs::{self, JcsError},
    mandate::{Action, BindingMethod},
};

/// A contact that a holder can change with a passkey.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContactKind {
    /// The telephone number.
    Phone,
    /// The mail address.
    Email,
}

impl ContactKind {
    /// Its name in forms, messages and the log.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Email => "email",
        }
    }
}

/// One transaction, as it was shown. `nonce` is at least 128 random bits as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Signed {
    /// At the bank: this wallet may debit this account on these terms.
    Mandate {
        /// As the bank's register of clients has it.
        wallet_name: String,
        /// `***4567`.
        account_mask: String,
        /// What it may do.
        actions: Vec<Action>,
        /// How much, how often, until when.
        terms: Terms,
        /// How the wallet came to know its customer.
        binding: BindingMethod,
        /// The mandate whose terms it replaces, when the holder agrees anew.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        replaces: Option<MandateId>,
        /// Random.
        nonce: String,
    },
    /// At the bank: this one debit, outside of what its mandate allows.
    Debit {
        /// As the bank's register of clients has it.
        wallet_name: String,
        /// Under which mandate.
        mandate_id: MandateId,
        /// Which debit.
        debit_id: DebitId,
        /// `***4567`.
        account_mask: String,
        /// Exactly how much.
        amount: Yen,
        /// It is above what the mandate allows, and was shown as such.
        beyond_terms: bool,
        /// It comes from a device that the mandate does not know, and makes it known.
        new_device: bool,
        /// Random.
        nonce: String,
    },
    /// At the wallet: money to another person's wallet.
    Remittance {
        /// Whose money.
        from: WalletId,
        /// To whom.
        to: WalletId,
        /// The payee's name as it was shown.
        to_name: String,
        /// How much.
        amount: Yen,
        /// Random.
        nonce: String,
    },
    /// At the wallet: money to one's own bank account.
    Payout {
        /// Whose money.
        from: WalletId,
        /// How much.
        amount: Yen,
        /// The bank's name as it was shown.
        bank: String,
        /// `***4567`.
        account_mask: String,
        /// Random.
        nonce: String,
    },
    /// At the bank: higher caps for one mandate.
    RaiseCap {
        /// Which mandate.
        mandate_id: MandateId,
        /// The terms once they hold.
        terms: Terms,
        /// Random.
        nonce: String,
    },
    /// At the bank: an account that was locked against new links shall take them again.
    OpenToLinks {
        /// `***4567`.
        account_mask: String,
        /// Random.
        nonce: String,
    },
    /// At the bank: another telephone number or mail address.
    ChangeContact {
        /// Which of the two.
        contact: ContactKind,
        /// What it becomes.
        to: String,
        /// Random.
        nonce: String,
    },
    /// At the bank: whoever answers is there. Nothing else follows from it.
    SignIn {
        /// The bank's name.
        bank: String,
        /// Random.
        nonce: String,
    },
    /// At the bank: an identity card beside the passkey that signs this.
    AddCard {
        /// The bank's name.
        bank: String,
        /// Random.
        nonce: String,
    },
    /// At the bank: a key of the bank's own app beside the passkey that signs this.
    AddApp {
        /// The bank's name.
        bank: String,
        /// Random.
        nonce: String,
    },
    /// At the bank: somebody may look after the holder's accounts: look and stop, never spend.
    InviteDelegate {
        /// What the holder calls them.
        label: String,
        /// The bank's notices are announced to them too.
        tells: bool,
        /// The delegation that goes on for another year, when it is no new one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        renews: Option<DelegationId>,
        /// Random.
        nonce: String,
    },
    /// At the bank: the holder hears less than before.
    LowerAlerts {
        /// Debits of this much and more are told.
        debits_from: Yen,
        /// Attempts that were refused are told.
        attempts: bool,
        /// Debits are told to this one contact alone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        debits_only_to: Option<ContactKind>,
        /// Random.
        nonce: String,
    },
    /// At the wallet: money from a bank account into the wallet.
    Topup {
        /// Whose wallet.
        to: WalletId,
        /// How much.
        amount: Yen,
        /// The bank's name as it was shown.
        bank: String,
        /// `***4567`.
        account_mask: String,
        /// Random.
        nonce: String,
    },
    /// At the wallet: money to a shop.
    Payment {
        /// Whose money.
        from: WalletId,
        /// To which shop.
        to: MerchantId,
        /// The shop's name as it was shown.
        to_name: String,
        /// How much.
        amount: Yen,
        /// Random.
        nonce: String,
    },
    /// At the wallet: it is to be closed.
    CloseWallet {
        /// Which.
        wallet: WalletId,
        /// What was in it, as it was shown.
        left: Yen,
        /// Random.
        nonce: String,
    },
    /// At the wallet: it is to be kept after all.
    KeepWallet {
        /// Which.
        wallet: WalletId,
        /// Random.
        nonce: String,
    },
}

impl Signed {
    /// The text that is hashed (RFC 8785), to be kept as evidence.
    pub fn canonical(&self) -> Result<Vec<u8>, JcsError> {
        jcs::canonical(self)
    }

    /// The passkey's challenge: SHA-256 of [`Signed::canonical`].
    ///
    /// No value of this type fails; the error only exists because a serializer's type has one.
    pub fn challenge(&self) -> Result<[u8; 32], JcsError> {
        jcs::digest(self)
    }

    /// The nonce inside.
    #[must_use]
    pub fn nonce(&self) -> &str {
        match self {
            Self::Mandate { nonce, .. }
            | Self::Debit { nonce, .. }
            | Self::Remittance { nonce, .. }
            | Self::Payout { nonce, .. }
            | Self::RaiseCap { nonce, .. }
            | Self::ChangeContact { nonce, .. }
            | Self::OpenToLinks { nonce, .. }
            | Self::Topup { nonce, .. }
            | Self::SignIn { nonce, .. }
            | Self::AddCard { nonce, .. }
            | Self::AddApp { nonce, .. }
            | Self::InviteDelegate { nonce, .. }
            | Self::LowerAlerts { nonce, .. }
            | Self::CloseWallet { nonce, .. }
            | Self::KeepWallet { nonce, .. }
            | Self::Payment { nonce, .. } => nonce,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remittance(amount: u32, to: &str, to_name: &str, nonce: &str) -> Signed {
        Signed::Remittance {
            from: WalletId::from_bits(1),
            to: WalletId::derive(&[to]),
            to_name: to_name.into(),
            amount: Yen::of(amount),
            nonce: nonce.into(),
        }
    }

    #[test]
    fn the_signed_text_is_canonical() {
        let signed = Signed::Payout {
            from: WalletId::from_bits(1),
            amount: Yen::of(5000),
            bank: "閂銀行".into(),
            account_mask: "***4567".into(),
            nonce: "n".into(),
        };

        assert_eq!(signed.nonce(), "n");
        assert_eq!(
            String::from_utf8(signed.canonical().unwrap()).unwrap(),
            concat!(
                r#"{"account_mask":"***4567","amount":"5000","bank":"閂銀行","#,
                r#""from":"wal_00000000000000000000000001","kind":"payout","nonce":"n"}"#
            )
        );
        let kept: Signed = serde_json::from_slice(&signed.canonical().unwrap()).unwrap();
        assert_eq!(kept, signed);
    }

    #[test]
    fn any_change_asks_for_another_signature() {
        let signed = remittance(5000, "a", "Hana", "n").challenge();
        assert_eq!(signed, remittance(5000, "a", "Hana", "n").challenge());

        for other in [
            remittance(5001, "a", "Hana", "n"),
            remittance(5000, "b", "Hana", "n"),
            remittance(5000, "a", "Hanae", "n"),
            remittance(5000, "a", "Hana", "m"),
            Signed::Payment {
                from: WalletId::from_bits(1),
                to: MerchantId::derive(&["a"]),
                to_name: "Hana".into(),
                amount: Yen::of(5000),
                nonce: "n".into(),
            },
        ] {
            assert_ne!(other.challenge(), signed, "{other:?}");
        }
    }
}
