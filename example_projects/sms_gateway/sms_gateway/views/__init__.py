"""The pages, one blueprint for each area of the site."""

from sms_gateway.views import account, auth, campaigns, errors, messages, payments, public

BLUEPRINTS = (
    public.blueprint,
    auth.blueprint,
    account.blueprint,
    messages.blueprint,
    campaigns.blueprint,
    payments.blueprint,
    errors.blueprint,
)
