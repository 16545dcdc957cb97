"""Sums of regression trees as plain arrays: read and evaluated with numpy alone."""

import numpy

FIELDS = ("feature", "threshold", "left", "right", "value")


class Forest:
    """Trees one after the other; leaves lead to themselves."""

    def __init__(self, roots, feature, threshold, left, right, value, offset):
        self.roots = numpy.asarray(roots, dtype=numpy.int32)
        self.feature = numpy.asarray(feature, dtype=numpy.int16)
        self.threshold = numpy.asarray(threshold, dtype=numpy.float32)
        self.left = numpy.asarray(left, dtype=numpy.int32)
        self.right = numpy.asarray(right, dtype=numpy.int32)
        # Shares of the sum already: a mean of trees is stored divided.
        self.value = numpy.asarray(value, dtype=numpy.float32)
        self.offset = float(offset)

    @classmethod
    def of_trees(cls, trees, weight, offset):
        """From scikit-learn's trees, each of which counts `weight`."""
        parts = {name: [] for name in FIELDS}
        roots, start = [], 0
        for tree in trees:
            nodes = numpy.arange(tree.node_count)
            leaf = tree.children_left < 0
            roots.append(start)
            parts["feature"].append(numpy.where(leaf, 0, tree.feature))
            # scikit-learn compares in float32 with thresholds in float64.
            parts["threshold"].append(tree.threshold.astype(numpy.float32))
            parts["left"].append(numpy.where(leaf, nodes, tree.children_left) + start)
            parts["right"].append(numpy.where(leaf, nodes, tree.children_right) + start)
            parts["value"].append(numpy.where(leaf, tree.value[:, 0, 0] * weight, 0))
            start += tree.node_count
        return cls(roots, *(numpy.concatenate(parts[name]) for name in FIELDS), offset)

    def predict(self, row):
        """The sum over trees for one row."""
        row = numpy.asarray(row, dtype=numpy.float32)
        nodes = self.roots
        while True:
            below = row[self.feature[nodes]] <= self.threshold[nodes]
            following = numpy.where(below, self.left[nodes], self.right[nodes])
            if (following == nodes).all():
                return self.offset + float(self.value[nodes].astype(numpy.float64).sum())
            nodes = following

    def arrays(self, prefix):
        fields = ("roots", *FIELDS)
        return {f"{prefix}.{name}": getattr(self, name) for name in fields} | {
            f"{prefix}.offset": numpy.float64(self.offset)}

    @classmethod
    def read(cls, arrays, prefix):
        return cls(*(arrays[f"{prefix}.{name}"] for name in ("roots", *FIELDS, "offset")))
