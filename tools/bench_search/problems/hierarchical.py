"""Problems of sb-arch-opt whose parameters depend on choices: the nearest synthetic relatives of method choice."""

from .problem import Problem


class Hierarchical(Problem):
    """A problem of sb-arch-opt; `columns` are its design variables in their order."""

    is_conditional = True
    columns = ()

    def __init__(self):
        super().__init__()
        self._problem = None

    def make(self):
        raise NotImplementedError

    def measure(self, values):
        # The package is slow to import, and a quick run does without it.
        import numpy

        if self._problem is None:
            self._problem = self.make()
        # What is absent is imputed by the problem itself.
        row = numpy.array([[float(values.get(column, 0)) for column in self.columns]])
        result = self._problem.evaluate(row, return_as_dictionary=True)
        metrics = dict(zip(self.metrics, result["F"][0].tolist()))
        return metrics | dict(zip(self.constraints, result["G"][0].tolist()))


class Goldstein(Hierarchical):
    name = "goldstein"
    summary = "conditional: 5 real, 4 integer, 2 choices; 1 constraint"
    source = "MOHierarchicalGoldstein of sb-arch-opt, after Pelamatti et al. 2020"
    constraints = ("g1",)
    columns = ("x1", "x2", "x3", "x4", "x5", "z1", "z2", "z3", "z4", "w1", "w2")
    parameters = {
        "x1": {"float": [0, 100]},
        "x2": {"float": [0, 100]},
        "x3": {"float": [0, 100], "when": {"w1": [1, 3]}},
        "x4": {"float": [0, 100], "when": {"w1": [2, 3]}},
        "x5": {"float": [0, 100], "when": {"w2": 1}},
        "z1": {"int": [0, 2], "when": {"w1": [0, 2]}},
        "z2": {"int": [0, 2], "when": {"w1": [0, 1]}},
        "z3": {"int": [0, 2]},
        "z4": {"int": [0, 2]},
        "w1": {"choice": [0, 1, 2, 3]},
        "w2": {"choice": [0, 1]},
    }

    def make(self):
        from sb_arch_opt.problems.hierarchical import MOHierarchicalGoldstein

        return MOHierarchicalGoldstein()


class Rosenbrock(Hierarchical):
    name = "rosenbrock"
    summary = "conditional: 8 real, 3 integer, 1 choice of four; 2 constraints"
    source = "MOHierarchicalRosenbrock of sb-arch-opt, after Pelamatti et al. 2020"
    constraints = ("g1", "g2")
    columns = ("x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "z1", "z2", "z3", "w1", "w2")
    # Which variables there are depends on both choices together, so they are one: w = 2 w1 + w2.
    parameters = {
        "x1": {"float": [-1, 0.5]},
        "x2": {"float": [0, 1.5]},
        "x3": {"float": [-1, 0.5], "when": {"w": [0, 1, 2]}},
        "x4": {"float": [0, 1.5], "when": {"w": [0, 1, 2]}},
        "x5": {"float": [-1, 0.5], "when": {"w": [1, 3]}},
        "x6": {"float": [0, 1.5], "when": {"w": [1, 3]}},
        "x7": {"float": [-1, 0.5], "when": {"w": [1, 2, 3]}},
        "x8": {"float": [0, 1.5], "when": {"w": [1, 2, 3]}},
        "z1": {"int": [0, 1]},
        "z2": {"int": [0, 1]},
        "z3": {"int": [0, 2], "when": {"w": [1, 3]}},
        "w": {"choice": [0, 1, 2, 3]},
    }

    def make(self):
        from sb_arch_opt.problems.hierarchical import MOHierarchicalRosenbrock

        return MOHierarchicalRosenbrock()

    def measure(self, values):
        return super().measure(values | {"w1": values["w"] // 2, "w2": values["w"] % 2})
