"""Welded beam: cost against deflection, with thicknesses as they are sold."""

import math

from .problem import Problem


class WeldedBeam(Problem):
    name = "welded_beam"
    summary = "2 real, 2 in steps of 1/16; 4 constraints"
    source = "Deb and Sundar 2006, as in pymoo and BoTorch, BoTorch's reference point; h and b in steps of 1/16"
    constraints = ("g1", "g2", "g3", "g4")
    published_reference = (40, 0.015)
    parameters = {
        "weld": {"levels": [step / 16 for step in range(2, 81)]},
        "length": {"float": [0.1, 10]},
        "height": {"float": [0.1, 10]},
        "breadth": {"levels": [step / 16 for step in range(2, 81)]},
    }

    def measure(self, values):
        weld, length = values["weld"], values["length"]
        height, breadth = values["height"], values["breadth"]
        radius = math.sqrt(0.25 * (length**2 + (weld + height) ** 2))
        moment = 6000 * (14 + length / 2)
        inertia = 2 * math.sqrt(0.5) * weld * length * (length**2 / 12 + 0.25 * (weld + height) ** 2)
        direct, torsion = 6000 / (math.sqrt(2) * weld * length), moment * radius / inertia
        shear = math.sqrt(direct**2 + direct * torsion * length / radius + torsion**2)
        bending = 6 * 6000 * 14 / (breadth * height**2)
        buckling = 64746.022 * (1 - 0.0282346 * height) * height * breadth**3
        return {
            "f1": 1.10471 * weld**2 * length + 0.04811 * height * breadth * (14 + length),
            "f2": 2.1952 / (breadth * height**3),
            "g1": shear / 13600 - 1,
            "g2": bending / 30000 - 1,
            "g3": (weld - breadth) / (5 - 0.125),
            "g4": 1 - buckling / 6000,
        }
