from django.conf import settings
from django.http import FileResponse, Http404, JsonResponse
from django.views.decorators.http import require_GET, require_POST

from .links import open_link, sign
from .models import Product
from .pricelist import write_pricelist


@require_GET
def catalogue(request):
    products = Product.objects.values("sku", "name", "price")
    return JsonResponse({"products": list(products)})


@require_POST
def pricelist(request):
    path = write_pricelist()
    token = sign(str(path.relative_to(settings.MEDIA_ROOT)))
    return JsonResponse({"link": f"/pricelist/{token}/"}, status=201)


@require_GET
def download(request, token):
    name = open_link(token)
    if name is None:
        raise Http404
    return FileResponse((settings.MEDIA_ROOT / name).open("rb"), as_attachment=True)
