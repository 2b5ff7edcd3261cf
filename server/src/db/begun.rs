//! A connection in a transaction.

use std::ops::{Deref, DerefMut};

use sqlx::pool::PoolConnection;
use sqlx::postgres::PgTransactionManager;
use sqlx::{PgConnection, PgPool, Postgres, SqlStr};
use sqlx_core::transaction::TransactionManager;

/// A transaction that is taken back unless it is committed: sqlx's own, but that it may begin with more than `begin`. Where
/// the rest of such a statement is refused, sqlx takes the connection to be in no transaction, and it is in one that has
/// failed: nobody is to have it next.
pub(super) struct Begun {
    connection: PoolConnection<Postgres>,
    is_open: bool,
}

impl Begun {
    /// Begins with a statement, in one message.
    pub async fn with(pool: &PgPool, statement: SqlStr) -> Result<Self, sqlx::Error> {
        let mut connection = pool.acquire().await?;
        match PgTransactionManager::begin(&mut connection, Some(statement)).await {
            Ok(()) => Ok(Self {
                connection,
                is_open: true,
            }),
            Err(refused) => {
                connection.close_on_drop();
                Err(refused)
            }
        }
    }

    /// Commits.
    pub async fn commit(mut self) -> Result<(), sqlx::Error> {
        PgTransactionManager::commit(&mut self.connection).await?;
        self.is_open = false;
        Ok(())
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        if self.is_open {
            PgTransactionManager::start_rollback(&mut self.connection);
        }
    }
}

impl Deref for Begun {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.connection
    }
}

impl DerefMut for Begun {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.connection
    }
}
