//! Whether books that are moved into a schema have arrived: said in the schema's comment, where
//! everybody who opens it sees it.
//!
//! While they are on their way nobody may serve them. A move that was interrupted leaves that word
//! behind, and the next one throws the half away and begins again.

use std::time::Duration;

use tokio_postgres::Client;

use super::{
    config::PostgresConfig,
    connect::{be_durable, connect, within},
    error::PostgresError,
    rows, whose,
};
use crate::{chapter::Moved, model::Account};

const ON_THEIR_WAY: &str = "kanuki: books are on their way here";
const ARRIVED: &str = "kanuki: moved";

/// How often another move is waited for, and how long each time.
const TRIES: u8 = 20;
const PAUSE: Duration = Duration::from_millis(100);

/// The schema's comment.
async fn comment(client: &Client, schema: &str) -> Result<Option<String>, PostgresError> {
    let comment =
        "select obj_description(oid, 'pg_namespace') from pg_namespace where nspname = $1";
    let row = within(client.query_opt(comment, &[&schema])).await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?.flatten())
}

/// Refuses a schema into which books are still being moved.
pub(super) async fn require_arrived(
    client: &Client,
    config: &PostgresConfig,
) -> Result<(), PostgresError> {
    match comment(client, &config.schema).await? {
        Some(said) if said == ON_THEIR_WAY => Err(PostgresError::OnTheirWay),
        Some(_) | None => Ok(()),
    }
}

/// The one move into a schema: a second one is refused, whichever process it runs in.
#[derive(Debug)]
pub(super) struct Move<'a> {
    client: Client,
    config: &'a PostgresConfig,
}

impl<'a> Move<'a> {
    /// Keeps others out; `None` while another one is under way.
    pub(super) async fn alone(config: &'a PostgresConfig) -> Result<Option<Self>, PostgresError> {
        let client = connect(config).await?;
        // That they have arrived is not forgotten after the old ones were given up.
        be_durable(&client).await?;
        Ok(is_alone(&client, config).await?.then_some(Self { client, config }))
    }

    /// Begins; `None` while another one is under way. What an interrupted one left is thrown away.
    pub(super) async fn begin(config: &'a PostgresConfig) -> Result<Option<Self>, PostgresError> {
        let Some(begun) = Self::alone(config).await? else { return Ok(None) };
        require_none_else(&begun.client, config).await?;
        if comment(&begun.client, &config.schema).await?.as_deref() == Some(ON_THEIR_WAY) {
            whose::require(&begun.client, config).await?;
            within(begun.client.batch_execute(EMPTY)).await?;
            begun.say("").await?;
        }
        Ok(Some(begun))
    }

    /// From now on nobody may serve the schema.
    pub(super) async fn depart(&self) -> Result<(), PostgresError> {
        self.say(ON_THEIR_WAY).await
    }

    /// They are whole; `epoch` is the one under which they were written.
    pub(super) async fn arrive(&self, epoch: i64, moved: &Moved) -> Result<(), PostgresError> {
        self.say(&words(epoch, moved)).await
    }

    /// How much has arrived that nobody has served since.
    pub(super) async fn arrived(&self) -> Result<Option<Moved>, PostgresError> {
        let said = comment(&self.client, &self.config.schema).await?;
        let Some((epoch, moved)) = said.as_deref().and_then(parse) else { return Ok(None) };
        whose::require(&self.client, self.config).await?;
        let epoch_now = within(self.client.query_one("select epoch from book", &[])).await?;
        Ok((epoch_now.try_get::<_, i64>(0)? == epoch).then_some(moved))
    }

    async fn say(&self, words: &str) -> Result<(), PostgresError> {
        let say = format!("comment on schema \"{}\" is '{words}'", self.config.schema);
        within(self.client.batch_execute(&say)).await
    }
}

/// Refuses a schema in which there is anything that no ledger made: a move that is begun again empties
/// the schema, and that would go with it.
async fn require_none_else(client: &Client, config: &PostgresConfig) -> Result<(), PostgresError> {
    match within(client.query_opt(FOREIGN, &[&config.schema])).await? {
        Some(row) => Err(PostgresError::Foreign(row.try_get(0)?)),
        None => Ok(()),
    }
}

/// The name of something in a schema that no migration of ours makes: what is merely called like a part of
/// ours is not one.
const FOREIGN: &str = "
    select c.relname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
       and c.relname not in ('migration', 'book', 'whose', 'account', 'transfer_id', 'transfer',
                             'pending', 'balance')
       and not exists (
           select from pg_inherits i join pg_class p on p.oid = i.inhparent
            where i.inhrelid = c.oid and p.relname = 'transfer' and p.relnamespace = n.oid)
    union all
    select p.proname::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace
     where n.nspname = $1
       and not (p.proname = 'write_group'
                and pg_get_function_identity_arguments(p.oid) like '%transfer[]%')
     limit 1";

/// Takes the lock of moves, which is held until the connection ends, however it ends. One that has
/// just been killed is waited for.
async fn is_alone(client: &Client, config: &PostgresConfig) -> Result<bool, PostgresError> {
    let lock = "select pg_try_advisory_lock(hashtext('kanuki move'), hashtext($1))";
    for _ in 0..TRIES {
        let row = within(client.query_one(lock, &[&config.schema])).await?;
        if row.try_get::<_, bool>(0)? {
            return Ok(true);
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(false)
}

fn words(epoch: i64, moved: &Moved) -> String {
    let until = moved.until.map_or_else(|| "-".to_owned(), |at| at.to_string());
    let Moved { accounts, transfers, refused, .. } = moved;
    format!("{ARRIVED} {accounts} {transfers} {refused} {until} under {epoch}")
}

/// Empties the schema of what a move has made. What somebody else's schema builds on it is not taken
/// along: then it stays, and PostgreSQL names what.
const EMPTY: &str = "do $$
declare one text;
begin
    for one in select format('drop function %s', oid::regprocedure)
                 from pg_proc where pronamespace = current_schema()::regnamespace loop
        execute one;
    end loop;
    for one in select format('drop view %I.%I', schemaname, viewname)
                 from pg_views where schemaname = current_schema() loop
        execute one;
    end loop;
    for one in select format('drop table if exists %I.%I', schemaname, tablename)
                 from pg_tables where schemaname = current_schema() loop
        execute one;
    end loop;
end $$";

/// Whether exactly `moved` has arrived in `config`, and nobody has served it since.
pub(super) async fn has_arrived(
    config: &PostgresConfig,
    moved: &Moved,
) -> Result<bool, PostgresError> {
    let client = connect(config).await?;
    let Some(said) = comment(&client, &config.schema).await? else { return Ok(false) };
    if !said.starts_with(ARRIVED) {
        return Ok(false);
    }
    let epoch = within(client.query_one("select epoch from book", &[])).await?.try_get(0)?;
    Ok(said == words(epoch, moved))
}

/// What [`words`] say.
fn parse(said: &str) -> Option<(i64, Moved)> {
    let mut rest = said.strip_prefix(ARRIVED)?.split_ascii_whitespace();
    let mut number = || rest.next()?.parse().ok();
    let (accounts, transfers, refused) = (number()?, number()?, number()?);
    let until = match rest.next()? {
        "-" => None,
        at => Some(at.parse().ok()?),
    };
    let epoch = rest.nth(1)?.parse().ok()?;
    Some((epoch, Moved { accounts, transfers, refused, until }))
}

/// Every account with its sums, by id.
pub(super) async fn accounts(config: &PostgresConfig) -> Result<Vec<Account>, PostgresError> {
    let client = connect(config).await?;
    let all = format!("select {} from balance order by id", rows::ACCOUNT_COLUMNS);
    within(client.query(&all, &[])).await?.iter().map(rows::account).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_books_that_arrived_is_understood() {
        let until = "2026-04-01T00:00:00.000000007Z".parse().ok();
        for until in [None, until] {
            let moved = Moved { accounts: 5, transfers: 70, refused: 1, until };

            assert_eq!(parse(&words(12, &moved)), Some((12, moved)));
        }
        for said in ["", ON_THEIR_WAY, "kanuki: moved", "kanuki: moved 1 2 x - under 3", "ours"] {
            assert_eq!(parse(said), None, "{said}");
        }
    }
}
