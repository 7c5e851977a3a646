"""The one exception of the client."""

from __future__ import annotations

import dataclasses
import math
import random
import time

import grpc
from google.rpc import error_details_pb2, status_pb2

_FIRST_BACKOFF = 0.1
_MAX_BACKOFF = 5.0
_CODES: dict[int, grpc.StatusCode] = {code.value[0]: code for code in grpc.StatusCode}


@dataclasses.dataclass(frozen=True, slots=True)
class Violation:
    """One thing wrong with a request."""

    field: str
    """Path of the field from the request message, such as "source.url"."""
    description: str
    """For people; it may change."""


class Error(Exception):
    """The status of a call or of one item."""

    def __init__(self, code: grpc.StatusCode, message: str, details: status_pb2.Status | None = None) -> None:
        super().__init__(code, message)  # what pickle makes a copy of
        self.code = code
        self.message = message
        """For people; it may change."""
        self.reason = ""
        """The cause in UPPER_SNAKE_CASE, which never changes. Empty if the server did not answer."""
        self.violations: list[Violation] = []
        """The fields of the request that are wrong."""
        self.retry_delay: float | None = None
        """Seconds that the server asks to wait; None if it does not say."""
        for detail in details.details if details is not None else ():
            info, bad, retry = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest(), error_details_pb2.RetryInfo()
            if detail.Unpack(info):
                self.reason = info.reason
            elif detail.Unpack(bad):
                self.violations = [Violation(v.field, v.description) for v in bad.field_violations]
            elif detail.Unpack(retry):
                self.retry_delay = retry.retry_delay.ToNanoseconds() / 1e9

    def __str__(self) -> str:
        return f"{self.code.name}: {self.message}"

    @classmethod
    def of_status(cls, status: status_pb2.Status) -> Error:
        """Makes an error of the status of an item."""
        return cls(_CODES.get(status.code, grpc.StatusCode.UNKNOWN), status.message, status)

    @classmethod
    def of_call(cls, error: grpc.RpcError, deadline: float = math.inf) -> Error:
        """Makes an error of what a call of gRPC raised. The deadline, if it has one, is of time.monotonic."""
        if not isinstance(error, (grpc.Call, grpc.aio.AioRpcError)):
            return cls(grpc.StatusCode.UNKNOWN, str(error))
        code = error.code()
        if code == grpc.StatusCode.CANCELLED and time.monotonic() > deadline - 0.01:
            code = grpc.StatusCode.DEADLINE_EXCEEDED  # the server, which has the same deadline, was first
        status = status_pb2.Status()
        status.ParseFromString(dict(error.trailing_metadata() or ()).get("grpc-status-details-bin", b""))
        return cls(code, error.details() or "", status)

    def retry_after(self, failures: int) -> float | None:
        """How long to wait before the same is sent again after so many failures; None if it shall not be.

        It may always be when the server could not be reached, and when it is full only if it says so with a delay, for
        a message that is too large has the same code.
        """
        if self.code != grpc.StatusCode.UNAVAILABLE and (
            self.code != grpc.StatusCode.RESOURCE_EXHAUSTED or self.retry_delay is None
        ):
            return None
        # Half of it by chance, so that clients who lost the same server do not come back together.
        backoff = min(_FIRST_BACKOFF * 2.0 ** min(failures, 10), _MAX_BACKOFF) * random.uniform(0.5, 1)
        return max(backoff, self.retry_delay or 0.0)
