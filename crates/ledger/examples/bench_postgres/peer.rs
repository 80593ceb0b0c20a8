//! PL/pgSQL: one call per batch, or one transaction per transfer.

use std::time::Instant;

use kanuki_ledger::Transfer;
use tokio_postgres::{
    Client, NoTls,
    types::{IsNull, ToSql, Type, private::BytesMut, to_sql_checked},
};

use crate::{Dice, account_ids, per_second};

/// How many transfers each client makes in a round.
const EACH: usize = 400;

#[derive(Debug)]
struct Bits(u128);

impl ToSql for Bits {
    fn to_sql(
        &self,
        _: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        out.extend_from_slice(&self.0.to_be_bytes());
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::UUID
    }

    to_sql_checked!();
}

pub(crate) struct Peer {
    client: Client,
    schema: String,
}

async fn connect(url: &str, schema: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    let path = format!("set search_path to {schema}; set client_min_messages to warning");
    client.batch_execute(&path).await.unwrap();
    client
}

impl Peer {
    pub(crate) async fn open(url: &str, schema: &str) -> Self {
        let client = connect(url, schema).await;
        client.batch_execute(&format!("create schema {schema}")).await.unwrap();
        client.batch_execute(include_str!("peer.sql")).await.unwrap();
        let ids: Vec<Bits> = account_ids().map(|id| Bits(id.bits())).collect();
        let fund = "insert into account (id, flags, credits_posted)
                    select id, 1, 1000000000 from unnest($1::uuid[]) id";
        client.execute(fund, &[&ids]).await.unwrap();
        Self { client, schema: schema.to_owned() }
    }

    /// Transfers per second, one call per batch.
    pub(crate) async fn many(&self, dice: &mut Dice, batch: usize, batches: usize) -> u128 {
        let call = self.client.prepare("select many($1, $2, $3, $4)").await.unwrap();
        let work: Vec<Vec<Transfer>> =
            (0..batches).map(|_| (0..batch).map(|_| dice.transfer()).collect()).collect();
        let begun = Instant::now();
        for batch in &work {
            let column = |of: fn(&Transfer) -> u128| -> Vec<Bits> {
                batch.iter().map(|t| Bits(of(t))).collect()
            };
            let amounts: Vec<i64> =
                batch.iter().map(|t| i64::try_from(t.amount.amount()).unwrap()).collect();
            let ids = column(|t| t.id.bits());
            let (debits, credits) =
                (column(|t| t.debit_account.bits()), column(|t| t.credit_account.bits()));
            let row = self.client.query_one(&call, &[&ids, &debits, &credits, &amounts]).await;
            let results: Vec<i32> = row.unwrap().get(0);
            assert!(results.iter().all(|result| *result == 0));
        }
        per_second(batch * batches, begun.elapsed())
    }

    /// Transfers per second, each in a transaction of its own.
    pub(crate) async fn singles(&self, url: &str, dice: &mut Dice, clients: usize) -> u128 {
        let mut ready = Vec::new();
        for _ in 0..clients {
            let client = connect(url, &self.schema).await;
            let call = client.prepare("select one($1, $2, $3, $4)").await.unwrap();
            let work: Vec<Transfer> = (0..EACH).map(|_| dice.transfer()).collect();
            ready.push((client, call, work));
        }
        let begun = Instant::now();
        let tasks: Vec<_> = ready
            .into_iter()
            .map(|(client, call, work)| {
                tokio::spawn(async move {
                    for t in work {
                        let amount = i64::try_from(t.amount.amount()).unwrap();
                        let (debit, credit) =
                            (Bits(t.debit_account.bits()), Bits(t.credit_account.bits()));
                        let row = client
                            .query_one(&call, &[&Bits(t.id.bits()), &debit, &credit, &amount])
                            .await;
                        assert_eq!(row.unwrap().get::<_, i32>(0), 0);
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        per_second(clients * EACH, begun.elapsed())
    }
}
