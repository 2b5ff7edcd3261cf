-- What the totals have and the rows do not add up to, or the other way round; and shares that are counted under what their
-- expense is not.
with of_expenses as (
    (select ledger_id, kind, date_trunc('month', spent_on::timestamp)::date as month, category_id,
            sum(ledger_amount) as amount, count(*) as count
       from expenses where deleted_at is null group by 1, 2, 3, 4)
), kept_of_expenses as (
    select ledger_id, kind, month, category_id, amount, count
      from expense_totals where (amount, count) <> (0, 0)
), of_shares as (
    select e.ledger_id, e.kind, date_trunc('month', e.spent_on::timestamp)::date as month, e.category_id, s.member_id,
           sum(s.paid) as paid, sum(s.owed) as owed, count(*) filter (where s.owed <> 0) as count
      from expenses e join shares s on s.ledger_id = e.ledger_id and s.expense_id = e.id
     where e.deleted_at is null group by 1, 2, 3, 4, 5
    having sum(s.paid) <> 0 or sum(s.owed) <> 0 or count(*) filter (where s.owed <> 0) <> 0
), kept_of_shares as (
    select ledger_id, kind, month, category_id, member_id, paid, owed, count
      from share_totals where (paid, owed, count) <> (0, 0, 0)
), of_balances as (
    select e.ledger_id, s.member_id,
           case when jsonb_array_length(e.paid_by) = 1 then (e.paid_by -> 0 ->> 'member_id')::uuid end as payer_id,
           sum(case when e.kind = 'income' then -s.paid else s.paid end) as paid,
           sum(case when e.kind = 'income' then -s.owed else s.owed end) as owed, count(*) as count
      from expenses e join shares s on s.ledger_id = e.ledger_id and s.expense_id = e.id
     where e.deleted_at is null group by 1, 2, 3
), kept_of_balances as (
    select ledger_id, member_id, payer_id, paid, owed, count
      from balances where (paid, owed, count) <> (0, 0, 0)
)
select 'not kept: ' || of_expenses from (table of_expenses except all table kept_of_expenses) of_expenses
union all select 'kept: ' || of_expenses from (table kept_of_expenses except all table of_expenses) of_expenses
union all select 'not kept: ' || of_shares from (table of_shares except all table kept_of_shares) of_shares
union all select 'kept: ' || of_shares from (table kept_of_shares except all table of_shares) of_shares
union all select 'not kept: ' || of_balances from (table of_balances except all table kept_of_balances) of_balances
union all select 'kept: ' || of_balances from (table kept_of_balances except all table of_balances) of_balances
union all select 'astray: ' || s
  from shares s join expenses e on e.ledger_id = s.ledger_id and e.id = s.expense_id
 where s.spent_on is distinct from case when e.deleted_at is null then e.spent_on end
