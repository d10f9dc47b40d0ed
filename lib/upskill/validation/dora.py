"""DORA's Quick Check: scores and benchmarks as DORA's own code computes them."""

from functools import partial

from upskill.kpi import dora
from upskill.validation.case import Case

AREA = "DORA"
CODE = "dora.dev quick-check, data-service.ts: (v − 1)/5 · 10; 10 − percentage/10; means"
FILE = "dora.dev industry_metrics.json 2025, overall as DORA's code recomputes it: (5.5 + 4.8 + 7.4 + 8.1 + 7.8)/5"
CLUSTERS = "DORA 2024: the high cluster fails more often than the medium one"
# Answers (lead, frequency, recovery, share of failures, share of rework) -> overall, throughput, stability.
ANSWERS = {(6, 6, 6, 0.0, 0.0): (10.0, 10.0, 10.0), (1, 1, 1, 1.0, 1.0): (0.0, 0.0, 0.0),
           (4, 4, 5, 0.15, 0.10): (7.5, 20 / 3, 8.75)}


def _score(answers, what):
    return getattr(dora.quick_check_score(*answers), what)


def _overall(industry):
    return dora.benchmarks(2025).query("industry == @industry")["mean"].mean()


def _failures(level):
    return dora.levels(2024).set_index("level")["change_failure_rate"][level]


def cases():
    """Return every case of this area."""
    rows = [Case(AREA, f"Quick Check {what} of answers {', '.join(map(str, answers))}", expected, 5e-9, CODE,
                 partial(_score, answers, what)) for answers, found in ANSWERS.items()
            for what, expected in zip(("overall", "throughput", "stability"), found, strict=True)]
    return rows + [Case(AREA, "overall score of all industries, 2025", 6.72, 5e-9, FILE, partial(_overall, "all")),
                   *(Case(AREA, f"change failure rate of the {level} cluster, 2024", expected, 5e-9, CLUSTERS,
                          partial(_failures, level)) for level, expected in (("high", 0.20), ("medium", 0.10)))]
