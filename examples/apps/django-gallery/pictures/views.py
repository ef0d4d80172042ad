from django.core.files.base import ContentFile
from django.http import JsonResponse

from .models import Picture


def index(request):
    return JsonResponse({"pictures": list(Picture.objects.values("title", "file"))})


def upload(request):
    picture = Picture(title=request.GET.get("title", "untitled"))
    picture.file.save("picture.png", ContentFile(request.body))
    return JsonResponse({"file": picture.file.name}, status=201)
