//! PL/pgSQL: one call per batch, or one transaction per transfer.

use kanuki_ledger::{AccountId, Transfer, workload};
use tokio_postgres::{
    Client, NoTls, Statement,
    types::{IsNull, ToSql, Type, private::BytesMut, to_sql_checked},
};

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

/// A connection to the rules in PL/pgSQL.
pub(crate) struct Peer {
    client: Client,
    many: Statement,
    one: Statement,
}

async fn connect(url: &str, schema: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    let path = format!("set search_path to {schema}; set client_min_messages to warning");
    client.batch_execute(&path).await.unwrap();
    client
}

fn amount(transfer: &Transfer) -> i64 {
    i64::try_from(transfer.amount.amount()).unwrap()
}

impl Peer {
    /// Makes tables, rules and accounts.
    pub(crate) async fn open(url: &str, schema: &str) -> Self {
        let client = connect(url, schema).await;
        client.batch_execute(&format!("create schema {schema}")).await.unwrap();
        client.batch_execute(include_str!("peer.sql")).await.unwrap();
        let ids: Vec<Bits> = (0..workload::ACCOUNTS).map(|n| Bits(account(n).bits())).collect();
        let fund = "insert into account (id, flags, credits_posted)
                    select id, 1, 1000000000 from unnest($1::uuid[]) id";
        client.execute(fund, &[&ids]).await.unwrap();
        Self::join(url, schema).await
    }

    /// Another connection.
    pub(crate) async fn join(url: &str, schema: &str) -> Self {
        let client = connect(url, schema).await;
        let many = client.prepare("select many($1, $2, $3, $4)").await.unwrap();
        let one = client.prepare("select one($1, $2, $3, $4)").await.unwrap();
        Self { client, many, one }
    }

    /// A batch in one call.
    pub(crate) async fn many(&self, batch: &[Transfer]) {
        let column = |of: fn(&Transfer) -> u128| -> Vec<Bits> {
            batch.iter().map(|t| Bits(of(t))).collect()
        };
        let amounts: Vec<i64> = batch.iter().map(amount).collect();
        let ids = column(|t| t.id.bits());
        let debits = column(|t| t.debit_account.bits());
        let credits = column(|t| t.credit_account.bits());
        let row = self.client.query_one(&self.many, &[&ids, &debits, &credits, &amounts]).await;
        let results: Vec<i32> = row.unwrap().get(0);
        assert!(results.iter().all(|result| *result == 0));
    }

    /// One transfer in a transaction of its own.
    pub(crate) async fn one(&self, t: &Transfer) {
        let (id, debit, credit) =
            (Bits(t.id.bits()), Bits(t.debit_account.bits()), Bits(t.credit_account.bits()));
        let row = self.client.query_one(&self.one, &[&id, &debit, &credit, &amount(t)]).await;
        assert_eq!(row.unwrap().get::<_, i32>(0), 0);
    }
}

fn account(n: u64) -> AccountId {
    workload::Workload::account(n)
}
