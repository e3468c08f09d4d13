"""What the manifest's vocabulary is called in a text for people: bases, roles, rights, channels, moments."""

from __future__ import annotations

from consentguard.words import N_

BASES = {
    "consent": N_("your consent"),
    "contract": N_("our contract with you"),
    "legal_obligation": N_("a legal obligation"),
    "vital_interests": N_("protecting somebody’s life or health"),
    "public_task": N_("a task in the public interest"),
    "legitimate_interests": N_("our legitimate interests"),
    "unstated": N_("not stated"),
}

CONDITIONS = {
    "explicit_consent": N_("you have explicitly agreed to it"),
    "employment": N_("employment or social security law requires or allows it"),
    "vital_interests": N_("it protects somebody’s life or health when they cannot agree to it"),
    "not_for_profit_body": N_("a not-for-profit body uses it for its own members"),
    "made_public": N_("you have made it public yourself"),
    "legal_claims": N_("it is needed for legal claims"),
    "substantial_public_interest": N_("a law provides for it in the public interest"),
    "health_care": N_("it is needed for health or social care"),
    "public_health": N_("it is needed for public health"),
    "archiving_research": N_("it is needed for archives, research or statistics"),
}

SPECIAL_KINDS = {
    "special.health": N_("data about health"),
    "special.biometric": N_("biometric data"),
    "special.genetic": N_("genetic data"),
    "special.religion": N_("data about religion or belief"),
    "special.politics": N_("data about political opinions"),
    "special.union": N_("data about trade union membership"),
    "special.sexuality": N_("data about sex life or sexual orientation"),
    "special.ethnicity": N_("data about racial or ethnic origin"),
    "criminal": N_("data about criminal convictions or offences"),
}

REQUIRED = {
    "contract": N_("Our contract with you needs this data: {data}."),
    "law": N_("The law requires this data: {data}."),
    "optional": N_("You choose whether to give us this data: {data}."),
}
"""Whether data has to be given; nothing is said where the policy is silent."""

RECIPIENT_ROLES = {
    "processor": N_("Works for us, on our instructions"),
    "subprocessor": N_("Works for us as a subcontractor"),
    "controller": N_("Decides itself how it uses the data"),
    "joint_controller": N_("Decides together with us"),
    "authority": N_("Public authority"),
    "group_company": N_("Company of our group"),
    "buyer": N_("Buys the data"),
}

DISCLOSURES = {
    "law": N_("when the law requires it"),
    "court_order": N_("when a court orders it"),
    "rights_protection": N_("to protect rights, property or safety"),
    "security": N_("to prevent fraud or a threat to security"),
    "business_transfer": N_("when our business, or a part of it, is sold or merged"),
    "client_authorised": N_("when our client authorises it"),
    "service_delivery": N_("when it is needed to deliver the service"),
    "consent": N_("when you agree to it"),
}
NOTICES = {
    "prior": N_("We tell you beforehand."),
    "after": N_("We tell you afterwards."),
    "none": N_("We do not announce it."),
}

SAFEGUARDS = {
    "scc": N_("standard contractual clauses of the European Commission"),
    "uk_idta": N_("the United Kingdom’s international data transfer agreement"),
    "uk_addendum": N_("the United Kingdom’s addendum to the European clauses"),
    "adequacy": N_("an official decision that the country protects data well enough"),
    "bcr": N_("binding rules within a group of companies"),
    "dpf": N_("the Data Privacy Framework"),
    "certification": N_("an approved certification"),
    "code_of_conduct": N_("an approved code of conduct"),
    "explicit_consent": N_("your explicit consent"),
}

ACTIONS = {
    "delete": N_("Deleted"),
    "anonymise": N_("Anonymised: it no longer tells who you are"),
    "redact": N_("Blanked: the personal details are removed, the rest stays"),
    "archive": N_("Archived"),
    "shred": N_("Made unreadable: its key is destroyed"),
}

RIGHTS = {
    "access": (N_("Access"), N_("Ask whether we have data about you, and get a copy of it.")),
    "rectification": (N_("Correction"), N_("Have wrong data corrected and incomplete data completed.")),
    "erasure": (N_("Deletion"), N_("Have your data deleted, unless a law requires us to keep it.")),
    "portability": (N_("Portability"), N_("Get your data in a common format, to use it elsewhere.")),
    "objection": (
        N_("Objection"),
        N_("Object to uses that rest on our own interests, and to advertising."),
    ),
    "restriction": (
        N_("Restriction"),
        N_("Have us stop using your data without deleting it, for a time or for good."),
    ),
    "withdrawal": (
        N_("Withdrawal of consent"),
        N_("Take back your consent at any time; earlier use stays lawful."),
    ),
    "opt_out": (N_("Opt-out"), N_("Stop our advertising messages.")),
    "complaint": (N_("Complaint"), N_("Complain about how we handle your data.")),
    "human_review": (N_("Human review"), N_("Have a person look at a decision that a machine made about you.")),
    "api_access": (N_("API access"), N_("See and manage your API keys and their use.")),
}

CHANNELS = {
    "page": N_("on our website"),
    "email": N_("by e-mail"),
    "account": N_("in your account settings"),
    "help_desk": N_("through our help desk"),
    "unsubscribe": N_("with the unsubscribe link in our messages"),
    "api": N_("through our API"),
    "callback": N_("on the platform that you connected"),
    "post": N_("by post"),
    "phone": N_("by phone"),
}

DELETION_PAGE = N_("on our data deletion page")
RIGHTS_FORM = N_("with the form on our website")

NOTICE_CHANNELS = {
    "posting": N_("on this page"),
    "email": N_("by e-mail"),
    "in_app": N_("inside the service"),
    "knowledge_base": N_("in our knowledge base"),
}

SECOND_FACTORS = {
    "totp": N_("codes from an authenticator app"),
    "webauthn": N_("security keys and passkeys"),
    "recovery_codes": N_("recovery codes"),
}

TERMS = {
    # where data comes from
    "you": N_("you"),
    "user": N_("you"),
    "browser": N_("your browser"),
    "device": N_("your device"),
    "public": N_("public sources"),
    "payment": N_("payment services"),
    "tenant": N_("our client"),
    "client": N_("our client"),
    # moments that a period counts from, and events that end one
    "created": N_("the time of creation"),
    "received": N_("receipt"),
    "sent": N_("the time of sending"),
    "delivered": N_("delivery"),
    "issued": N_("the date of issue"),
    "updated": N_("the last change"),
    "last_used": N_("the last use"),
    "logged": N_("the time of recording"),
    "recorded": N_("the time of recording"),
    "closed": N_("the closing of the account"),
    "account.closed": N_("the closing of the account"),
    "account_closed": N_("the closing of the account"),
    "contract.ended": N_("the end of the contract"),
    "contract_ended": N_("the end of the contract"),
    "service.ended": N_("the end of the service"),
    "service_ended": N_("the end of the service"),
    "fiscal_year_end": N_("the end of the fiscal year"),
    "channel.disconnected": N_("the disconnection of a channel"),
    "erasure.requested": N_("a deletion request"),
    "message.delivered": N_("the delivery of the message"),
}
"""Names that policies commonly use without defining them; `[terms]` of a manifest adds its own or overrides these."""
