//! What the tests stand on: a server in the process with a database of its own, and clients that speak to it.

use std::str::FromStr;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use axum::response::Response;
use outlay::app::{self, App};
use outlay::clock::Clock;
use outlay::config::Config;
use outlay::db;
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use tower::ServiceExt;
use uuid::Uuid;

/// A server with an empty database of its own, dropped with it.
pub struct TestApp {
    pub app: App,
    router: axum::Router,
    database: Arc<Database>,
}

impl TestApp {
    /// A server as it is without any setting.
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// A server with some settings changed.
    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::on(Arc::new(Database::new().await), change)
    }

    /// Another instance on the same database.
    pub fn beside(&self, change: impl FnOnce(&mut Config)) -> Self {
        Self::on(Arc::clone(&self.database), change)
    }

    fn on(database: Arc<Database>, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::from_env().expect("the tests' environment has no wrong settings");
        config.redis_url = None;
        // Tests ask quicker than people.
        config.requests_per_minute = 0;
        change(&mut config);
        let pool = db::pool(database.options.clone(), 5);
        let app = App::new(config, pool, Clock::default());
        Self {
            router: app::router(app.clone()),
            app,
            database,
        }
    }

    /// Somebody who is not signed in.
    pub fn anonymous(&self) -> Client {
        Client {
            router: self.router.clone(),
            token: None,
            user: Value::Null,
        }
    }

    /// Somebody who speaks to this instance from now on.
    pub fn welcome(&self, client: &Client) -> Client {
        client.clone().at(self.router.clone())
    }

    /// Somebody who has just signed up; the address is the name at `outlay.example`.
    pub async fn sign_up(&self, name: &str) -> Client {
        let body = json!({ "email": format!("{name}@outlay.example"), "password": PASSWORD, "name": name });
        self.enter("/auth/register", body).await
    }

    /// The same somebody, signed in once more.
    pub async fn sign_in(&self, name: &str) -> Client {
        let body = json!({ "email": format!("{name}@outlay.example"), "password": PASSWORD });
        self.enter("/auth/login", body).await
    }

    /// Somebody who enters in another way than the usual one.
    pub async fn enter(&self, path: &str, body: Value) -> Client {
        let entered = self.anonymous().post(path, body).await.ok();
        Client {
            router: self.router.clone(),
            token: Some(
                entered["access_token"]
                    .as_str()
                    .expect("an access token")
                    .to_owned(),
            ),
            user: entered["user"].clone(),
        }
    }
}

/// The password of everybody in the tests.
pub const PASSWORD: &str = "correct horse battery staple";

/// Somebody who speaks to the server.
#[derive(Clone)]
pub struct Client {
    router: axum::Router,
    pub token: Option<String>,
    /// The user as `/me` shows it; null for nobody.
    pub user: Value,
}

impl Client {
    /// The same at another instance of the server.
    pub fn at(mut self, router: axum::Router) -> Self {
        self.router = router;
        self
    }

    /// The path of this user's personal ledger.
    pub fn ledger(&self) -> String {
        format!(
            "/ledgers/{}",
            self.user["personal_ledger_id"]
                .as_str()
                .expect("somebody who has signed up")
        )
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, &[], Some(body)).await
    }

    pub async fn put(&self, path: &str, version: i64, body: Value) -> Answer {
        self.send(
            Method::PUT,
            path,
            &[("if-match", &format!("\"{version}\""))],
            Some(body),
        )
        .await
    }

    pub async fn delete(&self, path: &str, version: i64) -> Answer {
        self.send(
            Method::DELETE,
            path,
            &[("if-match", &format!("\"{version}\""))],
            None,
        )
        .await
    }

    /// Any request, below `/api/v1`.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/api/v1{path}"));
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = match body {
            Some(body) => request
                .header(header::CONTENT_TYPE, "application/json")
                .body(Body::from(body.to_string())),
            None => request.body(Body::empty()),
        };
        self.raw(request.expect("a request")).await
    }

    /// A request as it is, and an answer whose body has not been read.
    pub async fn response(&self, request: Request<Body>) -> Response {
        let answer = self.router.clone().oneshot(request).await;
        answer.expect("the router answers everything")
    }

    /// A request as it is, and an answer that need not be text.
    pub async fn bytes(&self, request: Request<Body>) -> (HeaderMap, Vec<u8>) {
        let response = self.response(request).await;
        let headers = response.headers().clone();
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX)
            .await
            .expect("a body");
        (headers, bytes.to_vec())
    }

    /// A request as it is.
    pub async fn raw(&self, request: Request<Body>) -> Answer {
        let response = self.response(request).await;
        let (status, headers) = (response.status(), response.headers().clone());
        let is_endless = headers
            .get(header::CONTENT_TYPE)
            .is_some_and(|value| value == "text/event-stream");
        let bytes = if is_endless {
            Bytes::new()
        } else {
            axum::body::to_bytes(response.into_body(), usize::MAX)
                .await
                .expect("a body")
        };
        let text = String::from_utf8(bytes.to_vec()).expect("UTF-8");
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Answer {
            status,
            headers,
            body,
            text,
        }
    }
}

/// What the server answered.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// The body, where it is JSON.
    pub body: Value,
    pub text: String,
}

impl Answer {
    /// A problem in short, as in `422 amount_zero amount`: status, code, field.
    pub fn problem(&self) -> String {
        let part = |name: &str| self.body[name].as_str().unwrap_or("-").to_owned();
        assert_eq!(
            self.headers[header::CONTENT_TYPE],
            "application/problem+json",
            "{}",
            self.text
        );
        assert!(self.body["request_id"].is_string(), "{}", self.text);
        format!(
            "{} {} {}",
            self.status.as_u16(),
            part("code"),
            part("field")
        )
    }

    /// The body of a success.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert!(self.status.is_success(), "{} {}", self.status, self.text);
        self.body
    }

    /// The version in `ETag`.
    pub fn version(&self) -> i64 {
        let etag = self.headers[header::ETAG].to_str().expect("ASCII");
        etag.trim_matches('"').parse().expect("a version")
    }
}

/// A database, cloned from a migrated template, dropped with this.
pub struct Database {
    name: String,
    cluster: PgConnectOptions,
    options: PgConnectOptions,
}

impl Database {
    pub async fn new() -> Self {
        let url = std::env::var("OUTLAY_TEST_DATABASE_URL")
            .expect("OUTLAY_TEST_DATABASE_URL names a PostgreSQL cluster for the tests: run them with `make test`");
        let cluster = PgConnectOptions::from_str(&url).expect("a connection URL");
        let mut connection = cluster.connect().await.expect("the tests' PostgreSQL runs");
        let template = template(&mut connection, &cluster).await;
        let name = format!("test_{}", Uuid::now_v7().simple());
        run(
            &mut connection,
            format!("create database {name} template {template}"),
        )
        .await;
        Self {
            options: cluster.clone().database(&name),
            name,
            cluster,
        }
    }
}

impl Database {
    /// How another process reaches it.
    pub fn url(&self) -> String {
        self.options.to_url_lossy().to_string()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (name, cluster) = (self.name.clone(), self.cluster.clone());
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(async {
                let mut connection = cluster.connect().await.expect("the tests' PostgreSQL runs");
                run(
                    &mut connection,
                    format!("drop database {name} with (force)"),
                )
                .await;
            });
        });
        dropped.join().ok();
    }
}

/// The migrated database that all others are cloned from; made by the first test that comes, named by what is in it.
async fn template(connection: &mut PgConnection, cluster: &PgConnectOptions) -> String {
    let checksums: Vec<u8> = db::MIGRATIONS
        .iter()
        .flat_map(|migration| migration.checksum.to_vec())
        .collect();
    let name = format!("template_{}", Uuid::from_u128(fold(&checksums)).simple());
    sqlx::query("select pg_advisory_lock(7462)")
        .execute(&mut *connection)
        .await
        .expect("a lock");
    let exists: bool =
        sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
            .bind(&name)
            .fetch_one(&mut *connection)
            .await
            .expect("the catalogue");
    if !exists {
        let building = format!("{name}_building");
        run(
            connection,
            format!("drop database if exists {building} with (force)"),
        )
        .await;
        run(connection, format!("create database {building}")).await;
        let mut database = cluster
            .clone()
            .database(&building)
            .connect()
            .await
            .expect("a new database");
        db::MIGRATIONS
            .run(&mut database)
            .await
            .expect("the migrations run");
        database.close().await.expect("a clean end");
        run(
            connection,
            format!("alter database {building} rename to {name}"),
        )
        .await;
    }
    sqlx::query("select pg_advisory_unlock(7462)")
        .execute(connection)
        .await
        .expect("an unlock");
    name
}

fn fold(bytes: &[u8]) -> u128 {
    bytes.iter().fold(0, |hash: u128, byte| {
        hash.rotate_left(7) ^ u128::from(*byte)
    })
}

async fn run(connection: &mut PgConnection, statement: String) {
    sqlx::raw_sql(AssertSqlSafe(statement.clone()))
        .execute(connection)
        .await
        .expect(&statement);
}
