//! A connection, and a schema that this program knows.

use std::time::Duration;

use tokio_postgres::Client;

use super::{arrival::require_arrived, config::PostgresConfig, error::PostgresError};

/// The schema, step by step. A step that was published is never changed.
const MIGRATIONS: [&str; 3] = [
    include_str!("migrations/0001.sql"),
    include_str!("migrations/0002.sql"),
    include_str!("migrations/0003.sql"),
];

/// Longest that one statement may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// Waits for `answer`, but not for ever.
pub(super) async fn within<T, E: Into<PostgresError>>(
    answer: impl Future<Output = Result<T, E>>,
) -> Result<T, PostgresError> {
    match tokio::time::timeout(PATIENCE, answer).await {
        Ok(answer) => answer.map_err(Into::into),
        Err(_) => Err(PostgresError::TimedOut),
    }
}

/// A connection whose messages are carried by a task of the runtime that it is made on.
pub(super) async fn connect(config: &PostgresConfig) -> Result<Client, PostgresError> {
    let (client, connection) = within(config.server.connect(config.connector())).await?;
    tokio::spawn(async move {
        // Whoever uses the client learns of its end by the next statement.
        drop(connection.await);
    });
    // Plans of a prepared statement are kept: there are few, and each runs a million times.
    let settings = format!(
        "set search_path to \"{}\", pg_temp; set client_min_messages to warning; \
         set plan_cache_mode to force_generic_plan; set jit to off",
        config.schema
    );
    within(client.batch_execute(&settings)).await?;
    Ok(client)
}

/// Makes the schema, or brings it to the version that this program knows.
pub(super) async fn migrate(
    client: &mut Client,
    config: &PostgresConfig,
) -> Result<(), PostgresError> {
    let fsync: String = within(client.query_one("show fsync", &[])).await?.try_get(0)?;
    if fsync != "on" {
        return Err(PostgresError::NotDurable);
    }
    require_arrived(client, config).await?;
    let known = i32::try_from(MIGRATIONS.len()).unwrap_or(i32::MAX);
    let step = within(client.transaction()).await?;
    // One process at a time; the lock ends with the transaction.
    within(step.execute("select pg_advisory_xact_lock(hashtext($1))", &[&config.schema])).await?;
    let schema = &config.schema;
    // A schema that somebody made for us is used; making one needs a right on the database.
    let exists = "select 1 from pg_namespace where nspname = $1";
    if within(step.query_opt(exists, &[schema])).await?.is_none() {
        within(step.batch_execute(&format!("create schema \"{schema}\""))).await?;
    }
    within(step.batch_execute(
        "create table if not exists migration (
             version integer primary key, applied_at timestamptz not null default now())",
    ))
    .await?;
    let newest = within(step.query_one("select max(version) from migration", &[])).await?;
    let found = newest.try_get::<_, Option<i32>>(0)?.unwrap_or(0);
    if found > known {
        return Err(PostgresError::Newer { found, known });
    }
    for (version, sql) in (1_i32..).zip(MIGRATIONS) {
        if version > found {
            within(step.batch_execute(sql)).await?;
            within(step.execute("insert into migration (version) values ($1)", &[&version]))
                .await?;
        }
    }
    within(step.commit()).await
}

/// Makes sync commits of this session durable, whatever the server's default is.
pub(super) async fn be_durable(client: &Client) -> Result<(), PostgresError> {
    // Stronger settings (remote_apply, …) are the operator's choice and stay.
    within(client.batch_execute(
        "select set_config('synchronous_commit', 'on', false)
          where current_setting('synchronous_commit') in ('off', 'local')",
    ))
    .await
}
