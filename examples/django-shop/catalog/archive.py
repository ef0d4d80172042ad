from datetime import datetime, timezone

import boto3
from django.conf import settings


def keep(path):
    """Store a copy of the file in the archive bucket, which is created on first use."""
    client = boto3.client(
        "s3",
        endpoint_url=settings.ARCHIVE_URL,
        aws_access_key_id=settings.ARCHIVE_ACCESS_KEY,
        aws_secret_access_key=settings.ARCHIVE_SECRET_KEY,
        region_name="us-east-1",
    )
    try:
        client.create_bucket(Bucket=settings.ARCHIVE_BUCKET)
    except client.exceptions.BucketAlreadyOwnedByYou:
        pass
    moment = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    client.upload_file(str(path), settings.ARCHIVE_BUCKET, f"{moment}.csv")
