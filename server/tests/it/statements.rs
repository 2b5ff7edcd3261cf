//! What holds for every statement of the server: it reaches one partition of a table, and names the ledger wherever it
//! names a table of a ledger, so that such tables can be distributed by ledger.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::balances::trip;
use crate::expenses::{add, expenses};
use crate::support::TestApp;

const PARTITIONED: [&str; 3] = ["expenses", "shares", "changes"];

/// The tables whose rows belong to a ledger.
pub const OF_A_LEDGER: [&str; 11] = [
    "balances",
    "categories",
    "category_mappings",
    "changes",
    "expense_totals",
    "expenses",
    "invites",
    "mappings",
    "members",
    "share_totals",
    "shares",
];

/// What asks for a user, and not for a ledger: it begins with the places of the user in ledgers, and is none of the
/// statements that are asked often.
const ABOUT_A_USER: [&str; 4] = [
    "from members m join ledgers l on l.id = m.ledger_id where m.user_id = $1 and m.archived_at is null",
    "select ledger_id, id from members where user_id = $1 and name = $2",
    "from members m where m.user_id = $1 order by m.ledger_id",
    "where l.id in (select ledger_id from members where user_id = $1)",
];

struct Statement {
    text: String,
    /// The types of its parameters, as far as they have a name.
    parameters: Vec<String>,
}

/// The statements that the compiler has checked, without line breaks.
fn statements() -> Vec<Statement> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(".sqlx");
    let read = |entry: std::io::Result<std::fs::DirEntry>| {
        let data: Value =
            serde_json::from_slice(&std::fs::read(entry.unwrap().path()).unwrap()).unwrap();
        let words: Vec<_> = data["query"].as_str().unwrap().split_whitespace().collect();
        let types = data["describe"]["parameters"]["Left"].as_array().unwrap();
        Statement {
            text: words.join(" "),
            parameters: types
                .iter()
                .map(|one| one.as_str().unwrap_or_default().to_owned())
                .collect(),
        }
    };
    let statements: Vec<_> = std::fs::read_dir(folder).unwrap().map(read).collect();
    assert!(statements.len() > 80);
    statements
}

/// Words, numbers and signs, without what is quoted.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut quote = None;
    let mut word = String::new();
    for letter in text.chars().chain([' ']) {
        if quote.is_some() {
            quote = quote.filter(|closing| *closing != letter);
        } else if letter.is_ascii_alphanumeric() || letter == '_' || letter == '$' {
            word.push(letter.to_ascii_lowercase());
        } else {
            if !word.is_empty() {
                tokens.push(std::mem::take(&mut word));
            }
            match letter {
                '\'' | '"' => quote = Some(letter),
                ' ' => {}
                sign => tokens.push(sign.to_string()),
            }
        }
    }
    tokens
}

/// What stands in the same brackets as a token, or the whole.
fn brackets(tokens: &[String], at: usize) -> &[String] {
    let mut depth = 0;
    let mut start = 0;
    for index in (0..at).rev() {
        match tokens[index].as_str() {
            ")" => depth += 1,
            "(" if depth == 0 => {
                start = index + 1;
                break;
            }
            "(" => depth -= 1,
            _ => {}
        }
    }
    let mut depth = 0;
    for index in at..tokens.len() {
        match tokens[index].as_str() {
            "(" => depth += 1,
            ")" if depth == 0 => return &tokens[start..index],
            ")" => depth -= 1,
            _ => {}
        }
    }
    &tokens[start..]
}

fn has(tokens: &[String], part: &[&str]) -> bool {
    tokens
        .windows(part.len())
        .any(|window| window.iter().eq(part))
}

/// Whether a statement says of which ledger the rows of the table at a place are.
fn names_the_ledger(tokens: &[String], at: usize) -> bool {
    let next = |number: usize| tokens.get(at + number).map_or("", String::as_str);
    let table = tokens[at].as_str();
    if at > 0 && tokens[at - 1] == "into" {
        let columns = if next(1) == "as" { 4 } else { 2 };
        return next(columns) == "ledger_id";
    }
    let scope = brackets(tokens, at);
    let alias = match (next(1), next(2)) {
        ("as", alias) => alias,
        (alias, _)
            if alias.len() < 3 && alias != "on" && alias.starts_with(char::is_alphabetic) =>
        {
            alias
        }
        _ => table,
    };
    let is_bare = alias == table
        && scope
            .windows(3)
            .any(|window| window[0] != "." && window[1] == "ledger_id" && window[2] == "=");
    is_bare
        || has(scope, &[alias, ".", "ledger_id", "="])
        || has(scope, &["=", alias, ".", "ledger_id"])
}

#[test]
fn every_statement_says_of_which_ledger_the_rows_are() {
    let mut about_a_user = BTreeSet::new();
    for statement in statements() {
        if let Some(part) = ABOUT_A_USER
            .iter()
            .find(|part| statement.text.contains(*part))
        {
            about_a_user.insert(*part);
            continue;
        }
        let tokens = tokens(&statement.text);
        for at in 0..tokens.len() {
            let is_table = OF_A_LEDGER.contains(&tokens[at].as_str())
                && at > 0
                && ["from", "join", "into", "update", ","].contains(&tokens[at - 1].as_str())
                && tokens.get(at + 1).is_none_or(|next| next != ".");
            if is_table {
                let table = &tokens[at];
                assert!(
                    names_the_ledger(&tokens, at),
                    "{table} in {}",
                    statement.text
                );
            }
        }
    }
    assert_eq!(about_a_user.len(), ABOUT_A_USER.len(), "{about_a_user:?}");
}

/// The partitions that a plan has scanned, or would scan where it was not carried out, by table.
fn scanned<'a>(plan: &'a Value, found: &mut BTreeMap<&'static str, BTreeSet<&'a str>>) {
    let was_run = plan.get("Actual Loops").is_none_or(|loops| loops != 0);
    if let Some(relation) = plan["Relation Name"].as_str().filter(|_| was_run) {
        let number = relation.rsplit_once('_').map_or("", |(_, number)| number);
        let table = PARTITIONED
            .iter()
            .find(|table| relation == format!("{table}_{number}"));
        if let Some(table) = table {
            found.entry(table).or_default().insert(relation);
        }
    }
    for part in plan["Plans"].as_array().into_iter().flatten() {
        scanned(part, found);
    }
}

/// The generic plan of a statement, carried out and taken back; if its arguments do not do for that, as it would be.
async fn plan(
    connection: &mut PgConnection,
    statement: &Statement,
    ledger: &str,
    expense: &str,
) -> Value {
    let mut refusal = None;
    for options in ["analyze, timing off, summary off, ", ""] {
        let mut attempt = connection.begin().await.unwrap();
        let ids = [ledger, expense];
        let argument = |(index, kind): (usize, &String)| match kind.as_str() {
            "Uuid" => format!("'{}'", ids[index.min(1)]),
            _ => "null".to_owned(),
        };
        let arguments: Vec<_> = statement
            .parameters
            .iter()
            .enumerate()
            .map(argument)
            .collect();
        let prepare = format!("prepare asked as {}", statement.text);
        sqlx::raw_sql(AssertSqlSafe(prepare))
            .execute(&mut *attempt)
            .await
            .unwrap();
        let call = match arguments.join(", ") {
            arguments if arguments.is_empty() => "asked".to_owned(),
            arguments => format!("asked ({arguments})"),
        };
        let explain = format!("explain ({options}format json) execute {call}");
        let explained: Result<Value, _> = sqlx::query_scalar(AssertSqlSafe(explain))
            .fetch_one(&mut *attempt)
            .await;
        attempt.rollback().await.unwrap();
        sqlx::raw_sql("deallocate asked")
            .execute(&mut *connection)
            .await
            .unwrap();
        match explained {
            Ok(plan) => return plan,
            Err(error) => refusal = Some(error),
        }
    }
    panic!("{refusal:?}: {}", statement.text);
}

#[tokio::test]
async fn every_plan_reaches_one_partition_of_a_table() {
    let (app, anna, friends) = trip().await;
    for friend in &friends {
        add(
            &anna,
            serde_json::json!({ "paid_by": [{ "member_id": friend, "amount": 1250 }] }),
        )
        .await;
    }
    let list = anna.get(&expenses(&anna)).await.ok();
    let expense = list["items"][0]["id"].as_str().unwrap();
    let ledger = anna.user["personal_ledger_id"].as_str().unwrap();
    assert_plans(&app, ledger, expense).await;
}

async fn assert_plans(app: &TestApp, ledger: &str, expense: &str) {
    let mut connection = app.app.db.acquire().await.unwrap();
    let mut asked = 0;
    for statement in statements() {
        let names_one = |token: &String| PARTITIONED.contains(&token.as_str());
        if !tokens(&statement.text).iter().any(names_one) {
            continue;
        }
        asked += 1;
        let plan = plan(&mut connection, &statement, ledger, expense).await;
        let mut found = BTreeMap::new();
        scanned(&plan[0]["Plan"], &mut found);
        for (table, partitions) in found {
            assert!(
                partitions.len() <= 1,
                "{table}: {partitions:?} by {}",
                statement.text
            );
        }
    }
    assert!(asked > 30, "{asked}");
}

/// The plan of the first page of a search, newest first.
pub async fn plan_of_search(connection: &mut PgConnection, ledger: &str, text: &str) -> Value {
    let is_search = |statement: &Statement| {
        let text = &statement.text;
        text.contains("like containing($11)")
            && text.contains("and e.deleted_at is null and ($2")
            && text.contains("order by e.spent_on desc")
    };
    let search = statements().into_iter().find(is_search).unwrap();
    let arguments: Vec<_> = (1..=search.parameters.len())
        .map(|number| match number {
            1 => format!("'{ledger}'"),
            5 => "false".to_owned(),
            11 => format!("$${text}$$"),
            14 => "51".to_owned(),
            _ => "null".to_owned(),
        })
        .collect();
    let arguments = arguments.join(", ");
    for statement in [
        "set plan_cache_mode = force_custom_plan".to_owned(),
        format!("prepare search as {}", search.text),
    ] {
        sqlx::raw_sql(AssertSqlSafe(statement))
            .execute(&mut *connection)
            .await
            .unwrap();
    }
    let explain = format!("explain (format json) execute search ({arguments})");
    let plan = sqlx::query_scalar(AssertSqlSafe(explain))
        .fetch_one(&mut *connection)
        .await
        .unwrap();
    sqlx::raw_sql("deallocate search")
        .execute(connection)
        .await
        .unwrap();
    plan
}
