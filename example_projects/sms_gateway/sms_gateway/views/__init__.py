"""The pages, one blueprint for each area of the site."""

from sms_gateway.views import account, auth, campaigns, errors, messages, outbox, payments, public, signup

BLUEPRINTS = (
    public.blueprint,
    auth.blueprint,
    signup.blueprint,
    account.blueprint,
    messages.blueprint,
    campaigns.blueprint,
    payments.blueprint,
    outbox.blueprint,
    errors.blueprint,
)
