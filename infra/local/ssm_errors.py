"""Errors of SSM's API, by the names its model gives them.

Replaces nothing itself.
"""

from __future__ import annotations


class SsmError(Exception):
    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
