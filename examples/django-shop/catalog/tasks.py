from celery import shared_task
from django.conf import settings

from . import archive
from .pricelist import write_pricelist


@shared_task
def export_pricelist():
    path = write_pricelist()
    if settings.ARCHIVE_URL:
        archive.keep(path)
    return str(path)
