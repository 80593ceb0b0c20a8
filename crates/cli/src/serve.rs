//! Listening on loopback, and stopping cleanly.

use std::{
    io::Write as _,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use anyhow::{Context as _, Result};
use axum::Router;
use kanuki_site::World;
use kanuki_watch::Lang;
use tokio::{
    net::TcpListener,
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
    task::JoinHandle,
};

use crate::{
    Outcome,
    real::{Network, SystemClock, SystemEntropy},
};

/// Tells everything to stop.
pub(crate) type Stop = watch::Receiver<bool>;

/// Opens a port on loopback; port 0 is any free one.
/// `choose` is what to do where it is taken.
pub(crate) async fn listen(port: u16, choose: &str) -> Result<TcpListener> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let listener = TcpListener::bind(address).await;
    listener.with_context(|| format!("port {port} is in use: {choose}"))
}

/// The same for a command that has one port, refused in the reader's language.
pub(crate) async fn listen_for(port: u16, lang: Lang) -> Result<TcpListener> {
    let listener = listen(port, "choose another one with --port, such as --port 8099").await;
    listener.map_err(|error| match lang {
        Lang::En => error,
        Lang::Ja => anyhow::anyhow!(
            "ポート{port}は、ほかのものが使っています。--port 8099 のように、別の番号を選んでください"
        ),
    })
}

/// Where to look, and how it ends.
pub(crate) fn open_words(lang: Lang, address: &str) -> String {
    match lang {
        Lang::Ja => format!(
            "ブラウザーで {address} を開いてください。Ctrl-Cで終わります。何も残さず、どこにも送りません"
        ),
        Lang::En => format!("open {address} — Ctrl-C stops; nothing is kept or sent"),
    }
}

/// Opens a port at an internal address.
pub(crate) async fn listen_at(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| format!("cannot listen at {address}"))
}

/// Two tasks as one: over when both are.
pub(crate) fn both(one: JoinHandle<()>, other: JoinHandle<()>) -> JoinHandle<()> {
    tokio::spawn(async move {
        for task in [one, other] {
            if let Err(error) = task.await {
                tracing::error!(%error, "a part of the server ended");
            }
        }
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

/// Ctrl-C and SIGTERM. Installed before anything says that it is ready, so that whoever reads that
/// line may stop us at once.
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// From now on both are noted instead of ending the process.
    pub(crate) fn install() -> Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Waits for either.
    pub(crate) async fn wait(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Prints a line for whoever started us, and does not mind if nobody reads it any more.
pub(crate) fn say(line: &str) {
    let _nobody_reads = writeln!(std::io::stdout(), "{line}");
}

/// The real clock, randomness and network of the company that is `issuer`.
pub(crate) fn real_world(issuer: &str) -> Result<World> {
    let others = Arc::new(Network::to_others(issuer)?);
    let world = World::new(Arc::new(SystemClock), Arc::new(SystemEntropy), others);
    Ok(world.with_own(Arc::new(Network::new()?)))
}

/// Runs the server of the company that is `issuer` on `port` until told to stop. `build` puts it
/// together.
pub(crate) fn run_one<B>((port, issuer): (u16, &str), build: B) -> Result<Outcome>
where
    B: AsyncFnOnce(World, Stop) -> Result<(Router, JoinHandle<()>)>,
{
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut signals = Signals::install()?;
        let listener = listen(port, "name another `port` in the configuration").await?;
        let (stopper, stop) = watch::channel(false);
        let world = real_world(issuer)?;
        let (router, workers) = build(world, stop.clone()).await?;
        let server = serve(listener, router, stop);
        say(&format!("ready port={port}"));
        signals.wait().await;
        stopper.send(true)?;
        server.await?;
        workers.await?;
        Ok(Outcome::Well)
    })
}
