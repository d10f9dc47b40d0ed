"""`upskill validate`: reproduce what is published, measure coverage, write it down."""

import os
import sys
from functools import partial
from pathlib import Path

import click
import pandas as pd
from tqdm import tqdm

from upskill.paths import ROOT
from upskill.validation import choices, coverage, pilot_study, recovery, recovery_page
from upskill.validation.case import check
from upskill.validation.page import all_cases, page, read_coverage

LOG_SECONDS = {True: 0.1, False: 60}  # between two lines of progress: on a terminal, in a log


@click.command()
@click.option("--companies", default=1000, show_default=True, help="Made-up companies per study of coverage.")
@click.option("--workers", default=os.cpu_count(), show_default="processors", help="Processes.")
@click.option("--seed", default=1, show_default=True, help="Seed of the first company; the others follow.")
@click.option("--output", type=click.Path(path_type=Path), default=ROOT / "VALIDATION.md", help="Page to write.")
@click.option("--keep", type=click.Path(path_type=Path, file_okay=False),
              help="Folder of what was computed; a run that was stopped goes on from there.")
@click.option("--published-only", is_flag=True, help="Renew the published results alone (seconds); the studies stay.")
@click.option("--study", "studies", multiple=True, type=click.Choice([*coverage.STUDIES, recovery.NAME, choices.NAME, pilot_study.NAME]),
              help="Renew this study (and the published results); may be given again.  [default: all]")
def validate_command(companies, workers, seed, output, keep, published_only, studies):
    """Write VALIDATION.md; exit status 1 when a published result is not reproduced."""
    # One thread each: the processes already use every core.
    os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))
    results = check(all_cases())
    missed = [result.case.name for result in results if not result.reproduced]
    click.echo(f"{len(results) - len(missed)} of {len(results)} published results reproduced")
    chosen = [] if published_only else list(studies or [*coverage.STUDIES, recovery.NAME, choices.NAME, pilot_study.NAME])
    text = output.read_text(encoding="utf-8") if output.exists() else ""
    if choices.NAME in chosen:
        made = choices.run(range(seed, seed + companies), partial(tqdm, desc=choices.NAME))
        made.to_csv(choices.FILE, index=False, float_format="%.6g", lineterminator="\n")
    if pilot_study.NAME in chosen:
        made = pilot_study.run(seed=seed, progress=partial(tqdm, desc=pilot_study.NAME))
        made.to_csv(pilot_study.FILE, index=False, float_format="%.6g", lineterminator="\n")
    found = _run(chosen, range(seed, seed + companies), workers, keep)
    before = read_coverage(text)
    kept = before[~before["report"].isin(chosen) & before["report"].isin(coverage.STUDIES)]
    frame = pd.concat([kept, found]).sort_values("report", kind="stable", ignore_index=True)
    recovered = _recover(range(seed, seed + companies), workers, keep) if recovery.NAME in chosen else recovery_page.kept(text)
    output.write_text(page(results, frame) + recovered, encoding="utf-8", newline="\n")
    click.echo(f"Read {output}")
    if missed:
        raise SystemExit("Not reproduced: " + "; ".join(missed))


def _run(studies, seeds, workers, keep):
    """Run these studies, with progress; return one table."""
    if keep:
        keep.mkdir(parents=True, exist_ok=True)
    every = LOG_SECONDS[sys.stderr.isatty()]
    return pd.concat([pd.DataFrame(columns=coverage.COLUMNS)] + [
        coverage.run(name, seeds, workers, partial(tqdm, total=len(seeds), desc=name, mininterval=every),
                     keep / f"{name.replace(' ', '-')}.csv" if keep else None) for name in studies if name in coverage.STUDIES])


def _recover(seeds, workers, keep):
    """Run the study of recovery, with progress; return its section of the page."""
    every = LOG_SECONDS[sys.stderr.isatty()]
    return recovery_page.section(recovery.run(
        seeds, workers, lambda name, count: partial(tqdm, total=count, desc=name, mininterval=every), keep))
