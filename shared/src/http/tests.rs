use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::failure::chain;
use crate::outbound::Fixed;

/// Long enough for whatever answers at once, on a machine however busy.
const WITHIN: Duration = Duration::from_secs(20);

/// A server that reads one request after the other, answers each connection with these bytes and closes it, and gives back what it read.
async fn serve(answer: &'static [u8]) -> (Url, tokio::task::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1?key=secret", listener.local_addr().unwrap());
    let served = tokio::spawn(async move {
        let mut requests = Vec::new();
        // Nobody comes any more once the client has what it wanted.
        while let Ok(Ok((mut client, _))) =
            tokio::time::timeout(Duration::from_secs(1), listener.accept()).await
        {
            requests.push(read(&mut client).await);
            client.write_all(answer).await.ok();
        }
        requests
    });
    (url.parse().unwrap(), served)
}

async fn read(client: &mut TcpStream) -> String {
    let mut request = vec![0; 65_536];
    let mut length = 0;
    loop {
        let more = client.read(&mut request[length..]).await.unwrap();
        length += more;
        let text = String::from_utf8_lossy(&request[..length]);
        // The only body of these tests ends like this.
        let is_whole = text.ends_with("\r\n\r\n") && !text.contains("content-length")
            || text.ends_with("\"ours\"");
        if is_whole || more == 0 {
            return text.into_owned();
        }
    }
}

fn request(url: &Url) -> Request {
    Request {
        method: Method::GET,
        url: url.clone(),
        headers: vec![("accept", "application/json")],
        credential: Credential::bearer("key-1"),
        body: None,
        within: WITHIN,
        most_bytes: 1_000,
    }
}

/// What became of a request, the host's port being left out.
async fn outcome(url: &Url, request: Request) -> Result<(u16, String), String> {
    let answer = Http::default().send(request).await;
    let host = url.host_str().unwrap();
    answer
        .map(|answer| (answer.status, String::from_utf8(answer.body).unwrap()))
        .map_err(|error| chain(&error).replace(host, "HOST"))
}

#[tokio::test]
async fn a_request_is_what_it_says_and_asks_for_no_compression() {
    let (url, served) =
        serve(b"HTTP/1.1 201 Created\r\ncontent-length: 2\r\nretry-after: 1.5\r\n\r\nok").await;
    let request = Request {
        method: Method::POST,
        body: Body::json(&Fixed("ours")),
        ..request(&url)
    };
    let answer = Http::default().send(request).await.unwrap();
    assert_eq!(
        (
            answer.status,
            answer.header("Retry-After"),
            answer.body.as_slice()
        ),
        (201, Some("1.5"), b"ok".as_slice())
    );
    let requests = served.await.unwrap();
    let [request] = requests.as_slice() else {
        panic!("one request, not {requests:?}")
    };
    let mut lines: Vec<&str> = request
        .lines()
        .filter(|line| !line.starts_with("host: "))
        .collect();
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            "",
            "\"ours\"",
            "POST /v1?key=secret HTTP/1.1",
            "accept: application/json",
            "authorization: Bearer key-1",
            "content-length: 6",
            "content-type: application/json",
            concat!("user-agent: lambda-medic/", env!("CARGO_PKG_VERSION")),
        ]
    );
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_nobody_follows_it() {
    let (url, served) = serve(
        b"HTTP/1.1 307 Temporary Redirect\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n",
    )
    .await;
    let outcome = outcome(&url, request(&url)).await;
    assert_eq!(outcome, Ok((307, String::new())));
    assert_eq!(served.await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_no_whole_answer_is_an_error_that_names_the_host_and_not_the_address() {
    let cut = "the connection to HOST broke: ";
    let cases: [(&[u8], &str); 5] = [
        (b"", cut),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf", cut),
        (
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n",
            cut,
        ),
        (b"SSH-2.0-OpenSSH_9.2\r\n", cut),
        (b"HTTP/1.1 200 OK\r\ncontent-length: zwei\r\n\r\nno", cut),
    ];
    for (answer, expected) in cases {
        let (url, _served) = serve(answer).await;
        let error = outcome(&url, request(&url)).await.unwrap_err();
        assert!(error.starts_with(expected), "{error}");
        assert!(!error.contains("secret"), "{error}");
    }
}

#[tokio::test]
async fn an_answer_is_read_to_the_limit_and_no_further() {
    for (length, is_read) in [(1_000, true), (1_001, false), (10_000_000, false)] {
        for is_chunked in [false, true] {
            let body = "x".repeat(length);
            let answer = if is_chunked {
                format!(
                    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{length:x}\r\n{body}\r\n0\r\n\r\n"
                )
            } else {
                format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}")
            };
            let (url, _served) = serve(answer.leak().as_bytes()).await;
            let expected = if is_read {
                Ok((200, body))
            } else {
                Err("HOST answered with more than 1000 bytes".to_owned())
            };
            assert_eq!(outcome(&url, request(&url)).await, expected, "{length}");
        }
    }
}

/// A server that says this at once, and afterwards a byte every 50 ms without end.
async fn drip(beginning: &'static [u8]) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut client, _) = listener.accept().await.unwrap();
        read(&mut client).await;
        let mut next = beginning;
        while client.write_all(next).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
            next = if beginning.is_empty() { b"" } else { b"x" };
        }
    });
    url.parse().unwrap()
}

#[tokio::test]
async fn the_time_holds_for_the_whole_exchange_however_slowly_it_drips() {
    for beginning in [
        b"".as_slice(),
        b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nx-long: ",
    ] {
        let url = drip(beginning).await;
        // What drips goes on for ever: without an end of the whole, this would not end either.
        let hurried = Request {
            within: Duration::from_millis(500),
            ..request(&url)
        };
        let outcome = outcome(&url, hurried).await;
        assert_eq!(
            outcome,
            Err("HOST did not answer within 500ms".to_owned()),
            "{beginning:?}"
        );
    }
}

#[tokio::test]
async fn where_nobody_listens_nothing_was_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url: Url = format!("http://{}/", listener.local_addr().unwrap())
        .parse()
        .unwrap();
    drop(listener);
    let answer = Http::default().send(request(&url)).await;
    assert!(
        matches!(&answer, Err(HttpError::Connect { host, .. }) if host == "127.0.0.1"),
        "{answer:?}"
    );
}

#[test]
fn a_credential_shows_nowhere_and_holds_what_a_header_can() {
    let credential = Credential::bearer("key-1");
    assert_eq!(format!("{credential:?}"), "Some(Credential(..))");
    for token in ["a\nb", "a\r\nX-Other: 1", "\u{0}"] {
        assert_eq!(Credential::bearer(token), None, "{token:?}");
    }
}
