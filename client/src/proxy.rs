//! PROXY: which way leads to a URL. The one place that decides it, for the requests and the sockets of
//! either driver.

use std::env;
use std::fmt;
use std::sync::Arc;

use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;

use crate::route::{Hop, Login, Peer, Protocol, Route};

/// Which proxy leads to the service, if any: that of the environment, one that is given, or none.
///
/// Everything goes through a tunnel that the proxy is asked for (`CONNECT`), unencrypted requests
/// too, so that it sees a host and a port and nothing else. It is spoken to over `http:` or `https:`,
/// or as SOCKS 5 (`socks5:` or `socks5h:`), with a user and a password if its URL has them. These are
/// secrets, and show nowhere. Names are left to the proxy.
///
/// ```
/// use directline_client::Proxy;
///
/// let proxy = Proxy::at("http://user:hush@proxy.example:3128")?.with_exceptions("localhost, .lan");
/// assert_eq!(format!("{proxy:?}"), "Proxy(https: proxy.example:3128, http: proxy.example:3128)");
/// let refused = Proxy::at("ftp://user:hush@proxy.example").unwrap_err();
/// assert_eq!(
///     refused.to_string(),
///     "proxy is \"ftp://***@proxy.example\", allowed is http, https or socks5 and a host, as in \
///      http://USER:PASSWORD@HOST:PORT"
/// );
/// # Ok::<(), directline_client::ProxyError>(())
/// ```
#[derive(Clone)]
pub struct Proxy {
    http: Choice,
    https: Choice,
    exceptions: Arc<Matcher>,
}

/// What was chosen for one kind of URL.
type Choice = Result<Option<Hop>, ProxyError>;

/// A URL that is none of a proxy. What it says of credentials is hidden.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{field} is {value:?}, allowed is http, https or socks5 and a host, as in \
     http://USER:PASSWORD@HOST:PORT"
)]
pub struct ProxyError {
    field: String,
    value: String,
}

impl Proxy {
    /// None, whatever the environment says.
    #[must_use]
    pub fn none() -> Proxy {
        Proxy { http: Ok(None), https: Ok(None), exceptions: exceptions("") }
    }

    /// The one at `url`, for every service. A port that is not given is 1080, or 443 with `https:`;
    /// a scheme that is not given is `http:`. Nothing at all is [`Proxy::none`].
    ///
    /// # Errors
    ///
    /// When no proxy can be there.
    pub fn at(url: &str) -> Result<Proxy, ProxyError> {
        let choice = hop("proxy", url).map(Some);
        let choice = if url.trim().is_empty() { Ok(None) } else { choice };
        choice.clone()?;
        Ok(Proxy { http: choice.clone(), https: choice, exceptions: exceptions("") })
    }

    /// What the environment says, in the words of curl: `https_proxy` for services with `https:`,
    /// `http_proxy` for others, else `all_proxy`; hosts in `no_proxy` are reached without. Each of
    /// them may be written in capitals as well; where both are set, small letters win. An empty
    /// variable counts as none. `HTTP_PROXY` counts as none within CGI, where any caller can set it.
    ///
    /// A variable that makes no sense is no mistake before a service needs it: [`Proxy::check`].
    #[must_use]
    pub fn from_env() -> Proxy {
        Proxy::from_variables(|name| {
            // Text that is none leads to no proxy, and is told as that.
            env::var_os(name).map(|value| value.to_string_lossy().into_owned())
        })
    }

    fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Proxy {
        let is_cgi = variable("REQUEST_METHOD").is_some();
        let set = |name: &str| {
            let names = [name.to_owned(), name.to_ascii_uppercase()];
            names.into_iter().find_map(|name| {
                let value = variable(&name).filter(|value| !value.trim().is_empty())?;
                let is_forged = is_cgi && name == "HTTP_PROXY";
                (!is_forged).then_some((name, value))
            })
        };
        let choose = |name: &str| {
            let found = set(name).or_else(|| set("all_proxy"));
            found.map(|(name, value)| hop(&name, &value)).transpose()
        };
        let exceptions = exceptions(&set("no_proxy").map(|(_, list)| list).unwrap_or_default());
        Proxy { http: choose("http_proxy"), https: choose("https_proxy"), exceptions }
    }

    /// Hosts that are reached without a proxy, in place of those so far, as `no_proxy` has them:
    /// names, which stand for all names below them too, addresses and networks such as
    /// `10.0.0.0/8`, with commas or spaces between, or `*` for all.
    #[must_use]
    pub fn with_exceptions(self, list: &str) -> Proxy {
        Proxy { exceptions: exceptions(list), ..self }
    }

    /// The exceptions of another one, and its own proxy.
    #[must_use]
    pub fn with_exceptions_of(self, other: &Proxy) -> Proxy {
        Proxy { exceptions: Arc::clone(&other.exceptions), ..self }
    }

    /// Whether what was chosen for this URL can be used.
    ///
    /// # Errors
    ///
    /// When a variable of the environment that decides it names no proxy.
    pub fn check(&self, url: &str) -> Result<(), ProxyError> {
        match Uri::try_from(url) {
            Ok(uri) => self.choice(&uri).map(|_| ()),
            Err(_) => Ok(()),
        }
    }

    /// The way to a URL with `http:` or `https:`; `None` for any other.
    pub(crate) fn route(&self, uri: &Uri) -> Option<Route> {
        let target = Peer::of(uri)?;
        // What cannot be used was told at the start; it is not gone around in silence.
        let proxy = self.choice(uri).ok()?;
        Some(Route { target, proxy })
    }

    fn choice(&self, uri: &Uri) -> Choice {
        if self.exceptions.intercept(&without_final_dot(uri)).is_none() {
            return Ok(None);
        }
        if uri.scheme_str() == Some("https") { self.https.clone() } else { self.http.clone() }
    }
}

/// Shows where proxies are and not what they want to be told.
impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = |choice: &Choice| match choice {
            Ok(Some(hop)) => hop.peer.authority(),
            Ok(None) => "none".into(),
            Err(error) => format!("{:?}", error.value),
        };
        write!(f, "Proxy(https: {}, http: {})", place(&self.https), place(&self.http))
    }
}

/// Whatever it intercepts is no exception.
fn exceptions(list: &str) -> Arc<Matcher> {
    // Names may end with the dot of the root, and addresses stand in brackets, as in URLs.
    let words = list.split([',', ' ', '\t']).map(|word| word.trim_matches(['[', ']']));
    let mut words: Vec<_> = words.map(|word| word.strip_suffix('.').unwrap_or(word)).collect();
    if words.contains(&"*") {
        // The library takes the star for names alone, curl for addresses as well.
        words.extend(["0.0.0.0/0", "::/0"]);
    }
    Arc::new(Matcher::builder().all("http://any").no(words.join(",")).build())
}

fn without_final_dot(uri: &Uri) -> Uri {
    let host = uri.host().unwrap_or_default();
    let scheme = uri.scheme_str().unwrap_or_default();
    let plain = host.strip_suffix('.').map(|host| format!("{scheme}://{host}/"));
    plain.and_then(|plain| plain.parse().ok()).unwrap_or_else(|| uri.clone())
}

/// Reads the URL of a proxy.
fn hop(field: &str, url: &str) -> Result<Hop, ProxyError> {
    let wrong = || ProxyError { field: field.into(), value: hidden(url.trim()) };
    let url = url.trim();
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    let url = format!("{}://{rest}", scheme.to_ascii_lowercase());
    let any = Uri::from_static("http://any");
    let found = Matcher::builder().all(url).build().intercept(&any).ok_or_else(wrong)?;
    let login = |(user, password)| Login::new(user, password).ok_or_else(wrong);
    let (is_encrypted, protocol) = match found.uri().scheme_str() {
        Some("socks5" | "socks5h") => {
            (false, Protocol::Socks { login: found.raw_auth().map(login).transpose()? })
        }
        Some(scheme @ ("http" | "https")) => {
            (scheme == "https", Protocol::Connect { authorization: found.basic_auth().cloned() })
        }
        _ => return Err(wrong()),
    };
    let host = found.uri().host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    // A port that cannot be one is read as none.
    let has_port = found.uri().authority().is_some_and(|authority| {
        let rest = authority.as_str().rsplit(']').next().unwrap_or_default();
        rest.contains(':')
    });
    let port = match found.uri().port_u16() {
        Some(port) => port,
        None if has_port => return Err(wrong()),
        None if is_encrypted => 443,
        None => PORT,
    };
    if host.is_empty() || port == 0 {
        return Err(wrong());
    }
    Ok(Hop { peer: Peer { host, port, is_encrypted }, protocol })
}

/// A URL without what may be credentials: all before the last `@`, or all, where it is missing.
fn hidden(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").map_or(("", url), |(scheme, rest)| (scheme, rest));
    let between = if scheme.is_empty() { "" } else { "://" };
    let rest = match rest.rsplit_once('@') {
        Some((_, place)) => format!("***@{place}"),
        // A host and its port have one colon between them.
        None if rest.matches(':').count() > 1 && !rest.starts_with('[') => "***".into(),
        None => rest.into(),
    };
    format!("{scheme}{between}{rest}")
}

/// What curl takes where a proxy's URL has none.
const PORT: u16 = 1080;

#[cfg(test)]
mod tests {
    use directline::{Config, Credential};

    use super::*;
    use crate::network::check;

    fn of(variables: &[(&str, &str)]) -> Proxy {
        Proxy::from_variables(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    /// Where it leads to `url`: a proxy, or nothing where that is reached without.
    fn way(proxy: &Proxy, url: &str) -> String {
        let route = proxy.route(&Uri::try_from(url).expect("a URL")).expect("a way");
        route.proxy.map(|hop| hop.peer.authority()).unwrap_or_default()
    }

    #[test]
    fn the_environment_is_read_as_curl_reads_it() {
        let (https, http) = ("https://directline.example/v3", "http://directline.example/v3");
        for (variables, for_https, for_http) in [
            (&[][..], "", ""),
            (&[("HTTPS_PROXY", "http://a:1")], "a:1", ""),
            (&[("HTTP_PROXY", "http://a:1")], "", "a:1"),
            (&[("ALL_PROXY", "http://a:1")], "a:1", "a:1"),
            (&[("all_proxy", "http://a:1"), ("https_proxy", "b:2")], "b:2", "a:1"),
            (&[("HTTPS_PROXY", "http://a:1"), ("https_proxy", "http://b:2")], "b:2", ""),
            (&[("https_proxy", " "), ("HTTPS_PROXY", "http://a:1")], "a:1", ""),
            (&[("https_proxy", ""), ("ALL_PROXY", "http://a:1")], "a:1", "a:1"),
            (&[("HTTPS_PROXY", "proxy")], "proxy:1080", ""),
            (&[("HTTPS_PROXY", "HTTPS://proxy/")], "proxy:443", ""),
            (&[("HTTPS_PROXY", "http://[::1]:3128")], "[::1]:3128", ""),
            (&[("ALL_PROXY", "socks5h://p")], "p:1080", "p:1080"),
            (&[("REQUEST_METHOD", "GET"), ("HTTP_PROXY", "http://a:1")], "", ""),
            (&[("REQUEST_METHOD", "GET"), ("http_proxy", "http://a:1")], "", "a:1"),
            (&[("ALL_PROXY", "http://a:1"), ("NO_PROXY", "*")], "", ""),
            (&[("ALL_PROXY", "http://a:1"), ("NO_PROXY", "x, .example")], "", ""),
            (&[("ALL_PROXY", "a:1"), ("NO_PROXY", "x"), ("no_proxy", "y")], "a:1", "a:1"),
        ] {
            let proxy = of(variables);
            assert_eq!(way(&proxy, https), for_https, "{variables:?}");
            assert_eq!(way(&proxy, http), for_http, "{variables:?}");
        }
    }

    #[test]
    fn exceptions_are_names_addresses_and_networks() {
        let list = "example.org. sub.example,10.0.0.0/8\t[::1],127.0.0.1";
        let proxy = Proxy::at("http://p:1").expect("a proxy").with_exceptions(list);
        for (host, is_exception) in [
            ("example.org", true),
            ("EXAMPLE.org.", true),
            ("a.example.org", true),
            ("notexample.org", false),
            ("example", false),
            ("sub.example", true),
            ("10.9.8.7", true),
            ("11.9.8.7", false),
            ("127.0.0.1", true),
            ("[::1]", true),
            ("[::2]", false),
        ] {
            let way = way(&proxy, &format!("https://{host}:8443/s?t=1"));
            assert_eq!(way.is_empty(), is_exception, "{host}");
        }
    }

    #[test]
    fn a_star_stands_for_names_and_addresses() {
        let proxy = Proxy::at("http://p:1").expect("a proxy").with_exceptions("*");
        for host in ["example.org", "127.0.0.1", "[::1]"] {
            assert_eq!(way(&proxy, &format!("https://{host}/")), "", "{host}");
        }
    }

    #[test]
    fn credentials_are_sent_and_never_shown() {
        let proxy = Proxy::at("http://us%40er:pa%3Ass@p:1").expect("a proxy");
        let route = proxy.route(&Uri::from_static("https://x/")).expect("a way");
        let hop = route.proxy.as_ref().expect("a proxy");
        // `us@er:pa:ss`
        let Protocol::Connect { authorization: Some(header) } = &hop.protocol else {
            panic!("no credentials")
        };
        assert!(header.is_sensitive() && header == "Basic dXNAZXI6cGE6c3M=");
        let socks = Proxy::at("socks5://us%40er:pa%3Ass@p:1").expect("a proxy");
        let other = socks.route(&Uri::from_static("https://x/")).expect("a way");
        let login = Login::new("us@er", "pa:ss");
        assert_eq!(format!("{login:?}"), "Some(***)");
        assert_eq!(other.proxy.as_ref().map(|hop| &hop.protocol), Some(&Protocol::Socks { login }));
        assert_eq!(format!("{proxy:?}"), "Proxy(https: p:1, http: p:1)");
        for shown in [format!("{proxy:?}"), format!("{route:?}"), format!("{socks:?} {other:?}")] {
            assert!(!shown.contains("pa") && !shown.contains("dXNA"), "{shown}");
        }
    }

    #[test]
    fn no_conversation_begins_where_its_proxy_can_be_none() {
        let proxy = of(&[("ALL_PROXY", "socks4://p:1"), ("NO_PROXY", "y")]);
        let checked = |base: &str| {
            let config = Config::builder(Credential::token("hush.t").expect("a good one"));
            check(&proxy, &config.with_base(base).build().expect("valid"))
        };
        let refused = checked("https://x").expect_err("no proxy");
        assert_eq!(refused.kind(), std::io::ErrorKind::InvalidInput);
        assert!(refused.to_string().starts_with("ALL_PROXY is "), "{refused}");
        assert!(checked("https://y").is_ok());
    }

    #[test]
    fn a_bad_url_is_told_without_its_credentials_once_it_matters() {
        for (url, shown) in [
            ("socks4://user:hush@p:1", "socks4://***@p:1"),
            ("socks5://:hush@p:1", "socks5://***@p:1"),
            ("http://user:hu@sh@", "http://***@"),
            ("http://user:hush@p:port", "http://***@p:port"),
            ("http://p:0", "http://p:0"),
            ("http://p:65536", "http://p:65536"),
            ("user:hush:p:1", "***"),
            ("http://", "http://"),
            ("p q", "p q"),
        ] {
            let told = of(&[("ALL_PROXY", url)]).check("https://x/").expect_err(url).to_string();
            assert!(told.starts_with(&format!("ALL_PROXY is {shown:?}, allowed is ")), "{told}");
            assert!(Proxy::at(url).is_err_and(|error| !error.to_string().contains("hush")));
        }
        let both = [("ALL_PROXY", "socks4://p:1"), ("HTTPS_PROXY", "http://p:2")];
        assert_eq!(of(&both).check("https://x/"), Ok(()));
        assert!(of(&both).check("http://x/").is_err());
        assert!(of(&both).route(&Uri::from_static("http://x/")).is_none());
        let exempt = [("ALL_PROXY", "socks4://p:1"), ("NO_PROXY", "x")];
        assert_eq!(of(&exempt).check("http://x/"), Ok(()));
    }
}
