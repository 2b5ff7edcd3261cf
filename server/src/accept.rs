//! Connections without TLS, and how they tell which HTTP they speak.

use std::future::{Ready, ready};
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{self, Context, Poll};

use axum_server::accept::Accept;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// What a connection begins with that speaks HTTP/2.
const HTTP2: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Takes connections without TLS.
#[derive(Debug, Clone, Copy)]
pub struct Peeking;

/// A connection whose beginning is looked at before it is read.
///
/// To see whether it is HTTP/2, hyper-util reads up to 24 bytes and puts them in front of the others. The buffer of 8 KiB
/// that HTTP/1 then has is too small by these for another reading of 8 KiB, and becomes one of 16, for as long as the
/// connection lasts. A reading that gives nothing tells it the same, and leaves everything to be read at once.
#[derive(Debug)]
pub struct Peeked {
    stream: TcpStream,
    has_begun: bool,
}

impl<S> Accept<TcpStream, S> for Peeking {
    type Stream = Peeked;
    type Service = S;
    type Future = Ready<io::Result<(Peeked, S)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let has_begun = false;
        ready(Ok((Peeked { stream, has_begun }, service)))
    }
}

impl AsyncRead for Peeked {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.has_begun {
            let mut bytes = [0; HTTP2.len()];
            let mut beginning = ReadBuf::new(&mut bytes);
            task::ready!(self.stream.poll_peek(context, &mut beginning))?;
            self.has_begun = true;
            // One that ends without a word is read, so that the end is seen.
            if !HTTP2.starts_with(beginning.filled()) {
                return Poll::Ready(Ok(()));
            }
        }
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Peeked {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
