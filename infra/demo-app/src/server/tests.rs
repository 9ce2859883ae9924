use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::*;

/// The time in which everything here must happen; more would be a hang.
const SOON: Duration = Duration::from_secs(10);

/// What the server wrote to its log.
#[derive(Clone, Debug, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

struct Running {
    address: SocketAddr,
    log: Log,
    end: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

async fn run(requests: Requests, limits: Limits) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let log = Log::default();
    let (end, asked) = oneshot::channel();
    let settings = Settings {
        switch: Switch::Open,
        requests,
    };
    let server = Server::new(Shop::with_fault(None), log.clone(), settings, limits);
    let task = tokio::spawn(server.run(listener, async { asked.await.unwrap() }));
    Running {
        address,
        log,
        end,
        task,
    }
}

impl Running {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends a request on a connection of its own and returns the status and the body.
    async fn ask(&self, request: &str) -> (u16, String) {
        let mut stream = self.connect().await;
        let head = format!("{request} HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        answered(&mut stream).await
    }

    fn log(&self) -> Vec<serde_json::Value> {
        let log = self.log.0.lock().unwrap();
        let lines = std::str::from_utf8(&log).unwrap().lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

/// The status and the body of the answer after which the server closes the connection.
async fn answered(stream: &mut TcpStream) -> (u16, String) {
    let mut answer = String::new();
    let read = timeout(SOON, stream.read_to_string(&mut answer)).await;
    read.unwrap().unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, body.to_owned())
}

#[tokio::test]
async fn the_fault_breaks_half_of_the_checkouts_and_each_failure_is_one_line_of_the_log() {
    let server = run(Requests::Unlogged, Limits::default()).await;
    assert_eq!(
        server.ask("GET /api/checkout?user=2").await,
        (200, r#"{"user":2,"total":"10.15"}"#.to_owned())
    );
    assert_eq!(
        server.ask("POST /fault/null-cart").await,
        (204, String::new())
    );
    let mut failed = 0;
    for user in 1..=10 {
        let (status, _) = server.ask(&format!("GET /api/checkout?user={user}")).await;
        failed += u32::from(status == 500);
    }
    assert_eq!((failed, server.log().len()), (5, 5));
    for line in server.log() {
        assert_eq!(
            (&line["level"], &line["message"]),
            (
                &"ERROR".into(),
                &"Cannot read property total of null".into()
            )
        );
    }
    // Broken checkouts do not make the process unhealthy: nothing but the alarm notices.
    assert_eq!(server.ask("GET /health").await.0, 200);
    server.ask("DELETE /fault/null-cart").await;
    assert_eq!(server.ask("GET /api/checkout?user=2").await.0, 200);
}

/// The share of a processor that this process's thread of that name uses during a moment; none without one.
async fn busy_share() -> Option<f64> {
    let ticks = || {
        let threads = std::fs::read_dir("/proc/self/task").unwrap();
        let stats = threads
            .filter_map(|thread| std::fs::read_to_string(thread.unwrap().path().join("stat")).ok());
        let mut of_loop = stats.filter(|stat| stat.contains("(busy-loop)"));
        let stat = of_loop.next()?;
        // In the manual page proc(5): the state is the first after the name, the time in user mode the twelfth.
        let mut fields = stat.rsplit(')').next()?.split_whitespace();
        fields.nth(11)?.parse::<f64>().ok()
    };
    // A thread gives itself its name after it began.
    sleep(Duration::from_millis(200)).await;
    let before = ticks()?;
    sleep(Duration::from_millis(500)).await;
    Some((ticks()? - before) / 50.0)
}

#[tokio::test]
async fn the_busy_loop_keeps_a_processor_busy_until_it_is_switched_off_and_requests_are_answered() {
    let server = run(Requests::Unlogged, Limits::default()).await;
    assert_eq!(busy_share().await, None);
    assert_eq!(server.ask("POST /fault/busy-loop").await.0, 204);
    assert_eq!(server.ask("POST /fault/busy-loop").await.0, 204);
    let share = busy_share().await.unwrap();
    // What a busy machine leaves to it.
    assert!(share > 0.05, "{share}");
    for request in ["GET /health", "GET /api/checkout?user=2"] {
        assert_eq!(server.ask(request).await.0, 200);
    }
    server.ask("DELETE /fault/busy-loop").await;
    assert_eq!(busy_share().await, None);
}

#[tokio::test]
async fn requests_are_logged_where_somebody_wants_them() {
    let server = run(Requests::Logged, Limits::default()).await;
    server.ask(&format!("GET /{}", "a".repeat(1_000))).await;
    let line = &server.log()[0];
    let message = format!("GET /{} 404", "a".repeat(MOST_LOGGED - 1));
    assert_eq!(
        (&line["level"], &line["message"]),
        (&"INFO".into(), &message.into())
    );
}

#[tokio::test]
async fn after_the_end_was_asked_for_requests_in_flight_are_answered_and_no_others() {
    let server = run(Requests::Unlogged, Limits::default()).await;
    let mut in_flight = server.connect().await;
    in_flight
        .write_all(b"GET /health HTTP/1.1\r\n")
        .await
        .unwrap();
    // An idle connection, as a load balancer keeps it, does not hold the end up.
    let mut idle = server.connect().await;
    idle.write_all(b"GET /health HTTP/1.1\r\nhost: shop\r\n\r\n")
        .await
        .unwrap();
    let mut first = [0; 15];
    idle.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200 OK");

    server.end.send(()).unwrap();
    let rest = timeout(SOON, idle.read_to_end(&mut Vec::new())).await;
    rest.unwrap().unwrap();
    assert!(!server.task.is_finished());
    let refused = TcpStream::connect(server.address).await.unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);

    in_flight.write_all(b"host: shop\r\n\r\n").await.unwrap();
    assert_eq!(
        answered(&mut in_flight).await,
        (200, r#"{"status":"ok"}"#.to_owned())
    );
    timeout(SOON, server.task).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_connection_that_never_ends_does_not_keep_the_process() {
    let drain = Duration::from_millis(50);
    let limits = Limits {
        drain,
        ..Limits::default()
    };
    let server = run(Requests::Unlogged, limits).await;
    let _silent = server.connect().await;
    // A round trip, after which the silent connection is certainly accepted.
    server.ask("GET /health").await;
    server.end.send(()).unwrap();
    timeout(SOON, server.task).await.unwrap().unwrap();
}

#[tokio::test]
async fn what_is_too_large_or_too_slow_is_refused() {
    let limits = Limits {
        head_bytes: 1_024,
        headers: 8,
        head_within: Duration::from_millis(50),
        ..Limits::default()
    };
    let server = run(Requests::Unlogged, limits).await;
    let long = format!(
        "GET /health HTTP/1.1\r\ncookie: {}\r\n\r\n",
        "a".repeat(2_000)
    );
    let many = format!("GET /health HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(9));
    for (head, status) in [(long, 431), (many, 431)] {
        let mut stream = server.connect().await;
        stream.write_all(head.as_bytes()).await.unwrap();
        assert_eq!(answered(&mut stream).await.0, status);
    }
    let mut slow = server.connect().await;
    slow.write_all(b"GET /health HTTP/1.1\r\n").await.unwrap();
    let closed = timeout(SOON, slow.read_to_end(&mut Vec::new())).await;
    closed.unwrap().unwrap();
}

#[tokio::test]
async fn more_connections_than_allowed_wait_for_their_turn() {
    let limits = Limits {
        connections: 1,
        ..Limits::default()
    };
    let server = run(Requests::Unlogged, limits).await;
    let mut first = server.connect().await;
    first.write_all(b"GET /health HTTP/1.1\r\n").await.unwrap();
    let mut second = server.connect().await;
    second
        .write_all(b"GET /health HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n")
        .await
        .unwrap();
    let early = timeout(Duration::from_millis(50), second.readable()).await;
    assert_eq!(early.ok().map(drop), None, "the second did not wait");
    drop(first);
    assert_eq!(answered(&mut second).await.0, 200);
}
