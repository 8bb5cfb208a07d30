"""The words of the workbench in English and French: `passerelle mapping …`."""

from __future__ import annotations

__all__ = ["MAPPING_WORDS"]

MAPPING_WORDS: dict[str, tuple[str, str]] = {
    # Check.
    "place": ("place", "endroit"),
    "flaw": ("what is wrong", "ce qui ne va pas"),
    "flaws_title": ("What is wrong", "Ce qui ne va pas"),
    "no_flaw": (
        "Mappings checked: {count}, no flaw.",
        "Correspondances vérifiées : {count}, aucune faute.",
    ),
    "flaws": (
        "Flaws: {count}, in {files} of {total} mappings.",
        "Fautes : {count}, dans {files} correspondances sur {total}.",
    ),
    # Try and explain.
    "to": ("fills", "remplit"),
    "from": ("from", "depuis"),
    "raw": ("raw text", "texte brut"),
    "result": ("result", "résultat"),
    "rule": ("rule", "règle"),
    "given": ("given", "reçoit"),
    "gives": ("gives", "donne"),
    "record_head": ("Record {ordinal}{line}{key}", "Enregistrement {ordinal}{line}{key}"),
    "in_line": (", line {line}", ", ligne {line}"),
    "of_key": (", key {key}", ", clé {key}"),
    "rejected": ("rejected", "rejeté"),
    "constant": ("(in the mapping)", "(dans la correspondance)"),
    "left_out": ("(left out)", "(laissé de côté)"),
    "stands_in": ("(stands in: nothing is there)", "(remplace : rien n'est là)"),
    "nothing_there": ("(not there)", "(absent)"),
    "empty_there": ("(empty)", "(vide)"),
    "items": ("{count} items", "{count} éléments"),
    "tried": (
        "{good} of {count} records map; {file} by {feed}.",
        "{good} enregistrements traduits sur {count} ; {file} par {feed}.",
    ),
    "tried_more": (
        "The file has more records: --limit shows them.",
        "Le fichier en contient d'autres : --limit les montre.",
    ),
    "expected_instead": ("expected {expected}", "attendu {expected}"),
    "hooked": (
        "What is written may be another value, hooks are asked: {hooks}.",
        "La valeur écrite peut être une autre, des crochets sont interrogés : {hooks}.",
    ),
    "found_key": (
        "Records of {file} with the key {key}: {found}.",
        "Enregistrements de {file} avec la clé {key} : {found}.",
    ),
    "found_part": (
        "Records of {file} with {key} in their key: {found}.",
        "Enregistrements de {file} avec {key} dans leur clé : {found}.",
    ),
    "found_identity": (
        "Records of {file} that become {key}, or hold it: {found}.",
        "Enregistrements de {file} qui deviennent {key}, ou le contiennent : {found}.",
    ),
    "found_text": (
        "No record of {file} is named {key}; records that hold this text: {found}.",
        "Aucun enregistrement de {file} ne s'appelle {key} ; ceux qui contiennent ce texte : {found}.",
    ),
    "found_none": (
        "{key} is not in {file}: none of its {read} records has it.",
        "{key} n'est pas dans {file} : aucun de ses {read} enregistrements ne l'a.",
    ),
    "nearest": ("Keys that look alike: {keys}", "Clés qui se ressemblent : {keys}"),
    "last_counts": (
        "The key stands more than once: the last record counts.",
        "La clé revient plusieurs fois : le dernier enregistrement compte.",
    ),
    # Test.
    "case": ("case", "cas"),
    "passed": ("as expected", "conforme"),
    "differs": ("differs", "diffère"),
    "new_case": ("nothing expected yet", "rien d'attendu encore"),
    "expected": ("expected", "attendu"),
    "got": ("got", "obtenu"),
    "path": ("path", "chemin"),
    "no_cases": (
        "{mapping} has no cases: put a sample into {folder}/<case>/ and run test --update.",
        "{mapping} n'a pas de cas : mettez un fichier dans {folder}/<cas>/, puis test --update.",
    ),
    "written": (
        "Written: {file}. Read it before you keep it.",
        "Écrit : {file}. À relire avant de le garder.",
    ),
    "cases_done": ("{passed} of {total} cases as expected.", "{passed} cas conformes sur {total}."),
    "update_hint": (
        "When what came out is right, test --update takes it as expected.",
        "Si le résultat est juste, test --update le prend comme attendu.",
    ),
    # Coverage.
    "coverage_title": ("Coverage of {feed}", "Couverture de {feed}"),
    "part": ("part", "partie"),
    "unread_title": ("In the files, never read", "Dans les fichiers, jamais lu"),
    "read_title": ("In the files, read", "Dans les fichiers, lu"),
    "missing_title": ("Read by the mapping, in no file", "Lu par la correspondance, dans aucun fichier"),
    "times": ("times", "fois"),
    "filled": ("filled", "remplis"),
    "absent_times": ("left out", "absents"),
    "faulty": ("at fault", "en faute"),
    "codes_title": ("Codes without a row", "Codes sans ligne"),
    "rows_title": ("Code rows never hit", "Lignes de codes jamais servies"),
    "skipped_title": ("Unknown, and gone on without", "Inconnu, et laissé de côté"),
    "rules_title": ("Rules for special cases", "Règles des cas particuliers"),
    "never_title": ("Fields that never came to a value", "Champs jamais remplis"),
    "table": ("table", "table"),
    "code": ("code", "code"),
    "hits": ("hits", "emplois"),
    "shares": (
        "Paths read {read}, fields filled {fields}, code rows hit {codes}, rules needed {rules}.",
        "Chemins lus {read}, champs remplis {fields}, lignes de codes servies {codes}, règles {rules}.",
    ),
    "covered": (
        "Files: {files}, records: {records}, rejected: {rejected}.",
        "Fichiers : {files}, enregistrements : {records}, rejetés : {rejected}.",
    ),
    "html_hint": ("Written to {file}.", "Écrit dans {file}."),
    # Drift.
    "drift_title": ("From {old} to {new}", "De {old} à {new}"),
    "change": ("change", "changement"),
    "before": ("before", "avant"),
    "after": ("after", "après"),
    "read_by": ("read", "lu"),
    "yes": ("yes", "oui"),
    "no": ("no", "non"),
    "no_drift": (
        "Nothing changed that the mapping reads.",
        "Rien n'a changé dans ce que la correspondance lit.",
    ),
    "drifted": (
        "Changes in what the mapping reads: {count}.",
        "Changements dans ce que la correspondance lit : {count}.",
    ),
    "drift_lost": ("gone", "disparu"),
    "drift_new": ("new", "nouveau"),
    "drift_kind": ("another type", "autre type"),
    "drift_wider": ("wider", "plus large"),
    "drift_empty": ("empties", "vides"),
    "drift_repeats": ("repeats", "se répète"),
    "drift_codes": ("new codes", "nouveaux codes"),
    "drift_lost_codes": ("lost codes", "codes disparus"),
    "drift_records": ("records", "enregistrements"),
}
