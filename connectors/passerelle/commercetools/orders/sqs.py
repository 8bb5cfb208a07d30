"""SQS: the queue that a Subscription of type SQS sends its notifications to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from ...errors import ConfigError, Retriable
from .queue_config import SqsConfig
from .subscriptions import Received

__all__ = ["SqsQueue"]

T = TypeVar("T")

#: SQS hands out, deletes and extends ten messages a call, and waits twenty seconds at most.
_AT_ONCE = 10
_LONGEST_WAIT = 20
_LONGEST_INVISIBLE = 43_200


class SqsQueue:
    """A standard queue of SQS; raises Retriable when it cannot be reached, ConfigError when it refuses us."""

    def __init__(self, config: SqsConfig) -> None:
        try:
            # An extra: who polls needs no AWS.
            import boto3  # noqa: PLC0415 - as said
            from botocore.config import Config as Patience  # noqa: PLC0415 - as said
        except ImportError as error:
            raise ConfigError(
                "boto3 is needed to read a queue of SQS", advice="pip install 'passerelle[sqs]'"
            ) from error
        self._url = config.queue_url
        secret = config.secret_key
        self._client: Any = boto3.client(
            "sqs",
            region_name=config.region,
            endpoint_url=config.endpoint,
            aws_access_key_id=config.access_key,
            aws_secret_access_key=None if secret is None else secret.get_secret_value(),
            config=Patience(
                connect_timeout=10, read_timeout=_LONGEST_WAIT + 10, retries={"mode": "standard"}
            ),
        )

    async def receive(self, most: int, *, wait: float) -> Sequence[Received]:
        """Take up to ten messages."""
        answer = await self._call(
            self._client.receive_message,
            MaxNumberOfMessages=max(1, min(most, _AT_ONCE)),
            WaitTimeSeconds=min(round(wait), _LONGEST_WAIT),
            AttributeNames=["ApproximateReceiveCount"],
        )
        return [
            Received(
                one["Body"],
                one["ReceiptHandle"],
                int(one.get("Attributes", {}).get("ApproximateReceiveCount", 1)),
            )
            for one in answer.get("Messages", ())
        ]

    async def delete(self, receipts: Sequence[str]) -> None:
        """Delete messages; one that SQS does not delete comes again and is recognised."""
        for entries in _entries(receipts):
            await self._call(self._client.delete_message_batch, Entries=entries)

    async def extend(self, receipts: Sequence[str], seconds: float) -> None:
        """Keep messages invisible for so many seconds from now."""
        timeout = min(round(seconds), _LONGEST_INVISIBLE)
        for entries in _entries(receipts):
            await self._call(
                self._client.change_message_visibility_batch,
                Entries=[{**entry, "VisibilityTimeout": timeout} for entry in entries],
            )

    async def _call(self, act: Callable[..., T], **arguments: Any) -> T:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - as in __init__

        try:
            return await asyncio.to_thread(act, QueueUrl=self._url, **arguments)
        except ClientError as error:
            status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
            code = error.response.get("Error", {}).get("Code", "unknown")
            if status in {429, 500, 502, 503, 504} or "Throttl" in code:
                raise Retriable(f"SQS answers {code} ({status})", advice="It is asked again later") from error
            raise ConfigError(
                f"SQS refuses to {act.__name__} at {self._url}: {code} ({status})",
                advice="Check the queue's address and the rights of our role (receive, delete, visibility)",
            ) from error
        except BotoCoreError as error:
            if type(error).__name__ in {"NoCredentialsError", "PartialCredentialsError", "NoRegionError"}:
                raise ConfigError(f"SQS: {error}", advice="Set the keys of the queue, or a role") from error
            raise Retriable(f"SQS cannot be reached: {error}", advice="Look at the network") from error


def _entries(receipts: Sequence[str]) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(receipts), _AT_ONCE):
        some = receipts[start : start + _AT_ONCE]
        yield [{"Id": str(place), "ReceiptHandle": receipt} for place, receipt in enumerate(some)]
