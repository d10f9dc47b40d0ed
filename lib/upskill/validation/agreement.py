"""Agreement of raters: published results."""

from functools import partial

import numpy as np

from upskill import skills
from upskill.validation.case import Case

KRIPPENDORFF = "Krippendorff (2004), Content Analysis, chapter 11; data as in the R package irr"
THREE = "Krippendorff's alpha, example of three coders (en.wikipedia.org)"
SHROUT_FLEISS = "Shrout and Fleiss (1979), Psychological Bulletin 86, 420-428"
PINGOUIN = "pingouin on the data of Shrout and Fleiss (1979)"


def _table(*raters):
    """Return units × raters from one text per rater; a dot is a unit that was not rated."""
    return np.array([[np.nan if code == "." else float(code) for code in rater] for rater in raters]).T


OBSERVERS = _table("123321412...", "1233224125.3", ".3332342251.", "12332441251.")
CODERS = _table(".....34121133.3", "1.213343.......", "..21344.21133.4")
JUDGES = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], float)
ALPHAS = (
    (OBSERVERS, "four observers", KRIPPENDORFF, 5e-9,
     {"nominal": 0.743421053, "ordinal": 0.815387504, "interval": 0.849107143, "ratio": 0.797402775}),
    (CODERS, "three coders", THREE, 5e-7,
     {"nominal": 0.691358, "ordinal": 0.806721, "interval": 0.810845, "ratio": 0.808944}),
)
# Form, value, and the ends of its 95 % interval.
FORMS = (("ICC(1,1)", 0.17, -0.13, 0.72), ("ICC(2,1)", 0.29, 0.02, 0.76), ("ICC(3,1)", 0.71, 0.34, 0.95),
         ("ICC(1,k)", 0.44, -0.88, 0.91), ("ICC(2,k)", 0.62, 0.07, 0.93), ("ICC(3,k)", 0.91, 0.68, 0.99))


def _alpha(table, measurement):
    return skills.krippendorff_alpha(table, measurement).value


def _form(form, column):
    return skills.intraclass_correlation(JUDGES, level=0.95).loc[form, column]


def cases():
    """Return every case of this area."""
    found = [Case("Agreement", f"Krippendorff's alpha of {who}, {measurement}", value, tolerance, source,
                  partial(_alpha, table, measurement))
             for table, who, source, tolerance, values in ALPHAS for measurement, value in values.items()]
    for form, *printed in FORMS:
        for column, name, value in zip(("value", "low", "high"), ("", ", lower end", ", upper end"), printed, strict=True):
            source = PINGOUIN if name else SHROUT_FLEISS
            found.append(Case("Agreement", f"{form} of four judges{name}", value, 5.1e-3, source,
                              partial(_form, form, column)))
    return found
