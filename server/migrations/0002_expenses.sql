-- Expenses, who paid and owes them, and the history of a ledger: hash-partitioned by ledger.
--
-- Eight partitions: enough to spread vacuum and locks, few enough that a plan which cannot be pruned before it runs
-- stays cheap (see docs/adr/0004-partitions.md).

create table expenses (
    ledger_id     uuid        not null constraint expenses_ledger_id_fkey references ledgers (id) on delete cascade,
    id            uuid        not null,
    kind          text        not null constraint expenses_kind_check check (kind in ('expense', 'income', 'settlement')),
    spent_on      date        not null constraint expenses_spent_on_check check (spent_on >= '1900-01-01'),
    -- Minor units of `currency`, within what JavaScript counts exactly.
    amount        bigint      not null
        constraint expenses_amount_check check (amount <> 0 and amount between -9007199254740991 and 9007199254740991),
    currency      text        not null constraint expenses_currency_check check (currency ~ '^[A-Z]{3}$'),
    -- One unit of `currency` in the ledger's currency, as it held when this was entered; null where they are the same.
    rate          numeric     constraint expenses_rate_check check (rate > 0),
    -- Minor units of the ledger's currency. Zero only where a foreign amount is worth less than half a unit.
    ledger_amount bigint      not null
        constraint expenses_ledger_amount_check check (
            ledger_amount between -9007199254740991 and 9007199254740991
            and sign(ledger_amount) in (0, sign(amount))
            and (rate is not null or ledger_amount = amount)),
    payee         text        not null constraint expenses_payee_check check (char_length(payee) between 1 and 200),
    note          text        not null default '' constraint expenses_note_check check (char_length(note) <= 4000),
    category_id   uuid,
    tags          text[]      not null default '{}' constraint expenses_tags_check check (cardinality(tags) <= 20),
    -- Who paid, in `currency`: [{member_id, amount}]. In the ledger's currency it is in `shares`.
    paid_by       jsonb       not null,
    -- How the owed side was derived: {mode, parts: [{member_id, value?}]}.
    split         jsonb       not null,
    version       bigint      not null default 1,
    created_by    uuid        not null,
    created_at    timestamptz not null default now(),
    updated_at    timestamptz not null default now(),
    deleted_at    timestamptz,
    constraint expenses_pkey primary key (ledger_id, id),
    constraint expenses_category_id_fkey foreign key (ledger_id, category_id) references categories (ledger_id, id),
    constraint expenses_created_by_fkey foreign key (ledger_id, created_by) references members (ledger_id, id)
) partition by hash (ledger_id);

create table shares (
    ledger_id  uuid   not null,
    expense_id uuid   not null,
    member_id  uuid   not null,
    -- Minor units of the ledger's currency.
    paid       bigint not null constraint shares_paid_check check (paid between -9007199254740991 and 9007199254740991),
    owed       bigint not null constraint shares_owed_check check (owed between -9007199254740991 and 9007199254740991),
    constraint shares_pkey primary key (ledger_id, expense_id, member_id),
    constraint shares_expense_id_fkey foreign key (ledger_id, expense_id)
        references expenses (ledger_id, id) on delete cascade,
    constraint shares_member_id_fkey foreign key (ledger_id, member_id) references members (ledger_id, id)
) partition by hash (ledger_id);

create table changes (
    ledger_id uuid        not null constraint changes_ledger_id_fkey references ledgers (id) on delete cascade,
    seq       bigint      not null constraint changes_seq_check check (seq > 0),
    at        timestamptz not null default now(),
    -- The member who did it; null where nobody did (an account that was deleted, say).
    actor     uuid,
    entity    text        not null
        constraint changes_entity_check check (entity in ('ledger', 'member', 'category', 'expense')),
    entity_id uuid        not null,
    action    text        not null
        constraint changes_action_check check (action in ('create', 'update', 'delete', 'restore')),
    before    jsonb,
    after     jsonb,
    constraint changes_pkey primary key (ledger_id, seq),
    constraint changes_state_check check (before is not null or after is not null)
) partition by hash (ledger_id);

do $$
begin
    for remainder in 0..7 loop
        execute format('create table expenses_%1$s partition of expenses for values with (modulus 8, remainder %1$s)', remainder);
        execute format('create table shares_%1$s partition of shares for values with (modulus 8, remainder %1$s)', remainder);
        execute format('create table changes_%1$s partition of changes for values with (modulus 8, remainder %1$s)', remainder);
    end loop;
end $$;

-- A page of the list, newest first, and a report over a range of dates.
create index expenses_spent_on_idx on expenses (ledger_id, spent_on desc, id desc) where deleted_at is null;
-- The trash, however much there is beside it.
create index expenses_deleted_at_idx on expenses (ledger_id, spent_on desc, id desc) where deleted_at is not null;
-- The same within one category; also what the foreign key asks when a category goes.
create index expenses_category_id_idx on expenses (ledger_id, category_id, spent_on desc, id desc);
-- Completing a payee.
create index expenses_payee_idx on expenses (ledger_id, lower(payee) text_pattern_ops, spent_on desc)
    where deleted_at is null;
create index changes_entity_id_idx on changes (ledger_id, entity_id, seq desc);

-- The sum of what was paid and the sum of what is owed are the expense's amount, whatever path the rows came by.
-- Deferred to the commit, because an expense and its shares cannot be written by one statement. Planned once, because
-- planning for each row took nine tenths of the time.
create function check_shares_add_up() returns trigger language plpgsql set plan_cache_mode = force_generic_plan as $$
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
    select e.ledger_amount, coalesce(sum(s.paid), 0) as paid, coalesce(sum(s.owed), 0) as owed
      into sums
      from expenses e
      left join shares s on s.ledger_id = e.ledger_id and s.expense_id = e.id
     where e.ledger_id = ledger and e.id = expense
     group by e.ledger_amount;
    if found and (sums.paid <> sums.ledger_amount or sums.owed <> sums.ledger_amount) then
        raise exception 'paid % and owed % of expense % are not its amount %',
            sums.paid, sums.owed, expense, sums.ledger_amount
            using errcode = 'check_violation', constraint = 'shares_add_up', table = 'shares';
    end if;
    return null;
end $$;

create constraint trigger shares_add_up after insert or update of ledger_amount on expenses
    deferrable initially deferred for each row execute function check_shares_add_up('expenses');
create constraint trigger shares_add_up after insert or update or delete on shares
    deferrable initially deferred for each row execute function check_shares_add_up('shares');
