"""The words of drift and of foreign edits, in English and French."""

from __future__ import annotations

__all__ = ["DRIFT_WORDS"]

DRIFT_WORDS: dict[str, tuple[str, str]] = {
    "shop_drift_title": (
        "{feed}: the shop and what we wrote",
        "{feed} : la boutique et ce que nous avons écrit",
    ),
    "drift_counts": (
        "{checked} checked, {agreeing} as wanted, {missing} missing, {different} different, {extra} extra",
        "{checked} vérifiés, {agreeing} conformes, {missing} absents, {different} autres, {extra} en trop",
    ),
    "drift_retired": (
        "{count} were made by us and are wanted by no feed any more",
        "{count} créés par nous ne sont plus voulus par aucun flux",
    ),
    "drift_unclear": ("{count} could not be compared", "{count} n'ont pu être comparés"),
    "drift_excused": (
        "{left} differ only where others may, {moved} only in what the shop moves itself",
        "{left} ne diffèrent que là où d'autres le peuvent, {moved} que par ce que la boutique fait seule",
    ),
    "drift_tolerated": (
        "{count} records are within the tolerance that was asked for",
        "{count} fiches restent dans la tolérance demandée",
    ),
    "drift_plan": (
        "Plan {plan} sets it right: `passerelle plan --show {plan}`, then `passerelle apply {plan}`.",
        "Le plan {plan} rétablit : `passerelle plan --show {plan}`, puis `passerelle apply {plan}`.",
    ),
    "ours": ("ours", "le nôtre"),
    "theirs": ("in the shop", "en boutique"),
    "since": ("wanted since", "voulu depuis"),
    "last_by": ("last written by", "dernière écriture"),
    "decision": ("decision", "décision"),
    "how_often": ("times", "fois"),
    "drift_missing": ("missing", "absent"),
    "drift_different": ("different", "différent"),
    "drift_extra": ("extra", "en trop"),
    "drift_unwanted": ("unwanted", "plus voulu"),
    "deleted": ("deleted by others", "supprimé par d'autres"),
    "never_written": ("never written", "jamais écrit"),
    "lost_update": ("our write was lost", "notre écriture s'est perdue"),
    "edited": ("edited by others", "modifié par d'autres"),
    "our_client": ("written by our own client", "écrit par notre propre client"),
    "unknown_to_us": ("not made by us", "pas créé par nous"),
    "no_longer_wanted": ("no feed wants it any more", "plus aucun flux ne le veut"),
    "not_comparable": ("cannot be compared", "ne peut être comparé"),
    "overwrite": ("set right", "rétabli"),
    "keep": ("left", "laissé"),
    "report": ("left, to be decided", "laissé, à décider"),
    "fight": ("left: both sides insist", "laissé : chacun insiste"),
    "released": ("ours wins next time", "le nôtre la prochaine fois"),
    "foreign_title": ("Fields that others changed", "Champs modifiés par d'autres"),
    "no_foreign": (
        "No edit of others is known in what we wrote.",
        "Aucune modification par d'autres n'est connue dans ce que nous avons écrit.",
    ),
    "released_keys": (
        "{count} records: ours wins when the feed brings them again.",
        "{count} fiches : la nôtre l'emporte dès que le flux les rapporte.",
    ),
}
