//! Bodies in chunks.

/// A body that comes in chunks; trailers are dropped.
#[derive(Debug, Default)]
pub(crate) struct Chunks {
    pub(crate) body: Vec<u8>,
    pub(crate) complete: bool,
}

impl Chunks {
    /// Takes all whole chunks; gives how many bytes they took, `None` if they are malformed.
    pub(crate) fn feed(&mut self, input: &[u8]) -> Option<usize> {
        let mut used = 0;
        while !self.complete {
            let rest = input.get(used..)?;
            let (header, data) = match httparse::parse_chunk_size(rest) {
                Ok(httparse::Status::Complete((header, size))) => {
                    (header, usize::try_from(size).ok()?)
                }
                Ok(httparse::Status::Partial) => return Some(used),
                Err(_) => return None,
            };
            if data == 0 {
                let Some(trailer) = trailer_length(&rest[header..]) else { return Some(used) };
                self.complete = true;
                used += header + trailer;
            } else {
                let end = header.checked_add(data)?;
                let Some(after) = rest.get(end..).filter(|after| after.len() >= 2) else {
                    return Some(used);
                };
                if !after.starts_with(b"\r\n") {
                    return None;
                }
                self.body.extend_from_slice(&rest[header..end]);
                used += end + 2;
            }
        }
        Some(used)
    }
}

/// The length of the trailers with the empty line that ends them; `None` if there is more to come.
fn trailer_length(rest: &[u8]) -> Option<usize> {
    if rest.starts_with(b"\r\n") {
        return Some(2);
    }
    rest.windows(4).position(|window| window == b"\r\n\r\n").map(|position| position + 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn puts_chunks_together_however_they_are_split() {
        let whole = b"3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\nrest";
        for split in 0..whole.len() {
            let mut chunks = Chunks::default();
            let used = chunks.feed(&whole[..split]).expect("well-formed");
            let used = used + chunks.feed(&whole[used..]).expect("well-formed");
            assert!(chunks.complete, "{split}");
            assert_eq!(chunks.body, b"abc0123456789", "{split}");
            assert_eq!(&whole[used..], b"rest", "{split}");
        }
    }

    #[test]
    fn refuses_what_is_no_chunk() {
        assert_eq!(Chunks::default().feed(b"xyz\r\n"), None);
        assert_eq!(Chunks::default().feed(b"1\r\nabc\r\n"), None);
    }
}
