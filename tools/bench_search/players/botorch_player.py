"""What BoTorch's players share: start-up by Sobol, data as tensors, pending points."""

import random
import warnings

import torch
from botorch.exceptions import BotorchWarning, InputDataWarning
from scipy.stats import qmc

from .encoding import Encoding
from .player import Player

warnings.filterwarnings("ignore", category=BotorchWarning)
warnings.filterwarnings("ignore", category=InputDataWarning)
warnings.filterwarnings("ignore", category=RuntimeWarning)


class BoTorchPlayer(Player):
    """Sobol points first, then what `acquired` makes of the data.

    The model sees losses turned round, because BoTorch makes things large; the reference point is that of the
    problem, a loss of 1.
    """

    def __init__(self, space, objectives, seed, trials):
        super().__init__(space, objectives, seed, trials)
        torch.set_num_threads(1)
        torch.manual_seed(seed)
        self.encoding = Encoding(space)
        self.random = random.Random(seed)
        self._sobol = qmc.Sobol(len(space.parameters), seed=seed)
        self._asked = 0
        self._was_refused = False
        self.rows, self.losses, self.violations = [], [], []
        self.pending = {}

    def startup(self):
        """How many points are random: as many as Ax takes for a space of this size, at most 20."""
        return min(20, max(5, 2 * len(self.space.parameters)))

    def propose(self):
        self._asked += 1
        given = len(self.rows) + len(self.pending)
        if given < self.startup() or not self.rows or self._was_refused:
            self._was_refused = False
            assignment = self.drawn()
        else:
            assignment = self.encoding.decode(self.acquired())
        self.pending[self._asked] = self.encoding.encode(assignment)
        return self._asked, assignment

    def drawn(self):
        """A point of the start-up."""
        shares = dict(zip((p.name for p in self.space.parameters), self._sobol.random()[0]))
        return self.space.assignment(lambda parameter: parameter.domain.at(shares[parameter.name]))

    def acquired(self):
        """The encoded row to try next."""
        raise NotImplementedError

    def tell(self, token, assignment, losses, violations):
        del self.pending[token]
        self.inform(assignment, losses, violations)

    def refuse(self, token):
        """The model learns nothing of it, so a point that it would propose again and again is drawn anew."""
        del self.pending[token]
        self._was_refused = True

    def inform(self, assignment, losses, violations):
        self.rows.append(self.encoding.encode(assignment))
        self.losses.append(losses)
        self.violations.append(violations)

    @property
    def data(self):
        """Rows, and outcomes to be made large: turned losses, then violations that must not be above 0."""
        rows = torch.tensor(self.rows, dtype=torch.double)
        losses = torch.tensor(self.losses, dtype=torch.double)
        violations = torch.tensor(self.violations, dtype=torch.double).reshape(len(rows), -1)
        return rows, torch.cat([-losses, violations], dim=1)

    @property
    def waiting(self):
        return torch.tensor(list(self.pending.values()), dtype=torch.double) if self.pending else None
