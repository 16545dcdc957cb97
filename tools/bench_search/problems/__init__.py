"""The problems by name."""

from .disc_brake import DiscBrake
from .hierarchical import Goldstein, Rosenbrock
from .mixed_integer import Rastrigins, Ridges
from .peft_bench import TREC, TRECRungs, WordNet, WordNetRungs
from .vehicle_safety import VehicleSafety
from .welded_beam import WeldedBeam

SYNTHETIC = [Goldstein, Rosenbrock, DiscBrake, WeldedBeam, VehicleSafety, Ridges, Rastrigins]
# A surrogate that is not there yet is no problem.
BENCHES = [problem for problem in (WordNet, TREC, WordNetRungs, TRECRungs) if problem.is_fitted()]
BY_NAME = {problem.name: problem for problem in [*SYNTHETIC, *BENCHES]}
# Closed formulas that need nothing but Python.
QUICK = ["disc_brake", "welded_beam"]
