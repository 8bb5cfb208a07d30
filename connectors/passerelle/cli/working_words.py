"""The words of workers, in English and French."""

from __future__ import annotations

__all__ = ["WORKING_WORDS"]

WORKING_WORDS: dict[str, tuple[str, str]] = {
    "worker_ready": (
        "Ready to help; Ctrl-C puts down what is under way and ends.",
        "Prêt à aider ; Ctrl-C achève ce qui est en cours et s'arrête.",
    ),
    "worker_part": (
        "{feed}: part {part}, {records} records to go",
        "{feed} : part {part}, {records} enregistrements à faire",
    ),
    "worker_lost": ("{feed}: part {part} is left to others: {text}", "{feed} : part {part} laissée : {text}"),
    "worker_alone": ("{feed}: this run is left alone: {text}", "{feed} : ce traitement est laissé : {text}"),
    "worker_trouble": ("{feed}: tried again later: {text}", "{feed} : nouvel essai plus tard : {text}"),
    "worker_died": (
        "{feed}: its run died ({text}) and is carried anew",
        "{feed} : son traitement est mort ({text}), il est repris",
    ),
    "worker_carried": ("{feed}: {text}", "{feed} : {text}"),
    "worker_done": (
        "{parts} parts, {runs} runs taken up, {alone} left alone",
        "{parts} parts, {runs} traitements repris, {alone} laissés",
    ),
}
