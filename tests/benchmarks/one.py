"""Run one library on one case in this process and print what it took and found as JSON."""

import json
import sys
import time

import numpy as np
from libraries import LIBRARIES
from workload import errors, log_likelihood, made_up


def timed(job, *arguments):
    """Return the result, seconds on the clock and seconds of processor time."""
    wall, processor = time.perf_counter(), time.process_time()
    found = job(*arguments)
    return found, time.perf_counter() - wall, time.process_time() - processor


def measure(library, case, repeats, shrink):
    """Return a dictionary of numbers: the first call counts the import of the library."""
    answers, slopes, places, ability = made_up(case, shrink)

    def cold():
        jobs = LIBRARIES[library](case)
        return jobs, jobs[0](answers)

    ((fit, parameters, score), found), first, first_processor = timed(cold)
    runs = [timed(fit, answers)[1:] for _ in range(repeats)]
    warm, warm_processor = np.min(runs, axis=0) if runs else (np.nan, np.nan)
    a, b = (np.asarray(values, dtype=float) for values in parameters(found))
    row = {"first": first, "first_processor": first_processor, "warm": warm, "warm_processor": warm_processor,
           "log_likelihood": log_likelihood(answers, a, b)}
    row["slope_error"], row["slope_bias"] = errors(a, slopes)
    row["place_error"], row["place_bias"] = errors(b, places)
    if score:
        scores, row["scoring"], row["scoring_processor"] = timed(score, found, answers)
        row["ability_error"] = errors(scores, ability)[0]
    return row


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))))
