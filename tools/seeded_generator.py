"""The program's random streams again, for values that depend on what it draws.

As Sources/Experiments/SeededGenerator.swift: xoshiro256** seeded by SplitMix64, a stream for each purpose.
"""

MASK = (1 << 64) - 1


def split_mix(state):
    state = (state + 0x9E3779B97F4A7C15) & MASK
    mixed = ((state ^ state >> 30) * 0xBF58476D1CE4E5B9) & MASK
    mixed = ((mixed ^ mixed >> 27) * 0x94D049BB133111EB) & MASK
    return state, mixed ^ mixed >> 31


def rotate(value, count):
    return (value << count | value >> (64 - count)) & MASK


class SeededGenerator:
    def __init__(self, seed, purpose, *indices):
        _, mixed = split_mix(seed)
        for value in [*purpose.encode(), *indices]:
            _, mixed = split_mix(mixed ^ value)
        self.state = []
        for _ in range(4):
            mixed, word = split_mix(mixed)
            self.state.append(word)

    def next(self):
        a, b, c, d = self.state
        c, d = c ^ a, d ^ b
        self.state = [a ^ d, b ^ c, c ^ (b << 17) & MASK, rotate(d, 45)]
        return rotate(b * 5 & MASK, 7) * 9 & MASK

    def uniform(self):
        """In [0, 1), 53 bits."""
        return (self.next() >> 11) * 2.0 ** -53

    def index(self, count):
        """Below a count so small that no draw is rejected."""
        return self.next() * count >> 64
