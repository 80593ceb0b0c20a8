-- Whose books they are: said once, by whoever begins them.
create table whose (
    only_one boolean primary key default true check (only_one),
    owner uuid not null
);
