//! Room for so many requests at work, and for those that come meanwhile and wait.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

/// How many places go to who came last when one has left in vain.
const TURNED: usize = 16;

/// Who comes first is served first, until people leave in vain: those who have waited longest are then the next to leave, and
/// what is done for them is done for nobody. So whoever leaves lets some go before who came last. A few leave at any time, and
/// that turns little; where more come for long than can be served, all that is done is done for those who have just come.
pub struct Room {
    most_at_work: usize,
    most_inside: usize,
    patience: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// At work, waiting, or aside.
    inside: usize,
    at_work: usize,
    /// In the order in which they came.
    waiting: BTreeMap<u64, oneshot::Sender<()>>,
    /// How many have had to wait or to go.
    number: u64,
    /// How many places go to who came last.
    last_first: usize,
}

/// Why there is no room, with the number of who asked.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    /// As many wait as may.
    Full(u64),
    /// It has taken too long.
    Late(u64),
}

/// A request that is inside, until this is dropped.
pub struct Stay {
    room: Arc<Room>,
    is_at_work: AtomicBool,
    is_answered: AtomicBool,
}

impl Room {
    /// Room for so many at work, and so many in all, who wait for no longer than that.
    pub fn new(at_work: usize, inside: usize, patience: Duration) -> Self {
        Self {
            most_at_work: at_work,
            most_inside: inside,
            patience,
            state: Mutex::default(),
        }
    }

    /// Waits for a place to work at.
    pub async fn enter(self: &Arc<Self>) -> Result<Stay, Refusal> {
        let mut waiter = {
            let mut state = self.lock();
            let is_full = state.inside >= self.most_inside;
            if !is_full && state.at_work < self.most_at_work {
                state.inside += 1;
                state.at_work += 1;
                return Ok(self.stay());
            }
            let number = state.number;
            state.number += 1;
            if is_full {
                return Err(Refusal::Full(number));
            }
            state.inside += 1;
            let (call, called) = oneshot::channel();
            state.waiting.insert(number, call);
            Waiter {
                room: self,
                number,
                called,
                is_in: false,
            }
        };
        let since = Instant::now();
        let called = tokio::time::timeout(self.patience, &mut waiter.called).await;
        metrics::histogram!("overload_wait_seconds").record(since.elapsed());
        if !matches!(called, Ok(Ok(()))) {
            return Err(Refusal::Late(waiter.number));
        }
        waiter.is_in = true;
        Ok(self.stay())
    }

    /// How many are at work, and how many wait to be.
    pub fn count(&self) -> (usize, usize) {
        let state = self.lock();
        (state.at_work, state.waiting.len())
    }

    fn stay(self: &Arc<Self>) -> Stay {
        Stay {
            room: Arc::clone(self),
            is_at_work: AtomicBool::new(true),
            is_answered: AtomicBool::new(false),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Gives a place that has become free to one who waits.
    fn call(&mut self) {
        let last_first = self.last_first > 0;
        self.last_first = self.last_first.saturating_sub(1);
        let next = if last_first {
            self.waiting.pop_last()
        } else {
            self.waiting.pop_first()
        };
        if let Some((_, call)) = next {
            // Who waits takes himself out before he stops to listen.
            call.send(()).unwrap_or_default();
        } else {
            self.at_work -= 1;
            self.last_first = 0;
        }
    }

    /// Somebody has gone without an answer.
    fn left_in_vain(&mut self) {
        if !self.waiting.is_empty() {
            self.last_first = self.last_first.saturating_add(TURNED);
        }
    }
}

/// Somebody who waits. Whoever leaves drops this.
struct Waiter<'a> {
    room: &'a Room,
    number: u64,
    called: oneshot::Receiver<()>,
    is_in: bool,
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        if self.is_in {
            return;
        }
        let mut state = self.room.lock();
        state.inside -= 1;
        let is_called = state.waiting.remove(&self.number).is_none();
        state.left_in_vain();
        if is_called {
            state.call();
        }
    }
}

impl Stay {
    /// Gives up the place, and goes on without: for a request that has to wait for something else for long.
    pub fn step_aside(&self) {
        if self.is_at_work.swap(false, Ordering::Relaxed) {
            self.room.lock().call();
        }
    }

    /// Whoever asked has not left.
    pub fn answered(&self) {
        self.is_answered.store(true, Ordering::Relaxed);
    }
}

impl Drop for Stay {
    fn drop(&mut self) {
        let mut state = self.room.lock();
        state.inside -= 1;
        if !*self.is_answered.get_mut() {
            state.left_in_vain();
        }
        if *self.is_at_work.get_mut() {
            state.call();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::{Pin, pin};

    use futures_util::poll;

    use super::*;

    const LONG: Duration = Duration::from_mins(1);

    fn room(at_work: usize, inside: usize, patience: Duration) -> Arc<Room> {
        Arc::new(Room::new(at_work, inside, patience))
    }

    type Entering<'a> = Pin<Box<dyn Future<Output = Result<Stay, Refusal>> + 'a>>;

    /// Somebody who has begun to wait.
    async fn waiting(room: &Arc<Room>) -> Entering<'_> {
        let mut waiting: Entering<'_> = Box::pin(room.enter());
        assert!(poll!(&mut waiting).is_pending());
        waiting
    }

    fn leave(stay: Stay) {
        stay.answered();
        drop(stay);
    }

    #[tokio::test]
    async fn who_comes_first_is_served_first() {
        let room = room(1, 10, LONG);
        let at_work = room.enter().await.unwrap();
        let mut first = waiting(&room).await;
        let mut second = waiting(&room).await;
        leave(at_work);
        assert!(poll!(&mut second).is_pending());
        leave(first.as_mut().await.unwrap());
        leave(second.await.unwrap());
        assert_eq!(room.count(), (0, 0));
    }

    #[tokio::test]
    async fn who_comes_last_is_served_first_where_others_have_left_in_vain() {
        let room = room(1, 100, LONG);
        let mut at_work = room.enter().await.unwrap();
        let left = waiting(&room).await;
        let mut oldest = waiting(&room).await;
        drop(left);
        for _ in 0..TURNED {
            let latest = waiting(&room).await;
            leave(at_work);
            at_work = latest.await.unwrap();
        }
        let mut latest = waiting(&room).await;
        leave(at_work);
        assert!(poll!(&mut latest).is_pending());
        oldest.as_mut().await.unwrap();
    }

    #[tokio::test]
    async fn who_leaves_at_work_leaves_in_vain_too() {
        let room = room(1, 100, LONG);
        let at_work = room.enter().await.unwrap();
        let mut first = waiting(&room).await;
        let second = waiting(&room).await;
        drop(at_work);
        second.await.unwrap();
        assert!(poll!(&mut first).is_ready());
    }

    #[tokio::test]
    async fn a_place_goes_on_where_who_was_called_has_left() {
        let room = room(1, 10, LONG);
        let at_work = room.enter().await.unwrap();
        let called = waiting(&room).await;
        let next = waiting(&room).await;
        leave(at_work);
        drop(called);
        leave(next.await.unwrap());
        assert_eq!(room.count(), (0, 0));
        assert_eq!(room.lock().inside, 0);
    }

    #[tokio::test]
    async fn one_more_than_may_be_inside_is_refused_until_somebody_leaves() {
        let room = room(1, 2, LONG);
        let _at_work = room.enter().await.unwrap();
        let waits = waiting(&room).await;
        assert_eq!(room.enter().await.err(), Some(Refusal::Full(1)));
        drop(waits);
        let mut waits = pin!(room.enter());
        assert!(poll!(&mut waits).is_pending());
    }

    #[tokio::test]
    async fn nobody_waits_for_ever() {
        let room = room(1, 10, Duration::ZERO);
        let at_work = room.enter().await.unwrap();
        assert_eq!(room.enter().await.err(), Some(Refusal::Late(0)));
        leave(at_work);
        leave(room.enter().await.unwrap());
        assert_eq!(room.lock().inside, 0);
    }

    #[tokio::test]
    async fn who_steps_aside_is_inside_and_not_at_work() {
        let room = room(1, 2, LONG);
        let aside = room.enter().await.unwrap();
        aside.step_aside();
        let at_work = room.enter().await.unwrap();
        assert_eq!(room.enter().await.err(), Some(Refusal::Full(0)));
        leave(aside);
        let next = waiting(&room).await;
        leave(at_work);
        leave(next.await.unwrap());
        assert_eq!(room.count(), (0, 0));
    }
}
