"""Linear programming: the least and the most that each number can be, given all that was published."""

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import eye_array, kron


def extremes(wanted, known, low, high):
    """The least and the most of each wanted sum, or None where what is taken as known cannot all be true.

    Args:
        wanted: sums of cells, a row of zeros and ones each.
        known: likewise, the sums that were published.
        low, high: between what each published sum may truly lie.
    """
    known, low, high = np.asarray(known), np.asarray(low, float), np.asarray(high, float)
    equal = low == high
    goals = np.concatenate([np.concatenate([goal, -np.asarray(goal)]) for goal in np.asarray(wanted)])
    copies = 2 * len(wanted)
    bounded = np.concatenate([known[~equal], -known[~equal]])
    limits = np.concatenate([high[~equal], -low[~equal]])

    def copied(matrix):
        return kron(eye_array(copies), matrix, format="csr") if len(matrix) else None

    done = linprog(
        goals,
        A_eq=copied(known[equal]),
        b_eq=np.tile(low[equal], copies) if equal.any() else None,
        A_ub=copied(bounded),
        b_ub=np.tile(limits, copies) if len(bounded) else None,
        bounds=(0, None),
        method="highs",
    )
    if done.status:
        return None
    cells = done.x.reshape(copies, known.shape[1])
    values = [float(np.dot(wanted[at // 2], cells[at])) for at in range(copies)]
    return [(round(least, 6), round(most, 6)) for least, most in zip(values[::2], values[1::2], strict=True)]
