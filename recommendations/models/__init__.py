from .challenge import Challenge, ChallengeCitation
from .example import ExampleCitation, PracticeExample
from .link import LinkCheck
from .recommendation import Illustration, Recommendation, RecommendationCitation, Step
from .selfcheck import SelfCheckQuestion, SelfCheckReading
from .source import OpenItem, Source
from .vocabulary import Addressee, Answer, Effort, Evidence, Horizon, Level, StepOrigin, TargetGroup

__all__ = [
    "Addressee", "Answer", "Challenge", "ChallengeCitation", "Effort", "Evidence", "ExampleCitation", "Horizon",
    "Illustration", "Level", "LinkCheck", "OpenItem", "PracticeExample", "Recommendation", "RecommendationCitation",
    "SelfCheckQuestion", "SelfCheckReading", "Source", "Step", "StepOrigin", "TargetGroup",
]  # fmt: skip
