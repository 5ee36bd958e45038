"""Label assignment over the full table of pairs, in plain loops over Python floats.

Written from the equations, apart from the code under test: no tensors, no windows, no blocks.
A result is ``(gt_inds, max_overlaps)`` as lists; boxes are lists of four floats.
"""

import math


def rounded(value):
    """Round to 24 significant bits, as the similarities of the package are."""
    mantissa, exponent = math.frexp(value)
    return math.ldexp(round(math.ldexp(mantissa, 24)), exponent - 24)


def shape(box):
    x1, y1, x2, y2 = box
    return (x1 + x2) / 2, (y1 + y2) / 2, max(x2 - x1, 0.0), max(y2 - y1, 0.0)


def nwd(prior, gt, constant):
    (x, y, w, h), (gx, gy, gw, gh) = shape(prior), shape(gt)
    squared = (x - gx) ** 2 + (y - gy) ** 2 + ((w - gw) ** 2 + (h - gh) ** 2) / 4
    return math.exp(-math.sqrt(squared) / constant)


def dotd(prior, gt, constant):
    (x, y, *_), (gx, gy, *_) = shape(prior), shape(gt)
    return math.exp(-math.sqrt((x - gx) ** 2 + (y - gy) ** 2) / constant)


def wasserstein(prior, gt):
    (x, y, w, h), (gx, gy, gw, gh) = shape(prior), shape(gt)
    return 1 / (1 + (x - gx) ** 2 + (y - gy) ** 2 + ((w - gw) ** 2 + (h - gh) ** 2) / 4)


def kld(prior, gt):
    (x, y, *sides), (gx, gy, *gt_sides) = shape(prior), shape(gt)
    w, h = (max(side, 1e-6) for side in sides)
    gw, gh = (max(side, 1e-6) for side in gt_sides)
    size = (w / gw) ** 2 + (h / gh) ** 2 - 2 - 2 * math.log(w / gw) - 2 * math.log(h / gh)
    shift = ((x - gx) / gw) ** 2 + ((y - gy) / gh) ** 2
    return 1 / (1 + max(size / 2 + 2 * shift, 0.0))


def simd(prior, gt, m, n):
    (x, y, w, h), (gx, gy, gw, gh) = shape(prior), shape(gt)
    across, down = m / max(w + gw, 1e-6), n / max(h + gh, 1e-6)
    location = math.hypot(across * (x - gx), down * (y - gy))
    return math.exp(-location - math.hypot(across * (w - gw), down * (h - gh)))


def table_of(priors, gts, similarity):
    return [[rounded(similarity(prior, gt)) for prior in priors] for gt in gts]


def ranking(row, k):
    """The k priors of the largest similarity above 0; of equal ones the first."""
    order = sorted((-value, prior) for prior, value in enumerate(row) if value > 0)
    return [prior for _, prior in order[:k]]


def owners_of(wanted, table, priors):
    """Each prior's owner among the objects that want it: the most similar, the first of equals."""
    owner = [None] * priors
    for prior in range(priors):
        wants = [(-table[gt][prior], gt) for gt in range(len(table)) if prior in wanted[gt]]
        if wants:
            owner[prior] = min(wants)[1]
    return owner


def best_of(table, prior):
    value = max(row[prior] for row in table)
    return value, [row[prior] for row in table].index(value)


def by_threshold(priors, gts, similarity, pos=0.7, neg=(0.0, 0.3), lowest=0.3, low_quality=True):
    table = table_of(priors, gts, similarity)
    floor = min(t for t in (*neg, pos) if t > 0)
    wanted = [
        {prior for prior in ranking(row, 1) if low_quality and row[prior] >= lowest}
        for row in table
    ]
    claimed = owners_of(wanted, table, len(priors))
    inds, overlaps = [], []
    for prior in range(len(priors)):
        value, gt = best_of(table, prior)
        value = value if value >= floor else 0.0
        ind = 0 if neg[0] <= value < neg[1] else -1
        if value >= pos and value > 0:
            ind = gt + 1
        elif claimed[prior] is not None:
            ind, value = claimed[prior] + 1, table[claimed[prior]][prior]
        inds.append(ind)
        overlaps.append(value)
    return inds, overlaps


def completed(owner, value, table):
    """Rule 3: pair by pair, the most similar one of an object without and a prior to spare."""
    while True:
        count = [owner.count(gt) for gt in range(len(table))]
        needy = [gt for gt, number in enumerate(count) if number == 0]
        spare = [prior for prior, gt in enumerate(owner) if gt is None]
        if not spare:
            spare = [prior for prior, gt in enumerate(owner) if count[gt] > 1]
        if not needy or not spare:
            return
        pairs = [(-table[gt][prior], gt, prior) for gt in needy for prior in spare]
        similarity, gt, prior = min(pairs)
        owner[prior], value[prior] = gt, -similarity


def labeled(owner, value, table, negative):
    inds, overlaps = [], []
    for prior, gt in enumerate(owner):
        best = best_of(table, prior)[0]
        best = best if best >= negative else 0.0
        inds.append((0 if best < negative else -1) if gt is None else gt + 1)
        overlaps.append(best if gt is None else value[prior])
    return inds, overlaps


def by_ranking(priors, gts, similarity, k=2, negative=0.3):
    table = table_of(priors, gts, similarity)
    owner = owners_of([ranking(row, k) for row in table], table, len(priors))
    value = [None if gt is None else table[gt][prior] for prior, gt in enumerate(owner)]
    completed(owner, value, table)
    return labeled(owner, value, table, negative)


def by_hierarchy(priors, gts, similarity, k=(3, 1), ratio=0.9, negative=0.8):
    shrunk = []
    for x1, y1, x2, y2 in priors:
        x, y, w, h = (x1 + x2) / 2, (y1 + y2) / 2, (x2 - x1) / 2, (y2 - y1) / 2
        shrunk.append([x - w * ratio, y - h * ratio, x + w * ratio, y + h * ratio])
    first, second = table_of(priors, gts, similarity), table_of(shrunk, gts, similarity)
    owner = owners_of([ranking(row, k[0]) for row in first], first, len(priors))
    value = [None if gt is None else first[gt][prior] for prior, gt in enumerate(owner)]
    added = owners_of([ranking(row, k[1]) for row in second], second, len(priors))
    for prior, gt in enumerate(added):
        if owner[prior] is None and gt is not None:
            owner[prior], value[prior] = gt, second[gt][prior]
    completed(owner, value, first)
    return labeled(owner, value, second, negative)
