"""Codes of the law that documents hold, in words: for pages, e-mails and lists alike."""

from __future__ import annotations

PURPOSES = {
    "CRIME_DISORDER": "Reducing crime and disorder",
    "ASB": "Reducing anti-social behaviour",
    "SUBSTANCE": "Combating misuse of drugs, alcohol and other substances",
    "REOFFENDING": "Reducing re-offending",
    "SERIOUS_VIOLENCE": "Preventing and reducing serious violence",
}
GATEWAYS = {
    "CDA98_S115": "Crime and Disorder Act 1998, section 115 (a power to disclose)",
    "CDA98_S17A": "Crime and Disorder Act 1998, section 17A (a duty to share depersonalised information)",
    "PCSC22_S16": "Police, Crime, Sentencing and Courts Act 2022, section 16 (a power to disclose)",
    "PCSC22_S17": "Police, Crime, Sentencing and Courts Act 2022, section 17 (a duty to supply when asked)",
    "OPEN_DATA": "Published open data",
}
