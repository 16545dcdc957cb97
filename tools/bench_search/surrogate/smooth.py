"""The smooth half of the surrogate: a Gaussian process whose mean needs numpy alone once it is fitted."""

import warnings

import numpy

# How many rows the length scales are fitted to; the process itself is conditioned on all.
SCALE_ROWS = 240


class Smooth:
    """The posterior mean of a process with a Matérn covariance (nu = 5/2) and a length scale a feature."""

    def __init__(self, center, scales, inputs, weights, variance, offset):
        self.center, self.scales = numpy.asarray(center), numpy.asarray(scales)
        self.inputs, self.weights = numpy.asarray(inputs), numpy.asarray(weights)
        self.variance, self.offset = float(variance), float(offset)

    @classmethod
    def fitted(cls, inputs, targets):
        from sklearn.gaussian_process import GaussianProcessRegressor
        from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

        center, spread = inputs.mean(axis=0), inputs.std(axis=0)
        spread[spread < 1e-9] = 1
        rows, offset = (inputs - center) / spread, targets.mean()
        kernel = ConstantKernel(1.0) * Matern(numpy.full(rows.shape[1], 6.0), (0.1, 1e3), nu=2.5) + WhiteKernel(0.1)
        some = numpy.random.default_rng(0).permutation(len(rows))[:SCALE_ROWS]
        with warnings.catch_warnings():
            # That a length scale is at its bound: a feature that says nothing.
            warnings.simplefilter("ignore")
            process = GaussianProcessRegressor(kernel, random_state=0).fit(rows[some], (targets - offset)[some])
        signal, white = process.kernel_.k1, process.kernel_.k2.noise_level
        scales = spread * signal.k2.length_scale
        smooth = cls(center, scales, (inputs - center) / scales, [], signal.k1.constant_value, offset)
        gram = smooth._covariance(smooth.inputs) + white * numpy.eye(len(rows))
        smooth.weights = numpy.linalg.solve(gram, targets - offset)
        return smooth

    def predict(self, rows):
        """The means of rows, or of one."""
        means = self._covariance((numpy.atleast_2d(rows) - self.center) / self.scales) @ self.weights + self.offset
        return means if numpy.ndim(rows) > 1 else float(means[0])

    def _covariance(self, rows):
        squares = (rows**2).sum(axis=1)[:, None] + (self.inputs**2).sum(axis=1) - 2 * rows @ self.inputs.T
        distance = numpy.sqrt(5 * numpy.maximum(squares, 0))
        return self.variance * (1 + distance + distance**2 / 3) * numpy.exp(-distance)

    def arrays(self, prefix):
        return {f"{prefix}.{name}": numpy.asarray(getattr(self, name)) for name in vars(self)}

    @classmethod
    def read(cls, arrays, prefix):
        names = ("center", "scales", "inputs", "weights", "variance", "offset")
        return cls(*(arrays[f"{prefix}.{name}"] for name in names))
