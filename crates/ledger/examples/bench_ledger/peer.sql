-- What the engine is compared with: the same rows, indexes and rules, applied by the database.
create table account (
    id uuid primary key,
    flags integer not null,
    debits_pending bigint not null default 0,
    debits_posted bigint not null default 0,
    credits_pending bigint not null default 0,
    credits_posted bigint not null default 0
) with (fillfactor = 60);
create sequence stamp cache 1000;
create table transfer (
    at bigint primary key,
    id uuid not null unique,
    debit_account uuid not null,
    credit_account uuid not null,
    amount bigint not null,
    user_data uuid,
    timeout_secs bigint not null default 0,
    ledger bigint not null default 392,
    code integer not null default 1,
    flags integer not null default 0
);
create index on transfer (debit_account, at);
create index on transfer (credit_account, at);

-- 0 made, 1 exists, 2 other content, 3 no such account, 4 overdrawn.
create function one(_id uuid, _debit uuid, _credit uuid, _amount bigint)
returns integer language plpgsql as $$
declare
    known transfer;
    debit account;
    credit account;
begin
    select * into known from transfer where id = _id;
    if found then
        return case when (known.debit_account, known.credit_account, known.amount)
            = (_debit, _credit, _amount) then 1 else 2 end;
    end if;
    -- In one order, or two that pay each other wait for each other for ever.
    if _debit < _credit then
        select * into debit from account where id = _debit for update;
        select * into credit from account where id = _credit for update;
    else
        select * into credit from account where id = _credit for update;
        select * into debit from account where id = _debit for update;
    end if;
    if debit.id is null or credit.id is null then
        return 3;
    end if;
    if debit.flags & 1 <> 0
        and debit.debits_pending + debit.debits_posted + _amount > debit.credits_posted then
        return 4;
    end if;
    update account set debits_posted = debits_posted + _amount where id = _debit;
    update account set credits_posted = credits_posted + _amount where id = _credit;
    insert into transfer (at, id, debit_account, credit_account, amount)
        values (nextval('stamp'), _id, _debit, _credit, _amount);
    return 0;
end $$;

create function many(_ids uuid[], _debits uuid[], _credits uuid[], _amounts bigint[])
returns integer[] language plpgsql as $$
declare
    results integer[] := '{}';
begin
    for i in 1 .. cardinality(_ids) loop
        results := results || one(_ids[i], _debits[i], _credits[i], _amounts[i]);
    end loop;
    return results;
end $$;
