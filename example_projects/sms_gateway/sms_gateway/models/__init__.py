"""The site's tables."""

from sms_gateway.models.accounts import CUSTOMER, PRIVACY, STAFF, SUPPORT, ApiKey, Customer
from sms_gateway.models.base import Base, UtcDateTime, utc_now
from sms_gateway.models.billing import Invoice, InvoiceLine, Payment
from sms_gateway.models.marketing import Campaign, CampaignRecipient, Recipient, RecipientImport
from sms_gateway.models.messaging import STATUSES, Carrier, DeliveryLog, Message
from sms_gateway.models.operations import AccessLog, SupportRequest, UsageStat

__all__ = [
    "CUSTOMER",
    "PRIVACY",
    "STAFF",
    "STATUSES",
    "SUPPORT",
    "AccessLog",
    "ApiKey",
    "Base",
    "Campaign",
    "CampaignRecipient",
    "Carrier",
    "Customer",
    "DeliveryLog",
    "Invoice",
    "InvoiceLine",
    "Message",
    "Payment",
    "Recipient",
    "RecipientImport",
    "SupportRequest",
    "UsageStat",
    "UtcDateTime",
    "utc_now",
]
