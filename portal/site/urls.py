from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from portal.accounts.urls import single_sign_on
from portal.addresses import address
from portal.citations import RENDERINGS
from recommendations.views.citation import CITED, CitationView
from recommendations.views.picture import picture

from . import data, release_views, views
from .feeds import feed
from .sitemaps import sitemap

page = views.PageView.as_view()
files = "|".join(RENDERINGS).replace(".", r"\.")

urlpatterns = [
    path("daten/paket.zip", release_views.package, name="package"),
    re_path(rf"^daten/zitat\.(?P<extension>{files})$", data.citation, name="portal_citation"),
    re_path(
        rf"^daten/(?P<table>{'|'.join(CITED)})/(?P<name>[-\w]+)\.(?P<extension>{files})$",
        CitationView.as_view(),
        name="citation",
    ),
    path("daten/<str:name>.<str:extension>", data.table, name="table"),
    path("katalog.<str:extension>", data.catalogue, name="catalogue"),
    path("daten/releases/<number:number>/paket.zip", release_views.release_package, name="release_package"),
    path(
        "daten/releases/<number:number>/zitat.<str:extension>", release_views.release_citation, name="release_citation"
    ),
    path(
        "daten/releases/<number:number>/<slug:name>/zitat.<str:extension>",
        release_views.release_citation,
        name="release_citation",
    ),
    path(
        "daten/releases/<number:number>/<slug:name>.<slug:extension>", release_views.release_file, name="release_file"
    ),
    path("bilder/<slug:reference>-<int:size>.jpg", picture, name="picture"),
    path("livez", views.livez, name="livez"),
    path("readyz", views.readyz, name="readyz"),
    path("feeds/<str:name>.atom", feed, name="feed"),
    path("sitemap.xml", sitemap, name="sitemap"),
    path("robots.txt", views.robots, name="robots"),
    path("favicon.ico", RedirectView.as_view(url="/static/icons/favicon.svg"), name="favicon"),
    path("api/v1/", ("portal.site.api", "api", "api")),  # by name: read when an address is first made
    path("admin/", admin.site.urls),
    *single_sign_on,
    *i18n_patterns(
        path("", views.HomeView.as_view(), name="home"),
        path("", include("recommendations.urls")),
        path("", include("municipalities.urls")),
        path("", include("portal.accounts.urls")),
        path(address("glossar/", "glossary/"), views.GlossaryView.as_view(), name="glossary"),
        path(address("daten/", "data/"), data.DataView.as_view(), name="data"),
        path(address("daten/codebuch/", "data/code-book/"), data.CodeBookView.as_view(), name="codebook"),
        path(address("daten/releases/", "data/releases/"), release_views.ReleasesView.as_view(), name="release_list"),
        path(
            address("daten/releases/<number:number>/", "data/releases/<number:number>/"),
            release_views.ReleaseView.as_view(),
            name="release",
        ),
        path(
            address("daten/releases/<number:number>/<slug:name>/", "data/releases/<number:number>/<slug:name>/"),
            release_views.ReleaseTableView.as_view(),
            name="release_table",
        ),
        path(address("vorschlaege/", "suggestions/"), views.suggestions, name="suggestions"),
        path(
            address("kommune-waehlen/", "choose-municipality/"),
            views.ChooseMunicipalityView.as_view(),
            name="choose_municipality",
        ),
        path(address("hinweis/", "feedback/"), page, {"slug": "feedback"}, name="feedback"),
        path(address("ueber/", "about/"), page, {"slug": "about"}, name="about"),
        path(address("impressum/", "imprint/"), page, {"slug": "imprint"}, name="imprint"),
        path(address("datenschutz/", "privacy/"), page, {"slug": "privacy"}, name="privacy"),
        path(address("barrierefreiheit/", "accessibility/"), page, {"slug": "accessibility"}, name="accessibility"),
        path(address("vorschau/<str:token>/", "preview/<str:token>/"), views.preview, name="preview"),
        prefix_default_language=False,
    ),
]
