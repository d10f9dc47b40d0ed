"""Agreement that groups reach by chance: simulated results of others."""

from functools import partial

from upskill.adoption import chance_agreement
from upskill.validation.case import Case

SOURCE = "95 % critical agreement under random answers of five categories, 200,000 draws, made beside the R package multilevel"
ONE_ITEM = {3: 0.833, 4: 0.875, 5: 0.750, 6: 0.667, 8: 0.580, 10: 0.506, 15: 0.381, 30: 0.262}
SEVEN_ITEMS = {5: 0.750, 8: 0.661, 10: 0.616, 20: 0.497}
# Both sides are simulated: Monte Carlo error, and lumps where the answers of few people allow few values.
TOLERANCE = 0.01


def cases():
    """Return the bars of agreement by group size."""
    return [Case("Climate", f"agreement by chance, {people} people, {items} item{'s' if items > 1 else ''}", bar, TOLERANCE, SOURCE,
                 partial(chance_agreement, people, 5, items))
            for items, bars in ((1, ONE_ITEM), (7, SEVEN_ITEMS)) for people, bar in bars.items()]
