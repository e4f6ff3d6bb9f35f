"""What may stay of a person's row? Drop, band, generalise, pseudonymise, redact; then search again what is left."""

from hub.depersonalise.engine import Engine, redact_notes
from hub.depersonalise.lexicon import Lexicon, Lists
from hub.depersonalise.pseudonym import Keyring, content_digest, record_key
from hub.depersonalise.redaction import Recogniser, Redacted, Span
from hub.depersonalise.treatment import Depersonalised, depersonalise

__all__ = [
    "Depersonalised",
    "Engine",
    "Keyring",
    "Lexicon",
    "Lists",
    "Recogniser",
    "Redacted",
    "Span",
    "content_digest",
    "depersonalise",
    "record_key",
    "redact_notes",
]
