"""Queues of SQS on a machine of its own: moto's server, and a reader of what comes in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from moto.server import ThreadedMotoServer

__all__ = ["Mailroom", "mailroom"]

REGION = "eu-central-1"


class Mailroom:
    """Queues by name, made and read over SQS's own protocol."""

    def __init__(self, url: str) -> None:
        self._sqs: Any = boto3.client(
            "sqs",
            region_name=REGION,
            endpoint_url=url,
            aws_access_key_id="reader",
            aws_secret_access_key="of-tests",
        )

    def queue(self, name: str) -> str:
        """Make a standard queue; its URL."""
        # What `read` took and has not deleted yet must not come again because the machine is slow.
        created = self._sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "3600"})
        return str(created["QueueUrl"])

    def remove(self, url: str) -> None:
        """Take a queue away."""
        self._sqs.delete_queue(QueueUrl=url)

    def read(self, url: str) -> list[dict[str, Any]]:
        """Everything that is in a queue now, in the order in which it came in, taken out."""
        read: list[dict[str, Any]] = []
        while messages := self._sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", ()):
            read += [json.loads(message["Body"]) for message in messages]
            for message in messages:
                self._sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return read

    def close(self) -> None:
        """Close the connections."""
        self._sqs.close()


@contextmanager
def mailroom() -> Iterator[Mailroom]:
    """Queues for the length of a block."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    room = Mailroom(f"http://{host}:{port}")
    try:
        yield room
    finally:
        room.close()
        server.stop()
