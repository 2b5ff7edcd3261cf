//! The requests that are measured, by the words of the report.

use chrono::Local;
use serde_json::json;
use uuid::Uuid;

use crate::accounts::{Account, PASSWORD, year};
use crate::load::Request;

/// The path of a ledger.
pub fn ledger(account: &Account) -> String {
    format!("/api/v1/ledgers/{}", account.ledger_id)
}

/// The list as it opens.
pub fn first_page(account: &Account) -> Request {
    Request::get(format!("{}/expenses", ledger(account)), &account.token)
}

/// The list as a client with small pages opens it.
pub fn page_of_20(account: &Account) -> Request {
    let path = format!("{}/expenses?limit=20", ledger(account));
    Request::get(path, &account.token)
}

/// The list further down.
pub fn next_page(account: &Account, cursor: &str) -> Request {
    let path = format!("{}/expenses?cursor={cursor}", ledger(account));
    Request::get(path, &account.token)
}

/// The list of what is in a category, or in one below it, and has a 7 in its payee or its note.
pub fn filtered_page(account: &Account) -> Request {
    let path = format!(
        "{}/expenses?category_id={}&q=7",
        ledger(account),
        account.category_id
    );
    Request::get(path, &account.token)
}

/// What was spent in a year, by month and category.
pub fn year_report(account: &Account) -> Request {
    let (from, to) = year();
    let path = format!(
        "{}/reports/spending?from={from}&to={to}&group_by=month,category",
        ledger(account)
    );
    Request::get(path, &account.token)
}

/// Who owes whom.
pub fn balances(account: &Account) -> Request {
    Request::get(format!("{}/balances", ledger(account)), &account.token)
}

/// Adds an expense of today.
pub fn add(account: &Account) -> Request {
    let body = json!({
        "id": Uuid::now_v7(), "spent_on": Local::now().date_naive(), "amount": 1250, "payee": "Bakery",
        "category_id": account.category_id,
    });
    let path = format!("{}/expenses", ledger(account));
    Request::post(path, &account.token, body.to_string())
}

/// Signs in with the password.
pub fn sign_in(person: u32) -> Request {
    let email = format!("person-{person}@outlay.example");
    let body = json!({ "email": email, "password": PASSWORD });
    Request {
        authorization: None,
        ..Request::post("/api/v1/auth/login".to_owned(), "", body.to_string())
    }
}
