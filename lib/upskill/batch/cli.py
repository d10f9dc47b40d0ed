"""The commands of the batch: run, render, compare."""

import contextlib
import signal
import sys
import time
from pathlib import Path

import click

from upskill import paths
from upskill.numerals import use_locale


def _stop(problems):
    for problem in problems:
        click.echo(f"✕ {problem}", err=True)
    click.echo(f"{len(problems)} problem{'s' * (len(problems) > 1)}; no report was started.", err=True)
    sys.exit(1)


@click.command("run")
@click.argument("spec", required=False, type=click.Path(dir_okay=False))
@click.option("--program", help="Program folder, or address of a database, instead of the one in SPEC.")
@click.option("--output", type=click.Path(file_okay=False), help="Where reports go (default: outputs/).")
@click.option("--only", multiple=True, metavar="NAME", help="Only these notebooks or globs on report/slug, and what they need that was never made.")
@click.option("--team", "teams", multiple=True, help='Only these teams; "" is the whole company; repeatable.')
@click.option("--force", is_flag=True, help="Make reports again though nothing changed.")
@click.option("--dry-run", is_flag=True, help="Say what would be made and why; make nothing.")
@click.option("--workers", type=click.IntRange(1, 64), help="Reports at once (default: one per processor, up to 8).")
@click.option("--label", envvar="UPSKILL_LABEL", default="", metavar="NAME",
              help="Name of this release, such as 2026-06: the groups it shows are remembered, so that a later one "
                   "cannot be subtracted from it. For reports that are handed out.")
@click.option("--time-limit", type=click.FloatRange(0, min_open=True), metavar="SECONDS", help="Limit of each report.")
@click.option("--retries", type=click.IntRange(0, 10), default=1, show_default=True,
              help="How often a report that died or ran out of time is tried again.")
@click.option("--shard", metavar="K/N", help="Only the K-th of N parts, for job arrays; then once without, for the rest.")
@click.option("--cluster", metavar="ADDRESS", help="Run notebooks on a Dask cluster, such as tcp://scheduler:8786.")
@click.option("--pdf", is_flag=True, help="Print each report to report.pdf too, through a Chromium, Chrome or Edge.")
@click.option("--json", "as_json", is_flag=True, help="Say what happens in lines of JSON.")
def run_command(spec, program, output, only, teams, force, dry_run, workers, label, time_limit, retries, shard, cluster,
                pdf, as_json):
    """Make the reports that SPEC lists (default: reports.yml), and index.html.

    Reports whose inputs have not changed are kept. Exit status 1 when a report
    failed, timed out, died or broke its contract, or when a PDF that was asked for
    could not be made; skipped for want of data is 0; 130 when it was interrupted.
    """
    from upskill.batch.plan import PlanError, make_plan, part_of_plan
    from upskill.batch.spec import SpecError, read_spec
    from upskill.privacy import LedgerError, check_label

    try:
        check_label(label)
    except LedgerError as error:
        raise click.BadParameter(str(error), param_hint="--label") from None
    spec = Path(spec) if spec else next(path for path in (Path("reports.yml"), paths.ROOT / "reports.yml")
                                        if path.is_file() or path.is_absolute())
    output = Path(output or paths.OUTPUTS).absolute()
    try:
        jobs = make_plan(read_spec(spec, program, time_limit), output, only, teams or None, label or "")
        jobs = part_of_plan(jobs, shard) if shard else jobs
    except (SpecError, PlanError) as error:
        _stop(error.problems)
    if dry_run:
        _say_plan(jobs, force, label, pdf)
        return
    try:
        sys.exit(_run(jobs, output, workers, force, label, retries, bool(shard), cluster, as_json, pdf))
    except OSError as error:
        click.echo(f"✕ Cannot write to {output}: {error.strerror or error}.", err=True)
        sys.exit(1)


def _say_plan(jobs, force, label, pdf):
    from upskill.batch.keys import Keys
    from upskill.batch.plan import decide, needed_jobs

    runs, keys = set(), Keys()
    for job in jobs:
        verdict, why = decide(job, force, label, keys)
        needed = [other.name for other in needed_jobs(job, jobs) if other.name in runs]
        if verdict == "kept" and needed:
            verdict, why = "run", f"after {', '.join(needed)}"
        runs |= {job.name} if verdict == "run" else set()
        if pdf and verdict == "kept" and not (job.folder / "report.pdf").is_file():
            why += "; its PDF is to be made"
        click.echo(f"{verdict:4}  {job.name}  ({why})")
    click.echo(f"{len(runs)} to run, {len(jobs) - len(runs)} kept. Nothing was made.")


def _run(jobs, output, workers, force, label, retries, is_shard, cluster, as_json, pdf):
    from upskill.batch.index import write_index
    from upskill.batch.progress import Progress
    from upskill.batch.run import default_workers, run_jobs, runner_for, unwritten_records
    from upskill.batch.write import clear_leftovers, hold_alone, write_set_aside

    began = time.monotonic()
    if label and (why_not := _no_ledger(jobs[0].program, label)):
        click.echo(f"✕ {why_not} No report was started.", err=True)
        return 1
    try:
        guard = hold_alone(output, shared=is_shard)
    except BlockingIOError as error:
        click.echo(f"✕ {error}; wait for it, or choose another --output.", err=True)
        return 1
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with guard, numbers_of(jobs[0].program.locale):
        runner = _cluster_runner(cluster, label) if cluster else runner_for(jobs, force, label)
        workers = workers or runner.workers or default_workers()
        progress, program = Progress(jobs, workers, as_json), jobs[0].program
        printer = make_printer(program.locale) if pdf else None
        current = {program.slug: program.digest}
        try:
            clear_leftovers(output, [job.folder for job in jobs] if is_shard else None)
            write_set_aside(output / program.slug, program)
            with printer or contextlib.nullcontext():
                results = run_jobs(jobs, workers, force, progress.add, label, retries, progress.start, runner, printer)
        except (KeyboardInterrupt, InterruptedError):
            progress.close()
            _remember(jobs, output, label)
            write_index(output, current)
            click.echo("Stopped. Finished reports are kept; run again to make the rest.", err=True)
            return 130
        progress.close()
        forgotten = _remember(jobs, output, label)
        index = write_index(output, current, unwritten_records(results, output))
        if not is_shard:
            guard.truncate(0)  # nobody writes any more
    progress.finish(results, index)
    if not as_json:
        _say_end(results, index, time.monotonic() - began)
    without = [result for result in results if result.no_pdf]
    for result in without:
        click.echo(f"✕ {result.job.name}: {result.no_pdf}", err=True)
    is_short = bool(without) or (pdf and printer is None)
    return 1 if forgotten or is_short or any(result.is_bad for result in results) else 0


@contextlib.contextmanager
def numbers_of(locale):
    """Write numbers in the way of a place for a while."""
    use_locale(locale)
    try:
        yield
    finally:
        use_locale("en_US")


def make_printer(locale):
    """Return the Printer on the paper of a place, or None, having said why there is none."""
    from upskill.batch.browser import find_browser, why_no_browser
    from upskill.batch.pdf import Printer, paper_of

    if browser := find_browser():
        return Printer(browser, paper_of(locale))
    click.echo(f"✕ No PDF will be made. {why_no_browser()} Everything else is made.", err=True)
    return None


def _remember(jobs, output, label):
    """Write down what the reports of a labelled run say; returns whether that failed. Says what is wrong with history."""
    from upskill.batch.history import HistoryError, problems, write_points

    program = jobs[0].program.slug
    for problem in problems(output, program):
        click.echo(f"! {problem}", err=True)
    try:
        if label:
            write_points(output, program, label, [job.folder for job in jobs])
    except (HistoryError, OSError) as error:
        click.echo(f"✕ The reports are made, but the label {label} was not added to the history. {error}", err=True)
        return True
    return False


def _cluster_runner(address, label):
    try:
        from upskill.batch.cluster import ClusterRunner

        return ClusterRunner(address, label)
    except ModuleNotFoundError:
        raise click.ClickException("--cluster needs Dask: pip install 'upskill[cluster]'.") from None
    except OSError as error:
        raise click.ClickException(f"No Dask scheduler answers at {address}: {error}") from None


def _no_ledger(program, label):
    """Say why the groups of a labelled run could not be written down, or return ''."""
    from upskill.privacy import LedgerError, open_ledger

    try:
        open_ledger(program.name, 0, program.folder, label)
    except LedgerError as error:
        return str(error)
    except OSError as error:
        return f"A labelled run must write to the ledger, {error.filename}: {error.strerror}."
    return ""


def _say_end(results, index, seconds):
    statuses = ["kept" if result.kept else result.status for result in results]
    counts = ", ".join(f"{statuses.count(status)} {status.replace('_', ' ')}" for status in dict.fromkeys(statuses))
    click.echo(f"{len(results)} reports in {seconds:.0f} s: {counts or 'none'}.")
    for result in results:
        if result.is_bad or result.status == "skipped":
            click.echo(f"  {result.job.name}: {result.status.replace('_', ' ')}. {result.reason}")
    click.echo(f"Read {index}")


@click.command("render")
@click.argument("notebook", type=click.Path(exists=True, dir_okay=False))
@click.option("--output", type=click.Path(file_okay=False), help="Folder to write (default: beside the notebook).")
@click.option("--into", type=click.Path(file_okay=False), metavar="FOLDER",
              help="Put it in its place among the reports of FOLDER, such as outputs, and renew their index.")
@click.option("--pdf", is_flag=True, help="Print it to report.pdf too, through a Chromium, Chrome or Edge.")
def render_command(notebook, output, into, pdf):
    """Make the page, facts and tables of a NOTEBOOK that was run by hand."""
    from nbformat.reader import NotJSONError

    from upskill.batch.byhand import render_by_hand

    if output and into:
        raise click.UsageError("Say --output or --into, not both.")
    try:
        status, reason, folder = render_by_hand(Path(notebook), output, into)
    except BlockingIOError:
        raise click.ClickException(f"Another run is writing to {into}; try again when it has ended.") from None
    except NotJSONError:
        raise click.ClickException(f"{notebook} is not a notebook.") from None
    except OSError as error:
        raise click.ClickException(f"Cannot write: {error}") from None
    click.echo(f"{status}{': ' + reason if reason else ''}\nRead {folder / 'report.html'}")
    is_short = pdf and status == "ok" and not _print(folder, notebook)
    sys.exit(0 if status in ("ok", "skipped") and not is_short else 1)


def _print(folder, notebook):
    """Make the PDF of a report that was run by hand; returns whether it is there."""
    from upskill.batch.byhand import locale_of
    from upskill.batch.pdf import add_pdf

    printer = make_printer(locale_of(notebook))
    if printer is None:
        return False
    with printer:
        trouble = add_pdf(folder, printer)
    click.echo(f"✕ {trouble}" if trouble else f"Printed {folder / 'report.pdf'}", err=bool(trouble))
    return not trouble


@click.command("compare")
@click.argument("old")
@click.argument("new")
@click.option("--output", type=click.Path(file_okay=False), help="Where the reports are whose history knows the labels "
                                                                 "(default: outputs/).")
@click.option("--program", default="", metavar="NAME", help="Only this program, by its folder below outputs/.")
@click.option("--all", "everything", is_flag=True, help="Also what is within the noise.")
@click.option("--page", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE.html", help="Write a page, too.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def compare_command(old, new, output, program, everything, page, as_json):
    """Say what changed between OLD and NEW, by how much, whether that is noise, and why.

    Each is a label of earlier runs (`upskill run --label 2026-10`), a folder of
    reports, the folder of one report, or a facts.json.
    """
    import json
    import shutil

    from upskill.batch.compare import CompareError, compare, read_side
    from upskill.batch.compare_words import as_dict, render_page, terminal_lines
    from upskill.batch.write import write_file

    output = Path(output or paths.OUTPUTS)
    try:
        before, now = read_side(old, output, program), read_side(new, output, program)
        with numbers_of(now.locale):
            comparison = compare(before, now)
        if page:
            write_file(page, render_page(comparison))
    except CompareError as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"Cannot write {page}: {error.strerror or error}.") from None
    lines = [json.dumps(as_dict(comparison), ensure_ascii=False)] if as_json else terminal_lines(
        comparison, max(40, shutil.get_terminal_size().columns), everything)
    for line in lines:
        click.echo(line)
    if page and not as_json:
        click.echo(f"Read {page}")
