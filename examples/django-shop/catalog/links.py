"""Download links that carry their own permission: an encrypted file name that expires."""

from base64 import urlsafe_b64encode
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

LIFETIME_SECONDS = 3600


def _cipher():
    return Fernet(urlsafe_b64encode(sha256(settings.SECRET_KEY.encode()).digest()))


def sign(name):
    return _cipher().encrypt(name.encode()).decode()


def open_link(token):
    """Return the file name in the token, or None when it is forged or too old."""
    try:
        return _cipher().decrypt(token.encode(), ttl=LIFETIME_SECONDS).decode()
    except InvalidToken:
        return None
