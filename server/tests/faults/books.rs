//! The books at the end: what was acknowledged is there once, nothing is there half, and everything adds up.

use std::collections::HashMap;

use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::http::Http;
use crate::load::{Journal, Person, id};

/// What must not be found, each with what it would mean. A count of all expenses' changes is their version.
const FAULTS: [(&str, &str); 6] = [
    (
        "ledgers whose numbers have a gap",
        "select l.id::text
           from ledgers l
           left join changes c on c.ledger_id = l.id
          group by l.id, l.seq
         having count(c.seq) <> l.seq or coalesce(max(c.seq), 0) <> l.seq or coalesce(min(c.seq), 1) <> 1",
    ),
    (
        "expenses that are not what their history says",
        "select e.id::text
           from expenses e
           left join lateral (
               select count(*) as number, count(*) filter (where c.action = 'create') as creations,
                      (array_agg(c.after order by c.seq desc))[1] as last
                 from changes c
                where c.ledger_id = e.ledger_id and c.entity = 'expense' and c.entity_id = e.id
           ) c on true
          where c.number <> e.version or c.creations <> 1
             or c.last ->> 'note' is distinct from e.note
             or (c.last ->> 'amount')::bigint is distinct from e.amount
             or (c.last ->> 'version')::bigint is distinct from e.version",
    ),
    (
        "changes of expenses that are not there",
        "select c.entity_id::text
           from changes c
          where c.entity = 'expense'
            and not exists (select from expenses e where e.ledger_id = c.ledger_id and e.id = c.entity_id)",
    ),
    (
        "expenses whose shares do not add up",
        "select e.id::text
           from expenses e
           left join shares s on s.ledger_id = e.ledger_id and s.expense_id = e.id
          group by e.ledger_id, e.id, e.ledger_amount
         having coalesce(sum(s.paid), 0) <> e.ledger_amount or coalesce(sum(s.owed), 0) <> e.ledger_amount",
    ),
    (
        "expenses that not everybody shares",
        "select e.id::text
           from expenses e
          where (select count(*) from shares s where s.ledger_id = e.ledger_id and s.expense_id = e.id)
             <> (select count(*) from members m where m.ledger_id = e.ledger_id)",
    ),
    (
        "ledgers in which what is left to pay is not nothing",
        "select s.ledger_id::text from shares s group by s.ledger_id having sum(s.paid - s.owed) <> 0",
    ),
];

/// Totals that are not what the rows add up to.
const ASTRAY: &str = include_str!("../totals_astray.sql");

/// Looks through everything.
pub async fn check(connection: &mut PgConnection, journal: &Journal, people: &[(&Person, Uuid)]) {
    let wrong = journal.wrong.lock().unwrap().clone();
    assert!(
        wrong.is_empty(),
        "{} wrong answers: {:#?}",
        wrong.len(),
        &wrong[..wrong.len().min(5)]
    );
    let totals = ("totals that are something else than a sum", ASTRAY);
    for (fault, statement) in FAULTS.into_iter().chain([totals]) {
        let found: Vec<String> = sqlx::query_scalar(statement)
            .fetch_all(&mut *connection)
            .await
            .unwrap();
        assert!(found.is_empty(), "{fault}: {found:?}");
    }
    wishes(connection, journal).await;
    for (person, ledger) in people {
        balances(connection, person, *ledger).await;
    }
}

/// Each acknowledged wish has come true once, and each other one at most once.
async fn wishes(connection: &mut PgConnection, journal: &Journal) {
    let changes: Vec<(Uuid, Uuid, String, Option<String>)> = sqlx::query_as(
        "select ledger_id, entity_id, action, case when action <> 'delete' then after ->> 'note' end
           from changes where entity = 'expense'",
    )
    .fetch_all(connection)
    .await
    .unwrap();
    let mut come_true = HashMap::new();
    for change in changes {
        *come_true.entry(change).or_insert(0) += 1;
    }
    let wishes = journal.wishes.lock().unwrap().clone();
    let mut only_known_to_us = 0;
    for wish in &wishes {
        let action = wish.action.to_owned();
        let key = (wish.ledger, wish.expense, action, wish.note.clone());
        let times = come_true.remove(&key).unwrap_or(0);
        let is_right = if wish.acknowledged {
            times == 1
        } else {
            times <= 1
        };
        assert!(is_right, "{times} times: {wish:?}");
        only_known_to_us += u32::from(!wish.acknowledged && times == 1);
    }
    assert!(come_true.is_empty(), "nobody wished: {come_true:?}");
    let acknowledged = wishes.iter().filter(|wish| wish.acknowledged).count();
    println!(
        "{} writes, {acknowledged} acknowledged; of the others {only_known_to_us} are there whole, the rest not at all",
        wishes.len()
    );
}

/// What the API says about who owes what is what the shares say, and adds up to zero.
async fn balances(connection: &mut PgConnection, person: &Person, ledger: Uuid) {
    let path = format!("/api/v1/ledgers/{ledger}/balances");
    let mut http = Http::at(person.port);
    let answer = http.send(&person.asks("GET", &path, None, None)).await;
    let said = answer.unwrap().body;
    let members = said["members"].as_array().unwrap();
    let net = |member: &Value| (id(&member["member_id"]), member["net"].as_i64().unwrap());
    let said: HashMap<Uuid, i64> = members.iter().map(net).collect();
    assert_eq!(said.values().sum::<i64>(), 0, "{said:?}");
    let counted: Vec<(Uuid, i64)> = sqlx::query_as(
        "select m.id, coalesce(sum(s.paid - s.owed) filter (where e.id is not null), 0)::bigint
           from members m
           left join shares s on s.ledger_id = m.ledger_id and s.member_id = m.id
           left join expenses e on e.ledger_id = s.ledger_id and e.id = s.expense_id and e.deleted_at is null
          where m.ledger_id = $1
          group by m.id",
    )
    .bind(ledger)
    .fetch_all(connection)
    .await
    .unwrap();
    assert_eq!(said, counted.into_iter().collect(), "ledger {ledger}");
}
