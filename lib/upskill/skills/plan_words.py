"""What a plan of an assessment says in words."""

import numpy as np

from upskill.numerals import number


def read_plan(plan):
    """Say what the design gives, and what to add first."""
    design, first = plan.design, plan.options.iloc[0]
    far = f", {100 * first['far']:.0f} of them by more than one level" if first["far"] >= 0.005 else ", nearly all by one level"
    company, group = plan.widths["company"][0], plan.widths["group"][0]
    few = max(1, design.items // design.competencies)
    return (
        f"With {design.people} people and {design.items} items per domain, {100 * first['wrong']:.0f} of 100 level decisions "
        f"will be wrong{far}. "
        f"The mean level of everybody will have an interval {number(company, 1)} levels wide, that of a group of {design.group} one "
        f"of {number(group, 1)}. "
        f"Given by single competency ({few} {'item' if few == 1 else 'items'} each), {100 * plan.single[0]:.0f} of 100 would be "
        f"wrong. {_best(plan.options.iloc[1:])}")


def _best(options):
    """Say which addition saves most wrong decisions per hour, or that they cannot be told apart."""
    helps = options[options["fewer"] > 2 * options["fewer_error"]].sort_values("per_hour", ascending=False)
    if helps.empty:
        return "Nothing that could be added makes clearly fewer of them wrong."
    best = helps.iloc[0]
    near = [row["evidence"] for row in helps.iloc[1:].to_dict("records")
            if best["per_hour"] - row["per_hour"] < 2 * np.hypot(best["per_hour_error"], row["per_hour_error"])]
    apart = f"; this cannot be told from {' and '.join(near)}" if near else ""
    return (f"Best for people's time: {best['evidence']}, {100 * best['fewer']:.0f} fewer in 100, or one wrong level fewer for "
            f"every {number(1 / best['per_hour'], 1)} hours{apart}.")
