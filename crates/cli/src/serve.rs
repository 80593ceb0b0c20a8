//! Listening on loopback, and stopping cleanly.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use anyhow::{Context as _, Result};
use axum::Router;
use kanuki_site::World;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

use crate::{
    Outcome,
    real::{Network, SystemClock, SystemEntropy},
};

/// Tells everything to stop.
pub(crate) type Stop = watch::Receiver<bool>;

/// Opens a port on loopback; port 0 is any free one.
pub(crate) async fn listen(port: u16) -> Result<TcpListener> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    TcpListener::bind(address).await.with_context(|| {
        format!("port {port} is in use: choose others with --wallet-port and --bank-port")
    })
}

/// Serves `router` until told to stop; requests in flight are finished.
pub(crate) fn serve(listener: TcpListener, router: Router, mut stop: Stop) -> JoinHandle<()> {
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move {
        let stopped = async move {
            let _gone = stop.wait_for(|is_stopping| *is_stopping).await;
        };
        if let Err(error) = axum::serve(listener, service).with_graceful_shutdown(stopped).await {
            tracing::error!(%error, "a server ended");
        }
    })
}

/// Waits for Ctrl-C or SIGTERM.
pub(crate) async fn asked_to_stop() -> Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        pressed = tokio::signal::ctrl_c() => pressed?,
        _ = terminate.recv() => {}
    }
    Ok(())
}

/// Runs one company's server on `port` until told to stop. `build` puts it together.
pub(crate) fn run_one<B>(port: u16, build: B) -> Result<Outcome>
where
    B: AsyncFnOnce(World, Stop) -> Result<(Router, JoinHandle<()>)>,
{
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = listen(port).await?;
        let (stopper, stop) = watch::channel(false);
        let world =
            World::new(Arc::new(SystemClock), Arc::new(SystemEntropy), Arc::new(Network::new()?));
        let (router, workers) = build(world, stop.clone()).await?;
        let server = serve(listener, router, stop);
        println!("ready port={port}");
        asked_to_stop().await?;
        stopper.send(true)?;
        server.await?;
        workers.await?;
        Ok(Outcome::Well)
    })
}
