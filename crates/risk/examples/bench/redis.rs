//! The same numbers from Redis: a sorted set per key, a hundred attempts in one pipeline, and the
//! client adds up what comes back. Exact, and nobody else may write in between; one step for several
//! clients (a script) costs the server more.

use std::{
    collections::{HashMap, HashSet},
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    os::unix::net::UnixStream,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use kanuki_risk::{Key, Signal, Subject};
use serde_json::{Value, json};

use crate::{Fallible, bars::at, spent};

pub(crate) const PIPELINE: usize = 100;
const DAY_MS: i64 = 86_400_000;
/// A kernel's tick, as `/proc/…/stat` counts: a hundredth of a second.
const TICK: Duration = Duration::from_millis(10);
const READY: Duration = Duration::from_secs(10);

struct Server {
    child: Child,
    socket: PathBuf,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_file(&self.socket);
    }
}

impl Server {
    /// None where there is no `redis-server`.
    fn start() -> Fallible<Option<Self>> {
        let name = format!("kanuki-bench-{}.sock", std::process::id());
        let socket = std::env::temp_dir().join(name);
        let mut server = Command::new("redis-server");
        server.args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket"]);
        let server = server.arg(&socket).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        match server {
            Ok(child) => Ok(Some(Self { child, socket })),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn connect(&self) -> Fallible<UnixStream> {
        let begin = Instant::now();
        loop {
            match UnixStream::connect(&self.socket) {
                Ok(stream) => return Ok(stream),
                Err(error) if begin.elapsed() > READY => return Err(error.into()),
                Err(_) => std::thread::yield_now(),
            }
        }
    }

    /// Processor time of the server until now.
    fn spent(&self) -> Fallible<Duration> {
        let told = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let after = told.rsplit_once(')').ok_or("no state of the server")?.1;
        let mut fields = after.split_whitespace().skip(11);
        let mut ticks = || -> Fallible<u32> { Ok(fields.next().ok_or("too short")?.parse()?) };
        Ok(TICK.saturating_mul(ticks()?.saturating_add(ticks()?)))
    }
}

/// So many rounds count: the medians of them.
pub(crate) const ROUNDS: usize = 5;

/// A server of its own, with what its rounds took.
pub(crate) struct Redis {
    server: Server,
    checksum: u64,
    clock: Vec<Duration>,
    of_server: Vec<Duration>,
    of_client: Vec<Duration>,
}

impl Redis {
    /// Nothing where there is no Redis.
    pub(crate) fn start() -> Fallible<Option<Self>> {
        let Some(server) = Server::start()? else { return Ok(None) };
        let (clock, of_server, of_client) = (Vec::new(), Vec::new(), Vec::new());
        Ok(Some(Self { server, checksum: 0, clock, of_server, of_client }))
    }

    /// One round over all signals, from an empty store on.
    pub(crate) fn round(&mut self, signals: &[Signal]) -> Fallible<()> {
        let stream = self.server.connect()?;
        let (mut writer, mut reader) = (stream.try_clone()?, BufReader::new(stream));
        writer.write_all(b"*1\r\n$8\r\nFLUSHALL\r\n")?;
        let mut told = String::new();
        reader.read_line(&mut told)?;
        let (before, ours) = (self.server.spent()?, spent());
        let begin = Instant::now();
        let mut checksum = 0_u64;
        for (batch, some) in signals.chunks(PIPELINE).enumerate() {
            let mut asked = Vec::new();
            for (at, signal) in some.iter().enumerate() {
                ask(&mut asked, batch.saturating_mul(PIPELINE).saturating_add(at), signal);
            }
            writer.write_all(&asked)?;
            for signal in some {
                checksum = answer(&mut reader, signal, checksum)?;
            }
        }
        self.clock.push(begin.elapsed());
        self.of_server.push(self.server.spent()?.saturating_sub(before));
        self.of_client.push(spent().saturating_sub(ours));
        self.checksum = checksum;
        Ok(())
    }

    /// The medians of all rounds.
    pub(crate) fn found(mut self, events: usize) -> Value {
        let each = |times: &mut [Duration]| {
            at(times, 50).zip(u64::try_from(events).ok()).and_then(|(all, n)| all.checked_div(n))
        };
        json!({
            "pipeline": PIPELINE,
            "rounds": self.clock.len(),
            "per_second": each(&mut self.clock).and_then(|ns| 1_000_000_000_u64.checked_div(ns)),
            "server_cpu_ns": each(&mut self.of_server),
            "client_cpu_ns": each(&mut self.of_client),
            "checksum": self.checksum,
        })
    }
}

fn keys(signal: &Signal) -> impl Iterator<Item = (&Key, &str)> {
    let with = |key: &Key| match key.subject() {
        Subject::Account => Subject::Device,
        _ => Subject::Account,
    };
    let name = move |key: &Key| signal.key(with(key)).map_or("", Key::value);
    signal.keys.iter().map(move |key| (key, name(key)))
}

/// Adds the attempt to each of its sets, and asks for the day until then.
fn ask(asked: &mut Vec<u8>, number: usize, signal: &Signal) {
    let at = signal.at.as_millisecond();
    let mut command = |parts: &[&str]| {
        asked.extend(format!("*{}\r\n", parts.len()).into_bytes());
        for part in parts {
            asked.extend(format!("${}\r\n{part}\r\n", part.len()).into_bytes());
        }
    };
    for (key, with) in keys(signal) {
        let set = format!("{}:{}", key.subject().name(), key.value());
        let member = format!("{at}:{}:{with}:{number}", signal.amount.amount());
        let (from, until) = (format!("({}", at.saturating_sub(DAY_MS)), at.to_string());
        command(&["ZADD", &set, &until, &member]);
        command(&["ZRANGEBYSCORE", &set, &from, &until]);
    }
}

fn line(reader: &mut impl std::io::BufRead) -> Fallible<(u8, usize)> {
    let mut text = String::new();
    reader.read_line(&mut text)?;
    let kind = text.bytes().next().ok_or("Redis is gone")?;
    let number = text.get(1..).unwrap_or_default().trim().parse();
    Ok((kind, number.map_err(|_| format!("Redis said {text}"))?))
}

/// Adds the twenty-one numbers, each times its place, to `checksum`.
fn answer(reader: &mut BufReader<UnixStream>, signal: &Signal, mut checksum: u64) -> Fallible<u64> {
    let now = signal.at.as_millisecond();
    let mut place = 0_u64;
    for _ in keys(signal) {
        let (kind, _) = line(reader)?;
        if kind != b':' {
            return Err("Redis did not add".into());
        }
        let (_, many) = line(reader)?;
        let mut windows: HashMap<i64, (u64, u64)> = HashMap::new();
        let mut others = HashSet::new();
        for _ in 0..many {
            let (_, length) = line(reader)?;
            let mut bytes = vec![0; length.saturating_add(2)];
            reader.read_exact(&mut bytes)?;
            let text = String::from_utf8(bytes)?;
            let mut cells = text.trim_end().split(':');
            let at: i64 = cells.next().unwrap_or_default().parse()?;
            let amount: u64 = cells.next().unwrap_or_default().parse()?;
            others.insert(cells.next().unwrap_or_default().to_owned());
            for window in [600_000, 3_600_000, DAY_MS] {
                if at > now.saturating_sub(window) {
                    let (count, sum) = windows.entry(window).or_default();
                    (*count, *sum) = (count.saturating_add(1), sum.saturating_add(amount));
                }
            }
        }
        let mut add = |value: u64| {
            place = place.wrapping_add(1);
            checksum = checksum.wrapping_add(value.wrapping_mul(place));
        };
        for window in [600_000, 3_600_000, DAY_MS] {
            let (count, sum) = windows.get(&window).copied().unwrap_or_default();
            add(count);
            add(sum);
        }
        add(u64::try_from(others.len())?);
    }
    Ok(checksum)
}
