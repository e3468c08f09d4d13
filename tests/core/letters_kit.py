"""A shop in memory that sends a newsletter and offers: its policy, for the tests of consent on forms and of mails."""

from __future__ import annotations

from tests.web_policy import CONTROLLER

LETTERS = f"""{CONTROLLER}
[site]
languages = ["en", "es"]
base_url = "https://shop.example.com"
[subjects.user]
title = "customers"
[purposes.service]
title = "Provide the service"
basis = "contract"
[purposes.newsletter]
title = {{ en = "Our <newsletter>", es = "Nuestro boletín" }}
description = {{ en = "Once a month we write what is new.", es = "Una vez al mes contamos las novedades." }}
basis = "consent"
ask = "form"
marketing = true
[purposes.offers]
title = "Offers like what you bought"
basis = "legitimate_interests"
balancing = "docs/offers.md"
marketing = true
[purposes.statistics]
title = "Count visits"
basis = "consent"
[categories.address]
title = {{ en = "E-mail address", es = "Correo electrónico" }}
subjects = ["user"]
sources = {{ you = ["email"] }}
purposes = ["newsletter"]
required = "optional"
retention = {{ at_most = "P2Y", from = "created" }}
[recipients.post]
role = "processor"
title = "Example Post, which sends our mails"
country = "ES"
receives = {{ address = [] }}
purposes = ["newsletter"]
agreement = {{ document = "contracts/post.pdf", until = 2030-12-31 }}
"""
TEXT = "I agree to get the newsletter once a month."
ADA = "ada@example.org"
BOB = "bob@example.org"
