import os
from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "expo.settings")


class Request(WSGIRequest):
    """A request that survives a Content-Type which names an encoding that is none of text; the middleware then refuses it."""

    def _set_content_type_params(self, meta: Any) -> None:
        # Django reads the address anew with the encoding named here, before any middleware could look at it.
        try:
            super()._set_content_type_params(meta)  # type: ignore[misc] # not in the stubs
        except (LookupError, UnicodeError):
            self._encoding = None


application = get_wsgi_application()
application.request_class = Request
