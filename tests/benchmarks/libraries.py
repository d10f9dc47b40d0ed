"""The same two jobs in each library: calibrate (slopes, difficulties) and score (abilities)."""

import numpy as np

POINTS = 61  # of ability; fewer bias the slopes of long tests


def upskill(case):
    from upskill import skills

    def fit(answers):
        return skills.calibrate(answers, model=case, prior=None, points=POINTS)

    def parameters(found):
        names = [name for name in found.items if name[0] == "b"]
        return found.items["a"].to_numpy(), found.items[names].to_numpy()

    def score(found, answers):
        return skills.ability_scores(found, answers)["score"].to_numpy()
    return fit, parameters, score


def girth(case):
    import girth

    job, first = (girth.twopl_mml, 0) if case == "2PL" else (girth.grm_mml, 1)

    def fit(answers):
        return job(answers.T.astype(int) + first, {"quadrature_n": POINTS, "quadrature_bounds": (-6, 6)})

    def parameters(found):
        return found["Discrimination"], found["Difficulty"].reshape(len(found["Discrimination"]), -1)

    def score(found, answers):
        return girth.ability_eap(answers.T.astype(int), found["Difficulty"], found["Discrimination"])
    return fit, parameters, score if case == "2PL" else None


def theta_irt(case):
    import theta

    if case != "2PL":
        raise NotImplementedError("two-category items only")

    def fit(answers):
        return theta.fit(answers, "2PL", n_points=POINTS)

    def parameters(found):
        return np.asarray(found.a), np.asarray(found.b)[:, None]

    def score(found, answers):
        return np.asarray(found.score(answers, method="EAP")[0])
    return fit, parameters, score


def mirt(case):
    import mirt

    def fit(answers):
        return mirt.fit_mirt(answers.astype(int), "2PL" if case == "2PL" else "GRM", n_quadpts=POINTS,
                             accelerate="squarem", compute_standard_errors=False)

    def parameters(found):
        known = found.model.parameters
        places = known["difficulty" if case == "2PL" else "thresholds"]
        return known["discrimination"], np.asarray(places).reshape(len(known["discrimination"]), -1)

    def score(found, answers):
        return np.asarray(mirt.fscores(found, answers.astype(int)).theta).ravel()
    return fit, parameters, score


LIBRARIES = {"upskill": upskill, "girth": girth, "theta-irt": theta_irt, "mirt": mirt}
