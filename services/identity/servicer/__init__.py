"""Translates between the contract and identity's actions. It decides nothing."""

from services.identity.servicer.api_keys import ApiKeyServicer
from services.identity.servicer.email_proofs import EmailProofServicer
from services.identity.servicer.receipt_codes import ReceiptCodeServicer
from services.identity.servicer.recognition import RecognitionServicer
from services.identity.servicer.sites import SiteServicer
from services.identity.servicer.staff import StaffServicer
from services.identity.servicer.support_grants import SupportGrantServicer
from services.identity.servicer.tenants import TenantServicer
from services.identity.servicer.tokens import TokenServicer

__all__ = [
    "ApiKeyServicer",
    "EmailProofServicer",
    "ReceiptCodeServicer",
    "RecognitionServicer",
    "SiteServicer",
    "StaffServicer",
    "SupportGrantServicer",
    "TenantServicer",
    "TokenServicer",
]
