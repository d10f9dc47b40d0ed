"""Safe HTML from Markdown, from tables and from code; hostile text stays text."""

import re
from functools import cache
from html import escape, unescape
from html.parser import HTMLParser

import mistune
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

PLAIN = re.compile(r'<span class="(?:n|o|p|w|nn|nb|fm|bp|vm|gp)">([^<]*)</span>')
SAFE_LINK = re.compile(r"(https?://|mailto:|#|\.{0,2}/?[\w./%~-]+(#[\w-]+)?$)")
TABLE_TAGS = {"table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td"}
TABLE_ATTRIBUTES = {"scope": re.compile(r"row|col|rowgroup|colgroup"), "class": re.compile(r"number|hidden|note"),
                    "colspan": re.compile(r"\d{1,3}"), "rowspan": re.compile(r"\d{1,3}")}


class Headings:
    """Collects headings for the table of contents and gives each a distinct id."""

    def __init__(self):
        self.found, self.used = [], {}

    def add(self, level, html):
        """Register a heading; returns its id."""
        text = re.sub(r"<[^>]+>", "", html)
        slug = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "section"
        self.used[slug] = self.used.get(slug, 0) + 1
        slug += f"-{self.used[slug]}" if self.used[slug] > 1 else ""
        self.found.append({"level": level, "id": slug, "html": text})
        return slug

    @property
    def level(self):
        """The level of the heading that we are under."""
        return self.found[-1]["level"] if self.found else 1


class _Renderer(mistune.HTMLRenderer):
    def __init__(self, headings, neighbor):
        super().__init__(escape=True)
        self.headings, self.neighbor = headings, neighbor

    def heading(self, text, level, **_):
        level = max(level, 2)
        name = self.headings.add(level, text) if self.headings else ""
        return f'<h{level}{f" id={chr(34)}{name}{chr(34)}" if name else ""}>{text}</h{level}>\n'

    def link(self, text, url, title=None):
        if url.partition("#")[0].endswith(".ipynb") and "//" not in url:
            url = self.neighbor(url) if self.neighbor else ""
        return f'<a href="{escape(url)}">{text}</a>' if url and SAFE_LINK.match(url) else text

    def image(self, text, url, title=None):
        return escape(text)

    def table_cell(self, text, align=None, head=False):
        kind = ' class="number"' if align == "right" else ""
        return f'<th scope="col"{kind}>{text}</th>\n' if head else f"<td{kind}>{text}</td>\n"


def markdown(text, headings=None, neighbor=None):
    """Render Markdown; HTML in it is shown as text, pictures by their words, odd links as text.

    `neighbor` turns the address of another notebook into that of its report.
    """
    render = mistune.create_markdown(renderer=_Renderer(headings, neighbor), plugins=["table", "footnotes"])
    return render(text).replace("<table>", '<div class="scroll" role="region" tabindex="0" aria-label="Table"><table>').replace(
        "</table>", "</table></div>")


def inline(text, neighbor=None):
    """Render one sentence of Markdown without a paragraph around it."""
    return re.sub(r"^<p>(.*)</p>$", r"\1", markdown(text, neighbor=neighbor).strip(), flags=re.DOTALL)


def plain_text(text):
    """Return the words of Markdown without its marks, as text that is still to be escaped.

    >>> plain_text("R&D *asks*")
    'R&D asks'
    """
    return unescape(re.sub(r"<[^>]+>", "", inline(text)))


@cache
def _formatter():
    return HtmlFormatter(nowrap=True)


def code(source):
    """Color Python source; tokens that have no color get no tag."""
    colored = PLAIN.sub(r"\1", highlight(source, PythonLexer(), _formatter()))
    return f"<pre><code>{colored}</code></pre>"


class _TableFilter(HTMLParser):
    """Keeps the tags and attributes that tables need; everything else becomes text or goes."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.parts, self.inside = [], 0

    def handle_starttag(self, tag, attrs):
        if tag == "table":
            self.inside += 1
        if tag in TABLE_TAGS and self.inside:
            kept = "".join(f' {name}="{value}"' for name, value in attrs
                           if name in TABLE_ATTRIBUTES and TABLE_ATTRIBUTES[name].fullmatch(value or ""))
            self.parts.append(f"<{tag}{kept}>")

    def handle_endtag(self, tag):
        if tag in TABLE_TAGS and self.inside:
            self.parts.append(f"</{tag}>")
        if tag == "table":
            self.inside -= 1

    def handle_data(self, data):
        if self.inside:
            self.parts.append(escape(data))


def table(content, html=""):
    """Return one table: from its own HTML with everything but table tags removed, else from columns and rows."""
    keeper = _TableFilter()
    keeper.feed(html)
    found = "".join(keeper.parts)
    return found if keeper.parts and keeper.inside == 0 else _table_of_rows(content)


def _table_of_rows(content):
    rows = content.get("rows") or []
    numeric = [bool(rows) and all(isinstance(row[place], (int, float, type(None))) for row in rows)
               for place in range(len(content.get("columns") or []))]
    kinds = [' class="number"' if is_number else "" for is_number in numeric]
    head = "".join(f'<th scope="col"{kind}>{escape(str(name))}</th>'
                   for name, kind in zip(content.get("columns") or [], kinds, strict=True))
    body = "".join(_row(row, kinds) for row in rows)
    caption = escape(str(content.get("caption") or ""))
    return f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _row(row, kinds):
    texts = ["" if value is None else escape(str(value)) for value in row]
    cells = "".join(f"<td{kind}>{text}</td>" for text, kind in zip(texts[1:], kinds[1:], strict=True))
    return f'<tr><th scope="row">{texts[0]}</th>{cells}</tr>\n' if texts else ""
