//! Of a stack trace only the exception tells something; its frames would be forty patterns.

/// Said between the exceptions of a chain, or before the frames (Python, Go).
const BETWEEN: [&str; 4] = [
    "Traceback (most recent call last)",
    "During handling of the above exception",
    "The above exception was the direct cause",
    "goroutine ",
];

/// The one line of an entry that tells what happened. `None` if there is none: it is blank, or a frame of a trace that comes line by line.
pub(super) fn telling_line(message: &str) -> Option<&str> {
    let message = message.trim_end();
    if memchr::memchr(b'\n', message.as_bytes()).is_some() {
        return of_many(message);
    }
    (!message.is_empty() && !continues(message)).then_some(message)
}

/// Whether a line only goes on with what another one began: it is indented, or a frame.
fn continues(line: &str) -> bool {
    let is_indented = line.starts_with('\t') || line.starts_with("  ");
    is_indented || BETWEEN.iter().any(|start| line.starts_with(start)) || is_call(line)
}

/// `main.handle(0xc0000b2000, 0x1)` is a frame of Go.
fn is_call(line: &str) -> bool {
    let is_whole = line.ends_with(')') && !line.contains(": ");
    let name = line.split('(').next().unwrap_or_default();
    is_whole && name.len() < line.len() && name.contains('.') && !name.contains(' ')
}

/// Python names the exception after the frames, Java and most others before them; of a chain the last one is where it began.
fn of_many(message: &str) -> Option<&str> {
    let lines = || {
        message
            .lines()
            .map(str::trim_end)
            .filter(|line| !line.is_empty())
    };
    let python = lines().any(|line| line.starts_with("Traceback (most recent call last)"));
    let outer = |line: &&str| !continues(line);
    if python {
        return lines().rfind(outer).or_else(|| lines().next());
    }
    let cause = lines().rfind(|line| line.trim_start().starts_with("Caused by: "));
    let before_frames = || {
        let frame = lines().position(is_frame).filter(|at| *at > 0)?;
        lines().take(frame).filter(outer).last()
    };
    cause
        .map(str::trim_start)
        .or_else(before_frames)
        .or_else(|| lines().find(outer))
        .or_else(|| lines().next())
}

fn is_frame(line: &str) -> bool {
    let is_indented = line.starts_with([' ', '\t']);
    is_indented && line.trim_start().starts_with("at ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exception_counts_and_no_frame() {
        let entries = [
            ("one line\n", Some("one line")),
            (
                "java.lang.IllegalStateException: no cart\n\tat shop.Cart.get(Cart.java:12)\n\tat shop.Main.run(Main.java:3)",
                Some("java.lang.IllegalStateException: no cart"),
            ),
            (
                "2026-01-02 03:04:05 ERROR request failed\njava.io.IOException: x\n\tat a.B.c(B.java:1)\nCaused by: java.net.ConnectException: refused\n\t... 12 more",
                Some("Caused by: java.net.ConnectException: refused"),
            ),
            (
                "request failed\nTraceback (most recent call last):\n  File \"a.py\", line 3, in f\n    g()\nValueError: no cart\n",
                Some("ValueError: no cart"),
            ),
            (
                "panic: no cart\n\ngoroutine 1 [running]:\nmain.get(0x1)\n\t/app/main.go:3",
                Some("panic: no cart"),
            ),
            (
                "TypeError: x is not a function\n    at get (/app/cart.js:3:7)",
                Some("TypeError: x is not a function"),
            ),
            ("first\nsecond", Some("first")),
            ("\tat shop.Cart.get(Cart.java:12)", None),
            ("  File \"a.py\", line 3, in f", None),
            ("Traceback (most recent call last):", None),
            ("main.get(0xc0000b2000)", None),
            (" \n\n ", None),
            ("", None),
        ];
        for (entry, expected) in entries {
            assert_eq!(telling_line(entry), expected, "{entry}");
        }
    }
}
