"""What is wrong, who has to know, and what do they do first?"""

from .channels import Channel, Undelivered
from .checking import Checked, acknowledge, check, foresee
from .digest import Digest, Line, News, digest_of, due, is_quiet, news_of, summed_up, trial_digest
from .facts import CallRate, Facts, FeedFacts, Late, read_facts
from .kinds import KINDS, Kind, page_of
from .mailing import MailChannel, mail_of
from .rules import RULES, find
from .settings import AlertSettings, Language, Limits, MailSettings, QuietHours, WebhookSettings
from .speaking import Spoken, speak
from .telling import Delivery, channels_of, tell, try_channels
from .webhooks import WebhookChannel, json_of, slack_of, teams_of
from .words import WORDS, counted

__all__ = [
    "KINDS",
    "RULES",
    "WORDS",
    "AlertSettings",
    "CallRate",
    "Channel",
    "Checked",
    "Delivery",
    "Digest",
    "Facts",
    "FeedFacts",
    "Kind",
    "Language",
    "Late",
    "Limits",
    "Line",
    "MailChannel",
    "MailSettings",
    "News",
    "QuietHours",
    "Spoken",
    "Undelivered",
    "WebhookChannel",
    "WebhookSettings",
    "acknowledge",
    "channels_of",
    "check",
    "counted",
    "digest_of",
    "due",
    "find",
    "foresee",
    "is_quiet",
    "json_of",
    "mail_of",
    "news_of",
    "page_of",
    "read_facts",
    "slack_of",
    "speak",
    "summed_up",
    "teams_of",
    "tell",
    "trial_digest",
    "try_channels",
]
