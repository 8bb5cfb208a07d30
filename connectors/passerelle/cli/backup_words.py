"""The words of backups and upgrades, in English and French."""

from __future__ import annotations

__all__ = ["BACKUP_WORDS"]

BACKUP_WORDS: dict[str, tuple[str, str]] = {
    "backup_made": (
        "Backup {folder}: {rows} rows at revision {revision}, {size}",
        "Sauvegarde {folder} : {rows} lignes à la révision {revision}, {size}",
    ),
    "backup_originals_copied": ("{count} originals, {size}, copied", "{count} originaux, {size}, copiés"),
    "backup_originals_listed": (
        "{count} originals, {size}, are listed and not copied (--originals copies them)",
        "{count} originaux, {size}, listés et non copiés (--originals les copie)",
    ),
    "backup_good": (
        "{folder} is whole: {rows} rows at revision {revision}, made {made}",
        "{folder} est intacte : {rows} lignes à la révision {revision}, faite le {made}",
    ),
    "restored": (
        "Restored {rows} rows from {folder} (made {made}); the ledger is at revision {revision}.",
        "{rows} lignes restaurées de {folder} (faite le {made}) ; registre à la révision {revision}.",
    ),
    "restored_missing": (
        "The archive lacks {count} originals of the backup: restore that folder by itself. First: {names}",
        "L'archive n'a pas {count} originaux de la sauvegarde : la restaurer à part. D'abord : {names}",
    ),
    "restored_next": (
        "What came after the backup is not in it: run `passerelle reconcile` and `passerelle drift`.",
        "La suite n'y est pas : lancer `passerelle reconcile` et `passerelle drift`.",
    ),
    "copying": ("copying {what}", "copie de {what}"),
    "upgrade_needed": (
        "The ledger is at revision {now}; this version needs {head}. `passerelle upgrade` brings it there.",
        "Le registre est à la révision {now} ; cette version veut {head}. `passerelle upgrade` l'y amène.",
    ),
    "upgrade_none": (
        "The ledger is at revision {now}, as it should be.",
        "Le registre est à la révision {now}.",
    ),
    "upgrade_done": ("The ledger went from revision {before} to {now}.", "Registre : {before} → {now}."),
    "upgrade_orders": ("working out orders", "calcul des commandes"),
    "upgrade_loses": (
        "Going back to {to} drops what older versions cannot hold. Make a backup, then repeat with --yes.",
        "Revenir à {to} perd ce que les anciennes versions ignorent. Sauvegarder, puis répéter avec --yes.",
    ),
}
