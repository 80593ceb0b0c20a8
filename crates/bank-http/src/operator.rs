//! The platform operator's back channel: which identity certificates are revoked.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, StatusCode, header};
use jiff::Timestamp;
use kanuki_bank::holder::enrol::card::CardOperator;
use kanuki_jpki::{HeldList, RevocationEvidence};
use kanuki_site::Transport;
use tokio::sync::Mutex;

/// A [`CardOperator`] that fetches the list over HTTP and holds it for a short while. Anything but a
/// whole list is [`RevocationEvidence::missing`], with which every card is refused.
pub struct OperatorClient {
    transport: Arc<dyn Transport>,
    list_url: String,
    /// Locked while a list is fetched, so that there is one fetch under way.
    held: Mutex<Option<HeldList>>,
}

impl fmt::Debug for OperatorClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OperatorClient").field("list_url", &self.list_url).finish_non_exhaustive()
    }
}

/// The port to the operator whose revocation list (DER) is at `list_url`.
#[must_use]
pub fn operator_client(transport: Arc<dyn Transport>, list_url: String) -> OperatorClient {
    OperatorClient { transport, list_url, held: Mutex::default() }
}

#[async_trait]
impl CardOperator for OperatorClient {
    async fn revocation(&self, now: Timestamp) -> RevocationEvidence {
        let mut held = self.held.lock().await;
        if let Some(evidence) = held.as_ref().and_then(|held| held.at(now)) {
            return evidence.clone();
        }
        let evidence = self.fetch().await;
        *held = Some(HeldList::new(evidence.clone(), now));
        evidence
    }
}

impl OperatorClient {
    async fn fetch(&self) -> RevocationEvidence {
        let request = Request::get(&self.list_url)
            .header(header::ACCEPT, "application/pkix-crl")
            .body(Bytes::new());
        let Ok(request) = request else {
            tracing::error!("the address of the revocation list is wrong");
            return RevocationEvidence::missing();
        };
        match self.transport.call(request).await {
            Ok(answer) if answer.status() == StatusCode::OK => {
                RevocationEvidence::from_crl(answer.into_body().to_vec())
            }
            other => {
                let status = other.map(|answer| answer.status().as_u16());
                tracing::warn!(?status, "no revocation list: every card is refused");
                RevocationEvidence::missing()
            }
        }
    }
}
