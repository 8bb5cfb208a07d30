"""The words of the commands about alerts in English and French."""

from __future__ import annotations

__all__ = ["ALERTING_WORDS"]

ALERTING_WORDS: dict[str, tuple[str, str]] = {
    "alerts_none": ("Nothing is wrong.", "Rien à signaler."),
    "alerts_unchanged": ("Nothing changed.", "Rien n'a changé."),
    "alerts_open": ("{count} open", "{count} en cours"),
    "alerts_unsent": (
        "{channel} was not told ({subject}) after {tries} tries: {why}",
        "{channel} n'a pas été prévenu ({subject}) après {tries} essais : {why}",
    ),
    "alert_opened": ("New:", "Nouveau :"),
    "alert_closed": ("Over:", "Terminé :"),
    "alert_since": ("{severity}, since {since} ({age})", "{severity}, depuis le {since} ({age})"),
    "alert_lasted": ("{since} to {until}", "du {since} au {until}"),
    "alert_taken": ("Alert {number}: {who} looks after it.", "Alerte {number} : {who} s'en occupe."),
    "alert_taken_for": ("{who} looks after it: {why}", "{who} s'en occupe : {why}"),
    "severity_critical": ("critical", "critique"),
    "severity_warning": ("warning", "avertissement"),
    "channel": ("channel", "canal"),
    "message": ("message", "message"),
    "message_sent": ("sent", "envoyé"),
    "message_failed": ("not sent", "non envoyé"),
    "message_waiting": ("tried again later", "nouvel essai plus tard"),
}
