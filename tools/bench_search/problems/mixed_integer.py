"""Problems of COCO's bbob-biobj-mixint suite: four fifths of the variables are integers of 2 to 16 values."""

from .problem import Problem


class MixedInteger(Problem):
    """A function of the suite in ten variables; the suite's nadir is the reference point.

    The reals are searched where the suite puts the optima, in [-5, 5], and not in the whole of its [-100, 100].
    """

    source = "bbob-biobj-mixint of coco-experiment (Tusar, Brockhoff and Hansen 2019), 10 variables, instance 1"
    function = 0
    parameters = {
        **{f"x{index}": {"int": [0, 2 ** (index // 2 + 1) - 1]} for index in range(8)},
        **{f"x{index}": {"float": [-5, 5]} for index in range(8, 10)},
    }

    def __init__(self):
        super().__init__()
        self._problem = None

    @property
    def published_reference(self):
        return self._made().largest_fvalues_of_interest.tolist()

    def measure(self, values):
        row = [float(values[name]) for name in self.parameters]
        return dict(zip(self.metrics, map(float, self._made()(row))))

    def _made(self):
        if self._problem is None:
            import cocoex

            suite = cocoex.Suite("bbob-biobj-mixint", "", "")
            self._problem = suite.get_problem_by_function_dimension_instance(self.function, 10, 1)
        return self._problem


class Ridges(MixedInteger):
    name = "mixint_f35"
    summary = "2 real, 8 integer; the sharp ridge twice"
    function = 35


class Rastrigins(MixedInteger):
    name = "mixint_f46"
    summary = "2 real, 8 integer; Rastrigin's function twice"
    function = 46
