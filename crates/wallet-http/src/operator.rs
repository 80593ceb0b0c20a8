//! The platform operator's back channel: which identity certificates are revoked.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use jiff::Timestamp;
use kanuki_jpki::{HeldList, RevocationEvidence};
use kanuki_site::Transport;
use kanuki_wallet::IdentityPort;
use tokio::sync::Mutex;

/// An [`IdentityPort`] that fetches the revocation list over HTTP and holds it for a short while.
///
/// Anything but a whole list is [`RevocationEvidence::missing`], with which every proof is refused.
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
impl IdentityPort for OperatorClient {
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
        let request = Request::builder()
            .method(Method::GET)
            .uri(&self.list_url)
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
            Ok(answer) => {
                let status = answer.status().as_u16();
                tracing::warn!(status, "no revocation list: every proof is refused");
                RevocationEvidence::missing()
            }
            Err(error) => {
                tracing::warn!(%error, "no revocation list: every proof is refused");
                RevocationEvidence::missing()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use http::Response;
    use kanuki_site::TransportError;

    use super::*;

    struct Answers(Result<(u16, &'static [u8]), TransportError>);

    #[async_trait]
    impl Transport for Answers {
        async fn call(&self, _: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
            let (status, body) = self.0?;
            Ok(Response::builder().status(status).body(Bytes::from_static(body)).unwrap())
        }
    }

    async fn asked(answer: Result<(u16, &'static [u8]), TransportError>) -> RevocationEvidence {
        let client = operator_client(Arc::new(Answers(answer)), "http://op.test/crl".to_owned());
        client.revocation(Timestamp::UNIX_EPOCH).await
    }

    #[tokio::test]
    async fn no_list_means_that_nothing_is_known() {
        assert_eq!(asked(Err(TransportError::TimedOut)).await, RevocationEvidence::missing());
        assert_eq!(asked(Ok((503, b"later"))).await, RevocationEvidence::missing());
        assert_eq!(asked(Ok((200, b"der"))).await.crl(), Some(b"der".as_slice()));
    }

    struct Counts(Mutex<u32>);

    #[async_trait]
    impl Transport for Counts {
        async fn call(&self, _: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
            *self.0.lock().await += 1;
            Ok(Response::builder().status(200).body(Bytes::from_static(b"der")).unwrap())
        }
    }

    #[tokio::test]
    async fn many_cards_within_a_short_while_fetch_one_list() {
        let wire = Arc::new(Counts(Mutex::default()));
        let client = operator_client(wire.clone(), "http://op.test/crl".to_owned());
        let at = |secs| Timestamp::from_second(secs).unwrap();

        for _ in 0..20 {
            client.revocation(at(1_000)).await;
        }
        assert_eq!(*wire.0.lock().await, 1);
        client.revocation(at(1_029)).await;
        assert_eq!(*wire.0.lock().await, 1);
        client.revocation(at(1_030)).await;
        assert_eq!(*wire.0.lock().await, 2, "it is held no longer than that");
    }
}
