"""Published studies of AI tools and of training: data/reference/evidence.csv, read and checked."""

from pathlib import Path

from upskill.data.folder import Source
from upskill.data.rules import check_table, missing_columns
from upskill.data.schema import Column, ProgramError, Table
from upskill.data.source import Unreadable, read_raw
from upskill.paths import REFERENCE

TIERS = {
    "A": "randomized in real work, or a pool of such trials, with a standard error that is printed or computed from "
         "the data",
    "B": "randomized, but on a set task, or with little printed about the uncertainty",
    "C": "quasi-experiments; trials that their own authors doubt or the seller ran; pools without a standard error",
    "D": "before and after, surveys, telemetry of vendors: who uses the tools chose to",
    "E": "read in somebody's summary, not in the source",
}
DESIGNS = ("randomized_field", "randomized_task", "quasi_experiment", "observational", "survey", "meta_analysis")
RATIO_SCALES = ("task_time", "whole_job", "output_count", "code_volume", "side_effect", "adoption", "time_allocation",
                "work_quality")
DEVIATION_SCALES = ("standardized", "learning", "decay")
CHECKED = ("read", "recomputed", "secondary")

EVIDENCE = Table("evidence", "Published effects of AI tools and of training in AI; positive is better.", (
    Column("study_id", "text", "names the row", example="peng_2023"),
    Column("study", "text", "authors or publisher", example="Peng, Kalliamvakou, Cihon and Demirer"),
    Column("year", "whole", "year of the version that was read", minimum=1980, maximum=2100, example="2023"),
    Column("design", "choice", "how the comparison was made", choices=DESIGNS, example="randomized_task"),
    Column("intervention", "choice", "what was tried: the tool, or training", choices=("tool", "training"),
           example="tool"),
    Column("scale", "choice", "of what the effect is a share: effects on different scales cannot be pooled",
           choices=RATIO_SCALES + DEVIATION_SCALES, example="task_time"),
    Column("outcome", "text", "what was measured", example="minutes to write one HTTP server"),
    Column("sample", "text", "who took part", example="95 freelance developers"),
    Column("printed", "text", "the result as printed", example="55.8 % faster"),
    Column("effect", "number", "log productivity ratio (minus the log ratio of times); standard deviations where the "
           f"scale is {', '.join(DEVIATION_SCALES)}; empty where it cannot be derived", may_be_empty=True,
           example="0.8164"),
    Column("standard_error", "number", "standard error of the effect", may_be_empty=True, minimum=0, example="0.3925"),
    Column("standard_error_from", "text", "how the standard error was derived", may_be_empty=True,
           example="width of the printed interval"),
    Column("tier", "choice", "quality: " + "; ".join(f"{tier}, {words}" for tier, words in TIERS.items()),
           choices=tuple(TIERS), example="B"),
    Column("checked", "choice", "whether the source was read, recomputed from it, or known from others",
           choices=CHECKED, example="recomputed"),
    Column("source", "text", "address, DOI or reference", example="https://arxiv.org/abs/2302.06590"),
    Column("note", "text", "what else to know", may_be_empty=True, example="one short task"),
), key=("study_id",))


def read_evidence(path=REFERENCE / "evidence.csv"):
    """Return the published studies as a table, one row per effect, in the order of the file.

    path: a CSV of the same columns, where a company keeps its own list.
    Columns are described in EVIDENCE; `effect` is a log productivity ratio
    (positive: more output or less time) or in standard deviations. Raises
    ProgramError with every fault of the file.

    >>> studies = read_evidence()
    >>> studies.loc[studies["study_id"] == "metr_2025", "effect"].item() < 0
    True
    """
    path = Path(path)
    try:
        raw, faults = read_raw(Source("evidence", "text", path, path.name), EVIDENCE)
    except Unreadable as error:
        raise ProgramError("The list of studies cannot be read.", [error.fault]) from None
    check = check_table(raw, EVIDENCE)
    faults = [*faults, *check.faults]
    if not missing_columns(raw, EVIDENCE):
        _check_errors(check)
        faults += [fault for fault in check.faults if fault not in faults]
    if faults:
        raise ProgramError("The list of studies has faults.", sorted(faults, key=lambda fault: fault.row or 0))
    return check.good


def _check_errors(check):
    """Mark standard errors of nothing or of zero, unexplained ones, and second-hand studies in a high tier."""
    rows = check.frame
    no_effect = rows["standard_error"].notna() & rows["effect"].isna()
    check.mark("inconsistent", no_effect, "effect", "an effect where a standard error is given",
               "Write the effect, or remove the standard error.")
    check.mark("out_of_range", rows["standard_error"].eq(0), "standard_error", "a standard error above 0",
               "Correct it.")
    unexplained = rows["standard_error"].notna() & rows["standard_error_from"].isna()
    check.mark("empty_cell", unexplained, "standard_error_from", "how the standard error was derived", "Say it.")
    second_hand = rows["checked"].eq("secondary") & rows["tier"].ne(max(TIERS)) & rows["tier"].notna()
    check.mark("inconsistent", second_hand, "tier", f"tier {max(TIERS)} for what was read second-hand",
               "Read the source, or lower the tier.")
