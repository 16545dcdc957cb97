"""What every player does."""


class Player:
    """Proposes assignments of a space and hears of losses to be made small.

    Losses are those of the hypervolume: linear or log10 between the best and the worst value that counts, the
    same for all players. Violations are above 0 where a constraint is broken.
    """

    def __init__(self, space, objectives, seed, trials):
        self.space = space
        self.objectives = objectives
        self.seed = seed
        self.trials = trials

    def propose(self):
        """A token of the player's own, and an assignment."""
        raise NotImplementedError

    def tell(self, token, assignment, losses, violations):
        """The result of a proposal."""
        raise NotImplementedError

    def refuse(self, token):
        """The assignment means nothing that can be trained: it was not evaluated and costs nothing."""

    def inform(self, assignment, losses, violations):
        """A result that the player did not ask for: a baseline, which everybody is given."""
        raise NotImplementedError
