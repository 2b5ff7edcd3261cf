//! The search: it finds what contains the text, however it is planned, and does not walk a ledger for what is not there.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;
use sqlx::{AssertSqlSafe, PgPool};
use uuid::Uuid;

use crate::expenses::{add, expenses};
use crate::statements::plan_of_search;
use crate::support::{Client, TestApp};

/// How many expenses there are: enough for the index to pay.
const COUNT: i64 = 3_000;

/// What texts are made of: signs of patterns, letters in two cases and of several bytes, and what is no letter.
const PARTS: [&str; 16] = [
    "a", "B", "ab", "%", "_", "\\", "'", " ", "ä", "Ä", "Я", "午饭", "🍕", "fee", "Coffee",
    "100 %_",
];

/// What one expense has.
const RARE: &str = "Unheard-of";

async fn fill(db: &PgPool, anna: &Client) {
    add(anna, json!({})).await;
    let fill = format!(
        "set session_replication_role = replica;
         insert into expenses (ledger_id, id, kind, spent_on, amount, currency, ledger_amount, payee, note, paid_by, split, created_by)
         select e.ledger_id, gen_random_uuid(), e.kind, e.spent_on - number / 10, e.amount, e.currency, e.ledger_amount,
                'x' || part[1 + number * 7 % 16] || part[1 + number * 5 / 3 % 16] || part[1 + number / 16 % 16],
                case when number % 3 = 0 then part[1 + number / 5 % 16] || chr(10) || part[1 + number / 7 % 16]
                     when number = 1777 then $${RARE}$$ else '' end,
                e.paid_by, e.split, e.created_by
           from expenses e, (select array[{}]) parts (part), generate_series(1, {COUNT}) number;
         insert into shares (ledger_id, expense_id, member_id, paid, owed)
         select ledger_id, id, created_by, ledger_amount, ledger_amount from expenses
             on conflict do nothing;
         set session_replication_role = default;
         analyze expenses",
        PARTS.map(|part| format!("$${part}$$")).join(", ")
    );
    sqlx::raw_sql(AssertSqlSafe(fill))
        .execute(db)
        .await
        .unwrap();
}

/// The ids of all that a search finds, page by page.
async fn found(anna: &Client, text: &str) -> BTreeSet<String> {
    let query: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
    let mut ids = BTreeSet::new();
    let mut cursor = String::new();
    loop {
        let path = format!("{}?q={query}&limit=200{cursor}", expenses(anna));
        let page = anna.get(&path).await.ok();
        for expense in page["items"].as_array().unwrap() {
            assert!(ids.insert(expense["id"].as_str().unwrap().to_owned()));
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return ids,
        }
    }
}

#[tokio::test]
async fn a_search_finds_what_contains_the_text_in_upper_or_lower_case() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    fill(&app.app.db, &anna).await;
    let all: Vec<(Uuid, String, String)> = sqlx::query_as("select id, payee, note from expenses")
        .fetch_all(&app.app.db)
        .await
        .unwrap();
    let naive = move |text: &str| -> BTreeSet<String> {
        let text = text.trim().to_lowercase();
        let has = |it: &str| it.to_lowercase().contains(&text);
        all.iter()
            .filter(|(_, payee, note)| has(payee) || has(note))
            .map(|(id, ..)| id.to_string())
            .collect()
    };
    assert_eq!(found(&anna, RARE).await.len(), 1);

    let texts = prop::collection::vec(prop::sample::select(&PARTS[..]), 1..4);
    let runtime = tokio::runtime::Handle::current();
    tokio::task::spawn_blocking(move || {
        let mut runner = TestRunner::new(Config::with_cases(60));
        runner
            .run(&texts, |parts| {
                let text = parts.concat();
                prop_assert_eq!(runtime.block_on(found(&anna, &text)), naive(&text));
                Ok(())
            })
            .unwrap();
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn a_search_walks_for_what_many_have_and_looks_up_what_few_or_none_have() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    fill(&app.app.db, &anna).await;
    let ledger = anna.user["personal_ledger_id"].as_str().unwrap();
    let mut connection = app.app.db.acquire().await.unwrap();
    for (text, is_looked_up) in [
        (RARE, true),
        ("nothing has this", true),
        ("100 %_", false),
        ("coffee", false),
    ] {
        let plan = plan_of_search(&mut connection, ledger, text).await;
        let plan = plan.to_string();
        assert_eq!(
            plan.contains("_ledger_id_lower_idx\""),
            is_looked_up,
            "{text}: {plan}"
        );
    }
}
