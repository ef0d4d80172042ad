DEBUG = False
ASGI_APPLICATION = "chat.asgi.application"
