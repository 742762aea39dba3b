"""The admin, split by noun like the models."""

from . import challenge, example, recommendation, selfcheck, source, vocabulary  # noqa: F401  each registers its classes
