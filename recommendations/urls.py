from django.urls import path

from portal.addresses import address

from .views.challenge import ChallengeDetailView, ChallengeListView
from .views.example import PracticeExampleDetailView, PracticeExampleListView
from .views.map import MapView
from .views.recommendation import RecommendationDetailView, RecommendationListView

urlpatterns = [
    path(
        address("empfehlungen/", "recommendations/"),
        RecommendationListView.as_view(),
        name="recommendation_list",
    ),
    path(
        address("empfehlungen/<slug:slug>/", "recommendations/<slug:slug>/"),
        RecommendationDetailView.as_view(),
        name="recommendation_detail",
    ),
    path(
        address("praxisbeispiele/", "practice-examples/"),
        PracticeExampleListView.as_view(),
        name="practice_example_list",
    ),
    path(
        address("praxisbeispiele/<slug:slug>/", "practice-examples/<slug:slug>/"),
        PracticeExampleDetailView.as_view(),
        name="practice_example_detail",
    ),
    path(address("karte/", "map/"), MapView.as_view(), name="map"),
    path(
        address("herausforderungen/", "challenges/"),
        ChallengeListView.as_view(),
        name="challenge_list",
    ),
    path(
        address("herausforderungen/<slug:slug>/", "challenges/<slug:slug>/"),
        ChallengeDetailView.as_view(),
        name="challenge_detail",
    ),
]
