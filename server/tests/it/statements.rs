//! What holds for every statement of the server: it reaches one partition of a table, and names the ledger wherever it
//! names a table of a ledger, so that such tables can be distributed by ledger.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use uuid::Uuid;

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
            json!({ "paid_by": [{ "member_id": friend, "amount": 1250 }] }),
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

/// What somebody does to a ledger by hand, whose triggers and foreign keys look at other rows.
const BY_HAND: [&str; 6] = [
    "insert into expenses (ledger_id, id, kind, spent_on, amount, currency, ledger_amount, payee, paid_by, split, created_by)
     select ledger_id, gen_random_uuid(), kind, spent_on, amount, currency, ledger_amount, 'Copy', paid_by, split, created_by
       from expenses where ledger_id = $1 and id = $2;
     insert into shares (ledger_id, expense_id, member_id, paid, owed)
     select s.ledger_id, e.id, s.member_id, s.paid, s.owed
       from shares s join expenses e on e.ledger_id = $1 and e.payee = 'Copy'
      where s.ledger_id = $1 and s.expense_id = $2",
    "update expenses set spent_on = spent_on + 40, category_id = null where ledger_id = $1 and payee = 'Copy'",
    "update expenses set deleted_at = now() where ledger_id = $1 and payee = 'Copy'",
    "delete from expenses where ledger_id = $1 and payee = 'Copy'",
    "delete from categories where ledger_id = $1 and name = 'Bees'",
    "delete from members where ledger_id = $1 and role = 'viewer'",
];

/// The id of a ledger whose rows lie in the last partition: what does not name the ledger has looked into all others before.
async fn in_the_last_partition(connection: &mut PgConnection) -> Uuid {
    loop {
        let id = Uuid::now_v7();
        let is_there = "select satisfies_hash_partition('expenses'::regclass, 8, 7, $1)";
        let is_there = sqlx::query_scalar(is_there).bind(id);
        if is_there.fetch_one(&mut *connection).await.unwrap() {
            return id;
        }
    }
}

#[tokio::test]
async fn what_triggers_and_foreign_keys_look_at_is_in_one_partition_of_a_table() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let mut connection = app.app.db.acquire().await.unwrap();
    let ledger = in_the_last_partition(&mut connection).await;
    let flat = json!({ "id": ledger, "name": "Flat", "currency": "EUR" });
    anna.post("/ledgers", flat).await.ok();
    let bees = json!({ "name": "Bees" });
    let categories = format!("/ledgers/{ledger}/categories");
    anna.post(&categories, bees).await.ok();
    let lunch =
        json!({ "id": Uuid::now_v7(), "spent_on": "2026-03-14", "amount": 1250, "payee": "Mensa" });
    let expenses = format!("/ledgers/{ledger}/expenses");
    let expense = anna.post(&expenses, lunch).await.ok();
    let expense: Uuid = expense["id"].as_str().unwrap().parse().unwrap();
    // She comes later, and has no part in it.
    let zoe = json!({ "name": "Zoe", "role": "viewer" });
    let members = format!("/ledgers/{ledger}/members");
    anna.post(&members, zoe).await.ok();
    let mut attempt = connection.begin().await.unwrap();
    for statement in BY_HAND {
        let written = statement
            .replace("$1", &format!("'{ledger}'"))
            .replace("$2", &format!("'{expense}'"));
        let checked = "set constraints all immediate; set constraints all deferred";
        sqlx::raw_sql(AssertSqlSafe(format!("{written}; {checked}")))
            .execute(&mut *attempt)
            .await
            .unwrap();
        let reached: Vec<String> = sqlx::query_scalar(
            "select relname::text from pg_stat_xact_user_tables
              where relname ~ '^(expenses|shares|changes)_[0-9]+$' and seq_scan + coalesce(idx_scan, 0) > 0",
        )
        .fetch_all(&mut *attempt)
        .await
        .unwrap();
        for table in PARTITIONED {
            let of_table = reached.iter().filter(|name| name.starts_with(table));
            assert!(of_table.count() <= 1, "{reached:?} by {statement}");
        }
    }
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
