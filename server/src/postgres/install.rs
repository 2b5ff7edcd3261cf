//! Where PostgreSQL's programs are on this machine, and which of several to take.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::StartError;

/// The oldest major version that Outlay's SQL runs on.
pub(super) const OLDEST: u32 = 15;

/// Folders whose entries are versions, and what leads from such an entry to its programs.
const VERSIONED: [(&str, &str, &str); 6] = [
    ("/usr/lib/postgresql", "", "bin"),
    ("/usr", "pgsql-", "bin"),
    ("/usr/local", "pgsql", "bin"),
    ("/opt/homebrew/opt", "postgresql", "bin"),
    ("/usr/local/opt", "postgresql", "bin"),
    ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
];

/// A folder with the programs of one PostgreSQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Install {
    bin: PathBuf,
    /// The major version, such as 17.
    pub(super) version: u32,
}

impl Install {
    /// The path of one of its programs.
    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.bin.join(name)
    }

    fn at(bin: &Path) -> Option<Self> {
        // The canonical path, because /usr/local/bin may have a link to `postgres` and none to `initdb`.
        let postgres = bin.join("postgres").canonicalize().ok()?;
        let bin = postgres.parent()?.to_owned();
        if !bin.join("initdb").is_file() {
            return None;
        }
        let output = Command::new(&postgres).arg("--version").output().ok()?;
        let version = major(&String::from_utf8_lossy(&output.stdout))?;
        Some(Self { bin, version })
    }
}

/// The programs in `explicit`, or else the ones that fit `data` (the version that wrote the data), or else the newest.
pub(super) fn find(
    explicit: Option<&Path>,
    data: Option<(u32, PathBuf)>,
) -> Result<Install, StartError> {
    let found = match explicit {
        Some(bin) => vec![Install::at(bin).ok_or_else(|| StartError::NoPrograms(bin.to_owned()))?],
        None => installed(),
    };
    choose(found, data)
}

fn choose(mut found: Vec<Install>, data: Option<(u32, PathBuf)>) -> Result<Install, StartError> {
    found.sort_by_key(|install| install.version);
    let Some(newest) = found.last().cloned() else {
        return Err(StartError::NotInstalled);
    };
    if let Some((data, folder)) = data {
        let versions: Vec<_> = found
            .iter()
            .map(|install| install.version.to_string())
            .collect();
        let fitting = found.into_iter().find(|install| install.version == data);
        return fitting.ok_or(StartError::OtherVersion {
            folder,
            data,
            found: versions.join(", "),
        });
    }
    if newest.version < OLDEST {
        return Err(StartError::TooOld {
            found: newest.version,
        });
    }
    Ok(newest)
}

fn installed() -> Vec<Install> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut found: Vec<Install> = Vec::new();
    for folder in env::split_paths(&path).chain(VERSIONED.iter().flat_map(versions)) {
        // Asking for the version costs a process: not for a link to what we know already.
        let known = folder
            .join("postgres")
            .canonicalize()
            .is_ok_and(|postgres| {
                found
                    .iter()
                    .any(|install| postgres.parent() == Some(&install.bin))
            });
        if !known && let Some(install) = Install::at(&folder) {
            found.push(install);
        }
    }
    found
}

fn versions((parent, prefix, bin): &(&str, &str, &str)) -> Vec<PathBuf> {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    let fitting = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix));
    fitting.map(|entry| entry.path().join(bin)).collect()
}

/// Reads 15 from `postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)`, and 18 from `… 18beta1`.
fn major(version: &str) -> Option<u32> {
    let number = version
        .split_whitespace()
        .find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    number
        .split(|c: char| !c.is_ascii_digit())
        .next()?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::{Install, StartError, choose, find, major};
    use std::path::{Path, PathBuf};

    fn install(version: u32) -> Install {
        Install {
            bin: PathBuf::from(format!("/pg/{version}")),
            version,
        }
    }

    #[test]
    fn the_major_version_is_read_from_every_known_form() {
        assert_eq!(
            major("postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)\n"),
            Some(15)
        );
        assert_eq!(major("postgres (PostgreSQL) 18beta1\n"), Some(18));
        assert_eq!(major("something else\n"), None);
    }

    #[test]
    fn the_version_that_wrote_the_data_wins_and_otherwise_the_newest() {
        let all = || vec![install(17), install(15), install(9)];
        assert_eq!(choose(all(), None).unwrap(), install(17));
        assert_eq!(
            choose(all(), Some((15, PathBuf::new()))).unwrap(),
            install(15)
        );
        let other = choose(all(), Some((16, PathBuf::from("/d"))))
            .unwrap_err()
            .to_string();
        assert!(
            other.contains("written by PostgreSQL 16, and only 9, 15, 17 is installed"),
            "{other}"
        );
    }

    #[test]
    fn what_is_missing_or_too_old_is_said_in_one_line() {
        assert!(matches!(
            choose(vec![], None),
            Err(StartError::NotInstalled)
        ));
        assert!(matches!(
            choose(vec![install(14)], None),
            Err(StartError::TooOld { found: 14 })
        ));
        let none = find(Some(Path::new("/nowhere")), None)
            .unwrap_err()
            .to_string();
        assert!(none.contains("/nowhere"), "{none}");
    }
}
