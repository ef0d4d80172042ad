from decimal import Decimal

from django.db import migrations, models

FIRST_PRODUCTS = [
    ("kettle", "Enamel kettle", Decimal("34.90")),
    ("lamp", "Reading lamp", Decimal("59.00")),
    ("stool", "Oak stool", Decimal("89.50")),
]


def stock_the_shelves(apps, schema_editor):
    product = apps.get_model("catalog", "Product")
    product.objects.bulk_create(
        product(sku=sku, name=name, price=price) for sku, name, price in FIRST_PRODUCTS
    )


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="Product",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sku", models.SlugField(unique=True)),
                ("name", models.CharField(max_length=200)),
                ("price", models.DecimalField(decimal_places=2, max_digits=9)),
            ],
            options={"ordering": ["sku"]},
        ),
        migrations.RunPython(stock_the_shelves, migrations.RunPython.noop),
    ]
