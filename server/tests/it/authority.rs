//! Who may do what: every operation of the API, asked by everybody.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use axum::http::Method;
use outlay::app;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::expenses::lunch;
use crate::members::{invite, person, put_in, remove};
use crate::support::{Client, PASSWORD, TestApp};

/// What each operation answers to each: nobody (without a token), a stranger (with an account, but not of this ledger), the
/// ledger's viewer, editor and owner, a member who was removed, and the token of a user who has deleted their account.
/// An operation is asked rightly, about a ledger in which there is what it asks for, so that 2xx is that it was done.
const TABLE: &str = "
operation                                                     nobody stranger viewer editor owner removed deleted

POST   /auth/register                                            409      409    409    409   409     409     409
POST   /auth/login                                               200      200    200    200   200     200     200
POST   /auth/refresh                                             401      401    401    401   401     401     401
POST   /auth/logout                                              204      204    204    204   204     204     204
GET    /me                                                       401      200    200    200   200     200     401
PUT    /me                                                       401      412    412    412   412     412     401
DELETE /me                                                       401      422    422    422   422     422     401
POST   /me/password                                              401      422    422    422   422     422     401
GET    /me/sessions                                              401      200    200    200   200     200     401
DELETE /me/sessions                                              401      204    204    204   204     204     401
DELETE /me/sessions/{session_id}                                 401      404    404    404   404     404     401
GET    /events                                                   401      200    200    200   200     200     401

GET    /ledgers                                                  401      200    200    200   200     200     401
POST   /ledgers                                                  401      201    201    201   201     201     401
GET    /ledgers/{ledger_id}                                      401      404    200    200   200     404     401
PUT    /ledgers/{ledger_id}                                      401      404    403    403   200     404     401
DELETE /ledgers/{ledger_id}                                      401      404    403    403   204     404     401

GET    /ledgers/{ledger_id}/members                              401      404    200    200   200     404     401
POST   /ledgers/{ledger_id}/members                              401      404    403    403   201     404     401
PUT    /ledgers/{ledger_id}/members/{member_id}                  401      404    403    403   200     404     401
DELETE /ledgers/{ledger_id}/members/{member_id}                  401      404    403    403   204     404     401
GET    /ledgers/{ledger_id}/invites                              401      404    403    403   200     404     401
POST   /ledgers/{ledger_id}/invites                              401      404    403    403   201     404     401
DELETE /ledgers/{ledger_id}/invites/{invite_id}                  401      404    403    403   204     404     401
GET    /invites/{token}                                          200      200    200    200   200     200     200
POST   /invites/{token}/accept                                   401      200    409    409   409     200     401

GET    /ledgers/{ledger_id}/categories                           401      404    200    200   200     404     401
POST   /ledgers/{ledger_id}/categories                           401      404    403    201   201     404     401
PUT    /ledgers/{ledger_id}/categories/{category_id}             401      404    403    200   200     404     401
DELETE /ledgers/{ledger_id}/categories/{category_id}             401      404    403    204   204     404     401
POST   /ledgers/{ledger_id}/categories/{category_id}/merge       401      404    403    200   200     404     401

GET    /ledgers/{ledger_id}/expenses                             401      404    200    200   200     404     401
POST   /ledgers/{ledger_id}/expenses                             401      404    403    201   201     404     401
POST   /ledgers/{ledger_id}/expenses/batch                       401      404    403    200   200     404     401
GET    /ledgers/{ledger_id}/expenses/{expense_id}                401      404    200    200   200     404     401
PUT    /ledgers/{ledger_id}/expenses/{expense_id}                401      404    403    200   200     404     401
DELETE /ledgers/{ledger_id}/expenses/{expense_id}                401      404    403    200   200     404     401
POST   /ledgers/{ledger_id}/expenses/{expense_id}/restore        401      404    403    200   200     404     401
GET    /ledgers/{ledger_id}/expenses/{expense_id}/changes        401      404    200    200   200     404     401
GET    /ledgers/{ledger_id}/payees                               401      404    200    200   200     404     401
GET    /ledgers/{ledger_id}/tags                                 401      404    200    200   200     404     401

GET    /ledgers/{ledger_id}/changes                              401      404    200    200   200     404     401
POST   /ledgers/{ledger_id}/changes/{seq}/revert                 401      404    403    200   200     404     401
GET    /ledgers/{ledger_id}/balances                             401      404    200    200   200     404     401
GET    /ledgers/{ledger_id}/balances/{member_id}                 401      404    200    200   200     404     401
GET    /ledgers/{ledger_id}/reports/spending                     401      404    200    200   200     404     401
GET    /ledgers/{ledger_id}/mapping                              401      404    200    200   200     404     401
PUT    /ledgers/{ledger_id}/mapping                              401      404    200    200   200     404     401
PUT    /ledgers/{ledger_id}/presence                             401      404    204    204   204     404     401
DELETE /ledgers/{ledger_id}/presence                             401      404    204    204   204     404     401
GET    /reports/spending                                         401      200    200    200   200     200     401
";

/// Those who ask, in the order of the table.
const ROLES: [&str; 7] = [
    "nobody", "stranger", "viewer", "editor", "owner", "removed", "deleted",
];

/// What an operation is asked with, where it needs a body.
fn body(operation: &str, scene: &Scene) -> Option<Value> {
    let name = json!({ "name": "Other" });
    let wrong = "not the password that it is";
    let body = match operation {
        "POST /auth/register" => {
            json!({ "email": "owner@outlay.example", "password": PASSWORD, "name": "Other" })
        }
        "POST /auth/login" => json!({ "email": "owner@outlay.example", "password": PASSWORD }),
        "PUT /me" => json!({ "name": "Other", "email": "other@outlay.example", "locale": "en" }),
        "DELETE /me" => json!({ "present_password": wrong }),
        "POST /me/password" => json!({ "present_password": wrong, "new_password": PASSWORD }),
        "POST /ledgers" => json!({ "name": "Other", "currency": "EUR" }),
        "PUT /ledgers/{ledger_id}"
        | "POST /ledgers/{ledger_id}/members"
        | "POST /ledgers/{ledger_id}/categories"
        | "PUT /ledgers/{ledger_id}/categories/{category_id}" => name,
        "PUT /ledgers/{ledger_id}/members/{member_id}" => {
            json!({ "name": "Other", "role": "editor", "weight": 1 })
        }
        "POST /ledgers/{ledger_id}/invites" => json!({ "role": "viewer" }),
        "POST /ledgers/{ledger_id}/categories/{category_id}/merge" => {
            json!({ "into": scene.other_category })
        }
        "POST /ledgers/{ledger_id}/expenses" | "PUT /ledgers/{ledger_id}/expenses/{expense_id}" => {
            lunch(&json!({}))
        }
        "POST /ledgers/{ledger_id}/expenses/batch" => {
            json!({ "items": [{ "id": scene.expense, "version": 1 }], "add_tags": ["food"] })
        }
        "PUT /ledgers/{ledger_id}/mapping" => json!({}),
        "PUT /ledgers/{ledger_id}/presence" => json!({ "stream_id": Uuid::now_v7() }),
        _ => return None,
    };
    Some(body)
}

/// A ledger in which there is something for every operation.
struct Scene {
    ledger: Value,
    person: Value,
    invite: Value,
    token: String,
    category: Value,
    other_category: Value,
    expense: Value,
    trashed: Value,
    seq: Value,
}

impl Scene {
    async fn new(people: &People) -> Self {
        let owner = people.get("owner");
        let ledger = owner
            .post("/ledgers", json!({ "name": "Flat", "currency": "EUR" }))
            .await
            .ok();
        let path = format!("/ledgers/{}", ledger["id"].as_str().unwrap());
        for role in ["viewer", "editor"] {
            put_in(owner, &path, people.get(role), role).await;
        }
        let removed = put_in(owner, &path, people.get("removed"), "owner").await;
        assert_eq!(remove(owner, &path, &removed).await, "done");
        let add = async |what: &str, body: Value| {
            let added = owner.post(&format!("{path}/{what}"), body).await.ok();
            added["id"].clone()
        };
        let category = add("categories", json!({ "name": "Food" })).await;
        let other_category = add("categories", json!({ "name": "Fun" })).await;
        let expense = add("expenses", lunch(&json!({}))).await;
        let trashed = add("expenses", lunch(&json!({}))).await;
        let there = format!("{path}/expenses/{}", trashed.as_str().unwrap());
        owner.delete(&there, 1).await.ok();
        let person = person(owner, &path, "Person").await;
        let token = invite(owner, &path, json!({ "role": "viewer" })).await;
        let invites = owner.get(&format!("{path}/invites")).await.ok();
        let changes = owner
            .get(&format!("{path}/changes?entity=expense"))
            .await
            .ok();
        Self {
            ledger: ledger["id"].clone(),
            person: person["id"].clone(),
            invite: invites["items"][0]["id"].clone(),
            token,
            category,
            other_category,
            expense,
            trashed,
            seq: changes["items"][0]["seq"].clone(),
        }
    }

    /// The path with what is in this scene.
    fn fill(&self, path: &str) -> String {
        let expense = if path.ends_with("/restore") {
            &self.trashed
        } else {
            &self.expense
        };
        let text = |value: &Value| value.as_str().expect("an id").to_owned();
        path.replace("{ledger_id}", &text(&self.ledger))
            .replace("{member_id}", &text(&self.person))
            .replace("{invite_id}", &text(&self.invite))
            .replace("{token}", &self.token)
            .replace("{category_id}", &text(&self.category))
            .replace("{expense_id}", &text(expense))
            .replace("{seq}", &self.seq.to_string())
            .replace("{session_id}", &Uuid::now_v7().to_string())
    }
}

/// Those who ask.
struct People(Vec<(&'static str, Client)>);

impl People {
    async fn new(app: &TestApp) -> Self {
        let mut people = Vec::new();
        for role in ROLES {
            let client = match role {
                "nobody" => app.anonymous(),
                _ => app.sign_up(role).await,
            };
            people.push((role, client));
        }
        let people = Self(people);
        let delete = json!({ "present_password": PASSWORD });
        let gone = people
            .get("deleted")
            .send(Method::DELETE, "/me", &[], Some(delete))
            .await;
        gone.ok();
        people
    }

    fn get(&self, role: &str) -> &Client {
        let found = self.0.iter().find(|(known, _)| *known == role);
        &found.expect("a role of the table").1
    }
}

/// Method, path and the answers, line by line.
fn rows() -> impl Iterator<Item = (&'static str, &'static str, Vec<&'static str>)> {
    let lines = TABLE.lines().filter(|line| line.contains(" /"));
    lines.map(|line| {
        let mut words = line.split_whitespace();
        let (method, path) = (words.next().unwrap(), words.next().unwrap());
        (method, path, words.collect())
    })
}

#[test]
fn every_operation_has_its_row_and_every_row_its_operation() {
    let header = TABLE.lines().find(|line| line.starts_with("operation"));
    let columns: Vec<_> = header.unwrap().split_whitespace().skip(1).collect();
    assert_eq!(columns, ROLES);
    let in_table: BTreeSet<_> = rows()
        .map(|(method, path, _)| format!("{method} {path}"))
        .collect();
    let api = serde_json::to_value(app::openapi()).unwrap();
    let in_api: BTreeSet<_> = api["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, operations)| {
            let path = path.trim_start_matches("/api/v1");
            let methods = operations.as_object().unwrap().keys();
            methods.map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect();
    let without_row: Vec<_> = in_api.difference(&in_table).collect();
    let without_operation: Vec<_> = in_table.difference(&in_api).collect();
    assert!(
        without_row.is_empty() && without_operation.is_empty(),
        "operations without a row: {without_row:#?}, rows without an operation: {without_operation:#?}"
    );
}

#[tokio::test]
async fn everybody_may_what_the_table_says() {
    let app = TestApp::new().await;
    let people = People::new(&app).await;
    let mut scene = Scene::new(&people).await;
    let mut wrong = String::new();
    for (method, path, expected) in rows() {
        let operation = format!("{method} {path}");
        for (role, expected) in ROLES.iter().zip(&expected) {
            let version = if path.ends_with("/restore") || path == "/me" {
                "\"2\""
            } else {
                "\"1\""
            };
            let answer = people
                .get(role)
                .send(
                    method.parse().unwrap(),
                    &scene.fill(path),
                    &[("if-match", version)],
                    body(&operation, &scene),
                )
                .await;
            if answer.status.as_str() != *expected {
                let (status, text) = (answer.status, answer.text);
                writeln!(
                    wrong,
                    "{operation} by {role}: {status}, not {expected}: {text}"
                )
                .unwrap();
            }
            // What was done is not there to be done again.
            if answer.status.is_success() && method != "GET" && path.contains('{') {
                scene = Scene::new(&people).await;
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}
