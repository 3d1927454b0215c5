//! Connections as the HTTP library wants them, made so that a request can be called off.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, Transport,
};

use super::line::{Dialler, Line};
use super::waits::Waits;

/// Opens connections for one worker.
#[derive(Debug)]
pub(super) struct Opener {
    pub(super) dialler: Dialler,
    pub(super) waits: Arc<Waits>,
    pub(super) has_sent: Arc<AtomicBool>,
}

/// A connection of one worker. The library sets no timeouts, for the session cancels what takes
/// too long.
#[derive(Debug)]
pub(super) struct Exchange {
    line: Line,
    buffers: LazyBuffers,
    has_sent: Arc<AtomicBool>,
}

impl Connector for Opener {
    type Out = Exchange;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        _chained: Option<()>,
    ) -> Result<Option<Exchange>, Error> {
        let line = self.dialler.dial(details.uri, &self.waits).map_err(io::Error::other)?;
        let config = details.config;
        let buffers = LazyBuffers::new(config.input_buffer_size(), config.output_buffer_size());
        Ok(Some(Exchange { line, buffers, has_sent: self.has_sent.clone() }))
    }
}

impl Transport for Exchange {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, _timeout: NextTimeout) -> Result<(), Error> {
        self.has_sent.store(true, Ordering::SeqCst);
        self.line.write_all(&self.buffers.output()[..amount])?;
        Ok(self.line.flush()?)
    }

    fn await_input(&mut self, _timeout: NextTimeout) -> Result<bool, Error> {
        let count = self.line.read(self.buffers.input_append_buf())?;
        self.buffers.input_appended(count);
        Ok(count > 0)
    }

    /// An idle connection is of use as long as there is nothing to read, not even its end.
    fn is_open(&mut self) -> bool {
        self.line.set_patient(false);
        let result = self.line.read(&mut [0]);
        self.line.set_patient(true);
        result.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
    }

    fn is_tls(&self) -> bool {
        self.line.is_encrypted()
    }
}

/// Leaves names to the dial: behind a proxy they are no concern of ours.
#[derive(Debug)]
pub(super) struct Unasked;

impl Resolver for Unasked {
    fn resolve(
        &self,
        _uri: &Uri,
        _config: &Config,
        _timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        Ok(self.empty())
    }
}
