"""What an operation on CloudWatch Logs is refused with."""

from __future__ import annotations


class LogsError(Exception):
    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
