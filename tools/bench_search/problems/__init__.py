"""The problems by name."""

from .disc_brake import DiscBrake
from .hierarchical import Goldstein, Rosenbrock
from .mixed_integer import Rastrigins, Ridges
from .peft_bench import TREC, WordNet
from .vehicle_safety import VehicleSafety
from .welded_beam import WeldedBeam

SYNTHETIC = [Goldstein, Rosenbrock, DiscBrake, WeldedBeam, VehicleSafety, Ridges, Rastrigins]
BY_NAME = {problem.name: problem for problem in [*SYNTHETIC, WordNet, TREC]}
# Closed formulas that need nothing but Python.
QUICK = ["disc_brake", "welded_beam"]
