//! People who share ledgers, each signed in, made by SQL because that is quick.

use anyhow::{Result, ensure};
use sqlx::{Connection as _, PgConnection};
use uuid::Uuid;

use super::{GROUP, USERS};
use crate::accounts;
use crate::http::Connection;
use crate::server::Server;

/// Somebody who listens.
pub struct Person {
    pub token: String,
    /// The ledger of the person's group, and who the person is in it.
    pub group: (Uuid, Uuid),
    /// The ledger that everybody is in, and who the person is in that.
    pub all: (Uuid, Uuid),
}

/// Makes them, in ledgers of [`GROUP`] people and in one of all, and signs them in.
pub async fn people(server: &Server, database: &str) -> Result<Vec<Person>> {
    let mut database = PgConnection::connect(database).await?;
    sqlx::raw_sql(&*include_str!("people.sql"))
        .execute(&mut database)
        .await?;
    let rows: Vec<(String, Uuid, Uuid, Uuid, Uuid)> = sqlx::query_as(
        "select cookie, group_ledger_id, group_member_id, all_ledger_id, all_member_id from bench_people order by n",
    )
    .fetch_all(&mut database)
    .await?;
    ensure!(rows.len() == USERS, "{} people", rows.len());
    ensure!(USERS.is_multiple_of(GROUP), "whole groups");
    let mut connection = Connection::open(server.port).await?;
    let mut people = Vec::with_capacity(USERS);
    for (cookie, group_ledger, group_member, all_ledger, all_member) in rows {
        people.push(Person {
            token: accounts::refresh(&mut connection, &cookie).await?,
            group: (group_ledger, group_member),
            all: (all_ledger, all_member),
        });
    }
    Ok(people)
}
