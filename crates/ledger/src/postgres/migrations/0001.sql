-- The ledger of one company, in a schema of its own.
--
-- Timestamps are nanoseconds since 1970: a ledger tells transfers of one instant apart by them,
-- and PostgreSQL's own have microseconds. 128-bit ids are uuids, which are 128 bits and nothing else.

-- One row: who may write, how far the books have come.
create table book (
    only_one boolean primary key default true check (only_one),
    -- Grows with every taking of the lease; what a writer of an older one sends is refused.
    epoch bigint not null,
    holder text not null,
    backend integer not null,
    held_until timestamptz not null,
    now_ns bigint,
    stamped_ns bigint,
    transferred_ns bigint,
    -- Rows of accounts are true for all transfers up to this one.
    settled_ns bigint
) with (fillfactor = 20);
insert into book (epoch, holder, backend, held_until) values (0, '', 0, '-infinity');

create table account (
    id uuid not null,
    ledger bigint not null,
    code integer not null,
    flags integer not null,
    user_data uuid,
    made_at bigint not null,
    debits_pending bigint not null check (debits_pending >= 0),
    debits_posted bigint not null check (debits_posted >= 0),
    credits_pending bigint not null check (credits_pending >= 0),
    credits_posted bigint not null check (credits_posted >= 0),
    closed boolean not null,
    -- The sums are those after every transfer up to this timestamp; later ones carry their own.
    as_of bigint not null,
    primary key (id)
) with (fillfactor = 60);

-- Every id that was ever used, so that it is unique for ever although transfers are parted by
-- time. An id without a timestamp was refused for a passing reason and is never made any more.
create table transfer_id (
    id uuid not null,
    at bigint,
    primary key (id)
);

-- One row per transfer, with the sums of both accounts right after it: a balance is never updated
-- for each transfer, and the balance at any past instant is one look.
create table transfer (
    at bigint not null,
    id uuid not null,
    debit_account uuid not null,
    credit_account uuid not null,
    amount bigint not null,
    pending_id uuid,
    user_data uuid,
    timeout_secs bigint not null,
    ledger bigint not null,
    code integer not null,
    flags integer not null,
    debit_debits_pending bigint not null,
    debit_debits_posted bigint not null,
    debit_credits_pending bigint not null,
    debit_credits_posted bigint not null,
    credit_debits_pending bigint not null,
    credit_debits_posted bigint not null,
    credit_credits_pending bigint not null,
    credit_credits_posted bigint not null,
    -- 1: the debit account is closed after it; 2: the credit account is.
    closed integer not null,
    primary key (at)
) partition by range (at);
create index transfer_debit on transfer (debit_account, at);
create index transfer_credit on transfer (credit_account, at);

-- What became of each reservation. 0 open, 1 posted, 2 voided, 3 expired.
create table pending (
    id uuid not null,
    at bigint not null,
    expires_at bigint,
    state integer not null check (state between 0 and 3),
    settled_by uuid,
    amount bigint not null,
    primary key (id)
) with (fillfactor = 80);
create index pending_open on pending (expires_at) where state = 0;

-- Accounts with their sums as of now.
create view balance as
select a.id, a.ledger, a.code, a.flags, a.user_data, a.made_at,
       coalesce(n.debits_pending, a.debits_pending) as debits_pending,
       coalesce(n.debits_posted, a.debits_posted) as debits_posted,
       coalesce(n.credits_pending, a.credits_pending) as credits_pending,
       coalesce(n.credits_posted, a.credits_posted) as credits_posted,
       coalesce(n.closed, a.closed) as closed
  from account a
  left join lateral (
      select * from (
          (select t.at, t.debit_debits_pending as debits_pending,
                  t.debit_debits_posted as debits_posted,
                  t.debit_credits_pending as credits_pending,
                  t.debit_credits_posted as credits_posted, (t.closed & 1) <> 0 as closed
             from transfer t where t.debit_account = a.id and t.at > a.as_of
            order by t.at desc limit 1)
          union all
          (select t.at, t.credit_debits_pending, t.credit_debits_posted,
                  t.credit_credits_pending, t.credit_credits_posted, (t.closed & 2) <> 0
             from transfer t where t.credit_account = a.id and t.at > a.as_of
            order by t.at desc limit 1)
      ) newest order by at desc limit 1
  ) n on true;

-- Writes one group of batches, if the writer still holds the lease: the row of the book is locked
-- and compared in the same statement, so whoever took the lease before is waited for, and whoever
-- lost it writes nothing.
create function write_group(
    _epoch bigint, _lease_ms bigint, _now bigint, _stamped bigint, _transferred bigint,
    _settled bigint, _transfers transfer[], _accounts account[], _pendings pending[],
    _failed uuid[], _absent uuid[]
) returns void language plpgsql as $$
begin
    update book set now_ns = _now, stamped_ns = _stamped, transferred_ns = _transferred,
        settled_ns = _settled,
        held_until = clock_timestamp() + _lease_ms * interval '1 millisecond'
     where epoch = _epoch;
    if not found then
        raise exception 'the lease was taken by another writer' using errcode = 'KL001';
    end if;
    if cardinality(_absent) > 0 then
        perform 1 from transfer_id where id = any (_absent);
        if found then
            raise exception 'an id that was taken for new is known' using errcode = 'KL002';
        end if;
    end if;
    if cardinality(_transfers) > 0 then
        insert into transfer_id select r.id, r.at from unnest(_transfers) r;
        insert into transfer select r.* from unnest(_transfers) r;
    end if;
    if cardinality(_failed) > 0 then
        insert into transfer_id select r, null from unnest(_failed) r;
    end if;
    if cardinality(_pendings) > 0 then
        insert into pending select r.* from unnest(_pendings) r
            on conflict (id) do update set state = excluded.state,
                settled_by = excluded.settled_by, amount = excluded.amount;
    end if;
    if cardinality(_accounts) > 0 then
        insert into account select r.* from unnest(_accounts) r
            on conflict (id) do update set debits_pending = excluded.debits_pending,
                debits_posted = excluded.debits_posted,
                credits_pending = excluded.credits_pending,
                credits_posted = excluded.credits_posted, closed = excluded.closed,
                as_of = excluded.as_of;
    end if;
end $$;
