"""Equations in Markdown become MathML, which browsers show without a script.

Written as GitHub shows them too: a fence ```` ```math ````, or ``$`x`$`` within a sentence.
"""

import re
from xml.etree import ElementTree

from latex2mathml.converter import convert
from markdown.extensions import Extension
from markdown.inlinepatterns import InlineProcessor
from markdown.preprocessors import Preprocessor

FENCE = re.compile(r"^```math\n(.*?)\n```$", re.DOTALL | re.MULTILINE)
INLINE = r"\$`([^`]+)`\$"


class Equations(Extension):
    """The Markdown extension; the site's settings name it."""

    def extendMarkdown(self, md):
        """Register both forms."""
        md.preprocessors.register(Blocks(md), "equations", 28)  # after text is normalized, before code is looked for
        md.inlinePatterns.register(Inline(INLINE, md), "equations", 200)


class Blocks(Preprocessor):
    """Replaces fences by MathML on lines of their own."""

    def run(self, lines):
        """Return lines in which every fence stands for its equation."""
        return FENCE.sub(lambda match: self.md.htmlStash.store(mathml(match[1], "block")), "\n".join(lines)).split("\n")


class Inline(InlineProcessor):
    """Replaces an equation within a sentence."""

    def handleMatch(self, m, data):
        """Return what stands for the equation, and where it starts and ends."""
        return self.md.htmlStash.store(mathml(m[1], "inline")), m.start(0), m.end(0)


def mathml(latex, display):
    """Return MathML that carries its LaTeX as alternative words.

    >>> mathml("x^2", "inline")[:60]
    '<math xmlns="http://www.w3.org/1998/Math/MathML" display="in'
    """
    element = ElementTree.fromstring(convert(latex.strip(), display=display))
    element.set("alttext", " ".join(latex.split()))
    ElementTree.register_namespace("", "http://www.w3.org/1998/Math/MathML")
    return ElementTree.tostring(element, encoding="unicode")


def makeExtension(**settings):
    """Return the extension, as Markdown asks for it."""
    return Equations(**settings)
