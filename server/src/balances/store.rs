//! The sums over the tables `shares` and `expenses`.

use chrono::NaiveDate;
use money::balance::{Kind as Moves, Share};
use money::settle::Transfer;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::error::{Code, Error, Result};
use crate::expenses::Kind;
use crate::ids::{ExpenseId, LedgerId, MemberId};

/// What everybody with shares has paid and owes, from the totals: income counts the other way round.
///
/// # Errors
/// `amount_out_of_range` where a sum is beyond what can be counted exactly.
pub async fn sums(db: impl PgExecutor<'_>, ledger_id: LedgerId) -> Result<Vec<Share<MemberId>>> {
    let rows = sqlx::query!(
        r#"
        with sums as (
            select member_id, sum(paid) as paid, sum(owed) as owed
              from balances
             where ledger_id = $1 and count <> 0
             group by 1
        )
        select member_id as "member_id: MemberId",
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
            Ok(Share {
                member_id: row.member_id,
                paid,
                owed,
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
        select member_id as "from_id: MemberId", payer_id as "to_id!: MemberId",
               case when abs(owed) <= 9007199254740991 then owed::bigint end as amount
          from balances
         where ledger_id = $1 and payer_id <> member_id and count <> 0
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

/// Selects [`Shared`]s by the condition that picks them from `shares p`, in which `$1` is the ledger.
macro_rules! shared {
    ($db:ident, where $condition:literal, $($bound:expr),+ $(,)?) => {
        sqlx::query_as!(
            Row,
            r#"
            select e.id, e.spent_on, e.payee, e.kind as "kind: Kind",
                   s.members as "members!: Vec<MemberId>", s.paid as "paid!", s.owed as "owed!"
              from (select distinct p.spent_on, p.expense_id
                      from shares p
                     where p.ledger_id = $1 and "# + $condition + r#") p
              join expenses e on e.ledger_id = $1 and e.id = p.expense_id
             cross join lateral (
                   select array_agg(member_id order by member_id) as members,
                          array_agg(paid order by member_id) as paid, array_agg(owed order by member_id) as owed
                     from shares
                    where ledger_id = $1 and expense_id = e.id
                   ) s
             order by e.spent_on desc, e.id desc
            "#,
            $($bound),+
        )
        .fetch_all($db)
        .await
    };
}

struct Row {
    id: ExpenseId,
    spent_on: NaiveDate,
    payee: String,
    kind: Kind,
    members: Vec<MemberId>,
    paid: Vec<i64>,
    owed: Vec<i64>,
}

/// The expenses that several members have paid, newest first.
pub async fn of_several_payers(
    db: impl PgExecutor<'_>,
    ledger_id: LedgerId,
) -> Result<Vec<Shared>> {
    let rows = shared!(
        db,
        where "p.payer_id is null and p.spent_on is not null",
        ledger_id.0,
    )?;
    Ok(rows.into_iter().map(Shared::from).collect())
}

/// The next expenses in which two members have shares and that one of them, or several, have paid: newest first, from before
/// a date and an id on.
pub async fn between(
    db: impl PgExecutor<'_>,
    ledger_id: LedgerId,
    (one, other): (MemberId, MemberId),
    (date, id): (NaiveDate, ExpenseId),
    limit: i64,
) -> Result<Vec<Shared>> {
    let rows = shared!(
        db,
        where "p.member_id = $2 and (p.spent_on, p.expense_id) < ($4, $5)
                       and (p.payer_id is null or p.payer_id in ($2, $3))
                       and exists (select from shares o
                                    where o.ledger_id = $1 and o.expense_id = p.expense_id and o.member_id = $3)
                     order by p.spent_on desc, p.expense_id desc
                     limit $6",
        ledger_id.0,
        one.0,
        other.0,
        date,
        id.0,
        limit,
    )?;
    Ok(rows.into_iter().map(Shared::from).collect())
}

impl From<Row> for Shared {
    fn from(row: Row) -> Self {
        Self {
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
        }
    }
}

/// The settlements entered since the balances were last moved otherwise, in their order: payments on a plan that still
/// stands. One whose amount was edited, or that was deleted, is no payment on it. Of changes that move nothing, of notes or
/// categories, a hundred are looked over; what is before more of them does not count.
pub async fn payments(
    connection: &mut PgConnection,
    ledger_id: LedgerId,
) -> Result<Vec<Transfer<MemberId>>> {
    let since = sqlx::query_scalar!(
        r#"
        select coalesce(
            (select seq
               from (select seq,
                            before -> 'shares' is distinct from after -> 'shares'
                            or before ->> 'kind' is distinct from after ->> 'kind'
                            or (before ->> 'deleted_at' is null) is distinct from (after ->> 'deleted_at' is null) as moves
                       from changes
                      where ledger_id = $1 and entity = 'expense'
                        and not (action = 'create' and after ->> 'kind' = 'settlement')
                      order by seq desc
                      limit 100) latest
              where moves
              order by seq desc
              limit 1),
            (select seq
               from changes
              where ledger_id = $1 and entity = 'expense'
                and not (action = 'create' and after ->> 'kind' = 'settlement')
              order by seq desc
             offset 99
              limit 1),
            0) as "seq!"
        "#,
        ledger_id.0,
    )
    .fetch_one(&mut *connection)
    .await?;
    let rows = sqlx::query!(
        r#"
        select s.from_id as "from_id!: MemberId", s.to_id as "to_id!: MemberId", s.amount as "amount!"
          from changes c
         cross join lateral (
               select max(share ->> 'member_id') filter (where (share ->> 'paid')::bigint > 0)::uuid as from_id,
                      max(share ->> 'member_id') filter (where (share ->> 'owed')::bigint > 0)::uuid as to_id,
                      max((share ->> 'paid')::bigint) as amount
                 from jsonb_array_elements(c.after -> 'shares') share) s
         where c.ledger_id = $1 and c.seq > $2 and c.entity = 'expense' and c.action = 'create'
           and c.after ->> 'kind' = 'settlement' and s.amount > 0
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

/// One page of the way to a member's balance, newest first, from before a date and an id on. The balance after each is the
/// present one less what is newer, of which whole months are in the totals, so that no page reads much more than it shows.
pub async fn steps(
    db: impl PgExecutor<'_>,
    ledger_id: LedgerId,
    member_id: MemberId,
    before: Option<(NaiveDate, ExpenseId)>,
    limit: i64,
) -> Result<Vec<super::model::Step>> {
    // The first page begins after the end of all days.
    let (date, id) = before.unwrap_or((NaiveDate::MAX, ExpenseId(Uuid::max())));
    let rows = sqlx::query!(
        r#"
        with newer as (
            select coalesce((
                select sum(case when kind = 'income' then owed - paid else paid - owed end)
                  from share_totals
                 where ledger_id = $1 and member_id = $2 and month > $3::date), 0)
                 + coalesce((
                select sum(case when kind = 'income' then owed - paid else paid - owed end)
                  from shares
                 where ledger_id = $1 and member_id = $2
                   and (spent_on, expense_id) >= ($3::date, $4)
                   and spent_on < date_trunc('month', ($3::date)::timestamp) + interval '1 month'), 0) as amount
        ), standing as (
            select coalesce(sum(paid - owed), 0) as net from balances where ledger_id = $1 and member_id = $2
        ), page as (
            select expense_id, spent_on, case when kind = 'income' then owed - paid else paid - owed end as amount
              from shares
             where ledger_id = $1 and member_id = $2 and (spent_on, expense_id) < ($3::date, $4) and paid <> owed
             order by spent_on desc, expense_id desc
             limit $5
        ), running as (
            select page.*, standing.net - newer.amount - coalesce(sum(page.amount) over (
                       order by page.spent_on desc, page.expense_id desc
                       rows between unbounded preceding and 1 preceding), 0) as balance
              from page, standing, newer
        )
        select e.id as "id: ExpenseId", e.spent_on, e.payee, e.kind as "kind: Kind", running.amount as "amount!",
               case when abs(balance) <= 9007199254740991 then balance::bigint end as balance
          from running
          join expenses e on e.ledger_id = $1 and e.id = running.expense_id
         order by e.spent_on desc, e.id desc
        "#,
        ledger_id.0,
        member_id.0,
        date,
        id.0,
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
