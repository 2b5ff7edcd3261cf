//! The program `outlay`.

use std::process::ExitCode;
use std::time::Instant;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use mimalloc::MiMalloc;
use outlay::config::Config;
use outlay::{app, demo, serve, telemetry};

/// Gives back to the system what a flood of sign-ins has taken: each hash takes 19 MiB for a moment, which the C library
/// would keep for the thread that took it.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Keeps track of what you spend, alone and together.
#[derive(Parser)]
#[command(name = "outlay", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the API and the web app.
    Serve,
    /// Bring the database's tables up to date, and stop.
    Migrate,
    /// Fill a demonstration account with three years of expenses, print how to sign in, and stop. An earlier one is replaced.
    Demo,
    /// Print the API's description (OpenAPI), and stop.
    Openapi,
}

fn main() -> ExitCode {
    let started = Instant::now();
    let matches = Cli::command().after_help(Config::reference()).get_matches();
    let result = Cli::from_arg_matches(&matches)
        .map_err(anyhow::Error::from)
        .and_then(|cli| run(&cli, started));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("outlay: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli, started: Instant) -> anyhow::Result<()> {
    if matches!(cli.command, Command::Openapi) {
        println!("{}", app::openapi().to_pretty_json()?);
        return Ok(());
    }
    let config = Config::from_env().map_err(anyhow::Error::msg)?;
    telemetry::init_log(&config)?;
    Config::warn_of_unknown();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        match cli.command {
            Command::Serve => serve::serve(config, started).await,
            Command::Migrate => migrate(&config).await,
            Command::Demo => demo::run(&config).await,
            Command::Openapi => Ok(()),
        }
    })
}

async fn migrate(config: &Config) -> anyhow::Result<()> {
    serve::Database::open(config).await?.close().await;
    Ok(())
}
