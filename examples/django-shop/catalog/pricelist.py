import csv

from django.conf import settings

from .models import Product


def write_pricelist():
    """Write the price list under MEDIA_ROOT and return its path."""
    target = settings.MEDIA_ROOT / "pricelists" / "current.csv"
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("w", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["sku", "name", "price"])
        rows.writerows(Product.objects.values_list("sku", "name", "price"))
    return target
