//! An answer on its way to a client: it is taken at a pace, or what is left of it is let go of.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use http_body::{Frame, SizeHint};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

/// How long a client may take nothing at all.
pub const GRACE: Duration = Duration::from_mins(1);
/// How many bytes it is to take in a second, or the grace gets shorter: less than any phone does.
const PACE: u64 = 8 * 1024;

/// A body that ends with an error where it is taken too slowly. What there is of it is gone then, also where nobody asks for
/// more of it, as nobody does while a client is not ready for more.
pub struct Taking {
    rest: Arc<Mutex<Rest>>,
    /// How many bytes are to come, where that is known.
    left: Option<u64>,
    /// Whether it has come to its end, for whoever asks again: compressing does.
    is_over: bool,
    _ending: JoinSet<()>,
}

/// What has not been taken yet.
struct Rest {
    /// Nothing once it has ended.
    body: Option<Body>,
    /// Until when more of it is to be taken; without end while there is nothing to take.
    due: Option<Instant>,
    grace: Duration,
}

impl Taking {
    /// A body, with its length where that is known.
    pub fn new(body: Body, length: Option<u64>, grace: Duration) -> Self {
        let rest = Rest {
            body: Some(body),
            due: Some(Instant::now() + grace),
            grace,
        };
        let rest = Arc::new(Mutex::new(rest));
        let mut ending = JoinSet::new();
        ending.spawn(end(Arc::clone(&rest)));
        Self {
            rest,
            left: length,
            is_over: false,
            _ending: ending,
        }
    }
}

/// Waits until the client is late, and lets go of what is left.
async fn end(rest: Arc<Mutex<Rest>>) {
    loop {
        let end = {
            let mut rest = lock(&rest);
            let now = Instant::now();
            let due = rest.due.unwrap_or(now + rest.grace);
            if due <= now {
                Err(rest.body.take())
            } else {
                Ok(due)
            }
        };
        match end {
            Ok(due) => sleep_until(due).await,
            Err(late) => return drop(late),
        }
    }
}

fn lock(rest: &Mutex<Rest>) -> MutexGuard<'_, Rest> {
    rest.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Rest {
    /// Notes that so many bytes are taken.
    fn taken(&mut self, bytes: u64) {
        let latest = Instant::now() + self.grace;
        let earned = Duration::from_millis(bytes.saturating_mul(1_000) / PACE);
        self.due = Some(self.due.map_or(latest, |due| latest.min(due + earned)));
    }
}

impl Drop for Taking {
    /// At once: the task that waits is ended when its turn comes.
    fn drop(&mut self) {
        let rest = lock(&self.rest).body.take();
        drop(rest);
    }
}

impl HttpBody for Taking {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        let rest = Arc::clone(&self.rest);
        let mut rest = lock(&rest);
        let Some(body) = &mut rest.body else {
            let late = io::Error::from(io::ErrorKind::TimedOut);
            return Poll::Ready(Some(Err(axum::Error::new(late))));
        };
        let polled = Pin::new(body).poll_frame(context);
        if polled.is_pending() {
            rest.due = None;
        }
        let frame = ready!(polled);
        self.is_over = frame.is_none();
        if let Some(Ok(frame)) = &frame {
            let bytes = frame.data_ref().map_or(0, Bytes::len);
            let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
            rest.taken(bytes);
            self.left = self.left.map(|left| left.saturating_sub(bytes));
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.left == Some(0)
    }

    fn size_hint(&self) -> SizeHint {
        self.left
            .map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;
    use http_body_util::BodyExt;

    use super::*;

    /// Bodies of this many pieces of a kibibyte.
    fn body(pieces: usize) -> Body {
        let piece = || Ok::<_, io::Error>(Bytes::from_static(&[7; 1024]));
        Body::from_stream(stream::iter((0..pieces).map(move |_| piece())))
    }

    #[tokio::test]
    async fn what_is_not_taken_is_let_go_of_and_ends() {
        let mut taking = Taking::new(body(3), Some(3 * 1024), Duration::from_millis(20));
        assert_eq!(taking.size_hint().exact(), Some(3 * 1024));
        let frame = taking.frame().await.unwrap().unwrap();
        assert_eq!(frame.data_ref().unwrap().len(), 1024);
        assert_eq!(taking.size_hint().exact(), Some(2 * 1024));
        end(Arc::clone(&taking.rest)).await;
        assert!(lock(&taking.rest).body.is_none());
        assert!(taking.frame().await.unwrap().is_err());
    }

    #[tokio::test]
    async fn what_is_taken_at_a_pace_has_no_end_but_its_own() {
        let whole = Taking::new(body(64), None, GRACE).collect().await;
        assert_eq!(whole.unwrap().to_bytes().len(), 64 * 1024);
    }

    #[tokio::test]
    async fn what_has_come_to_its_end_can_be_asked_again() {
        let once = stream::unfold(Some(Bytes::from_static(b"all")), |all| async {
            all.map(|all| (Ok::<_, io::Error>(all), None))
        });
        let mut taking = Taking::new(Body::from_stream(once), None, GRACE);
        assert!(taking.frame().await.unwrap().is_ok());
        assert!(taking.frame().await.is_none());
        assert!(taking.frame().await.is_none());
    }

    #[tokio::test]
    async fn each_byte_earns_time_up_to_the_grace() {
        let now = Instant::now();
        let mut rest = Rest {
            body: None,
            due: Some(now),
            grace: GRACE,
        };
        rest.taken(4 * PACE);
        assert_eq!(rest.due, Some(now + Duration::from_secs(4)));
        rest.taken(1);
        assert_eq!(rest.due, Some(now + Duration::from_secs(4)));
        rest.taken(1_000 * PACE);
        let due = rest.due.unwrap();
        assert!(due >= now + GRACE && due <= Instant::now() + GRACE);
        rest.due = None;
        rest.taken(1);
        assert!(rest.due.unwrap() >= due);
    }
}
