"""Code hosts and their pipelines: pull requests, runs, merge requests, and what DevLake made of them."""
