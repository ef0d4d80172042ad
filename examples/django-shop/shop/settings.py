import os
from pathlib import Path

import dj_database_url

BASE_DIR = Path(__file__).resolve().parent.parent

SECRET_KEY = os.environ.get("DJANGO_SECRET_KEY", "only-for-trying-the-shop-out")
DEBUG = False
ALLOWED_HOSTS = ["*"]

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.staticfiles",
    "catalog",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.common.CommonMiddleware",
]

if os.environ.get("SHOP_PROFILING"):
    INSTALLED_APPS += ["django.contrib.auth", "django.contrib.sessions", "silk"]
    MIDDLEWARE += [
        "django.contrib.sessions.middleware.SessionMiddleware",
        "silk.middleware.SilkyMiddleware",
    ]

ROOT_URLCONF = "shop.urls"
WSGI_APPLICATION = "shop.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    },
]

DATA_DIR = BASE_DIR / "data"
if "DATABASE_URL" not in os.environ:
    DATA_DIR.mkdir(exist_ok=True)
DATABASES = {
    "default": dj_database_url.config(default=f"sqlite:///{DATA_DIR / 'shop.sqlite3'}"),
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

STATIC_URL = "static/"
MEDIA_URL = "media/"
MEDIA_ROOT = BASE_DIR / "media"

# The object storage that keeps every price list ever written; without it only the current one exists.
ARCHIVE_URL = os.environ.get("MINIO_URL")
ARCHIVE_BUCKET = os.environ.get("MINIO_BUCKET", "pricelists")
ARCHIVE_ACCESS_KEY = os.environ.get("MINIO_ACCESS_KEY")
ARCHIVE_SECRET_KEY = os.environ.get("MINIO_SECRET_KEY")

CELERY_BROKER_URL = os.environ.get("REDIS_URL", "memory://")
CELERY_BEAT_SCHEDULE = {
    "pricelist": {"task": "catalog.tasks.export_pricelist", "schedule": 3600.0},
}

LOGGING = {
    "version": 1,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "INFO"},
}
