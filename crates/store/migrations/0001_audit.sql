-- The append-only log: numbered and chained inside the commit that each entry belongs to.
create table audit (
    seq bigint primary key not null,
    body text not null,
    hash text not null
);
