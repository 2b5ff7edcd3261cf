//! Whether this instance lives, and whether it can serve.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::get;
use serde::Serialize;

use crate::app::App;
use crate::extract::Json;
use crate::telemetry;

/// The routes at the root that orchestrators and Prometheus ask.
pub fn router() -> axum::Router<App> {
    axum::Router::new()
        .route("/health/live", get(|| async { "live\n" }))
        .route("/health/ready", get(ready))
        .route(
            "/metrics",
            get(|State(app): State<App>| async move { metrics(&app) }),
        )
}

#[derive(Serialize)]
struct Readiness {
    status: &'static str,
    database: &'static str,
}

/// Not ready without the database, or when shutting down.
async fn ready(State(app): State<App>) -> impl IntoResponse {
    let asked = tokio::time::timeout(
        Duration::from_secs(2),
        sqlx::query_scalar!("select 1").fetch_one(&app.db),
    )
    .await;
    let database = if matches!(asked, Ok(Ok(_))) {
        "up"
    } else {
        "down"
    };
    let status = match (app.is_draining(), database) {
        (true, _) => "draining",
        (_, "down") => "unavailable",
        _ => "ready",
    };
    let code = if status == "ready" {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (code, Json(Readiness { status, database }))
}

fn metrics(app: &App) -> String {
    metrics::gauge!("database_connections", "state" => "open").set(app.db.size());
    metrics::gauge!("database_connections", "state" => "idle")
        .set(u32::try_from(app.db.num_idle()).unwrap_or(u32::MAX));
    telemetry::metrics().render()
}
