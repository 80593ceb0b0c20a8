//! What the index looks like to SQLite. It is made at once or not at all.

pub(super) const SCHEMA: &str = "
    pragma page_size = 16384;
    pragma journal_mode = wal;
    pragma synchronous = full;
    pragma cache_size = -16384;
    begin immediate;
    create table if not exists meta (name text primary key, data blob not null) without rowid;
    create table if not exists stretches (first integer primary key, data blob not null);
    create table if not exists ids (first integer primary key, data blob not null);
    create table if not exists entries (key blob primary key, data blob not null) without rowid;
    create table if not exists fates (number integer primary key, data blob not null);
    commit;
";
