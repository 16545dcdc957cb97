"""Disc brake: mass against stopping time."""

from .problem import Problem


class DiscBrake(Problem):
    name = "disc_brake"
    summary = "3 real, 1 integer; 4 constraints"
    source = "Tanabe and Ishibuchi 2020 (RE-suite), as in BoTorch's DiscBrake, its reference point; x4 is whole"
    constraints = ("g1", "g2", "g3", "g4")
    published_reference = (5.7771, 3.9651)
    parameters = {
        "inner": {"float": [55, 80]},
        "outer": {"float": [75, 110]},
        "force": {"float": [1000, 3000]},
        "surfaces": {"int": [11, 20]},
    }

    def measure(self, values):
        inner, outer = values["inner"], values["outer"]
        force, surfaces = values["force"], values["surfaces"]
        squares, cubes = outer**2 - inner**2, outer**3 - inner**3
        # A brake without a disc: everything as bad as it can be.
        if squares <= 0:
            return {"f1": 10.0, "f2": 100.0, "g1": outer - inner - 20, "g2": 1.0, "g3": 1.0, "g4": 1.0}
        return {
            "f1": 4.9e-5 * squares * (surfaces - 1),
            "f2": 9.82e6 * squares / (force * surfaces * cubes),
            "g1": 20 - (outer - inner),
            "g2": force / (3.14 * squares) - 0.4,
            "g3": 2.22e-3 * force * cubes / squares**2 - 1,
            "g4": 900 - 2.66e-2 * force * surfaces * cubes / squares,
        }
