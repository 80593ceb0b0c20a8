//! Which engine keeps a company's books: the operator's choice.

use std::{fs, io, io::Write as _, path::Path, sync::Arc, time::Duration};

use anyhow::{Context as _, Result, bail, ensure};
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use kanuki_domain::{Entropy as _, Masked};
use kanuki_ledger::{
    EmbeddedEngine, LedgerEngine, PostgresEngine, TigerBeetleEngine, postgres::PostgresConfig,
};
use kanuki_site::{Clock as _, Ready};

use super::{owner, seen::Seen};
use crate::real::{SystemClock, SystemEntropy};

/// How long a start waits for the one before to leave the books, or to have fallen silent.
const PATIENCE: Duration = Duration::from_secs(30);

/// Books may be so far ahead of the clock that opens them: another machine wrote them.
const BOOKS_AHEAD: SignedDuration = SignedDuration::from_mins(5);

/// Where the books are.
#[derive(Clone, Debug, Default)]
pub(crate) enum LedgerPlan {
    /// In the data folder, in this process.
    #[default]
    Embedded,
    /// In a schema of a PostgreSQL database.
    Postgres {
        /// Which.
        config: Box<PostgresConfig>,
    },
    /// On a TigerBeetle cluster that serves nobody else.
    TigerBeetle {
        /// The number it was formatted with.
        cluster: u128,
        /// Its replicas, in order: `address:port`, separated by commas.
        addresses: String,
    },
}

/// Books that are open.
pub(crate) struct OpenBooks {
    /// Where balances live.
    pub(crate) engine: Arc<dyn LedgerEngine>,
    /// Whether they can be written.
    pub(crate) ready: Arc<dyn Ready>,
}

impl OpenBooks {
    fn new<E: LedgerEngine + 'static>(
        engine: E,
        is_ready: impl Fn(&E) -> bool + Send + Sync + 'static,
    ) -> Self {
        Self::with_damage(engine, is_ready, |_| false)
    }

    /// The same for an engine that can find damage and go on.
    fn with_damage<E: LedgerEngine + 'static>(
        engine: E,
        is_ready: impl Fn(&E) -> bool + Send + Sync + 'static,
        is_damaged: impl Fn(&E) -> bool + Send + Sync + 'static,
    ) -> Self {
        let engine = Arc::new(engine);
        let [ready, damaged] = [(); 2].map(|()| Arc::clone(&engine));
        let ready = LedgerReady {
            is_ready: Box::new(move || is_ready(&ready)),
            // A clock that is not believed is no reason to send people elsewhere, and one to look.
            is_damaged: Box::new(move || is_damaged(&damaged) || SystemClock::has_jumped()),
        };
        Self { engine, ready: Arc::new(ready) }
    }
}

struct LedgerReady {
    is_ready: Box<dyn Fn() -> bool + Send + Sync>,
    is_damaged: Box<dyn Fn() -> bool + Send + Sync>,
}

#[async_trait]
impl Ready for LedgerReady {
    fn name(&self) -> &'static str {
        "ledger"
    }

    async fn is_ready(&self) -> bool {
        (self.is_ready)()
    }

    async fn is_damaged(&self) -> bool {
        (self.is_damaged)()
    }
}

impl LedgerPlan {
    /// Books in `schema` of the database at `url`; this process asks for their lease by a name that
    /// no other has.
    pub(crate) fn postgres(
        url: &str,
        password: Option<&Masked<String>>,
        schema: &str,
        authority: Option<&[u8]>,
    ) -> Result<Self> {
        let mut holder = [0; 16];
        SystemEntropy.fill(&mut holder);
        let holder = format!("{:032x}", u128::from_be_bytes(holder));
        let config = PostgresConfig::new(url, password, schema, &holder, authority);
        Ok(Self::Postgres { config: Box::new(config.context("unsafe: ledger")?) })
    }

    /// In words; none: in the company's folder.
    pub(crate) fn place(&self) -> Option<String> {
        match self {
            Self::Embedded => None,
            Self::Postgres { config } => Some(config.place()),
            Self::TigerBeetle { cluster, .. } => Some(format!("tigerbeetle cluster {cluster}")),
        }
    }

    /// Opens the books of the company whose data is in `data`. Up to `agreed` they may be ahead of the
    /// clock.
    pub(crate) async fn open(&self, data: &Path, agreed: Option<Timestamp>) -> Result<OpenBooks> {
        let folder = data.join("ledger");
        match self {
            Self::Embedded => {
                require_the_same(data, None)?;
                let (works, damaged) = (
                    |engine: &EmbeddedEngine| engine.failure().is_none(),
                    |engine: &EmbeddedEngine| engine.damage().is_some(),
                );
                let seen = Seen::read(data)?;
                seen.require_log(data).await?;
                let engine = embedded(&folder)?;
                // A move may have ended in between: from now on none can.
                require_the_same(data, None)?;
                check_books(engine.latest(), SystemClock.now(), agreed)?;
                seen.go_on(data, engine.latest())?;
                Ok(OpenBooks::with_damage(engine, works, damaged))
            }
            Self::Postgres { config } => {
                let claim = owner::claim(data)?;
                require_the_same(data, self.place().as_deref())?;
                let engine = PostgresEngine::open((**config).clone().claimed_by(claim), PATIENCE)
                    .await
                    .context("cannot use the database of ledger.url")
                    .map_err(owner::as_unsafe)?;
                owner::opened(data, claim)?;
                if !engine.is_writer() {
                    bail!(
                        "another process writes these books ({}). Start this one when it has \
                         stopped{}",
                        config.place(),
                        engine.failure().map_or_else(String::new, |why| format!("; or: {why}"))
                    );
                }
                check_books(engine.latest(), SystemClock.now(), agreed)?;
                Ok(OpenBooks::new(engine, PostgresEngine::is_writer))
            }
            Self::TigerBeetle { cluster, addresses } => {
                const NOT_USED: &str = "cannot use the TigerBeetle cluster of ledger.addresses";
                let claim = owner::claim(data)?;
                require_the_same(data, self.place().as_deref())?;
                let engine =
                    TigerBeetleEngine::connect(*cluster, addresses, TigerBeetleEngine::DEADLINE)
                        .context(NOT_USED)?;
                engine.claim(claim).await.context(NOT_USED).map_err(owner::as_unsafe)?;
                owner::opened(data, claim)?;
                // A cluster is not asked: each question to one that is silent would keep a place.
                Ok(OpenBooks::new(engine, |_| true))
            }
        }
    }
}

/// Whether books whose latest instant is `latest` may be opened by a clock that shows `now`.
///
/// They bear an instant to come if a clock once ran ahead, or this one is behind. Until that instant
/// nothing in them times out, so no cap comes back: whoever wants that says so (`agreed`).
fn check_books(latest: Option<Timestamp>, now: Timestamp, agreed: Option<Timestamp>) -> Result<()> {
    let Some(latest) = latest else { return Ok(()) };
    let is_ahead = latest.duration_since(now) > BOOKS_AHEAD;
    if !is_ahead {
        return Ok(());
    }
    if agreed.is_some_and(|until| latest <= until) {
        tracing::warn!(%latest, %now, "the books are ahead of the clock, as agreed: nothing times out");
        return Ok(());
    }
    bail!(
        "unsafe: the books go on to {latest}, and this machine's clock shows {now}. Look at the clock \
         first. If it is right, the books were written by one that ran ahead: until {latest} no cap \
         comes back and no reservation ends. Wait until then, or set server.books_ahead_until = \
         \"{latest}\" to go on so"
    )
}

/// Opens the ledger in `folder`, saying so when a torn end was cut.
pub(crate) fn embedded(folder: &Path) -> Result<EmbeddedEngine> {
    let (engine, opened) = EmbeddedEngine::open(folder)
        .with_context(|| format!("cannot open the ledger in {}", folder.display()))?;
    if let Some(cut) = opened.cut {
        tracing::warn!(folder = %folder.display(), ?cut, "a write that was never answered was cut");
    }
    for mended in opened.mended {
        tracing::warn!(folder = %folder.display(), "{mended}");
    }
    Ok(engine)
}

/// Two books of one company would each believe that nothing was spent from the other: the books
/// are where they were before. `elsewhere` names them if they are not in the data folder, and is
/// noted there.
fn require_the_same(data: &Path, elsewhere: Option<&str>) -> Result<()> {
    require_noted(data, elsewhere)?;
    if noted(data)?.as_deref() == elsewhere {
        return Ok(());
    }
    note(data, elsewhere.unwrap_or_default())
}

/// Refuses a setting that names other books than those which the company has; notes nothing, for whoever
/// only reads.
pub(crate) fn require_noted(data: &Path, elsewhere: Option<&str>) -> Result<()> {
    let noted = noted(data)?;
    let has_books = noted.is_some() || data.join("ledger").exists();
    ensure!(
        noted.as_deref() == elsewhere || !has_books,
        "unsafe: this company's books are in {}, and the setting ledger names others; `kanuki \
         ledger move` moves books out of the data folder, any other engine is for a company that \
         starts anew",
        noted.as_deref().unwrap_or("its data folder")
    );
    Ok(())
}

/// The file that says where the books are.
const NOTE: &str = "ledger-elsewhere";

/// Where the books of the company are, if not in `data`.
pub(crate) fn noted(data: &Path) -> Result<Option<String>> {
    let note = data.join(NOTE);
    match fs::read_to_string(&note) {
        Ok(text) => Ok(Some(text.trim().to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", note.display())),
    }
}

/// Notes where the books are: after this the old ones may go.
pub(crate) fn note(data: &Path, place: &str) -> Result<()> {
    fs::create_dir_all(data).with_context(|| format!("cannot make {}", data.display()))?;
    keep(data, NOTE, place)
}

/// Writes a small file of `data`: whole or not at all, and there for good.
pub(crate) fn keep(data: &Path, name: &str, text: &str) -> Result<()> {
    let (file, draft) = (data.join(name), data.join(format!("{name}.new")));
    let write = || {
        let mut written = fs::File::create(&draft)?;
        written.write_all(text.as_bytes())?;
        written.sync_all()?;
        fs::rename(&draft, &file)?;
        fs::File::open(data)?.sync_all()
    };
    write().with_context(|| format!("cannot write {}", file.display()))
}

#[cfg(test)]
mod tests {
    use kanuki_ledger::model::{Account, AccountFlags, AccountId, LEDGER_YEN};

    use super::*;

    #[tokio::test]
    async fn books_from_the_future_start_nothing_until_somebody_agrees() {
        let data = tempfile::tempdir().unwrap();
        let to_come = SystemClock.now().checked_add(SignedDuration::from_hours(24)).unwrap();
        let engine = embedded(&data.path().join("ledger")).unwrap();
        let account = Account::new(AccountId::derive(&["a"]), LEDGER_YEN, 1, AccountFlags::NONE);
        engine.create_accounts(vec![account], to_come).await.unwrap();
        drop(engine);
        let open = async |agreed| LedgerPlan::Embedded.open(data.path(), agreed).await;

        let refused = open(None).await.err().unwrap().to_string();

        assert!(refused.starts_with("unsafe: the books go on to"), "{refused}");
        assert!(open(Some(to_come)).await.is_ok());
    }

    #[test]
    fn books_that_are_ahead_are_opened_only_by_who_agrees() {
        let at = |secs: i64| Timestamp::new(1_800_000_000 + secs, 0).unwrap();
        let now = at(0);
        for (latest, agreed, is_opened) in [
            (None, None, true),
            (Some(at(-86_400)), None, true),
            (Some(at(300)), None, true),
            (Some(at(301)), None, false),
            (Some(at(3_600)), Some(at(3_600)), true),
            (Some(at(3_601)), Some(at(3_600)), false),
        ] {
            let checked = check_books(latest, now, agreed);
            assert_eq!(checked.is_ok(), is_opened, "{latest:?} {agreed:?}");
            if let Err(refused) = checked {
                let said = refused.to_string();
                assert!(
                    said.starts_with("unsafe: ") && said.contains("books_ahead_until"),
                    "{said}"
                );
            }
        }
    }

    #[test]
    fn second_books_are_refused() {
        let [here, there] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let elsewhere =
            |cluster| LedgerPlan::TigerBeetle { cluster, addresses: "127.0.0.1:1".to_owned() };
        let begin = |plan: LedgerPlan, data: &tempfile::TempDir| {
            require_the_same(data.path(), plan.place().as_deref())
        };
        begin(LedgerPlan::Embedded, &here).unwrap();
        drop(embedded(&here.path().join("ledger")).unwrap());
        begin(elsewhere(1), &there).unwrap();

        for (plan, data) in
            [(elsewhere(1), &here), (LedgerPlan::Embedded, &there), (elsewhere(2), &there)]
        {
            let refused = begin(plan, data).err().unwrap().to_string();
            assert!(refused.starts_with("unsafe"), "{refused}");
        }
        assert!(begin(LedgerPlan::Embedded, &here).is_ok());
        assert!(begin(elsewhere(1), &there).is_ok());
        let fresh = tempfile::tempdir().unwrap();
        for (data, place, is_read) in [
            (&here, elsewhere(1).place(), false),
            (&there, elsewhere(2).place(), false),
            (&there, elsewhere(1).place(), true),
            (&here, None, true),
            (&fresh, elsewhere(1).place(), true),
        ] {
            assert_eq!(require_noted(data.path(), place.as_deref()).is_ok(), is_read, "{place:?}");
        }
        assert_eq!(noted(fresh.path()).unwrap(), None, "whoever reads notes nothing");
    }
}
