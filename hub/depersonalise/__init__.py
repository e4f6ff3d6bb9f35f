"""What may stay of a person's row? Drop, band, generalise, pseudonymise, redact; then search again what is left."""

from hub.depersonalise.pseudonym import Keyring, content_digest, record_key
from hub.depersonalise.redaction import Recogniser, Span
from hub.depersonalise.treatment import Depersonalised, depersonalise

__all__ = [
    "Depersonalised",
    "Keyring",
    "Recogniser",
    "Span",
    "content_digest",
    "depersonalise",
    "record_key",
]
