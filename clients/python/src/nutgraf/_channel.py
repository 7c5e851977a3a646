"""Settings of the channel, the same for both clients."""

from __future__ import annotations

import grpc

from nutgraf._many import MAX_MESSAGE_BYTES

OPTIONS: list[tuple[str, int]] = [
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    # A silent connection with a call on it is asked for a sign of life.
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.max_reconnect_backoff_ms", 5_000),
]


def credentials(tls: bool, ca: bytes | None, token: str | None) -> grpc.ChannelCredentials | None:
    """Returns the credentials of a channel; None for one without TLS."""
    if not tls:
        if token or ca:
            raise ValueError("a token is not sent, and an authority not asked, without TLS")
        return None
    transport = grpc.ssl_channel_credentials(root_certificates=ca)
    if token:
        return grpc.composite_channel_credentials(transport, grpc.access_token_call_credentials(token))
    return transport
