//! The platform operator's back channel: which identity certificates are revoked.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, StatusCode, header};
use jiff::Timestamp;
use kanuki_bank::holder::enrol::card::CardOperator;
use kanuki_jpki::RevocationEvidence;
use kanuki_site::Transport;

/// A [`CardOperator`] that fetches the list over HTTP, each time anew. Anything but a whole list is
/// [`RevocationEvidence::missing`], with which every card is refused.
pub struct OperatorClient {
    transport: Arc<dyn Transport>,
    list_url: String,
}

impl fmt::Debug for OperatorClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OperatorClient").field("list_url", &self.list_url).finish_non_exhaustive()
    }
}

/// The port to the operator whose revocation list (DER) is at `list_url`.
#[must_use]
pub fn operator_client(transport: Arc<dyn Transport>, list_url: String) -> OperatorClient {
    OperatorClient { transport, list_url }
}

#[async_trait]
impl CardOperator for OperatorClient {
    async fn revocation(&self, _now: Timestamp) -> RevocationEvidence {
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
