"""What to ask the partner: messages for the operator, to be sent on as they are, in French and English."""

from __future__ import annotations

from datetime import datetime

__all__ = ["ask_for_missing", "warn_of_purge"]


def ask_for_missing(title: str, missing: str, received: str, since: datetime) -> tuple[str, str]:
    """Ask for files that never came: their numbers, the file that shows it, and since when it is here."""
    at = f"{since:%Y-%m-%d %H:%M} UTC"
    french = (
        f"À demander à l'émetteur de « {title} » : fichier n° {missing} non reçu ; {received} est là "
        f"depuis le {at} et attend. Merci de le renvoyer, ou de confirmer qu'il n'existe pas."
    )
    english = (
        f"To ask the sender of {title!r}: file number {missing} did not arrive; {received} is here since "
        f"{at} and waits. Please send it again, or confirm that it does not exist."
    )
    return french, english


def warn_of_purge(name: str, deleted_at: datetime) -> tuple[str, str]:
    """Warn of a file that its sender will delete before it was applied (UTC)."""
    at = f"{deleted_at:%Y-%m-%d %H:%M} UTC"
    return (
        f"{name} n'est pas encore appliqué et sera supprimé par l'émetteur vers le {at}.",
        f"{name} is not applied yet and its sender will delete it at about {at}.",
    )
