from typing import TypeVar, cast

from django import forms
from django.http import HttpRequest

from expo.accounts.models import User
from expo.foundation.errors import Invalid

Form = TypeVar("Form", bound=forms.Form)


def signed_in(request: HttpRequest) -> User:
    """Return who is signed in: the middleware lets nobody else reach a view that is not marked public."""
    return cast("User", request.user)


def checked(form: Form) -> Form:
    """Return the form if it is valid. Raises Invalid, by field."""
    if not form.is_valid():
        raise Invalid(fields={name: [str(error) for error in errors] for name, errors in form.errors.items()})
    return form
