DEBUG = True
INSTALLED_APPS = ["rest_framework"]
WSGI_APPLICATION = "shop.wsgi.application"
