from django.urls import path

from . import views

urlpatterns = [
    path("", views.catalogue),
    path("pricelist/", views.pricelist),
    path("pricelist/<str:token>/", views.download),
]
