"""How a page looks, on screen and on paper, and the policy that lets nothing else in."""

import base64
import hashlib
import re
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

PLAIN = re.compile(r"[A-Za-z0-9 ._/,()-]")
POLICY = "default-src 'none'; img-src data:; style-src {style}; base-uri 'none'; form-action 'none'"
LONGEST_TITLE = 80


@cache
def environment():
    """The templates of the batch; everything that they fill in is escaped unless it is marked as safe."""
    return Environment(loader=PackageLoader("upskill.batch", "templates"), autoescape=True,
                       undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def stylesheet(*names):
    """Return style sheets by name, joined, without their comments and indents."""
    texts = [environment().loader.get_source(environment(), f"{name}.css")[0] for name in names]
    return "\n".join(line.strip() for text in texts for line in text.splitlines()
                     if line.strip() and not line.strip().startswith("/*"))


def css_string(text):
    r"""Return text as a string of a style sheet that no text can leave.

    >>> print(css_string('a "b" </style>'))
    "a \22 b\22  \3c /style\3e "
    """
    return '"' + "".join(sign if PLAIN.fullmatch(sign) else f"\\{ord(sign):x} " for sign in text) + '"'


def policy(style):
    """Return a content security policy: of styles only this text, pictures that the page holds, and nothing else.

    Scripts, fonts, frames, forms, other styles and everything on a network are refused by browsers.
    """
    return POLICY.format(style=f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'")


def sheet_marks(title, data_as_of, address, state):
    """Return the rules that print on every sheet which report it is, which page of how many, and what state it is in.

    `address`: program/report/slug and what it was made from; `state`: words such as "Draft: not for handing out".
    """
    title = title if len(title) <= LONGEST_TITLE else f"{title[:LONGEST_TITLE - 1].rstrip()}…"
    first = " · ".join(filter(None, [title, f"data to {data_as_of}" if data_as_of else ""]))
    return (f'@page{{@bottom-left{{content:{css_string(first)} "\\A " {css_string(address)}}}'
            f'@bottom-right{{content:"Page " counter(page) " of " counter(pages)}}@top-right{{content:{css_string(state)}}}}}')
