import os

INSTALLED_APPS = [
    "shop",
    "django_extensions",
]
