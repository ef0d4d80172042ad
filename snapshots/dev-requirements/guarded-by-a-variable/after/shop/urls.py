from django.conf import settings
from django.urls import include, path

urlpatterns = []
if settings.PROFILE:
    urlpatterns += [path("silk/", include("silk.urls"))]
