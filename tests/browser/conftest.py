"""One browser for all, and the pages that it opens: every kind of page of one batch of a hostile program."""

import socket
import threading

import pytest
from marked_batch import ENDS
from playwright.sync_api import sync_playwright

from browser.axe_core import axe_source
from browser.visit import Visitor, kinds_of_pages

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]


@pytest.fixture(scope="session")
def calls():
    """Whoever the browser calls on a network, it reaches this: (port, what it said first, call by call)."""
    said = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer():
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    said.append(connection.recv(200).decode(errors="replace"))

        threading.Thread(target=answer, daemon=True).start()
        yield server.getsockname()[1], said


@pytest.fixture(scope="session")
def browser(chromium, calls):
    rule = f"--host-resolver-rules=MAP * 127.0.0.1:{calls[0]}"
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=[*FLAGS, rule], headless=True)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def pages(batch):
    """Every kind of page: {kind: file}."""
    folder, _ = batch
    return kinds_of_pages(folder, ENDS)


@pytest.fixture(scope="module")
def visitor(browser):
    """Opens pages with the network off: `visitor(file, width=…, dark=…)`; one context for each setting."""
    opened = Visitor(browser)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def axe():
    return axe_source()
