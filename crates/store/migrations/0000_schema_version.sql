-- Which migrations this file has been through, each with its text as it was applied.
create table if not exists schema_version (
    version bigint primary key not null,
    name text not null,
    text text not null
);
