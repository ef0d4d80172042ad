from django.urls import path

from pictures import views

urlpatterns = [path("", views.index), path("upload/", views.upload)]
