//! The thread that has the server as its child: it starts it, waits for it, and starts it again if it dies.

use std::fs::File;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::StartError;
use super::account::{Account, command};
use super::cluster::{self, PORT};

/// How long a server that died stays down before it is started again.
const PAUSE: Duration = Duration::from_millis(250);
/// What ends a server and how long each has for it: PostgreSQL's fast and immediate shutdown, and the kernel's.
const SHUTDOWN: [(Signal, Duration); 3] = [
    (Signal::INT, Duration::from_mins(1)),
    (Signal::QUIT, Duration::from_secs(10)),
    (Signal::KILL, Duration::from_secs(10)),
];

/// What it takes to start the server.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) program: PathBuf,
    pub(super) pgdata: PathBuf,
    pub(super) socket_dir: PathBuf,
    pub(super) log: PathBuf,
    pub(super) account: Option<Account>,
}

impl Server {
    fn spawn(&self) -> Result<Child, StartError> {
        // What PostgreSQL complains of may have an address in it, and others may pass through root's data folder.
        let log = File::options()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(&self.log);
        let log = log.map_err(StartError::file("open", &self.log))?;
        let mut server: Command = command(&self.program, self.account);
        server.arg("-D").arg(&self.pgdata);
        server
            .arg("-k")
            .arg(&self.socket_dir)
            .args(["-p", &PORT.to_string()]);
        for setting in [
            "listen_addresses=",
            "unix_socket_permissions=0700",
            "timezone=UTC",
            "cluster_name=outlay",
        ] {
            server.args(["-c", setting]);
        }
        server
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        server
            .spawn()
            .map_err(StartError::file("run", &self.program))
    }
}

/// The handle on that thread; dropping it stops the server and waits for its end.
#[derive(Debug)]
pub(super) struct Supervisor {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    running: Option<Pid>,
    /// The server has been ready once: if it dies now, it is started again.
    keep_alive: bool,
    stopping: bool,
    ended: bool,
}

impl Supervisor {
    /// Starts the server; whether it gets ready is for the caller to find out.
    pub(super) fn start(server: Server) -> Result<Self, StartError> {
        let shared = Arc::new(Shared::default());
        let (started, outcome) = std::sync::mpsc::sync_channel(1);
        let thread = thread::Builder::new().name("postgres".to_owned()).spawn({
            let shared = Arc::clone(&shared);
            // The kernel ties a child to the thread that spawned it, so this one lives for as long as the server.
            move || match server.spawn() {
                Ok(child) => {
                    shared.lock().running = Some(Pid::from_child(&child));
                    let _ = started.send(Ok(()));
                    shared.supervise(&server, child);
                }
                Err(error) => {
                    let _ = started.send(Err(error));
                }
            }
        });
        let thread = thread.map_err(StartError::file(
            "start a thread for",
            std::path::Path::new("postgres"),
        ))?;
        outcome.recv().expect("the thread sends before it ends")?;
        Ok(Self {
            shared,
            thread: Some(thread),
        })
    }

    /// From now on, a server that dies is started again.
    pub(super) fn keep_alive(&self) {
        self.shared.lock().keep_alive = true;
    }

    /// Whether the server has ended and will not be started again.
    pub(super) fn has_ended(&self) -> bool {
        self.shared.lock().ended
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.stopping = true;
        self.shared.changed.notify_all();
        for (signal, patience) in SHUTDOWN {
            if let Some(pid) = state.running {
                let _ = kill_process(pid, signal);
            }
            let waited = self
                .shared
                .changed
                .wait_timeout_while(state, patience, |state| !state.ended);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
            if state.ended {
                break;
            }
            tracing::warn!(?signal, "PostgreSQL has not ended yet");
        }
        drop(state);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn supervise(&self, server: &Server, mut child: Child) {
        loop {
            let status = child.wait();
            let mut state = self.lock();
            state.running = None;
            if state.stopping || !state.keep_alive {
                break;
            }
            tracing::error!(
                reason = cluster::last_words(&server.log),
                status = status.map_or_else(|error| error.to_string(), describe),
                "PostgreSQL has ended by itself and is started again"
            );
            let Some(next) = self.restart(server, state) else {
                break;
            };
            child = next;
        }
        self.lock().ended = true;
        self.changed.notify_all();
    }

    /// Starts the server again, as often as it takes; `None` when it is to stop.
    fn restart<'a>(&'a self, server: &Server, mut state: MutexGuard<'a, State>) -> Option<Child> {
        loop {
            let waited = self
                .changed
                .wait_timeout_while(state, PAUSE, |state| !state.stopping);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
            if state.stopping {
                return None;
            }
            match server.spawn() {
                Ok(child) => {
                    state.running = Some(Pid::from_child(&child));
                    return Some(child);
                }
                Err(error) => tracing::error!(%error, "PostgreSQL cannot be started again yet"),
            }
        }
    }
}

fn describe(status: ExitStatus) -> String {
    status.signal().map_or_else(
        || status.to_string(),
        |signal| format!("killed by signal {signal}"),
    )
}
