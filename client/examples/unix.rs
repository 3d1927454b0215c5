//! A conversation over a Unix socket, as a sidecar offers one. The service is one of our own.
//!
//! `cargo run -p directline-client --example unix`

use std::error::Error;

#[cfg(unix)]
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    use directline_client::directline::{Config, Credential, End};
    use directline_client::tokio::{Connector, Conversation};
    use directline_client::{Network, Update};
    use directline_testbed::{Options, Testbed};
    use tokio::io::copy_bidirectional;
    use tokio::net::{TcpStream, UnixListener, UnixStream};

    let testbed = Testbed::start(Options::default())?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("directline.sock");

    // The sidecar: whoever comes to its socket gets to the service.
    let (sidecar, service) = (UnixListener::bind(&path)?, testbed.address());
    tokio::spawn(async move {
        while let Ok((mut client, _)) = sidecar.accept().await {
            tokio::spawn(async move {
                let mut service = TcpStream::connect(service).await?;
                copy_bidirectional(&mut client, &mut service).await
            });
        }
    });

    // Whatever host is asked for is reached through the socket.
    let connector = Connector::new(move |_destination| UnixStream::connect(path.clone()));
    let config = Config::builder(Credential::secret(testbed.secret())?)
        .with_base("http://directline.sidecar")
        .build()?;
    let mut conversation = Conversation::open_over(connector, config, None, &Network::default())?;
    conversation.handle().send_text("user1", "hello")?;
    while let Some(update) = conversation.next().await {
        match update {
            Update::Activity(received) if received.json().contains("echo: hello") => {
                println!("{}", received.json());
                conversation.handle().close();
            }
            Update::Activity(_) | Update::Event(_) => {}
            Update::Ended(end) => assert_eq!(end, End::Closed),
        }
    }
    Ok(())
}

#[cfg(not(unix))]
fn main() -> Result<(), Box<dyn Error>> {
    Err("there are no Unix sockets on this system".into())
}
