//! Why PostgreSQL could not be used.

use tokio_postgres::error::SqlState;

use crate::whose::NotOurs;

/// Why the ledger in PostgreSQL cannot be opened or used. For operators; callers of the ledger
/// only learn that it is not available.
#[derive(Debug, thiserror::Error)]
pub enum PostgresError {
    /// The configured address cannot be understood.
    #[error("the ledger's database URL cannot be read: {0}")]
    Url(#[source] tokio_postgres::Error),
    /// Passwords come from a file, so that no list of processes and no log shows them.
    #[error("the ledger's database URL holds a password; put it into a file of its own")]
    PasswordInUrl,
    /// Without TLS anybody on the way could read and change the books.
    #[error("the ledger's database is on another machine; add sslmode=require to its URL")]
    PlainText,
    /// The schema's name is no plain word.
    #[error("a schema is named by 1 to 63 lower case letters, digits and _, not {0:?}")]
    SchemaName(String),
    /// The certificate of a certificate authority cannot be read.
    #[error("the certificate authority's file holds no certificate in PEM")]
    Authority,
    /// The books were written by a newer version of this program.
    #[error("the ledger's schema has version {found}, and this program knows {known}: update it")]
    Newer {
        /// The version of the schema.
        found: i32,
        /// The newest version that this program can use.
        known: i32,
    },
    /// They are not ours.
    #[error(transparent)]
    NotOurs(#[from] NotOurs),
    /// Something else is in the schema, which would be thrown away with the half of a move.
    #[error(
        "the schema has {0:?}, which no ledger made: name a schema of its own, which need not exist"
    )]
    Foreign(String),
    /// Books are being moved into the schema, or a move was interrupted.
    #[error("books are being moved into the schema; if no move runs, move them again")]
    OnTheirWay,
    /// The server answers before it has written.
    #[error("the database server runs with fsync = off: it would lose what it acknowledged")]
    NotDurable,
    /// Another writer took the lease.
    #[error("another writer has taken over")]
    LeaseLost,
    /// An id that was taken for new is known: the books in memory must learn it first.
    #[error("an id is known already")]
    Known,
    /// Something in the books cannot be what a ledger wrote.
    #[error("the ledger's rows are damaged: {0} makes no sense")]
    Damaged(&'static str),
    /// The caller's clock is beyond the year 2262.
    #[error("the clock is beyond what the ledger can write")]
    Clock,
    /// No answer in time.
    #[error("the database server does not answer")]
    TimedOut,
    /// The engine's own thread could not be started.
    #[error("no thread for the ledger")]
    Thread(#[source] std::io::Error),
    /// The server or the connection refused.
    #[error("the database server refused")]
    Server(#[source] tokio_postgres::Error),
}

impl From<tokio_postgres::Error> for PostgresError {
    fn from(error: tokio_postgres::Error) -> Self {
        match error.code() {
            Some(code) if code.code() == "KL001" => Self::LeaseLost,
            Some(code) if code.code() == "KL002" => Self::Known,
            Some(code) if *code == SqlState::UNIQUE_VIOLATION => Self::Known,
            Some(_) | None => Self::Server(error),
        }
    }
}

/// What went wrong and why, for a log line. PostgreSQL's details, which quote values, are left out.
pub(super) fn in_words(error: &PostgresError) -> String {
    let PostgresError::Server(source) = error else {
        return error.to_string();
    };
    match source.as_db_error() {
        Some(db) => format!("{error}: {} ({})", db.message(), db.code().code()),
        None => format!("{error}: {source}"),
    }
}
