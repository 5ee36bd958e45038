"""A hook of mkdocs: pages that stand outside docs/, and a reference page for each package.

The pages are the Markdown files of the repository as they are. Only their links change, because
GitHub resolves a link in the repository and a site among its own pages.
"""

from __future__ import annotations

import ast
import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "projects" / "tinydet"
OUTSIDE = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "CITATION.cff": "CITATION.cff",
    "configs/README.md": "configs.md",
    "configs/faster_rcnn/README.md": "faster_rcnn.md",
    "configs/tables/README.md": "tables.md",
    "benchmarks/README.md": "benchmarks.md",
}
TOPICS = {  # of the reference, in this order; packages without a topic follow under their names
    "models.losses": "Losses",
    "task_modules": "Label assignment, NMS",
    "models.layers": "Layers",
    "models.necks": "Necks",
    "models.backbones": "Backbones",
    "models.heads": "Heads",
    "datasets": "Data sets",
    "datasets.synthetic": "Synthetic images",
    "evaluation": "Evaluation",
    "evaluation.aitod": "AI-TOD's evaluation",
    "evaluation.soda": "SODA's evaluation",
    "evaluation.visdrone": "VisDrone's evaluation",
    "configuration": "Configuration",
    "training": "Training",
    "hooks": "Hooks",
    "inference": "Inference",
    "visualization": "Pictures",
    "weights": "Pretrained weights",
    "ops": "Operators",
}
LINK = re.compile(r"(\]\()([^)#\s:]+)((?:#[^)\s]*)?\))")


def reference() -> dict[str, list[str]]:
    """Return the public modules of each package that has some, by the package's dotted name."""
    packages: dict[str, list[str]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        if not any(part.startswith("_") for part in parts):
            packages.setdefault(".".join(parts[:-1]), []).append(".".join(parts))
    return dict(sorted(packages.items()))


def reference_page(package: str, modules: list[str]) -> str:
    """Return the Markdown of a package's page."""
    text = (PACKAGE.parent / package.replace(".", "/") / "__init__.py").read_text("utf-8")
    about = f"::: {package}\n    options:\n      members: false\n"
    blocks = [about] if ast.get_docstring(ast.parse(text)) else []
    return "\n".join([f"# {package}\n", *blocks, *(f"::: {module}\n" for module in modules)])


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Add the reference to the navigation."""
    names = [name.removeprefix("tinydet.") for name in reference()]
    topics = TOPICS | {name: name for name in names if name not in TOPICS}
    pages = [{title: f"reference/{name}.md"} for name, title in topics.items()]
    config.nav.append({"Reference": pages})
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that stand outside docs/, and the reference."""
    for path, page in OUTSIDE.items():
        files.append(File.generated(config, page, content=(ROOT / path).read_text("utf-8")))
    for package, modules in reference().items():
        page = f"reference/{package.removeprefix('tinydet.')}.md"
        files.append(File.generated(config, page, content=reference_page(package, modules)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn links in the repository into links between pages, GitHub's lists into Python-Markdown's.

    Raises:
        PluginError: A link leads to a file that is no page.
    """
    here = page.file.src_uri
    stands = {page: path for path, page in OUTSIDE.items()}.get(here, f"docs/{here}")

    def linked(match: re.Match[str]) -> str:
        path = posixpath.normpath(posixpath.join(posixpath.dirname(stands), match[2]))
        target = OUTSIDE.get(path, path.removeprefix("docs/"))
        if files.get_file_from_path(target) is None:
            raise PluginError(f"{stands}: the link to {match[2]} leads to no page of the site")
        return match[1] + posixpath.relpath(target, posixpath.dirname(here) or ".") + match[3]

    return LINK.sub(linked, with_deep_lists(markdown))


def with_deep_lists(markdown: str) -> str:
    """Indent what belongs to a numbered item by four spaces; three are enough for GitHub."""
    lines, inside = [], False
    for line in markdown.splitlines():
        inside = bool(re.match(r"\d+\. ", line)) or (inside and line[:3].strip() == "")
        lines.append(f" {line}" if inside and line.startswith("   ") else line)
    return "\n".join(lines)
