//! Whose schema it is: one row, made by whoever begins the books.

use tokio_postgres::Client;

use super::{
    config::PostgresConfig,
    connect::within,
    error::PostgresError,
    rows::{Bits, bits},
};
use crate::whose::{NotOurs, Owner};

/// Compares the name on the books with that of `config`, if it brings one; books that nobody has
/// begun are given it.
pub(super) async fn claim(client: &Client, config: &PostgresConfig) -> Result<(), PostgresError> {
    let Some(claim) = config.claim else { return Ok(()) };
    let begun = "select exists (select from account) or exists (select from transfer_id)";
    let is_begun: bool = within(client.query_one(begun, &[])).await?.try_get(0)?;
    if claim.adopts || !is_begun {
        // Of two who come at once, one is first.
        let say = "insert into whose (owner) values ($1) on conflict do nothing";
        within(client.execute(say, &[&Bits(claim.owner.0)])).await?;
    }
    let found = owner(client).await?.ok_or(NotOurs::Nameless)?;
    Ok(claim.check(found)?)
}

/// Refuses a schema that bears another name. It need not be whole: books may be on their way to it,
/// or it may be older than the names.
pub(super) async fn require(client: &Client, config: &PostgresConfig) -> Result<(), PostgresError> {
    let Some(claim) = config.claim else { return Ok(()) };
    let is_there = "select to_regclass('whose') is not null";
    if !within(client.query_one(is_there, &[])).await?.try_get::<_, bool>(0)? {
        return Ok(());
    }
    let found = owner(client).await?;
    Ok(found.map_or(Ok(()), |found| claim.check(found))?)
}

async fn owner(client: &Client) -> Result<Option<Owner>, PostgresError> {
    let row = within(client.query_opt("select owner from whose", &[])).await?;
    row.map(|row| Ok(Owner(bits(&row, 0)?))).transpose()
}
