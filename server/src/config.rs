//! The settings: read from the environment, and from nowhere else.
#![expect(
    clippy::doc_markdown,
    rustdoc::bare_urls,
    reason = "the comments of the fields are what `--help` prints"
)]

use std::error::Error;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use axum::http::{HeaderValue, Uri};
use clap::error::{ContextKind, ErrorKind};
use clap::{CommandFactory, Parser, ValueEnum};
use sqlx::postgres::PgConnectOptions;

/// Who may make an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Registration {
    /// Anyone who reaches this server.
    Open,
    /// Nobody: those who have an account sign in.
    Closed,
}

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// A line for people.
    Text,
    /// A JSON object a line, for programs.
    Json,
}

/// Every setting is an environment variable and has a default that works at home.
///
/// The comment of a field is its entry in `outlay --help`. The long names are the variables' own, so that clap's
/// messages name what the operator wrote; they are no flags (see [`Config::from_env`]).
#[derive(Debug, Clone, Parser)]
#[command(name = "outlay", disable_help_flag = true, disable_version_flag = true)]
pub struct Config {
    /// Address and port to listen on.
    #[arg(
        long = "OUTLAY_LISTEN",
        env = "OUTLAY_LISTEN",
        default_value = "127.0.0.1:8080"
    )]
    pub listen: SocketAddr,

    /// The address that people type, as in https://outlay.example. Cookies are `Secure` unless it is plain http.
    /// Default: http://localhost and the port of OUTLAY_LISTEN.
    #[arg(long = "OUTLAY_PUBLIC_URL", env = "OUTLAY_PUBLIC_URL", value_parser = public_url)]
    pub public_url: Option<Uri>,

    /// Folder of the embedded PostgreSQL's data. Not used where DATABASE_URL is set.
    #[arg(
        long = "OUTLAY_DATA_DIR",
        env = "OUTLAY_DATA_DIR",
        default_value = "./data"
    )]
    pub data_dir: PathBuf,

    /// Folder of the PostgreSQL programs for the embedded one. Default: those found on this machine.
    #[arg(long = "OUTLAY_POSTGRES_BIN", env = "OUTLAY_POSTGRES_BIN")]
    pub postgres_bin: Option<PathBuf>,

    /// PostgreSQL 15 or later, as in postgres://user:password@host/database. Default: the embedded one.
    #[arg(long = "DATABASE_URL", env = "DATABASE_URL", hide_env_values = true, value_parser = postgres_url)]
    pub database_url: Option<String>,

    /// A streaming replica of DATABASE_URL (one server, not a name for several), from which lists, reports, balances and
    /// downloads are read where it is not behind. Default: everything is read from DATABASE_URL.
    #[arg(long = "DATABASE_REPLICA_URL", env = "DATABASE_REPLICA_URL", hide_env_values = true, value_parser = postgres_url,
          requires = "database_url")]
    pub database_replica_url: Option<String>,

    /// The most connections to PostgreSQL that this instance opens; as many again to the replica.
    #[arg(long = "OUTLAY_DATABASE_CONNECTIONS", env = "OUTLAY_DATABASE_CONNECTIONS", default_value_t = 16,
          value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub database_connections: u32,

    /// Redis, as in redis://host:6379/0: shares the limits, live events and cached answers between instances. Default: kept in
    /// the process.
    #[arg(long = "REDIS_URL", env = "REDIS_URL", hide_env_values = true, value_parser = redis_url)]
    pub redis_url: Option<String>,

    /// What the keys in Redis begin with, so that several Outlays can share one.
    #[arg(
        long = "OUTLAY_REDIS_PREFIX",
        env = "OUTLAY_REDIS_PREFIX",
        default_value = "outlay"
    )]
    pub redis_prefix: String,

    /// Mebibytes of answers that this instance keeps at hand, beside those in Redis; a quarter of them for one user.
    #[arg(long = "OUTLAY_CACHE_MEMORY", env = "OUTLAY_CACHE_MEMORY", default_value_t = 8,
          value_parser = clap::value_parser!(u32).range(0..=1_048_576))]
    pub cache_memory: u32,

    /// Mebibytes of answers that wait for their clients to read them, about; half of them for one client. Who has more to
    /// read is told to come again.
    #[arg(long = "OUTLAY_ANSWERS_MEMORY", env = "OUTLAY_ANSWERS_MEMORY", default_value_t = 256,
          value_parser = clap::value_parser!(u32).range(1..=1_048_576))]
    pub answers_memory: u32,

    /// Origins, separated by commas, from which a front end on another site may call. Default: none.
    #[arg(long = "OUTLAY_CORS_ORIGINS", env = "OUTLAY_CORS_ORIGINS", value_delimiter = ',', value_parser = origin)]
    pub cors_origins: Vec<HeaderValue>,

    /// Who may make an account.
    #[arg(
        long = "OUTLAY_REGISTRATION",
        env = "OUTLAY_REGISTRATION",
        default_value = "open"
    )]
    pub registration: Registration,

    /// How many accounts may be made from one address in an hour.
    #[arg(long = "OUTLAY_REGISTRATIONS_PER_HOUR", env = "OUTLAY_REGISTRATIONS_PER_HOUR", default_value_t = 20,
          value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub registrations_per_hour: u32,

    /// File with the certificate chain (PEM) for built-in TLS. Needs OUTLAY_TLS_KEY.
    #[arg(
        long = "OUTLAY_TLS_CERT",
        env = "OUTLAY_TLS_CERT",
        requires = "tls_key"
    )]
    pub tls_cert: Option<PathBuf>,

    /// File with the private key (PEM) for built-in TLS. Needs OUTLAY_TLS_CERT.
    #[arg(long = "OUTLAY_TLS_KEY", env = "OUTLAY_TLS_KEY", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,

    /// How many proxies in front of this server add to X-Forwarded-For. With 0 the header is not believed. Set it where
    /// there is one: otherwise all clients are one to the limits.
    #[arg(long = "OUTLAY_TRUSTED_PROXIES", env = "OUTLAY_TRUSTED_PROXIES", default_value_t = 0,
          value_parser = clap::value_parser!(u8).range(0..=10))]
    pub trusted_proxies: u8,

    /// The largest request body in bytes.
    #[arg(long = "OUTLAY_BODY_LIMIT", env = "OUTLAY_BODY_LIMIT", default_value_t = 262_144,
          value_parser = clap::value_parser!(u32).range(1024..=67_108_864))]
    pub body_limit: u32,

    /// Seconds after which a request that is not answered is given up.
    #[arg(long = "OUTLAY_REQUEST_TIMEOUT", env = "OUTLAY_REQUEST_TIMEOUT", default_value_t = 30,
          value_parser = clap::value_parser!(u16).range(1..=600))]
    pub request_timeout: u16,

    /// How many requests to the API are worked at or wait for that at the same time; more are told to come again. Open event
    /// streams do not count. Worked at are four for each of OUTLAY_DATABASE_CONNECTIONS, and who has waited for a quarter of
    /// OUTLAY_REQUEST_TIMEOUT is told to come again, too.
    #[arg(long = "OUTLAY_REQUESTS_AT_ONCE", env = "OUTLAY_REQUESTS_AT_ONCE", default_value_t = 8192,
          value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub requests_at_once: u32,

    /// How many requests to the API a user may make in a minute, at all instances together; and how many without an access
    /// token may come from one address. 0: as many as they like.
    #[arg(long = "OUTLAY_REQUESTS_PER_MINUTE", env = "OUTLAY_REQUESTS_PER_MINUTE", default_value_t = 6000,
          value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    pub requests_per_minute: u32,

    /// Seconds between turning unready and closing the listener when told to stop: as long as the load balancer needs to
    /// notice. Without one there is nothing to wait for.
    #[arg(long = "OUTLAY_DRAIN", env = "OUTLAY_DRAIN", default_value_t = 0,
          value_parser = clap::value_parser!(u16).range(0..=600))]
    pub drain: u16,

    /// How many passwords are hashed at the same time; each takes 19 MiB and a core for its while.
    #[arg(long = "OUTLAY_PASSWORD_HASHES", env = "OUTLAY_PASSWORD_HASHES", default_value_t = 2,
          value_parser = clap::value_parser!(u8).range(1..=64))]
    pub password_hashes: u8,

    /// What is logged, as a filter of the tracing crate.
    #[arg(
        long = "OUTLAY_LOG",
        env = "OUTLAY_LOG",
        default_value = "info,sqlx::postgres::notice=warn"
    )]
    pub log: String,

    /// How it is logged.
    #[arg(
        long = "OUTLAY_LOG_FORMAT",
        env = "OUTLAY_LOG_FORMAT",
        default_value = "text"
    )]
    pub log_format: LogFormat,
}

impl Config {
    /// Reads the environment.
    ///
    /// # Errors
    /// One line that names the variable and what is wrong with its value.
    pub fn from_env() -> Result<Self, String> {
        let config = Self::try_parse_from(["outlay"]).map_err(|error| refusal(&error))?;
        match config.contradiction() {
            None => Ok(config),
            Some(refusal) => Err(refusal.to_owned()),
        }
    }

    /// Settings that are right by themselves and cannot both be meant.
    fn contradiction(&self) -> Option<&'static str> {
        if self.tls_cert.is_some() && !self.is_https() {
            return Some(
                "OUTLAY_PUBLIC_URL: it begins with http://, but with OUTLAY_TLS_CERT only https:// is served",
            );
        }
        if self.database_url.is_some() && self.postgres_bin.is_some() {
            return Some(
                "OUTLAY_POSTGRES_BIN: it is for the embedded PostgreSQL, but DATABASE_URL names another",
            );
        }
        if self.database_url.is_some() && self.database_url == self.database_replica_url {
            return Some("DATABASE_REPLICA_URL: it names the same as DATABASE_URL");
        }
        if !self.cors_origins.is_empty() && !self.is_https() && !self.is_on_this_machine() {
            return Some(
                "OUTLAY_CORS_ORIGINS: a front end on another site needs cookies that browsers take over https:// only, \
                 but OUTLAY_PUBLIC_URL begins with http://",
            );
        }
        None
    }

    /// Whether people reach it on the machine where it runs, over what browsers take to be as safe as TLS.
    fn is_on_this_machine(&self) -> bool {
        let host = self.public_url.as_ref().and_then(Uri::host);
        host.is_none_or(|host| ["localhost", "127.0.0.1", "[::1]"].contains(&host))
    }

    /// Warns of variables that look like settings and are none.
    pub fn warn_of_unknown() {
        for name in unknown(std::env::vars_os().map(|(name, _)| name)) {
            tracing::warn!("{name}: there is no such setting; `outlay --help` lists them");
        }
    }

    /// The settings with their meaning and default, for `outlay --help`.
    pub fn reference() -> String {
        let entries: Vec<_> = Self::command().get_arguments().map(entry).collect();
        format!("Settings, from the environment:\n{}", entries.concat())
    }

    /// The address that people type.
    pub fn public_url(&self) -> String {
        match &self.public_url {
            Some(url) => url.to_string().trim_end_matches('/').to_owned(),
            None => format!(
                "{}://localhost:{}",
                if self.tls_cert.is_some() {
                    "https"
                } else {
                    "http"
                },
                self.listen.port()
            ),
        }
    }

    /// Whether cookies are to be sent over TLS only.
    pub fn is_https(&self) -> bool {
        self.public_url().starts_with("https:")
    }
}

/// The variables that look like settings and are none: `OUTLAY_REGISTRATON=closed` leaves the door open. They are no
/// reason to stop: Kubernetes sets `OUTLAY_PORT` by itself where a service is named so.
fn unknown(names: impl Iterator<Item = OsString>) -> Vec<String> {
    let command = Config::command();
    let is_known = |name: &str| {
        let mut settings = command.get_arguments().filter_map(clap::Arg::get_env);
        settings.any(|setting| setting == name)
    };
    names
        .map(|name| name.to_string_lossy().into_owned())
        .filter(|name| name.starts_with("OUTLAY_") && !is_known(name))
        .collect()
}

/// What clap found wrong, in one line and in terms of variables.
fn refusal(error: &clap::Error) -> String {
    let words = |kind| error.get(kind).map(ToString::to_string).unwrap_or_default();
    // An argument prints as `--NAME <VALUE>`.
    let argument = words(ContextKind::InvalidArg);
    let name = argument
        .trim_start_matches('-')
        .split(' ')
        .next()
        .unwrap_or_default();
    let value = words(ContextKind::InvalidValue);
    let reason = match (error.kind(), error.source()) {
        (ErrorKind::MissingRequiredArgument, _) => return format!("{name} is missing"),
        (_, Some(source)) => source.to_string(),
        (..) => format!("one of {} is expected", words(ContextKind::ValidValue)),
    };
    let is_secret = Config::command().get_arguments().any(|setting| {
        setting.is_hide_env_values_set() && setting.get_env().is_some_and(|env| env == name)
    });
    if is_secret {
        format!("{name}: {reason}")
    } else {
        format!("{name}: invalid value '{value}': {reason}")
    }
}

/// One setting as it stands in the reference.
fn entry(argument: &clap::Arg) -> String {
    let name = argument.get_env().unwrap_or_default().to_string_lossy();
    let help = argument
        .get_help()
        .map(ToString::to_string)
        .unwrap_or_default()
        .replace('\n', " ");
    let values: Vec<_> = argument
        .get_possible_values()
        .iter()
        .map(|value| value.get_name().to_owned())
        .collect();
    let defaults: Vec<_> = argument
        .get_default_values()
        .iter()
        .map(|value| value.to_string_lossy())
        .collect();
    let line = |label: &str, words: String| {
        if words.is_empty() {
            words
        } else {
            format!("      {label}: {words}.\n")
        }
    };
    format!(
        "  {name}\n      {help}\n{}{}",
        line("One of", values.join(", ")),
        line("Default", defaults.join(", "))
    )
}

fn public_url(text: &str) -> Result<Uri, String> {
    let url: Uri = text.parse().map_err(|error| format!("{error}"))?;
    match url.scheme_str() {
        Some("http" | "https") if url.path() == "/" && url.query().is_none() => Ok(url),
        Some("http" | "https") => Err("only scheme, host and port are expected".to_owned()),
        _ => Err("it begins with http:// or https://".to_owned()),
    }
}

fn postgres_url(text: &str) -> Result<String, String> {
    let url = with_scheme(text, &["postgres://", "postgresql://"])?;
    let options: Result<PgConnectOptions, _> = url.parse();
    options.map(|_| url).map_err(|error| error.to_string())
}

fn redis_url(text: &str) -> Result<String, String> {
    with_scheme(text, &["redis://", "rediss://"])?;
    redis::Client::open(text).map_err(|error| error.to_string())?;
    Ok(text.to_owned())
}

fn with_scheme(text: &str, schemes: &[&str]) -> Result<String, String> {
    if schemes.iter().any(|scheme| text.starts_with(scheme)) {
        Ok(text.to_owned())
    } else {
        Err(format!("it begins with {}", schemes.join(" or ")))
    }
}

fn origin(text: &str) -> Result<HeaderValue, String> {
    let url = public_url(text)?;
    let origin = url.to_string();
    origin
        .trim_end_matches('/')
        .parse()
        .map_err(|error| format!("{error}"))
}
