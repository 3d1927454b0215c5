//! URL: the browser's own, for what the machine does with the crate of this name. Both are made to the
//! same standard, and a page need not download what it has.

use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = URL)]
    type Native;

    #[wasm_bindgen(constructor, catch, js_class = "URL")]
    fn new(text: &str, base: Option<&str>) -> Result<Native, JsValue>;

    #[wasm_bindgen(method, getter)]
    fn href(this: &Native) -> String;
}

/// A URL as the browser writes it, where each part is told by the mark before it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Url(String);

/// Why a text is no URL, as far as anybody asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParseError {
    /// It has no scheme.
    RelativeUrlWithoutBase,
    /// Anything else.
    Invalid,
}

impl Url {
    /// Reads one that is absolute.
    pub fn parse(text: &str) -> Result<Url, ParseError> {
        let why = |_| match text.trim().split_once(':') {
            Some((scheme, _)) if is_scheme(scheme) => ParseError::Invalid,
            _ => ParseError::RelativeUrlWithoutBase,
        };
        Native::new(text, None).map(|url| Url(url.href())).map_err(why)
    }

    /// Reads one that may be relative to this.
    pub fn join(&self, text: &str) -> Result<Url, ParseError> {
        let url = Native::new(text, Some(&self.0)).map_err(|_| ParseError::Invalid)?;
        Ok(Url(url.href()))
    }

    /// All of it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `https`, say.
    pub fn scheme(&self) -> &str {
        cut(&self.0, ':').0
    }

    /// Whose it is; nothing in most.
    pub fn username(&self) -> &str {
        self.authority().0.map_or("", |user| cut(user, ':').0)
    }

    /// Whose it is, too.
    pub fn password(&self) -> Option<&str> {
        cut(self.authority().0?, ':').1
    }

    /// The name of the host, or its address.
    pub fn host_str(&self) -> Option<&str> {
        let (_, host) = self.authority();
        let name = host.rfind(':').filter(|_| self.port().is_some()).map_or(host, |at| &host[..at]);
        (!name.is_empty()).then_some(name)
    }

    /// Its port, where it is not that of the scheme.
    pub fn port(&self) -> Option<u16> {
        self.authority().1.rsplit_once(':')?.1.parse().ok()
    }

    /// What is asked for at the host.
    pub fn path(&self) -> &str {
        let [_, start, end] = self.marks();
        &self.0[start..end]
    }

    /// Replaces it.
    pub fn set_path(&mut self, path: &str) {
        let path = path.replace('?', "%3F").replace('#', "%23");
        let [_, start, end] = self.marks();
        let text = format!("{}{path}{}", &self.0[..start], &self.0[end..]);
        if let Ok(url) = Url::parse(&text) {
            *self = url;
        }
    }

    /// What follows the question mark.
    pub fn query(&self) -> Option<&str> {
        cut(cut(&self.0, '#').0, '?').1
    }

    /// Its parts.
    pub fn query_pairs(&self) -> form_urlencoded::Parse<'_> {
        form_urlencoded::parse(self.query().unwrap_or_default().as_bytes())
    }

    /// To change them.
    pub fn query_pairs_mut(&mut self) -> Pairs<'_> {
        Pairs(self)
    }

    /// What follows the number sign.
    pub fn fragment(&self) -> Option<&str> {
        cut(&self.0, '#').1
    }

    /// Scheme, host and port.
    pub fn origin(&self) -> Origin {
        let (scheme, (_, host)) = (self.scheme(), self.authority());
        let is_told = OF_HOSTS.contains(&scheme);
        Origin(if is_told { format!("{scheme}://{host}") } else { "null".to_owned() })
    }

    /// Where the authority and where the path begins, and where that ends.
    fn marks(&self) -> [usize; 3] {
        let end = self.0.find(['?', '#']).unwrap_or(self.0.len());
        let colon = self.0.find(':').map_or(end, |at| at + 1);
        if !self.0[colon..end].starts_with("//") {
            return [colon, colon, end];
        }
        let authority = colon + 2;
        let path = self.0[authority..end].find('/').map_or(end, |at| authority + at);
        [authority, path, end]
    }

    fn authority(&self) -> (Option<&str>, &str) {
        let [start, end, _] = self.marks();
        match self.0[start..end].rsplit_once('@') {
            Some((user, host)) => (Some(user), host),
            None => (None, &self.0[start..end]),
        }
    }
}

/// What may ask for the same as another.
#[derive(Debug)]
pub struct Origin(String);

impl Origin {
    /// As it stands in a header.
    pub fn ascii_serialization(self) -> String {
        self.0
    }
}

/// The parts of a query, to be changed.
#[derive(Debug)]
pub struct Pairs<'a>(&'a mut Url);

impl Pairs<'_> {
    /// Takes all away.
    pub fn clear(&mut self) -> &mut Self {
        let whole = cut(&self.0.0, '#').0;
        self.0.0 = cut(whole, '?').0.to_owned();
        self
    }

    /// Adds one.
    pub fn append_pair(&mut self, name: &str, value: &str) -> &mut Self {
        let mark = if self.0.query().is_some() { '&' } else { '?' };
        let pair =
            form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish();
        self.0.0 = format!("{}{mark}{pair}", self.0.0);
        self
    }
}

fn cut(text: &str, mark: char) -> (&str, Option<&str>) {
    text.split_once(mark).map_or((text, None), |(front, rest)| (front, Some(rest)))
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// Those whose origin is more than a riddle.
const OF_HOSTS: [&str; 5] = ["https", "http", "wss", "ws", "ftp"];
