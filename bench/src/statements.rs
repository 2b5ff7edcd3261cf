//! The server's own statements, taken from the data of its checked queries, as a script for pgbench.

use anyhow::{Context, Result, ensure};

use crate::load::Request;

/// Made of one random number, because the statement names it twice.
const NEW_ID: &str = "lpad(to_hex(:random::bigint), 32, '0')::uuid";

/// The script of one request.
pub fn script(request: Request) -> Result<String> {
    let is_member = statement(
        &["select m.id as", "where s.id = $2 and s.user_id = $3"],
        ":ledger | :session | :user",
    )?;
    let asked = match request {
        Request::FirstPage => statement(
            &["(e.spent_on, e.id) < ($2, $3)"],
            ":ledger | '5874897-12-31' | 'ffffffff-ffff-ffff-ffff-ffffffffffff' | 51",
        )?,
        Request::FilteredPage => statement(
            &[
                "e.deleted_at is null and ($2::date is null",
                "order by e.spent_on desc",
            ],
            ":ledger | null | null | :category | false | null | null | null | null | null | '7' | null | null | 51",
        )?,
        Request::YearReport => statement(
            &["from expenses e", "group by 1, 2, 3, 4, 5", "limit $17"],
            ":ledger | 'expense' | :from | :to | null | false | null | null | null | null | null \
             | true | true | false | false | false | 20001",
        )?,
        Request::Add => add()?,
    };
    Ok(format!(
        "\\set random random(1, 9000000000000000000)\n{is_member}\n{asked}\n"
    ))
}

/// One transaction: who is there, the expense with its share, the change.
fn add() -> Result<String> {
    let part =
        "jsonb_build_array(jsonb_build_object('member_id', cast(:member as text), 'amount', 1250))";
    let split = "jsonb_build_object('mode', 'equal', 'parts', \
                 jsonb_build_array(jsonb_build_object('member_id', cast(:member as text))))";
    let after = format!(
        "jsonb_build_object('id', {NEW_ID}, 'paid_by', {part}, 'split', {split}, 'kind', 'expense', 'amount', 1250, \
         'payee', 'Bakery', 'currency', 'EUR', 'ledger_amount', 1250, 'tags', '[]'::jsonb)"
    );
    let change = format!(
        "jsonb_build_array(jsonb_build_object('actor', cast(:member as text), 'entity', 'expense', \
         'entity_id', {NEW_ID}, 'action', 'create', 'before', null, 'after', {after}))"
    );
    let expense = format!(
        ":ledger | {NEW_ID} | 'expense' | :to | 1250 | 'EUR' | null | 1250 | 'Bakery' | '' | :category | '{{}}' \
         | {part} | {split} | :member | array[cast(:member as uuid)] | '{{1250}}' | '{{1250}}'"
    );
    let statements = [
        "begin;".to_owned(),
        "select from ledgers where id = :ledger for no key update;".to_owned(),
        statement(
            &[
                "select id, archived_at is not null",
                "from members where ledger_id = $1",
            ],
            ":ledger",
        )?,
        statement(
            &[
                "insert into expenses",
                "on conflict (ledger_id, id) do nothing",
            ],
            &expense,
        )?,
        statement(
            &["insert into changes"],
            &format!(":ledger | {change} | cast(:member as uuid)"),
        )?,
        "commit;".to_owned(),
    ];
    Ok(statements.join("\n"))
}

/// The checked query that has all of these fragments, with its parameters, divided by bars, filled in.
fn statement(fragments: &[&str], arguments: &str) -> Result<String> {
    let arguments: Vec<&str> = arguments.split(" | ").collect();
    let mut found = Vec::new();
    for entry in std::fs::read_dir("server/.sqlx")? {
        let data: serde_json::Value = serde_json::from_slice(&std::fs::read(entry?.path())?)?;
        let query = data["query"].as_str().context("a query")?;
        if fragments.iter().all(|fragment| query.contains(fragment)) {
            found.push(query.to_owned());
        }
    }
    ensure!(
        found.len() == 1,
        "{} checked queries have {fragments:?}",
        found.len()
    );
    let mut text = found.remove(0);
    for (number, argument) in arguments.iter().enumerate().rev() {
        text = text.replace(&format!("${}", number + 1), argument);
    }
    Ok(format!("{text};"))
}
