from importlib.util import find_spec

INSTALLED_APPS = ["shop"]
if find_spec("debug_toolbar"):
    INSTALLED_APPS += ["debug_toolbar"]
