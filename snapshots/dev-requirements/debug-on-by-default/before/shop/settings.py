import os

DEBUG = os.environ.get("DEBUG", "1") == "1"
INSTALLED_APPS = ["shop"]
if DEBUG:
    INSTALLED_APPS.append("silk")
