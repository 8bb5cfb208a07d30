"""The templates below deploy/ as a machine reads them: documents, commands, variables, images."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from .commands import commands_in
from .links import ROOT

__all__ = [
    "COMPOSE", "DEPLOY", "DOCKERFILE", "Pod", "containers", "documents", "files", "images", "pods", "said",
    "variables",
]  # fmt: skip

DEPLOY = ROOT / "deploy"
COMPOSE = DEPLOY / "docker/compose.yaml"
DOCKERFILE = DEPLOY / "docker/Dockerfile"
_OURS = ("passerelle", "prefect")


class Pod(NamedTuple):
    """One pod of a manifest: what makes it, its labels, its spec."""

    kind: str
    name: str
    labels: dict[str, str]
    spec: dict[str, Any]


def files(*endings: str) -> list[Path]:
    """List the templates, all of them or those with these endings."""
    found = (path for path in DEPLOY.rglob("*") if path.is_file())
    return sorted(path for path in found if not endings or path.suffix in endings)


def documents() -> Iterator[tuple[Path, Any]]:
    """Read every YAML document; one that cannot be read raises."""
    for path in files(".yaml"):
        for document in yaml.safe_load_all(path.read_text("utf-8")):
            yield path, document


def pods() -> list[Pod]:
    """List the pods of the manifests."""
    found = []
    for path, document in documents():
        if path.parent.name != "kubernetes" or document.get("kind") not in {"Deployment", "Job", "CronJob"}:
            continue
        spec = document["spec"]
        template = (spec["jobTemplate"]["spec"] if document["kind"] == "CronJob" else spec)["template"]
        labels = template["metadata"]["labels"]
        found.append(Pod(document["kind"], document["metadata"]["name"], labels, template["spec"]))
    return found


def containers() -> list[tuple[Pod, dict[str, Any]]]:
    """List the containers of the pods."""
    return [(pod, container) for pod in pods() for container in pod.spec["containers"]]


def said() -> Iterator[tuple[Path, list[str]]]:
    """List the commands of ours: of lists, of scripts in them, of units."""
    for path, document in documents():
        for words in _lists(document):
            if words[0] in _OURS:
                yield path, words
            elif words[0] == "sh":
                yield from ((path, command) for command in commands_in(_plain(words[-1])))
            elif words[0] == "CMD" and words[1] in _OURS:
                yield path, words[1:]
    for path in files(".service"):
        for line in re.findall(r"^ExecStart=(.+)$", path.read_text("utf-8"), re.MULTILINE):
            yield path, [Path(line.split()[0]).name, *shlex.split(line)[1:]]
    for line in re.findall(r"^CMD (\[.+\])$", DOCKERFILE.read_text("utf-8"), re.MULTILINE):
        yield DOCKERFILE, yaml.safe_load(line)


def _plain(script: str) -> str:
    """One command a line: a loop is no command of ours."""
    return script.replace("; ", "\n").replace("do ", "\n")


def _lists(node: Any) -> Iterator[list[str]]:
    if isinstance(node, dict):
        for value in node.values():
            yield from _lists(value)
    elif isinstance(node, list):
        if node and all(isinstance(word, str) for word in node):
            yield node
        else:
            for value in node:
                yield from _lists(value)


def variables() -> Iterator[tuple[Path, str, str]]:
    """List the variables of the environment that templates set: file, name, value."""
    for path, document in documents():
        yield from ((path, name, str(value)) for name, value in _environments(document))
    for path in files(".service", ".conf"):
        for name, value in re.findall(
            r"^Environment=([A-Z_0-9]+)=(.*)$", path.read_text("utf-8"), re.MULTILINE
        ):
            yield path, name, value
    for path in files(".env"):
        for name, value in re.findall(r"^([A-Z_0-9]+)=(.*)$", path.read_text("utf-8"), re.MULTILINE):
            yield path, name, value
    docker = DOCKERFILE.read_text("utf-8").replace("\\\n", " ")
    for line in re.findall(r"^ENV (.+)$", docker, re.MULTILINE):
        for word in shlex.split(line):
            name, _, value = word.partition("=")
            yield DOCKERFILE, name, value


def _environments(node: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(node, list):
        for value in node:
            yield from _environments(value)
    if not isinstance(node, dict):
        return
    for key, value in node.items():
        if key in {"environment", "data", "shop", "client"} and isinstance(value, dict):
            yield from value.items()
        elif key == "env" and isinstance(value, list):
            yield from ((one["name"], one["value"]) for one in value)
        else:
            yield from _environments(value)


def images() -> Iterator[tuple[Path, str]]:
    """List the images that are run or built upon."""
    for path, document in documents():
        if path == COMPOSE:
            yield from ((path, service["image"]) for service in document["services"].values())
    yield from ((DEPLOY / "kubernetes", container["image"]) for _, container in containers())
    docker = DOCKERFILE.read_text("utf-8")
    arguments = dict(re.findall(r"^ARG (\w+)=(\S+)$", docker, re.MULTILINE))
    for name in re.findall(r"^FROM (\S+)", docker, re.MULTILINE):
        yield DOCKERFILE, re.sub(r"\$\{(\w+)\}", lambda found: arguments[found[1]], name)
