//! The sums over the tables `shares` and `expenses`.

use chrono::NaiveDate;
use money::balance::{Kind as Moves, Share};
use money::settle::Transfer;
use sqlx::{PgConnection, PgExecutor};

use crate::error::{Code, Error, Result};
use crate::expenses::Kind;
use crate::ids::{ExpenseId, LedgerId, MemberId};

/// The sums of one member in the expenses of one kind.
#[derive(Debug)]
pub struct Sums {
    pub kind: Moves,
    pub share: Share<MemberId>,
}

/// What everybody paid and owes, by kind of expense.
///
/// # Errors
/// `amount_out_of_range` where a sum is beyond what can be counted exactly.
pub async fn sums(db: impl PgExecutor<'_>, ledger_id: LedgerId) -> Result<Vec<Sums>> {
    let rows = sqlx::query!(
        r#"
        with sums as (
            select e.kind, s.member_id, sum(s.paid) as paid, sum(s.owed) as owed
              from shares s
              join expenses e on e.ledger_id = s.ledger_id and e.id = s.expense_id
             where s.ledger_id = $1 and e.ledger_id = $1 and e.deleted_at is null
             group by 1, 2
        )
        select kind as "kind: Kind", member_id as "member_id: MemberId",
               case when abs(paid) <= 9007199254740991 then paid::bigint end as paid,
               case when abs(owed) <= 9007199254740991 then owed::bigint end as owed
          from sums
        "#,
        ledger_id.0,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            let (Some(paid), Some(owed)) = (row.paid, row.owed) else {
                return Err(out_of_range());
            };
            Ok(Sums {
                kind: moves(row.kind),
                share: Share {
                    member_id: row.member_id,
                    paid,
                    owed,
                },
            })
        })
        .collect()
}

/// What the expenses that one member paid alone make everybody owe that one, not yet set off against each other.
pub async fn owed_to_single_payers(
    db: impl PgExecutor<'_>,
    ledger_id: LedgerId,
) -> Result<Vec<Transfer<MemberId>>> {
    let rows = sqlx::query!(
        r#"
        with debts as (
            select o.member_id as from_id, p.member_id as to_id,
                   sum(case when e.kind = 'income' then -o.owed else o.owed end) as amount
              from expenses e
              join shares p on p.ledger_id = e.ledger_id and p.expense_id = e.id and p.paid = e.ledger_amount
              join shares o on o.ledger_id = e.ledger_id and o.expense_id = e.id and o.member_id <> p.member_id
             where e.ledger_id = $1 and p.ledger_id = $1 and o.ledger_id = $1
               and e.deleted_at is null and e.ledger_amount <> 0
             group by 1, 2
        )
        select from_id as "from_id: MemberId", to_id as "to_id: MemberId",
               case when abs(amount) <= 9007199254740991 then amount::bigint end as amount
          from debts
        "#,
        ledger_id.0,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Transfer {
                from: row.from_id,
                to: row.to_id,
                amount: row.amount.ok_or_else(out_of_range)?,
            })
        })
        .collect()
}

/// An expense with all its shares.
#[derive(Debug)]
pub struct Shared {
    pub id: ExpenseId,
    pub spent_on: NaiveDate,
    pub payee: String,
    pub kind: Kind,
    pub shares: Vec<Share<MemberId>>,
}

/// Which expenses.
#[derive(Debug, Clone, Copy)]
pub enum Which {
    /// Those that several members have paid.
    SeveralPayers,
    /// Those in which these two have shares.
    Of(MemberId, MemberId),
}

/// Expenses with their shares, oldest first.
pub async fn shared(
    db: impl PgExecutor<'_>,
    ledger_id: LedgerId,
    which: Which,
) -> Result<Vec<Shared>> {
    let both = match which {
        Which::SeveralPayers => None,
        Which::Of(a, b) => Some(vec![a.0, b.0]),
    };
    let rows = sqlx::query!(
        r#"
        select e.id as "id: ExpenseId", e.spent_on, e.payee, e.kind as "kind: Kind",
               array_agg(s.member_id order by s.member_id) as "members!: Vec<MemberId>",
               array_agg(s.paid order by s.member_id) as "paid!",
               array_agg(s.owed order by s.member_id) as "owed!"
          from expenses e
          join shares s on s.ledger_id = e.ledger_id and s.expense_id = e.id
         where e.ledger_id = $1 and s.ledger_id = $1 and e.deleted_at is null
         group by e.id, e.spent_on, e.payee, e.kind
        having case when $2::uuid[] is null then count(*) filter (where s.paid <> 0) > 1
                    else array_agg(s.member_id) @> $2 end
         order by e.spent_on, e.id
        "#,
        ledger_id.0,
        both.as_deref(),
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Shared {
            id: row.id,
            spent_on: row.spent_on,
            payee: row.payee,
            kind: row.kind,
            shares: row
                .members
                .into_iter()
                .zip(row.paid)
                .zip(row.owed)
                .map(|((member_id, paid), owed)| Share {
                    member_id,
                    paid,
                    owed,
                })
                .collect(),
        })
        .collect())
}

/// The settlements entered since the last other change of an expense, in their order: payments on a plan that still
/// stands. A settlement that was edited or deleted counts as another change.
pub async fn payments(
    connection: &mut PgConnection,
    ledger_id: LedgerId,
) -> Result<Vec<Transfer<MemberId>>> {
    let since = sqlx::query_scalar!(
        r#"
        select seq
          from changes
         where ledger_id = $1 and entity = 'expense' and not (action = 'create' and after ->> 'kind' = 'settlement')
         order by seq desc
         limit 1
        "#,
        ledger_id.0,
    )
    .fetch_optional(&mut *connection)
    .await?
    .unwrap_or(0);
    let rows = sqlx::query!(
        r#"
        select s.from_id as "from_id!: MemberId", s.to_id as "to_id!: MemberId", s.amount as "amount!"
          from changes c
         cross join lateral (
               select max(share ->> 'member_id') filter (where (share ->> 'paid')::bigint > 0)::uuid as from_id,
                      max(share ->> 'member_id') filter (where (share ->> 'owed')::bigint > 0)::uuid as to_id,
                      max((share ->> 'paid')::bigint) as amount
                 from jsonb_array_elements(c.after -> 'shares') share) s
         where c.ledger_id = $1 and c.seq > $2 and c.entity = 'expense' and s.amount > 0
         order by c.seq
        "#,
        ledger_id.0,
        since,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Transfer {
            from: row.from_id,
            to: row.to_id,
            amount: row.amount,
        })
        .collect())
}

/// One page of the way to a member's balance, newest first, from before a date and an id on.
pub async fn steps(
    db: impl PgExecutor<'_>,
    ledger_id: LedgerId,
    member_id: MemberId,
    before: Option<(NaiveDate, ExpenseId)>,
    limit: i64,
) -> Result<Vec<super::model::Step>> {
    let (date, id) = before.unzip();
    let rows = sqlx::query!(
        r#"
        with moved as (
            select e.id, e.spent_on, e.payee, e.kind,
                   case when e.kind = 'income' then s.owed - s.paid else s.paid - s.owed end as amount
              from shares s
              join expenses e on e.ledger_id = s.ledger_id and e.id = s.expense_id
             where s.ledger_id = $1 and e.ledger_id = $1 and s.member_id = $2 and e.deleted_at is null
        ), running as (
            select *, sum(amount) over (order by spent_on, id) as balance
              from moved
             where amount <> 0
        )
        select id as "id: ExpenseId", spent_on, payee, kind as "kind: Kind", amount as "amount!",
               case when abs(balance) <= 9007199254740991 then balance::bigint end as balance
          from running
         where $3::date is null or (spent_on, id) < ($3, $4)
         order by spent_on desc, id desc
         limit $5
        "#,
        ledger_id.0,
        member_id.0,
        date,
        id.map(|id| id.0),
        limit,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(super::model::Step {
                expense_id: row.id,
                spent_on: row.spent_on,
                payee: row.payee,
                kind: row.kind,
                amount: crate::fields::Minor(row.amount),
                balance: crate::fields::Minor(row.balance.ok_or_else(out_of_range)?),
            })
        })
        .collect()
}

/// A kind of expense in the words of `money`.
pub const fn moves(kind: Kind) -> Moves {
    match kind {
        Kind::Expense => Moves::Expense,
        Kind::Income => Moves::Income,
        Kind::Settlement => Moves::Settlement,
    }
}

/// The answer where a sum cannot be counted exactly.
pub fn out_of_range() -> Error {
    Code::AmountOutOfRange
        .error()
        .detail("a balance is beyond what can be counted exactly")
}
