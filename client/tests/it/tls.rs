//! Over TLS, with an authority of the test's own: good certificates are taken, others are not.

use std::io::Write as _;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use directline_client::directline::{Config, Credential, Distrust, Obstacle, Unreached};
use directline_client::{Network, Proxy, Trust, TrustError};
use rcgen::{BasicConstraints, Certificate, CertificateParams, IsCa, KeyPair, date_time_ymd};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::command::program::Program;
use crate::proxy::proxy;
use crate::server::{accept, header, offer, serve_on};
use crate::talk::{Driver, PATIENCE, runtime, with_both_drivers};

with_both_drivers!(
    a_conversation_runs_over_tls,
    a_certificate_from_nobody_is_refused,
    a_certificate_for_another_host_is_refused,
    a_certificate_that_ran_out_is_refused,
    an_authority_is_no_service,
    encryption_goes_through_proxies_from_end_to_end,
);

/// A service that speaks TLS alone, and whoever signed its certificate.
pub(crate) struct Service {
    pub(crate) base: String,
    pub(crate) authority: String,
    der: Vec<u8>,
    config: Arc<ServerConfig>,
    pub(crate) requests: Receiver<String>,
}

impl Service {
    pub(crate) fn trust(&self) -> Trust {
        Trust::default().with_certificates(self.authority.as_bytes()).expect("a certificate")
    }
}

/// Has a certificate for `host` that ends with this year, and is reached as `localhost`.
pub(crate) fn serve_tls(host: &str, last_year: i32) -> Service {
    answer_tls(host, last_year, answer)
}

/// The same with answers of one's own.
pub(crate) fn answer_tls(
    host: &str,
    last_year: i32,
    answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static,
) -> Service {
    let own = |names: &[&str]| {
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        CertificateParams::new(names).expect("names")
    };
    let mut params = own(&[]);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().expect("a key");
    let authority = params.self_signed(&authority_key).expect("a certificate");
    let mut params = own(&[host]);
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(last_year, 12, 31);
    let key = KeyPair::generate().expect("a key");
    let certificate = params.signed_by(&key, &authority, &authority_key).expect("a certificate");
    serve_with(&certificate, &key, &authority, answer)
}

/// Uses an authority's certificate as its own, as `openssl req -x509` makes them.
fn serve_tls_as_authority() -> Service {
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    let certificate = params.self_signed(&key).expect("a certificate");
    serve_with(&certificate, &key, &certificate, answer)
}

fn serve_with(
    certificate: &Certificate,
    key: &KeyPair,
    authority: &Certificate,
    answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static,
) -> Service {
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(key.serialize_der());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the default versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key.into())
        .expect("a certificate and its key");
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let base = format!("https://localhost:{}", listener.local_addr().expect("an address").port());
    let own = config.clone();
    let wrap = move |stream| {
        let connection = ServerConnection::new(own.clone()).ok()?;
        Some(StreamOwned::new(connection, stream))
    };
    let requests = serve_on(listener, wrap, answer);
    let (authority, der) = (authority.pem(), authority.der().to_vec());
    Service { base, authority, der, config, requests }
}

/// An agent of Copilot Studio, and the service that it names, with one activity to tell.
pub(crate) fn answer(request: &str) -> Vec<u8> {
    let host = header(request, "host");
    let path = request.split(' ').nth(1).unwrap_or_default();
    if path.contains("/regionalchannelsettings") {
        return json(&format!(r#"{{"channelUrlsById":{{"directline":"https://{host}/"}}}}"#));
    }
    if path.contains("/directline/token?") {
        return json(r#"{"token":"hush","expires_in":3600,"conversationId":"c"}"#);
    }
    if path.starts_with("/s?") {
        let set = r#"{"activities":[{"type":"message","id":"c|0000000","text":"sealed"}]}"#;
        let mut answer = accept(request);
        // A whole text message of fewer than 126 bytes.
        answer.extend([0x81, u8::try_from(set.len()).expect("short")]);
        answer.write_all(set.as_bytes()).expect("memory can be written to");
        return answer;
    }
    offer(&format!("wss://{host}/s?t=hush"))
}

fn json(body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

fn config(service: &Service) -> Config {
    let config =
        Config::builder(Credential::token("hush").expect("a credential")).with_base(&service.base);
    config.build().expect("valid")
}

/// What is wrong with the service's certificate, by the name of the service and no more of it.
fn refusal(driver: Driver, service: &Service, trust: &Trust) -> Distrust {
    let mut talk = driver.open(config(service), None, trust);
    let unreached = talk.unreached();
    let heard: Vec<_> = service.requests.try_iter().collect();
    assert!(heard.iter().all(|request| !request.contains("hush")), "{heard:?}");
    assert_eq!(Some(unreached.place()), service.base.strip_prefix("https://"));
    match unreached.obstacle() {
        Obstacle::Untrusted(distrust) => distrust,
        obstacle => panic!("{obstacle}"),
    }
}

fn a_conversation_runs_over_tls(driver: Driver) {
    // Covers: CR-8, SU-4
    let service = serve_tls("localhost", YEAR_FAR);
    let mut talk = driver.open(config(&service), None, &service.trust());
    assert!(talk.activity().json().contains("sealed"));
}

fn a_certificate_from_nobody_is_refused(driver: Driver) {
    // Covers: CR-8
    let service = serve_tls("localhost", YEAR_FAR);
    let other = serve_tls("localhost", YEAR_FAR);
    for trust in [Trust::default(), other.trust()] {
        assert_eq!(refusal(driver, &service, &trust), Distrust::Issuer);
    }
}

fn a_certificate_for_another_host_is_refused(driver: Driver) {
    // Covers: CR-8
    let service = serve_tls("elsewhere.example", YEAR_FAR);
    let refusal = refusal(driver, &service, &service.trust());
    assert_eq!(refusal, Distrust::Host);
}

fn a_certificate_that_ran_out_is_refused(driver: Driver) {
    // Covers: CR-8
    let service = serve_tls("localhost", 2_021);
    let refusal = refusal(driver, &service, &service.trust());
    assert_eq!(refusal, Distrust::Time);
}

fn an_authority_is_no_service(driver: Driver) {
    // Covers: CR-8
    let service = serve_tls_as_authority();
    assert_eq!(refusal(driver, &service, &service.trust()), Distrust::Authority);
}

fn encryption_goes_through_proxies_from_end_to_end(driver: Driver) {
    // Covers: CR-7, CR-8
    let service = serve_tls("localhost", YEAR_FAR);
    let target = service.base.replace("https://localhost", "127.0.0.1");
    let (port, questions) = proxy(target, |_| None);
    let encrypted = encrypting(service.config.clone(), port);
    for url in [format!("http://127.0.0.1:{port}"), format!("https://localhost:{encrypted}")] {
        let network = Network::default()
            .with_trust(service.trust())
            .with_proxy(Proxy::at(&url).expect("a proxy"));
        let mut talk = driver.reach(config(&service), None, &network);
        assert!(talk.activity().json().contains("sealed"), "{url}");
        talk.handle.close();
        talk.end();
        assert!(questions.try_iter().count() >= 2, "{url} was gone around");
    }
    // A proxy whose certificate is no good is named, and not asked for anything.
    let url = format!("https://localhost:{encrypted}");
    let network = Network::default().with_proxy(Proxy::at(&url).expect("a proxy"));
    let unreached = driver.reach(config(&service), None, &network).unreached();
    let untrusted = Obstacle::Untrusted(Distrust::Issuer);
    assert_eq!(unreached, Unreached::at_proxy("localhost", encrypted, untrusted));
    assert!(questions.try_iter().next().is_none());
}

/// Where what is sent over TLS goes on to `port` without.
fn encrypting(config: Arc<ServerConfig>, port: u16) -> u16 {
    let (sender, place) = channel();
    // It ends with the test's process.
    thread::spawn(move || {
        runtime().block_on(async {
            let listener =
                ::tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
            sender.send(listener.local_addr().expect("an address").port()).expect("awaited");
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = tokio_rustls::TlsAcceptor::from(config.clone());
                ::tokio::spawn(async move {
                    let mut near = acceptor.accept(stream).await?;
                    let mut far = ::tokio::net::TcpStream::connect(("127.0.0.1", port)).await?;
                    ::tokio::io::copy_bidirectional(&mut near, &mut far).await
                });
            }
        });
    });
    place.recv_timeout(PATIENCE).expect("it was started")
}

#[test]
fn an_agent_is_asked_and_spoken_to_over_tls() {
    // Covers: CR-7, CR-8
    let service = serve_tls("localhost", YEAR_FAR);
    let file = tempfile::NamedTempFile::new().expect("a file");
    let write = |bytes: &[u8]| std::fs::write(file.path(), bytes).expect("it can be written");
    let path = file.path().to_str().expect("a path in UTF-8");
    let agent =
        "powervirtualagents/botsbyschema/cr_a/directline/token?api-version=2022-03-01-preview";
    let url = format!("{}/{agent}", service.base);
    for (driver, bytes) in
        [("tokio", service.authority.as_bytes()), ("blocking", service.der.as_slice())]
    {
        write(bytes);
        let arguments =
            ["chat", "--json", "--driver", driver, "--copilot-token-url", &url, "--ca-file", path];
        let mut program = Program::run(&arguments, &[]);
        assert!(program.line().contains("sealed"));
        program.signal("TERM");
        let ended = program.end();
        assert_eq!(ended.code, Some(0), "{}", ended.seen);
        assert!(!ended.seen.contains("hush"), "{}", ended.seen);
    }
    let ended = Program::run(&["chat", "--attempts", "1", "--copilot-token-url", &url], &[]).end();
    assert_eq!(ended.code, Some(1), "{}", ended.seen);
    assert!(ended.seen.contains("certificate is from nobody who is trusted"), "{}", ended.seen);
    assert!(!ended.seen.contains("hush"), "{}", ended.seen);
}

#[test]
fn files_without_good_certificates_are_refused() {
    let damaged = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let refused = |pem: &str| Trust::default().with_certificates(pem.as_bytes()).map(|_| ());
    assert_eq!(refused(""), Err(TrustError::Nothing));
    assert_eq!(refused(damaged), Err(TrustError::Damaged { number: 1 }));
    assert_eq!(refused(&format!("\u{feff}{damaged}")), Err(TrustError::Damaged { number: 1 }));
    let key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    assert_eq!(refused(key), Err(TrustError::OtherPem { found: "PRIVATE KEY".into() }));
    assert_eq!(refused("0123"), Err(TrustError::Nothing));
    // A sequence with the integer 3 in it, as PKCS #12 begins.
    let other = [&[0x30, 0x81, 0x83, 0x02, 0x01, 0x03][..], &[0; 0x80]].concat();
    let refused = Trust::default().with_certificates(&other).map(|_| ());
    assert_eq!(refused, Err(TrustError::OtherDer));
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), damaged).expect("it can be written");
    let path = file.path().to_str().expect("a path in UTF-8");
    for (path, words) in [(path, "certificate 1 is damaged"), ("/no/such/file", "No such file")] {
        let arguments = ["chat", "--ca-file", path];
        let ended = Program::run(&arguments, &[("DIRECTLINE_TOKEN", "hush")]).end();
        assert_eq!(ended.code, Some(2), "{}", ended.seen);
        assert!(ended.seen.contains(&format!("--ca-file {path}: ")), "{}", ended.seen);
        assert!(ended.seen.contains(words), "{}", ended.seen);
    }
}

pub(crate) const YEAR_FAR: i32 = 4_000;
