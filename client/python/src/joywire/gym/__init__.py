"""Games of a gateway as environments of Gymnasium: ``pip install "joywire[gym]"``.

    import gymnasium, joywire.gym

    env = gymnasium.make("joywire/Overworld-v0", url="127.0.0.1:8080")
    envs = gymnasium.make_vec("joywire/Overworld-v0", num_envs=4, url="127.0.0.1:8080")

``JoywireEnv`` and ``JoywireVectorEnv`` are for games and tasks of one's own. docs/gym.md shows both.
"""

from ..errors import client_error

try:
    import gymnasium
    import numpy  # noqa: F401
except ImportError as error:
    raise client_error(
        "missing_package", f"{error.name} is not installed: pip install 'joywire[gym]'", error
    ) from error

from .env import JoywireEnv
from .memory import GameMemory
from .task import EnvOptions, Judge
from .vector import JoywireVectorEnv

__all__ = ["EnvOptions", "GameMemory", "JoywireEnv", "JoywireVectorEnv", "Judge"]

gymnasium.register(
    "joywire/Overworld-v0",
    entry_point="joywire.gym.overworld:overworld",
    vector_entry_point="joywire.gym.overworld:overworld_vector",
)
