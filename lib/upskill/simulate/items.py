"""Items: tests with known parameters, self-ratings, climate questions."""

import numpy as np
import pandas as pd

from upskill.simulate.framework import domain_of, domains, titles_of

PER_DOMAIN = 10
STAGES = {
    "B1": "discover", "C1": "design", "B2": "build", "C2": "build", "C4": "build", "B3": "test", "D1": "test",
    "B4": "release", "E2": "release", "D2": "deploy", "D3": "operate", "E3": "govern", "E4": "govern"}
CLIMATE = (  # item, construct, wording, reversed
    ("q01", "psychological safety", "I can say in this team that I do not understand something.", False),
    ("q02", "psychological safety", "A mistake with a new tool is held against people here.", True),
    ("q03", "psychological safety", "I can call an AI result wrong even when others trust it.", False),
    ("q04", "psychological safety", "Asking for help costs standing in this team.", True),
    ("q05", "psychological safety", "We talk openly about attempts that failed.", False),
    ("q06", "time to learn", "I have time in my week to practice.", False),
    ("q07", "confidence", "I know when I may rely on an AI tool.", False),
    ("q08", "confidence", "I worry that AI will make my work worthless.", True),
)
MORE_CLIMATE = (  # item, construct, wording, reversed, mean of answers beside that of the others
    ("q09", "awareness", "I know why this company wants us to work with AI.", False, 0.5),
    ("q10", "willingness", "I want AI to be part of my own work.", False, 0.3),
    ("q11", "know-how", "I know how to use AI for the tasks of my role.", False, -0.2),
    ("q12", "ability", "I work with AI well enough that colleagues can build on it.", False, -0.6),
    ("q13", "reinforcement", "Good work with AI is noticed and supported here.", False, -0.5),
    ("q14", "worry about job security", "I fear for my job because of AI.", False, -0.9),
    ("q15", "worry about skill erosion", "I fear to lose skills by leaving work to AI.", False, -0.3),
    ("q16", "worry about accountability", "I do not know who answers for mistakes of an AI.", False, 0.1),
    ("q17", "worry about surveillance", "I fear that my use of AI tools is used to judge me.", False, -0.5),
    ("q18", "tool fit", "AI tools fit the systems and code that I work with.", False, -0.8),
    ("q19", "policy", "I know what I may and may not give to an AI tool.", False, 0.2),
    ("q20", "satisfaction", "I am satisfied with the way we work with AI.", False, 0.0),
    ("q21", "engagement", "Working with AI gives me energy for my work.", False, -0.1),
)


def _test_rows(random, domain, first):
    """Return the test items of one domain: eight of two outcomes, two graded, over all its competencies."""
    competencies = domain_of().index[domain_of() == domain]
    hardness = np.linspace(-1.8, 2.0, PER_DOMAIN) + random.normal(0, 0.2, PER_DOMAIN)
    hardness = random.permutation(hardness).round(3)
    slopes = random.lognormal(np.log(1.3), 0.25, PER_DOMAIN).round(3)
    steps = [{8: 2, 9: 3}.get(i, 1) for i in range(PER_DOMAIN)]
    return [{"item_id": f"t{first + i:02d}", "competency_id": competencies[i % 4], "domain": domain,
             "a": slopes[i], "b": _thresholds(hardness[i], steps[i]), "maximum_score": steps[i],
             "waves": {3: "early", 7: "late"}.get(i, "all")} for i in range(PER_DOMAIN)]


def _thresholds(hardness, steps):
    """Return where the item steps from one score to the next; graded items spread around a milder middle."""
    if steps == 1:
        return [round(float(hardness), 3)]
    return [round(float(0.6 * hardness + away), 3) for away in np.linspace(-0.7, 0.7, steps)]


def make_test_items(random):
    """Return the true parameters of the test items: item_id, competency_id, domain, a, b (list), waves.

    Slopes a ~ Lognormal(log 1.3, 0.25); difficulties b spread from -1.8 to 2.
    Of ten items per domain eight are in all waves, one is only in the first
    two (early) and one only in the last (late).
    """
    rows = [_test_rows(random, domain, 1 + PER_DOMAIN * number) for number, domain in enumerate(domains())]
    return pd.DataFrame([row for part in rows for row in part])


def probabilities(ability, a, b):
    """Return P(score >= k) for k = 1 .. K (persons x K).

    Equation (graded response model, Samejima 1969; with K = 1 the two-parameter
    logistic, Birnbaum 1968): P(score >= k | theta) = 1 / (1 + exp(-a (theta - b_k))).
    """
    return 1 / (1 + np.exp(-a * (np.asarray(ability)[:, None] - np.asarray(b)[None, :])))


def items_table(test_items):
    """Return the table `items`: tests, one self-rating per competency, climate questions."""
    titles = titles_of()
    wording = [f"Exercise {number % PER_DOMAIN + 1}: {titles[competency]}"
               for number, competency in enumerate(test_items["competency_id"])]
    test = test_items.assign(instrument="test", text=wording, minimum_score=0, reversed=False,
                             is_anchor=test_items["waves"] == "all")
    survey = pd.DataFrame({
        "item_id": [f"s{i + 1:02d}" for i in range(len(titles))], "competency_id": list(titles),
        "text": [f"At which level do you work today: {title}?" for title in titles.values()]}).assign(
            instrument="survey", minimum_score=1, maximum_score=5, reversed=False, is_anchor=True)
    asked = [*CLIMATE, *(item[:4] for item in MORE_CLIMATE)]
    climate = pd.DataFrame(asked, columns=["item_id", "construct", "text", "reversed"]).assign(
        instrument="climate", minimum_score=1, maximum_score=5, is_anchor=True)
    items = pd.concat([test, survey, climate], ignore_index=True)
    return items.assign(stage=items["competency_id"].map(STAGES))
