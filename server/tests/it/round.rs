//! Connections go from one request to the next, and those that are not surely fit for it go to the pool.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use futures_util::future::join_all;
use outlay::db::{Lent, Round};

use crate::support::TestApp;
use crate::transactions::{observer, until};

/// The process at the other end.
async fn process(connection: &mut Lent) -> i32 {
    let pid = sqlx::query_scalar("select pg_backend_pid()");
    pid.fetch_one(&mut **connection).await.unwrap()
}

#[tokio::test]
async fn what_is_given_back_goes_to_the_next_request() {
    let app = TestApp::new().await;
    let mut first = app.app.round.take().await.unwrap();
    let process_of_first = process(&mut first).await;
    first.give_back();
    let mut next = app.app.round.take().await.unwrap();
    assert_eq!(process(&mut next).await, process_of_first);
}

#[tokio::test]
async fn a_request_gives_back_what_has_proven_the_membership() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    anna.get(&anna.ledger()).await.ok();
    assert_eq!(app.app.round.waiting(), 1);
}

#[tokio::test]
async fn what_somebody_left_in_the_midst_of_something_goes_to_the_pool() {
    let app = TestApp::new().await;
    let mut observer = observer(&app).await;
    let mut left = app.app.round.take().await.unwrap();
    let asleep = sqlx::query("select pg_sleep(600)");
    tokio::select! {
        _ = asleep.execute(&mut *left) => panic!("it sleeps"),
        () = until(&mut observer, "wait_event = 'PgSleep'", 1) => {}
    }
    drop(left);
    assert_eq!(app.app.round.waiting(), 0);
    let mut next = app.app.round.take().await.unwrap();
    process(&mut next).await;
}

#[tokio::test]
async fn whoever_wants_a_connection_of_the_pool_gets_one_however_many_go_round() {
    let app = TestApp::new().await;
    let round = &app.app.round;
    let half = app.app.db.options().get_max_connections() / 2;
    let lent = join_all((0..half).map(|_| round.take())).await;
    let mut more = std::pin::pin!(round.take());
    let waits = poll_fn(|context| Poll::Ready(more.as_mut().poll(context).is_pending()));
    assert!(waits.await);
    let taken = app.app.db.acquire().await;
    assert!(taken.is_ok());
    for one in lent {
        one.unwrap().give_back();
    }
    more.await.unwrap();
}

#[tokio::test]
async fn what_nobody_wants_goes_to_the_pool() {
    let app = TestApp::new().await;
    app.app.round.take().await.unwrap().give_back();
    let gone = async {
        while app.app.round.waiting() > 0 || app.app.db.num_idle() == 0 {
            tokio::task::yield_now().await;
        }
    };
    let gone = tokio::time::timeout(Duration::from_secs(10), gone).await;
    assert!(gone.is_ok());
}

#[tokio::test]
async fn a_pool_that_closes_does_not_wait_for_what_goes_round() {
    let app = TestApp::new().await;
    let (waiting, lent) = (app.app.round.take().await, app.app.round.take().await);
    waiting.unwrap().give_back();
    let closing = app.app.db.close();
    let giving = async {
        lent.unwrap().give_back();
    };
    let closed = async { tokio::join!(closing, giving) };
    let closed = tokio::time::timeout(Duration::from_secs(10), closed).await;
    assert!(closed.is_ok());
    assert!(app.app.round.take().await.is_err());
}

#[tokio::test]
async fn of_a_single_connection_none_is_kept() {
    let app = TestApp::new().await;
    let options = (*app.app.db.connect_options()).clone();
    let pool = outlay::db::pool(options, 1);
    let round = Round::new(pool.clone());
    round.take().await.unwrap().give_back();
    assert_eq!(round.waiting(), 0);
    assert!(pool.acquire().await.is_ok());
}
