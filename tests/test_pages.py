"""Every page: each link leads somewhere, each path that is named exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [
    ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "benchmarks/README.md")
] + sorted([*ROOT.glob("docs/*.md"), *ROOT.glob("configs/**/*.md")])
LINK = re.compile(r"\]\(([^)\s]+)\)")
# A path of the repository: what begins with one of its folders, up to what no file name contains.
NAMED = re.compile(
    r"(?<![\w./~-])((?:benchmarks|configs|docs|projects|tests|tools)/[\w./*{},-]*[\w*}])(?![\w/<])"
)
OTHERS = {  # files of other repositories, and those that CONTRIBUTING.md tells its reader to make
    "configs/rfla/*_rfla_kld_1x.py",
    "tools/data/dota/split/img_split.py",
    "tools/data/sodaa/sodaa_split.py",
    "tools/img_split/sodad_split.py",
    "projects/tinydet/models/losses/alpha_iou_loss.py",
    "tests/models/losses/test_alpha_iou_loss.py",
    "configs/lrnet/ablations/lrnet_n_15e_hituav_alpha-iou.py",
    "configs/tables/NAME.csv",
    "configs/_base_/datasets/NAME_mmdet.py",
}


def anchors(path):
    """Return what a link may name after #, by GitHub's rule."""
    titles = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def expanded(name):
    """Return the names that a shell makes of ``a/{b,c}``."""
    choice = re.search(r"\{([^{}]+)\}", name)
    if not choice:
        return [name]
    return [
        full
        for part in choice[1].split(",")
        for full in expanded(name[: choice.start()] + part + name[choice.end() :])
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_and_paths(page):
    text = page.read_text(encoding="utf-8")
    missing = []
    for target in LINK.findall(text):
        if target.startswith("http"):
            continue
        name, _, anchor = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        if not path.exists() or (anchor and anchor not in anchors(path)):
            missing.append(target)
    for found in set(NAMED.findall(text)) - OTHERS:
        missing += [name for name in expanded(found) if not any(ROOT.glob(name))]
    assert not missing


def test_the_first_page_is_short_and_has_no_empty_column():
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 140
    rows = [line for line in lines if re.match(r"\| \w", line)]
    assert rows
    assert all(cell.strip() for row in rows for cell in row.strip("|").split("|"))
