//! Where the servers are, and the one that answered last.

use std::time::Duration;

use kanuki_risk::shared::Unheard;
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo as _,
    Pipeline, RedisError, Value, aio::MultiplexedConnection,
};
use tokio::{sync::Mutex, time::timeout};

/// So many times a question is sent elsewhere, beside once to each server that is named.
const TURNS_MAX: usize = 4;

/// Servers of which one is the right one. The others say which, or that they do not know.
pub(super) struct Places {
    named: Vec<ConnectionInfo>,
    /// How long one question may take, with everything.
    patience: Duration,
    now: Mutex<Now>,
}

/// The connection that answered last, and where to go when it does not.
#[derive(Default)]
struct Now {
    open: Option<Open>,
    /// Grows with every connection, so that of two that saw it fail only one leaves it.
    number: u64,
    /// Where another server pointed to.
    pointed: Option<ConnectionInfo>,
    next: usize,
}

#[derive(Clone)]
struct Open {
    number: u64,
    to: ConnectionInfo,
    connection: MultiplexedConnection,
    /// The script, as this server names it.
    script: String,
}

pub(super) fn gone(why: impl ToString) -> Unheard {
    Unheard::Gone(why.to_string())
}

impl Places {
    pub(super) fn new(named: Vec<ConnectionInfo>, patience: Duration) -> Self {
        Self { named, patience, now: Mutex::new(Now::default()) }
    }

    /// Asks whoever is responsible, and hears all answers to `made` of the script's name, the first
    /// of them no error.
    pub(super) async fn ask(
        &self,
        script: &str,
        made: impl Fn(&str) -> (Pipeline, usize) + Send + Sync,
    ) -> Result<Vec<Value>, Unheard> {
        let asked = timeout(self.patience, self.ask_all(script, made));
        asked.await.unwrap_or_else(|_| Err(gone("nothing was heard in time")))
    }

    async fn ask_all(
        &self,
        script: &str,
        made: impl Fn(&str) -> (Pipeline, usize) + Send + Sync,
    ) -> Result<Vec<Value>, Unheard> {
        // One that is silent may not use up the time of the others.
        let share = self.patience.checked_div(2).unwrap_or_default();
        let mut why = gone("no server is named");
        for _ in 0..self.named.len().saturating_add(TURNS_MAX) {
            let open = match timeout(share, self.open(script)).await {
                Ok(Ok(open)) => open,
                Ok(Err(error)) => {
                    why = gone(error);
                    continue;
                }
                Err(_) => {
                    why = gone("a server was silent");
                    continue;
                }
            };
            let (pipeline, count) = made(&open.script);
            let mut connection = open.connection.clone();
            let said = timeout(share, connection.send_packed_commands(&pipeline, 0, count)).await;
            let error = match said.map(|said| said.and_then(first_is_good)) {
                Ok(Ok(values)) => return Ok(values),
                Ok(Err(error)) => Some(error),
                Err(_) => None,
            };
            let pointed = error.as_ref().and_then(|error| pointed(error, &open.to));
            why = error.map_or_else(|| gone("a server was silent"), gone);
            self.leave(open.number, pointed).await;
        }
        Err(why)
    }

    /// The connection at hand, or one to the next server.
    async fn open(&self, script: &str) -> Result<Open, RedisError> {
        let mut now = self.now.lock().await;
        if let Some(open) = &now.open {
            return Ok(open.clone());
        }
        let place = now.next.checked_rem(self.named.len()).unwrap_or_default();
        let to = match (now.pointed.take(), self.named.get(place)) {
            (Some(pointed), _) => pointed,
            (None, Some(named)) => {
                // Before it is asked: a silent one takes no second turn.
                now.next = now.next.wrapping_add(1);
                named.clone()
            }
            (None, None) => return Err(std::io::Error::other("no server is named").into()),
        };
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.patience))
            .set_response_timeout(Some(self.patience));
        let client = Client::open(to.clone())?;
        let mut connection = client.get_multiplexed_async_connection_with_config(&config).await?;
        let load = redis::cmd("SCRIPT").arg("LOAD").arg(script).to_owned();
        let script: String = load.query_async(&mut connection).await?;
        now.number = now.number.wrapping_add(1);
        let open = Open { number: now.number, to, connection, script };
        now.open = Some(open.clone());
        Ok(open)
    }

    async fn leave(&self, number: u64, pointed: Option<ConnectionInfo>) {
        let mut now = self.now.lock().await;
        if now.open.as_ref().is_some_and(|open| open.number == number) {
            now.open = None;
            now.pointed = pointed;
        }
    }
}

fn first_is_good(values: Vec<Value>) -> Result<Vec<Value>, RedisError> {
    match values.first() {
        Some(Value::ServerError(error)) => Err(error.clone().into()),
        _ => Ok(values),
    }
}

/// Where a server of a cluster says that the journal is.
fn pointed(error: &RedisError, from: &ConnectionInfo) -> Option<ConnectionInfo> {
    let (address, _slot) = error.redirect_node()?;
    let (host, port) = address.rsplit_once(':')?;
    let port: u16 = port.parse().ok()?;
    let other = |known: &str| if host.is_empty() { known.to_owned() } else { host.to_owned() };
    let address = match from.addr() {
        ConnectionAddr::TcpTls { host, insecure, tls_params, .. } => ConnectionAddr::TcpTls {
            host: other(host),
            port,
            insecure: *insecure,
            tls_params: tls_params.clone(),
        },
        ConnectionAddr::Tcp(host, _) => ConnectionAddr::Tcp(other(host), port),
        _ => return None,
    };
    Some(from.clone().set_addr(address))
}

/// Reads `redis://user@10.0.0.1:6379,10.0.0.2:6379`, `rediss://` where they are not on this machine.
pub(super) fn named(url: &str, password: Option<&str>) -> Result<Vec<ConnectionInfo>, String> {
    let (scheme, rest) = url.split_once("://").ok_or("it is no address: redis://HOST:PORT")?;
    if !matches!(scheme, "redis" | "rediss") {
        return Err(format!("{scheme}:// is no way to reach Redis: use rediss:// or redis://"));
    }
    let (user, hosts) = rest.rsplit_once('@').map_or(("", rest), |(user, hosts)| (user, hosts));
    if user.contains(':') {
        return Err("a password belongs in risk.password_file, not into an address".to_owned());
    }
    let one = |host: &str| {
        let info = format!("{scheme}://{host}").as_str().into_connection_info();
        let info = info.map_err(|_| format!("{host} is no host and port"))?;
        if let ConnectionAddr::Tcp(host, _) = info.addr()
            && !is_here(host)
        {
            return Err(format!("{host} is another machine: reach it by rediss://"));
        }
        let mut settings = info.redis_settings().clone();
        if !user.is_empty() {
            settings = settings.set_username(user);
        }
        if let Some(password) = password {
            settings = settings.set_password(password);
        }
        Ok(info.set_redis_settings(settings))
    };
    hosts.split(',').map(one).collect()
}

fn is_here(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_elsewhere_are_reached_by_tls_and_passwords_are_in_files() {
        let count = |url: &str| named(url, Some("sesame")).map(|all| all.len());

        assert_eq!(count("redis://127.0.0.1:7001,localhost:7002,[::1]:7003"), Ok(3));
        assert_eq!(count("rediss://kanuki@10.0.0.1:6379,redis.example:6379"), Ok(2));
        assert!(count("redis://10.0.0.1:6379").unwrap_err().contains("rediss://"));
        assert!(count("redis://k:sesame@127.0.0.1:1").unwrap_err().contains("password_file"));
        assert!(count("postgres://127.0.0.1").is_err());
        assert!(count("memory?").is_err());
        assert!(count("redis://127.0.0.1:x").is_err());
    }
}
