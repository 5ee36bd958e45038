"""An extension of griffe: docstrings are reStructuredText in the code and Markdown on the site."""

from __future__ import annotations

import re
from textwrap import dedent

from griffe import Extension, Object
from latex2mathml.converter import convert

ROLE = re.compile(r":(?:class|data|func|meth|mod):`~?([^`]+)`")
INLINE = re.compile(r":math:`([^`]+)`")
BLOCK = re.compile(r"^( *)\.\. math::(.*(?:\n(?:\1 +\S.*| *$))*)", re.MULTILINE)
LITERAL = re.compile(r"::$", re.MULTILINE)


def as_markdown(text: str) -> str:
    """Return a docstring with roles as code, formulas as MathML and ``::`` as a colon."""
    text = BLOCK.sub(
        lambda found: f'{found[1]}<div class="formula">{formula(found[2], "block")}</div>\n\n', text
    )
    text = INLINE.sub(lambda found: formula(found[1], "inline"), text)
    return LITERAL.sub(":", ROLE.sub(r"`\1`", text))


def formula(latex: str, display: str) -> str:
    """Return LaTeX as MathML, which browsers show without a script."""
    return convert(" ".join(dedent(latex).split()), display=display)


class Docstrings(Extension):
    """Rewrites each docstring after it was read."""

    def on_object(self, *, obj: Object, **_: object) -> None:
        """Rewrite the docstring of a module, class, function or attribute."""
        if obj.docstring:
            obj.docstring.value = as_markdown(obj.docstring.value)

    def on_package(self, *, pkg: Object, **_: object) -> None:
        """Rewrite the docstring of tinydet itself, for which griffe calls no ``on_object``."""
        self.on_object(obj=pkg)
