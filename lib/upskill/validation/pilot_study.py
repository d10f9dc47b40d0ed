"""How often pilots without effect are called effects, and how often intervals hold the truth: made-up panels of teams."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from upskill.kpi.panel import Panel
from upskill.kpi.rollout_choice import choose, describe
from upskill.kpi.rollout_methods import prepare, rejector
from upskill.validation.pilot_rivals import rivals

NAME = "04 pilot false alarms"
FILE = Path(__file__).with_name("pilot_false_alarms.csv")
DRAWS, WEEKS, EFFECT = 4000, 52, -0.20
OURS = "rollout_effect, its own choice"
SD, TEAM_SD, TEAM_SPREAD, COMMON_SD = 0.30, 0.30, 0.35, 0.10


@dataclass(frozen=True)
class Made:
    """A design: first treated week by team (52 = none), and what its teams are like.

    `spread`: standard deviation of the log of teams' noise; `drift`: of their slopes,
    log points a year; `improving`: slope of treated teams before and since; `noisy`:
    factor of treated teams' noise; `counts`: outcomes are counts with zeros; `gradual`: the
    effect builds up over weeks and differs between teams; `group_time`: that slow rival is
    asked too.
    """

    name: str
    first: tuple
    assignment: str | None = "lottery"
    rho: float = 0.4
    spread: float = TEAM_SPREAD
    drift: float = 0.0
    improving: float = 0.0
    noisy: float = 1.0
    counts: bool = False
    gradual: bool = False
    group_time: bool = False


def _teams(*waves):
    """Starts by team from (teams, first treated week)."""
    return tuple(start for count, start in waves for _ in range(count))


DESIGNS = (
    Made("6 of 12 teams", _teams((6, 26), (6, 52))),
    Made("6 of 12 teams, no carry-over", _teams((6, 26), (6, 52)), rho=0.0),
    Made("4 of 12 teams", _teams((4, 26), (8, 52))),
    Made("three waves of 3, 3 never", _teams((3, 16), (3, 24), (3, 32), (3, 52)), group_time=True),
    Made("three waves, 2 of 12 never", _teams((4, 16), (3, 24), (3, 32), (2, 52))),
    Made("6 of 12 teams, teams drift", _teams((6, 26), (6, 52)), drift=0.25),
    Made("three waves, teams drift", _teams((3, 16), (3, 24), (3, 32), (3, 52)), drift=0.25),
    Made("6 of 12 teams, very unequal noise", _teams((6, 26), (6, 52)), spread=0.8),
    Made("4 of 12 chosen, twice as noisy", _teams((4, 26), (8, 52)), "chosen", noisy=2.0),
    Made("6 of 12 teams, counts with zeros", _teams((6, 26), (6, 52)), counts=True),
    Made("three waves, counts with zeros", _teams((3, 16), (3, 24), (3, 32), (3, 52)), counts=True),
    Made("three waves, effects grow and differ", _teams((3, 16), (3, 24), (3, 32), (3, 52)), gradual=True),
    Made("2 of 4 teams", _teams((2, 26), (2, 52)), None),
    Made("24 teams, three waves of 6, 6 never", _teams((6, 16), (6, 24), (6, 32), (6, 52))),
    Made("48 teams, three waves of 12, 12 never", _teams((12, 16), (12, 24), (12, 32), (12, 52))),
    Made("80 teams, no lottery, 40 treated", _teams((40, 26), (40, 52)), None),
    Made("1 of 12 teams", _teams((1, 26), (11, 52))),
    Made("6 of 12 volunteered, improving already", _teams((6, 26), (6, 52)), "volunteered", improving=-0.25),
)


def outcomes(made, draws, seed):
    """Return (outcomes without effect, what the effect adds, its true mean), draws × teams × weeks twice."""
    random = np.random.default_rng(seed)
    first = np.array(made.first)
    shape = (draws, len(first), WEEKS)
    noise = random.standard_normal(shape)
    noise[..., 1:] *= np.sqrt(1 - made.rho**2)
    for week in range(1, WEEKS):
        noise[..., week] += made.rho * noise[..., week - 1]
    treated = first < WEEKS
    scale = SD * np.exp(made.spread * random.standard_normal(shape[:2])) * np.where(treated, made.noisy, 1.0)
    year = np.arange(WEEKS) / WEEKS
    slopes = made.drift * random.standard_normal(shape[:2]) + made.improving * treated
    log = (noise * scale[..., None] + TEAM_SD * random.standard_normal(shape[:2])[..., None] + slopes[..., None] * year
           + COMMON_SD * random.standard_normal((draws, 1, WEEKS)))
    after = np.arange(WEEKS) >= first[:, None]
    effect = np.broadcast_to(EFFECT * after, shape)
    if made.gradual:
        course = 1 - np.exp(-(np.arange(WEEKS) - first[:, None] + 1) / 8)
        effect = EFFECT * np.where(after, course, 0.0) * (1 + 0.5 * random.standard_normal(shape[:2]))[..., None]
    if made.counts:
        log, effect = random.poisson(3 * np.exp(log - SD**2 / 2)).astype(float), effect * 5
    return log, effect, effect[:, after].mean(axis=1)


def one_design(made, draws, seed):
    """Return one row per method: rate of false alarms at 5 %, coverage of 90 % intervals, power."""
    first = np.array(made.first)
    none, effect, truth = outcomes(made, draws, seed)
    after = (np.arange(WEEKS) >= first[:, None]).astype(float)
    panel = Panel(none[0], first, np.arange(WEEKS), pd.RangeIndex(len(first)), pd.RangeIndex(WEEKS), np.zeros(len(first), int))
    design = describe(panel, made.assignment)
    choice, ready = choose(design), prepare(panel)
    size, wide = (rejector(ready, choice, design, 999, 11, nominal) for nominal in (0.05, 0.10))
    rows = [(OURS, float(size(none).mean()), float(1 - wide(none + effect - truth[:, None, None] * after).mean()),
             float(size(none + effect).mean()), draws)]
    false, power = (rivals(ready, values, made.group_time) for values in (none, none + effect))
    rows += [(name, float((p <= 0.05).mean()), float((p > 0.10).mean()), float((power[name] <= 0.05).mean()), len(p))
             for name, p in false.items()]
    table = pd.DataFrame(rows, columns=["method", "false_alarms", "covered", "power", "draws"])
    return table.assign(design=made.name, choice=f"{choice.method}, {choice.test}")


def run(draws=DRAWS, seed=1, progress=list, designs=DESIGNS):
    """Run every design; return one table."""
    return pd.concat([one_design(made, draws if len(made.first) <= 24 else draws // 2, seed + place)
                      for place, made in enumerate(progress(designs))], ignore_index=True)


HEAD = """
## False alarms of pilots

Made-up panels of 52 weeks: teams of their own level (sd {team_sd} in logs), weekly noise of sd {sd} with autocorrelation 0.4 and of unequal
size (log sd {spread}), a swing common to all weeks. {draws:,} panels per design, half as many above 24 teams. "False alarms": share of panels
without effect in which the two-sided test finds one at 5 %. "Covered": share of 90 % intervals that hold the true mean effect of {effect} (for
methods without an interval of their own: of the test inverted). "Power": share in which {effect} is found at 5 %. ± is the Monte Carlo
standard error. The best valid rival is the most powerful other method with no more than 5 % false alarms, two Monte Carlo errors granted.

"""


def error(share, draws):
    """Monte Carlo standard error of a share."""
    return np.sqrt(np.maximum(share * (1 - share), 1e-4) / draws)


def summary_table(frame):
    """Return our choice by design as Markdown."""
    text = ("| design | chosen | false alarms | covered | power | best valid rival | its power |\n"
            "| --- | --- | ---: | ---: | ---: | --- | ---: |\n")
    for name, rows in frame.groupby("design", sort=False):
        ours = rows[rows["method"] == OURS].iloc[0]
        rivals_ = rows[rows["method"] != OURS]
        valid = rivals_[rivals_["false_alarms"] <= 0.05 + 2 * error(0.05, rivals_["draws"])]
        best = valid.loc[valid["power"].idxmax()] if len(valid) else None
        other = f"{best['method']} | {best['power']:.1%}" if best is not None else "none | "
        text += (f"| {name} | {ours['choice']} | {ours['false_alarms']:.1%} ± {error(ours['false_alarms'], ours['draws']):.1%} | "
                 f"{ours['covered']:.1%} ± {error(ours['covered'], ours['draws']):.1%} | {ours['power']:.1%} | {other} |\n")
    return text


def rivals_table(frame):
    """Return the false alarms of every method by design as Markdown."""
    wide = frame.pivot(index="design", columns="method", values="false_alarms").reindex(frame["design"].unique())
    methods = [name for name in frame["method"].unique() if name in wide]
    text = "| design | " + " | ".join(methods) + " |\n| --- |" + " ---: |" * len(methods) + "\n"
    for name, row in wide.iterrows():
        text += f"| {name} | " + " | ".join("" if np.isnan(row[each]) else f"{row[each]:.1%}" for each in methods) + " |\n"
    return text


def outside(frame):
    """Return {what: designs} in which our choice misses its promise by more than two Monte Carlo errors."""
    ours = frame[frame["method"] == OURS].set_index("design")
    rate, covered, draws = ours["false_alarms"], ours["covered"], ours["draws"]
    return {
        "more than 7 % false alarms": list(rate.index[rate - 2 * error(rate, draws) > 0.07]),
        "fewer than 3 % false alarms": list(rate.index[rate + 2 * error(rate, draws) < 0.03]),
        "less than 88 % covered": list(rate.index[covered + 2 * error(covered, draws) < 0.88]),
        "more than 92 % covered": list(rate.index[covered - 2 * error(covered, draws) > 0.92])}


def section(frame=None):
    """Return the section of VALIDATION.md; "" where the study was never run."""
    if frame is None and not FILE.exists():
        return ""
    frame = pd.read_csv(FILE) if frame is None else frame
    text = HEAD.format(draws=int(frame["draws"].max()), team_sd=TEAM_SD, sd=SD, spread=TEAM_SPREAD, effect=EFFECT)
    missed = "; ".join(f"{what}: {', '.join(designs)}" for what, designs in outside(frame).items() if designs)
    return text + summary_table(frame) + (f"\nOutside 3 to 7 % or 88 to 92 % by more than two Monte Carlo errors: {missed}.\n" if missed else
                                          "\nNone is outside 3 to 7 % or 88 to 92 % by more than two Monte Carlo errors.\n"
                                          ) + "\nFalse alarms of every method:\n\n" + rivals_table(frame)
