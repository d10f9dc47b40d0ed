"""How much of a page is not its own content."""

from html.parser import HTMLParser

TABLE = {"table", "caption", "thead", "tbody", "tr", "th", "td", "figure", "figcaption"}
PROSE = {"p", "ul", "ol", "li", "strong", "em", "a", "code", "blockquote", "h2", "h3", "h4", "h5", "h6", "time"}


class Content(HTMLParser):
    """Counts the bytes of what a page is for: words, pictures with their alternative texts, tables, colored code.

    What is not counted: styles, the head, the opening with its answer and cards but for their words, the list of
    contents, which repeats the headings, everything that folds, scrolls or frames, and all tags of the foot.
    """

    def __init__(self, page):
        super().__init__(convert_charrefs=False)
        self.bytes, self.aside, self.inside_code, self.main = 0, 0, 0, 0
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.aside += tag in ("style", "nav", "title")
        self.inside_code += tag == "pre"
        self.main += tag == "main"
        if self.is_content(tag):
            self.count(self.get_starttag_text())
        self.bytes += sum(len((value or "").encode()) for name, value in attrs if tag == "img" and name in ("src", "alt"))

    def handle_endtag(self, tag):
        self.aside -= tag in ("style", "nav", "title")
        self.inside_code -= tag == "pre"
        self.main -= tag == "main"
        if self.is_content(tag):
            self.count(f"</{tag}>")

    def is_content(self, tag):
        return tag in TABLE or (tag in PROSE and self.main) or (tag == "span" and self.inside_code)

    def handle_data(self, text):
        if not self.aside:
            self.count(text)

    def handle_entityref(self, name):
        self.handle_data(f"&{name};")

    def handle_charref(self, name):
        self.handle_data(f"&#{name};")

    def count(self, text):
        self.bytes += len(text.encode())


def overhead(page):
    """Return the bytes of a page beyond its own content."""
    return len(page.encode()) - Content(page).bytes
