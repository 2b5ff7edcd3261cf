//! Who the server runs as: PostgreSQL refuses root, so root gives way to another user.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use super::StartError;

/// The users that root gives way to, in this order.
const SERVICE_USERS: [&str; 2] = ["postgres", "nobody"];

/// Another user than the one that Outlay runs as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) uid: u32,
    gid: u32,
}

impl Account {
    /// Nobody else unless we are root; then the owner of the existing data, or a service user.
    pub(super) fn choose(existing: Option<&Metadata>) -> Result<Option<Self>, StartError> {
        if !rustix::process::geteuid().is_root() {
            return Ok(None);
        }
        if let Some(data) = existing.filter(|data| data.uid() != 0) {
            return Ok(Some(Self {
                uid: data.uid(),
                gid: data.gid(),
            }));
        }
        let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let account = SERVICE_USERS
            .iter()
            .find_map(|name| Self::named(&users, name));
        account.map(Some).ok_or(StartError::NoAccount)
    }

    fn named(users: &str, name: &str) -> Option<Self> {
        users.lines().find_map(|line| {
            let mut fields = line.split(':');
            let found = fields.next()? == name;
            let mut ids = fields.skip(1).map_while(|id| id.parse().ok());
            found.then_some(Self {
                uid: ids.next()?,
                gid: ids.next()?,
            })
        })
    }

    /// Whether this user may pass through `folder` and every folder above it.
    pub(super) fn reaches(self, folder: &Path) -> bool {
        folder.ancestors().all(|step| {
            fs::metadata(step).is_ok_and(|step| {
                let class = if step.uid() == self.uid {
                    0o100
                } else if step.gid() == self.gid {
                    0o010
                } else {
                    0o001
                };
                step.mode() & class != 0
            })
        })
    }

    /// Gives a file or folder to this user.
    pub(super) fn own(self, path: &Path) -> Result<(), StartError> {
        std::os::unix::fs::chown(path, Some(self.uid), Some(self.gid))
            .map_err(StartError::file("give away", path))
    }
}

/// A command that runs as `account`, dies with the thread that spawns it, and is spared our terminal's Ctrl-C.
pub(super) fn command(program: &Path, account: Option<Account>) -> Command {
    let mut command = if binds_to_parent() {
        // util-linux's setpriv asks the kernel for what we could only ask for in unsafe code: SIGINT, which is
        // PostgreSQL's fast shutdown, when the parent dies.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "INT", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    if let Some(account) = account {
        command.uid(account.uid).gid(account.gid);
    }
    // Its programs want to be able to enter the folder that they are started in.
    command
        .current_dir("/")
        .process_group(0)
        .env("LC_ALL", "C")
        .env_remove("PGDATA")
        .env_remove("PGOPTIONS");
    command
}

/// Whether there is a setpriv that knows the signal (busybox's does not, and macOS has none: there an orphan is ended
/// by the next start).
fn binds_to_parent() -> bool {
    Command::new("setpriv")
        .args(["--pdeathsig", "INT", "--", "true"])
        .output()
        .is_ok_and(|run| run.status.success())
}

#[cfg(test)]
mod tests {
    use super::Account;

    #[test]
    fn a_user_is_found_by_its_whole_name() {
        let users = "root:x:0:0:root:/root:/bin/sh\npostgres2:x:7:8::/:/bin/sh\npostgres:x:101:104:,,,:/var:/bin/sh\n";
        assert_eq!(
            Account::named(users, "postgres"),
            Some(Account { uid: 101, gid: 104 })
        );
        assert_eq!(Account::named(users, "nobody"), None);
    }
}
