import os

from django.urls import include, path

urlpatterns = [
    path("", include("catalog.urls")),
]

if os.environ.get("SHOP_PROFILING"):
    urlpatterns.append(path("silk/", include("silk.urls", namespace="silk")))
