"""Where the queue of a Subscription is."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, SecretStr

__all__ = ["SqsConfig"]


class SqsConfig(BaseModel):
    """Where the queue is; without keys boto3 finds them as it does everywhere (role, profile, environment).

    `endpoint` is another address of SQS than AWS's own: a private endpoint, or a server of a test.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    queue_url: str
    region: str
    access_key: str | None = None
    secret_key: SecretStr | None = None
    endpoint: str | None = None
