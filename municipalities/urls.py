from django.urls import path

from portal.addresses import address

from .views import MunicipalityDetailView, MunicipalityListView

urlpatterns = [
    path(address("kommunen/", "municipalities/"), MunicipalityListView.as_view(), name="municipality_list"),
    path(
        address("kommunen/<str:key>/", "municipalities/<str:key>/"),
        MunicipalityDetailView.as_view(),
        name="municipality_detail",
    ),
]
