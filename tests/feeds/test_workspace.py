from __future__ import annotations

from pathlib import Path

import pytest

from passerelle.errors import ConfigError
from passerelle.feeds import Settings, Workspace
from passerelle.files import LocalFolder
from tests.sync.desk import MAPPINGS


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The project's own mappings, a home that is not there yet."""
    home = tmp_path_factory.mktemp("home") / "deep"
    return Workspace(Settings(home=home, mappings=MAPPINGS.parent, folder=home / "erp"))


def test_feeds_are_grouped_and_in_running_order(workspace: Workspace) -> None:
    """What creates records comes before what completes them; all about orders is one group."""
    groups = workspace.feeds()
    assert list(groups) == ["category", "product", "price", "stock", "order"]
    assert groups["category"][0] == "categories-fr"
    assert groups["product"][0] == "products-fr"
    assert {"orders-out", "order-acks", "shipments", "order-messages"} <= set(groups["order"])
    # A list of orders of the ERP is compared, not carried.
    carried = sorted(name for name in workspace.mappings if name != "order-statements")
    assert sorted(name for names in groups.values() for name in names) == carried


def test_a_feed_that_is_not_there_is_answered_with_those_that_are(workspace: Workspace) -> None:
    """The message lists what one may have meant, of the right direction."""
    with pytest.raises(ConfigError, match=r"'stocks'.*stock"):
        workspace.incoming("stocks")
    with pytest.raises(ConfigError, match=r"no incoming feed 'orders-out'"):
        workspace.incoming("orders-out")
    with pytest.raises(ConfigError, match=r"no outgoing feed 'stock'.*orders-out"):
        workspace.outgoing("stock")
    assert workspace.incoming("stock").entity == "stock"
    assert workspace.outgoing("orders-out").entity == "order"


def test_nothing_is_made_before_it_is_needed(workspace: Workspace) -> None:
    """Looking at mappings leaves no trace on the disk; the ledger and the work folder make their home."""
    home = workspace.home
    workspace.feeds()
    assert not home.exists()
    assert workspace.workdir("stock").is_dir()
    workspace.ledger().close()
    assert (home / "ledger.db").is_file()


def test_the_partners_folder_is_the_one_that_is_set(workspace: Workspace, tmp_path: Path) -> None:
    """A folder of this machine, when no SFTP server is named; without both it says which variable to set."""
    with workspace.folder() as folder:
        assert isinstance(folder, LocalFolder)
    with pytest.raises(ConfigError, match="PASSERELLE_SFTP__HOST"):
        Workspace(Settings(home=tmp_path, mappings=MAPPINGS.parent)).folder()


async def test_a_shop_that_is_not_set_is_told(workspace: Workspace) -> None:
    """The message names the variables."""
    with pytest.raises(ConfigError, match="PASSERELLE_COMMERCETOOLS__PROJECT_KEY"):
        async with workspace.client():
            pytest.fail("there is no shop")


def test_one_feed_is_loaded_alone(tmp_path: Path) -> None:
    """A run of one feed reads its mapping; what is wrong with another one is told to who asks for all."""
    mappings = tmp_path / "mappings"
    mappings.mkdir()
    for name in ("stock.yaml", "depots.csv", "stock-places.csv"):
        (mappings / name).write_bytes((MAPPINGS / name).read_bytes())
    (mappings / "broken.yaml").write_text("feed: broken\nentity: nothing\n", encoding="utf-8")
    workspace = Workspace(Settings(home=tmp_path, mappings=mappings))
    assert workspace.incoming("stock").feed == "stock"
    assert workspace.incoming("stock") is workspace.incoming("stock")
    with pytest.raises(ConfigError, match=r"broken\.yaml"):
        _ = workspace.mappings
    with pytest.raises(ConfigError, match=r"broken\.yaml"):
        workspace.incoming("unknown")


def test_two_mappings_of_one_name_are_a_flaw(tmp_path: Path) -> None:
    """Which of the two would be meant is nobody's guess."""
    mappings = tmp_path / "mappings"
    mappings.mkdir()
    for name in ("stock.yaml", "depots.csv", "stock-places.csv"):
        (mappings / name).write_bytes((MAPPINGS / name).read_bytes())
    (mappings / "again.yaml").write_bytes((mappings / "stock.yaml").read_bytes())
    with pytest.raises(ConfigError, match="is already in"):
        Workspace(Settings(home=tmp_path, mappings=mappings)).incoming("stock")
