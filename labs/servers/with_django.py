"""The same service in Django, with the middleware that a new project has and needs no database."""

import time

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path

from work import body, compute, die_with_parent

die_with_parent()

settings.configure(
    ALLOWED_HOSTS=["localhost"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="for tests",
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
)


def work(request):
    compute(float(request.GET.get("cpu", 0)))
    io = float(request.GET.get("io", 0))
    if io:
        time.sleep(io)
    return HttpResponse(body(int(request.GET.get("size", 0))), content_type="application/json")


urlpatterns = [path("work", work)]
application = get_wsgi_application()
