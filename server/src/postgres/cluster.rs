//! The folders of the cluster: made once, taken by one Outlay at a time, freed of what a crash left behind.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, symlink};
use std::path::{Path, PathBuf};

use super::account::{Account, command};
use super::install::Install;
use super::{NAME, StartError};

/// Names the socket's file; there is no TCP port.
pub(super) const PORT: u16 = 5432;
/// Where root keeps data that the server's user could not reach in the data folder.
const SHARED_STATE: &str = "/var/lib/outlay";
/// A socket's path is at most 107 bytes; its file adds `/.s.PGSQL.5432.lock` to the folder.
const LONGEST_SOCKET_DIR: usize = 107 - 19;
/// From this size on, a log is put aside at the start.
const LONGEST_LOG: u64 = 8 << 20;

/// Where the parts of the cluster are.
#[derive(Debug)]
pub(super) struct Place {
    data_dir: PathBuf,
    /// PostgreSQL's own folder: `postgres` in the data folder, or what that links to.
    pub(super) pgdata: PathBuf,
    /// Who the server runs as, if not the user that we are.
    pub(super) account: Option<Account>,
}

impl Place {
    /// Makes the data folder where there is none and looks where the cluster is or has to go.
    pub(super) fn find(data_dir: &Path) -> Result<Self, StartError> {
        // Others may pass through it only where the server is one of them.
        let mode = if rustix::process::geteuid().is_root() {
            0o711
        } else {
            0o700
        };
        make_dir(data_dir, mode)?;
        let data_dir = data_dir
            .canonicalize()
            .map_err(StartError::file("read", data_dir))?;
        let entry = data_dir.join("postgres");
        if let Ok(existing) = fs::metadata(&entry) {
            let account = Account::choose(Some(&existing))?;
            let pgdata = entry
                .canonicalize()
                .map_err(StartError::file("read", &entry))?;
            return Ok(Self {
                data_dir,
                pgdata,
                account,
            });
        }
        let account = Account::choose(None)?;
        let pgdata = match account {
            Some(account) if !account.reaches(&data_dir) => {
                Path::new(SHARED_STATE).join(uuid::Uuid::new_v4().to_string())
            }
            _ => entry,
        };
        Ok(Self {
            data_dir,
            pgdata,
            account,
        })
    }

    /// Takes the cluster for this process, until the file is closed.
    pub(super) fn lock(&self) -> Result<File, StartError> {
        if let Some(parent) = self.pgdata.parent() {
            make_dir(parent, 0o711)?;
        }
        // Beside the cluster and not in the data folder, because a copy of that may link to the same cluster.
        let path = self.pgdata.with_extension("lock");
        let options = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path);
        let file = options.map_err(StartError::file("open", &path))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(StartError::InUse(self.data_dir.clone())),
            Err(TryLockError::Error(error)) => Err(StartError::file("lock", &path)(error)),
        }
    }

    /// The major version that wrote the existing data, and where they are.
    pub(super) fn version(&self) -> Option<(u32, PathBuf)> {
        let version = fs::read_to_string(self.pgdata.join("PG_VERSION")).ok()?;
        Some((version.trim().parse().ok()?, self.pgdata.clone()))
    }

    /// Creates the cluster where there is none: aside, and in its place only when it is complete.
    pub(super) fn create(&self, install: &Install) -> Result<(), StartError> {
        if self.pgdata.join("PG_VERSION").exists() {
            return Ok(());
        }
        let fresh = self.pgdata.with_extension("new");
        if fresh.exists() {
            fs::remove_dir_all(&fresh).map_err(StartError::file("remove", &fresh))?;
        }
        make_dir(&fresh, 0o700)?;
        if let Some(account) = self.account {
            account.own(&fresh)?;
        }
        self.initdb(&install.program("initdb"), &fresh)?;
        fs::rename(&fresh, &self.pgdata).map_err(StartError::file("create", &self.pgdata))?;
        let entry = self.data_dir.join("postgres");
        if entry != self.pgdata {
            symlink(&self.pgdata, &entry).map_err(StartError::file("create", &entry))?;
            tracing::warn!(
                "the data are in {}, because the user that PostgreSQL runs as cannot reach {}; {} links to them",
                self.pgdata.display(),
                self.data_dir.display(),
                entry.display()
            );
        }
        sync_dir(&self.data_dir)?;
        self.pgdata.parent().map_or(Ok(()), sync_dir)
    }

    fn initdb(&self, program: &Path, folder: &Path) -> Result<(), StartError> {
        // Without a password: whoever can enter the socket's folder can read the data's files as well.
        let mut initdb = command(program, self.account);
        initdb.args([
            "--username",
            NAME,
            "--auth-local=trust",
            "--auth-host=reject",
            "--encoding=UTF8",
        ]);
        if cfg!(target_os = "macos") {
            initdb.args(["--locale=C", "--lc-ctype=UTF-8"]); // has no C.UTF-8
        } else {
            initdb.arg("--locale=C.UTF-8");
        }
        let output = initdb
            .arg("-D")
            .arg(folder)
            .output()
            .map_err(StartError::file("run", program))?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        if said.contains("could not look up effective user ID") {
            return Err(StartError::NamelessUser(
                rustix::process::geteuid().as_raw(),
            ));
        }
        Err(StartError::Initdb(
            telling_line(&said).unwrap_or("it said nothing").to_owned(),
        ))
    }

    /// A folder for the socket with a short path that only the server's user (and root) may enter.
    pub(super) fn socket_dir(&self) -> Result<PathBuf, StartError> {
        let owner = self
            .account
            .map_or(rustix::process::geteuid().as_raw(), |account| account.uid);
        let runtime = std::env::var_os("XDG_RUNTIME_DIR").filter(|_| self.account.is_none());
        let bases = runtime
            .map(PathBuf::from)
            .into_iter()
            .chain([std::env::temp_dir(), PathBuf::from("/tmp")]);
        let mut hasher = DefaultHasher::new();
        self.pgdata.hash(&mut hasher);
        let name = format!("outlay-{:016x}", hasher.finish());
        let mut refused = PathBuf::new();
        for folder in bases.map(|base| base.join(&name)) {
            let short = folder.as_os_str().len() <= LONGEST_SOCKET_DIR;
            if short && self.take_socket_dir(&folder, owner) {
                return Ok(folder);
            }
            refused = folder;
        }
        Err(StartError::File {
            what: "have for the socket a folder of our own at",
            path: refused,
            source: std::io::ErrorKind::PermissionDenied.into(),
        })
    }

    /// Makes the folder, or takes over one of ours; never one that somebody else has put there.
    fn take_socket_dir(&self, folder: &Path, owner: u32) -> bool {
        if DirBuilder::new().mode(0o700).create(folder).is_ok() {
            let given = self.account.map_or(Ok(()), |account| account.own(folder));
            return given.is_ok() && self.account.is_none_or(|account| account.reaches(folder));
        }
        fs::symlink_metadata(folder).is_ok_and(|found| {
            found.is_dir() && found.uid() == owner && found.mode() & 0o777 == 0o700
        })
    }

    /// The path of the server's log, whose predecessor is put aside when it is long.
    pub(super) fn log_file(&self) -> Result<PathBuf, StartError> {
        let log = self.data_dir.join("postgres.log");
        if fs::metadata(&log).is_ok_and(|log| log.len() > LONGEST_LOG) {
            fs::rename(&log, log.with_extension("log.old"))
                .map_err(StartError::file("move", &log))?;
        }
        Ok(log)
    }
}

/// The line of a log that tells best why the server ended.
pub(super) fn last_words(log: &Path) -> String {
    let log = fs::read(log).unwrap_or_default();
    let end = String::from_utf8_lossy(&log[log.len().saturating_sub(4096)..]);
    telling_line(&end).unwrap_or("it said nothing").to_owned()
}

fn telling_line(said: &str) -> Option<&str> {
    let serious =
        |line: &&str| line.contains("FATAL:") || line.contains("PANIC:") || line.contains("error:");
    let mut lines = said.lines().rev();
    lines
        .clone()
        .find(serious)
        .or_else(|| lines.find(|line| !line.trim().is_empty()))
        .map(str::trim)
}

fn make_dir(path: &Path, mode: u32) -> Result<(), StartError> {
    DirBuilder::new()
        .recursive(true)
        .mode(mode)
        .create(path)
        .map_err(StartError::file("create", path))
}

fn sync_dir(path: &Path) -> Result<(), StartError> {
    File::open(path)
        .and_then(|folder| folder.sync_all())
        .map_err(StartError::file("sync", path))
}
