"""Five companies whose KPI report people should look at: what would a tired director misread?

    python tests/delivery_stories.py FOLDER

writes a program folder each; then `upskill run --program FOLDER/steady --only '05*'`.
"""

import sys
from dataclasses import replace
from pathlib import Path
from unittest import mock

import pandas as pd

from upskill import data
from upskill.simulate import simulate, write_program
from upskill.simulate.presets import DELIVERY

READERS = ("operations", "truth", "company", "delivery")
CALM = {"trend_per_year": 0.0, "training": 0.0, "dip": 0.0, "license": 0.0, "volume_training": 0.0}
STORIES = {
    "steady": CALM,
    "improving": CALM | {"training": -0.35, "change_failure_training": -0.3},
    "faster-but-worse": CALM | {"training": -0.35, "change_failure_training": 0.7},
    "sparse": CALM | {"volume_per_engineer_week": 0.08},
    "one-small-team": CALM | {"training": -0.2},
}
PARTS = ("learning", "delivery", "usage")


def company(story, seed=7):
    """Make up the company of one story."""
    delivery = replace(DELIVERY, **STORIES[story])
    with mock.patch.multiple("upskill.simulate.presets", DELIVERY=delivery):
        patches = [mock.patch(f"upskill.simulate.{name}.DELIVERY", delivery) for name in READERS]
        for patch in patches:
            patch.start()
        try:
            made = simulate(seed=seed, months=24, teams=4 if story == "sparse" else 10, engineers=30 if story == "sparse" else 120,
                            parts=PARTS)
        finally:
            for patch in patches:
                patch.stop()
    return _with_small_team(made) if story == "one-small-team" else made


def _with_small_team(made):
    """Leave three people in the first team; its delivery stays."""
    people = made.tables["people"]
    first = people["team"].min()
    gone = people[people["team"] == first].index[3:]
    people = people.drop(gone)
    tables = {name: frame[frame["person_id"].isin(people["person_id"]) | frame["person_id"].isna()]
              if "person_id" in frame and name != "people" else frame for name, frame in made.tables.items()}
    requests = tables["pull_requests"]
    writes = requests["author_id"].isin(people["person_id"]) | (requests["team"] != first)
    return replace(made, tables=tables | {"people": people, "pull_requests": requests[writes]})


def main(folder):
    for story in STORIES:
        path = write_program(company(story), Path(folder) / story, force=True)
        program = data.read_program(path)
        print(story, f"{len(program['pull_requests']):,} changes to {pd.Timestamp(program.as_of):%Y-%m-%d}")


if __name__ == "__main__":
    main(sys.argv[1])
