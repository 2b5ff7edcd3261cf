//! People at work at once, until they are told that it is over.

use std::sync::Arc;

use sqlx::PgConnection;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::books;
use crate::load::{Journal, Person, Writer, read};

/// What they do, and what they have seen.
#[derive(Default)]
pub struct Crowd {
    pub journal: Arc<Journal>,
    work: JoinSet<()>,
}

impl Crowd {
    /// Lets somebody write to a ledger; what they do follows from the seed.
    pub fn write(&mut self, person: &Person, ledger: Uuid, seed: u64) {
        let writer = Writer::new(person, ledger, seed, &self.journal);
        self.work.spawn(writer.run());
    }

    /// Lets somebody read a ledger.
    pub fn read(&mut self, person: &Person, ledger: Uuid) {
        let journal = Arc::clone(&self.journal);
        self.work.spawn(read(person.clone(), ledger, journal));
    }

    /// Lets somebody do something else until it is over.
    pub fn join(&mut self, work: impl Future<Output = ()> + Send + 'static) {
        self.work.spawn(work);
    }

    /// Waits until all have finished what they had begun, and looks through the books of these ledgers.
    pub async fn end(&mut self, connection: &mut PgConnection, ledgers: &[(&Person, Uuid)]) {
        self.journal.end();
        while let Some(ended) = self.work.join_next().await {
            ended.unwrap();
        }
        println!("{}", self.journal);
        books::check(connection, &self.journal, ledgers).await;
    }
}
