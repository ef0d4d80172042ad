import environ

env = environ.Env()
DEBUG = env.bool("DEBUG", default=True)
INSTALLED_APPS = ["shop"] + (["debug_toolbar"] if DEBUG else [])
