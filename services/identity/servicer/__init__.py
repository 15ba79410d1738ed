"""Translates between the contract and identity's actions. It decides nothing."""

from services.identity.servicer.api_keys import ApiKeyServicer
from services.identity.servicer.audit import AuditServicer
from services.identity.servicer.closures import ClosureServicer
from services.identity.servicer.email_proofs import EmailProofServicer
from services.identity.servicer.identity_keys import IdentityKeyServicer
from services.identity.servicer.invitations import InvitationServicer
from services.identity.servicer.logos import SiteLogoServicer
from services.identity.servicer.member_tokens import MemberTokenServicer
from services.identity.servicer.oidc import OidcServicer
from services.identity.servicer.opening import ChatInvitationServicer, HoursServicer
from services.identity.servicer.receipt_codes import ReceiptCodeServicer
from services.identity.servicer.recognition import RecognitionServicer
from services.identity.servicer.second_factors import SecondFactorServicer
from services.identity.servicer.sessions import SessionServicer
from services.identity.servicer.sites import SiteServicer
from services.identity.servicer.staff import StaffServicer
from services.identity.servicer.support_grants import SupportGrantServicer
from services.identity.servicer.tenants import TenantServicer
from services.identity.servicer.tokens import TokenServicer
from services.identity.servicer.visitor_identity import VisitorIdentityServicer

__all__ = [
    "ApiKeyServicer",
    "AuditServicer",
    "ChatInvitationServicer",
    "ClosureServicer",
    "EmailProofServicer",
    "HoursServicer",
    "IdentityKeyServicer",
    "InvitationServicer",
    "MemberTokenServicer",
    "OidcServicer",
    "ReceiptCodeServicer",
    "RecognitionServicer",
    "SecondFactorServicer",
    "SessionServicer",
    "SiteLogoServicer",
    "SiteServicer",
    "StaffServicer",
    "SupportGrantServicer",
    "TenantServicer",
    "TokenServicer",
    "VisitorIdentityServicer",
]
