//! Connections on which nothing moves any more end: those that say nothing, and those that do not take what they asked for.
//!
//! What hyper bounds is the head of a request in HTTP/1, once its first bytes are there. It waits without end for those
//! bytes, for the next request in HTTP/2, and for a client that does not read.

use std::future::{Ready, ready};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum_server::accept::Accept;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep};

/// How much is enough to go on with: as much as waits to be written at once.
const ENOUGH: usize = 64 * 1024;

/// Accepts connections that may stand still for so long.
#[derive(Debug, Clone, Copy)]
pub struct Acceptor<A> {
    /// What takes them first.
    pub inner: A,
    pub patience: Duration,
}

impl<S, A, I> Accept<TcpStream, S> for Acceptor<A>
where
    A: Accept<TcpStream, S, Stream = I, Service = S, Future = Ready<io::Result<(I, S)>>>,
{
    type Stream = Moving<I>;
    type Service = S;
    type Future = Ready<io::Result<(Self::Stream, S)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        // An event is small, and is not to wait for the one before to be acknowledged.
        let accepted = stream
            .set_nodelay(true)
            .and_then(|()| self.inner.accept(stream, service).into_inner());
        let moving = |(stream, service)| (Moving::new(stream, self.patience), service);
        ready(accepted.map(moving))
    }
}

/// A connection that fails when for so long nothing has been read from it or written to it, or when for twice as long there was
/// something to write and little of it was taken: somebody may take a byte now and then.
#[derive(Debug)]
pub struct Moving<I> {
    inner: I,
    patience: Duration,
    /// How many bytes are enough to go on with.
    enough: usize,
    moved_at: Instant,
    /// Since when not all of what was to be written has been taken, and how much of it has since.
    held_up: Option<(Instant, usize)>,
    /// Set anew only when it ends: that costs nothing while things move.
    timer: Pin<Box<Sleep>>,
}

impl<I> Moving<I> {
    fn new(inner: I, patience: Duration) -> Self {
        Self {
            inner,
            patience,
            enough: ENOUGH,
            moved_at: Instant::now(),
            held_up: None,
            timer: Box::pin(sleep(patience)),
        }
    }

    /// What there is, or the end where there has been nothing for too long.
    fn or_end<T>(
        &mut self,
        context: &mut Context<'_>,
        moved: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if moved.is_ready() {
            self.moved_at = Instant::now();
            return moved;
        }
        loop {
            ready!(self.timer.as_mut().poll(context));
            let end = self.moved_at + self.patience;
            if end <= Instant::now() {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            self.timer.as_mut().reset(end);
        }
    }

    /// What has been written of so many bytes, or the end where these have been held up for too long.
    fn written(
        &mut self,
        context: &mut Context<'_>,
        offered: usize,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        let taken = match &written {
            Poll::Ready(Ok(taken)) => *taken,
            _ => 0,
        };
        let now = Instant::now();
        let held_up = self.held_up.take().unwrap_or((now, 0));
        let (since, taken_since) = (held_up.0, held_up.1 + taken);
        if taken < offered {
            if taken_since < self.enough && since + 2 * self.patience <= now {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            self.held_up = Some(if taken_since < self.enough {
                (since, taken_since)
            } else {
                (now, 0)
            });
        }
        self.or_end(context, written)
    }
}

impl<I: AsyncRead + Unpin> AsyncRead for Moving<I> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.inner).poll_read(context, buffer);
        self.or_end(context, read)
    }
}

impl<I: AsyncWrite + Unpin> AsyncWrite for Moving<I> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write(context, bytes);
        self.written(context, bytes.len(), written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write_vectored(context, bytes);
        let offered = bytes.iter().map(|part| part.len()).sum();
        self.written(context, offered, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::io::ErrorKind;

    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    const PATIENCE: Duration = Duration::from_millis(20);

    #[tokio::test]
    async fn who_says_nothing_is_not_listened_to_for_ever() {
        let (here, mut there) = duplex(64);
        let mut here = Moving::new(here, PATIENCE);
        there.write_all(b"PRI * HT").await.unwrap();
        assert_eq!(here.read_exact(&mut [0; 8]).await.unwrap(), 8);
        let ended = here.read_u8().await.unwrap_err();
        assert_eq!(ended.kind(), ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn who_does_not_read_is_not_written_to_for_ever() {
        let (here, _there) = duplex(64);
        let ended = Moving::new(here, PATIENCE).write_all(&[0; 65]).await;
        assert_eq!(ended.unwrap_err().kind(), ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn who_takes_a_byte_now_and_then_is_not_written_to_for_ever() {
        let (here, mut there) = duplex(64);
        // So that no machine is quick enough to take it byte by byte.
        let enough = usize::MAX;
        let mut here = Moving {
            enough,
            ..Moving::new(here, PATIENCE)
        };
        let much = vec![0; 1024 * 1024];
        let slowly = async {
            loop {
                there.read_u8().await.unwrap();
            }
        };
        // Each byte is a move, and yet there is an end.
        let offered = poll_fn(|context| {
            loop {
                ready!(Pin::new(&mut here).poll_write(context, &much))?;
            }
        });
        let ended: io::Result<()> =
            tokio::select! { ended = offered => ended, () = slowly => Ok(()) };
        assert_eq!(ended.unwrap_err().kind(), ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn what_moves_goes_on_for_longer_than_anything_may_stand_still() {
        let (here, mut there) = duplex(64);
        let mut here = Moving::new(here, PATIENCE);
        let begun = Instant::now();
        while begun.elapsed() < 3 * PATIENCE {
            there.write_u8(7).await.unwrap();
            assert_eq!(here.read_u8().await.unwrap(), 7);
            tokio::task::yield_now().await;
        }
    }
}
