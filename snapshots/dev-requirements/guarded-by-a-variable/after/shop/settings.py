import os

INSTALLED_APPS = ["shop"]
PROFILE = bool(int(os.environ.get("PROFILE", "0")))
if PROFILE and not os.getenv("CI"):
    INSTALLED_APPS += ["silk"]
    MIDDLEWARE = ["silk.middleware.SilkyMiddleware"]
