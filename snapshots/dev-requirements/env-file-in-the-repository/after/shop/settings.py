import os

INSTALLED_APPS = ["shop"]
if os.environ.get("SILK"):
    INSTALLED_APPS.append("silk")
