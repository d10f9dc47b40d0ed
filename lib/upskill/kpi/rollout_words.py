"""May the report say "caused"?"""

from upskill.numerals import general


def caused(choice, design, registered, alarms, pre_trend, asked="auto"):
    """Return (whether, reasons): every reason in a sentence, those against first.

    Needs a recorded lottery, a plan registered before the start, the method that the
    design picks, two treated units or more, and a false-alarm rate in this panel of
    no more than 7 % at nominal 5 %.
    """
    against, inside = [], []
    (inside if design.lottery else against).append(
        "starts were drawn by lot" if design.lottery else
        {"volunteered": "units volunteered: those who were improving anyway may have come first",
         "chosen": "starts were chosen, not drawn by lot: units may have been chosen for how they were doing",
         "not recorded": "no lottery is recorded"}[design.assignment])
    (inside if registered else against).append(
        "the plan was registered before the start" if registered else "no plan was registered before the start")
    if design.treated == 1:
        against.append(f"one treated unit: whatever else happened to it looks like the effect, and the smallest possible p is "
                       f"{general(design.smallest_p, 2)}")
    elif choice.test == "permutation" and design.smallest_p > 0.1:
        against.append(f"only {design.possible} ways in which starts could have fallen: no test of them can reach p = 0.1")
    if asked != "auto":
        against.append("the method was asked for by name, not picked by the design")
    if alarms is None:
        against.append("its false alarms could not be measured: too few periods before the start, or a method that is only shown")
    elif alarms.too_many:
        against.append(f"made-up outcomes without effect set it off in {alarms.rate:.0%} of cases where 5% are promised")
    else:
        inside.append(f"made-up outcomes without effect set it off in {alarms.rate:.1%} of cases, 5% are promised")
    if pre_trend is not None and not design.lottery and pre_trend["p_value"] < 0.1:
        against.append("the groups drifted apart before the start already")
    return not against, tuple(against + inside)
