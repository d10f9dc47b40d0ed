"""The documentation site: gathers its pages from the project, and builds them."""
