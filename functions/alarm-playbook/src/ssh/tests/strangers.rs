//! Servers that are not even SSH servers.

use proptest::prelude::*;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::time::sleep;

use super::*;

/// Long enough for a busy machine, and for what has to last until the end.
const WITHIN: Duration = Duration::from_secs(2);

const VERSION: &str = "SSH-2.0-OpenSSH_9.9\r\n";

/// Sends these bytes to who connects, then nothing; ends when the client does.
async fn outcome_of_sending(bytes: Vec<u8>, then_leaves: bool, within: Duration) -> Outcome {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(&bytes).await.ok();
        if then_leaves {
            // What was not read when it leaves would become a reset of the connection.
            let _ = stream.read(&mut [0; 1024]).await;
        } else {
            stream.read_to_end(&mut Vec::new()).await.ok();
        }
    });
    outcome(&host(address, &new_key()), within).await
}

#[tokio::test]
async fn nobody_there() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let refused = "couldn't reach HOST: Connection refused (os error 111)";
    let refused = if cfg!(target_os = "macos") {
        refused.replace("111", "61")
    } else {
        refused.to_owned()
    };
    assert_eq!(
        outcome(&host(address, &new_key()), WITHIN).await,
        passing(&refused)
    );
}

#[tokio::test]
async fn a_server_that_says_nothing_or_stops_talking() {
    let silent = passing("HOST did not answer in time while proving to be the host");
    for said in ["", "SSH-", VERSION, &format!("{VERSION}\0\0\x01")] {
        let outcome = outcome_of_sending(said.into(), false, Duration::from_millis(300)).await;
        assert_eq!(outcome, silent, "{said:?}");
    }
}

#[tokio::test]
async fn a_server_that_leaves() {
    let outcome = outcome_of_sending(Vec::new(), true, WITHIN).await;
    let text = "the connection to HOST broke while proving to be the host: Disconnected";
    assert_eq!(outcome, passing(text));
}

#[tokio::test]
async fn a_server_of_something_else() {
    let other = lasting("HOST is not a server that can be talked to: invalid SSH version string");
    let lines = "220 mail\r\n".repeat(100);
    for said in [
        &"x".repeat(100_000),
        &lines,
        "SSH-1.5-old\r\n".repeat(30).as_str(),
    ] {
        assert_eq!(outcome_of_sending(said.into(), false, WITHIN).await, other);
    }
}

#[tokio::test]
async fn a_message_of_four_gigabytes_is_not_waited_for() {
    let bytes = [VERSION.as_bytes(), &[0xff; 64]].concat();
    let outcome = outcome_of_sending(bytes, false, WITHIN).await;
    let text =
        "the connection to HOST broke while proving to be the host: Bad packet size: 4294967295";
    assert_eq!(outcome, passing(text));
}

/// A byte now and then keeps neither the caller nor the connection.
#[tokio::test]
async fn a_server_that_drips() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let host = host(listener.local_addr().unwrap(), &new_key());
    let dripping = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(VERSION.as_bytes()).await.unwrap();
        // The length of a message, which then never ends.
        stream.write_all(&[0, 0, 0x7f, 0xff]).await.unwrap();
        while stream.write_all(&[0]).await.is_ok() {
            sleep(Duration::from_millis(10)).await;
        }
    });
    let outcome = outcome(&host, Duration::from_millis(500)).await;
    let text = "HOST did not answer in time while proving to be the host";
    assert_eq!(outcome, passing(text));
    tokio::time::timeout(AFTER_THE_CALLER * 3, dripping)
        .await
        .expect("the connection ends soon after its caller")
        .unwrap();
}

#[tokio::test]
async fn a_connection_ends_after_64_mebibytes() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        while stream.write_all(&[0; 8192]).await.is_ok() {}
    });
    let stream = TcpStream::connect(address).await.unwrap();
    let mut wire = Wire::new(stream, Instant::now() + Duration::from_mins(1));
    let mut buffer = vec![0; 65536];
    let mut count = 0;
    let error = loop {
        match wire.read(&mut buffer).await {
            Ok(read) => count += read,
            Err(error) => break error,
        }
    };
    assert_eq!(error.to_string(), "the server sent more than 64 MiB");
    assert!((0..65536).contains(&(count - 64 * 1024 * 1024)), "{count}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Also behind a length and a kind that are right.
    #[test]
    fn no_bytes_make_it_panic_or_hang(
        bytes in proptest::collection::vec(any::<u8>(), 0..2000),
        kind in prop_oneof![Just(20_u8), Just(31), Just(21), Just(1), any::<u8>()],
    ) {
        let length = u32::try_from(bytes.len() + 2).unwrap().to_be_bytes();
        let framed = [VERSION.as_bytes(), &length, &[0, kind], &bytes].concat();
        let raw = [VERSION.as_bytes(), &bytes].concat();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        for sent in [raw, framed] {
            let (_, _, effect) = runtime.block_on(outcome_of_sending(sent, true, WITHIN)).unwrap_err();
            prop_assert_eq!(effect, Effect::None);
        }
    }
}
