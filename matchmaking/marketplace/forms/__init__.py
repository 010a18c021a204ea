"""The forms for postings."""

from matchmaking.marketplace.forms.certificates import CertificateFormSet, held_certificates
from matchmaking.marketplace.forms.postings import OfferForm, RequestForm

__all__ = ["CertificateFormSet", "OfferForm", "RequestForm", "held_certificates"]
