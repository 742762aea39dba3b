from .challenge import Challenge, ChallengeCitation
from .example import ExampleCitation, PracticeExample
from .link import LinkCheck
from .recommendation import Illustration, Recommendation, RecommendationCitation, Step
from .source import Source
from .vocabulary import Addressee, Effort, Evidence, Horizon, Level, Licence, TargetGroup

__all__ = [
    "Addressee", "Challenge", "ChallengeCitation", "Effort", "Evidence", "ExampleCitation", "Horizon", "Illustration",
    "Level", "Licence", "LinkCheck", "PracticeExample", "Recommendation", "RecommendationCitation", "Source", "Step",
    "TargetGroup",
]  # fmt: skip
