"""Dominance and hypervolume of points in the unit cube, all to be made small, with the reference at 1."""

import bisect


def dominates(a, b):
    return all(x <= y for x, y in zip(a, b)) and a != b


def front(points):
    """The non-dominated points, each once, sorted."""
    unique = sorted(set(map(tuple, points)))
    return [point for point in unique if not any(dominates(other, point) for other in unique)]


class Hypervolume:
    """Grows point by point; exact for two and three objectives."""

    def __init__(self, objectives):
        self.objectives = objectives
        self.value = 0.0
        self._points = []

    def add(self, point):
        """Takes a point in, and returns the hypervolume of all."""
        point = tuple(min(max(x, 0.0), 1.0) for x in point)
        if max(point) < 1 and not any(other == point or dominates(other, point) for other in self._points):
            self._points = [other for other in self._points if not dominates(point, other)]
            bisect.insort(self._points, point)
            self.value = volume(self._points)
        return self.value


def volume(points):
    """Of mutually non-dominated sorted points."""
    if not points:
        return 0.0
    if len(points[0]) == 2:
        total, height = 0.0, 1.0
        for x, y in points:
            total += (1 - x) * (height - y)
            height = y
        return total
    # Slices along the first objective, each the hypervolume of what is below it in the others.
    total, section = 0.0, []
    for index, point in enumerate(points):
        section = front([*section, point[1:]])
        end = points[index + 1][0] if index + 1 < len(points) else 1.0
        if end > point[0]:
            total += (end - point[0]) * volume(section)
    return total
