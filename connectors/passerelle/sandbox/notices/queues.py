"""Queues that notifications are put into: any that can be sent to; SQS over its own protocol."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol
from urllib.parse import urlsplit

from ..store import Doc
from .payloads import MOST_BYTES

__all__ = ["Misconfigured", "Queue", "SqsQueue", "Unreachable", "open_queue"]

_MOST_ENTRIES = 10


class Misconfigured(Exception):
    """The queue is not there, or does not let us in: somebody must mend the subscription."""


class Unreachable(Exception):
    """The queue does not answer now; later it may."""


class Queue(Protocol):
    """What notifications are put into."""

    def send(self, bodies: Sequence[str]) -> None:
        """Put texts into the queue, in any order.

        Raises:
            Misconfigured: no later try will do better.
            Unreachable: a later one may; some of the texts may have been taken.
        """
        ...

    def close(self) -> None:
        """Give connections back."""
        ...


def open_queue(destination: Doc) -> Queue:
    """The queue of a subscription's destination.

    Raises:
        Misconfigured: the sandbox cannot deliver there.
    """
    if destination["type"] != "SQS":
        raise Misconfigured(f"The sandbox delivers to SQS, not to {destination['type']}.")
    return SqsQueue(destination)


class SqsQueue:
    """A standard queue of SQS, at the host that its URL names."""

    def __init__(self, destination: Doc) -> None:
        try:
            # Only a sandbox that delivers needs it, and it takes a while to load.
            import boto3  # noqa: PLC0415
            from botocore import config, exceptions  # noqa: PLC0415
        except ImportError as error:
            raise Misconfigured("boto3 is not installed: pip install passerelle[sqs].") from error
        address = urlsplit(destination["queueUrl"])
        self._url = destination["queueUrl"]
        self._refusal: type[Exception] = exceptions.ClientError
        self._trouble: type[Exception] = exceptions.BotoCoreError
        self._client: Any = boto3.client(
            "sqs",
            region_name=destination["region"],
            endpoint_url=f"{address.scheme}://{address.netloc}",
            aws_access_key_id=destination.get("accessKey", "sandbox"),
            aws_secret_access_key=destination.get("accessSecret", "sandbox"),
            # Long enough for a queue on a busy machine, once: the courier tries again by itself.
            config=config.Config(connect_timeout=10, read_timeout=20, retries={"total_max_attempts": 1}),
        )

    def send(self, bodies: Sequence[str]) -> None:
        """Put texts into the queue, ten at a time at most."""
        for batch in _batches(bodies):
            entries = [{"Id": str(place), "MessageBody": body} for place, body in enumerate(batch)]
            try:
                answer = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
            except self._refusal as error:
                status = getattr(error, "response", {}).get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
                kind = Unreachable if status >= 500 else Misconfigured  # noqa: PLR2004 - the server's own faults
                raise kind(str(error)) from error
            except self._trouble as error:
                raise Unreachable(str(error)) from error
            if answer.get("Failed"):
                raise Unreachable(f"{len(answer['Failed'])} of {len(entries)} messages were not taken.")

    def close(self) -> None:
        """Close the connections to SQS."""
        self._client.close()


def _batches(bodies: Sequence[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for body in bodies:
        length = len(body.encode())
        if batch and (len(batch) == _MOST_ENTRIES or size + length > MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(body)
        size += length
    if batch:
        yield batch
