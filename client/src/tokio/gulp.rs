//! Reading much at once without a buffer for each socket. The WebSocket library keeps what it reads
//! into for as long as the socket lives, so it gets little; what comes beyond that is read in the same
//! go into memory that all sockets of a thread share, and kept only until the library asks for it.

use std::cell::Cell;
use std::io;
use std::mem;
use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A stream that is read in gulps and given away in bites.
pub(super) struct Gulp<S> {
    stream: S,
    /// The memory with what was read and not asked for yet; nothing most of the time.
    mouth: Vec<u8>,
    /// Where in it that lies.
    rest: Range<usize>,
}

thread_local! {
    /// Whoever reads takes it, and gives it back once it is empty.
    static MOUTH: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

impl<S> Gulp<S> {
    pub(super) fn new(stream: S) -> Gulp<S> {
        Gulp { stream, mouth: Vec::new(), rest: 0..0 }
    }

    fn give(&mut self, buffer: &mut ReadBuf<'_>) {
        let bite = self.rest.len().min(buffer.remaining());
        let end = self.rest.start + bite;
        buffer.put_slice(&self.mouth[self.rest.start..end]);
        self.rest.start = end;
        if self.rest.is_empty() {
            MOUTH.set(mem::take(&mut self.mouth));
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Gulp<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.rest.is_empty() {
            if buffer.remaining() >= GULP_BYTES {
                return Pin::new(&mut self.stream).poll_read(context, buffer);
            }
            let mut mouth = MOUTH.take();
            mouth.resize(GULP_BYTES, 0);
            let mut gulp = ReadBuf::new(&mut mouth);
            let read = Pin::new(&mut self.stream).poll_read(context, &mut gulp);
            (self.rest, self.mouth) = (0..gulp.filled().len(), mouth);
            if self.rest.is_empty() {
                MOUTH.set(mem::take(&mut self.mouth));
                return read;
            }
        }
        self.give(buffer);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Gulp<S> {
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
}

/// What a frame of any size takes few of.
const GULP_BYTES: usize = 32 << 10;

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    /// Gives what is there and says how often it was asked.
    struct Spring {
        bytes: Vec<u8>,
        asked: usize,
    }

    impl AsyncRead for Spring {
        fn poll_read(
            mut self: Pin<&mut Self>,
            _context: &mut Context<'_>,
            buffer: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            self.asked += 1;
            let bite = self.bytes.len().min(buffer.remaining());
            buffer.put_slice(&self.bytes[..bite]);
            self.bytes.drain(..bite);
            Poll::Ready(Ok(()))
        }
    }

    fn bite(gulp: &mut Gulp<Spring>, size: usize) -> Vec<u8> {
        let (mut bytes, mut context) = (vec![0; size], Context::from_waker(Waker::noop()));
        let mut buffer = ReadBuf::new(&mut bytes);
        assert!(matches!(Pin::new(gulp).poll_read(&mut context, &mut buffer), Poll::Ready(Ok(()))));
        buffer.filled().to_vec()
    }

    #[test]
    fn much_is_read_at_once_given_in_order_and_not_kept() {
        let bytes: Vec<u8> = (0..=250).cycle().take(GULP_BYTES + 1_000).collect();
        let mut gulp = Gulp::new(Spring { bytes: bytes.clone(), asked: 0 });
        let mut given = Vec::new();
        while given.len() < GULP_BYTES {
            given.extend(bite(&mut gulp, 3_000));
        }
        assert_eq!((given.len(), gulp.stream.asked), (GULP_BYTES, 1));
        assert_eq!(gulp.mouth.capacity(), 0, "what was given is not kept");
        given.extend(bite(&mut gulp, 2 * GULP_BYTES));
        assert_eq!((given, gulp.stream.asked), (bytes, 2));
        assert!(bite(&mut gulp, 10).is_empty(), "the end is the end");
    }
}
