//! The application: what every handler has at hand, and the one place that lists the slices.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, ETAG, IF_MATCH, IF_NONE_MATCH, RETRY_AFTER,
};
use axum::http::{HeaderName, Method};
use axum::middleware;
use sqlx::PgPool;
use tokio::sync::Notify;
use tower::ServiceBuilder;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::cors::{AllowOrigin, CorsLayer};
use utoipa_axum::router::OpenApiRouter;

use crate::answer::{self, REQUEST_ID};
use crate::auth::{Passwords, Tokens};
use crate::cache::Cache;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Round;
use crate::error::Code;
use crate::ids::LedgerId;
use crate::ledgers::Moment;
use crate::limits::Limits;
use crate::live::{self, Live};
use crate::overload::{self, Queues, Requests, Untaken};
use crate::pace::Pace;
use crate::redis::Redis;
use crate::replica::{Reading, Replica};
use crate::{
    api_docs, auth, balances, categories, expenses, health, history, invites, ledgers, mappings,
    members, reports, telemetry, web,
};

/// What every handler has at hand. Cheap to clone, as each request does several times.
#[derive(Clone)]
pub struct App(Arc<AtHand>);

/// What an [`App`] is of.
pub struct AtHand {
    pub db: PgPool,
    /// Connections for what nearly every request begins with.
    pub round: Round,
    /// Where `DATABASE_REPLICA_URL` is set.
    pub replica: Option<Arc<Replica>>,
    pub config: Config,
    pub clock: Clock,
    pub tokens: Tokens,
    pub passwords: Passwords,
    /// Where `REDIS_URL` is set.
    pub redis: Option<Arc<Redis>>,
    pub limits: Limits,
    pub cache: Cache,
    pub requests: Arc<Requests>,
    pub pace: Arc<Pace>,
    pub queues: Arc<Queues>,
    pub untaken: Arc<Untaken>,
    pub live: Arc<Live>,
    /// Told where a category is to be merged bit by bit.
    pub merging: Notify,
    draining: AtomicBool,
}

impl Deref for App {
    type Target = AtHand;

    fn deref(&self) -> &AtHand {
        &self.0
    }
}

impl App {
    /// An application on a migrated database.
    pub fn new(config: Config, db: PgPool, clock: Clock) -> Self {
        let redis = config.redis_url.as_ref().map(|url| {
            let redis = Redis::new(url, &config.redis_prefix);
            Arc::new(redis.expect("the settings are checked when they are read"))
        });
        let replica = config.database_replica_url.as_ref().map(|url| {
            let options = url.parse();
            let options = options.expect("the settings are checked when they are read");
            Arc::new(Replica::new(options, config.database_connections))
        });
        Self(Arc::new(AtHand {
            replica,
            requests: Arc::new(Requests::new(&config)),
            pace: Arc::new(Pace::new(redis.clone(), config.requests_per_minute)),
            queues: Arc::default(),
            untaken: Arc::new(Untaken::new(u64::from(config.answers_memory) * 1024 * 1024)),
            limits: Limits::new(redis.clone()),
            cache: Cache::new(redis.clone(), u64::from(config.cache_memory) * 1024 * 1024),
            live: Arc::new(Live::new(db.clone(), redis.clone(), clock.clone())),
            merging: Notify::default(),
            redis,
            tokens: Tokens::new(config.public_url()),
            passwords: Passwords::new(config.password_hashes),
            round: Round::new(db.clone()),
            db,
            config,
            clock,
            draining: AtomicBool::default(),
        }))
    }

    /// Where a ledger may be read: at the replica if that has come as far as the ledger had when the caller's membership was
    /// proven, else at the primary. So nobody reads less than they have written themselves, or been shown before.
    pub async fn reading(&self, ledger_id: LedgerId, moment: Moment) -> Reading {
        let seen = vec![(ledger_id, moment)];
        Reading::new(self.db.clone(), self.replica.as_ref(), seen).await
    }

    /// Tells `/health/ready` that this instance is about to stop, so that a load balancer sends nothing more, and lets no
    /// connection be used again.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Whether it is about to stop.
    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }
}

/// The slices of the API, below `/api/v1`.
fn slices() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(auth::router())
        .merge(ledgers::router())
        .merge(members::router())
        .merge(invites::router())
        .merge(expenses::router())
        .merge(history::router())
        .merge(categories::router())
        .merge(balances::router())
        .merge(reports::router())
        .merge(mappings::router())
        .merge(live::router())
}

/// The API's description, from the handlers.
pub fn openapi() -> utoipa::openapi::OpenApi {
    api_docs::describe(
        OpenApiRouter::new()
            .nest("/api/v1", slices())
            .into_openapi(),
    )
}

/// How hard answers are compressed, of 9. A page of 200 expenses takes a third of the time of the usual 6, and comes out a
/// tenth larger (docs/performance.md, "What compressing costs").
pub const GZIP_LEVEL: u8 = 2;

/// Everything that the server answers.
pub fn router(app: App) -> Router {
    // What is measured before there is a recorder is lost.
    telemetry::metrics();
    let timeout = Duration::from_secs(app.config.request_timeout.into());
    let (api, _) = OpenApiRouter::new()
        .nest("/api/v1", slices())
        .split_for_parts();
    api.layer(middleware::from_fn_with_state(app.clone(), overload::admit))
        .layer(middleware::from_fn_with_state(app.clone(), overload::count))
        .merge(api_docs::router())
        .merge(auth::well_known())
        .merge(health::router())
        .merge(web::router())
        .method_not_allowed_fallback(|| async { Code::MethodNotAllowed.error() })
        .layer(
            // As a request passes them. All at once: each `layer` of a router is a box that every request clones.
            ServiceBuilder::new()
                .layer(cors(&app.config))
                .layer(
                    CompressionLayer::new().quality(CompressionLevel::Precise(GZIP_LEVEL.into())),
                )
                .layer(middleware::from_fn_with_state(app.clone(), answer::answer))
                .layer(CatchPanicLayer::custom(answer::panicked))
                .layer(middleware::from_fn(move |request, next| {
                    answer::within(timeout, request, next)
                }))
                .layer(DefaultBodyLimit::max(
                    usize::try_from(app.config.body_limit).unwrap_or(usize::MAX),
                )),
        )
        .with_state(app)
}

/// Lets the configured origins, and no others, call from a browser.
fn cors(config: &Config) -> CorsLayer {
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(config.cors_origins.clone()))
        .allow_credentials(true)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
        .allow_headers([
            ACCEPT,
            AUTHORIZATION,
            CONTENT_TYPE,
            IF_MATCH,
            IF_NONE_MATCH,
            REQUEST_ID,
        ])
        .expose_headers([
            ETAG,
            RETRY_AFTER,
            REQUEST_ID,
            HeaderName::from_static("content-disposition"),
        ])
        .max_age(Duration::from_hours(1))
}
