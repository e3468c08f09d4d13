"""Sentences that lint finds weak, in English and Spanish, and near misses that it must leave alone."""

from __future__ import annotations

import pytest

from tests.core.policies import MENDED, Tables, findings

WEAK = [
    ("L-HASH", "data", "en", "Your account: username, encrypted password."),
    ("L-HASH", "security", "en", "Passwords are always stored encrypted."),
    ("L-HASH", "data", "es", "Nombre de usuario y contraseña encriptada."),
    ("L-CONSENT-BY-USE", "introduction", "en", "By using our Services you agree to this policy."),
    ("L-CONSENT-BY-USE", "consent", "en", "By continuing to use the site, you hereby consent to cookies."),
    ("L-CONSENT-BY-USE", "changes", "en", "Your continued use constitutes acceptance of the changes."),
    ("L-CONSENT-BY-USE", "introduction", "es", "Al usar nuestro sitio, usted acepta esta política."),
    ("L-CONSENT-BY-USE", "changes", "es", "El uso continuado implica su aceptación."),
    ("L-PAN", "data", "en", "We collect payment information such as credit card details."),
    ("L-PAN", "data", "es", "Guardamos el número de su tarjeta y los datos de la tarjeta."),
    ("L-ANON", "sharing", "en", "Our analytics provider receives anonymised data."),
    ("L-ANON", "sharing", "es", "El proveedor recibe datos anonimizados."),
    ("L-VAGUE", "purposes", "en", "We only process it with best ethics."),
    ("L-VAGUE", "purposes", "es", "Tratamos sus datos con la mejor ética."),
    ("L-NEVER", "sharing", "en", "We will never share your contacts."),
    ("L-NEVER", "sharing", "en", "We’ll never sell data."),
    ("L-NEVER", "sharing", "es", "Jamás compartiremos sus contactos."),
    ("L-ABSOLUTE", "transfers", "en", "All transfers comply with the law."),
    ("L-ABSOLUTE", "security", "en", "Our servers are 100% secure."),
    ("L-ABSOLUTE", "security", "es", "Garantizamos la seguridad de sus datos."),
    ("L-ENCRYPTION-WIDE", "security", "en", "All data is stored encrypted."),
    ("L-ENCRYPTION-WIDE", "security", "es", "Los datos sensibles están cifrados en reposo."),
    ("L-NO-PERIOD", "retention", "en", "We keep data for as long as it is reasonably necessary."),
    ("L-NO-PERIOD", "retention", "es", "Guardamos los datos el tiempo que resulte necesario."),
    ("L-ARCHIVE", "retention", "en", "Messages are archived every week."),
    ("L-ARCHIVE", "retention", "es", "Los mensajes se archivan cada semana."),
    ("L-HEDGE", "retention", "en", "Logs are typically kept for 30 days."),
    ("L-HEDGE", "retention", "es", "Por lo general, los registros se conservan 30 días."),
    ("L-MAY-DELETE", "retention", "en", "We may delete data when it is no longer used."),
    ("L-MAY-DELETE", "retention", "es", "Los datos podrán eliminarse cuando ya no se usen."),
    ("L-CONTACT", "contact", "en", "Contact:"),
    ("L-CONTACT", "contact", "es", "Contacto:"),
    ("L-DATE", "changes", "en", "Last updated: 3/4/2026"),
    ("L-DATE", "changes", "es", "Actualizado el 03.04.2026"),
    ("L-ENCODING", "data", "en", "Itâ€™s yours."),
    ("L-ENCODING", "data", "es", "ConservaciÃ³n"),
]
NEAR_MISSES = [
    ("data", "en", "We keep a hash of your password."),
    ("security", "en", "Connections are encrypted (TLS)."),
    ("security", "en", "We do not encrypt data at rest."),
    ("security", "es", "Las conexiones están cifradas; los datos en tránsito también."),
    ("security", "en", "Your password travels over an encrypted connection."),
    ("security", "en", "We store a hashed password and encrypted messages."),
    ("security", "es", "Guardamos un hash de la contraseña; los mensajes están cifrados."),
    ("consent", "en", "By using the form on this page you can withdraw your consent."),
    ("changes", "en", "Continued use of the service is not taken as consent."),
    ("changes", "es", "El uso continuado no significa que usted acepta los cambios."),
    ("consent", "en", "You consent by ticking the box."),
    ("data", "en", "We do not store complete credit card numbers."),
    ("data", "en", "Card details are collected by third-party payment processors."),
    ("data", "es", "No almacenamos números de tarjetas."),
    ("data", "en", "We keep the last four digits of the card."),
    ("sharing", "en", "The analytics data is pseudonymised, not anonymised data."),
    ("sharing", "en", "We do not sell personal information."),
    ("security", "en", "We never ask for your password."),
    ("rights", "en", "You will never be charged for a request."),
    ("rights", "es", "Nunca le pedimos su contraseña."),
    ("security", "en", "No method of transmission is 100 % secure."),
    ("security", "en", "We cannot guarantee the security of e-mail."),
    ("security", "es", "Ningún sistema es totalmente seguro."),
    ("security", "en", "All data transmissions are encrypted."),
    ("transfers", "en", "All transfers are listed here."),
    ("purposes", "en", "Our ethics committee reviews each study."),
    ("retention", "en", "We keep data no longer than necessary: the periods are listed below."),
    ("retention", "en", "We keep data while your account is active."),
    ("retention", "en", "You may delete your account at any time."),
    ("retention", "es", "Puede eliminar su cuenta en cualquier momento."),
    ("retention", "en", "The archived copy is deleted after one year."),
    ("retention", "es", "La copia archivada se elimina después de un año."),
    ("data", "en", "Typically you give us these data when you sign up."),
    ("contact", "en", "Contact: privacy@example.com"),
    ("contact", "en", "Contact our office by phone."),
    ("changes", "en", "Last updated: 2026-04-03"),
    ("changes", "en", "Last updated: 3 April 2026, version 3/4"),
    ("changes", "en", "Last updated: 25/12/2026"),
    ("changes", "en", "Last updated: 05/05/2026"),
    ("data", "es", "Información, conservación, ñandú y “comillas”."),
    ("data", "pt", "NÃO conservamos números de cartões â vista."),
    ("data", "de", "Das ist „gut“ – naïve Café-Gäste."),
]


def _found(section: str, language: str, text: str) -> list[tuple[str, str]]:
    """The findings about a sentence that is said in one language alone, which is another finding."""

    def say(tables: Tables) -> None:
        tables["statements"].append({"section": section, "text": {language: text}})

    return [(found.id, found.where) for found in findings(MENDED, say) if found.id != "L-UNTRANSLATED"]


@pytest.mark.parametrize(("rule", "section", "language", "text"), WEAK)
def test_a_weak_sentence_is_found(rule: str, section: str, language: str, text: str) -> None:
    """The sentence has this finding and no other, at its statement and language."""
    assert [(rule, f"statements[3].text.{language}")] == _found(section, language, text)


@pytest.mark.parametrize(("section", "language", "text"), NEAR_MISSES)
def test_a_near_miss_is_left_alone(section: str, language: str, text: str) -> None:
    """A sentence that only looks like a weak one has no finding."""
    assert _found(section, language, text) == []


def test_a_sentence_about_retention_is_weak_only_there() -> None:
    """`typically` is a hedge where periods are stated, and plain language elsewhere."""
    assert _found("data", "en", "This is typically your name.") == []


def test_a_text_in_one_language_is_read_in_the_first_language_of_the_site() -> None:
    """A plain string has no language of its own."""

    def change(tables: Tables) -> None:
        tables["site"]["languages"] = ["es", "en"]
        tables["categories"]["account"]["description"] = "Su contraseña cifrada."

    assert [(f.id, f.where) for f in findings(MENDED, change)] == [("L-HASH", "categories.account.description")]


def test_a_regional_language_is_read_as_its_language() -> None:
    """`es-GT` is Spanish."""
    assert _found("data", "es-GT", "Contraseña encriptada.") == [("L-HASH", "statements[3].text.es-GT")]
