from django_extensions.db.models import TimeStampedModel
