from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.retailer.journal import Journal

_GROUPS = st.lists(
    st.lists(st.dictionaries(st.sampled_from(["order", "file"]), st.text()), min_size=1, max_size=3),
    max_size=4,
)


@given(groups=_GROUPS, torn=st.integers(0, 400))
def test_a_torn_journal_holds_whole_groups_only(
    tmp_path_factory: pytest.TempPathFactory, groups: list[list[dict[str, str]]], torn: int
) -> None:
    """Cut anywhere, the journal opens with the groups that were whole, and goes on from there."""
    path = tmp_path_factory.mktemp("journal") / "journal.jsonl"
    journal = Journal(path)
    ends = []
    for group in groups:
        journal.append(*group)
        ends.append(path.stat().st_size)
    size = max(0, path.stat().st_size - torn)
    with path.open("r+b") as stream:
        stream.truncate(size)
    whole = [group for group, end in zip(groups, ends, strict=True) if end <= size]
    reopened = Journal(path)
    assert reopened.events == [event for group in whole for event in group]
    reopened.append({"order": "after"})
    assert Journal(path).events == [*reopened.events]


def test_a_new_journal_is_empty(tmp_path: Path) -> None:
    """The folder is made as well."""
    assert Journal(tmp_path / "state" / "journal.jsonl").events == []
