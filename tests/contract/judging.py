"""A plugin of pytest: a test whose requests the official contracts refuse has failed, whatever it says."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.contract.judge import Judge

_judge = pytest.StashKey[Judge]()
_sitting: list[Judge] = []


def pytest_configure(config: pytest.Config) -> None:
    """Let the judge take his seat."""
    judge = Judge(_cache_folder(config))
    config.stash[_judge] = judge
    _sitting.append(judge)
    config.add_cleanup(lambda: _sitting.remove(judge))
    if judge.is_able():
        patch = pytest.MonkeyPatch()
        config.add_cleanup(patch.undo)
        judge.listen(patch)


def _cache_folder(config: pytest.Config) -> Path:
    cache: pytest.Cache | None = getattr(config, "cache", None)
    if cache is not None:
        return cache.mkdir("contracts")
    # A run may do without: then nothing is kept, and nobody else can put anything there.
    folder = TemporaryDirectory(prefix="contracts-")
    config.add_cleanup(folder.cleanup)
    return Path(folder.name)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Let the judge read before the first test runs; whoever only hands out tests does not come by here."""
    judge = session.config.stash[_judge]
    if session.items and not session.config.option.collectonly and judge.is_able():
        judge.prepare()


def sitting_judge() -> Judge:
    """The judge of this session, for helpers that no fixture reaches, such as examples of a property."""
    return _sitting[-1]


@pytest.fixture(scope="session")
def judge(pytestconfig: pytest.Config) -> Judge:
    """The judge of this session, for those who judge him."""
    return pytestconfig.stash[_judge]


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None]:
    """Tell the judge which test sends from now on."""
    item.config.stash[_judge].test = item.nodeid
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """Fail a test that sent what the API does not take; what its fixtures sent counts too."""
    result = yield
    _pass_sentence(item)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None]:
    """Say of what was sent while a test was cleared away that it is this test's fault as well."""
    result = yield
    _pass_sentence(item)
    return result


def _pass_sentence(item: pytest.Item) -> None:
    found = item.config.stash[_judge].take()
    if found:
        pytest.fail("requests that the API does not take:\n" + "\n".join(map(str, found)), pytrace=False)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say how many requests were judged, or why none."""
    judge = config.stash[_judge]
    if judge.heard:
        terminalreporter.write_line(
            f"{judge.heard} requests to shops, {judge.bodies} of them with a body, were held against the"
            f" official contracts ({judge.seconds:.1f} s of CPU)"
        )
    elif not judge.is_able():
        terminalreporter.write_line(
            "requests to shops were not judged: the official descriptions are not here (PASSERELLE_CONTRACTS)"
        )
