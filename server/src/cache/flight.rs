//! One computation for all who ask the same at the same time.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use tracing::Instrument;

use super::question::Key;
use crate::error::{Error, Result};
use crate::overload;

type Outcome<T> = Result<T, Arc<Error>>;
type Flight<T> = Shared<BoxFuture<'static, Outcome<T>>>;

/// What is being computed.
pub struct Flights<T>(Arc<Mutex<HashMap<Key, Flight<T>>>>);

impl<T> Default for Flights<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T: Clone + Send + Sync + 'static> Flights<T> {
    /// What the computation under this key gives: the one that is under way, or else this one; and whether it is this one.
    ///
    /// It goes on in a task of its own, so that whoever asked first may leave. An error goes to all who wait for it, and
    /// is not kept.
    pub async fn join(
        &self,
        key: Key,
        compute: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<(T, bool)> {
        let (flight, is_new) = match lock(&self.0).entry(key) {
            Entry::Occupied(under_way) => (under_way.get().clone(), false),
            Entry::Vacant(place) => (place.insert(self.begin(key, compute)).clone(), true),
        };
        match flight.await {
            Ok(computed) => Ok((computed, is_new)),
            Err(error) => Err(match &*error {
                Error::Problem(problem) => Error::Problem(problem.clone()),
                Error::Internal(error) => Error::Internal(anyhow::anyhow!("{error:#}")),
            }),
        }
    }

    fn begin(
        &self,
        key: Key,
        compute: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Flight<T> {
        let flights = Arc::clone(&self.0);
        let stay = overload::stay();
        let computed = tokio::spawn(
            async move {
                let _stay = stay;
                // Not before it runs: a task that a stopping runtime drops at once is dropped under the lock.
                let _end = End(flights, key);
                compute.await
            }
            .in_current_span(),
        );
        let outcome = async move {
            let computed = computed.await.map_err(anyhow::Error::from);
            computed.map_err(Error::from).flatten().map_err(Arc::new)
        };
        outcome.boxed().shared()
    }
}

/// Forgets a computation when it ends, however it does.
struct End<T: Clone>(Arc<Mutex<HashMap<Key, Flight<T>>>>, Key);

impl<T: Clone> Drop for End<T> {
    fn drop(&mut self) {
        lock(&self.0).remove(&self.1);
    }
}

fn lock<T>(flights: &Mutex<T>) -> MutexGuard<'_, T> {
    flights.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::future::{join_all, pending};
    use tokio::sync::Notify;

    use super::*;
    use crate::error::Code;

    #[tokio::test]
    async fn many_who_ask_at_the_same_time_get_what_was_computed_once() {
        let (flights, times, go) = (
            Flights::default(),
            Arc::new(AtomicUsize::new(0)),
            Arc::new(Notify::new()),
        );
        let asked = (0..100).map(|_| {
            let (times, go) = (Arc::clone(&times), Arc::clone(&go));
            flights.join(Key::of("one"), async move {
                go.notified().await;
                Ok(times.fetch_add(1, Ordering::Relaxed))
            })
        });
        let (answers, ()) = tokio::join!(join_all(asked), async { go.notify_one() });
        assert!(answers.into_iter().all(|answer| answer.unwrap().0 == 0));
        assert_eq!(times.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn who_asks_first_may_leave() {
        let flights = Flights::default();
        let go = Arc::new(Notify::new());
        let compute = {
            let go = Arc::clone(&go);
            async move {
                go.notified().await;
                Ok("computed")
            }
        };
        {
            let mut first = std::pin::pin!(flights.join(Key::of("one"), compute));
            assert!(futures_util::poll!(first.as_mut()).is_pending());
        }
        let mut second = std::pin::pin!(flights.join(Key::of("one"), pending()));
        assert!(futures_util::poll!(second.as_mut()).is_pending());
        go.notify_one();
        assert_eq!(second.await.unwrap(), ("computed", false));
    }

    #[tokio::test]
    async fn neither_an_error_nor_a_panic_is_kept() {
        let flights = Flights::<u8>::default();
        let refused = flights.join(Key::of("one"), async { Err(Code::Unavailable.error()) });
        let error = refused.await.unwrap_err();
        assert!(matches!(error, Error::Problem(problem) if problem.code == Code::Unavailable));
        let panicked = flights.join(Key::of("one"), async { panic!("it does") });
        assert!(matches!(panicked.await, Err(Error::Internal(_))));
        let computed = flights.join(Key::of("one"), async { Ok(1) });
        assert_eq!(computed.await.unwrap(), (1, true));
    }
}
