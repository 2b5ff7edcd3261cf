//! Whether this instance lives, and whether it can serve.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::get;
use serde::Serialize;

use crate::app::App;
use crate::extract::Json;
use crate::replica::Standing;
use crate::telemetry;

/// The routes at the root that orchestrators and Prometheus ask.
pub fn router() -> axum::Router<App> {
    axum::Router::new()
        .route("/health/live", get(|| async { "live\n" }))
        .route("/health/ready", get(ready))
        .route(
            "/metrics",
            get(|State(app): State<App>| async move { metrics(&app).await }),
        )
}

#[derive(Serialize)]
struct Readiness {
    status: &'static str,
    database: &'static str,
    /// Not there where no Redis is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    redis: Option<&'static str>,
    /// Not there where no replica is set. Where it is not up, everything is read from the database.
    #[serde(skip_serializing_if = "Option::is_none")]
    replica: Option<Standing>,
    /// Degraded where what is committed at other instances is not heard.
    live: &'static str,
}

const fn up(is_up: bool) -> &'static str {
    if is_up { "up" } else { "down" }
}

/// Not ready without the database, or when shutting down. Without its Redis or its replica it is degraded: ready, but less
/// than it can be.
async fn ready(State(app): State<App>) -> impl IntoResponse {
    let asked = tokio::time::timeout(
        Duration::from_secs(2),
        sqlx::query_scalar!("select 1").fetch_one(&app.db),
    )
    .await;
    let has_database = matches!(asked, Ok(Ok(_)));
    let has_redis = match &app.redis {
        Some(redis) => Some(redis.is_up().await),
        None => None,
    };
    let has_live = app.live.is_whole();
    let replica = app.replica.as_ref().map(|replica| replica.standing());
    let is_whole =
        has_redis != Some(false) && has_live && replica.is_none_or(|it| it == Standing::Up);
    let (code, status) = match (app.is_draining(), has_database, is_whole) {
        (true, ..) => (StatusCode::SERVICE_UNAVAILABLE, "draining"),
        (_, false, _) => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
        (.., false) => (StatusCode::OK, "degraded"),
        _ => (StatusCode::OK, "ready"),
    };
    let readiness = Readiness {
        status,
        database: up(has_database),
        redis: has_redis.map(up),
        replica,
        live: if has_live { "up" } else { "degraded" },
    };
    (code, Json(readiness))
}

async fn metrics(app: &App) -> String {
    if let Some(redis) = &app.redis {
        // Sets the gauge `redis_up`.
        redis.is_up().await;
    }
    metrics::gauge!("database_connections", "state" => "open").set(app.db.size());
    let idle = app.db.num_idle() + app.round.waiting();
    metrics::gauge!("database_connections", "state" => "idle")
        .set(u32::try_from(idle).unwrap_or(u32::MAX));
    let (at_work, waiting) = app.requests.room.count();
    metrics::gauge!("requests", "state" => "at_work")
        .set(u32::try_from(at_work).unwrap_or(u32::MAX));
    metrics::gauge!("requests", "state" => "waiting")
        .set(u32::try_from(waiting).unwrap_or(u32::MAX));
    if let Some(replica) = &app.replica {
        metrics::gauge!("replica_up").set(u8::from(replica.standing() == Standing::Up));
    }
    metrics::gauge!("live_up").set(u8::from(app.live.is_whole()));
    metrics::gauge!("live_streams").set(u32::try_from(app.live.count()).unwrap_or(u32::MAX));
    metrics::gauge!("answers_untaken_bytes")
        .set(u32::try_from(app.untaken.bytes()).unwrap_or(u32::MAX));
    let (answers, bytes) = app.cache.size();
    metrics::gauge!("cache_answers").set(u32::try_from(answers).unwrap_or(u32::MAX));
    metrics::gauge!("cache_bytes").set(u32::try_from(bytes).unwrap_or(u32::MAX));
    telemetry::metrics().render()
}
