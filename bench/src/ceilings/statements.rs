//! The server's own statements, taken from the data of its checked queries, as a script for pgbench.

use anyhow::{Context, Result, ensure};
use chrono::{Datelike as _, Days, Local, Months};

use crate::accounts::year;

/// Made of one random number, because the statement names it twice.
const NEW_ID: &str = "lpad(to_hex(:random::bigint), 32, '0')::uuid";
/// How many expenses a page has, and one to see whether there are more.
const PAGE: &str = "51";

/// What a script does.
#[derive(Debug, Clone, Copy)]
pub enum Script {
    FirstPage,
    NextPage,
    FilteredPage,
    YearReport,
    Balances,
    Add,
}

/// Whose ledgers.
#[derive(Debug, Clone, Copy)]
pub enum Where {
    Ledger {
        ledger: u32,
        person: u32,
    },
    /// One of these people's personal ledgers, another one each time.
    Many {
        first: u32,
        last: u32,
    },
}

/// The script.
pub fn text(script: Script, scope: Where) -> Result<String> {
    let is_member = statement(
        &["select m.id as", "where s.id = $2 and s.user_id = $3"],
        "@ledger | @session | @user",
    )?;
    let asked = match script {
        Script::FirstPage => page("'5874897-12-31'")?,
        Script::NextPage => {
            let fifty_days_ago = Local::now().date_naive() - Days::new(50);
            page(&format!("'{fifty_days_ago}'"))?
        }
        Script::FilteredPage => statement(
            &[
                "e.deleted_at is null and ($2::date is null",
                "order by e.spent_on desc",
            ],
            &format!(
                "@ledger | null | null | @category | false | null | null | null | null | null | '7' | null | null | {PAGE}"
            ),
        )?,
        Script::YearReport => year_report()?,
        Script::Balances => balances()?,
        Script::Add => add()?,
    };
    let text = format!("\\set random random(1, 9000000000000000000)\n{is_member}\n{asked}\n");
    Ok(named(&text, scope))
}

/// The same with the ids in their places.
fn named(text: &str, scope: Where) -> String {
    // Variables, which are parameters to the database: the server's statements have parameters, too.
    let (ledger, person) = (":ledger_number::bigint", ":person_number::bigint");
    let set = match scope {
        Where::Ledger { ledger, person } => {
            format!("\\set ledger_number {ledger}\n\\set person_number {person}\n")
        }
        Where::Many { first, last } => format!(
            "\\set ledger_number random({first}, {last})\n\\set person_number :ledger_number\n"
        ),
    };
    let id = |kind: u32, number: &str| {
        format!("('0000000{kind}-0000-4000-8000-' || lpad(to_hex({number}), 12, '0'))::uuid")
    };
    let (_, to) = year();
    let text = text
        .replace("@ledger", &id(1, ledger))
        .replace("@member", &id(2, &format!("{ledger} * 8")))
        .replace("@category", &id(5, &format!("{ledger} * 16")))
        .replace("@user", &id(3, person))
        .replace("@session", &id(4, person))
        .replace("@to", &format!("'{to}'"));
    set + &text
}

fn page(after: &str) -> Result<String> {
    statement(
        &["(e.spent_on, e.id) < ($2, $3)"],
        &format!("@ledger | {after} | 'ffffffff-ffff-ffff-ffff-ffffffffffff' | {PAGE}"),
    )
}

/// The totals of the whole months, and the days before and after them.
fn year_report() -> Result<String> {
    let (from, to) = year();
    let first = from.with_day(1).unwrap_or(from) + Months::new(1);
    let this = to.with_day(1).unwrap_or(to);
    let (last, before) = (this - Months::new(1), first - Days::new(1));
    statement(
        &["from expense_totals t", "limit $12"],
        &format!(
            "@ledger | 'expense' | '{first}' | '{last}' | null | false | '{{{from},{this}}}' | '{{{before},{to}}}' | '{{1,1}}' \
             | true | true | 20001"
        ),
    )
}

/// One state of everything: the sums, who is there, and what has been paid since.
fn balances() -> Result<String> {
    let statements = [
        "begin isolation level repeatable read read only;".to_owned(),
        statement(
            &["sum(paid) as paid", "from balances", "group by 1"],
            "@ledger",
        )?,
        roster()?,
        statement(
            &["select seq", "after ->> 'kind' = 'settlement'", "limit 1"],
            "@ledger",
        )?,
        statement(
            &["jsonb_array_elements(c.after -> 'shares')"],
            "@ledger | 0",
        )?,
        "commit;".to_owned(),
    ];
    Ok(statements.join("\n"))
}

fn roster() -> Result<String> {
    statement(
        &[
            "select id, archived_at is not null",
            "from members where ledger_id = $1",
        ],
        "@ledger",
    )
}

/// Who is there, and how an expense is split that does not say.
fn roster_and_defaults() -> Result<String> {
    statement(
        &["array_agg(weight) as weights", "from ledgers l"],
        "@ledger | @category",
    )
}

/// One transaction: who is there, the expense with its share, the change.
fn add() -> Result<String> {
    let part =
        "jsonb_build_array(jsonb_build_object('member_id', cast(@member as text), 'amount', 1250))";
    let split = "jsonb_build_object('mode', 'equal', 'parts', \
                 jsonb_build_array(jsonb_build_object('member_id', cast(@member as text))))";
    let after = format!(
        "jsonb_build_object('id', {NEW_ID}, 'paid_by', {part}, 'split', {split}, 'kind', 'expense', 'amount', 1250, \
         'payee', 'Bakery', 'currency', 'EUR', 'ledger_amount', 1250, 'tags', '[]'::jsonb)"
    );
    let change = format!(
        "jsonb_build_array(jsonb_build_object('actor', cast(@member as text), 'entity', 'expense', \
         'entity_id', {NEW_ID}, 'action', 'create', 'before', null, 'after', {after}))"
    );
    let expense = format!(
        "@ledger | {NEW_ID} | 'expense' | @to | 1250 | 'EUR' | null | 1250 | 'Bakery' | '' | @category | '{{}}' \
         | {part} | {split} | @member | array[cast(@member as uuid)] | '{{1250}}' | '{{1250}}'"
    );
    let statements = [
        "begin;".to_owned(),
        "select from ledgers where id = @ledger for no key update;".to_owned(),
        roster_and_defaults()?,
        statement(
            &[
                "insert into expenses",
                "on conflict (ledger_id, id) do nothing",
            ],
            &expense,
        )?,
        statement(
            &["insert into changes"],
            &format!("@ledger | {change} | cast(@member as uuid)"),
        )?,
        "commit;".to_owned(),
    ];
    Ok(statements.join("\n"))
}

/// The checked query that has all of these fragments, with its parameters, divided by bars, filled in.
fn statement(fragments: &[&str], arguments: &str) -> Result<String> {
    let arguments: Vec<&str> = arguments.split(" | ").collect();
    let queries = concat!(env!("CARGO_MANIFEST_DIR"), "/../server/.sqlx");
    let mut found = Vec::new();
    for entry in std::fs::read_dir(queries)? {
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
    ensure!(!text.contains('$'), "{fragments:?} has more parameters");
    Ok(format!("{text};"))
}

#[cfg(test)]
mod tests {
    use super::{Script, Where, text};

    #[test]
    fn the_statements_of_every_script_are_among_the_servers_queries() {
        let scope = Where::Many { first: 1, last: 2 };
        for script in [
            Script::FirstPage,
            Script::NextPage,
            Script::FilteredPage,
            Script::YearReport,
            Script::Balances,
            Script::Add,
        ] {
            assert!(
                text(script, scope).is_ok(),
                "{script:?}: {:?}",
                text(script, scope)
            );
        }
    }
}
