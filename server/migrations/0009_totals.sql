-- Totals that are kept with every write, so that balances and reports cost the same in a ledger of any size: see
-- docs/adr/0013-totals.md. A share carries what it is counted under, so that the totals are sums over the rows of one
-- table, and any statement that writes shares, however many and in whatever shape, knows of itself what to add and what to
-- take off.

alter table shares
    -- Those of its expense, copied by a trigger; all null in the trash, where nothing counts.
    add column kind text,
    add column spent_on date,
    add column category_id uuid,
    -- Who has paid the expense alone; null where several have.
    add column payer_id uuid;

-- What is counted of a whole expense, by month and category. Every write updates rows in place, hence the room in each page.
create table expense_totals (
    ledger_id   uuid    not null constraint expense_totals_ledger_id_fkey references ledgers (id) on delete cascade,
    kind        text    not null,
    -- The first day of it.
    month       date    not null,
    category_id uuid,
    -- Wide enough for any sum of amounts.
    amount      numeric not null,
    count       bigint  not null,
    constraint expense_totals_key unique nulls not distinct (ledger_id, kind, month, category_id),
    constraint expense_totals_category_id_fkey foreign key (ledger_id, category_id)
        references categories (ledger_id, id) on delete cascade
) with (fillfactor = 50);

-- The same of what each member has paid and owes.
create table share_totals (
    ledger_id   uuid    not null constraint share_totals_ledger_id_fkey references ledgers (id) on delete cascade,
    kind        text    not null,
    month       date    not null,
    category_id uuid,
    member_id   uuid    not null,
    paid        numeric not null,
    owed        numeric not null,
    -- How many owe something.
    count       bigint  not null,
    constraint share_totals_key unique nulls not distinct (ledger_id, kind, month, category_id, member_id),
    constraint share_totals_category_id_fkey foreign key (ledger_id, category_id)
        references categories (ledger_id, id) on delete cascade,
    constraint share_totals_member_id_fkey foreign key (ledger_id, member_id)
        references members (ledger_id, id) on delete cascade
) with (fillfactor = 50);

-- What a member has paid and owes of all that one member paid alone, or that several did. Income counts the other way round.
create table balances (
    ledger_id uuid    not null constraint balances_ledger_id_fkey references ledgers (id) on delete cascade,
    member_id uuid    not null,
    payer_id  uuid,
    paid      numeric not null,
    owed      numeric not null,
    -- How many shares are in it.
    count     bigint  not null,
    constraint balances_key unique nulls not distinct (ledger_id, member_id, payer_id),
    constraint balances_member_id_fkey foreign key (ledger_id, member_id)
        references members (ledger_id, id) on delete cascade,
    constraint balances_payer_id_fkey foreign key (ledger_id, payer_id)
        references members (ledger_id, id) on delete cascade
) with (fillfactor = 50);

-- None has a primary key, because categories and payers may be missing: a logical replica is told whole rows.
alter table expense_totals replica identity full;
alter table share_totals replica identity full;
alter table balances replica identity full;

-- Who has paid an expense alone, of its `paid_by`.
create function sole_payer(paid_by jsonb) returns uuid language sql immutable parallel safe
    return case when jsonb_array_length(paid_by) = 1 then (paid_by -> 0 ->> 'member_id')::uuid end;

-- What is there already.
alter table shares disable trigger shares_add_up;
update shares s
   set kind = e.kind, spent_on = e.spent_on, category_id = e.category_id, payer_id = sole_payer(e.paid_by)
  from expenses e
 where e.ledger_id = s.ledger_id and e.id = s.expense_id and e.deleted_at is null;
alter table shares enable trigger shares_add_up;

insert into expense_totals (ledger_id, kind, month, category_id, amount, count)
select ledger_id, kind, date_trunc('month', spent_on::timestamp)::date, category_id, sum(ledger_amount), count(*)
  from expenses
 where deleted_at is null
 group by 1, 2, 3, 4;

insert into share_totals (ledger_id, kind, month, category_id, member_id, paid, owed, count)
select ledger_id, kind, date_trunc('month', spent_on::timestamp)::date, category_id, member_id,
       sum(paid), sum(owed), count(*) filter (where owed <> 0)
  from shares
 where spent_on is not null
 group by 1, 2, 3, 4, 5;

insert into balances (ledger_id, member_id, payer_id, paid, owed, count)
select ledger_id, member_id, payer_id,
       sum(case when kind = 'income' then -paid else paid end), sum(case when kind = 'income' then -owed else owed end),
       count(*)
  from shares
 where spent_on is not null
 group by 1, 2, 3;

-- The expenses that several have paid, whose debts are worked out one by one.
create index shares_several_payers_idx on shares (ledger_id, expense_id) where payer_id is null and spent_on is not null;

-- A member's shares, newest first; also what the foreign key asks when a member goes.
create index shares_member_id_idx on shares (ledger_id, member_id, spent_on desc, expense_id desc);

-- A share that is written anew is counted under what its expense is then, unless its statement says so itself, which is
-- quicker. The lock keeps that so until the commit. By the primary key, whatever there is: a plan that was made for an empty
-- table would be kept when it has filled.
create function label_share() returns trigger language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
declare
    expense record;
begin
    select e.kind, e.spent_on, e.category_id, sole_payer(e.paid_by) as payer_id, e.deleted_at
      into expense
      from expenses e
     where e.ledger_id = new.ledger_id and e.id = new.expense_id
       for share;
    if expense.deleted_at is null then
        new.kind := expense.kind;
        new.spent_on := expense.spent_on;
        new.category_id := expense.category_id;
        new.payer_id := expense.payer_id;
    end if;
    return new;
end $$;

create trigger label_share before insert on shares for each row when (new.spent_on is null)
    execute function label_share();

-- What a statement has done to shares and to expenses, once per statement. The rows of the totals in one order, so that two
-- transactions over the same ones do not wait for each other in a circle.
do $$
declare
    operation record;
begin
    for operation in
        values ('insert', 'select 1 as sign, * from added', 'referencing new table as added'),
               ('delete', 'select -1 as sign, * from removed', 'referencing old table as removed'),
               ('update', 'select 1 as sign, * from added union all select -1, * from removed',
                'referencing new table as added old table as removed')
    loop
        execute format($function$
            create function count_shares_on_%1$s() returns trigger language plpgsql
            set plan_cache_mode = force_generic_plan as $body$
            begin
                insert into share_totals as t (ledger_id, kind, month, category_id, member_id, paid, owed, count)
                select ledger_id, kind, date_trunc('month', spent_on::timestamp)::date, category_id, member_id,
                       sum(sign * paid::numeric), sum(sign * owed::numeric), sum(case when owed <> 0 then sign else 0 end)
                  from (%2$s) s
                 where spent_on is not null
                 group by 1, 2, 3, 4, 5
                having sum(sign * paid::numeric) <> 0 or sum(sign * owed::numeric) <> 0
                    or sum(case when owed <> 0 then sign else 0 end) <> 0
                 order by 1, 2, 3, 4, 5
                on conflict (ledger_id, kind, month, category_id, member_id) do update
                   set paid = t.paid + excluded.paid, owed = t.owed + excluded.owed, count = t.count + excluded.count;

                insert into balances as b (ledger_id, member_id, payer_id, paid, owed, count)
                select ledger_id, member_id, payer_id, sum(sign * paid::numeric), sum(sign * owed::numeric), sum(count)
                  from (select ledger_id, member_id, payer_id, paid, owed, sign as count,
                               case when kind = 'income' then -sign else sign end as sign
                          from (%2$s) s
                         where spent_on is not null) s
                 group by 1, 2, 3
                having sum(sign * paid::numeric) <> 0 or sum(sign * owed::numeric) <> 0 or sum(count) <> 0
                 order by 1, 2, 3
                on conflict (ledger_id, member_id, payer_id) do update
                   set paid = b.paid + excluded.paid, owed = b.owed + excluded.owed, count = b.count + excluded.count;
                return null;
            end $body$
            $function$, operation.column1, operation.column2);
        execute format('create trigger count_shares_on_%1$s after %1$s on shares %2$s
                        for each statement execute function count_shares_on_%1$s()', operation.column1, operation.column3);

        execute format($function$
            create function count_expenses_on_%1$s() returns trigger language plpgsql
            set plan_cache_mode = force_generic_plan as $body$
            begin
                insert into expense_totals as t (ledger_id, kind, month, category_id, amount, count)
                select ledger_id, kind, date_trunc('month', spent_on::timestamp)::date, category_id,
                       sum(sign * ledger_amount::numeric), sum(sign)
                  from (%2$s) e
                 where deleted_at is null
                 group by 1, 2, 3, 4
                having sum(sign * ledger_amount::numeric) <> 0 or sum(sign) <> 0
                 order by 1, 2, 3, 4
                on conflict (ledger_id, kind, month, category_id) do update
                   set amount = t.amount + excluded.amount, count = t.count + excluded.count;
                return null;
            end $body$
            $function$, operation.column1, operation.column2);
        execute format('create trigger count_expenses_on_%1$s after %1$s on expenses %2$s
                        for each statement execute function count_expenses_on_%1$s()', operation.column1, operation.column3);
    end loop;
end $$;

-- What changes about an expense changes what its shares are counted under. They are looked up one by one, because a plan
-- that was made for many changes would be kept for the few.
create function label_shares() returns trigger language plpgsql
set plan_cache_mode = force_generic_plan
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
    update shares s
       set kind = e.kind, spent_on = e.spent_on, category_id = e.category_id, payer_id = e.payer_id
      from (select ledger_id, id,
                   case when deleted_at is null then kind end as kind,
                   case when deleted_at is null then spent_on end as spent_on,
                   case when deleted_at is null then category_id end as category_id,
                   case when deleted_at is null then sole_payer(paid_by) end as payer_id
              from changed) e
     where s.ledger_id = e.ledger_id and s.expense_id = e.id
       and (s.kind, s.spent_on, s.category_id, s.payer_id)
           is distinct from (e.kind, e.spent_on, e.category_id, e.payer_id);
    return null;
end $$;

create trigger label_shares after update on expenses referencing new table as changed
    for each statement execute function label_shares();

-- As in 0002, and that shares are counted under what their expense is.
create or replace function check_shares_add_up() returns trigger language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
declare
    ledger uuid := case when tg_op = 'DELETE' then old.ledger_id else new.ledger_id end;
    expense uuid;
    sums record;
begin
    if tg_argv[0] = 'expenses' then
        expense := new.id;
    elsif tg_op = 'DELETE' then
        expense := old.expense_id;
    else
        expense := new.expense_id;
    end if;
    select e.ledger_amount, coalesce(sum(s.paid), 0) as paid, coalesce(sum(s.owed), 0) as owed,
           count(*) filter (where case when e.deleted_at is null
                                       then (s.kind, s.spent_on, s.category_id) is distinct from (e.kind, e.spent_on, e.category_id)
                                         or s.payer_id <> s.member_id and s.paid <> 0
                                       else s.spent_on is not null end
                              and s.member_id is not null) as astray
      into sums
      from expenses e
      left join shares s on s.ledger_id = e.ledger_id and s.expense_id = e.id
     where e.ledger_id = ledger and e.id = expense
     group by e.ledger_amount;
    if found and (sums.paid <> sums.ledger_amount or sums.owed <> sums.ledger_amount) then
        raise exception 'paid % and owed % of expense % are not its amount %',
            sums.paid, sums.owed, expense, sums.ledger_amount
            using errcode = 'check_violation', constraint = 'shares_add_up', table = 'shares';
    elsif found and sums.astray > 0 then
        raise exception 'shares of expense % are counted under what it is not', expense
            using errcode = 'check_violation', constraint = 'shares_labelled', table = 'shares';
    end if;
    return null;
end $$;
