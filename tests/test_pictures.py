"""Figures as they leave: shapes while they are few, dots beyond, both small, both the same at each run."""

import base64
import struct
import zlib
from xml.etree import ElementTree

import numpy as np
import pytest

from upskill import show
from upskill.batch.pictures import data_uri, is_bare_png, picture_file
from upskill.batch.redact import Redactor
from upskill.show import figures
from upskill.show.slim import slim


@pytest.fixture
def published(monkeypatch):
    found = []
    monkeypatch.setattr(figures, "publish", lambda kind, content, **forms: found.append((content, forms)))
    return found


def scatter(points):
    fig, axes = show.new_figure()
    axes.plot(np.arange(points), np.arange(points) % 7, "o")
    return fig


@pytest.mark.parametrize(("points", "form"), [(900, "image_svg__xml"), (1100, "image_png")])
def test_beyond_a_thousand_marks_shapes_become_dots(published, points, form):
    show.figure(scatter(points), "Seven rows of points", f"{points} points from 0 to 6", "points")
    content, forms = published[0]
    assert content["alt"] == f"{points} points from 0 to 6" and form in forms and len(forms) == 2


def test_a_long_line_stays_a_shape(published):
    fig, axes = show.new_figure()
    axes.plot(np.arange(5000), np.arange(5000) % 7)
    show.figure(fig, "A long line", "A line of 5,000 points from 0 to 6", "line")
    assert "image_svg__xml" in published[0][1]


def test_dots_are_twice_as_fine_as_a_screen_and_the_same_at_each_run(published):
    for _ in range(2):
        show.figure(scatter(1100), "Points", "1,100 points from 0 to 6", "points")
    first, second = (forms["image_png"] for _, forms in published)
    width, height = struct.unpack(">II", base64.b64decode(first)[16:24])
    assert first == second and (width, height) == (int(7.2 * 192), int(3.6 * 192))
    assert is_bare_png(first)


def test_the_gate_sees_the_texts_of_dots(monkeypatch, published):
    fig = scatter(1100)
    fig.axes[0].set_xlabel("anna.example")
    monkeypatch.setattr(figures, "refuse_people", lambda text: (_ for _ in ()).throw(show.PrivacyError) if "anna" in text else text)
    with pytest.raises(show.PrivacyError):
        show.figure(fig, "Points", "1,100 points", "points")
    assert not published


def png(*blocks):
    def block(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + block(b"IHDR", head) + b"".join(block(*one) for one in blocks)
                            + block(b"IDAT", zlib.compress(b"\0\0")) + block(b"IEND", b"")).decode()


@pytest.mark.parametrize("text", [png((b"tEXt", b"Author\0anna")), png()[:-8], "anna", "", base64.b64encode(b"anna" * 9).decode(),
                                  base64.b64encode(base64.b64decode(png()) + b"anna").decode()])
def test_dots_that_could_hold_words_do_not_leave(text):
    assert is_bare_png(png()) and not is_bare_png(text)
    ours = {"application/vnd.upskill.figure+json": {"title": "t"}, "image/png": text}
    assert Redactor().forms(ours)["image/png"] == ""


def test_bare_dots_leave_only_where_show_vouches_for_them():
    assert Redactor().forms({"application/vnd.upskill.figure+json": {}, "image/png": png()})["image/png"] == png()
    assert Redactor().forms({"image/png": png()})["image/png"] == ""


def test_files_and_addresses_have_the_form_of_the_figure():
    assert picture_file({"svg": "<svg/>", "png": ""}) == ("svg", "<svg/>\n")
    assert picture_file({"svg": "", "png": png()})[0] == "png"
    assert data_uri("<svg/>").startswith("data:image/svg+xml;base64,")
    assert data_uri("", png()) == f"data:image/png;base64,{png()}"


def test_a_slim_drawing_is_under_two_thirds_and_draws_the_same():
    fig, axes = show.new_figure()
    axes.bar(range(8), [3, 1, 4, 1, 5, 9, 2, 6])
    axes.set_title("A bar for each of the first eight digits")
    axes.annotate("nine", (5, 9), (10, 4), textcoords="offset points")
    drawn = figures._svg(fig)
    small = slim(drawn)
    before, after = (ElementTree.fromstring(text) for text in (drawn, small))
    assert len(small) < 0.65 * len(drawn)
    for tag in ("use", "path"):
        assert len(list(before.iter(f"{{http://www.w3.org/2000/svg}}{tag}"))) == len(list(after.iter(f"{{http://www.w3.org/2000/svg}}{tag}")))
    names = {element.get("id") for element in after.iter() if element.get("id")}
    used = {value[1:] for element in after.iter() for key, value in element.attrib.items() if key.endswith("href")}
    assert used and used <= names and "<!-- nine -->" in small
    assert slim(drawn) == small
