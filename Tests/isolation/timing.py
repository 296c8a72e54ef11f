"""Do two kinds of requests take the same time? Samples in turns, the test of Mann and Whitney, and the difference of the medians."""

import gc
import math
import random
import statistics
import time

# Standard deviations beyond which ranks are no chance: once in 150,000 comparisons of what is the same.
DEVIATION = 4.5
# Milliseconds below which nobody on the other side of a network tells two answers apart; what is above is found, were it once in two machines.
NOTICEABLE = 0.2


def deviation(one, other):
    """By how many standard deviations the ranks of `one` lie above those of `other`. Outliers count as what they are: one rank."""
    both = sorted([(value, True) for value in one] + [(value, False) for value in other])
    ranks, ties, start, total = 0.0, 0.0, 0, len(both)
    while start < total:
        end = start
        while end < total and both[end][0] == both[start][0]:
            end += 1
        # Equal values share the ranks that they have together.
        ranks += (start + end + 1) / 2 * sum(1 for _, is_one in both[start:end] if is_one)
        ties += (end - start) ** 3 - (end - start)
        start = end
    n, m = len(one), len(other)
    variance = n * m / 12 * (total + 1 - ties / (total * (total - 1)))
    return (ranks - n * (n + 1) / 2 - n * m / 2) / math.sqrt(variance) if variance > 0 else 0.0


def samples(one, other, rounds):
    """Milliseconds of calling each so often, in turns and in a random order, so that whatever else the machine does hits both."""
    times = {one: [], other: []}
    gc.disable()
    try:
        for index in range(rounds + 10):
            for ask in random.sample([one, other], 2):
                start = time.perf_counter()
                ask()
                spent = (time.perf_counter() - start) * 1000
                # The first ones open connections and prepare statements.
                if index >= 10:
                    times[ask].append(spent)
    finally:
        gc.enable()
    return times[one], times[other]


class Comparison:
    def __init__(self, one, other):
        self.deviation = deviation(one, other)
        self.difference = statistics.median(one) - statistics.median(other)
        self.usual = statistics.median(other)

    @property
    def is_apart(self):
        return abs(self.deviation) > DEVIATION and abs(self.difference) > NOTICEABLE

    def __str__(self):
        return f"{self.difference:+.3f} ms of {self.usual:.2f} ms, {self.deviation:+.1f} standard deviations"


def compare(one, other, rounds=200):
    """What looks different has to look so a second time, in the same direction: then it is not the machine."""
    first = Comparison(*samples(one, other, rounds))
    if not first.is_apart:
        return first
    second = Comparison(*samples(one, other, 2 * rounds))
    return second if second.is_apart and second.difference * first.difference > 0 else first if second.is_apart else second
