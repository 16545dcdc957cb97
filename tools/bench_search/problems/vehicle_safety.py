"""Vehicle safety: mass, acceleration and intrusion in a crash, with sheets as they are rolled."""

from .problem import Problem


class VehicleSafety(Problem):
    name = "vehicle_safety"
    summary = "5 levels of 9; 3 objectives"
    source = "Liao et al. 2008 (RE-suite), as in BoTorch, its reference point; thicknesses in steps of 0.25 mm"
    metrics = ("f1", "f2", "f3")
    published_reference = (1864.72022, 11.81993945, 0.2903999384)
    parameters = {f"sheet{index}": {"levels": [1 + step / 4 for step in range(9)]} for index in range(1, 6)}

    def measure(self, values):
        a, b, c, d, e = (values[f"sheet{index}"] for index in range(1, 6))
        return {
            "f1": 1640.2823 + 2.3573285 * a + 2.3220035 * b + 4.5688768 * c + 7.7213633 * d + 4.4559504 * e,
            "f2": (
                6.5856 + 1.15 * a - 1.0427 * b + 0.9738 * c + 0.8364 * d - 0.3695 * a * d + 0.0861 * a * e
                + 0.3628 * b * d - 0.1106 * a**2 - 0.3437 * c**2 + 0.1764 * d**2),
            "f3": (
                -0.0551 + 0.0181 * a + 0.1024 * b + 0.0421 * c - 0.0073 * a * b + 0.024 * b * c
                - 0.0118 * b * d - 0.0204 * c * d - 0.008 * c * e - 0.0241 * b**2 + 0.0109 * d**2),
        }
