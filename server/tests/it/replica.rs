//! A replica that has no connection left is busy, and not away.

use std::sync::Arc;

use outlay::replica::{Replica, Standing};

use crate::support::TestApp;

#[tokio::test]
async fn a_replica_with_all_its_connections_taken_is_left_for_the_primary_and_not_taken_for_dead() {
    let app = TestApp::new().await;
    let options = app.app.db.connect_options();
    let replica = Arc::new(Replica::new((*options).clone(), 1));
    let pool = replica.at(Vec::new()).await.expect("it answers");

    let taken = pool.acquire().await.unwrap();
    assert!(replica.at(Vec::new()).await.is_none());
    assert_eq!(replica.standing(), Standing::Up);

    drop(taken);
    assert!(replica.at(Vec::new()).await.is_some());
}
