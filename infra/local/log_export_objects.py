"""The objects that an export task writes. Pure.

Replaces nothing: MiniStack has no export tasks.
Why: the layout is AWS's: `<prefix>/<task>/<stream with - for />/000000.gz`, gzip of lines
`2026-02-18T21:47:01.123Z message`. A message of several lines stays one, so a line need not begin
with a time. "Time-based sorting on chunks of log data inside an exported file is not guaranteed"
(API reference, CreateExportTask), so here the chunks never are in order, if there are two.
Does not: know how much AWS puts into one object, or what it does with two streams whose names are
the same with `-` for `/` (here their objects are numbered on).
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime, timezone
from typing import Any

# Of what one request put, more lines are flushed as several chunks.
_MOST_LINES_OF_A_CHUNK = 2_000


def objects(
    task: str, prefix: str, events: Iterable[tuple[str, dict[str, Any]]], most_bytes: int
) -> Iterator[tuple[str, bytes]]:
    """Keys and contents. `events` are sorted by streams; `most_bytes` is of the lines of one object."""
    folders: dict[str, list[bytes]] = {}
    for folder, chunks in _by_folder(events).items():
        salt = task.encode()
        shuffled = sorted(chunks, key=lambda chunk: hashlib.sha256(salt + chunk).digest())
        # A file in order would teach the reader what it may not rely on.
        if len(shuffled) > 1 and shuffled == chunks:
            shuffled.reverse()
        folders[folder] = shuffled
    for folder, chunks in folders.items():
        for number, content in enumerate(_packed(chunks, most_bytes)):
            yield f"{prefix}/{task}/{folder}/{number:06d}.gz", content


def _by_folder(events: Iterable[tuple[str, dict[str, Any]]]) -> dict[str, list[bytes]]:
    flushes: dict[str, dict[tuple[str, int], list[bytes]]] = {}
    for stream, event in events:
        of_folder = flushes.setdefault(stream.replace("/", "-"), {})
        of_folder.setdefault((stream, event["ingestionTime"]), []).append(line(event))
    return {
        folder: [
            b"".join(lines[at : at + _MOST_LINES_OF_A_CHUNK])
            for lines in of_folder.values()
            for at in range(0, len(lines), _MOST_LINES_OF_A_CHUNK)
        ]
        for folder, of_folder in flushes.items()
    }


def line(event: dict[str, Any]) -> bytes:
    seconds, milliseconds = divmod(event["timestamp"], 1000)
    moment = datetime.fromtimestamp(seconds, timezone.utc)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{milliseconds:03d}Z {event['message']}\n".encode()


def _packed(chunks: list[bytes], most_bytes: int) -> Iterator[bytes]:
    """Each chunk is a gzip member of its own."""
    members, size = [], 0
    for chunk in chunks:
        if members and size + len(chunk) > most_bytes:
            yield b"".join(members)
            members, size = [], 0
        members.append(gzip.compress(chunk, mtime=0))
        size += len(chunk)
    if members:
        yield b"".join(members)
