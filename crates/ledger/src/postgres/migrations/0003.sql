-- Many transfers of one quarter of a year go into its partition at once, and not through the parent
-- row by row, which costs a twentieth of the server's time. Whatever belongs elsewhere is refused by
-- the partition itself, and a table that is no partition (any more) takes nothing: what goes in there
-- would be answered for and not be in the books.
create or replace function write_group(
    _epoch bigint, _lease_ms bigint, _now bigint, _stamped bigint, _transferred bigint,
    _settled bigint, _transfers transfer[], _accounts account[], _pendings pending[],
    _failed uuid[], _absent uuid[]
) returns void language plpgsql as $$
declare
    _first bigint := _transfers[1].at;
    _last bigint := _transfers[cardinality(_transfers)].at;
    _quarters text[];
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
        -- Planning for a partition is only worth it for many; they come in the order of their time.
        if cardinality(_transfers) >= 100 and _first >= 0 then
            _quarters := array(
                select to_char(date_trunc('quarter', to_timestamp(at / 1000000000) at time zone 'UTC'),
                               '"transfer_"YYYY_MM')
                  from unnest(array[_first, _last]) at);
        end if;
        -- Nobody takes it away before this is over.
        lock table only transfer in row exclusive mode;
        if _quarters[1] = _quarters[2] and exists (
            select from pg_inherits where inhparent = 'transfer'::regclass
               and inhrelid = to_regclass(quote_ident(_quarters[1])))
        then
            execute format('insert into %I select r.* from unnest($1) r', _quarters[1])
              using _transfers;
        else
            insert into transfer select r.* from unnest(_transfers) r;
        end if;
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
