//! Live events: who hears what, and who no longer does.

mod commits;
mod ends;
pub mod instances;
mod presence;

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::{Request, StatusCode, header};
use futures_util::StreamExt;
use outlay::app::App;
use outlay::auth;
use outlay::db::{About, Tx};
use outlay::history::{Action, Entity};
use outlay::ids::{LedgerId, MemberId, UserId};
use outlay::ledgers::Role;
use outlay::members::store::{self, MemberDraft};
use serde_json::{Value, json};

use crate::support::Client;

/// What somebody hears.
pub struct Events {
    body: BodyDataStream,
    text: String,
}

impl Events {
    /// The next event, by its name, and its data; nothing at the end of the stream. Comments are none.
    pub async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            while let Some(end) = self.text.find("\n\n") {
                let event: String = self.text.drain(..end + 2).collect();
                let field = |name: &str| {
                    let line = event.lines().find_map(|line| line.strip_prefix(name))?;
                    Some(line.trim().to_owned())
                };
                if let Some((name, data)) = field("event:").zip(field("data:")) {
                    return Some((name, serde_json::from_str(&data).expect("JSON")));
                }
            }
            let more = tokio::time::timeout(Duration::from_secs(20), self.body.next());
            let bytes = more.await.expect("something is heard in time")?;
            let bytes = bytes.expect("the stream is whole");
            self.text += std::str::from_utf8(&bytes).expect("UTF-8");
        }
    }

    /// The next event with this name.
    pub async fn until(&mut self, name: &str) -> Value {
        while let Some((heard, data)) = self.next().await {
            if heard == name {
                return data;
            }
        }
        panic!("the stream ends without {name}");
    }

    /// Everything up to the end of the stream.
    pub async fn rest(mut self) -> Vec<(String, Value)> {
        let mut heard = Vec::new();
        while let Some(event) = self.next().await {
            heard.push(event);
        }
        heard
    }
}

/// Opens a stream and reads what it begins with.
async fn listen(client: &Client) -> Events {
    let mut events = open(client).await;
    let ledgers = client.get("/ledgers").await.ok();
    events.until("stream").await;
    for _ in ledgers["items"].as_array().expect("a page") {
        events.until("ledger").await;
    }
    events
}

/// Opens a stream.
async fn open(client: &Client) -> Events {
    let token = client.token.clone().unwrap_or_default();
    let request = Request::get("/api/v1/events")
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::ACCEPT_ENCODING, "gzip")
        .body(Body::empty())
        .expect("a request");
    let response = client.response(request).await;
    assert_eq!(response.status(), StatusCode::OK);
    let headers = response.headers();
    assert_eq!(headers[header::CONTENT_TYPE], "text/event-stream");
    assert_eq!(headers[header::CACHE_CONTROL], "no-store");
    assert!(!headers.contains_key(header::CONTENT_ENCODING));
    Events {
        body: response.into_body().into_data_stream(),
        text: String::new(),
    }
}

/// The id of a user's personal ledger.
pub fn own(client: &Client) -> LedgerId {
    id(&client.user["personal_ledger_id"], LedgerId)
}

fn id<T>(value: &Value, of: fn(uuid::Uuid) -> T) -> T {
    of(serde_json::from_value(value.clone()).expect("an id"))
}

/// Adds an expense to the ledger, which is one change.
async fn spend(client: &Client, ledger_id: LedgerId) {
    let body = json!({ "spent_on": "2026-03-14", "amount": 1250, "payee": "Bakery" });
    let path = format!("/ledgers/{ledger_id}/expenses");
    client.post(&path, body).await.ok();
}

/// The number of a ledger's latest change.
async fn seq(client: &Client, ledger_id: LedgerId) -> i64 {
    let ledger = client.get(&format!("/ledgers/{ledger_id}")).await.ok();
    ledger["seq"].as_i64().expect("a number")
}

/// Makes somebody a member of a ledger.
pub async fn join(app: &App, ledger_id: LedgerId, client: &Client, role: Role) -> MemberId {
    let user_id = id(&client.user["id"], UserId);
    let mut tx = Tx::begin(app).await.expect("a transaction");
    let name = auth::user_name(&mut tx, user_id).await.expect("a name");
    let draft = MemberDraft {
        id: MemberId::new(),
        user_id: Some(user_id),
        name: &name,
        role,
        weight: 1,
    };
    let member = store::insert(&mut tx, ledger_id, &draft).await;
    let member = member.expect("a member");
    tx.record(
        about(ledger_id, draft.id, Action::Create),
        None,
        Some(&member),
    )
    .expect("a change");
    tx.commit().await.expect("a commit");
    draft.id
}

/// Takes a member out of a ledger.
pub async fn remove(app: &App, ledger_id: LedgerId, member_id: MemberId) {
    let mut tx = Tx::begin(app).await.expect("a transaction");
    let before = store::lock(&mut tx, ledger_id, &[member_id]).await;
    let before = before.expect("an answer").pop().expect("a member");
    let mut after = before.clone();
    after.archived_at = Some(app.clock.now());
    store::update(&mut tx, ledger_id, &after)
        .await
        .expect("an update");
    let about = about(ledger_id, member_id, Action::Update);
    tx.record(about, Some(&before), Some(&after))
        .expect("a change");
    tx.commit().await.expect("a commit");
}

fn about(ledger_id: LedgerId, member_id: MemberId, action: Action) -> About {
    About {
        ledger_id,
        actor: None,
        entity: Entity::Member,
        entity_id: member_id.0,
        action,
    }
}
