INSTALLED_APPS = [
    "shop",
    "debug_toolbar",
]
